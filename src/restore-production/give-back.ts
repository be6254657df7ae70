import type { DeployTarget, Production } from "../deploy-target.ts";
import { messageOf } from "../failure.ts";
import type { Entry, EnvironmentRecord } from "../record.ts";
import type { RecordSnapshot } from "../record-store.ts";
import type { RestoreScene } from "../restore-production.ts";
import type { RollbackChoice } from "../rollback.ts";
import { shellWord } from "../shell-word.ts";
import { shortVersion } from "../short-version.ts";
import { fail, pass, type Verdict } from "../verdict.ts";

/** Writes to the platform until it shows that all traffic is back, then tells the record. */
export async function giveBack(
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

export const servingAll = (production: Production) =>
  production.serving.find((version) => version.weight === 100)?.version;

export const sharesIn = ({ serving }: Production): string =>
  serving
    .filter((version) => version.weight > 0)
    .map((version) => `${shortVersion(version.version)} at ${version.weight}%`)
    .join(" and ") || "nothing";

interface Done {
  readonly from: string | null;
  readonly to: string;
  readonly generation: string;
  readonly complete: boolean;
  readonly message: string;
}

export const appendAttempts = 5;

/**
 * Appends what was done. `overtaken`: the release is somebody else's by now, who reads production for itself, so nothing
 * was appended; `unwritten`: the record still does not know it, which is then said with what to run.
 */
export async function journal(
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
