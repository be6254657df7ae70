import { type ChildProcess, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import type { Timing } from "./timing.ts";

export interface StepProcess {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Aborting starts SIGINT, SIGTERM, SIGKILL. */
  readonly stop: AbortSignal;
  /** Aborting ends the process group at once. */
  readonly kill: AbortSignal;
  readonly timing: Timing;
  readonly onLine: (line: string) => void;
  /** Told once it runs; the process leads a group of its own. */
  readonly onStart?: (pid: number) => void;
}

/**
 * Runs a step's process to its end and returns its exit code (128 + signal's usual shell value when a signal ended it,
 * 127 when it could not start). SIGINT and SIGTERM go to the entry process alone, as on GitHub; only the final SIGKILL
 * goes to the whole group. (actions/runner, ProcessInvoker.cs)
 */
export async function runProcess(step: StepProcess): Promise<number> {
  const child = spawn(step.file, [...step.args], {
    cwd: step.cwd,
    env: { ...step.env },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const finishLines = [child.stdout, child.stderr].map((stream) => readLines(stream, step.onLine));
  const disarm = armStop(child, step);
  if (child.pid !== undefined) step.onStart?.(child.pid);
  try {
    return await ended(child, step);
  } finally {
    disarm();
    for (const finish of finishLines) finish();
  }
}

function ended(child: ChildProcess, step: StepProcess): Promise<number> {
  return new Promise((resolve) => {
    child.once("error", (error) => {
      step.onLine(`##[error]${error.message}`);
      resolve(127);
    });
    child.once("exit", (code, signal) => {
      const result = code ?? (signal === "SIGINT" ? 130 : signal === "SIGTERM" ? 143 : 137);
      // A server left behind may hold the pipes open for ever.
      const drained = setTimeout(() => {
        child.stdout?.destroy();
        child.stderr?.destroy();
      }, step.timing.drain);
      child.once("close", () => {
        clearTimeout(drained);
        resolve(result);
      });
    });
  });
}

function armStop(child: ChildProcess, step: StepProcess): () => void {
  const timers: NodeJS.Timeout[] = [];
  const killGroup = (): void => signalGroup(child);
  const stop = (): void => {
    child.kill("SIGINT");
    timers.push(
      setTimeout(() => child.kill("SIGTERM"), step.timing.interrupt),
      setTimeout(killGroup, step.timing.interrupt + step.timing.terminate),
    );
  };
  if (step.stop.aborted) stop();
  if (step.kill.aborted) killGroup();
  step.stop.addEventListener("abort", stop);
  step.kill.addEventListener("abort", killGroup);
  return () => {
    timers.forEach(clearTimeout);
    step.stop.removeEventListener("abort", stop);
    step.kill.removeEventListener("abort", killGroup);
  };
}

function signalGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // The group is gone already, which is what was wanted.
  }
}

/** Returns what must be called at the end, for a last line without a line break. */
function readLines(stream: Readable | null, onLine: (line: string) => void): () => void {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  stream?.on("data", (chunk: Buffer) => {
    const lines = (rest + decoder.write(chunk)).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line.endsWith("\r") ? line.slice(0, -1) : line);
  });
  return () => {
    if (rest !== "") onLine(rest);
    rest = "";
  };
}
