import { parseArgs } from "node:util";
import { prove, tellSchedule } from "../../src/proof/prove.ts";
import { terminalPorts } from "../../src/runner/ports.ts";

const parts = ["coverage", "exploration", "schedules", "mutants", "kill"];
const { values, positionals } = parseArgs({
  options: {
    seed: { type: "string" },
    only: { type: "string", multiple: true, default: [] },
    part: { type: "string", default: "1/1" },
    scale: { type: "string", default: "1" },
    signal: { type: "string", multiple: true, default: [] },
    deep: { type: "boolean", default: false },
    journey: { type: "string", multiple: true, default: [] },
  },
  allowPositionals: true,
});
const write = (text: string) => void process.stdout.write(`${text}\n`);
const only = [...values.only, ...positionals];
const unknown = only.filter((part) => !parts.includes(part));
if (unknown.length > 0) {
  write(`There is no part ${unknown.join(", ")} to prove; there are ${parts.join(", ")}.`);
  process.exit(2);
}
const [, number = "", of = ""] = /^([1-9])\/([1-9])$/.exec(values.part) ?? [];
if (of === "" || Number(number) > Number(of)) {
  write(`--part is ${values.part} and must be like 1/2: the first half of the mutants.`);
  process.exit(2);
}
const part = { number: Number(number), of: Number(of) };
const ports = terminalPorts(new AbortController().signal);
const proven =
  values.seed === undefined
    ? await prove({
        write,
        scale: Number(values.scale),
        only,
        ports,
        part,
        deep: values.deep,
        signals: values.signal,
        journeys: values.journey,
      })
    : await tellSchedule(Number(values.seed), write);
if (!proven) process.exitCode = 1;
