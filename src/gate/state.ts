import { z } from "zod";

const number = z.number();
const count = z.number().nonnegative();
const arm = z.object({ total: count, bad: count });
const evidence = z.object({
  plan: z.string(),
  looks: count,
  sums: z.array(number).readonly(),
  logE: number,
  maxLogE: number,
});

/** Counts of one version that wait for the other version's, over the same time. */
const span = z.object({ from: number, to: number, fail: arm.exactOptional(), pass: arm.exactOptional() });

const evidenceState = z.object({
  kind: z.literal("evidence"),
  /** All that was counted since the gate began. */
  candidate: arm,
  stable: arm,
  fail: evidence,
  pass: evidence,
  stableBreaks: evidence.exactOptional(),
  candidateWorse: evidence.exactOptional(),
  waiting: z.object({ candidate: span.exactOptional(), stable: span.exactOptional() }),
  /** Bounds between which slow requests of the two versions are compared, chosen before they are used. */
  bounds: z.object({ at: number, fail: number.exactOptional(), pass: number }).exactOptional(),
  /** The bucket bounds around an absolute limit, between which slow cannot be told from fast. */
  blind: z.object({ from: number.exactOptional(), to: number.exactOptional() }).exactOptional(),
  /** Outages in a row. */
  outages: count,
  /** Counts since the defect most likely began: Page's CUSUM (Biometrika 1954), for the message only. */
  run: z.object({ since: number, score: number, candidate: arm, stable: arm }),
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

export const savedGate = z.object({
  version: z.literal(1),
  config: z.unknown(),
  looks: count,
  lastLook: number.exactOptional(),
  limits: z.array(z.discriminatedUnion("kind", [evidenceState, streakState])),
  /** Per metric, until when each version's numbers are counted. */
  counted: z.record(z.string(), z.object({ candidate: number.exactOptional(), stable: number.exactOptional() })),
});

export type Span = z.infer<typeof span>;
export type EvidenceState = z.infer<typeof evidenceState>;
export type StreakState = z.infer<typeof streakState>;
export type LimitState = EvidenceState | StreakState;
export type SavedGate = z.infer<typeof savedGate>;
