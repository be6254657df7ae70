import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, rm, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Client } from "pg";
import { ProviderError } from "../failure.ts";
import type { Ports } from "../ports.ts";
import { fail, hold, pass, type Verdict } from "../verdict.ts";
import { type DatabaseAddress, describeError, noticeWhenGone, parseDatabaseUrl, withConnection } from "./connection.ts";
import { type Fingerprint, fingerprint } from "./fingerprint.ts";
import { chooseDumpTool, type DumpTool, defaultWasmLimitBytes, dumpNatively } from "./pg-dump.ts";
import { openScratch, type ScratchRequest } from "./scratch.ts";
import { readSequences } from "./sequence-values.ts";
import { type Verification, verifyDump } from "./verify-dump.ts";

export interface BackupOptions {
  /** Direct connection or session pooler; never a transaction pooler. */
  readonly url: string;
  /** Folder for the dump and its manifest; created readable by its owner only. */
  readonly directory: string;
  /** `restore` proves the dump in a scratch database; `read` only reads it to its end. */
  readonly verify: "restore" | "read";
  /** Server on which a scratch database may be created; by default one is started from programs found here. */
  readonly scratchUrl?: string;
  /** Bytes of tables above which only a sample of them is restored; by default all are, however many. */
  readonly sampleAbove?: number | undefined;
  /** Largest database that the built-in pg_dump is used for; default 256 MB. */
  readonly wasmLimitBytes?: number;
}

/** What is known of one backup; written beside it as `<file>.json`. */
export interface BackupManifest extends Fingerprint {
  /** The dump's file name, in the folder of the manifest. */
  readonly file: string;
  /** `custom` is for pg_restore, `plain` is SQL. */
  readonly format: "custom" | "plain";
  /** Of the file, hexadecimal. */
  readonly sha256: string;
  readonly bytes: number;
  /** Time the dump took, without its verification. */
  readonly seconds: number;
  /** When the snapshot was taken, ISO 8601. */
  readonly takenAt: string;
  /** `host:port/database`. */
  readonly database: string;
  readonly serverVersion: string;
  readonly dumpedWith: string;
  /** Write-ahead log position of the snapshot; later changes are not in the dump. */
  readonly lsn: string;
  readonly snapshot: string;
  readonly extensions: readonly string[];
  /** Roles of the server, whose names the dump may need. */
  readonly roles: readonly string[];
  readonly verified: Verification;
}

/** A manifest before anything was proven. */
export type UnverifiedManifest = Omit<BackupManifest, "verified">;

/** What a dump is to be compared with; its checksum is taken while that is done. */
export type DumpedSnapshot = Omit<UnverifiedManifest, "sha256">;

export interface BackupResult {
  readonly verdict: Verdict;
  readonly manifest: BackupManifest;
}

/**
 * Dumps a database as one exported snapshot sees it, counts and hashes every table in the same snapshot, and proves
 * the dump against these.
 *
 * The verdict is `pass` only when what was asked for was proven, `fail` when the dump is damaged, and `hold` when
 * nothing here could prove it. Throws `InputError` when no dump tool fits, before anything is touched, and
 * `ProviderError` when the server or the tool fails; then no file is left.
 */
