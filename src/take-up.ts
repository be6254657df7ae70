import { type Begun, begin } from "./begin.ts";
import { InputError } from "./failure.ts";
import type { Ports } from "./ports.ts";
import type { Values } from "./runner/define-action.ts";
import type { Workflow } from "./runner/workflow.ts";
import { openRecord, openSession, type sessionInputs } from "./session.ts";
import { pass } from "./verdict.ts";
import { accept } from "./written-runbook.ts";

/**
 * Takes up a release that waits, in a run of its own: what a tick or a person starts when a step is due that only the
 * release workflow's jobs may enter. Everything comes from the record and from the release's own commit; what has been
 * pushed since does not matter. Never begins a release: one that has ended meanwhile is left alone.
 */
export async function takeUp(
  resume: number,
  inputs: Values<typeof sessionInputs>,
  ports: Ports,
  workflow: Workflow,
): Promise<Begun> {
  const { client, store } = openRecord(inputs, ports, workflow);
  const { record } = await store.read(inputs.environment);
  const { release } = record;
  if (release === null || release.id !== resume) {
    const newest = release === null ? "none was ever recorded" : `the newest one is ${release.id}`;
    const message = `Release ${resume} is not under way in ${inputs.environment}; ${newest}. Start a release of its own, without \`resume\`.`;
    return { record, verdict: { verdict: "error", reason: "not-under-way", message } };
  }
  if (release.ended !== null)
    return {
      record,
      verdict: pass(
        "already-ended",
        `Release ${resume} has ended as ${release.ended.as} meanwhile; nothing is left to do.`,
      ),
    };
  const text = await client.readFile(release.commit, inputs.runbook);
  if (text === null)
    throw new InputError(
      `Commit ${release.commit.slice(0, 12)} of release ${resume} has no ${inputs.runbook}; name its runbook.`,
    );
  const { readRunbook } = await import("./runbook-file.ts");
  const session = openSession(accept(readRunbook(text, inputs.runbook)), inputs, ports, workflow);
  return begin({
    ...session.base,
    target: await session.target(),
    runbook: session.runbook,
    commit: release.commit,
    overrideRejected: false,
    resumeOnly: true,
  });
}
