import type { ChildProcess } from "node:child_process";
import { setTimeout as wait } from "node:timers/promises";
import * as core from "@actions/core";
import { plainText } from "../plain-text.ts";
import type { ExecOptions, ExecResult, Log, Ports } from "../ports.ts";
import { secretForms } from "../secret-forms.ts";

const keptOutput = 1024 * 1024;

/** The real clock, network, processes and log of a workflow step. */
export function runnerPorts(cancelled: AbortSignal): Ports {
  return {
    clock: {
      now: () => Date.now(),
      monotonic: () => performance.now(),
      sleep: async (ms, signal) => {
        await wait(ms, undefined, signal === undefined ? {} : { signal });
      },
    },
    random: Math.random,
    fetch: globalThis.fetch,
    exec,
    env: process.env,
    log: runnerLog,
    cancelled,
    mask: (secret) => {
      for (const form of secretForms(secret)) core.setSecret(form);
    },
  };
}

/** The same for a command in a terminal: nothing but warnings and errors is printed. */
export function terminalPorts(cancelled: AbortSignal): Ports {
  const print = (message: string) => void process.stderr.write(`${plainText(message)}\n`);
  return {
    ...runnerPorts(cancelled),
    log: { info: () => undefined, notice: () => undefined, warn: print, error: print },
    mask: () => undefined,
  };
}

const runnerLog: Log = {
  info: (message) => core.info(plainText(message)),
  notice: (message, place) => core.notice(plainText(message), annotated(place)),
  warn: (message) => core.warning(plainText(message)),
  error: (message, place) => core.error(plainText(message), annotated(place)),
};

const annotated = (place: Parameters<Log["error"]>[1]) =>
  place === undefined ? {} : { file: place.file, startLine: place.line, startColumn: place.column };

/** Ends the whole process group: a shell's children do not die with the shell. */
function endGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is gone already.
  }
}

/** Programs that run right now: they end with us. One listener for all of them, since a fleet's commands are many. */
const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) endGroup(child.pid, "SIGKILL");
});

/** Runs a program without a shell, with exactly the environment given. */
export function exec(file: string, args: readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
  const { spawn } = process.getBuiltinModule("node:child_process");
  return new Promise((resolve, reject) => {
    const child = spawn(file, [...args], {
      cwd: options.cwd,
      env: { ...options.env },
      detached: true,
      stdio: ["pipe", "pipe", "pipe"],
    });
    running.add(child);
    const late =
      options.timeoutMs === undefined ? undefined : setTimeout(() => endGroup(child.pid, "SIGKILL"), options.timeoutMs);
    const onAbort = () => endGroup(child.pid, "SIGKILL");
    options.signal?.addEventListener("abort", onAbort, { once: true });
    if (options.signal?.aborted) onAbort();
    const out = collect(child.stdout, options.onLine);
    const err = collect(child.stderr, options.onLine);
    child.stdin.on("error", () => undefined);
    if (options.holdInput === true) child.stdin.write(options.stdin ?? "");
    else child.stdin.end(options.stdin ?? "");
    const done = () => {
      clearTimeout(late);
      options.signal?.removeEventListener("abort", onAbort);
      running.delete(child);
    };
    child.on("error", (problem) => {
      done();
      reject(problem);
    });
    child.on("close", (code, signal) => {
      done();
      resolve({ code, signal, stdout: out(), stderr: err() });
    });
  });
}

/** Gathers a stream, keeping its end, and hands out whole lines. */
function collect(stream: NodeJS.ReadableStream, onLine: ((line: string) => void) | undefined): () => string {
  let kept = "";
  let line = "";
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => {
    kept = (kept + chunk).slice(-keptOutput);
    if (onLine === undefined) return;
    const lines = (line + chunk).split("\n");
    line = lines.pop() ?? "";
    lines.forEach(onLine);
  });
  stream.on("end", () => {
    if (line !== "") onLine?.(line);
  });
  return () => kept;
}
