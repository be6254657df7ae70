import { InputError } from "../failure.ts";

/**
 * Runs a part of the rehearsal's world as a process of its own. What was asked for wrongly is one sentence on standard
 * error and exit code 2; anything else is a defect and keeps its stack.
 */
export async function runPart(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof InputError || isArgumentError(error))) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
  }
}

/** What `parseArgs` throws for an option it does not know. */
const isArgumentError = (error: unknown): error is Error =>
  error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");

/**
 * Resolves when a process of the rehearsal's world is to end: on SIGTERM, on SIGINT, or when its standard input ends.
 * The rehearsal holds the other side of that input, so nothing is left behind even when the rehearsal itself is killed.
 */
export function untilAskedToEnd(child: NodeJS.Process): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      child.stdin.destroy();
      resolve();
    };
    child.once("SIGTERM", end);
    child.once("SIGINT", end);
    child.stdin.once("end", end);
    child.stdin.once("error", end);
    child.stdin.resume();
  });
}
