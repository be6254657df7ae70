import { parseArgs } from "node:util";
import { exitCodes } from "../exit-code.ts";
import { plainText } from "../plain-text.ts";
import { terminalPorts } from "../runner/ports.ts";
import { appendByHand } from "./append-by-hand.ts";
import { openLaptop, recordOptions } from "./laptop.ts";

/** `sluice unlock`: releases may get traffic again. One that was held goes on with the next tick. */
export async function run(args: readonly string[]): Promise<number> {
  const options = { ...recordOptions, reason: { type: "string", default: "" } } as const;
  const { values } = parseArgs({ args: [...args], options });
  const { environment } = values;
  const reason = plainText(values.reason).replaceAll(/\s+/g, " ").trim().slice(0, 500);
  const ports = terminalPorts(new AbortController().signal);
  const { appended } = await appendByHand(await openLaptop(values, ports), environment, ports, ({ lock }) =>
    lock === null ? undefined : { kind: "unlocked", reason },
  );
  process.stdout.write(
    appended
      ? `${environment} is unlocked. A release that was held goes on with the next tick; one that was refused can be run again.\n`
      : `${environment} is not locked.\n`,
  );
  return exitCodes.fine;
}
