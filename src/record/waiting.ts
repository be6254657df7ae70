import * as z from "zod";
import { common, sha, text } from "./author.ts";

/** A release begins only after another environment released the same commit. */
export const afterSchema = z.strictObject({
  environment: z.string(),
  /** Milliseconds it must have served there. */
  watchedMs: z.number().nonnegative(),
  /** Milliseconds after which its release there says nothing any more. */
  withinMs: z.number().positive().exactOptional(),
});
export type After = z.infer<typeof afterSchema>;

const waiting = {
  commit: sha,
  /** What it waits for: the end of the release under way, or another environment. */
  reason: z.enum(["busy", "after"]),
  after: afterSchema.exactOptional(),
  /** The consumer's workflow that begins it, below `.github/workflows`; absent where it is not known. */
  workflow: z.string().max(200).exactOptional(),
  /** Whoever started it said that a commit which was rolled back may be released again. */
  overrideRejected: z.literal(true).exactOptional(),
};

/** A release would begin, and has to wait. It is no release yet: its number shuts nobody out. */
export const queuedEntry = z.strictObject({ kind: z.literal("queued"), ...common, ...waiting, message: text });

/** A release that waited will not begin. */
export const dequeuedEntry = z.strictObject({
  kind: z.literal("dequeued"),
  ...common,
  reason: z.string(),
  message: text,
});

export const waitingRelease = z.strictObject({
  release: z.number().int(),
  ...waiting,
  /** Whoever pushed it: a release that begins later is still theirs. */
  actor: z.string(),
  at: z.number(),
  message: text,
});
export type WaitingRelease = z.infer<typeof waitingRelease>;

/** The one release that waits, after one more entry; a newer one takes the place of an older one. */
export function foldQueue(
  queued: WaitingRelease | null,
  entry: z.infer<typeof queuedEntry> | z.infer<typeof dequeuedEntry>,
): WaitingRelease | null {
  if (entry.kind === "dequeued") return queued?.release === entry.release ? null : queued;
  if (queued !== null && entry.release < queued.release) return queued;
  const { release, commit, reason, after, workflow, overrideRejected, at, message, by } = entry;
  return {
    ...{ release, commit, reason, at, message, actor: by.actor },
    ...(after !== undefined && { after }),
    ...(workflow !== undefined && { workflow }),
    ...(overrideRejected !== undefined && { overrideRejected }),
  };
}
