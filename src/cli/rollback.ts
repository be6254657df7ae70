import { existsSync, readFileSync, statSync } from "node:fs";
import { parseArgs } from "node:util";
import { exitCodeOf } from "../exit-code.ts";
import { InputError } from "../failure.ts";
import { plainText } from "../plain-text.ts";
import { proveRecovery } from "../prove-recovery.ts";
import { restoreProduction } from "../restore-production.ts";
import { rollbackTarget } from "../rollback-target.ts";
import { terminalPorts } from "../runner/ports.ts";
import { openLaptop, recordOptions } from "./laptop.ts";

const options = {
  ...recordOptions,
  to: { type: "string" },
  reason: { type: "string", default: "requested" },
  target: { type: "string" },
  force: { type: "boolean", default: false },
  "only-record": { type: "boolean", default: false },
} as const;

/** `sluice rollback`: gives production back from this machine. Needs the platform; everything else is a help. */
export async function run(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options });
  const ports = terminalPorts(new AbortController().signal);
  const laptop = await openLaptop(values, ports);
  const { workspace, variables } = laptop;
  const where = { target: targetText(values.target), runbook: values.runbook, workspace, variables };
  const target = await rollbackTarget(where, ports);
  const { verdict, version } = await restoreProduction({
    ports,
    target,
    environment: values.environment,
    to: values.to,
    reason: values.reason,
    force: values.force,
    onlyRecord: values["only-record"],
    author: laptop.author,
    store: laptop.store,
    lastSeen: laptop.lastSeen,
    witness: laptop.witness,
    onEntry: laptop.onEntry,
    prove: (release) => proveRecovery({ runbook: values.runbook, workspace, variables, target, release }, ports),
  });
  const stream = verdict.verdict === "pass" ? process.stdout : process.stderr;
  stream.write(`${plainText(verdict.message)}\n`);
  if (version !== undefined) process.stdout.write(`Serving all traffic now: ${plainText(version)}\n`);
  return exitCodeOf(verdict);
}

/** `--target` takes the YAML itself, or a file that holds it. */
function targetText(given: string | undefined): string | undefined {
  if (given === undefined || !existsSync(given)) return given;
  if (!statSync(given).isFile()) throw new InputError(`--target names ${given}, which is not a file.`);
  return readFileSync(given, "utf8");
}
