import { type Advance, advance } from "./advance.ts";
import { attemptAt } from "./attempt.ts";
import type { DeployTarget, LookBack, Production } from "./deploy-target.ts";
import { messageOf, ProviderError } from "./failure.ts";
import type { Ports } from "./ports.ts";
import type { Author } from "./record/author.ts";
import { keptGoes } from "./record/standing-changes.ts";
import type { WaitingRelease } from "./record/waiting.ts";
import { type Entry, type EnvironmentRecord, knowsGeneration, type ReleaseState } from "./record.ts";
import { type RecordSnapshot, type RecordStore, recordDiffers } from "./record-store.ts";
import { chooseRollback, type RollbackChoice, secondLineTold, type Witness } from "./rollback.ts";
import { shellWord } from "./shell-word.ts";
import { shortVersion } from "./short-version.ts";
import { fail, hold, pass, type Verdict } from "./verdict.ts";

/** Everything a rollback needs, opened by whoever asks for it: an action of a workflow, or a command on a laptop. */
export interface RestoreScene {
  readonly environment: string;
  /** Version to return to; what served before the newest release when absent. */
  readonly to?: string | undefined;
  /** Go back only if this release is the one under way; absent when a person decides. */
  readonly release?: number | undefined;
  readonly reason: string;
  /** Go back over a migration that the version may not work with; only a person says so. */
  readonly force?: boolean | undefined;
  readonly author: Author;
  readonly ports: Ports;
  readonly store: RecordStore;
  readonly target: DeployTarget;
  /** The record as it was known last, for when the store cannot be reached. */
  readonly lastSeen?: (() => Promise<RecordSnapshot | undefined>) | undefined;
  /** What GitHub's newest deployment says, for when the record cannot be read; absent where nobody can ask. */
  readonly witness?: (() => Promise<Witness | undefined>) | undefined;
  /** Moves nothing: writes down a rollback that was done while the record could not be reached. */
  readonly onlyRecord?: boolean | undefined;
  /** Turns off what a release had turned on; the record says what. */
  readonly change?: Advance["change"];
  readonly onEntry: (entry: Entry, snapshot: RecordSnapshot) => Promise<void>;
  /** Shows a record that has ended to people: whoever ended it may have died before that. */
  readonly show?: ((snapshot: RecordSnapshot) => Promise<void>) | undefined;
  /** Whether what serves now does its work; undefined when nothing can tell. Asked when traffic is back and told. */
  readonly prove?: ((release: ReleaseState | undefined) => Promise<Verdict | undefined>) | undefined;
}

export interface Restored {
  readonly verdict: Verdict;
  /** The version that serves all traffic now; undefined when there is none, or when it cannot be read. */
  readonly version: string | undefined;
}

/**
 * Gives production back. As the second line of one release it asks `decide` like everybody else; asked by a person it
 * needs only the platform: not the runbook, not the record, not a metric, not a lock.
 */
export async function restoreProduction(scene: RestoreScene): Promise<Restored> {
  const verdict = scene.release === undefined ? await asAsked(scene) : await asSecondLine(scene, scene.release);
  if (scene.release === undefined && verdict.verdict === "pass") await undoRest(scene);
  const version = await scene.target.observe().then(servingAll, () => undefined);
  const proven = verdict.verdict === "pass" && wentBack.has(verdict.reason) ? await recovered(scene, verdict) : verdict;
  return { verdict: proven, version };
}

/** Verdicts after which users are served by another version than before. */
const wentBack: ReadonlySet<string> = new Set(["rolled-back", "held"]);

/** The proof comes after the write and after it was written down; a version that fails it is told as a page. */
async function recovered(scene: RestoreScene, verdict: Verdict): Promise<Verdict> {
  const { ports, store, environment, prove } = scene;
  if (prove === undefined) return verdict;
  const snapshot = await store.read(environment).catch((problem: unknown) => messageOf(problem));
  const release = typeof snapshot === "string" ? undefined : (snapshot.record.release ?? undefined);
  const proof = await prove(release).catch((problem: unknown) => hold("not-proven", messageOf(problem)));
  if (proof === undefined) return verdict;
  if (proof.verdict === "hold" || proof.verdict === "error") {
    ports.log.warn(`Traffic is back, and whether users are served well could not be proven: ${proof.message}`);
    return verdict;
  }
  const healthy = proof.verdict === "pass";
  const message = healthy
    ? `Users are served again: ${proof.message}`
    : `What serves now is not healthy: ${proof.message}`;
  if (typeof snapshot === "string") ports.log.warn(`${message} But the record could not be written: ${snapshot}`);
  else await tellRecovery(scene, snapshot, { healthy, message });
  return healthy
    ? { ...verdict, message: `${verdict.message} ${message}` }
    : fail("rolled-back-unhealthy", `${verdict.message} ${message} Return to another version with \`to\`.`);
}

