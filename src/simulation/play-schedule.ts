import type { Plan } from "../plan.ts";
import type { Runbook } from "../runbook.ts";
import { randomFrom } from "../seeded-random.ts";
import type { MenuItem, Trouble } from "./fault-menu.ts";
import { createProduction, type Job, type Production, type Truth } from "./simulated-release.ts";
import {
  calm,
  candidateOf,
  createWorld,
  type Effect,
  type Knobs,
  type SimulatedWorld,
  type System,
  stableVersion,
  weightOf,
} from "./simulated-world.ts";
import { createTimeline } from "./timeline.ts";
import { type Left, traffic } from "./traffic-left.ts";

export interface Simulation {
  readonly runbook: Runbook;
  readonly plan: Plan;
  readonly environment: string;
  readonly tickEveryMs: number;
}

/** How long and how many effects a release takes on a day without faults; troubles are placed within it. */
export interface Baseline {
  readonly ms: number;
  readonly effects: number;
  readonly writes: number;
  /** From the first traffic until a version that turns bad could pass unnoticed only where nobody judges. */
  readonly trialMs: number;
}

export interface Played extends Left {
  readonly fault: string;
  readonly seed: number;
  /** What the version was: good, bad from its first request, or bad later. */
  readonly version: "good" | "bad" | "turns bad";
  /** How the first release ended; `open` when nobody could end it in the time that was played. */
  readonly ended: string;
  readonly broken: string | undefined;
}

const minute = 60_000;
const hour = 60 * minute;
const release = 2;
const commit = "c0".repeat(20);
const otherCommit = "d1".repeat(20);
/** How long ticks go on after everything should be over. */
const afterwardsMs = 24 * hour;

/** Plays a release of a good version without any fault. */
export async function baselineOf(simulation: Simulation): Promise<Baseline> {
  let effects = 0;
  const { played, world } = await playWith(simulation, {
    truth: { badAfterMs: Number.POSITIVE_INFINITY, looksNeeded: 1, blind: { from: 0, looks: 0 }, failing: undefined },
    knobs: {
      ...calm,
      onEffect: (count) => {
        effects = Math.max(effects, count + 1);
      },
    },
    until: plannedMs(simulation.plan) + afterwardsMs,
  });
  const last = world.entries.at(-1)?.at ?? played.ms;
  return {
    ms: Math.max(minute, last),
    effects: Math.max(1, effects),
    writes: Math.max(1, world.history.length - 1),
    trialMs: trialMs(simulation.plan, world),
  };
}

const plannedMs = (plan: Plan): number =>
  plan.stages.reduce(
    (sum, stage) => sum + stage.steps.length * 3 * minute + stage.shifts.length * stage.maxHoldMs,
    hour,
  );

/** The last share is judged for its hold; one that nobody judges is on trial as long as the longest was. */
function trialMs({ stages }: Plan, { history }: SimulatedWorld): number {
  const shifts = stages.flatMap((stage) => stage.shifts);
  const last = shifts.at(-1);
  const hold = last?.judged === true ? last.holdMs : Math.max(minute, ...shifts.map(({ holdMs }) => holdMs));
  return (history.at(-1)?.at ?? 0) - (history[1]?.at ?? 0) + hold;
}

/** One schedule: a version, a fault of the menu at some moment, and the real code until all is over. */
export async function playSchedule(
  simulation: Simulation,
  baseline: Baseline,
  item: MenuItem,
  seed: number,
): Promise<Played> {
  const random = randomFrom(seed);
  const kind = (["good", "bad", "turns bad"] as const)[Math.min(2, Math.floor(random() * 3))] ?? "good";
  const badAfterMs = kind === "good" ? Number.POSITIVE_INFINITY : kind === "bad" ? 0 : random() * baseline.trialMs;
  const truth = {
    badAfterMs,
    looksNeeded: 1 + Math.floor(random() * 3),
    blind: { from: 0, looks: 0 },
    failing: undefined,
  };
  const set = troubled(item.trouble ?? { kind: "none" }, random, baseline, truth);
  const until = plannedMs(simulation.plan) + afterwardsMs;
  const { played } = await playWith(simulation, { ...set, until });
  return { ...played, fault: item.id, seed, version: kind };
}

interface Setting {
  readonly truth: Truth;
  readonly knobs: Knobs;
  readonly skewMs?: number;
  readonly noTicks?: { readonly from: number; readonly until: number };
  /** Told when everything stands, to let things happen at their time. */
  readonly begin?: (stage: Stage) => void;
}

