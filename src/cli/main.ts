#!/usr/bin/env node
import { exitCodeOfError, exitCodes } from "../exit-code.ts";
import { InputError, ProviderError } from "../failure.ts";
import { plainText } from "../plain-text.ts";

const usage = `sluice <command>

  rehearse   run the workflows of a repository on this machine, against a small real production
  check      check a runbook and print what a release would do
  simulate   play the runbook under thousands of faults: how much traffic is left where, for how long
  judge      judge a series by limits, look by look; or compute every verdict of a record again
  status     what serves, what is being released, and what it waits for
  history    what happened in an environment, one line each
  rollback   give production back from this machine, also when GitHub is down
  lock       let no release get traffic until it is unlocked; rolling back always works
  unlock     let releases go on
`;

/** Commands are loaded when they are asked for: `check` must not wait for what a rehearsal needs. */
const commands: Readonly<Record<string, () => Promise<{ run(args: readonly string[]): Promise<number> }>>> = {
  rehearse: () => import("./rehearse.ts"),
  check: () => import("./check.ts"),
  simulate: () => import("./simulate.ts"),
  judge: () => import("./judge.ts"),
  status: () => import("./status.ts"),
  history: () => import("./history.ts"),
  rollback: () => import("./rollback.ts"),
  lock: () => import("./lock.ts"),
  unlock: () => import("./unlock.ts"),
};

async function main([name, ...args]: readonly string[]): Promise<number> {
  if (name === undefined || name === "help" || name === "--help") {
    process.stdout.write(usage);
    return exitCodes.fine;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) throw new InputError(`There is no command ${name}.\n\n${usage}`);
  return (await command()).run(args);
}

/** What node:util's parseArgs throws for an option that does not exist or has no value; its message says which. */
const isOddOption = (problem: unknown): problem is Error & { readonly code: string } =>
  problem instanceof Error &&
  "code" in problem &&
  typeof problem.code === "string" &&
  problem.code.startsWith("ERR_PARSE_ARGS");

// Whoever reads the output may stop early, such as `head`: that is no failure, and nothing is left to say.
process.stdout.on("error", (problem: NodeJS.ErrnoException) => {
  if (problem.code !== "EPIPE") throw problem;
  process.exit();
});

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (problem) {
  const known = problem instanceof InputError || problem instanceof ProviderError || isOddOption(problem);
  const text = known
    ? problem.message
    : `This is a defect of Sluice; please report it with these lines.\n${problem instanceof Error ? problem.stack : problem}`;
  process.stderr.write(`${plainText(text)}\n`);
  process.exitCode = isOddOption(problem) ? exitCodes.configuration : exitCodeOfError(problem);
}
