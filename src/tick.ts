import { advance, maxWaitMs } from "./advance.ts";
import { InputError, messageOf } from "./failure.ts";
import type { GitHubClient } from "./github.ts";
import { goOn } from "./go-on.ts";
import { isDue, nextLookIn, type TickSource } from "./hand-over.ts";
import { lookAgain } from "./look-again.ts";
import type { Ports } from "./ports.ts";
import type { EnvironmentRecord, ReleaseState } from "./record.ts";
import { changeToUndo } from "./release/changes.ts";
import { projectDeployment } from "./report/deployment.ts";
import type { Values } from "./runner/define-action.ts";
import type { Workflow } from "./runner/workflow.ts";
import { openRecord, openSession, pinned, type Session, type sessionInputs } from "./session.ts";
import { ticksOf } from "./ticks-of.ts";
import { pass, type Verdict } from "./verdict.ts";
import { accept } from "./written-runbook.ts";

/**
 * Whether the job that raised the share is still judging it: two gates over the same numbers would spend the budget of
 * false alarms twice. A job hands over by writing down what its gate knows, by leaving a mark when it is cancelled, or
 * at the latest when it may not wait any longer.
 */
export function isWithItsJob({ traffic, verdict, interrupted, intent, people }: ReleaseState, now: number): boolean {
  if (interrupted !== null || intent !== null || traffic === null) return false;
  const judged = verdict?.generation === traffic.generation ? verdict : null;
  const handedOver = judged?.gate !== undefined;
  const stopped = judged?.verdict === "pass" && people.steppedBack === null && now - judged.at > raisedWithinMs;
  return !handedOver && !stopped && now - traffic.since <= maxWaitMs;
}

/**
 * A raise follows its proof at once. Where none does, a lock, a person's hold, a freeze or a way back that is gone stops
 * it, and the job has ended with nothing to hand over; somebody still has to notice that its longest time is over.
 */
const raisedWithinMs = 2 * 60_000;

/**
 * Whether somebody judges the share right now. A job that died with its machine, or was cancelled by force, hands nothing
 * over, and neither does a tick that raised a share and died: when the run is over nobody is there any more. A tick that
 * the end of a run has started may come before GitHub knows that it is the end, so it asks for a while.
 */
export async function isJudged(
  release: ReleaseState,
  now: number,
  { client, ports, askForMs }: JudgedBy,
): Promise<boolean> {
  if (!isWithItsJob(release, now)) return false;
  try {
    for (let leftMs = askForMs; ; leftMs -= askEveryMs) {
      if (await client.isOver(release.run)) return false;
      if (leftMs <= 0 || ports.cancelled.aborted) return true;
      await ports.clock.sleep(askEveryMs, ports.cancelled).catch(() => undefined);
    }
  } catch (problem) {
    ports.log.info(`Whether run ${release.run} still judges this share could not be found out. ${messageOf(problem)}`);
    return true;
  }
}

interface JudgedBy {
  readonly client: Pick<GitHubClient, "isOver">;
  readonly ports: Pick<Ports, "log" | "clock" | "cancelled">;
  /** Milliseconds that a run which is not over yet is given to end. */
  readonly askForMs: number;
}
const askEveryMs = 15_000;
/** How long the run that started a tick takes to end behind it. */
const runEndsWithinMs = 60_000;

/** Where a tick may start what goes on after it; the consumer's workflow files. */
export interface Successors {
  readonly release: string;
  readonly watch: string;
}

/** Ticks of a chain do not follow each other faster than this; where traffic has to go back, somewhat faster. */
const chainPaceMs = 5 * 60_000;
const urgentPaceMs = 60_000;

/**
 * A tick acts for whatever release is under way, whoever started it. It reads the runbook at the release's own commit,
 * so that nothing has to be checked out and a runbook edited since does not matter.
 */