interface Stage {
  readonly production: Production;
  readonly world: SimulatedWorld;
  at(time: number, happen: () => void): void;
  now(): number;
}

async function playWith(simulation: Simulation, setting: Setting & { readonly until: number }) {
  const { runbook, plan, environment, tickEveryMs } = simulation;
  const timeline = createTimeline();
  const world = createWorld(timeline, setting.knobs, environment);
  const production = createProduction({
    timeline,
    world,
    runbook,
    plan,
    truth: setting.truth,
    skewMs: setting.skewMs ?? 0,
    tickEveryMs,
    noTicks: setting.noTicks ?? { from: 0, until: 0 },
    environment,
  });
  production.startRelease(release, 1, commit);
  production.startTicks(setting.until);
  setting.begin?.({ production, world, at: timeline.at, now: timeline.now });
  await timeline.play(setting.until);
  const left = traffic(world, production, candidateOf(commit), commit, timeline.now() + hour);
  const ended = endOf(world);
  return { played: { ...left, ended, broken: brokenPromise(world, ended), ms: timeline.now() }, world };
}

function endOf(world: SimulatedWorld): string {
  const end = world.entries.find(
    (entry) => entry.release === release && (entry.kind === "ended" || entry.kind === "rollback"),
  );
  const last = world.entries.findLast(
    (entry) => entry.release === release && (entry.kind === "ended" || entry.kind === "rollback"),
  );
  if (end === undefined || last === undefined) return world.record().release === null ? "not begun" : "open";
  return "as" in last ? last.as : "open";
}

/** Whether traffic and record agree at the end, unless a person moved traffic or a newer release did. */
function brokenPromise(world: SimulatedWorld, ended: string): string | undefined {
  const byOthers = world.history.some(({ by }) => by === "person") || world.record().release?.id !== release;
  if (byOthers) return undefined;
  const weight = weightOf(world.shares(), candidateOf(commit));
  if (ended === "done" && weight !== 100) return `it ended as done, and the candidate has ${weight}%`;
  const back = ended === "rolled-back" || ended === "held" || ended === "failed";
  if (back && weight > 0) return `it ended as ${ended}, and the candidate has ${weight}%`;
  return undefined;
}

/** Turns one trouble of the menu into knobs and moments. */
function troubled(trouble: Trouble, random: () => number, baseline: Baseline, truth: Truth): Setting {
  const between = (low: number, high: number) => low + random() * (high - low);
  /** Short ones as likely as long ones. */
  const lasting = ([low, high]: readonly [number, number]) => low * (high / low) ** random();
  const sometime = () => random() * baseline.ms;
  const some = () => Math.floor(random() * baseline.effects);
  const plain = { truth, knobs: calm };
  switch (trouble.kind) {
    case "none":
      return plain;
    case "outage": {
      const from = sometime();
      const of = new Set<System>(trouble.of);
      return { truth, knobs: { ...calm, down: { of, from, until: from + lasting(trouble.from) } } };
    }
    case "slow": {
      const from = sometime();
      const eachMs = between(...trouble.each);
      return { truth, knobs: { ...calm, slow: { eachMs, from, until: from + between(minute, 20 * minute) } } };
    }
    case "answer-lost": {
      const lostFrom = some();
      return { truth, knobs: { ...calm, lostFrom, lostTo: lostFrom + 1 + Math.floor(random() * 3) } };
    }
    case "ack-before-effect":
      return { truth, knobs: { ...calm, ackMs: lasting(trouble.after) } };
    case "late-write":
      return {
        truth,
        knobs: { ...calm, late: { write: Math.floor(random() * baseline.writes), afterMs: lasting(trouble.after) } },
      };
    case "kill":
    case "timeout":
    case "zombie":
    case "token-expires":
    case "defect":
      return struckJob(trouble, some(), random() < 0.5 ? "before" : "after", truth, lasting);
    case "cancel": {
      const at = sometime();
      return { ...plain, begin: ({ production, at: when }) => when(at, () => cancelNewest(production)) };
    }
    case "cancel-at-raise":
      return atRaise(Math.floor(random() * baseline.writes), truth);
    case "re-run":
      return { ...plain, begin: (stage) => reRun(stage, baseline.ms * 3) };
    case "old-release":
    case "same-again":
    case "next-release": {
      const at = trouble.kind === "same-again" ? between(0, minute) : sometime();
      const [id, attempt, what] = besides[trouble.kind];
      return {
        ...plain,
        begin: ({ production, at: when }) => when(at, () => production.startRelease(id, attempt, what)),
      };
    }
    case "pushed-again":
      return { ...plain, begin: (stage) => pushAgain(stage, baseline.ms * 3) };
    case "ticks-late": {
      const from = sometime();
      const lose = some();
      return {
        ...struckJob({ kind: "kill" }, lose, "after", truth, lasting),
        noTicks: { from, until: from + between(4 * hour, 8 * hour) },
      };
    }
    case "evidence": {
      const looks = Math.round(lasting(trouble.looks));
      return { truth: { ...truth, blind: { from: sometime(), looks } }, knobs: calm };
    }
    case "skew":
      return { ...plain, skewMs: between(...trouble.by) };
    case "partial-restore":
      return { truth, knobs: { ...calm, partialRestores: 1 + Math.floor(random() * 3) } };
    case "target-gone":
      return { truth, knobs: { ...calm, targetGoneFrom: sometime() } };
    case "record-unreadable": {
      const unreadableFrom = sometime();
      return { truth, knobs: { ...calm, unreadableFrom, unreadableUntil: unreadableFrom + between(minute, 6 * hour) } };
    }
    case "person": {
      const at = sometime();
      const to = [stableVersion, candidateOf(commit), "foreign"][Math.floor(random() * 3)] ?? stableVersion;
      return {
        ...plain,
        begin: ({ world, at: when }) => when(at, () => world.setShares([{ version: to, weight: 100 }], "person")),
      };
    }
    case "step-fails":
      return { truth: { ...truth, failing: trouble.step }, knobs: calm };
  }
}

