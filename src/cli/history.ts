import { parseArgs } from "node:util";
import { exitCodes } from "../exit-code.ts";
import { InputError } from "../failure.ts";
import { plainText } from "../plain-text.ts";
import { headline } from "../record/headline.ts";
import type { Entry } from "../record.ts";
import { terminalPorts } from "../runner/ports.ts";
import { openLaptop, recordOptions } from "./laptop.ts";

const mostCommits = 10_000;

/** `sluice history`: what happened in an environment, oldest first, one line each. */
export async function run(args: readonly string[]): Promise<number> {
  const options = {
    ...recordOptions,
    json: { type: "boolean", default: false },
    limit: { type: "string", default: "30" },
  } as const;
  const { values } = parseArgs({ args: [...args], options });
  const limit = Number(values.limit);
  if (!Number.isInteger(limit) || limit < 1 || limit > mostCommits)
    throw new InputError(`--limit is ${values.limit}; give a whole number from 1 to ${mostCommits}.`);
  const laptop = await openLaptop(values, terminalPorts(new AbortController().signal));
  const { head } = await laptop.store.read(values.environment);
  const entries = head === null ? [] : await laptop.history(limit);
  if (entries === undefined)
    throw new InputError("The history is read from a clone, not through GitHub's API. Run the command inside a clone.");
  const newest = entries.slice(-limit);
  if (values.json) process.stdout.write(`${JSON.stringify({ "schema-version": 1, entries: newest }, null, 2)}\n`);
  else if (newest.length === 0) process.stdout.write(`Nothing is recorded of ${values.environment}.\n`);
  else process.stdout.write(newest.map((entry) => `${lineOf(entry)}\n`).join(""));
  return exitCodes.fine;
}

function lineOf(entry: Entry): string {
  const when = new Date(entry.at).toISOString().slice(0, 19).replace("T", " ");
  const release = entry.release === 0 ? "-" : String(entry.release);
  return `${when}Z  ${release.padStart(6)}  ${oneLine(entry.by.actor)}  ${oneLine(headline(entry))}`;
}

const oneLine = (text: string): string => plainText(text).replaceAll(/\s+/g, " ").trim();
