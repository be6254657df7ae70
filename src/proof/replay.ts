import { planOf } from "../plan.ts";
import type { Entry } from "../record.ts";
import type { Runbook } from "../runbook.ts";
import { type Broken, checkEnd, checkRollback } from "./invariants.ts";
import { answered, type Modelled, newProcess, pendingOf } from "./modelled-process.ts";
import { firstMoment, type Move, surroundings } from "./moves.ts";
import { provenRunbook } from "./proven-runbooks.ts";
import { type Program, type RealProcess, runningOn, startReal } from "./real-process.ts";
import { plenty } from "./schedule.ts";
import { type Chance, type Core, foldWith, type Request, serve, type World } from "./world.ts";

export interface Replayed {
  readonly broken?: Broken | undefined;
  /** Where the model and the real code parted; undefined when they agreed on every request. */
  readonly differs?: string | undefined;
  readonly end: string;
}

/** Plays recorded moves with the model and the real code side by side, in one world. */
export async function replay(
  moves: readonly Move[],
  program: Program,
  core: Core,
  runbook: Runbook = provenRunbook,
): Promise<Replayed> {
  const { "on-new-commit": onNewCommit } = runbook;
  const plan = planOf(runbook);
  const stage = { world: firstMoment(plenty).world };
  const foldEntries = foldWith(core);
  const running = runningOn(stage, program, runbook);
  const models = new Map<string, Modelled>();
  const reals = new Map<string, RealProcess>();
  const start = (role: Modelled["role"], release: number, attempt: number, name: string) => {
    models.set(name, newProcess(role, release, attempt, name));
    if (role !== "person") reals.set(name, startReal(role, release, attempt, name, running));
  };
  const result = (rest: Partial<Replayed>): Replayed => ({
    end: stage.world.record.release?.ended?.as ?? "under way",
    ...rest,
  });
  start("release", 1, 1, "release 1.1");
  for (const [index, { who, what }] of moves.entries()) {
    if (!models.has(who) && (what === "starts" || who.startsWith("healing"))) {
      const begun = processNamed(who, stage.world);
      start(begun.role, begun.release, begun.attempt, who);
      if (who.startsWith("healing")) stage.world = { ...stage.world, late: null };
      if (what === "starts") continue;
    }
    const model = models.get(who);
    const real = reals.get(who);
    if (model === undefined) {
      const around = surroundings({ world: stage.world, processes: [], left: plenty }, plenty);
      const step = around.find(({ move }) => move.who === who && move.what === what);
      if (step === undefined) return result({ differs: `move ${index + 1}, "${who} ${what}", cannot happen any more` });
      stage.world = step.moment.world;
      if (step.broken !== undefined) return result({ broken: step.broken });
      continue;
    }
    if (what === "crash") {
      models.delete(who);
      reals.delete(who);
      continue;
    }
    if (what === "cancel") {
      models.set(who, { ...model, cancelled: true });
      real?.cancel();
      continue;
    }
    const stopped = await real?.stopped();
    const request = pendingOf(model);
    const asked = stopped === undefined ? request : "asks" in stopped ? stopped.asks : undefined;
    if (request === undefined && asked === undefined) continue;
    if (request === undefined || asked === undefined || inShort(request) !== inShort(asked))
      return result({ differs: `move ${index + 1}: the model asks ${inShort(request)}, the code ${inShort(asked)}` });
    const served = serve(stage.world, asked, what as Chance, foldEntries);
    stage.world = served.world;
    if (served.broken !== undefined) return result({ broken: served.broken });
    real?.answer(served.reply);
    await real?.stopped();
    // The real code may have slept on until its next request; the model decides at the moment of the answer.
    models.set(who, answered(model, served.reply, { core, plan, onNewCommit, now: served.world.clock }));
  }
  // Everybody may die here.
  const { world } = stage;
  return result({ broken: world.late === null ? (checkEnd(world) ?? checkRollback(core, world)) : undefined });
}

function processNamed(name: string, { record }: World): { role: Modelled["role"]; release: number; attempt: number } {
  const numbered = /^release (\d+)\.(\d+)$/.exec(name);
  if (numbered !== null) return { role: "release", release: Number(numbered[1]), attempt: Number(numbered[2]) };
  const { id = 1, attempt = 1 } = record.release ?? {};
  if (name === "healing re-run") return { role: "release", release: id, attempt: 9 };
  if (name === "tick") return { role: "tick", release: id, attempt };
  return { role: name.includes("person") ? "person" : "rollback", release: id, attempt };
}

/** A request without what the two may word differently. */
function inShort(request: Request | undefined): string {
  if (request === undefined) return "nothing";
  if (request.ask === "append") return `append ${request.entries.map(entryInShort).join(" + ")}`;
  if (request.ask === "write") return `write ${JSON.stringify(request.write)}`;
  if (request.ask === "judge") return `judge ${request.share.weight} at ${request.share.generation}`;
  return request.ask;
}

function entryInShort(entry: Entry): string {
  const generation = "generation" in entry ? entry.generation : "";
  const outcome = "outcome" in entry ? entry.outcome : "as" in entry ? entry.as : "";
  const weight = "weight" in entry ? entry.weight : "";
  return [entry.kind, entry.release, entry.by.attempt, outcome, weight, generation].join(" ");
}
