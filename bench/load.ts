import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { median, table } from "./table.ts";

const root = path.resolve(import.meta.dirname, "..");
const rounds = 21;
/** Written by the measured process itself when it ends: user and system time of all its threads. */
const hook =
  "data:text/javascript,process.on('exit',()=>{const c=process.cpuUsage();process.stderr.write('CPU '+(c.user+c.system)+'\\n')})";

/**
 * CPU a program needs until it has loaded and said that it is not inside a workflow, above an empty program's.
 * Rounds are interleaved, so that a busy moment of the machine hits all alike. `npm run bench -- load FILE …` adds
 * other actions' bundles to the comparison.
 */
export async function run(others: readonly string[]): Promise<void> {
  const folder = mkdtempSync(path.join(os.tmpdir(), "sluice-bench-"));
  const empty = path.join(folder, "empty.mjs");
  writeFileSync(empty, "");
  const actions = readdirSync(path.join(root, "dist")).filter((file) => file.endsWith(".js"));
  const programs = [
    empty,
    ...actions.map((file) => path.join(root, "dist", file)),
    ...others.map((file) => path.resolve(file)),
  ];
  const samples = new Map<string, number[]>(programs.map((program) => [program, []]));
  for (let round = 0; round < rounds; round++) for (const [program, taken] of samples) taken.push(cpuMs(program));
  const base = median(samples.get(empty) ?? []);
  const rows = programs.slice(1).map((program) => {
    const taken = samples.get(program) ?? [];
    const name = program.startsWith(root) ? `sluice ${path.basename(program, ".js")}` : program;
    return [name, (median(taken) - base).toFixed(1), (Math.min(...taken) - base).toFixed(1)];
  });
  process.stdout.write(table(["loading, CPU ms above an empty program", "median", "least"], rows));
  process.stdout.write(
    `empty program: ${base.toFixed(1)} ms; ${rounds} interleaved rounds on Node ${process.version}\n`,
  );
  process.stdout.write(`JavaScript of all actions: ${(bytesOfJavaScript() / 1e6).toFixed(2)} MB\n`);
  rmSync(folder, { recursive: true });
}

function cpuMs(program: string): number {
  const { stderr } = spawnSync(process.execPath, ["--import", hook, program], {
    encoding: "utf8",
    env: { PATH: process.env["PATH"] ?? "" },
  });
  const spent = /CPU (\d+)/.exec(stderr)?.[1];
  if (spent === undefined) throw new Error(`${program} did not run: ${stderr.slice(0, 300)}`);
  return Number(spent) / 1000;
}

function bytesOfJavaScript(): number {
  return readdirSync(path.join(root, "dist"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".js"))
    .reduce((sum, entry) => sum + statSync(path.join(entry.parentPath, entry.name)).size, 0);
}
