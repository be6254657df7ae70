import * as z from "zod";
import { common, text } from "./author.ts";

const verdictKinds = ["pass", "fail", "hold", "error"] as const;

/** What was seen of production since the look before, after a stage or after the whole release. */
export const lookEntry = z.strictObject({
  kind: z.literal("look"),
  ...common,
  stage: z.string(),
  /** The generation that served while the window was measured. */
  generation: z.string(),
  /** The window, milliseconds since the epoch; it may hold many measurements. */
  from: z.number(),
  to: z.number(),
  /** Milliseconds of it that had numbers, the longest time without, and when there were numbers last. */
  seenMs: z.number().nonnegative(),
  largestGapMs: z.number().nonnegative(),
  seenAt: z.number(),
  verdict: z.enum(verdictKinds),
  reason: z.string(),
  message: text,
  evidence: z.unknown().optional(),
  /** What the gate knows so far: the next look goes on from here. */
  gate: z.unknown().optional(),
});

export const watchState = z.strictObject({
  stage: z.string(),
  /** When the watch began. */
  since: z.number(),
  /** From when on the limits are judged: the beginning, or when a person let a broken watch go on. */
  judgedFrom: z.number(),
  /** The end of the last window that was measured. */
  lookedAt: z.number(),
  /** Milliseconds of all windows that had numbers. */
  seenMs: z.number(),
  /** The longest time without numbers. */
  largestGapMs: z.number(),
  /** When there were numbers last. */
  seenAt: z.number(),
  verdict: z.enum(verdictKinds).nullable(),
  reason: z.string(),
  gate: z.unknown().optional(),
});
export type WatchState = z.infer<typeof watchState>;

export const newWatch = (stage: string, at: number): WatchState => ({
  stage,
  since: at,
  judgedFrom: at,
  lookedAt: at,
  seenMs: 0,
  largestGapMs: 0,
  seenAt: at,
  verdict: null,
  reason: "",
});

/** A watch after one more look; a look at another stage's watch, or at what was seen already, changes nothing. */
export function foldLook(watch: WatchState | null, look: z.infer<typeof lookEntry>): WatchState | null {
  if (watch === null || watch.stage !== look.stage || look.to <= watch.lookedAt) return watch;
  const { verdict, reason, gate, to, seenMs, largestGapMs, seenAt } = look;
  // Two processes may have seen the same time: it counts once.
  const seen = Math.min(seenMs, to - watch.lookedAt);
  return {
    stage: watch.stage,
    since: watch.since,
    judgedFrom: watch.judgedFrom,
    lookedAt: to,
    seenMs: watch.seenMs + seen,
    largestGapMs: Math.max(watch.largestGapMs, largestGapMs),
    seenAt: Math.max(watch.seenAt, seenAt),
    verdict,
    reason,
    ...(gate === undefined ? {} : { gate }),
  };
}

/** A person takes a watch whose evidence is short as it is; one with a broken limit goes on, judged from now. */
export function continuedWatch(
  { gate: _, ...watch }: WatchState,
  about: "page" | "fail" | "short",
  reason: string,
  at: number,
): WatchState {
  return about === "short"
    ? { ...watch, verdict: "pass", reason }
    : { ...watch, verdict: null, reason, judgedFrom: at };
}
