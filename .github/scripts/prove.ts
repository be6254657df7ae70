import { parseArgs } from "node:util";
import { prove, tellSchedule } from "../../src/proof/prove.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    only: { type: "string", multiple: true },
    scale: { type: "string", default: "1" },
  },
});
const write = (text: string) => void process.stdout.write(`${text}\n`);
const proven =
  values.seed === undefined
    ? await prove({ write, scale: Number(values.scale), only: values.only ?? [] })
    : await tellSchedule(Number(values.seed), write);
if (!proven) process.exitCode = 1;
