import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { HealthCheck, Service } from "./compose-file.ts";
import type { Manifest } from "./images.ts";

export interface Container {
  readonly id: string;
  readonly name: string;
  readonly project: string;
  readonly service: string;
  readonly image: Manifest;
  readonly reference: string;
  readonly healthcheck: HealthCheck | undefined;
  readonly state: () => "running" | "exited" | "restarting";
  readonly exitCode: () => number;
  readonly restarts: () => number;
  readonly pid: () => number | undefined;
  /** Lines it printed since a moment, milliseconds since the epoch. */
  readonly logs: (since: number, until?: number) => readonly string[];
  /**
   * Result of its health check, tried now; `none` without one. What was healthy is so until it failed as often in a row
   * as its check says: https://docs.docker.com/reference/dockerfile/#healthcheck
   */
  health(): Promise<"healthy" | "unhealthy" | "none">;
  /** First asked to end, and killed when it does not; at once with `kill`. */
  stop(how?: "kill"): Promise<void>;
  /** Starts anew what was stopped. */
  start(): void;
}

const keptLines = 5_000;
const graceMs = 5_000;
const restartAfterMs = 100;

/** Of a container that is no copy of its service: another name, and whoever is attached to it. */
export interface OneOff {
  readonly name: string;
  readonly print: (stream: "out" | "err", chunk: string) => void;
  readonly ended: (code: number) => void;
}

/** Starts a service as a process. Having no network of its own, it is told the published port where it expects its own. */
export function startContainer(
  project: string,
  service: Service,
  image: Manifest,
  content: string,
  searchPath: string,
  oneOff?: OneOff,
): Container {
  const command = service.command ?? image.command;
  const port = service.ports[0];
  const env = {
    ...Object.fromEntries(
      Object.entries(service.environment).map(([name, value]) => [
        name,
        value === String(port?.target) ? String(port?.published) : value,
      ]),
    ),
    PATH: searchPath,
  };
  const healthcheck =
    service.healthcheck === "disabled"
      ? undefined
      : (service.healthcheck ??
        (image.healthcheck === undefined
          ? undefined
          : { test: ["CMD", ...image.healthcheck], intervalMs: 30_000, retries: 3, timeoutMs: 30_000 }));
  const printed: { at: number; line: string }[] = [];
  let child: ChildProcess | undefined;
  let [restarts, exitCode, stopped] = [0, 0, false];

  const keep = (stream: NodeJS.ReadableStream | null): void => {
    let rest = "";
    stream?.setEncoding("utf8").on("data", (chunk: string) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) printed.push({ at: Date.now(), line });
      printed.splice(0, Math.max(0, printed.length - keptLines));
    });
  };
  const start = (): void => {
    const [file = "false", ...args] = command;
    const started = spawn(file, args, { cwd: content, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    child = started;
    keep(started.stdout);
    keep(started.stderr);
    started.stdout.on("data", (chunk: string) => oneOff?.print("out", chunk));
    started.stderr.on("data", (chunk: string) => oneOff?.print("err", chunk));
    started.once("close", () => oneOff?.ended(exitCode));
    started.once("error", (error) => {
      printed.push({ at: Date.now(), line: error.message });
      exitCode = 127;
      child = undefined;
    });
    started.once("exit", (code, signal) => {
      exitCode = code ?? (signal === "SIGKILL" ? 137 : 143);
      endGroup(started.pid, "SIGKILL");
      if (child === started) child = undefined;
      if (!service.restarts || stopped) return;
      setTimeout(() => {
        if (stopped) return;
        restarts += 1;
        start();
      }, restartAfterMs).unref();
    });
  };
  /** Failures in a row since it was healthy; undefined before it ever was. */
  let failures: number | undefined;
  start();
  return {
    id: randomBytes(32).toString("hex"),
    name: oneOff?.name ?? `${project}-${service.name}-1`,
    project,
    service: service.name,
    image,
    reference: service.image ?? image.id,
    healthcheck,
    state: () => (child !== undefined ? "running" : service.restarts && !stopped ? "restarting" : "exited"),
    exitCode: () => exitCode,
    restarts: () => restarts,
    pid: () => child?.pid,
    logs: (since, until = Number.POSITIVE_INFINITY) =>
      printed.filter(({ at }) => at >= since && at < until).map(({ line }) => line),
    async health() {
      if (healthcheck === undefined) return "none";
      if (child === undefined) return "unhealthy";
      if (await succeeds(healthcheck, content, env)) {
        failures = 0;
        return "healthy";
      }
      failures = (failures ?? healthcheck.retries) + 1;
      return failures < healthcheck.retries ? "healthy" : "unhealthy";
    },
    start() {
      if (child !== undefined) return;
      stopped = false;
      start();
    },
    async stop(how) {
      stopped = true;
      const running = child;
      if (running === undefined) return;
      const ended = new Promise((resolve) => running.once("exit", resolve));
      endGroup(running.pid, how === "kill" ? "SIGKILL" : "SIGTERM");
      const insist = setTimeout(() => endGroup(running.pid, "SIGKILL"), graceMs);
      await ended;
      clearTimeout(insist);
    },
  };
}

/** Ends containers and forgets them. */
export async function remove(found: readonly Container[], containers: Container[], how?: "kill"): Promise<void> {
  await Promise.all(found.map((container) => container.stop(how)));
  for (const container of found) {
    // One that removes itself when it ends may be gone by now.
    const at = containers.indexOf(container);
    if (at >= 0) containers.splice(at, 1);
  }
}

function succeeds({ test, timeoutMs }: HealthCheck, cwd: string, env: Record<string, string>): Promise<boolean> {
  const [kind, ...words] = test;
  const [file = "false", ...args] = kind === "CMD-SHELL" ? ["sh", "-c", ...words] : words;
  return new Promise((resolve) => {
    const child = spawn(file, args, { cwd, env, detached: true, stdio: "ignore" });
    const late = setTimeout(() => endGroup(child.pid, "SIGKILL"), timeoutMs);
    child.once("error", () => resolve(false));
    child.once("exit", (code) => {
      clearTimeout(late);
      resolve(code === 0);
    });
  });
}

function endGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // The group is gone already.
  }
}

/** Share of one CPU and bytes in use, as the kernel counts them for the process itself. */
export async function usageOf(pid: number): Promise<{ readonly cpu: number; readonly bytes: number }> {
  const ticks = () => {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    return Number(fields[11]) + Number(fields[12]);
  };
  const [began, before] = [performance.now(), ticks()];
  await sleep(200);
  const cpu = ((ticks() - before) * 10) / (performance.now() - began);
  const bytes = Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) * 1024;
  return { cpu, bytes };
}
