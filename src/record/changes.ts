import * as z from "zod";
import { common, text } from "./author.ts";

/** What a release changes besides traffic, and undoes when it does not get to its end. */
export const changeNames = ["maintenance", "workers", "configuration", "flags"] as const;
export type ChangeName = (typeof changeNames)[number];

/** Whether a change is meant to stay when the release gets to its end. */
export const isLasting = (what: ChangeName): boolean => what === "configuration" || what === "flags";

/** Written before: from here on the change may have been made. */
export const changingEntry = z.strictObject({
  kind: z.literal("changing"),
  ...common,
  what: z.enum(changeNames),
  to: z.enum(["on", "off"]),
  stage: z.string(),
  /** What was before, read just now; flags only. */
  handle: z.string().max(2000).optional(),
});

/** Written after: the change was made, or undone. */
export const changedEntry = z.strictObject({
  kind: z.literal("changed"),
  ...common,
  what: z.enum(changeNames),
  to: z.enum(["on", "off"]),
  stage: z.string(),
  message: text,
});

export const change = z.strictObject({
  what: z.enum(changeNames),
  stage: z.string(),
  /** False between the two entries: it may have been made. */
  certain: z.boolean(),
  /** What was before: the platform's own handle of a configuration, the values of flags. */
  handle: z.string().max(2000).nullable(),
});
export type Change = z.infer<typeof change>;

const same = (a: Change, b: { readonly what: ChangeName; readonly stage: string }) =>
  a.what === b.what && a.stage === b.stage;

/** Changes that have to be undone, oldest first. */
export function foldChange(
  changes: readonly Change[],
  entry: z.infer<typeof changingEntry> | z.infer<typeof changedEntry>,
): Change[] {
  const { what, to, stage } = entry;
  const others = changes.filter((known) => !same(known, entry));
  if (to === "off") return entry.kind === "changed" ? others : [...changes];
  const certain = entry.kind === "changed";
  const known = changes.find((made) => same(made, entry));
  const handle = entry.kind === "changing" ? (entry.handle ?? null) : null;
  return known === undefined
    ? [...changes, { what, stage, certain, handle }]
    : changes.map((made) => (same(made, entry) ? { ...made, certain: made.certain || certain } : made));
}

/** A stage set variables of the service, and the platform keeps what was before under a handle. */
export const withConfigured = (changes: readonly Change[], stage: string, handle: string): Change[] => [
  ...changes.filter((known) => !same(known, { what: "configuration", stage })),
  { what: "configuration", stage, certain: true, handle },
];
