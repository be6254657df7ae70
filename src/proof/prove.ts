import { spawn } from "node:child_process";
import { cp } from "node:fs/promises";
import path from "node:path";
import type { Ports } from "../ports.ts";
import { fold } from "../record/fold.ts";
import { admit } from "../release/admit.ts";
import { decide } from "../release.ts";
import { chooseRollback } from "../rollback.ts";
import type { Runbook } from "../runbook.ts";
import { coreCoverage } from "./coverage.ts";
import { explore } from "./explore.ts";
import { type Harness, harnesses, nightHarnesses } from "./harnesses.ts";
import { proveKills } from "./kill/prove-kills.ts";
import { modelledSchedules } from "./modelled-schedule.ts";
import { hunt, mutants } from "./mutants.ts";
import { attendedRunbook, stagedRunbook } from "./proven-runbooks.ts";
import { realProgram } from "./real-process.ts";
import { realSchedule } from "./real-schedule.ts";
import type { Schedule } from "./schedule.ts";
import { storyOf } from "./story.ts";
import type { Core } from "./world.ts";

export const realCore: Core = { admit, decide, fold, chooseRollback };

export interface Proving {
  readonly write: (line: string) => void;
  /** Multiplies the number of random schedules. */
  readonly scale: number;
  /** Parts to prove, of `coverage`, `exploration`, `schedules`, `mutants` and `kill`; all when empty. */
  readonly only: readonly string[];
  /** For the processes of the kill matrix. */
  readonly ports: Ports;
  /** Every blow of the kill matrix instead of a few; also when it is asked for by name. */
  readonly everyKill?: boolean;
  /** Which of so many equal parts of the mutants are hunted, from 1; all of them when absent. */
  readonly part?: { readonly number: number; readonly of: number } | undefined;
  /** Follows also more trouble than the promise is made for, which takes long. */
  readonly deep?: boolean;
  /** Signals of the kill matrix; all when empty. */
  readonly signals?: readonly string[];
  /** Journeys of the kill matrix; all when empty. */
  readonly journeys?: readonly string[];
}

const inSeconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
const grouped = (count: number) => count.toLocaleString("en-US");

/** Proves the decision core and prints a table; false when a promise is broken or a mutant lives. */
export async function prove({
  write,
  scale,
  only,
  ports,
  everyKill = false,
  part,
  deep = false,
  ...kills
}: Proving): Promise<boolean> {
  const wanted = (part: string) => only.length === 0 || only.includes(part);
  const covered = !wanted("coverage") || (await cover(write));
  const explored = !wanted("exploration") || exploreAll(write, deep ? [...harnesses, ...nightHarnesses] : harnesses);
  const scheduled = !wanted("schedules") || (await playAll(write, scale));
  const killed = !wanted("mutants") || (await huntAll(write, part));
  const survived =
    !wanted("kill") ||
    (await proveKills({ ports, write, whole: everyKill || only.includes("kill"), worlds: 2, ...kills }));
  return covered && explored && scheduled && killed && survived;
}

async function cover(write: Proving["write"]): Promise<boolean> {
  const started = performance.now();
  const { complete, report } = await coreCoverage();
  for (const line of report) write(line);
  const told = complete ? "every line, branch and function" : "not complete";
  write(`coverage of release, record and rollback: ${told}${inSeconds(performance.now() - started).padStart(10)}`);
  return complete;
}

function exploreAll(write: Proving["write"], list: readonly Harness[]): boolean {
  write(`${"exploration".padEnd(40)}${"states".padStart(12)}${"transitions".padStart(14)}${"seconds".padStart(10)}`);
  const sum = { states: 0, transitions: 0, ms: 0 };
  for (const { name, ...harness } of list) {
    const started = performance.now();
    const { states, transitions, exhausted, counterexample } = explore({
      core: realCore,
      ...harness,
      tell: (followed, known) => write(`  ${grouped(followed)} of ${grouped(known)} known states followed`),
    });
    const ms = performance.now() - started;
    sum.states += states;
    sum.transitions += transitions;
    sum.ms += ms;
    const row = `${name.padEnd(40)}${grouped(states).padStart(12)}${grouped(transitions).padStart(14)}`;
    write(`${row}${inSeconds(ms).padStart(10)}  ${exhausted ? "exhausted" : "not exhausted"}`);
    if (counterexample !== undefined) write(storyOf(counterexample.moves, counterexample.broken));
    if (!exhausted) return false;
  }
  const row = `${"together".padEnd(40)}${grouped(sum.states).padStart(12)}${grouped(sum.transitions).padStart(14)}`;
  write(`${row}${inSeconds(sum.ms).padStart(10)}`);
  return true;
}

