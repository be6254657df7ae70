import { join } from "node:path";
import { InputError, messageOf, ProviderError } from "../failure.ts";
import type { Ports } from "../ports.ts";
import { type DatabaseAddress, withConnection } from "./connection.ts";
import { findPostgresBinaries, type PostgresBinaries } from "./postgres-binaries.ts";

/** The program that will write the dump. */
export type DumpTool =
  | { readonly kind: "native"; readonly binaries: PostgresBinaries }
  /** pg_dump compiled to WebAssembly, which comes with this toolkit. */
  | { readonly kind: "wasm" };

/** Major version of the packaged WebAssembly pg_dump. */
export const wasmMajor = 18;
/** The WebAssembly dump is held in memory several times over: https://pglite.dev/docs/pglite-tools */
export const defaultWasmLimitBytes = 256 * 1024 * 1024;
const lockWaitMs = 30_000;

/**
 * Chooses a pg_dump of the server's major version, else the next newer one, never an older one: pg_dump refuses those
 * (https://www.postgresql.org/docs/current/app-pgdump.html). Without any, WebAssembly below a size limit.
 *
 * Throws `InputError` when nothing fits, before anything was touched.
 */
export async function chooseDumpTool(
  server: { readonly major: number; readonly bytes: number },
  options: { readonly wasmLimitBytes: number },
  ports: Ports,
): Promise<DumpTool> {
  const found = await findPostgresBinaries("pg_dump", ports.env);
  const [fitting] = found.filter(({ major }) => major >= server.major).toSorted((a, b) => a.major - b.major);
  if (fitting !== undefined) return { kind: "native", binaries: fitting };
  const small = server.bytes <= options.wasmLimitBytes;
  if (server.major <= wasmMajor && small) return { kind: "wasm" };
  const seen = found.map(({ version, directory }) => `${version} in ${directory}`).join(", ") || "none";
  const why = small
    ? `the built-in one is version ${wasmMajor}`
    : `the database has ${megabytes(server.bytes)} and the built-in one is for at most ${megabytes(options.wasmLimitBytes)}`;
  throw new InputError(
    `No pg_dump can back up this PostgreSQL ${server.major} server: found ${seen}, and ${why}. ` +
      `Install postgresql-client-${server.major} on the runner, or set SLUICE_POSTGRES_BIN to the folder with its ` +
      "programs. Nothing was touched.",
  );
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1024 / 1024)} MB`;
}

/** Writes a compressed archive of what `snapshot` sees, and gives the version of the program. */
export async function dumpNatively(
  request: {
    readonly binaries: PostgresBinaries;
    readonly address: DatabaseAddress;
    readonly snapshot: string;
    readonly file: string;
    /** Tables without their rows. */
    readonly schemaOnly?: boolean;
  },
  ports: Ports,
): Promise<string> {
  const { binaries, address, snapshot, file, schemaOnly } = request;
  const session = `sluice backup ${snapshot}`;
  const endSession = () => {
    endDump(address, session, ports).catch((error: unknown) => ports.log.warn(messageOf(error)));
  };
  ports.cancelled.addEventListener("abort", endSession, { once: true });
  const args = ["--format=custom", "--compress=1", "--no-password", `--lock-wait-timeout=${lockWaitMs}`];
  try {
    await runTool(
      join(binaries.directory, "pg_dump"),
      [...args, ...(schemaOnly === true ? ["--schema-only"] : []), `--snapshot=${snapshot}`, `--file=${file}`],
      { env: { ...clientEnvironment(address, ports.env), PGAPPNAME: session } },
      ports,
    );
    return binaries.version;
  } finally {
    ports.cancelled.removeEventListener("abort", endSession);
  }
}

/** A cancelled pg_dump ends when its session does; otherwise it would wait or read on without us. */
async function endDump(address: DatabaseAddress, session: string, ports: Ports): Promise<void> {
  await withConnection(address, "sluice", ports, (client) =>
    client.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1", [session]),
  );
}

/**
 * The pg_restore of the very pg_dump that wrote the archive, else one of its major version, else of the next newer one: an
 * update of the system between a backup and its restore takes the first away. Undefined when none here can read it.
 */
export async function archiveTools(
  { dumpedWith }: { readonly dumpedWith: string },
  ports: Ports,
): Promise<PostgresBinaries | undefined> {
  const found = await findPostgresBinaries("pg_dump", ports.env);
  const major = Number(/\(PostgreSQL\) (\d+)/.exec(dumpedWith)?.[1]);
  const able = found.filter((one) => one.major >= major).toSorted((a, b) => a.major - b.major);
  return able.find(({ version }) => version === dumpedWith) ?? able[0];
}

/**
 * Restores an archive into the empty database at `address`. Owners and privileges are dropped where their roles may not
 * exist.
 *
 * One job is all of it or nothing. Several load tables and build indexes beside each other, and a failure leaves what was
 * there by then: for a database that is removed in that case.
 */
export async function restoreArchive(
  request: {
    readonly binaries: PostgresBinaries;
    readonly address: DatabaseAddress;
    readonly file: string;
    readonly ownership: "keep" | "drop";
    readonly jobs: number;
    /** File with the part of the archive's table of contents that is to be restored; all of it when undefined. */
    readonly list?: string | undefined;
  },
  ports: Ports,
): Promise<void> {
  const { binaries, address, file, ownership, jobs, list } = request;
  const without = ownership === "drop" ? ["--no-owner", "--no-privileges"] : [];
  const how = jobs > 1 ? `--jobs=${jobs}` : "--single-transaction";
  const part = list === undefined ? [] : [`--use-list=${list}`];
  const args = ["--no-password", "--exit-on-error", how, ...without, ...part];
  const program = join(binaries.directory, "pg_restore");
  await runTool(
    program,
    [...args, `--dbname=${connectionName(address)}`, file],
    { env: clientEnvironment(address, ports.env) },
    ports,
  );
}

/** Reads an archive to its end without a database, which finds a cut or a changed byte. */
export async function readArchive(
  request: { readonly binaries: PostgresBinaries; readonly file: string },
  ports: Ports,
): Promise<void> {
  await runTool(
    join(request.binaries.directory, "pg_restore"),
    ["--file=/dev/null", request.file],
    { env: { LC_ALL: "C" } },
    ports,
  );
}

/** An archive's table of contents, as pg_restore prints and reads it. */
export async function listArchive(
  request: { readonly binaries: PostgresBinaries; readonly file: string; readonly into: string },
  ports: Ports,
): Promise<void> {
  const { binaries, file, into } = request;
  const args = ["--list", `--file=${into}`, file];
  await runTool(join(binaries.directory, "pg_restore"), args, { env: { LC_ALL: "C" } }, ports);
}

/** libpq reads a name with "=" in it as connection settings, so the name is given as a setting itself. */
function connectionName(address: DatabaseAddress): string {
  return `dbname='${address.database.replaceAll(/['\\]/g, (char) => `\\${char}`)}'`;
}

