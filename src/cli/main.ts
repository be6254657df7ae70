import { exitCodeOfError, exitCodes } from "../exit-code.ts";
import { InputError, ProviderError } from "../failure.ts";
import { plainText } from "../plain-text.ts";

const usage = `sluice <command>

  rehearse   run the workflows of a repository on this machine, against a small real production
  check      check a runbook and print what a release would do
`;

/** Commands are loaded when they are asked for: `check` must not wait for what a rehearsal needs. */
const commands: Readonly<Record<string, () => Promise<{ run(args: readonly string[]): Promise<number> }>>> = {
  rehearse: () => import("./rehearse.ts"),
  check: () => import("./check.ts"),
};

async function main([name, ...args]: readonly string[]): Promise<number> {
  if (name === undefined || name === "help" || name === "--help") {
    process.stdout.write(usage);
    return exitCodes.fine;
  }
  const command = commands[name];
  if (command === undefined) throw new InputError(`There is no command ${name}.\n\n${usage}`);
  return (await command()).run(args);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (problem) {
  const known = problem instanceof InputError || problem instanceof ProviderError;
  const text = known
    ? problem.message
    : `This is a defect of Sluice; please report it with these lines.\n${problem instanceof Error ? problem.stack : problem}`;
  process.stderr.write(`${plainText(text)}\n`);
  process.exitCode = exitCodeOfError(problem);
}
