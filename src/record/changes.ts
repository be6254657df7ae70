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
  /** Whoever announces it has ended its command by then, whatever becomes of it. Milliseconds since the epoch. */
  until: z.number().int().optional(),
});

/** Written after: the change was made, or undone, or its command failed. */
export const changedEntry = z.strictObject({
  kind: z.literal("changed"),
  ...common,
  what: z.enum(changeNames),
  to: z.enum(["on", "off"]),
  stage: z.string(),
  message: text,
  /** When it was announced. Milliseconds since the epoch. */
  since: z.number().int().optional(),
  /** The command has ended, and did not do it, or not all of it. */
  failed: z.literal(true).optional(),
});

/** A command that was announced, and of which nobody has said how it ended. */
export const openCommand = z.strictObject({
  what: z.enum(changeNames),
  to: z.enum(["on", "off"]),
  stage: z.string(),
  since: z.number().int(),
  until: z.number().int(),
});
export type OpenCommand = z.infer<typeof openCommand>;

export const change = z.strictObject({
  what: z.enum(changeNames),
  stage: z.string(),
  /** False between the two entries: it may have been made. */
  certain: z.boolean(),
  /** What was before: the platform's own handle of a configuration, the values of flags. */
  handle: z.string().max(2000).nullable(),
  /** It was undone while another process might still have been making it: from this time on it is undone once more. */
  again: z.number().int().optional(),
});
export type Change = z.infer<typeof change>;

type Announced = z.infer<typeof changingEntry>;
type Told = z.infer<typeof changedEntry>;

const same = (a: Pick<Change, "what" | "stage">, b: { readonly what: ChangeName; readonly stage: string }) =>
  a.what === b.what && a.stage === b.stage;

/** What is still to be undone, oldest first, and what may still run. */
interface Standing {
  readonly changes: Change[];
  readonly commands: OpenCommand[];
}

/**
 * Commands that may have done something else, at this time or after it, to what `wanted` is about. Two that undo never do:
 * each of them looks first, and leaves alone what is not its own stage's any more.
 */
export const contrary = (
  commands: readonly OpenCommand[],
  wanted: Pick<OpenCommand, "what" | "to" | "stage">,
  at: number,
): readonly OpenCommand[] =>
  commands.filter(
    ({ what, to, stage, until }) =>
      until > at && what === wanted.what && (to !== wanted.to || (to === "on" && stage !== wanted.stage)),
  );

/**
 * Commands carry no generation: of two that ran side by side nobody knows which came last. So each is known by the
 * announcement until it is told how it ended, and for as long as it may run where it never is.
 */
export function foldChange({ changes, commands }: Standing, entry: Announced | Told): Standing {
  const { what, to, stage, at } = entry;
  const known = changes.find((made) => same(made, entry));
  const others = changes.filter((made) => made !== known);
  if (entry.kind === "changing") {
    const { until = at } = entry;
    // Those that have ended count for what ran beside them, and may still be told.
    const open = commands.filter((one) => one.until > at - (until - at));
    return {
      commands: until === at ? open : [...open, { what, to, stage, since: at, until }].slice(-50),
      changes: to === "off" ? changes : begun(changes, known, { what, stage, handle: entry.handle ?? null }),
    };
  }
  const { since = at } = entry;
  const own = commands.find((one) => one.since === since && one.to === to && one.until > at && same(one, entry));
  // Whoever tells of it after its time may have been asleep for as long as others already counted on it.
  if (since !== at && own === undefined) return { changes, commands };
  const beside = contrary(commands, entry, since);
  const standing = { changes, commands: beside.length > 0 ? commands : commands.filter((one) => one !== own) };
  if (entry.failed === true) return standing;
  if (to === "on") {
    const made = { what, stage, handle: known?.handle ?? null, certain: beside.length === 0 };
    return {
      ...standing,
      changes: known === undefined ? [...changes, made] : changes.with(changes.indexOf(known), made),
    };
  }
  if (known === undefined || beside.length === 0) return { ...standing, changes: others };
  const again = Math.max(...beside.map(({ until }) => until));
  return { ...standing, changes: changes.with(changes.indexOf(known), { ...known, certain: false, again }) };
}

/** From an announcement on it may have been made. */
function begun(changes: Change[], known: Change | undefined, made: Omit<Change, "certain" | "again">): Change[] {
  if (known === undefined) return [...changes, { ...made, certain: false }];
  const { again: _, ...back } = known;
  return changes.with(changes.indexOf(known), back);
}

/** A stage set variables of the service, and the platform keeps what was before under a handle. */
export const withConfigured = (changes: readonly Change[], stage: string, handle: string): Change[] => [
  ...changes.filter((known) => !same(known, { what: "configuration", stage })),
  { what: "configuration", stage, certain: true, handle },
];