async function runTool(
  program: string,
  args: readonly string[],
  options: { readonly env: Readonly<Record<string, string>> },
  ports: Ports,
): Promise<void> {
  if (ports.cancelled.aborted) throw new ProviderError("postgres", "The job was cancelled.");
  const { code, signal, stderr } = await ports.exec(program, args, options);
  if (code === 0) return;
  const said = stderr.trim().split("\n").slice(-5).join(" ");
  const status = code ?? signal ?? "unknown";
  throw new ProviderError("postgres", `${program} ended with ${status}: ${said}`, { status });
}

/** Everything libpq needs, in the child's environment: arguments are visible to every user of the machine. */
function clientEnvironment(
  address: DatabaseAddress,
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const parameters = new URL(address.url).searchParams;
  const sslMode = parameters.get("sslmode");
  const passed: Record<string, string | null | undefined> = {
    PGHOST: address.host,
    PGPORT: String(address.port),
    PGUSER: address.user,
    PGDATABASE: address.database,
    PGPASSWORD: address.password,
    PGAPPNAME: "sluice restore",
    PGCONNECT_TIMEOUT: "15",
    // The Node driver's own mode for "encrypted, certificate not checked" is libpq's `require`.
    PGSSLMODE: sslMode === "no-verify" ? "require" : sslMode,
    PGSSLROOTCERT: parameters.get("sslrootcert"),
    PGSSLCERT: parameters.get("sslcert"),
    PGSSLKEY: parameters.get("sslkey"),
    HOME: env["HOME"],
    LC_ALL: "C",
  };
  return Object.fromEntries(
    Object.entries(passed).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}
