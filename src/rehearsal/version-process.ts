import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { lastLines } from "./last-lines.ts";
import { listenOnLoopback } from "./loopback.ts";

export interface VersionProcessOptions {
  readonly version: string;
  /** Where the command runs: the version's own copy of its tree. */
  readonly directory: string;
  readonly command: readonly [string, ...string[]];
  /** The version's whole environment besides PORT, VERSION and PATH. */
  readonly env: Readonly<Record<string, string>>;
  readonly searchPath: string;
  /** Chooses the loopback port the version is told to listen on. */
  readonly choosePort: () => Promise<number>;
  readonly health: Health;
}

export interface Health {
  /** Path that answers 2xx once the version can take traffic. */
  readonly path: string;
  /** Milliseconds the version has to become healthy. */
  readonly withinMs: number;
}

export interface VersionProcess {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly running: () => boolean;
  /** How it ended, as a clause such as `ended with exit code 1`; undefined while it runs. */
  readonly ending: () => string | undefined;
  /** The last 20 lines it printed, without control characters and without values of its environment. */
  readonly output: () => readonly string[];
  /** Asks with SIGTERM, insists with SIGKILL after `graceMs`; resolves when the process has ended. */
  stop(graceMs: number): Promise<void>;
}

export type StartFailureReason = "port-taken" | "command-not-found" | "exited-at-start" | "never-healthy";

export type StartResult =
  | { readonly started: true; readonly process: VersionProcess }
  | {
      readonly started: false;
      readonly reason: StartFailureReason;
      readonly message: string;
      readonly output: readonly string[];
    };

const outputLines = 20;
const healthEveryMs = 25;

/** A free loopback port, as the operating system sees it right now. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  const port = await listenOnLoopback(probe);
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

function portIsFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}

/**
 * Starts one version in a process group of its own and waits until it is healthy. A version that cannot start is a
 * value that says why; nothing of it is left running.
 */
export async function startVersion(options: VersionProcessOptions): Promise<StartResult> {
  const port = await options.choosePort();
  // Asked beforehand: otherwise a stranger on this port could answer the health check in the version's place.
  if (!(await portIsFree(port))) {
    return {
      started: false,
      reason: "port-taken",
      message:
        `Port ${port} on 127.0.0.1, chosen for version ${options.version}, is taken by another program. ` +
        "Stop that program, or stage again for another port.",
      output: [],
    };
  }
  const [file, ...args] = options.command;
  const output = lastLines(outputLines, Object.values(options.env));
  const child = spawn(file, args, {
    cwd: options.directory,
    env: { ...options.env, PORT: String(port), VERSION: options.version, PATH: options.searchPath },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stdout?.on("data", (chunk: Uint8Array) => output.write(chunk));
  child.stderr?.on("data", (chunk: Uint8Array) => output.write(chunk));
  const spawnError = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    child.once("spawn", () => resolve(undefined));
    child.once("error", resolve);
  });
  if (spawnError !== undefined || child.pid === undefined) {
    return {
      started: false,
      reason: "command-not-found",
      message:
        `The command "${file}" of version ${options.version} could not be started ` +
        `(${spawnError?.code ?? "no process"}). Name a program that is on the PATH, or an executable file of the commit.`,
      output: [],
    };
  }
  return becomeHealthy(versionProcess(child, child.pid, port, output.lines), options);
}

async function becomeHealthy(started: VersionProcess, options: VersionProcessOptions): Promise<StartResult> {
  const { version, health } = options;
  const deadline = performance.now() + health.withinMs;
  let last = "no connection was accepted";
  while (started.running()) {
    const left = deadline - performance.now();
    if (left <= 0) {
      await started.stop(0);
      const message =
        `Version ${version} did not become healthy within ${health.withinMs} ms: ${last} at ${health.path}. ` +
        "Read its last lines, mend it, or allow more time.";
      return { started: false, reason: "never-healthy", message, output: started.output() };
    }
    const answer = await healthAnswer(started.url + health.path, left);
    if (answer === "healthy" && started.running()) return { started: true, process: started };
    last = answer;
    await sleep(Math.min(healthEveryMs, left));
  }
  await started.stop(0);
  const message = `Version ${version} ${started.ending()} before it was healthy. Read its last lines and mend it.`;
  return { started: false, reason: "exited-at-start", message, output: started.output() };
}

async function healthAnswer(url: string, withinMs: number): Promise<string> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(Math.ceil(withinMs)), redirect: "manual" });
    await answer.arrayBuffer();
    return answer.ok ? "healthy" : `status ${answer.status}`;
  } catch (error) {
    return error instanceof Error && error.name === "TimeoutError" ? "no answer came" : "no connection was accepted";
  }
}

function versionProcess(
  child: ChildProcess,
  pid: number,
  port: number,
  output: () => readonly string[],
): VersionProcess {
  let ending: string | undefined;
  // `close` and not `exit`: by then the last lines have been read.
  const closed = new Promise<void>((resolve) => {
    child.once("exit", (code, signal) => {
      ending = signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
    });
    child.once("close", () => resolve());
  });
  const signalGroup = (signal: NodeJS.Signals): void => {
    try {
      process.kill(-pid, signal);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
    }
  };
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    pid,
    running: () => ending === undefined,
    ending: () => ending,
    output,
    async stop(graceMs) {
      signalGroup("SIGTERM");
      const insist = setTimeout(() => signalGroup("SIGKILL"), graceMs);
      await closed;
      clearTimeout(insist);
      // Whatever the version itself had started and left behind.
      signalGroup("SIGKILL");
    },
  };
}
