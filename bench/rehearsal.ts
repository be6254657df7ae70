import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { table } from "./table.ts";

const root = path.resolve(import.meta.dirname, "..");
const everyMs = 250;

/**
 * `npm start` as a whole: seconds, and the peak of its processes' proportional memory (PSS: a page shared by n
 * processes counts 1/n for each). Processes are known by a mark in their environment or by their parents; Linux only.
 */
export async function run(): Promise<void> {
  const began = performance.now();
  const child = spawn("npm", ["start"], { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  let peak = 0;
  const sampling = setInterval(() => {
    peak = Math.max(
      peak,
      treeOf(child.pid ?? -1).reduce((sum, pid) => sum + pssKb(pid), 0),
    );
  }, everyMs);
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  clearInterval(sampling);
  const seconds = (performance.now() - began) / 1000;
  const said = (pattern: RegExp) => pattern.exec(output)?.[1] ?? "not printed";
  process.stdout.write(
    table(
      ["npm start", "figure"],
      [
        ["exit code", String(code)],
        ["seconds", seconds.toFixed(1)],
        ["peak memory, MB (PSS of all processes)", (peak / 1024).toFixed(0)],
        ["good release promoted after, s", said(/✓ good: .*\(([\d.]+) s/)],
        ["bad one off all traffic after its first bad answer, s", said(/off all traffic ([\d.]+) s/)],
      ],
    ),
  );
}

function treeOf(ancestor: number): readonly number[] {
  const parents = new Map<number, number>();
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    const parent = /^PPid:\s*(\d+)/m.exec(text(`/proc/${entry}/status`))?.[1];
    if (parent !== undefined) parents.set(Number(entry), Number(parent));
  }
  const inTree = (pid: number): boolean =>
    pid === ancestor || (parents.has(pid) && pid > 1 && inTree(parents.get(pid) ?? 0));
  return [...parents.keys()].filter(inTree);
}

const pssKb = (pid: number): number => Number(/^Pss:\s*(\d+)/m.exec(text(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0);

function text(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    // The process ended between the listing and the look.
    return "";
  }
}
