import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { DURATION_EXAMPLES, formatDuration, parseDuration } from "../duration.ts";
import { exitCodes } from "../exit-code.ts";
import { InputError } from "../failure.ts";
import { formatProblems } from "../problem.ts";
import { readRunbook } from "../runbook-file.ts";
import { menu } from "../simulation/fault-menu.ts";
import { simulate, usualTickMs } from "../simulation/simulate.ts";
import { simulationText } from "../simulation/simulation-text.ts";

/** `sluice simulate [runbook]`: how much traffic is left where, for how long, under which fault. Needs no network. */
export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      schedules: { type: "string", default: "10000" },
      seed: { type: "string", default: "1" },
      "tick-every": { type: "string", default: formatDuration(usualTickMs) },
      only: { type: "string", multiple: true, default: [] },
      json: { type: "boolean", default: false },
    },
  });
  const file = positionals[0] ?? ".github/runbook.yml";
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined)
    throw new InputError(`There is no runbook at ${file}; name one: sluice simulate path/to/runbook.yml`);
  const read = readRunbook(text, file);
  if (!read.ok) {
    process.stderr.write(`${formatProblems(read.problems)}\n`);
    return exitCodes.configuration;
  }
  const tickEveryMs = parseDuration(values["tick-every"]);
  if (tickEveryMs === undefined || tickEveryMs < 60_000)
    throw new InputError(
      `--tick-every is ${values["tick-every"]}; give a duration of a minute or more, such as ${DURATION_EXAMPLES}.`,
    );
  const only = values.only.flatMap((ids) => ids.split(",")).map((id) => id.trim().toUpperCase());
  const unknown = only.filter((id) => !menu.some((item) => item.id === id));
  if (unknown.length > 0)
    throw new InputError(
      `There is no fault ${unknown.join(", ")} on the menu; it has ${menu.map(({ id }) => id).join(", ")}.`,
    );
  const result = await simulate({
    runbook: read.value,
    schedules: wholeNumber("schedules", values.schedules, 1),
    seed: wholeNumber("seed", values.seed, 0),
    tickEveryMs,
    only,
  });
  process.stdout.write(
    values.json ? `${JSON.stringify(result, null, 2)}\n` : simulationText(result, `sluice simulate ${file}`),
  );
  return result.broken.length > 0 ? exitCodes.ambiguous : exitCodes.fine;
}

function wholeNumber(name: string, text: string, least: number): number {
  const number = Number(text);
  if (/^\d{1,9}$/.test(text) && number >= least) return number;
  throw new InputError(`--${name} is ${text}; give a whole number from ${least} to 999999999.`);
}
