import type { DeployTarget, Production } from "./deploy-target.ts";
import { looksAfterRollbackMs, nextLookIn } from "./hand-over.ts";
import type { Ports } from "./ports.ts";
import type { Author } from "./record/author.ts";
import type { Entry, EnvironmentRecord, ReleaseState } from "./record.ts";
import type { RecordSnapshot, RecordStore } from "./record-store.ts";
import { shortVersion } from "./short-version.ts";
import { fail, pass, type Verdict } from "./verdict.ts";

/** What production shows some minutes after a rollback. */
export type Aftermath =
  | { readonly shows: "settled"; readonly message: string }
  /** Our own candidate has traffic: a write that was on its way when traffic was given back, or a rollback in parts. */
  | { readonly shows: "ours"; readonly to: string; readonly from: string; readonly message: string }
  /** Somebody has moved traffic since; that is theirs to do. */
  | { readonly shows: "foreign"; readonly message: string };

/**
 * Reads production after a rollback (F07, F27 of the fault menu). Only our own candidate is replaced again, and on a
 * platform that refuses late writes only after a rollback that was not complete: there a candidate in traffic is a
 * person's doing.
 */
export function readAftermath(
  { release, lastGood }: EnvironmentRecord,
  production: Production,
  { compareAndSet }: { readonly compareAndSet: boolean },
): Aftermath {
  const shares = production.serving.filter(({ weight }) => weight > 0);
  const shown =
    shares.map(({ version, weight }) => `${shortVersion(version)} at ${weight}%`).join(" and ") || "nothing";
  const to = lastGood?.version;
  const from = (release?.candidate ?? release?.promoted)?.version;
  if (to === undefined || (shares.length === 1 && shares[0]?.version === to))
    return { shows: "settled", message: `Production still serves ${shown}, as the rollback left it.` };
  const incomplete = release?.ended?.as === "rollback-incomplete";
  const ours =
    shares.every(({ version }) => version === to || version === from) && shares.some((s) => s.version === from);
  if (from === undefined || !ours || (compareAndSet && !incomplete))
    return {
      shows: "foreign",
      message: `Production serves ${shown}, which the rollback did not leave: somebody moved traffic since. Nothing is changed.`,
    };
  return {
    shows: "ours",
    to,
    from,
    message: `Production serves ${shown} again although traffic was given back to ${shortVersion(to)}: a write that came late.`,
  };
}

export interface LookAgain {
  readonly ports: Pick<Ports, "clock" | "cancelled" | "log">;
  readonly store: RecordStore;
  readonly environment: string;
  readonly target: DeployTarget;
  readonly author: Author;
  readonly onEntry?: ((entry: Entry, snapshot: RecordSnapshot) => Promise<void>) | undefined;
  /** Stay for every look that is still to come, instead of leaving them to other ticks. */
  readonly stay: boolean;
}

/** Looks at production after a rollback, one minute, five and fifteen after it, and gives traffic back again when it must. */
export async function lookAgain(scene: LookAgain): Promise<Verdict> {
  const { ports, store, environment, target, stay } = scene;
  const { clock, cancelled } = ports;
  let verdict = pass("nothing-under-way", "No release is under way, so there is nothing to look at.");
  for (let looks = 0; looks <= looksAfterRollbackMs.length; looks++) {
    const snapshot = await store.read(environment);
    const { release } = snapshot.record;
    if (release === null || release.ended === null || cancelled.aborted) return verdict;
    const production = await target.observe();
    const found = readAftermath(snapshot.record, production, target.capabilities);
    ports.log.info(found.message);
    if (found.shows === "foreign") return pass("moved-since", found.message);
    if (found.shows === "ours") verdict = await giveBack(scene, snapshot, release, found, production);
    else if (release.ended.as === "rollback-incomplete") verdict = await complete(scene, snapshot, release, production);
    else verdict = pass("still-back", found.message);
    const afterMs = nextLookIn(release, clock.now());
    if (!stay || afterMs === undefined) return verdict;
    await clock.sleep(afterMs, cancelled).catch(() => undefined);
  }
  return verdict;
}

type Ours = Extract<Aftermath, { shows: "ours" }>;

async function giveBack(
  scene: LookAgain,
  snapshot: RecordSnapshot,
  release: ReleaseState,
  { to, from, message }: Ours,
  production: Production,
): Promise<Verdict> {
  const outcome = await scene.target.restore({ to, ifGeneration: production.generation });
  const after = outcome.outcome === "applied" ? outcome.production : await scene.target.observe();
  const whole = after.serving.some(({ version, weight }) => version === to && weight === 100);
  const told = whole
    ? `${message} All traffic is back on ${shortVersion(to)}.`
    : `${message} It could not be given back.`;
  const as = whole ? "rolled-back" : "rollback-incomplete";
  await append(scene, snapshot, release, {
    from,
    to,
    generation: after.generation,
    as,
    reason: "late-write",
    message: told,
  });
  return whole
    ? pass("given-back-again", told)
    : fail("rollback-incomplete", `${told} Move traffic on the platform by hand.`);
}

/** A rollback that was not complete when it was read back is by now: the record hears of it. */
async function complete(
  scene: LookAgain,
  snapshot: RecordSnapshot,
  release: ReleaseState,
  { generation }: Production,
): Promise<Verdict> {
  const to = snapshot.record.lastGood?.version ?? release.stable.version;
  const message = `All traffic is on ${shortVersion(to)}: the rollback that was not complete has become so.`;
  await append(scene, snapshot, release, {
    from: null,
    to,
    generation,
    as: "rolled-back",
    reason: "completed",
    message,
  });
  return pass("still-back", message);
}

type Facts = Pick<Extract<Entry, { kind: "rollback" }>, "from" | "to" | "generation" | "as" | "reason" | "message">;

async function append(scene: LookAgain, onto: RecordSnapshot, release: ReleaseState, facts: Facts): Promise<void> {
  const { ports, store, environment, author } = scene;
  const entry: Entry = { kind: "rollback", at: ports.clock.now(), by: author, release: release.id, ...facts };
  const appended = await store.append(environment, onto, [entry]);
  if (appended.appended) await scene.onEntry?.(entry, appended.snapshot);
  else ports.log.warn("Somebody appended to the record meanwhile; the next look tells what is still to tell.");
}
