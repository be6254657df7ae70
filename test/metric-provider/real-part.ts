import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Measurement } from "../../src/metric-provider.ts";
import { exec } from "../../src/runner/ports.ts";

const searched = [...(process.env["PATH"] ?? "").split(path.delimiter), "/usr/sbin", "/usr/bin"];

/** Where a program is; undefined when it is not installed. */
export function find(program: string): string | undefined {
  return searched
    .map((folder) => path.join(folder, program))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** For a test's `skip`: the reason, when the real program is missing. */
export const without = (program: string): string | false =>
  find(program) === undefined ? `${program} is not installed` : false;

export interface Part {
  readonly directory: string;
  stop(): Promise<void>;
}

/** A real program in a folder of its own, until `stop`. */
export async function startPart(
  program: string,
  args: (directory: string) => Promise<readonly string[]> | readonly string[],
  ready: (directory: string) => Promise<boolean>,
): Promise<Part> {
  const directory = await mkdtemp(path.join(tmpdir(), `sluice-${path.basename(program)}-`));
  const child = spawn(find(program) ?? program, await args(directory), { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk) => (said = `${said}${chunk}`.slice(-2_000)));
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const stop = async () => {
    child.kill("SIGKILL");
    await ended;
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await until(async () => {
      if (child.exitCode !== null) throw new Error(`${program} ended at start: ${said}`);
      return ready(directory).catch(() => false);
    }, `${program} to be ready`);
  } catch (error) {
    await stop();
    throw error;
  }
  return { directory, stop };
}

/** Waits for a condition, at most 20 s. */
export async function until<T>(condition: () => Promise<T | false>, what: string): Promise<T> {
  const deadline = performance.now() + 20_000;
  for (;;) {
    const found = await condition();
    if (found !== false) return found;
    if (performance.now() > deadline) throw new Error(`Waited 20 s in vain for ${what}.`);
    await sleep(50);
  }
}

/** The real clock, network and processes. */
export const realPorts = (env: Readonly<Record<string, string | undefined>> = process.env) => ({
  fetch: globalThis.fetch,
  exec,
  env,
  cancelled: new AbortController().signal,
  clock: {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    sleep: async (ms: number, signal?: AbortSignal) => {
      await sleep(ms, undefined, signal === undefined ? {} : { signal });
    },
  },
});

/** `counts 3/10`, or why there is none. */
export const told = (measured: Measurement): string => {
  if (measured.kind === "no-data") return measured.reason;
  if (measured.kind === "counts") return `counts ${measured.bad}/${measured.total}`;
  return measured.kind === "value" ? `value ${measured.value}` : `histogram of ${measured.buckets.at(-1)?.count}`;
};
