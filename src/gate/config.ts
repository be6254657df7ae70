import { InputError } from "../failure.ts";
import type { Limit } from "../limit.ts";
import { type Baseline, compileLimit, type LimitTest, type MetricShape, type Terms } from "./limit-test.ts";
import type { KnownDispersion } from "./look.ts";
import type { Expected } from "./usable.ts";

/**
 * What happens at the longest hold without a verdict: the share goes back unproven, a person is asked, requests of our
 * own are sent, or it counts as failed. None of them passes in silence.
 */
export type ShortPolicy = "hold" | "approve" | "synthetic" | "fail";

/** What is judged, by what, and for how long. Plain JSON; times in milliseconds. Frozen once the gate began. */
export interface GateConfig {
  readonly limits: readonly Limit[];
  /** Limits that a person is asked about when they break; they must be proven for a pass like the others. */
  readonly pageLimits?: readonly Limit[];
  /** Limits that are reported when they break, and neither end nor delay anything. */
  readonly warnLimits?: readonly Limit[];
  /** What was measured before the release, for limits `vs before`; by declared name. */
  readonly before?: Readonly<Record<string, Baseline>>;
  /** What is measured, by declared name. */
  readonly metrics: Readonly<Record<string, MetricShape>>;
  readonly candidate: string;
  /** The version that serves beside the candidate; none after 100 %. */
  readonly stable?: string;
  /** When the traffic shift took effect, milliseconds since the epoch. */
  readonly startedAt: number;
  /** The least time before a pass. */
  readonly hold: number;
  /** Time between looks. */
  readonly every: number;
  /** Default twice the hold: without a verdict by then the gate ends inconclusive. */
  readonly maxHold?: number;
  /** Bound on false alarms of this gate, over all its limits and looks. Default 0.01. */
  readonly alpha?: number;
  /** Bound, per limit, on passing a candidate that is at the limit or beyond. Default 0.05. */
  readonly beta?: number;
  /** Extra bad share that PASS of a ratio or of `not worse` leaves room for. Default 0.005. */
  readonly margin?: number;
  /**
   * Variance of the counts relative to independent requests: 1 (default) for routing per request, or where an estimate
   * from the run itself begins (a prior of 2 that weighs 20 looks when nothing is known). The bound is approximate then.
   */
  readonly dispersion?: KnownDispersion;
  /** The candidate's planned share, 0 to 1: a split of `divided` events far from it holds. Not checked if not given. */
  readonly split?: number;
  /** Default `hold`. */
  readonly onShort?: ShortPolicy;
  /** Whether what is counted are requests of our own and no user's; every verdict says so then. */
  readonly synthetic?: boolean;
  /** Whether a user's requests stay on one version, as far as known. */
  readonly routing?: "sticky" | "per-request";
  /** Age at which a measurement says nothing any more. Default three looks, at least 10 s. */
  readonly staleAfter?: number;
}

/** The config with every default filled in: what is frozen. */
export type Settled = Required<Omit<GateConfig, "stable" | "split" | "routing" | "synthetic">> &
  Pick<GateConfig, "stable" | "split" | "routing" | "synthetic">;

/** How many bad batches of one limit at least decide: no single look can. */
const DECIDING_BATCHES = 2;
/** One more where requests are known to come in clumps: a clump looks like a bad batch. */
const DECIDING_CLUMPED = 3;
const MOST_LOOKS = 100_000;

export function settle(config: GateConfig): Settled {
  const { stable, split, routing, synthetic, hold: least, every } = config;
  return {
    limits: config.limits,
    pageLimits: config.pageLimits ?? [],
    warnLimits: config.warnLimits ?? [],
    before: config.before ?? {},
    metrics: config.metrics,
    candidate: config.candidate,
    ...(stable !== undefined && { stable }),
    ...(split !== undefined && { split }),
    ...(routing !== undefined && { routing }),
    ...(synthetic !== undefined && { synthetic }),
    startedAt: config.startedAt,
    hold: least,
    every,
    maxHold: config.maxHold ?? 2 * least,
    alpha: config.alpha ?? 0.01,
    beta: config.beta ?? 0.05,
    margin: config.margin ?? 0.005,
    dispersion: config.dispersion ?? 1,
    onShort: config.onShort ?? "hold",
    staleAfter: config.staleAfter ?? Math.max(3 * every, 10_000),
  };
}

