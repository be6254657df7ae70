import * as z from "zod";
import { ProviderError } from "../failure.ts";
import { quote } from "../source-text.ts";

/** The number of this contract; every question carries it, so that a script can refuse one it does not know. */
export const contract = 1;

/** Names become lines of a log, parts of addresses and arguments of other tools: printable, without blanks. */
const version = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,199}$/, {
  error: "a version is 1 to 200 letters, digits and . _ : / @ + -",
});
const webAddress = z
  .url({ protocol: /^https?$/ })
  .max(2000)
  .refine((text) => new URL(text).username === "" && new URL(text).password === "", {
    error: "an address carries no user or password",
  });
const sentence = z.string().min(1).max(2000);
const fullSha = z.string().regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/);

const serving = z.strictObject({ version, weight: z.number().min(0).max(100), url: webAddress.optional() });

const wholeOrNothing = (list: readonly z.infer<typeof serving>[]): boolean => {
  const sum = list.reduce((total, { weight }) => total + weight, 0);
  return sum === 0 || Math.abs(sum - 100) < 1e-9;
};

/** What each command prints: one JSON object, no key more and none less than documented. */
export const answers = {
  observe: z.strictObject({
    generation: z.string().min(1).max(200),
    serving: z
      .array(serving)
      .max(100)
      .refine((list) => new Set(list.map((entry) => entry.version)).size === list.length, {
        error: "a version is named twice",
      })
      .refine(wholeOrNothing, { error: "the weights do not sum to 100" }),
  }),
  stage: z.strictObject({ version, url: webAddress }),
  shift: z.discriminatedUnion("outcome", [
    z.strictObject({ outcome: z.literal("applied") }),
    z.strictObject({
      outcome: z.literal("not-applied"),
      reason: z.string().regex(/^[a-z][a-z0-9-]{0,59}$/),
      message: sentence,
    }),
  ]),
  health: z.strictObject({ healthy: z.boolean(), message: sentence }),
  history: z.strictObject({
    versions: z
      .array(
        z.strictObject({
          version,
          commit: fullSha.optional(),
          at: z.iso.datetime({ offset: true }).transform(Date.parse),
        }),
      )
      .max(1000),
  }),
} as const;

export type Answers = { readonly [K in keyof typeof answers]: z.infer<(typeof answers)[K]> };

/** A command that broke its contract: nothing it printed is believed. */
export function brokenContract(command: string, what: string): ProviderError {
  return new ProviderError(
    "command",
    `target.command.${command} ${what}. Mend the command; docs/targets.md lists every field it prints.`,
  );
}

/** The one JSON object a command printed. Throws `ProviderError` for anything else. */
export function answerIn<K extends keyof Answers>(kind: K, command: string, stdout: string): Answers[K] {
  let json: unknown;
  try {
    json = JSON.parse(stdout);
  } catch {
    const what = stdout.trim() === "" ? "nothing" : quote(stdout.trim());
    throw brokenContract(
      command,
      `has to print one JSON object and nothing else on standard output, and printed ${what}`,
    );
  }
  const found = answers[kind].safeParse(json);
  if (found.success) return found.data as Answers[K];
  const [issue] = found.error.issues;
  const place = issue?.path.join(".") || "the object";
  const why =
    issue?.code === "unrecognized_keys" ? `has the unknown key ${quote(issue.keys[0] ?? "")}` : "is missing or odd";
  const detail = issue?.code === "custom" || issue?.code === "invalid_format" ? ` (${issue.message})` : "";
  throw brokenContract(command, `printed JSON that is not as agreed: ${place} ${why}${detail}`);
}
