import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const names = ["GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_STATE", "GITHUB_STEP_SUMMARY"] as const;

/** Where a step's process leaves its outputs, environment, paths, state and summary. */
export interface RunnerFiles {
  /** The variables that tell the process the files' names. */
  readonly env: Readonly<Record<string, string>>;
  /** Reads the files and deletes them. */
  readonly collect: () => Left;
}

/** What a step left behind. */
export interface Left {
  readonly outputs: readonly Pair[];
  readonly env: readonly Pair[];
  readonly paths: readonly string[];
  readonly state: readonly Pair[];
  readonly summary: string;
  /** Files the runner could not read; each fails the step. */
  readonly faults: readonly string[];
  /** Things it refused without failing the step. */
  readonly complaints: readonly string[];
}

export type Pair = readonly [name: string, value: string];

/** GitHub drops a step's summary beyond this many bytes. */
export const summaryLimit = 1024 * 1024;

export function createRunnerFiles(temp: string): RunnerFiles {
  const folder = join(temp, "_runner_file_commands", randomUUID());
  mkdirSync(folder, { recursive: true });
  const env = Object.fromEntries(names.map((name) => [name, join(folder, name.toLowerCase())]));
  for (const file of Object.values(env)) writeFileSync(file, "");
  const read = (name: (typeof names)[number]): string => readText(join(folder, name.toLowerCase()));
  return {
    env,
    collect: () => {
      const faults: string[] = [];
      const pairs = (name: (typeof names)[number], shown: string): readonly Pair[] => {
        try {
          return readPairs(read(name));
        } catch (error) {
          faults.push(`Unable to process file command '${shown}' successfully. ${String(Object(error).message)}`);
          return [];
        }
      };
      const env = pairs("GITHUB_ENV", "env");
      const outputs = pairs("GITHUB_OUTPUT", "output");
      const state = pairs("GITHUB_STATE", "state");
      const blocked = env.filter(([name]) => name.toUpperCase() === "NODE_OPTIONS");
      const complaints = blocked.map(([name]) => `Can't store ${name} output parameter using '$GITHUB_ENV' command.`);
      const size = statSync(join(folder, "github_step_summary"), { throwIfNoEntry: false })?.size ?? 0;
      if (size > summaryLimit) complaints.push(summaryRefusal(size));
      const left: Left = {
        outputs,
        env: env.filter(([name]) => name.toUpperCase() !== "NODE_OPTIONS"),
        paths: read("GITHUB_PATH")
          .split("\n")
          .filter((line) => line !== ""),
        state,
        summary: size > summaryLimit ? "" : read("GITHUB_STEP_SUMMARY"),
        faults,
        complaints,
      };
      rmSync(folder, { recursive: true, force: true });
      return left;
    },
  };
}

function summaryRefusal(size: number): string {
  const kibibytes = (bytes: number): number => Math.floor(bytes / 1024);
  return `$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of ${kibibytes(summaryLimit)}k, got ${kibibytes(size)}k.`;
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    // A step may delete its file; the runner takes that as nothing said.
    return "";
  }
}

/** `name=value` lines and `name<<delimiter` blocks, as actions/runner's FileCommandManager.cs reads them. */
export function readPairs(text: string): readonly Pair[] {
  const pairs: Pair[] = [];
  const lines = text.split("\n");
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? "";
    if (line === "") continue;
    const equals = line.indexOf("=");
    const heredoc = line.indexOf("<<");
    if (equals >= 0 && (heredoc < 0 || equals < heredoc)) {
      if (equals === 0) throw new Error(`Invalid format '${line}'. Name must not be empty`);
      pairs.push([line.slice(0, equals), line.slice(equals + 1)]);
    } else if (heredoc >= 0) {
      const name = line.slice(0, heredoc);
      const delimiter = line.slice(heredoc + 2);
      if (name === "" || delimiter === "") {
        throw new Error(`Invalid format '${line}'. Name must not be empty and delimiter must not be empty`);
      }
      const end = lines.indexOf(delimiter, index + 1);
      if (end < 0) throw new Error(`Invalid value. Matching delimiter not found '${delimiter}'`);
      pairs.push([name, lines.slice(index + 1, end).join("\n")]);
      index = end;
    } else throw new Error(`Invalid format '${line}'`);
  }
  return pairs;
}
