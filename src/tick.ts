import { advance, maxWaitMs } from "./advance.ts";
import { canaryJudge } from "./canary-judge.ts";
import { InputError } from "./failure.ts";
import type { Ports } from "./ports.ts";
import type { ReleaseState } from "./record.ts";
import { projectDeployment } from "./report/deployment.ts";
import { readRunbook } from "./runbook-file.ts";
import type { Values } from "./runner/define-action.ts";
import type { Workflow } from "./runner/workflow.ts";
import { openRecord, openSession, pinned, type sessionInputs } from "./session.ts";
import { pass, type Verdict } from "./verdict.ts";
import { accept } from "./written-runbook.ts";

/**
 * Whether the job that raised the share is still judging it: two gates over the same numbers would spend the budget of
 * false alarms twice. A job hands over by writing down what its gate knows, by leaving a mark when it is cancelled, or
 * at the latest when it may not wait any longer.
 */
export function isWithItsJob({ traffic, verdict, interrupted, intent }: ReleaseState, now: number): boolean {
  if (interrupted !== null || intent !== null || traffic === null) return false;
  const handedOver = verdict !== null && verdict.generation === traffic.generation && verdict.gate !== undefined;
  return !handedOver && now - traffic.since <= maxWaitMs;
}

/**
 * A tick acts for whatever release is under way, whoever started it. It reads the runbook at the release's own commit,
 * so that nothing has to be checked out and a runbook edited since does not matter.
 */
export async function tick(inputs: Values<typeof sessionInputs>, ports: Ports, workflow: Workflow): Promise<Verdict> {
  const { client, store } = openRecord(inputs, ports, workflow);
  const snapshot = await store.read(inputs.environment);
  const { release } = snapshot.record;
  if (release !== null && release.ended !== null) {
    const warning = await projectDeployment(client, snapshot, { runUrl: workflow.runUrl });
    if (warning !== undefined) ports.log.warn(warning);
  }
  if (release === null || release.ended !== null)
    return pass("nothing-under-way", "No release is under way, so there is nothing to look at.");
  if (isWithItsJob(release, ports.clock.now()))
    return pass(
      "with-its-job",
      `The job of run ${release.run} is judging this share; a tick goes on when it hands over.`,
    );
  const text = await client.readFile(release.commit, inputs.runbook);
  if (text === null)
    throw new InputError(
      `Commit ${release.commit.slice(0, 12)} of the release has no ${inputs.runbook}; name its runbook.`,
    );
  const session = openSession(accept(readRunbook(text, inputs.runbook)), inputs, ports, workflow);
  const target = await session.target();
  const judge = canaryJudge({ ports, target, runbook: session.judged() });
  const asker = { release: release.id, attempt: release.attempt };
  return advance({ ...session.base, ...pinned({ target, judge, steps: {} }, session.runbook), asker });
}
