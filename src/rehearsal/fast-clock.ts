import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

/** A clock that all processes of a rehearsal share, and that runs fast from a moment on. */
export interface FastClock {
  /** What makes a Node process run by it. */
  readonly env: Readonly<Record<string, string>>;
  /** From now on time runs fast, for processes that start from now on. */
  begin(): void;
  now(): number;
  /** When a time of this clock really was. */
  realTime(at: number): number;
}

/** `file` holds when the clock began to run fast, and how fast; it is read by fast-clock-preload.ts. */
export function createFastClock(file: string, factor: number): FastClock {
  let began: number | undefined;
  writeFileSync(file, "");
  const preload = pathToFileURL(path.join(import.meta.dirname, "fast-clock-preload.ts")).href;
  return {
    env: { NODE_OPTIONS: `--import=${preload} --disable-warning=ExperimentalWarning`, REHEARSAL_CLOCK: file },
    begin() {
      if (began !== undefined) return;
      began = Date.now();
      writeFileSync(file, `${began} ${factor}`);
    },
    now: () => (began === undefined ? Date.now() : began + (Date.now() - began) * factor),
    realTime: (at) => (began === undefined || at < began ? at : began + (at - began) / factor),
  };
}

/** When the clock began to run fast and by how much; undefined while it has not. */
export function readFastClock(file: string): { readonly began: number; readonly factor: number } | undefined {
  const [began, factor] = readFileSync(file, "utf8").trim().split(" ").map(Number);
  return began === undefined || factor === undefined || !(factor > 0) ? undefined : { began, factor };
}
