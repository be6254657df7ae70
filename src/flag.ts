import * as z from "zod";
import { command, textLike, variableName } from "./field.ts";
import { parsePercentage } from "./quantity.ts";

/** A flag that is an environment variable of the versions, or one that a command of the user's sets. */
const anyFlag = textLike("flag-name", /^(?:[A-Z][A-Z0-9_]{0,99}|[a-z][a-z0-9-]{0,59})$/);
const commandFlag = textLike("flag-name", /^[a-z][a-z0-9-]{0,59}$/);

/** Written in the open: no secret, no reference to one, one line. */
const flagValue = z
  .union([z.string(), z.number(), z.boolean()])
  .transform(String)
  .pipe(z.string().regex(/^(?!\$)[^\r\n\0]{1,200}$/, { error: "flag-value" }));

/** The flags of one stage, by name. */
export const flagValues = z
  .record(anyFlag, flagValue)
  .refine((flags) => Object.keys(flags).length > 0, { error: "at-least-one" })
  .meta({
    description:
      "What this stage turns on: `NEXT_PUBLIC_ENABLE_VOICE: true` is a variable of the versions it deploys, `voice: 5%` is set by the commands under the runbook's `flags`.",
  });
export type FlagValues = Readonly<Record<string, string>>;

const commandsOfFlag = z.strictObject({
  set: command.meta({ description: "A command that sets the flag to SLUICE_FLAG_VALUE; it may run twice." }),
  read: command.meta({ description: "A command that prints the flag's value and nothing else." }),
});
export type FlagCommands = z.infer<typeof commandsOfFlag>;

/** How flags that are no variables are set and read back, by name. */
export const flagCommands = z
  .record(commandFlag, commandsOfFlag)
  .meta({ description: "Feature flags that commands of yours set and read back, such as `voice: { set, read }`." });

export const pinnedFlagCommands = z.record(z.string(), commandsOfFlag);

/** Names in capitals are variables of the versions; the others belong to a command. */
export const isVariableFlag = (name: string): boolean => variableName.safeParse(name).success;

/**
 * Whether a flag stands where a stage wants it. A percentage that is higher already does: a release takes no feature
 * from people who have it.
 */
export function reaches(present: string, wanted: string): boolean {
  const [is, goal] = [percentIn(present), percentIn(wanted)];
  return is !== undefined && goal !== undefined ? is >= goal : present === wanted;
}

/** Whether two texts mean the same value: `25`, `25%` and `25.0%` do. */
export function sameFlag(one: string, other: string): boolean {
  const [a, b] = [percentIn(one), percentIn(other)];
  return a !== undefined && b !== undefined ? a === b : one === other;
}

const percentIn = (text: string): number | undefined =>
  /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : parsePercentage(text);

/** What flags were before a stage set them, by name; null where there was none. */
const flagsBefore = z.record(z.string(), z.string().max(200).nullable());
export type FlagsBefore = z.infer<typeof flagsBefore>;

export const handleOf = (before: FlagsBefore): string => JSON.stringify(before);

/** What a handle in the record says; undefined when it is not one of ours. */
export function beforeIn(handle: string | null): FlagsBefore | undefined {
  try {
    return flagsBefore.parse(JSON.parse(handle ?? "{}"));
  } catch {
    return undefined;
  }
}
