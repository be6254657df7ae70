import { parseArgs } from "node:util";
import { exitCodes } from "../exit-code.ts";
import { messageOf } from "../failure.ts";
import type { Ports } from "../ports.ts";
import { standingOf, standingText, unreadText } from "../report/standing.ts";
import { rollbackTarget } from "../rollback-target.ts";
import { terminalPorts } from "../runner/ports.ts";
import { type Laptop, openLaptop, recordOptions } from "./laptop.ts";

/** How far back the newest judgement is looked for. */
const commitsLookedAt = 50;

/** `sluice status`: what serves, what is being released and what it waits for, on one screen. Changes nothing. */
export async function run(args: readonly string[]): Promise<number> {
  const options = { ...recordOptions, json: { type: "boolean", default: false } } as const;
  const { values } = parseArgs({ args: [...args], options });
  const ports = terminalPorts(new AbortController().signal);
  const laptop = await openLaptop(values, ports);
  const known = await newestKnown(laptop, values.environment).catch(async (unread: unknown) => {
    // What users get matters most when nothing else can be told.
    if (!values.json)
      process.stdout.write(`${unreadText(values.environment, await look(laptop, values.runbook, ports))}\n`);
    throw unread;
  });
  const { snapshot, problem } = known;
  const { head, record } = snapshot;
  const [production, history] = await Promise.all([
    look(laptop, values.runbook, ports),
    head === null ? [] : laptop.history(commitsLookedAt),
  ]);
  const now = ports.clock.now();
  const standing = standingOf({ record, production, history, now });
  const from =
    head === null ? `${laptop.place} has no record` : `${laptop.place}, entry ${record.entries}, ${head.slice(0, 12)}`;
  if (problem !== undefined)
    ports.log.warn(
      `The record cannot be read (${problem}); this is entry ${record.entries}, the newest that was fetched.`,
    );
  process.stdout.write(
    values.json
      ? `${JSON.stringify(standing, null, 2)}\n`
      : `${[...standingText(standing, now), `  ${"record".padEnd(10)} ${from}`].join("\n")}\n`,
  );
  return exitCodes.fine;
}

/** The record, or what was fetched of it last where nobody can reach it now. Throws where nothing ever was. */
async function newestKnown({ store, lastSeen }: Laptop, environment: string) {
  try {
    return { snapshot: await store.read(environment) };
  } catch (error) {
    const snapshot = await lastSeen?.().catch(() => undefined);
    if (snapshot === undefined) throw error;
    return { snapshot, problem: messageOf(error) };
  }
}

/** What serves, as the platform says; where this machine does not know how to ask it, why not. */
async function look({ workspace, variables }: Laptop, runbook: string, ports: Ports) {
  // A problem of the runbook is one row of the screen here, not a reason to print all of them.
  const told: string[] = [];
  const quiet: Ports = { ...ports, log: { ...ports.log, error: (message) => void told.push(message) } };
  try {
    const target = await rollbackTarget({ runbook, workspace, variables }, quiet);
    return await target.observe();
  } catch (problem) {
    const [first = ""] = (told[0] ?? messageOf(problem)).split("\n");
    return { unreadable: first };
  }
}