/** The kinds of schedules, and how many of each a plain run plays. */
const kinds = (): readonly (readonly [
  name: string,
  count: number,
  play: (seed: number) => Promise<Schedule> | Schedule,
])[] => [
  ["schedules of decide", 1_000_000, modelledSchedules(realCore)],
  ["schedules of advance", 100_000, (seed) => realSchedule(seed, realProgram, realCore)],
  ["people, watches, changes", 10_000, playing(attendedRunbook)],
  ["stages with flags", 5_000, playing(stagedRunbook)],
];

async function playAll(write: Proving["write"], scale: number): Promise<boolean> {
  for (const [name, count, play] of kinds()) {
    const started = performance.now();
    const wanted = Math.round(count * scale);
    for (let seed = 1; seed <= wanted; seed++) {
      const schedule = await settled(play(seed));
      if (schedule.broken === undefined) continue;
      write(storyOf(schedule.moves, schedule.broken));
      write(`Seen again with: npm run prove -- --seed ${seed}`);
      return false;
    }
    write(`${name.padEnd(28)}${grouped(wanted).padStart(12)}${inSeconds(performance.now() - started).padStart(24)}`);
  }
  return true;
}

const playing = (runbook: Runbook) => (seed: number) => realSchedule(seed, realProgram, realCore, runbook);

/** Awaits only what needs it: a million empty awaits are seconds. */
const settled = (schedule: Schedule | Promise<Schedule>) => schedule;

async function huntAll(write: Proving["write"], part: Proving["part"] = { number: 1, of: 1 }): Promise<boolean> {
  const started = performance.now();
  let killed = 0;
  const hunted = mutants.filter((_, index) => index % part.of === part.number - 1);
  for (const mutant of hunted) {
    const { by } = await hunt(mutant, 1_000, testsPass);
    if (by !== undefined) killed += 1;
    write(
      `  ${by === undefined ? "ALIVE " : "killed"} ${mutant.name} (${mutant.fault})${by === undefined ? "" : `: ${by}`}`,
    );
  }
  write(`mutants killed ${killed}/${hunted.length}${inSeconds(performance.now() - started).padStart(20)}`);
  return killed === hunted.length;
}

const specifications = [
  "release",
  "record",
  "rollback",
  "plan",
  "begin",
  "advance",
  "advance/step-back",
  "release/people",
  "release/continue",
  "release/stages",
  "release/watch",
  "release/elsewhere",
  "release/odd-plans",
  "release/commands",
];

/** Runs the specifications of the decision core against a mutated copy of the toolkit. */
async function testsPass(root: string): Promise<boolean> {
  const tests = path.resolve(import.meta.dirname, "../../test");
  const files = specifications.map((name) => path.join(root, "test", `${name}.test.ts`));
  for (const [i, name] of specifications.entries()) await cp(path.join(tests, `${name}.test.ts`), files[i] ?? "");
  await cp(path.join(tests, "proof"), path.join(root, "test/proof"), { recursive: true }).catch(() => undefined);
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--test", ...files], { cwd: root, stdio: "ignore", env: {} });
    child.once("error", reject);
    child.once("exit", (code) => resolve(code === 0));
  });
}

/** Plays one seed of every kind and tells it. */
export async function tellSchedule(seed: number, write: Proving["write"]): Promise<boolean> {
  let held = true;
  for (const [name, , play] of kinds()) {
    const { moves, broken, end, headlines } = await play(seed);
    write(`${name}, seed ${seed}: the release ended as ${end}`);
    write(storyOf(moves, broken ?? { promise: "Every promise held", seen: `${moves.length} moves` }));
    for (const line of headlines) write(`     ${line}`);
    held &&= broken === undefined;
  }
  return held;
}