export async function tick(
  inputs: Values<typeof sessionInputs>,
  ports: Ports,
  workflow: Workflow,
  successors?: Successors,
): Promise<Verdict> {
  const { client, store } = openRecord(inputs, ports, workflow);
  const snapshot = await store.read(inputs.environment);
  const { release } = snapshot.record;
  const now = ports.clock.now();
  if (release !== null && release.ended !== null) {
    const warning = await projectDeployment(client, snapshot, { runUrl: workflow.runUrl });
    if (warning !== undefined) ports.log.warn(warning);
  }
  const scene = { client, store, environment: inputs.environment, run: workflow.runId, ports };
  const branch = workflow.branch ?? "main";
  /** Nothing is under way; what waits in line may have become due, and what was turned on may still have to be undone. */
  const handed = async (verdict: Verdict): Promise<Verdict> => {
    const left = release !== null && changeToUndo(release) !== undefined;
    const { queued } = snapshot.record;
    if ((queued === null && !left) || successors === undefined) return verdict;
    const source = queued === null ? "cron" : await ticksOf(client, queued.commit, inputs.runbook);
    const { waitElsewhere } = await import("./wait-elsewhere.ts");
    const { record } = await waitElsewhere(store, snapshot, source, ports);
    if (!ports.cancelled.aborted) await goOn({ ...scene, record, source, verdict, branch, workflows: successors });
    return verdict;
  };
  if (release === null || (release.ended !== null && nextLookIn(release, now) === undefined))
    return handed(pass("nothing-under-way", "No release is under way, so there is nothing to look at."));
  // A schedule starts nobody's successor.
  const askForMs = workflow.eventName === "workflow_dispatch" ? runEndsWithinMs : 0;
  if (release.ended === null && (await isJudged(release, now, { client, ports, askForMs })))
    return pass(
      "with-its-job",
      `The job of run ${release.run} is judging this share; a tick goes on when it hands over.`,
    );
  const text = await client.readFile(release.commit, inputs.runbook);
  if (text === null)
    throw new InputError(
      `Commit ${release.commit.slice(0, 12)} of the release has no ${inputs.runbook}; name its runbook.`,
    );
  const { readRunbook } = await import("./runbook-file.ts");
  const session = openSession(accept(readRunbook(text, inputs.runbook)), inputs, ports, workflow);
  const source = session.runbook.ticks ?? "chain";
  const verdict = await look(session, release, source, ports);
  // Whoever cancels a tick wants no other one either.
  if (successors === undefined || ports.cancelled.aborted) return verdict;

  const after = (await store.read(inputs.environment)).record;
  await pace(after, { source, verdict, began: now }, ports);
  await goOn({ ...scene, record: after, source, verdict, branch, workflows: successors });
  return verdict;
}

async function look(session: Session, release: ReleaseState, source: TickSource, ports: Ports): Promise<Verdict> {
  const target = await session.target();
  const { store, environment, author, onEntry } = session.base;
  const stay = source === "chain";
  if (release.ended !== null) return lookAgain({ ports, store, environment, target, author, onEntry, stay });
  const now = ports.clock.now();
  if (!stay && !isDue(release, now))
    return pass("not-due", `The next look is due in ${Math.ceil((nextLookIn(release, now) ?? 0) / 60_000)} minutes.`);
  const { canaryJudge } = await import("./canary-judge.ts");
  const judge = canaryJudge({ ports, target, runbook: session.judged() });
  const asker = { release: release.id, attempt: release.attempt };
  const patience = stay ? {} : { patienceMs: 0 };
  const { watchJudge } = await import("./watch-judge.ts");
  const watch = watchJudge({ ports, target, runbook: session.judged() });
  // The commands that turn things on and off are in the commit, which a tick does not check out.
  const offer = { target, judge, watch, steps: {}, change: undefined };
  return advance({ ...session.base, ...pinned(offer, session.runbook), ...patience, asker });
}

/** A chain whose ticks cannot do anything yet must not become a loop. */
async function pace(
  { release }: EnvironmentRecord,
  tick: { readonly source: TickSource; readonly verdict: Verdict; readonly began: number },
  { clock, cancelled }: Ports,
): Promise<void> {
  const afterMs = release === null ? undefined : nextLookIn(release, clock.now());
  if (tick.source !== "chain" || tick.verdict.verdict !== "hold" || tick.verdict.reason === "dispatch") return;
  if (afterMs === undefined) return;
  const spentMs = clock.now() - tick.began;
  const paceMs = tick.verdict.final === true ? urgentPaceMs : chainPaceMs;
  await clock.sleep(Math.max(0, paceMs - spentMs), cancelled).catch(() => undefined);
}
