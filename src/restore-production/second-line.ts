import { advance } from "../advance.ts";
import { attemptAt } from "../attempt.ts";
import { messageOf } from "../failure.ts";
import type { WaitingRelease } from "../record/waiting.ts";
import type { Entry } from "../record.ts";
import type { RecordSnapshot } from "../record-store.ts";
import type { RestoreScene } from "../restore-production.ts";
import { secondLineTold } from "../rollback.ts";
import { pass, type Verdict } from "../verdict.ts";
import { appendAttempts, giveBack } from "./give-back.ts";
import { witnessFor } from "./witness.ts";

/** For a release that failed or was cancelled: whatever is left to give back is given back. */
export async function asSecondLine(scene: RestoreScene, release: number): Promise<Verdict> {
  const { ports, store, target, author, environment, reason, onEntry, show } = scene;
  const known = await store.read(environment).catch((problem: unknown) => ({ problem }));
  if ("problem" in known) return withoutRecord(scene, release, known.problem);
  const { record } = known;
  if (record.queued?.release === release) return leaveLine(scene, known, record.queued);
  if (record.release?.id !== release)
    return pass("not-started", `Release ${release} never started here, so there is nothing to give back.`);
  const attempt = attemptAt(release, author);
  // A re-run of an old run fails, since another has the release in hand: that is no reason to end it.
  if (attempt < record.release.attempt)
    return pass(
      "superseded",
      `Release ${release} was taken over by attempt ${record.release.attempt}, which answers for it; this is attempt ${attempt}.`,
    );
  const message = reason === "cancelled" ? "The run was cancelled." : "A job of the release failed.";
  const verdict = await advance({
    ports,
    store,
    target,
    author,
    environment,
    asker: { release, attempt },
    steps: {},
    abort: { reason, message },
    change: scene.change,
    onEntry,
    show,
  });
  const newest = await store.read(environment);
  const after = newest.record.release?.ended;
  if (after === null || after === undefined) return (await offTheRest(scene, newest)) ?? verdict;
  const safe = ["failed", "rolled-back", "held", "done"].includes(after.as);
  return safe ? pass(after.as, `Release ${release} ended as ${after.as}: ${after.message}`) : verdict;
}

/**
 * A release that waited in line and whose own job ended badly before it could begin it, such as one that cannot reach the
 * platform, or that a person cancelled. It leaves the line: whoever looks next would start that job over and over.
 */
async function leaveLine(
  scene: RestoreScene,
  known: RecordSnapshot,
  { release, commit }: WaitingRelease,
): Promise<Verdict> {
  const { ports, store, environment, author, reason, onEntry } = scene;
  const how = reason === "cancelled" ? "was cancelled before it began it" : "failed before it could begin it";
  const message =
    `Release ${release} of commit ${commit.slice(0, 12)} waited in line, and the job that was to begin it ${how}: it leaves the line. ` +
    `Look at the log of run ${author.run}; to release it all the same, run all jobs of run ${release} again, or push.`;
  let onto = known;
  for (let attempt = 1; attempt <= appendAttempts; attempt++) {
    if (onto.record.queued?.release !== release) break;
    const entry: Entry = { kind: "dequeued", at: ports.clock.now(), by: author, release, reason, message };
    const appended = await store.append(environment, onto, [entry]);
    if (appended.appended) {
      await onEntry(entry, appended.snapshot);
      return pass("not-started", message);
    }
    onto = await store.read(environment);
  }
  return pass("not-started", `Release ${release} waits in line no more, and never started from here.`);
}

/**
 * Where a part of production is out of reach nothing can be decided for the whole; what answers is taken off the
 * candidate all the same. Undefined where that is not what keeps the release from going back.
 */
async function offTheRest(scene: RestoreScene, snapshot: RecordSnapshot): Promise<Verdict | undefined> {
  const { target } = scene;
  const { candidate, stable } = snapshot.record.release ?? {};
  if (target.lookBack === undefined || candidate == null || stable === undefined) return undefined;
  const { production, outOfReach = [] } = (await target.lookBack().catch(() => undefined)) ?? {};
  if (production === undefined || outOfReach.length === 0) return undefined;
  const serving = production.serving.flatMap(({ version, weight }) => (weight > 0 ? version : []));
  const known = [candidate.version, stable.version, ...outOfReach];
  if (!serving.includes(candidate.version) || !serving.every((version) => known.includes(version))) return undefined;
  const why = "a part of production does not answer, and the rest must not stay on what failed";
  const choice = { choice: "restore", to: stable.version, from: candidate.version, why } as const;
  return giveBack(scene, snapshot, production, choice, production.generation);
}

/** The record is down or contradicted: only what GitHub's deployment proves to be this release's is taken off. */
async function withoutRecord(scene: RestoreScene, release: number, problem: unknown): Promise<Verdict> {
  const { target, ports } = scene;
  ports.log.warn(`The record cannot be read: ${messageOf(problem)}`);
  const witness = await witnessFor(scene, problem);
  const production = await target.observe();
  const choice = secondLineTold(release, witness, production);
  if (choice.choice === "refuse") return { verdict: "error", reason: choice.reason, message: choice.message };
  if (choice.choice === "nothing-to-do") return pass("nothing-to-do", choice.message);
  // Where a platform refuses no late write, writing what is there already shuts nothing out.
  if (choice.from === null && !target.capabilities.compareAndSet)
    return pass(
      "nothing-to-do",
      `Production serves ${choice.to} alone, so release ${release} has nothing to give back.`,
    );
  const verdict = await giveBack(scene, undefined, production, choice, production.generation);
  const rest =
    "What else the release may have changed is undone when this job is run again and the record can be read.";
  return { ...verdict, message: `${verdict.message} ${rest}` };
}
