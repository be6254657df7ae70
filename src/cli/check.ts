import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { protectionWarnings } from "../behind-protection.ts";
import { tickCostText } from "../billed-minutes.ts";
import { exitCodes } from "../exit-code.ts";
import { InputError } from "../failure.ts";
import { gateText } from "../gate-text.ts";
import { planOf } from "../plan.ts";
import { planText } from "../plan-text.ts";
import { formatProblems } from "../problem.ts";
import { readRunbook } from "../runbook-file.ts";

/** `sluice check [file]`: every problem of a runbook with its place, or the plan. */
export async function run(args: readonly string[]): Promise<number> {
  const { positionals } = parseArgs({ args: [...args], allowPositionals: true });
  const file = positionals[0] ?? ".github/runbook.yml";
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined)
    throw new InputError(`There is no runbook at ${file}; name one: sluice check path/to/runbook.yml`);
  const read = readRunbook(text, file);
  if (!read.ok) {
    process.stderr.write(`${formatProblems(read.problems)}\n`);
    return exitCodes.configuration;
  }
  const plan = planOf(read.value);
  const gates = gateText(read.value);
  const lines = [...planText(plan), ...gates.lines, ...tickCostText(plan, read.value.ticks ?? "chain")];
  process.stdout.write(
    `${file} is valid. A release of ${read.value.service} to ${read.value.environment}:\n${lines.join("\n")}\n`,
  );
  for (const warning of [...gates.warnings, ...protectionWarnings(read.value)])
    process.stderr.write(`warning: ${warning}\n`);
  return exitCodes.fine;
}
