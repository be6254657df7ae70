import { advance } from "./advance.ts";
import { canaryJudge } from "./canary-judge.ts";
import { InputError } from "./failure.ts";
import type { Ports } from "./ports.ts";
import { readRunbook } from "./runbook-file.ts";
import type { Values } from "./runner/define-action.ts";
import type { Workflow } from "./runner/workflow.ts";
import { openRecord, openSession, pinned, type sessionInputs } from "./session.ts";
import { pass, type Verdict } from "./verdict.ts";
import { accept } from "./written-runbook.ts";

/**
 * A tick acts for whatever release is under way, whoever started it. It reads the runbook at the release's own commit,
 * so that nothing has to be checked out and a runbook edited since does not matter.
 */
export async function tick(inputs: Values<typeof sessionInputs>, ports: Ports, workflow: Workflow): Promise<Verdict> {
  const { client, store } = openRecord(inputs, ports, workflow);
  const { release } = (await store.read(inputs.environment)).record;
  if (release === null || release.ended !== null)
    return pass("nothing-under-way", "No release is under way, so there is nothing to look at.");
  const text = await client.readFile(release.commit, inputs.runbook);
  if (text === null)
    throw new InputError(
      `Commit ${release.commit.slice(0, 12)} of the release has no ${inputs.runbook}; name its runbook.`,
    );
  const session = openSession(accept(readRunbook(text, inputs.runbook)), inputs, ports, workflow);
  const target = session.target();
  const judge = canaryJudge({ ports, target, runbook: session.judged() });
  const asker = { release: release.id, attempt: release.attempt };
  return advance({ ...session.base, ...pinned({ target, judge, steps: {} }, session.runbook), asker });
}
