import { isDeepStrictEqual } from "node:util";
import type { Ports } from "../../ports.ts";
import type { Postgres } from "../../rehearsal/postgres.ts";
import { type Aftermath, aftermathOf, lateRow, repeatedEffects, startedTwice } from "./aftermath.ts";
import type { Ended } from "./built-action.ts";
import { type Journey, runbookFileOf, runbookOf } from "./journeys.ts";
import { type ActionStep, type KillWorld, openKillWorld } from "./kill-world.ts";
import { type Blow, type Change, sides, signals } from "./turnstile.ts";

const release = 100;
const nextRelease = 200;

/** One kill and what came of it; without a blow, the journey as it goes by itself. */
export interface Played {
  readonly changes: readonly Change[];
  readonly struck: boolean;
  readonly killedLate: boolean;
  readonly orphans: number;
  readonly aftermath: Aftermath;
  readonly repeated: readonly string[];
  /** What else was not as it should be. */
  readonly complaints: readonly string[];
  /** What the actions printed, for whoever has to understand a row. */
  readonly log: string;
}

/** Runs a journey to its end: what comes before, the action that is hit, its re-run, and the rest of the release. */
export async function play(world: KillWorld, journey: Journey, name: string, blow?: Blow): Promise<Played> {
  const environment = `kill-${name}`;
  const databaseName = environment.replaceAll("-", "_");
  const complaints: string[] = [];
  let log = "";
  await world.reset();
  const database = journey.needsDatabase === true ? await world.createDatabase(databaseName) : undefined;
  const place = { environment, runbook: runbookFileOf(journey), database };
  const event = journey.event === undefined ? undefined : world.happens(journey.event);
  const run = async (step: ActionStep, attempt: number, at?: Blow): Promise<Ended> => {
    const ended = await world.run({ ...step, ...place, runId: release, attempt, event }, at);
    log += `--- ${step.action}, run ${release}.${attempt}, ended with ${ended.code ?? ended.signal}\n${ended.log}`;
    if (ended.code !== null && ended.outputs["verdict"] === undefined)
      complaints.push(`${step.action} ended with code ${ended.code} and said no verdict`);
    if (ended.outputs["reason"] === "defect") complaints.push(`${step.action} ended as a defect`);
    return ended;
  };
  const runUnharmed = async (step: ActionStep, attempt: number, runId = release): Promise<void> => {
    const { verdict, reason, log: said } = await world.runUnharmed({ ...step, ...place, runId, attempt });
    log += `--- ${step.action}, run ${runId}.${attempt}: ${verdict} (${reason})\n${said}`;
    if (verdict !== "pass") complaints.push(`${step.action}, run ${runId}.${attempt}: ${verdict} (${reason})`);
  };

  for (const step of journey.before) await runUnharmed(step, 1);
  const target = await victimOf(world, journey, databaseName);
  const { interrupted } = journey;
  if (interrupted !== undefined)
    await run(interrupted.step, 1, { change: interrupted.at, side: "after", signal: interrupted.signal });
  const victim = await run(target, 1, blow);
  const { code = 0 } = journey;
  if (blow === undefined && victim.code !== code)
    complaints.push(
      `${journey.victim.action} ended with ${victim.code} and not with ${code} although nobody harmed it`,
    );
  const again = blow === undefined ? undefined : await run(target, 2);
  // A restore that was stopped in its swap is a person's to undo; the refusal says how.
  if (journey.restores === true && again !== undefined && again.code !== 0) {
    await undoSwap(world, again.log);
    if ((await run(target, 3)).code !== 0) complaints.push("the restore did not go on after its swap was undone");
  }
  const ended = async () => (await world.record(environment)).release?.ended ?? undefined;
  if (journey.ends === "done") {
    const now = await ended();
    // Not cancelled, it is finished by whoever comes next; cancelled, it went back and another release follows.
    if (now === undefined || now.as === "failed") await runUnharmed({ action: "advance" }, 3);
    const then = await ended();
    if (then?.as !== "done" && blow?.signal !== "SIGKILL") {
      if (!isDeepStrictEqual((await aftermathOf(world, environment, undefined)).shares, { stable: 100 }))
        complaints.push("the cancelled release left traffic on its candidate");
      await runUnharmed({ action: "advance" }, 1, nextRelease);
    }
  }
  const known = database === undefined ? undefined : databaseName;
  const aftermath = await aftermathOf(world, environment, known);
  // Also without a blow: what is left every time would look alike every time.
  if (aftermath.scratch > 0) complaints.push(`${aftermath.scratch} scratch databases were left behind`);
  const repeated = await repeatedEffects(world, environment, known);
  if (journey.mayStartTwice !== true) repeated.push(...startedTwice(world));
  if (database !== undefined) await world.dropDatabase(databaseName);
  return {
    changes: victim.changes,
    struck: victim.struck,
    killedLate: victim.killedLate,
    orphans: victim.orphans.length,
    aftermath,
    repeated,
    complaints,
    log,
  };
}

