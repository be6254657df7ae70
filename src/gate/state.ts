import { z } from "zod";
import type { Arm } from "../evidence/increment.ts";
import { NO_EVIDENCE, type Sums } from "../evidence.ts";

const number = z.number();
const count = z.number().nonnegative();
const arm = z.object({ total: count, bad: count });

/** What was counted, without keys since it is kept per limit: candidate's total and bad, stable's total and bad. */
const seen = z.tuple([count, count, count, count]).readonly();
const sums = z.array(number).readonly();

/** Counts of one version that wait for the other version's, over the same time. */
const span = z.object({ from: number, to: number, fail: arm.exactOptional(), pass: arm.exactOptional() });

const evidenceState = z.object({
  kind: z.literal("evidence"),
  /** `planMark` of the plans the sums were gathered under. */
  plan: z.string(),
  /** All that was counted since the gate began. */
  seen,
  /** ln of the e-value per bet that the limit is broken, and that it holds. */
  fail: sums,
  pass: sums,
  /** That stable breaks the same limit, and that the candidate is worse than stable; empty where nobody asks. */
  world: sums,
  waiting: z.object({ candidate: span.exactOptional(), stable: span.exactOptional() }).exactOptional(),
  /** Bounds between which slow requests of the two versions are compared, chosen before they are used. */
  bounds: z.object({ at: number, fail: number.exactOptional(), pass: number }).exactOptional(),
  /** The bucket bounds around an absolute limit, between which slow cannot be told from fast. */
  blind: z.object({ from: number.exactOptional(), to: number.exactOptional() }).exactOptional(),
  /** Pearson's statistic and its batches, where the dispersion is estimated from the run itself. */
  spread: z.tuple([count, count]).readonly().exactOptional(),
  /** Outages in a row. */
  outages: count,
  /**
   * Since the defect most likely began, milliseconds after the gate's start, with what was counted since: Page's CUSUM
   * (Biometrika 1954), for the message only.
   */
  run: z.object({ since: number, score: number, seen }),
});

const streakState = z.object({
  kind: z.literal("streak"),
  /** The newest value, and stable's. */
  value: number.exactOptional(),
  stableValue: number.exactOptional(),
  breaks: z.boolean(),
  /** Whether stable broke the same limit at the newest look. */
  shared: z.boolean(),
  /** Milliseconds of bad time in a row, and of time seen at all. */
  badFor: count,
  covered: count,
  sampledAt: number.exactOptional(),
});

const latencyState = z.object({
  kind: z.literal("latency"),
  plan: z.string(),
  /** Requests of candidate and stable that were compared, and in how many of so many looks the candidate was slower. */
  seen: z.tuple([count, count, count, count]).readonly(),
  /** Where stable and the candidate are cut into cells, and what stable had in each so far. */
  cuts: z.array(z.tuple([number, number]).readonly()).readonly(),
  reference: z.array(count).readonly(),
  /** Squared differences of successive looks, how many, and the newest look's own standing. */
  spread: z.union([z.tuple([count, count]).readonly(), z.tuple([count, count, number]).readonly()]),
  /** Per threshold of PASS: stable's bound and the candidate's. */
  bounds: z.array(z.tuple([number, number]).readonly()).readonly(),
  /** ln of the e-values per bet: where requests lie, of each threshold, and of the sign of the means. */
  fail: sums,
  pass: z.array(sums).readonly(),
  sign: sums,
});

const growthState = z.object({
  kind: z.literal("growth"),
  /** Samples; means of time (hours since the start) and value; sums of squares and products around them. */
  fit: z.tuple([count, number, number, count, number, count]).readonly(),
  covered: count,
  sampledAt: number.exactOptional(),
});

/** Nothing is kept of a limit that has nothing to be compared with. */
const baselessState = z.object({ kind: z.literal("baseless") });

export const savedGate = z.object({
  version: z.literal(1),
  config: z.unknown(),
  looks: count,
  lastLook: number.exactOptional(),
  limits: z.array(z.discriminatedUnion("kind", [evidenceState, latencyState, streakState, growthState, baselessState])),
  /** Broken page-limits that a person said to go on in spite of, as they are written. */
  waived: z.array(z.string()).readonly().exactOptional(),
  /** Per metric, until when each version's numbers are counted. */
  counted: z.record(z.string(), z.object({ candidate: number.exactOptional(), stable: number.exactOptional() })),
});

export type Seen = z.infer<typeof seen>;
export type Span = z.infer<typeof span>;
export type EvidenceState = z.infer<typeof evidenceState>;
export type StreakState = z.infer<typeof streakState>;
export type LatencyState = z.infer<typeof latencyState>;
export type GrowthState = z.infer<typeof growthState>;
export type LimitState = EvidenceState | LatencyState | StreakState | GrowthState | z.infer<typeof baselessState>;
export type SavedGate = z.infer<typeof savedGate>;

export const candidateOf = (seen: Seen): Arm => ({ total: seen[0], bad: seen[1] });
export const stableOf = (seen: Seen): Arm => ({ total: seen[2], bad: seen[3] });

/** The sums of a plan with one bet. */
export const sumsOf = (sum: number | undefined): Sums => (sum === undefined ? NO_EVIDENCE : [sum]);
