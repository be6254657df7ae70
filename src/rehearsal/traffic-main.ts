import { closeSync, openSync, writeSync } from "node:fs";
import { parseArgs } from "node:util";
import { InputError } from "../failure.ts";
import { runPart, untilAskedToEnd } from "./part-process.ts";
import { startTraffic } from "./traffic.ts";

/**
 * The traffic driver as a process of its own, so that nothing else can disturb its schedule. Each line of the ground
 * truth goes to `--record <file>` and to standard output as soon as it is known; SIGTERM, SIGINT or the end of
 * standard input ends the traffic and completes the file.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      url: { type: "string" },
      record: { type: "string" },
      rate: { type: "string", default: "1000" },
      "max-in-flight": { type: "string", default: "500" },
    },
  });
  if (values.url === undefined || !URL.canParse(values.url))
    throw new InputError("--url must be production's address.");
  if (values.record === undefined) throw new InputError("--record must name the file the ground truth is written to.");
  const file = openSync(values.record, "w");
  const traffic = startTraffic({
    url: values.url,
    rate: numberIn("--rate", values.rate),
    maxInFlight: numberIn("--max-in-flight", values["max-in-flight"]),
    answerWithinMs: 15_000,
    random: Math.random,
    record: (line) => {
      const row = `${JSON.stringify(line)}\n`;
      writeSync(file, row);
      process.stdout.write(row);
    },
  });
  // A reader that is gone must not end the recording.
  process.stdout.on("error", () => undefined);
  await untilAskedToEnd(process);
  await traffic.stop();
  closeSync(file);
}

function numberIn(option: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value) && value >= 0) return value;
  throw new InputError(`${option} is "${text}" and must be a number that is not negative.`);
}

await runPart(main);
