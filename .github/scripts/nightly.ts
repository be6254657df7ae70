import { spawn } from "node:child_process";
import path from "node:path";
import { parseArgs } from "node:util";
import { prove } from "../../src/proof/prove.ts";
import { nightlyOfExamples, scenarios } from "../../src/rehearsal/scenario.ts";
import { terminalPorts } from "../../src/runner/ports.ts";

/**
 * Everything the pull request proves, ten times as long, the good rehearsal again and again, the scenarios that take
 * long, and the gate beside other judges with as many runs as its figures in docs/gate.md rest on.
 */
const { values } = parseArgs({
  options: { scale: { type: "string", default: "10" }, rehearsals: { type: "string", default: "50" } },
});
const root = path.resolve(import.meta.dirname, "../..");
const write = (text: string) => void process.stdout.write(`${text}\n`);

const run = (output: "ignore" | "inherit", ...args: readonly string[]) =>
  new Promise<number>((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", output, "inherit"] });
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
  });

const rehearse = (scenario: string, example = "quickstart", rate = 1_000) =>
  run("ignore", "src/cli/main.ts", "rehearse", "--scenario", scenario, "--example", example, "--rate", String(rate));

const proven = await prove({
  write,
  scale: Number(values.scale),
  only: [],
  ports: terminalPorts(new AbortController().signal),
  everyKill: true,
  deep: true,
});
const wanted = Number(values.rehearsals);
let good = 0;
for (let number = 1; number <= wanted; number++) {
  const started = performance.now();
  const code = await rehearse("good");
  if (code === 0) good += 1;
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  write(`rehearsal ${number}/${wanted}  ${code === 0 ? "as it should be" : `ended with ${code}`}  ${seconds} s`);
}
write(`rehearsals ${good}/${wanted} as they should be`);
await run("inherit", "bench/main.ts", "gate", "--full");
let asTold = true;
const played = [
  ...scenarios.filter(({ nightly }) => nightly === true),
  ...nightlyOfExamples.flatMap(({ example, names, rate }) => names.map((name) => ({ name, example, rate }))),
];
for (const { name, example = "quickstart", rate } of played) {
  const code = await rehearse(name, example, rate);
  asTold &&= code === 0;
  write(`scenario ${name} of ${example}  ${code === 0 ? "as it should be" : `ended with ${code}`}`);
}
if (!proven || good < wanted || !asTold) process.exitCode = 1;