/** Every family of limits, those that fail and those that page, has the whole error bound for itself. */
const termsOf = (config: Settled, family: readonly Limit[]): Terms => ({
  alpha: config.alpha,
  beta: config.beta,
  limits: Math.max(1, family.length),
  looks: Math.min(MOST_LOOKS, Math.max(1, Math.ceil(config.hold / config.every))),
  batches: config.dispersion === 1 ? DECIDING_BATCHES : DECIDING_CLUMPED,
  margin: config.margin,
  hasStable: config.stable !== undefined,
  maxHold: config.maxHold,
  before: config.before,
});

/** All kinds of limits, in the order of a gate's state. */
const compileAll = (config: Settled) =>
  (
    [
      ["fail", config.limits],
      ["page", config.pageLimits],
      ["warn", config.warnLimits],
    ] as const
  ).flatMap(([level, family]) =>
    family.map((limit) => compileLimit(limit, level, config.metrics, termsOf(config, family))),
  );

/** Why this gate could never decide; empty when it can. Asked when a runbook is checked, long before it runs. */
export function gateProblems(config: GateConfig): readonly string[] {
  const settled = settle(config);
  const problems = compileAll(settled).flatMap((made) => ("problem" in made ? [made.problem] : []));
  return [...numberProblems(settled), ...problems];
}

/** What a person should know about this gate before it begins, though it can decide. */
export function gateWarnings(config: GateConfig): readonly string[] {
  if (config.routing !== "sticky") return [];
  const requests = Object.entries(config.metrics).filter(
    ([, { kind, count }]) => kind !== "value" && count !== "users",
  );
  return requests.map(
    ([name]) =>
      `\`${name}\` counts requests while each user stays on one version, so one unlucky user can look like a defect; ` +
      "count users (`count: users`), or expect false alarms.",
  );
}

function numberProblems(config: Settled): readonly string[] {
  const { every, hold: least, maxHold, alpha, beta, dispersion, limits, pageLimits, split } = config;
  const factor = typeof dispersion === "number" ? dispersion : dispersion.prior;
  const within = (value: number, low: number, high: number) => value > low && value < high;
  const rules: readonly (readonly [boolean, string])[] = [
    [limits.length + pageLimits.length > 0, "A gate without limits proves nothing; give it at least one limit."],
    [within(every, 0, Infinity), "The time between looks must be above zero."],
    [least >= 0 && maxHold >= least, "The longest hold must not be shorter than the hold."],
    [within(alpha, 0, 1) && within(beta, 0, 1), "Error bounds lie between 0 and 1."],
    [factor >= 1, "Dispersion is at least 1."],
    [split === undefined || within(split, 0, 1), "The planned share of the candidate lies between 0 and 1."],
  ];
  return rules.flatMap(([holds, message]) => (holds ? [] : [message]));
}

/** A metric that the gate's limits are about, and what a measurement of either version must match. */
export interface Measured {
  readonly name: string;
  readonly candidate: Expected;
  readonly stable: Expected | undefined;
}

/** What a config means, derived from it alone. */
export interface Prepared {
  readonly tests: readonly LimitTest[];
  readonly metrics: readonly Measured[];
  /** Per test, the place of its metric. */
  readonly metricOf: readonly number[];
  /** What e-values must reach, natural logarithms: `ln(1/alpha)` and `ln(1/beta)`. */
  readonly needed: Needed;
}

export interface Needed {
  readonly fail: number;
  readonly pass: number;
}

/** Kept per config object, so that a look need not derive it again. */
const preparedOf = new WeakMap<Settled, Prepared>();

export function prepared(config: Settled): Prepared {
  const known = preparedOf.get(config);
  if (known) return known;
  const tests = compileAll(config).map((made) => {
    if ("problem" in made) throw new InputError(made.problem);
    return made.test;
  });
  const names = [...new Set(tests.map(({ metric }) => metric))];
  const metrics = names.flatMap((name): readonly Measured[] => {
    const shape = config.metrics[name];
    if (shape === undefined) return [];
    const { candidate, stable, startedAt, staleAfter } = config;
    const of = (version: string): Expected => ({ metric: name, shape, version, startedAt, staleAfter });
    return [{ name, candidate: of(candidate), stable: stable === undefined ? undefined : of(stable) }];
  });
  const made: Prepared = {
    tests,
    metrics,
    metricOf: tests.map(({ metric }) => names.indexOf(metric)),
    needed: { fail: Math.log(1 / config.alpha), pass: Math.log(1 / config.beta) },
  };
  preparedOf.set(config, made);
  return made;
}

export const compiled = (config: Settled): readonly LimitTest[] => prepared(config).tests;
