import { advance } from "../advance.ts";
import type { DeployTarget, LookBack, Production } from "../deploy-target.ts";
import { messageOf } from "../failure.ts";
import { keptGoes } from "../record/standing-changes.ts";
import { type EnvironmentRecord, knowsGeneration } from "../record.ts";
import type { RecordSnapshot } from "../record-store.ts";
import type { RestoreScene } from "../restore-production.ts";
import { chooseRollback } from "../rollback.ts";
import { fail, pass, type Verdict } from "../verdict.ts";
import { giveBack, journal, servingAll, sharesIn } from "./give-back.ts";
import { witnessFor } from "./witness.ts";

/** How often a version is asked whether it is there before a person is refused. */
const healthLooks = 3;

/** For a person: the platform first, the record after, and no record is no obstacle. */
export async function asAsked(scene: RestoreScene): Promise<Verdict> {
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

/** Everything the platform has to say before one goes back. */
async function lookBack(target: DeployTarget, to: string | undefined): Promise<LookBack> {
  if (target.lookBack !== undefined) return target.lookBack(to);
  const [production, history] = await Promise.all([target.observe(), target.history?.(to)]);
  return { production, history, health: (version) => target.health(version) };
}

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

/** Traffic is back; what else the release had changed is undone as the record says, and a record that is down is none. */
export async function undoRest(scene: RestoreScene): Promise<void> {
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
