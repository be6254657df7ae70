import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "yaml";
import * as z from "zod";
import { inputVariables } from "../../rehearsal/workflow/action.ts";
import { createRunnerFiles } from "../../rehearsal/workflow/runner-files.ts";
import { type Blow, type Change, signalGroup, type Turnstile } from "./turnstile.ts";

const root = path.resolve(import.meta.dirname, "../../..");
const metadata = z.object({
  inputs: z.record(z.string(), z.object({ default: z.string().optional() })),
  runs: z.object({ main: z.string() }),
});

/** Names of all actions that are built, as folders of `actions/`. */
export const actionNames = (): readonly string[] => readdirSync(path.join(root, "actions")).sort();

export interface ActionCall {
  readonly name: string;
  readonly inputs: Readonly<Record<string, string>>;
  /** The runner's own variables of the job. */
  readonly env: Readonly<Record<string, string>>;
  readonly token: string;
  /** Folder for the runner's files. */
  readonly temp: string;
}

export interface Ended {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly outputs: Readonly<Record<string, string>>;
  readonly log: string;
  readonly changes: readonly Change[];
  /** Whether the blow fell. */
  readonly struck: boolean;
  /** GitHub's patience with a cancelled step was over, and it was killed. */
  readonly killedLate: boolean;
  /** Processes that were still there a moment after the end. */
  readonly orphans: readonly number[];
}

/** SIGINT, 7.5 s, SIGTERM, 2.5 s, SIGKILL: actions/runner, ProcessInvoker.cs. */
const patienceMs = 10_000;
/** How long children may take to notice that their parent is gone. */
const orphanGraceMs = 2_000;

const metadataOf = (name: string) =>
  metadata.parse(parse(readFileSync(path.join(root, "actions", name, "action.yml"), "utf8")));

/** What the runner would tell the action: its inputs, with the defaults of its action.yml. */
export function inputVariablesOf(call: ActionCall): Record<string, string> {
  const values = Object.entries(metadataOf(call.name).inputs).map(([input, { default: usual = "" }]) => {
    const value = call.inputs[input] ?? usual;
    return [input, value === "${{ github.token }}" ? call.token : value] as const;
  });
  return inputVariables(Object.fromEntries(values));
}

/** Runs a built action as a step does, in a process group of its own, and hits it where `blow` says. */
export async function runBuiltAction(call: ActionCall, turnstile: Turnstile, blow?: Blow): Promise<Ended> {
  const folder = path.join(root, "actions", call.name);
  const { runs } = metadataOf(call.name);
  const files = createRunnerFiles(call.temp);
  const mark = `kill-${randomUUID()}`;
  const env = {
    PATH: `${path.dirname(process.execPath)}${path.delimiter}${process.env["PATH"] ?? ""}`,
    ...call.env,
    ...files.env,
    ...inputVariablesOf(call),
    RUNNER_TRACKING_ID: mark,
  };
  const child = spawn(process.execPath, [path.join(folder, runs.main)], {
    env,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const pid = child.pid ?? 0;
  const said: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => said.push(chunk));
  let killedLate = false;
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve({ code, signal }));
  });
  let late: NodeJS.Timeout | undefined;
  turnstile.watch({ pid, ended }, blow, () => {
    late = setTimeout(() => {
      killedLate = true;
      signalGroup(pid, "SIGKILL");
    }, patienceMs);
  });
  const end = await ended;
  clearTimeout(late);
  child.stdout.destroy();
  child.stderr.destroy();
  const { changes, struck } = turnstile.leave();
  const { outputs } = files.collect();
  return {
    ...end,
    outputs: Object.fromEntries(outputs),
    log: Buffer.concat(said).toString(),
    changes,
    struck,
    killedLate,
    orphans: struck ? await orphansOf(mark) : [],
  };
}

async function orphansOf(mark: string): Promise<readonly number[]> {
  for (let waitedMs = 0; ; waitedMs += 100) {
    const alive = marked(mark);
    if (alive.length === 0 || waitedMs >= orphanGraceMs) return alive;
    await sleep(100);
  }
}

/** Processes with the job's mark in their environment; none where there is no /proc. */
function marked(mark: string): readonly number[] {
  const line = `RUNNER_TRACKING_ID=${mark}`;
  return processIds().filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, "latin1").split("\0").includes(line);
    } catch {
      return false;
    }
  });
}

function processIds(): readonly number[] {
  try {
    return readdirSync("/proc").map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}