export async function backup(options: BackupOptions, ports: Ports): Promise<BackupResult> {
  const address = parseDatabaseUrl(options.url, "A backup");
  const { directory, verify, sampleAbove } = options;
  const { dumped, scratch } = await withConnection(address, "sluice backup", ports, async (client) => {
    const server = await describeServer(client);
    const limits = { wasmLimitBytes: options.wasmLimitBytes ?? defaultWasmLimitBytes };
    const tool = await chooseDumpTool(server, limits, ports);
    // A server that has to be made first is made while the dump runs.
    const scratch = scratchFor(verify, { url: options.scratchUrl, major: server.major, roles: server.roles }, ports);
    try {
      return { dumped: await dumpSnapshot(client, { address, server, tool, directory }, ports), scratch };
    } catch (error) {
      await discard(scratch);
      throw error;
    }
  });
  try {
    const file = join(directory, dumped.file);
    // Nobody who verifies needs the checksum, so that a file of gigabytes is not read by itself first.
    const summing = checksum(file);
    summing.catch(() => {});
    const verified = await verifyDump(dumped, { file, scratch, sampleAbove }, ports);
    const { file: name, format, ...rest } = dumped;
    const manifest = { file: name, format, sha256: await summing, ...rest, verified };
    await writeFile(`${file}.json`, `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 });
    return { verdict: judge(manifest, verify), manifest };
  } finally {
    await discard(scratch);
  }
}

type Scratch = ReturnType<typeof openScratch> | undefined;

/** Begins to make a database to restore into; whether there is one is known where it is needed. */
function scratchFor(verify: BackupOptions["verify"], request: ScratchRequest, ports: Ports): Scratch {
  if (verify === "read") return undefined;
  const opening = openScratch(request, ports);
  opening.catch(() => {});
  return opening;
}

async function discard(scratch: Scratch): Promise<void> {
  const opened = await scratch?.catch(() => undefined);
  if (typeof opened === "object") await opened.remove();
}

/** Proves the dump that a manifest describes, at any time later, in the folder that holds it. */
export async function verifyBackup(
  manifest: UnverifiedManifest,
  {
    directory,
    verify,
    scratchUrl,
    sampleAbove,
  }: Pick<BackupOptions, "directory" | "verify" | "scratchUrl" | "sampleAbove">,
  ports: Ports,
): Promise<Verification> {
  const file = join(directory, manifest.file);
  const found = await checksum(file).catch(() => undefined);
  if (found !== manifest.sha256) {
    const message =
      found === undefined ? `${file} cannot be read.` : `${file} is not the file that was written: its sha256 differs.`;
    return { level: "none", damaged: true, message, differences: [] };
  }
  const major = Number.parseInt(manifest.serverVersion, 10);
  const scratch = scratchFor(verify, { url: scratchUrl, major, roles: manifest.roles }, ports);
  try {
    return await verifyDump(manifest, { file, scratch, sampleAbove }, ports);
  } finally {
    await discard(scratch);
  }
}

interface ServerFacts {
  readonly version: string;
  readonly major: number;
  readonly bytes: number;
  readonly extensions: readonly string[];
  readonly roles: readonly string[];
}

async function describeServer(client: Client): Promise<ServerFacts> {
  const { rows } = await client.query<Omit<ServerFacts, "bytes"> & { bytes: string }>(
    `select current_setting('server_version') as version,
            current_setting('server_version_num')::int / 10000 as major,
            pg_database_size(current_database())::text as bytes,
            array(select extname::text from pg_extension where extname <> 'plpgsql' order by 1) as extensions,
            array(select rolname::text from pg_roles where rolname !~ '^pg_' order by 1) as roles`,
  );
  const [facts] = rows;
  if (facts === undefined) throw new ProviderError("postgres", "The server did not describe itself.");
  return { ...facts, bytes: Number(facts.bytes) };
}

interface DumpRequest {
  readonly address: DatabaseAddress;
  readonly server: ServerFacts;
  readonly tool: DumpTool;
  readonly directory: string;
}

/** Holds the snapshot open while the dump and the fingerprint read it, each in its own session. */
async function dumpSnapshot(client: Client, request: DumpRequest, ports: Ports): Promise<DumpedSnapshot> {
  const { address, server, tool, directory } = request;
  const began = ports.clock.monotonic();
  const takenAt = new Date(ports.clock.now()).toISOString();
  const format = tool.kind === "native" ? "custom" : "plain";
  const name = `${address.database.replaceAll(/[^\w-]/g, "_")}-${takenAt.replaceAll(/\W/g, "")}`;
  const file = join(directory, `${name}.${format === "custom" ? "dump" : "sql"}`);
  await createPrivately(directory, file);
  try {
    const { snapshot, lsn } = await exportSnapshot(client);
    // The dump reads them as they stand when it comes to them; they were here before it.
    const sequences = await readSequences(client);
    const giveUp = () => void client.connection.stream.destroy();
    ports.cancelled.addEventListener("abort", giveUp, { once: true });
    // Whichever fails first is the cause; it takes the snapshot, and so the other one, with it.
    let cause: unknown;
    const dumping = dumpWith(tool, { address, snapshot, file }, ports).catch((error: unknown) => {
      cause ??= error;
      giveUp();
    });
    const reading = fingerprint(client, { hashedBy: "columns" }).catch((error: unknown) => {
      cause ??= unreadable(error);
    });
    const [dumpedWith, taken] = await Promise.all([dumping, reading]);
    ports.cancelled.removeEventListener("abort", giveUp);
    if (dumpedWith === undefined || taken === undefined) throw cause;
    await client.query("commit");
    return {
      file: basename(file),
      format,
      bytes: (await stat(file)).size,
      seconds: (ports.clock.monotonic() - began) / 1000,
      takenAt,
      database: address.name,
      serverVersion: server.version,
      dumpedWith,
      lsn,
      snapshot,
      extensions: server.extensions,
      roles: server.roles,
      ...taken,
      sequences,
    };
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
}

/** Dump programs keep the mode of a file that is there, so it is there first, for nobody else to read. */
async function createPrivately(directory: string, file: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await (await open(file, "wx", 0o600)).close();
}

async function exportSnapshot(client: Client): Promise<{ snapshot: string; lsn: string }> {
  await noticeWhenGone(client);
  await client.query("begin isolation level repeatable read read only");
  const { rows } = await client.query<{ snapshot: string; lsn: string }>(
    `select pg_export_snapshot() as snapshot,
            (case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end)::text as lsn`,
  );
  const [exported] = rows;
  if (exported === undefined) throw new ProviderError("postgres", "The server exported no snapshot.");
  return exported;
}

/** Gives the version of the program that wrote the dump. */
async function dumpWith(
  tool: DumpTool,
  request: { readonly address: DatabaseAddress; readonly snapshot: string; readonly file: string },
  ports: Ports,
): Promise<string> {
  if (tool.kind === "native") return dumpNatively({ ...request, binaries: tool.binaries }, ports);
  const { dumpWithWasm } = await import("./wasm-dump.ts");
  return dumpWithWasm(request, ports);
}

function unreadable(error: unknown): ProviderError {
  const { code, message } = describeError(error);
  const what = `The tables could not be counted and hashed: ${message}. The backup's login must be able to read all of them.`;
  return new ProviderError("postgres", what, { ...(code !== undefined && { status: code }), cause: error });
}

async function checksum(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest("hex");
}

function judge(manifest: BackupManifest, asked: "restore" | "read"): Verdict {
  const { verified } = manifest;
  const rows = manifest.tables.reduce((sum, table) => sum + table.rows, 0);
  const what = `Backup ${manifest.file} (${manifest.bytes} bytes, ${manifest.tables.length} tables, ${rows} rows)`;
  if (verified.damaged) {
    return fail("backup-damaged", `${what} is not usable. ${verified.message} Make another one.`, manifest);
  }
  if (verified.level === "restored") return pass("backup-restored", `${what}: ${verified.message}`, manifest);
  if (verified.level === "sampled") return pass("backup-sampled", `${what}: ${verified.message}`, manifest);
  if (verified.level === "read-only" && asked === "read") {
    return pass("backup-read", `${what}: ${verified.message}`, manifest);
  }
  return hold("backup-unverified", `${what} is written but not proven. ${verified.message}`, manifest);
}