async function tellRecovery(
  { ports, store, environment, author, onEntry }: RestoreScene,
  known: RecordSnapshot,
  { healthy, message }: { readonly healthy: boolean; readonly message: string },
): Promise<void> {
  try {
    // The proof took its time; once more where somebody has appended meanwhile.
    for (let onto = known, again = true; ; onto = await store.read(environment), again = false) {
      const { release } = onto.record;
      if (release?.ended == null || release.recovery !== null) return;
      const common = { at: ports.clock.now(), by: author, release: release.id };
      const entry: Entry = { kind: "recovery", ...common, healthy, message: message.slice(0, 4000) };
      const appended = await store.append(environment, onto, [entry]);
      if (appended.appended) return await onEntry(entry, appended.snapshot);
      if (!again) return ports.log.warn(`${message} Others appended to the record, which does not say so.`);
    }
  } catch (problem) {
    ports.log.warn(`${message} But the record could not be written: ${messageOf(problem)}`);
  }
}

const servingAll = (production: Production) => production.serving.find((version) => version.weight === 100)?.version;

/** Traffic is back; what else the release had changed is undone as the record says, and a record that is down is none. */
async function undoRest(scene: RestoreScene): Promise<void> {
  const { ports, store, target, author, environment, onEntry, change } = scene;
  try {
    const { release } = (await store.read(environment)).record;
    if (release === null || release.ended === null || release.changes.length === 0) return;
    const asker = { release: release.id, attempt: Math.max(author.attempt, release.attempt) };
    const verdict = await advance({
      ports,
      store,
      target,
      author,
      environment,
      asker,
      steps: {},
      change,
      onEntry,
    });
    if (verdict.verdict === "error") ports.log.warn(`Traffic is back, but not everything else is: ${verdict.message}`);
  } catch (problem) {
    ports.log.warn(`Traffic is back, but what else the release changed could not be undone: ${messageOf(problem)}`);
  }
}