/** The action that is hit, with the inputs that only the steps before it know; something was written since. */
async function victimOf(world: KillWorld, { victim, restores }: Journey, database: string): Promise<ActionStep> {
  if (restores !== true) return victim;
  const backup = world.keptBackup(database);
  if (backup === undefined) throw new Error(`No backup of ${database} was kept, so there is nothing to restore.`);
  await world.ask(database, `insert into applied values ('${lateRow}')`);
  return { ...victim, inputs: { ...victim.inputs, database, backup } };
}

/** Does what a refusal prints, as a person would who takes the way back. */
async function undoSwap(world: KillWorld, refusal: string): Promise<void> {
  const [, undo = refusal] = refusal.split("To undo it:");
  for (const [statement] of undo.matchAll(/alter database "[^"]+" (?:rename to "[^"]+"|allow_connections true);/g))
    await world.ask("postgres", statement);
}

export interface MatrixRow {
  readonly journey: string;
  readonly changes: number;
  readonly kills: number;
  /** Same end as without a kill. */
  readonly converged: number;
  readonly repeated: number;
  readonly orphans: number;
  /** Cancelled runs that needed GitHub's final SIGKILL. */
  readonly killedLate: number;
  readonly seconds: number;
}

export interface Matrix {
  readonly ports: Ports;
  /** One for each world that is played in at a time. */
  readonly servers: readonly Postgres[];
  readonly journeys: readonly Journey[];
  /** Which of all blows to give; all unless given. */
  readonly choose?: (blows: readonly Blow[], changes: readonly Change[]) => readonly Blow[];
  /** Worlds that are played in at a time. */
  readonly write: (line: string) => void;
  readonly onRow: (row: MatrixRow) => void;
}

export interface Verdict {
  readonly kills: number;
  readonly failures: readonly string[];
}

/** Every blow that a journey with so many changes can get. */
export const blowsFor = (changes: number): readonly Blow[] =>
  Array.from({ length: changes }, (_, change) =>
    sides.flatMap((side) => signals.map((signal) => ({ change, side, signal }))),
  ).flat();

/** Plays every journey once unharmed and once for every blow; what did not end alike is told with its log. */
export async function killMatrix(matrix: Matrix): Promise<Verdict> {
  const { ports, servers, journeys, choose = (blows) => blows } = matrix;
  const files = Object.fromEntries(journeys.map((journey) => [runbookFileOf(journey), runbookOf(journey)]));
  const failures: string[] = [];
  let kills = 0;
  let number = 0;
  for (const journey of journeys) {
    const started = performance.now();
    // New ones for every journey: a twin that remembers a thousand releases is slow.
    const worlds = await Promise.all(servers.map((postgres) => openKillWorld({ ports, postgres, files })));
    try {
      const [first] = worlds;
      if (first === undefined) throw new Error("a matrix needs at least one world");
      const unharmed = await play(first, journey, `${++number}`);
      if (unharmed.complaints.length > 0 || unharmed.repeated.length > 0)
        throw new Error(
          `${journey.name} does not even end well by itself: ${[...unharmed.complaints, ...unharmed.repeated].join("; ")}\n${unharmed.log}`,
        );
      const blows = [...choose(blowsFor(unharmed.changes.length), unharmed.changes)];
      const row = { converged: 0, repeated: 0, orphans: 0, killedLate: 0 };
      const count = blows.length;
      const work = async (world: KillWorld): Promise<void> => {
        for (let blow = blows.shift(); blow !== undefined; blow = blows.shift()) {
          const played = await play(world, journey, `${++number}`, blow);
          const wrong = complaintsOf(played, unharmed);
          row.converged += isDeepStrictEqual(played.aftermath, unharmed.aftermath) ? 1 : 0;
          row.repeated += played.repeated.length;
          row.orphans += played.orphans;
          row.killedLate += played.killedLate ? 1 : 0;
          if (wrong.length > 0) failures.push(told(journey, blow, unharmed.changes, wrong, played));
          if (wrong.length > 0) matrix.write(failures.at(-1) ?? "");
        }
      };
      await Promise.all(worlds.map(work));
      kills += count;
      const seconds = (performance.now() - started) / 1000;
      matrix.onRow({ journey: journey.name, changes: unharmed.changes.length, kills: count, ...row, seconds });
    } finally {
      await Promise.all(worlds.map((world) => world.stop()));
    }
  }
  return { kills, failures };
}

function complaintsOf(played: Played, unharmed: Played): readonly string[] {
  const { aftermath, repeated, complaints, orphans, struck } = played;
  return [
    ...(struck ? [] : ["the blow never fell: the action made fewer changes than before"]),
    ...(isDeepStrictEqual(aftermath, unharmed.aftermath)
      ? []
      : [`it ended otherwise: ${JSON.stringify(aftermath)} instead of ${JSON.stringify(unharmed.aftermath)}`]),
    ...repeated,
    ...(orphans === 0 ? [] : [`${orphans} processes outlived their job`]),
    ...complaints,
  ];
}

const told = (journey: Journey, blow: Blow, changes: readonly Change[], wrong: readonly string[], { log }: Played) => {
  const change = changes[Number(blow.change)];
  return `${journey.name}, ${blow.signal} ${blow.side} change ${Number(blow.change) + 1} (${change?.where}: ${change?.what}): ${wrong.join("; ")}\n${log}`;
};
