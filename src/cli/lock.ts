import { parseArgs } from "node:util";
import { exitCodes } from "../exit-code.ts";
import { InputError } from "../failure.ts";
import { plainText } from "../plain-text.ts";
import { terminalPorts } from "../runner/ports.ts";
import { appendByHand } from "./append-by-hand.ts";
import { openLaptop, recordOptions } from "./laptop.ts";

const longestReason = 500;

/** `sluice lock --reason TEXT`: no release gets traffic in this environment until it is unlocked. */
export async function run(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { ...recordOptions, reason: { type: "string" } } });
  const reason = plainText(values.reason ?? "")
    .replaceAll(/\s+/g, " ")
    .trim();
  if (reason === "" || reason.length > longestReason)
    throw new InputError(
      `A lock needs a reason that others understand, at most ${longestReason} characters: sluice lock --reason "TEXT"`,
    );
  const { environment } = values;
  const ports = terminalPorts(new AbortController().signal);
  const done = await appendByHand(await openLaptop(values, ports), environment, ports, ({ lock }) =>
    lock === null ? { kind: "locked", reason } : undefined,
  );
  const { lock, entries } = done.record;
  // A name that was mistyped would leave the environment that was meant unlocked.
  const first =
    entries === 1 ? ` It is the first that was ever recorded of ${environment}: see that this is its name.` : "";
  process.stdout.write(
    done.appended
      ? `${environment} is locked. Nothing gets more traffic until \`sluice unlock\`; rolling back works all the time.${first}\n`
      : `${environment} is locked already, by ${plainText(lock?.actor ?? "")}: ${plainText(lock?.reason ?? "")}\n`,
  );
  return exitCodes.fine;
}