const besides = {
  "old-release": [release - 1, 2, otherCommit],
  "same-again": [release + 1, 1, commit],
  "next-release": [release + 1, 1, otherCommit],
} as const;

const newest = (production: Production): Job | undefined =>
  production.jobs.findLast(({ until, role }) => until === undefined && role !== "rollback");

function cancelNewest(production: Production): void {
  const job = newest(production);
  if (job !== undefined) production.cancel(job);
}

type Struck =
  | { readonly kind: "kill" | "timeout" | "token-expires" | "defect" }
  | { readonly kind: "zombie"; readonly frozen: readonly [number, number] };

/** The job that makes the n-th effect is hit there. */
function struckJob(
  trouble: Struck,
  effect: number,
  side: "before" | "after",
  truth: Truth,
  lasting: (span: readonly [number, number]) => number,
): Setting {
  let production: Production | undefined;
  let now = () => 0;
  let expired: object | undefined;
  const onEffect: Knobs["onEffect"] = (count, at, actor) => {
    if (expired === actor) throw new Error("The token is not accepted any more (401).");
    const job = production?.jobOf(actor);
    if (count !== effect || at !== side || job === undefined) return;
    if (trouble.kind === "kill") production?.lose(job);
    if (trouble.kind === "timeout") production?.lose(job, minute / 3);
    if (trouble.kind === "token-expires") expired = actor;
    if (trouble.kind === "defect") throw new Error("This is a defect.");
    if (trouble.kind === "zombie") {
      actor.frozenUntil = now() + lasting(trouble.frozen);
      if (job.role !== "release") return;
      production?.abandon(job);
      production?.startRelease(release, job.attempt + 1, commit);
    }
  };
  return {
    truth,
    knobs: { ...calm, onEffect },
    begin: (stage) => {
      ({ production, now } = stage);
    },
  };
}

function atRaise(raise: number, truth: Truth): Setting {
  let production: Production | undefined;
  let raises = 0;
  const onEffect = (_count: number, side: "before" | "after", actor: Job["actor"], what: Effect): void => {
    if (what !== "shift" || side !== "before" || raises++ !== raise) return;
    const job = production?.jobOf(actor);
    if (job !== undefined) production?.cancel(job);
  };
  return {
    truth,
    knobs: { ...calm, onEffect },
    begin: (stage) => {
      ({ production } = stage);
    },
  };
}

/** A run can be run again once all of its jobs have ended. */
function reRun({ production, at, now }: Stage, until: number): void {
  const look = (): void => {
    if (production.jobs.every((job) => job.until !== undefined)) production.startRelease(release, 2, commit);
    else if (now() < until) at(now() + minute, look);
  };
  at(minute, look);
}

/** As soon as the release went back, somebody pushes the same commit. */
function pushAgain({ production, world, at, now }: Stage, until: number): void {
  const look = (): void => {
    const ended = world.record().release?.ended?.as;
    if (ended === "rolled-back") production.startRelease(release + 1, 1, commit);
    else if (ended === undefined && now() < until) at(now() + minute, look);
  };
  at(minute, look);
}
