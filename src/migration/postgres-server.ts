import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { closeSync, openSync, statSync } from "node:fs";
import { chown, cp, link, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { InputError, ProviderError } from "../failure.ts";
import type { PostgresBinaries } from "./postgres-binaries.ts";

/** A throwaway server: real, on loopback, with passwords, without the care for a power cut. */
export interface PostgresServer {
  readonly port: number;
  readonly pid: number;
  /** Superuser's address of the database `postgres`. */
  readonly adminUrl: string;
  /** The same address with another database, and optionally another login. */
  url(database: string, login?: { readonly user: string; readonly password: string }): string;
  /** Ends the server and removes everything it wrote; `immediately` without writing out first what is removed anyway. */
  stop(how?: "immediately"): Promise<void>;
}

interface User {
  readonly uid: number;
  readonly gid: number;
}

const readyWithinMs = 20_000;

/**
 * Starts a server in `directory` (created when absent), listening on 127.0.0.1 only.
 *
 * PostgreSQL refuses to run as root: then it runs as `postgres` or `nobody`, and in the system's temporary folder when
 * that user may not enter the directory. Throws `InputError` for a taken port.
 */
export async function startPostgresServer(options: {
  readonly binaries: PostgresBinaries;
  readonly directory: string;
  readonly port?: number;
  /** The job's mark in its processes: the runner ends what still carries it when the job is over. */
  readonly trackingId?: string | undefined;
  /** Settings of postgresql.conf instead of, and besides, those that every throwaway server gets. */
  readonly settings?: Readonly<Record<string, string | number>>;
}): Promise<PostgresServer> {
  const home = await prepareHome(resolve(options.directory), options.binaries, options.trackingId);
  const password = randomBytes(18).toString("hex");
  try {
    await createCluster(home, password);
    const { child, port } = await startOnFreePort(home, options.port, options.settings ?? {});
    return runningServer(child, port, password, home);
  } catch (error) {
    await home.remove();
    throw error;
  }
}

interface Home {
  readonly data: string;
  readonly bin: string;
  readonly major: number;
  readonly spawnOptions: {
    readonly env: NodeJS.ProcessEnv;
    readonly cwd: string;
    readonly uid?: number;
    readonly gid?: number;
  };
  readonly user: User | undefined;
  remove(): Promise<void>;
}

async function prepareHome(
  directory: string,
  binaries: PostgresBinaries,
  trackingId: string | undefined,
): Promise<Home> {
  const user = process.getuid?.() === 0 ? await unprivilegedUser() : undefined;
  const root = await createRoot(directory, user);
  const libraries = join(root, "lib");
  await mkdir(libraries);
  let bin = binaries.directory;
  if (user !== undefined && !mayEnter(user, bin)) {
    const copy = join(root, "native");
    await cp(dirname(bin), copy, { recursive: true });
    bin = join(copy, "bin");
    for (const { name, file } of binaries.libraries) await linkOrCopy(file, join(libraries, name));
  } else {
    for (const { name, file } of binaries.libraries) await symlink(file, join(libraries, name));
  }
  const searched = process.platform === "darwin" ? "DYLD_LIBRARY_PATH" : "LD_LIBRARY_PATH";
  const env = {
    ...{ PATH: "/usr/bin:/bin", LC_ALL: "C" },
    ...(binaries.libraries.length > 0 && { [searched]: libraries }),
    ...(trackingId !== undefined && { RUNNER_TRACKING_ID: trackingId }),
  };
  return {
    data: join(root, "data"),
    bin,
    major: binaries.major,
    spawnOptions: { env, cwd: root, ...user },
    user,
    remove: () => rm(root, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/** The server's folder; below the system's temporary folder when its user may not enter the one that was asked for. */
async function createRoot(directory: string, user: User | undefined): Promise<string> {
  await mkdir(directory, { recursive: true });
  const elsewhere = user !== undefined && !mayEnter(user, directory);
  const root = await mkdtemp(join(elsewhere ? tmpdir() : directory, "postgres-"));
  if (user === undefined) return root;
  await chown(root, user.uid, user.gid);
  if (mayEnter(user, root)) return root;
  await rm(root, { recursive: true });
  throw new InputError(
    `PostgreSQL does not run as root, and the user it runs as instead (uid ${user.uid}) may enter neither ` +
      `${directory} nor ${tmpdir()}. Let everybody enter one of them (chmod o+x), or run as an ordinary user.`,
  );
}

async function linkOrCopy(file: string, to: string): Promise<void> {
  await link(file, to).catch(() => cp(file, to));
}

async function unprivilegedUser(): Promise<User> {
  const accounts = (await readFile("/etc/passwd", "utf8")).split("\n").map((line) => line.split(":"));
  // initdb looks its own user up by number, so a number without an account will not do.
  for (const name of ["postgres", "nobody"]) {
    const account = accounts.find(([login]) => login === name);
    if (account !== undefined) return { uid: Number(account[2]), gid: Number(account[3]) };
  }
  throw new InputError(
    "PostgreSQL does not run as root, and this machine has neither a user `postgres` nor `nobody`. " +
      "Create one (`useradd --system postgres`) or run as an ordinary user.",
  );
}

/** Whether every folder down to `path` lets the user through, by its mode bits. */
function mayEnter(user: User, path: string): boolean {
  const { mode, uid, gid } = statSync(path);
  const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
  const parent = dirname(path);
  return (mode & bit) !== 0 && (parent === path || mayEnter(user, parent));
}

async function createCluster(home: Home, password: string): Promise<void> {
  const passwordFile = join(dirname(home.data), "password");
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  if (home.user !== undefined) await chown(passwordFile, home.user.uid, home.user.gid);
  const args = [
    ...["--pgdata", home.data, "--username", "postgres", "--pwfile", passwordFile],
    ...["--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--no-sync", "--no-instructions"],
  ];
  try {
    await promisify(execFile)(join(home.bin, "initdb"), args, { ...home.spawnOptions });
  } catch (error) {
    throw new ProviderError("postgres", `A PostgreSQL data folder could not be created: ${(error as Error).message}`, {
      cause: error,
    });
  } finally {
    await rm(passwordFile, { force: true });
  }
}

async function startOnFreePort(
  home: Home,
  wanted: number | undefined,
  settings: Readonly<Record<string, string | number>>,
): Promise<{ child: ChildProcess; port: number }> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort(wanted ?? 0);
    const child = launch(home, port, settings);
    const log = await untilReady(child, home);
    if (log === undefined) return { child, port };
    // Between choosing a free port and listening on it another process may take it.
    if (attempt === 3 || wanted !== undefined) {
      throw new ProviderError("postgres", `The PostgreSQL server did not start. Its log ends: ${log}`);
    }
  }
}

async function freePort(wanted: number): Promise<number> {
  const probe = createServer();
  return new Promise((done, refused) => {
    probe.once("error", (error: NodeJS.ErrnoException) => {
      const taken = error.code === "EADDRINUSE";
      refused(
        taken ? new InputError(`Port ${wanted} on 127.0.0.1 is taken: choose another, or end what uses it.`) : error,
      );
    });
    probe.listen(wanted, "127.0.0.1", () => {
      const address = probe.address();
      const port = address !== null && typeof address === "object" ? address.port : wanted;
      probe.close(() => done(port));
    });
  });
}

function launch(home: Home, port: number, own: Readonly<Record<string, string | number>>): ChildProcess {
  const settings: Record<string, string | number> = {
    fsync: "off",
    synchronous_commit: "off",
    full_page_writes: "off",
    shared_buffers: "16MB",
    max_connections: 60,
    max_wal_size: "256MB",
    jit: "off",
    ...(home.major >= 18 && { io_method: "sync" }),
    ...own,
    listen_addresses: "127.0.0.1",
    port,
    unix_socket_directories: "",
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const log = openSync(join(dirname(home.data), "postgres.log"), "w");
  try {
    return spawn(join(home.bin, "postgres"), ["-D", home.data, ...args], {
      ...home.spawnOptions,
      stdio: ["ignore", log, log],
    });
  } finally {
    closeSync(log);
  }
}

/** Undefined once the server is ready; the end of its log when it gave up. */
async function untilReady(child: ChildProcess, home: Home): Promise<string | undefined> {
  let failure: string | undefined;
  child.once("error", (error) => {
    failure = error.message;
  });
  const deadline = performance.now() + readyWithinMs;
  while (failure === undefined && child.exitCode === null && child.signalCode === null) {
    // The eighth line of the lock file is the server's own word on its state; pg_ctl waits for the same.
    const lines = (await readFile(join(home.data, "postmaster.pid"), "utf8").catch(() => "")).split("\n");
    if (lines[0] === String(child.pid) && lines[7]?.trim() === "ready") return undefined;
    if (performance.now() > deadline) {
      await endServer(child);
      failure = `it was not ready within ${readyWithinMs / 1000} s`;
    }
    await delay(10);
  }
  const log = await readFile(join(dirname(home.data), "postgres.log"), "utf8").catch(() => "");
  return `${failure ?? ""} ${log.slice(-600)}`.trim();
}

function runningServer(child: ChildProcess, port: number, password: string, home: Home): PostgresServer {
  const endWithUs = () => child.kill("SIGQUIT");
  process.once("exit", endWithUs);
  const url: PostgresServer["url"] = (database, login = { user: "postgres", password }) =>
    `postgresql://${encodeURIComponent(login.user)}:${encodeURIComponent(login.password)}` +
    `@127.0.0.1:${port}/${encodeURI(database)}`;
  return {
    port,
    pid: child.pid ?? 0,
    adminUrl: url("postgres"),
    url,
    stop: async (how) => {
      await endServer(child, how === "immediately" ? "SIGQUIT" : "SIGINT");
      process.off("exit", endWithUs);
      await home.remove();
    },
  };
}

/** Fast shutdown first; a server that does not obey is killed, and its children follow it by themselves. */
async function endServer(child: ChildProcess, signal: "SIGINT" | "SIGQUIT" = "SIGINT"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = new Promise<true>((done) => child.once("exit", () => done(true)));
  child.kill(signal);
  if ((await Promise.race([ended, delay(5_000, false, { ref: false })])) === true) return;
  child.kill("SIGKILL");
  await ended;
}
