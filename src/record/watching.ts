import * as z from "zod";
import { common, text } from "./author.ts";

const verdictKinds = ["pass", "fail", "hold", "error"] as const;

/** One look at what serves production after a stage, or after the whole release. */
export const lookEntry = z.strictObject({
  kind: z.literal("look"),
  ...common,
  stage: z.string(),
  /** The generation that served while the window was measured. */
  generation: z.string(),
  /** The window that was measured, milliseconds since the epoch. */
  from: z.number(),
  to: z.number(),
  /** Whether every limit had numbers for the window. */
  seen: z.boolean(),
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
  /** The end of the last window that was measured. */
  lookedAt: z.number(),
  /** Milliseconds of all windows that had numbers. */
  seenMs: z.number(),
  /** The longest time without numbers. */
  largestGapMs: z.number(),
  /** When there were numbers last. */
  seenAt: z.number(),
  generation: z.string().nullable(),
  verdict: z.enum(verdictKinds).nullable(),
  reason: z.string(),
  gate: z.unknown().optional(),
});
export type WatchState = z.infer<typeof watchState>;

export const newWatch = (stage: string, at: number): WatchState => ({
  stage,
  since: at,
  lookedAt: at,
  seenMs: 0,
  largestGapMs: 0,
  seenAt: at,
  generation: null,
  verdict: null,
  reason: "",
});

/** A watch after one more look; a look at another stage's watch changes nothing. */
export function foldLook(watch: WatchState | null, look: z.infer<typeof lookEntry>): WatchState | null {
  if (watch === null || watch.stage !== look.stage) return watch;
  const from = Math.max(look.from, watch.lookedAt);
  const { generation, verdict, reason, gate } = look;
  const gap = look.to - watch.seenAt;
  const window = Math.max(0, look.to - from);
  return {
    stage: watch.stage,
    since: watch.since,
    lookedAt: Math.max(watch.lookedAt, look.to),
    seenMs: watch.seenMs + (look.seen ? window : 0),
    largestGapMs: Math.max(watch.largestGapMs, gap),
    seenAt: look.seen ? look.to : watch.seenAt,
    generation,
    verdict,
    reason,
    ...(gate === undefined ? {} : { gate }),
  };
}
