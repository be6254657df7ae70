import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { type Postgres, startPostgres } from "../src/rehearsal/postgres.ts";
import { behindReader, readerMs } from "./migration/behind-reader.ts";
import { runBuiltMigrate } from "./migration/built-action.ts";
import { floor, serverAlone, type Tool, tools } from "./migration/tools.ts";
import { verifiedBackup } from "./migration/verified-backup.ts";
import { verifyTables } from "./migration/verify-tables.ts";
import { table } from "./table.ts";

const manyFiles = 1_000;
const manyTables = 200;
const defaultMegabytes = 200;

interface Place {
  readonly scratch: string;
  readonly server: Postgres;
  readonly megabytes: number;
}

/**
 * Longest stall of live traffic behind a reader and the time of many files, ours beside the tools' own programs; then
 * planning and linting, looking at what is there, and a verified backup. `parts` narrows it: `stall`, `files`, `lint`,
 * `verify`, `backup`; a number is the size of the database that is backed up, in megabytes.
 */
export async function run(parts: readonly string[] = []): Promise<void> {
  const wanted = parts.filter((part) => part in all);
  const scratch = await mkdtemp(path.join(tmpdir(), "sluice-bench-migration-"));
  const server = await startPostgres({ directory: path.join(scratch, "server") });
  const megabytes = Number(parts.find((part) => /^\d+$/.test(part)) ?? defaultMegabytes);
  try {
    for (const [name, measure] of Object.entries(all))
      if (wanted.length === 0 || wanted.includes(name))
        process.stdout.write(`${await measure({ scratch, server, megabytes })}\n`);
  } finally {
    await server.stop();
    await rm(scratch, { recursive: true, force: true });
  }
}

const all: Readonly<Record<string, (place: Place) => Promise<string>>> = { stall, files, lint, verify, backup };

/** A row for each tool that is here; the others are named with what they lack. */
async function forEachTool(
  measure: (tool: Tool, i: number) => Promise<readonly string[]>,
  some: readonly Tool[] = tools,
): Promise<string[][]> {
  const rows: string[][] = [];
  for (const [i, tool] of some.entries()) {
    if (tool.missing !== undefined) process.stdout.write(`${tool.name}: ${tool.missing}\n`);
    else rows.push([tool.name, ...(await measure(tool, i))]);
  }
  return rows;
}

async function stall({ scratch, server }: Place): Promise<string> {
  const rows = await forEachTool(async (tool, i) => {
    const url = await server.databases.create(`stall${i}`);
    const { longestMs, failed, sent } = await behindReader(tool, path.join(scratch, `stall${i}`), url);
    return [`${longestMs} ms`, `${failed} of ${sent}`];
  });
  const title = `One ALTER TABLE behind a reader of ${readerMs / 1000} s, one transaction of traffic every 5 ms:`;
  return `${title}\n${table(["tool", "longest stall", "traffic that failed"], rows)}`;
}

/** With its key and the place for long texts a table is four relations: the server's own work is nearly all there is. */
const small = Array.from({ length: manyFiles }, (_, n) => `create table t${n} (id int primary key, note text);`);
/** One relation, so that what is around a file shows. */
const smallest = Array.from({ length: manyFiles }, (_, n) => `create table t${n} (id int, amount int);`);

async function files({ scratch, server }: Place): Promise<string> {
  // A server's first thousand tables are slower than its second: nobody is to pay for the others.
  await applied(serverAlone, small, path.join(scratch, "first"), server);
  const rows = await forEachTool(
    async (tool, i) => [
      ...(await applied(tool, small, path.join(scratch, `many${i}`), server)),
      ...(await applied(tool, smallest, path.join(scratch, `least${i}`), server)).slice(0, 1),
    ],
    [serverAlone, floor, ...tools],
  );
  const title = `${manyFiles} files, each of one CREATE TABLE with a primary key and a text, or of two numbers:`;
  return `${title}\n${table(["tool", "key and text", "nothing to do", "two numbers"], rows)}`;
}

/** Seconds of a first run, and of one that has nothing to do. */
async function applied(tool: Tool, sql: readonly string[], folder: string, server: Postgres): Promise<string[]> {
  await tool.write(folder, sql);
  const url = await server.databases.create(path.basename(folder));
  const first = seconds(await timed(() => tool.apply(folder, url)));
  return [first, tool.forgets === true ? "-" : seconds(await timed(() => tool.apply(folder, url)))];
}

async function lint({ scratch, server }: Place): Promise<string> {
  const [ours] = tools;
  if (ours === undefined) throw new Error("there is no tool of ours");
  const folder = path.join(scratch, "lint");
  // The last one is refused by the linter: so the built action stops where planning and linting end.
  await ours.write(folder, [...small, "drop table somewhere;"]);
  const url = await server.databases.create("lint");
  const source = await timed(() =>
    promisify(execFile)(process.execPath, [path.join(import.meta.dirname, "migration/plan-and-lint.ts"), folder], {
      env: { ...process.env, DATABASE_URL: url },
    }),
  );
  const built = await timed(async () => {
    const { outputs, stdout } = runBuiltMigrate(path.join(scratch, "action"), { folder, url });
    if (outputs.get("reason") !== "migration-hazard") throw new Error(`dist/migrate.js did not lint: ${stdout}`);
  });
  const rows = [
    ["dist/migrate.js, the whole action as it is used", seconds(built)],
    ["from source, with the time to strip its types", seconds(source)],
  ];
  return `${manyFiles} files planned and linted by a process that did not run yet:\n${table(["program", "time"], rows)}`;
}

async function verify({ server }: Place): Promise<string> {
  const took = await verifyTables(await server.databases.create("verify"), manyTables);
  return `Indexes, row level security, constraints and a probe of ${manyTables} tables looked at: ${seconds(took)}`;
}

async function backup({ scratch, megabytes }: Place): Promise<string> {
  const made = await verifiedBackup(scratch, megabytes);
  if (typeof made === "string") return `backup: ${made}`;
  const { bytes, plainSeconds, plainBytes, dumpSeconds, verifiedSeconds, verifiedBytes } = made;
  const perGigabyte = (value: number) => seconds((value / bytes) * 1024 ** 3);
  const inMegabytes = (value: number) => `${Math.round(value / 1024 ** 2)} MB`;
  const row = (name: string, took: number, size: number) => {
    const ratio = (took / plainSeconds).toFixed(1);
    return [name, seconds(took), perGigabyte(took), inMegabytes(size), ratio];
  };
  const rows = [
    row("pg_dump -Fc, never looked at", plainSeconds, plainBytes),
    row("Sluice: dumped and hashed", dumpSeconds, verifiedBytes),
    row("Sluice: restored and compared besides", verifiedSeconds, verifiedBytes),
  ];
  return `A database of ${inMegabytes(bytes)}:\n${table(["backup", "time", "per GB", "file", "ratio"], rows)}`;
}

async function timed(what: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await what();
  return (performance.now() - began) / 1000;
}

const seconds = (value: number): string => `${value.toFixed(2)} s`;
