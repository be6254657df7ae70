import type { Ports } from "../ports.ts";
import type { UnverifiedManifest } from "./backup.ts";
import { describeError, withConnection } from "./connection.ts";
import { differences, fingerprint } from "./fingerprint.ts";
import { archiveTools, readArchive, restoreArchive } from "./pg-dump.ts";
import type { PostgresBinaries } from "./postgres-binaries.ts";
import { readScript, restoreScript } from "./restore-script.ts";
import { openScratch, type ScratchDatabase } from "./scratch.ts";

/** How far a dump was proven. */
export interface Verification {
  /** `restored`: every table came back with the rows and hashes of the snapshot. `read-only`: read to its end. */
  readonly level: "restored" | "read-only" | "none";
  /** Whether the dump was found not to hold what it should; never set merely because nothing could be tried. */
  readonly damaged: boolean;
  readonly message: string;
  /** What the restored database differs in. */
  readonly differences: readonly string[];
  /** Where it was restored. */
  readonly scratch?: string;
  /** Time that restoring and comparing took. */
  readonly seconds?: number;
}

interface DumpFile {
  readonly file: string;
  readonly verify: "restore" | "read";
  readonly scratchUrl: string | undefined;
}

/** Restores a dump into a scratch database and compares, or reads it when that is asked for or nothing else works. */
export async function verifyDump(manifest: UnverifiedManifest, dump: DumpFile, ports: Ports): Promise<Verification> {
  const tools = manifest.format === "custom" ? await archiveTools(manifest, ports) : undefined;
  if (manifest.format === "custom" && tools === undefined) return nothing("No pg_restore that can read it was found.");
  const read = await readDump(dump.file, tools, ports);
  if (read !== undefined) return damaged(read, []);
  if (dump.verify === "read") return readOnly("It was read to its end; it was not restored.");
  let scratch: ScratchDatabase | string;
  try {
    const major = Number.parseInt(manifest.serverVersion, 10);
    scratch = await openScratch({ url: dump.scratchUrl, major, roles: manifest.roles }, ports);
  } catch (error) {
    return readOnly(`It was read to its end, but there is no scratch database: ${describeError(error).message}`);
  }
  if (typeof scratch === "string") return readOnly(`It was read to its end, but not restored. ${scratch}`);
  try {
    return await restoreAndCompare(manifest, dump.file, tools, scratch, ports);
  } finally {
    await scratch.remove();
  }
}

async function restoreAndCompare(
  manifest: UnverifiedManifest,
  file: string,
  tools: PostgresBinaries | undefined,
  scratch: ScratchDatabase,
  ports: Ports,
): Promise<Verification> {
  const began = ports.clock.monotonic();
  const absent = manifest.extensions.filter((name) => !scratch.extensions.has(name));
  if (absent.length > 0) {
    const message =
      `It was read to its end, but not restored: the scratch server (${scratch.origin}) lacks the extensions ` +
      `${absent.join(", ")}. Give a scratch server that has them.`;
    return readOnly(message);
  }
  return withConnection(scratch.address, "sluice restore", ports, async (client) => {
    try {
      if (tools === undefined) await restoreScript(client, file, scratch.major, "drop");
      else await restoreArchive({ binaries: tools, address: scratch.address, file, ownership: "drop" }, ports);
    } catch (error) {
      return damaged(`It could not be restored into ${scratch.origin}: ${describeError(error).message}.`, []);
    }
    await client.query("begin isolation level repeatable read read only");
    const found = differences(manifest, await fingerprint(client));
    await client.query("commit");
    if (found.length > 0) {
      return damaged(`Restored into ${scratch.origin} it differs from its snapshot: ${list(found)}.`, found);
    }
    return {
      level: "restored",
      damaged: false,
      message: `restored into ${scratch.origin}; rows and hashes of all ${manifest.tables.length} tables equal the snapshot's.`,
      differences: [],
      scratch: scratch.origin,
      seconds: (ports.clock.monotonic() - began) / 1000,
    };
  });
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