/** For a release that failed or was cancelled: whatever is left to give back is given back. */
async function asSecondLine(scene: RestoreScene, release: number): Promise<Verdict> {
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

/** What GitHub shows of the newest release; where the record contradicts it, neither counts by itself. */
async function witnessFor({ witness, ports }: RestoreScene, problem: unknown): Promise<Witness | undefined> {
  const told = await witness?.().catch((why: unknown) =>
    ports.log.warn(`GitHub's deployments cannot be read either: ${messageOf(why)}`),
  );
  if (told === undefined) return undefined;
  return { ...told, contradicted: problem instanceof ProviderError && problem.status === recordDiffers };
}

/** How often a version is asked whether it is there before a person is refused. */
const healthLooks = 3;

/** For a person: the platform first, the record after, and no record is no obstacle. */
async function asAsked(scene: RestoreScene): Promise<Verdict> {
  const { target, to } = scene;
  if (scene.onlyRecord === true) return writeDown(scene);
  // Users wait for this: the record and the platform are asked at the same time.
  const [known, { production, history, health: healthOf }] = await Promise.all([
    knownRecord(scene),
    lookBack(target, to),
  ]);
  if (to === undefined && known.record !== undefined && !known.fresh && !tellsOf(known.record, production))
    return fail(
      "stale-record",
      "What production serves is not in the record as it was last fetched, so what served before is not known. " +
        `Name the version with \`to\`; the platform knows ${production.serving.map(({ version }) => version).join(", ")}.`,
    );
  const ask = to === undefined && known.record === undefined;
  const witness = ask ? await witnessFor(scene, known.problem) : undefined;
  const choice = chooseRollback({ to, record: known.record, production, history, force: scene.force, witness });
  if (choice.choice === "refuse") return fail(choice.reason, choice.message);
  if (choice.choice === "restore" && to === undefined && known.record !== undefined && !known.fresh)
    if (!wroteLast(known.record, production))
      return fail(
        "stale-record",
        `Production is at generation ${production.generation}, which is not the last one in the record as it was last fetched: others moved traffic since. ` +
          `Name the version with \`to\`; by that record it would be ${choice.to}.`,
      );
  if (choice.choice === "nothing-to-do") {
    const ended = known.snapshot?.record.release?.ended ?? undefined;
    // A rollback that died between the platform's write and its entry left this: the journal follows now.
    const release = known.record?.release;
    const flagged = release != null && keptGoes(release, choice.to, undefined);
    if ((ended?.as === "done" || flagged) && release?.stable.version !== choice.to) {
      const told = await writeDown(scene).catch((problem: unknown) => fail("not-recorded", messageOf(problem)));
      return told.verdict === "pass" ? told : { ...told, message: `${choice.message} ${told.message}` };
    }
    if (ended !== undefined && known.snapshot !== undefined) await scene.show?.(known.snapshot);
    return pass("nothing-to-do", choice.message);
  }
  const insisted = to !== undefined && scene.force === true;
  let health = await healthOf(choice.to);
  // One answer that does not come may only be slow, and whoever is refused has to begin again.
  for (let asked = 1; !health.healthy && !insisted && asked < healthLooks; asked++) {
    await scene.ports.clock.sleep(500 * asked);
    health = await target.health(choice.to);
  }
  if (!health.healthy && insisted)
    scene.ports.log.warn(
      `${choice.to} does not answer its health check (${health.message}); it was named, with \`force\`.`,
    );
  if (!health.healthy && !insisted)
    return fail(
      "target-unhealthy",
      `${choice.to} does not answer its health check (${health.message}), so traffic was not moved to it. Name another version with \`to\`, or this one with \`force\`.`,
    );

  return giveBack(scene, known.snapshot, production, choice);
}

/** Writes to the platform until it shows that all traffic is back, then tells the record. */
async function giveBack(
  scene: RestoreScene,
  snapshot: RecordSnapshot | undefined,
  production: Production,
  { to, from, why }: Extract<RollbackChoice, { choice: "restore" }>,
  ifGeneration?: string,
): Promise<Verdict> {
  const { target, ports } = scene;
  let at = ifGeneration;
  const send = () => target.restore({ to, ...(at !== undefined && { ifGeneration: at }) });
  let outcome = await send();
  for (let sent = 1; sent < appendAttempts && outcome.outcome === "not-applied" && outcome.partly === true; sent++) {
    ports.log.warn(`Only a part of production went back: ${outcome.message} The rest is asked again.`);
    await ports.clock.sleep(500 * 2 ** sent);
    // What this very write made of production is ours: at its generation the rest may follow.
    at = at === undefined ? undefined : (outcome.production?.generation ?? at);
    outcome = await send();
  }
  const after = outcome.outcome === "applied" ? outcome.production : await readBack(target);
  // The same generation means that nothing was written, and that a raise on its way may still arrive.
  const written =
    after.generation !== production.generation || (outcome.outcome === "applied" && outcome.settled === true);
  const complete = servingAll(after) === to && written;
  const message = complete
    ? `All traffic is on ${to}, read back at generation ${after.generation}; chosen because ${why}.`
    : `Production is not all on ${to}: it serves ${sharesIn(after)}. Run the rollback again, or move traffic on the platform by hand.`;
  await journal(scene, snapshot, { from, to, generation: after.generation, complete, message });
  return complete ? pass("rolled-back", message) : fail("rollback-incomplete", message);
}

/** What production serves after a write that was not taken as a whole: where a part of it is out of reach, the rest. */
async function readBack(target: DeployTarget): Promise<Production> {
  try {
    return await target.observe();
  } catch (problem) {
    const rest = await target.lookBack?.().catch(() => undefined);
    if (rest === undefined) throw problem;
    return rest.production;
  }
}

/** Everything the platform has to say before one goes back. */
async function lookBack(target: DeployTarget, to: string | undefined): Promise<LookBack> {
  if (target.lookBack !== undefined) return target.lookBack(to);
  const [production, history] = await Promise.all([target.observe(), target.history?.(to)]);
  return { production, history, health: (version) => target.health(version) };
}

const sharesIn = ({ serving }: Production): string =>
  serving
    .filter((version) => version.weight > 0)
    .map((version) => `${shortVersion(version.version)} at ${version.weight}%`)
    .join(" and ") || "nothing";

interface Known {
  readonly record?: EnvironmentRecord | undefined;
  /** Whether the record is the newest there is. */
  readonly fresh: boolean;
  /** What an entry can be appended to; absent when the record could not be read. */
  readonly snapshot?: RecordSnapshot | undefined;
  /** Why the record could not be read. */
  readonly problem?: unknown;
}

async function knownRecord({ store, environment, lastSeen, ports }: RestoreScene): Promise<Known> {
  try {
    const snapshot = await store.read(environment);
    return { record: snapshot.record, fresh: true, snapshot };
  } catch (problem) {
    const why = messageOf(problem);
    const seen = await lastSeen?.().catch(() => undefined);
    ports.log.warn(
      seen === undefined
        ? `The record cannot be read (${why}); going on with what the platform knows.`
        : `The record cannot be read (${why}); going on with entry ${seen.record.entries}, the newest that was fetched.`,
    );
    return { record: seen?.record, fresh: false, problem };
  }
}

/** Whether everything that serves is known to the record: an old one may name a way back that nobody wants any more. */
function tellsOf(record: EnvironmentRecord, { serving }: Production): boolean {
  const { release, lastGood } = record;
  const told = new Set([
    release?.before,
    release?.stable.version,
    release?.candidate?.version,
    release?.promoted?.version,
    lastGood?.version,
  ]);
  return serving.every(({ version, weight }) => weight === 0 || told.has(version));
}

/** Whether production stands where the record's newest release left it: one that was fetched long ago may have been overtaken. */
const wroteLast = ({ release }: EnvironmentRecord, { generation }: Production): boolean =>
  release !== null && knowsGeneration(release, generation);

/** The record hears of a rollback that was done without it; production must show that it was. */
async function writeDown(scene: RestoreScene): Promise<Verdict> {
  const { target, store, environment, to } = scene;
  const snapshot = await store.read(environment);
  const production = await target.observe();
  const serving = servingAll(production);
  if (serving === undefined || (to !== undefined && !serving.startsWith(to)))
    return fail(
      "not-serving",
      `Production serves ${sharesIn(production)}, so there is no finished rollback${to === undefined ? "" : ` to ${to}`} to write down. Run the rollback itself.`,
    );
  const { release, lastGood } = snapshot.record;
  const from = release?.candidate?.version ?? release?.promoted?.version ?? null;
  // Flags of an earlier stage that are still on: the record does not know that its version serves no more.
  const flagged = release !== null && keptGoes(release, serving, undefined);
  const known = from === serving || (lastGood?.version === serving && release?.ended !== null && !flagged);
  if (known) return pass("nothing-to-do", `The record knows already that ${serving} serves all traffic.`);
  const { generation } = production;
  const message = `All traffic is on ${serving}, read at generation ${generation}; it was moved while the record could not be reached.`;
  const told = await journal(scene, snapshot, { from, to: serving, generation, complete: true, message });
  if (told === "written") return pass("recorded", message);
  return fail(
    "not-recorded",
    told === "overtaken"
      ? "Another process took the release over meanwhile, so nothing was written. Look with `sluice status`, and run this again if the record still tells otherwise."
      : "The record could not be written; run it again.",
  );
}

interface Done {
  readonly from: string | null;
  readonly to: string;
  readonly generation: string;
  readonly complete: boolean;
  readonly message: string;
}

const appendAttempts = 5;

/**
 * Appends what was done. `overtaken`: the release is somebody else's by now, who reads production for itself, so nothing
 * was appended; `unwritten`: the record still does not know it, which is then said with what to run.
 */
async function journal(
  scene: RestoreScene,
  snapshot: RecordSnapshot | undefined,
  done: Done,
): Promise<"written" | "overtaken" | "unwritten"> {
  const { ports, store, environment } = scene;
  // Where the record could not be read before, one more try is enough: a person is waiting for the answer.
  const attempts = snapshot === undefined ? 1 : appendAttempts;
  let onto = snapshot;
  for (let attempt = 0; attempt < attempts; attempt++) {
    try {
      onto ??= await store.read(environment);
      // The second line of a release that others ended meanwhile has nothing to add to it.
      const ours = scene.release === undefined || onto.record.release?.id === scene.release;
      if (!ours || (scene.release !== undefined && onto.record.release?.ended != null)) return "overtaken";
      const entry = entryFor(scene, onto.record, done);
      const appended = await store.append(environment, onto, [entry]);
      if (appended.appended) {
        await scene.onEntry(entry, appended.snapshot);
        return "written";
      }
      const { release } = onto.record;
      onto = await store.read(environment);
      // Whoever took over since then reads production for itself; this rollback is not the end of its release.
      if (onto.record.release?.id !== release?.id || onto.record.release?.attempt !== release?.attempt)
        return "overtaken";
    } catch (problem) {
      ports.log.warn(`${done.message} But the record could not be written: ${messageOf(problem)}`);
      if (attempt + 1 < attempts) await ports.clock.sleep(100 * 2 ** attempt);
    }
  }
  const { reason } = scene;
  const command = ["--only-record", "--environment", environment, "--to", done.to, "--reason", reason].map(shellWord);
  ports.log.warn(
    `Nothing tells the record of this yet. Once it can be reached, run: sluice rollback ${command.join(" ")}`,
  );
  return "unwritten";
}

const entryFor = (scene: RestoreScene, record: EnvironmentRecord, done: Done): Entry => ({
  kind: "rollback",
  at: scene.ports.clock.now(),
  by: scene.author,
  release: record.release?.id ?? 0,
  from: done.from,
  to: done.to,
  generation: done.generation,
  as: done.complete ? "rolled-back" : "rollback-incomplete",
  reason: scene.reason,
  message: done.message,
});
