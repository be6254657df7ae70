import { readFile, rm, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import type { Ports } from "../ports.ts";
import type { DumpedSnapshot } from "./backup.ts";
import { type DatabaseAddress, describeError, withConnection } from "./connection.ts";
import { differences, fingerprint } from "./fingerprint.ts";
import { archiveTools, listArchive, readArchive, restoreArchive } from "./pg-dump.ts";
import type { PostgresBinaries } from "./postgres-binaries.ts";
import { readScript, restoreScript } from "./restore-script.ts";
import { comparable, expectedOf, listOfSample, type Sample, sampleOf, toldOf } from "./sample.ts";
import type { ScratchDatabase } from "./scratch.ts";

/** How far a dump was proven. */
export interface Verification {
  /**
   * `restored`: every table came back with the rows and hashes of the snapshot. `sampled`: the structure and some of the
   * tables did, and the rest was read to its end. `read-only`: read to its end.
   */
  readonly level: "restored" | "sampled" | "read-only" | "none";
  /** Whether the dump was found not to hold what it should; never set merely because nothing could be tried. */
  readonly damaged: boolean;
  readonly message: string;
  /** What the restored database differs in. */
  readonly differences: readonly string[];
  /** Where it was restored. */
  readonly scratch?: string;
  /** Time that restoring and comparing took; of a sample it would say nothing about the whole. */
  readonly seconds?: number;
}

interface DumpFile {
  readonly file: string;
  /** An empty database to restore into, or a sentence why there is none; undefined to read the dump only. */
  readonly scratch: Promise<ScratchDatabase | string> | undefined;
  /** Bytes of tables above which only a sample of them is restored. */
  readonly sampleAbove: number | undefined;
}

/** More processes than this read one file and write one disk in turns. */
const mostJobs = 4;

/**
 * Restores a dump into a scratch database and compares, or reads it when that is asked for or nothing else works. A
 * restore reads the file to its end too, so that is not done twice.
 */
export async function verifyDump(manifest: DumpedSnapshot, dump: DumpFile, ports: Ports): Promise<Verification> {
  const tools = manifest.format === "custom" ? await archiveTools(manifest, ports) : undefined;
  if (manifest.format === "custom" && tools === undefined) return nothing("No pg_restore that can read it was found.");
  const whole = async (otherwise: string): Promise<Verification> => {
    const read = await readDump(dump.file, tools, ports);
    return read === undefined ? readOnly(`It was read to its end${otherwise}`) : damaged(read, []);
  };
  if (dump.scratch === undefined) return whole("; it was not restored.");
  let scratch: ScratchDatabase | string;
  try {
    scratch = await dump.scratch;
  } catch (error) {
    return whole(`, but there is no scratch database: ${describeError(error).message}`);
  }
  if (typeof scratch === "string") return whole(`, but not restored. ${scratch}`);
  const absent = manifest.extensions.filter((name) => !scratch.extensions.has(name));
  if (absent.length > 0)
    return whole(
      `, but not restored: the scratch server (${scratch.origin}) lacks the extensions ${absent.join(", ")}. ` +
        "Give a scratch server that has them.",
    );
  const sample =
    tools === undefined || dump.sampleAbove === undefined ? undefined : sampleOf(manifest.tables, dump.sampleAbove);
  // What is not restored is read all the same.
  const read = sample === undefined ? undefined : await readDump(dump.file, tools, ports);
  if (read !== undefined) return damaged(read, []);
  return restoreAndCompare(manifest, { file: dump.file, tools, sample }, scratch, ports);
}

interface Restorable {
  readonly file: string;
  readonly tools: PostgresBinaries | undefined;
  readonly sample: Sample | undefined;
}

async function restoreAndCompare(
  manifest: DumpedSnapshot,
  dump: Restorable,
  scratch: ScratchDatabase,
  ports: Ports,
): Promise<Verification> {
  const began = ports.clock.monotonic();
  const { file, tools, sample } = dump;
  return withConnection(scratch.address, "sluice restore", ports, async (client) => {
    try {
      if (tools === undefined) await restoreScript(client, file, scratch.major, "drop");
      else await restoreInto(scratch.address, { file, tools, sample }, ports);
    } catch (error) {
      const why = await readDump(file, tools, ports);
      if (why !== undefined) return damaged(why, []);
      const { code, message } = describeError(error);
      return lacksMeans(code, message)
        ? readOnly(
            `It was read to its end, and where it was to be restored, ${scratch.origin}, lacked the means: ${message}. ` +
              "Give it more space, or name a larger server as `scratch`, and run the step again.",
          )
        : damaged(`It could not be restored into ${scratch.origin}: ${message}.`, []);
    }
    await client.query("begin isolation level repeatable read read only");
    const only = sample && new Set(sample.tables.map(({ name }) => name));
    const restored = await fingerprint(client, { only, hashedBy: manifest.hashedBy });
    const found =
      sample === undefined
        ? differences(manifest, restored)
        : differences(expectedOf(manifest, sample), comparable(restored));
    await client.query("commit");
    if (found.length > 0) {
      return damaged(`Restored into ${scratch.origin} it differs from its snapshot: ${list(found)}.`, found);
    }
    const same = { damaged: false, differences: [], scratch: scratch.origin };
    if (sample !== undefined)
      return { ...same, level: "sampled", message: `restored into ${scratch.origin} in part: ${toldOf(sample)}` };
    return {
      ...same,
      level: "restored",
      message: `restored into ${scratch.origin}; rows and hashes of all ${manifest.tables.length} tables equal the snapshot's.`,
      seconds: (ports.clock.monotonic() - began) / 1000,
    };
  });
}

/**
 * Whether a restore failed for what the scratch server has or lost, and not for what the dump holds: SQLSTATE classes 08,
 * 53, 57 and 58 (https://www.postgresql.org/docs/current/errcodes-appendix.html), or the same as pg_restore says it.
 */
const lacksMeans = (code: string | undefined, message: string): boolean =>
  /^(?:08|53|57|58)...$/.test(code ?? "") ||
  /No space left on device|[Oo]ut of (?:shared )?memory|server closed the connection|terminating connection/.test(
    message,
  );

/** Several tables and indexes at once: whatever came of it, the database is removed. */
async function restoreInto(
  address: DatabaseAddress,
  { file, tools, sample }: Restorable & { readonly tools: PostgresBinaries },
  ports: Ports,
): Promise<void> {
  const jobs = Math.min(mostJobs, availableParallelism());
  const request = { binaries: tools, address, file, ownership: "drop", jobs } as const;
  if (sample === undefined) return restoreArchive(request, ports);
  const list = `${file}.list`;
  try {
    await listArchive({ binaries: tools, file, into: list }, ports);
    await writeFile(list, listOfSample(await readFile(list, "utf8"), sample));
    await restoreArchive({ ...request, list }, ports);
  } finally {
    await rm(list, { force: true });
  }
}

async function readDump(file: string, tools: PostgresBinaries | undefined, ports: Ports): Promise<string | undefined> {
  if (tools === undefined) return readScript(file);
  try {
    await readArchive({ binaries: tools, file }, ports);
    return undefined;
  } catch (error) {
    return `It cannot be read to its end: ${describeError(error).message}`;
  }
}

function list(found: readonly string[]): string {
  const shown = found.slice(0, 5).join("; ");
  return found.length > 5 ? `${shown}; and ${found.length - 5} more` : shown;
}

function damaged(message: string, found: readonly string[]): Verification {
  return { level: "none", damaged: true, message, differences: found };
}

function readOnly(message: string): Verification {
  return { level: "read-only", damaged: false, message, differences: [] };
}

function nothing(message: string): Verification {
  return { level: "none", damaged: false, message, differences: [] };
}
