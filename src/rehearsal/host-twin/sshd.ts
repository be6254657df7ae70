import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { userInfo } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { lastLines } from "../last-lines.ts";
import { freePort } from "../version-process.ts";

export interface SshServerOptions {
  /** An empty folder for its keys and its configuration. */
  readonly directory: string;
  /** Folders that commands find programs in before the machine's own. */
  readonly path?: readonly string[];
  /** Variables of every command that runs through it. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface SshServer {
  /** `user@127.0.0.1:port`. */
  readonly destination: string;
  readonly port: number;
  /** The line of its present host key for a known_hosts file. */
  readonly knownHosts: string;
  /** The private key that it lets in. */
  readonly key: string;
  /** Lets in whoever holds another private key instead. */
  admit(key: string): void;
  /** Starts it anew with another host key, on the same port. */
  changeHostKey(): Promise<void>;
  /** Ends the server and every connection to it; `start` lets it answer again. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Ends the connections that stand, and goes on listening. */
  cut(): void;
}

/** Where Debian and others install the server: it insists on being started by its full path. */
const programs = ["/usr/sbin/sshd", "/usr/local/sbin/sshd", "/usr/bin/sshd"];
export const sshProgram = (): string | undefined => programs.find((file) => existsSync(file));

const startWithinMs = 10_000;

/**
 * A real OpenSSH server for the user we run as, on a loopback port, with keys of its own. Nothing of the machine's
 * configuration is read and no other user can log in.
 */
export async function startSshServer({
  directory,
  path: folders = [],
  env = {},
}: SshServerOptions): Promise<SshServer> {
  const program = sshProgram();
  if (program === undefined) throw new Error("No sshd is installed; install the package openssh-server.");
  mkdirSync(directory, { recursive: true });
  // Without it the server refuses to start as root; with Debian's package the folder is made by its service.
  if (userInfo().uid === 0) mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
  const port = await freePort();
  const hostKey = path.join(directory, "host_key");
  const userKey = path.join(directory, "user_key");
  makeKey(hostKey);
  makeKey(userKey);
  writeFileSync(path.join(directory, "authorized_keys"), readFileSync(`${userKey}.pub`), { mode: 0o600 });
  const searched = [...folders, process.env["PATH"] ?? "/usr/bin:/bin"].join(path.delimiter);
  // A shell that sshd starts reads `~/.bashrc`: that of this machine's user is none of the host's, and may take its time.
  const home = path.join(directory, "home");
  mkdirSync(home);
  const variables = Object.entries({ ...env, PATH: searched, HOME: home }).map(([name, value]) => `${name}=${value}`);
  const config = path.join(directory, "sshd_config");
  writeFileSync(
    config,
    [
      `Port ${port}`,
      "ListenAddress 127.0.0.1",
      `HostKey ${hostKey}`,
      `AuthorizedKeysFile ${path.join(directory, "authorized_keys")}`,
      `PidFile ${path.join(directory, "pid")}`,
      "PasswordAuthentication no",
      "KbdInteractiveAuthentication no",
      "UsePAM no",
      // Its folder lies below one that everybody may write to.
      "StrictModes no",
      "PermitRootLogin prohibit-password",
      "PrintMotd no",
      "AllowTcpForwarding yes",
      `SetEnv ${variables.map((variable) => `"${variable}"`).join(" ")}`,
      "",
    ].join("\n"),
  );

  let server: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    const output = lastLines(20, []);
    const child = spawn(program, ["-D", "-e", "-f", config], { stdio: ["ignore", "ignore", "pipe"] });
    server = child;
    child.stderr.on("data", (chunk: Uint8Array) => output.write(chunk));
    const deadline = performance.now() + startWithinMs;
    while (!(await answers(port))) {
      if (child.exitCode !== null || performance.now() > deadline)
        throw new Error(`The SSH server did not start: ${output.lines().join(" ")}`);
      await sleep(20);
    }
  };
  const cut = (): void => {
    for (const pid of childrenOf(server?.pid)) endProcess(pid);
  };
  const stop = async (): Promise<void> => {
    const child = server;
    server = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    for (const pid of childrenOf(child.pid)) endProcess(pid);
    child.kill("SIGTERM");
    await ended;
  };
  await start();
  return {
    destination: `${userInfo().username}@127.0.0.1:${port}`,
    port,
    get knownHosts() {
      return `[127.0.0.1]:${port} ${readFileSync(`${hostKey}.pub`, "utf8").trim()}`;
    },
    key: readFileSync(userKey, "utf8"),
    admit(key) {
      const file = path.join(directory, "other_key");
      writeFileSync(file, key, { mode: 0o600 });
      writeFileSync(path.join(directory, "authorized_keys"), execFileSync("ssh-keygen", ["-y", "-f", file]), {
        mode: 0o600,
      });
      rmSync(file);
    },
    async changeHostKey() {
      await stop();
      execFileSync("rm", ["-f", hostKey, `${hostKey}.pub`]);
      makeKey(hostKey);
      await start();
    },
    start,
    stop,
    cut,
  };
}

function makeKey(file: string): void {
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "sluice", "-f", file], { stdio: "ignore" });
}

/** A listening server greets first. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, "127.0.0.1");
    const done = (answered: boolean) => {
      socket.destroy();
      resolve(answered);
    };
    socket.once("data", () => done(true));
    socket.once("error", () => done(false));
    socket.once("close", () => done(false));
  });
}

/** One process for each connection; what runs on behalf of it ends with the pipe it writes to. */
function childrenOf(pid: number | undefined): readonly number[] {
  if (pid === undefined) return [];
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(/\s+/).filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, "SIGTERM");
  } catch {
    // It ended by itself.
  }
}
