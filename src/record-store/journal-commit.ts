import * as z from "zod";
import { ProviderError } from "../failure.ts";
import { fold } from "../record/fold.ts";
import { headline } from "../record/headline.ts";
import { type Entry, type EnvironmentRecord, recordSchema } from "../record.ts";

/** Who the journal's commits are from: the identity of GitHub's own job token. */
export const journalAuthor = {
  name: "github-actions[bot]",
  email: "41898282+github-actions[bot]@users.noreply.github.com",
} as const;

/** One append as a commit: what it says, holds, and makes of the record. */
export interface JournalCommit {
  readonly record: EnvironmentRecord;
  /** One line per entry, so that `git log refs/sluice/production` reads as the story of the releases. */
  readonly message: string;
  readonly files: Readonly<Record<"record.json" | "entries.json", string>>;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/**
 * Folds entries into the record and lays both out as the files of a commit: `record.json` is the state after it,
 * `entries.json` what this commit added. `nonce` sets two equal appends by two writers apart.
 */
export function journalCommit(before: EnvironmentRecord, entries: readonly Entry[], nonce: string): JournalCommit {
  const newest = entries.at(-1);
  if (newest === undefined) throw new Error("An append needs at least one entry.");
  // A record that could be written but not read again would block its environment for good.
  const record = recordSchema.parse(entries.reduce(fold, before));
  return {
    record,
    message: entries.map((entry) => oneLine(headline(entry))).join("\n"),
    files: {
      "record.json": `${JSON.stringify(record, null, 2)}\n`,
      "entries.json": `${JSON.stringify({ nonce, entries }, null, 2)}\n`,
    },
    at: newest.at,
  };
}

const oneLine = (text: string): string => text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ");

/** Parses a stored `record.json`; whatever is not this environment's record throws `ProviderError`. */
export function parseRecord(
  environment: string,
  head: string,
  content: string | null,
  provider: string,
): EnvironmentRecord {
  const restoreIt = "look at its history with git log and restore the last good commit.";
  const unreadable = (why: string, cause?: unknown, mend = restoreIt) =>
    new ProviderError(
      provider,
      `The record of ${environment} at ${head.slice(0, 12)} cannot be read: ${why}. Nothing moves until it can; ${mend}`,
      { cause },
    );
  if (content === null) throw unreadable("the commit holds no record.json");
  let json: unknown;
  try {
    json = JSON.parse(content);
  } catch (error) {
    throw unreadable("record.json is not JSON", error);
  }
  const parsed = recordSchema.safeParse(json);
  if (!parsed.success) {
    const newer = newerIn(json, parsed.error);
    throw newer === undefined
      ? unreadable("record.json has not the shape of a record", parsed.error)
      : unreadable(`${newer}, so a newer Sluice wrote it`, parsed.error, useNewer);
  }
  if (parsed.data.environment !== environment)
    throw unreadable(`it is the record of ${JSON.stringify(parsed.data.environment)}`);
  return parsed.data;
}

const useNewer =
  "use that one again (the commit after `uses:` in your workflows, your own clone), and restore nothing: the record is whole. " +
  "A rollback to a version that is named works all the same.";

/** What this version does not know of a record that is whole otherwise; undefined when it is simply not a record. */
function newerIn(json: unknown, { issues }: z.ZodError): string | undefined {
  const marked = z.looseObject({ version: z.number(), environment: z.string() }).safeParse(json);
  if (!marked.success) return undefined;
  if (marked.data.version > 1) return `it has version ${marked.data.version}`;
  const unknown = issues.flatMap((issue) => (issue.code === "unrecognized_keys" ? issue.keys : []));
  if (unknown.length === 0 || issues.some(({ code }) => code !== "unrecognized_keys")) return undefined;
  return `it holds ${JSON.stringify(unknown).slice(0, 100)}, which this version does not know`;
}
