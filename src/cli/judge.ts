import { readFile } from "node:fs/promises";
import { text as readAll } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { DURATION_EXAMPLES, parseDuration } from "../duration.ts";
import { exitCodeOf, exitCodes } from "../exit-code.ts";
import { InputError, messageOf } from "../failure.ts";
import { type Limit, parseLimit } from "../limit.ts";
import { plainText } from "../plain-text.ts";
import { headline } from "../record/headline.ts";
import { journalHistory } from "../record-store/journal-history.ts";
import { terminalPorts } from "../runner/ports.ts";
import { type GateOptions, judgeSeries, type Look } from "./judge/looks.ts";
import { type Recomputed, recompute } from "./judge/recorded.ts";
import { readSeries } from "./judge/series.ts";
import { looksTable } from "./judge/table.ts";

const usage = `sluice judge --limit "error-rate < 2%" [--limit ...] [options] [file|-]
sluice judge --record <git directory> --environment production [--json]

  --hold 5m --every 1m --max-hold 10m   the gate's times; the series' own when left out
  --alpha 0.01 --beta 0.05              its error bounds
  --by version --candidate v2 --stable v1   which series of a Prometheus answer are whose
  --json                                one line of JSON per look instead of a table
`;

const print = (line: string) => void process.stdout.write(`${line}\n`);

/** `sluice judge`: the verdict of a gate at every look at a series, or every verdict of a record computed again. */
export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parsed(args);
  if (values.help) {
    process.stdout.write(usage);
    return exitCodes.fine;
  }
  if (values.record !== undefined) return judgeRecord(values.record, values.environment, values.json);

  const limits = values.limit.map(limitOf);
  const [limit] = limits;
  if (limit === undefined) throw new InputError(`Say what must hold, such as --limit "error-rate < 2%".\n\n${usage}`);
  const { by, candidate, stable } = values;
  const [file = "-", ...others] = positionals;
  if (others.length > 0) throw new InputError(`One series at a time: ${others.join(" ")} is too much.`);
  const series = readSeries(await contentOf(file), file === "-" ? "standard input" : file, {
    metric: limit.metric,
    by,
    candidate,
    stable,
  });
  const options: GateOptions = {
    limits,
    candidate,
    stable,
    hold: durationIn("--hold", values.hold),
    every: durationIn("--every", values.every),
    maxHold: durationIn("--max-hold", values["max-hold"]),
    alpha: shareIn("--alpha", values.alpha),
    beta: shareIn("--beta", values.beta),
  };
  const looks = judgeSeries(series, options);
  const last = looks.at(-1);
  if (last === undefined) throw new InputError(`${file} has no batch that could be looked at.`);
  if (values.json) for (const [i, look] of looks.entries()) print(JSON.stringify(lineOf(look, i)));
  else {
    process.stdout.write(looksTable(looks, process.stdout.columns));
    print(`\n${last.verdict.verdict} (${last.verdict.reason}): ${plainText(last.verdict.message)}`);
  }
  return exitCodeOf(last.verdict);
}

function parsed(args: readonly string[]) {
  const time = { type: "string" } as const;
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        limit: { type: "string", multiple: true, default: [] },
        hold: time,
        every: time,
        "max-hold": time,
        alpha: { type: "string" },
        beta: { type: "string" },
        by: { type: "string", default: "version" },
        candidate: { type: "string", default: "candidate" },
        stable: { type: "string", default: "stable" },
        record: { type: "string" },
        environment: { type: "string", default: "production" },
        json: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
  } catch (problem) {
    throw new InputError(`${messageOf(problem)}\n\n${usage}`);
  }
}

const lineOf = ({ at, verdict }: Look, i: number) => ({ look: i + 1, at: new Date(at).toISOString(), ...verdict });

async function contentOf(file: string): Promise<string> {
  if (file === "-") return readAll(process.stdin);
  const content = await readFile(file, "utf8").catch(() => undefined);
  if (content === undefined)
    throw new InputError(`There is no series at ${file}; name a file, or - for standard input.`);
  return content;
}

/** Any metric name is a good one here: what it means stands in the series. */
function limitOf(text: string): Limit {
  const name = /^\s*([^\s<>=!]*)/.exec(text)?.[1] ?? "";
  const { limit, problems } = parseLimit(text, [name]);
  if (limit !== undefined) return limit;
  const told = problems.map(({ at, message, hint }) => `${" ".repeat(at)}^ ${message} ${hint}`);
  throw new InputError(`${[text, ...told].join("\n")}`);
}

function durationIn(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const milliseconds = parseDuration(text);
  if (milliseconds !== undefined && milliseconds > 0) return milliseconds;
  throw new InputError(`${option} is ${JSON.stringify(text)}; write a duration such as ${DURATION_EXAMPLES}.`);
}

function shareIn(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const share = /^0?\.\d+$/.test(text) ? Number(text) : Number.NaN;
  if (share > 0 && share < 1) return share;
  throw new InputError(`${option} is ${JSON.stringify(text)}; write a number between 0 and 1, such as 0.01.`);
}

async function judgeRecord(directory: string, environment: string, json: boolean): Promise<number> {
  const entries = await journalHistory(directory, environment, terminalPorts(new AbortController().signal));
  const all = recompute(entries);
  if (all.length === 0)
    throw new InputError(`The record of ${environment} in ${directory} holds no verdict (${entries.length} entries).`);
  for (const one of all) {
    if (json) print(JSON.stringify(recordedLine(one)));
    else
      print(
        `release ${one.entry.release}  ${plainText(headline(one.entry))}  ${one.outcome}: ${plainText(one.message)}`,
      );
  }
  const count = (outcome: Recomputed["outcome"]) => all.filter((one) => one.outcome === outcome).length;
  if (!json)
    print(
      `${all.length} verdicts: ${count("identical")} identical, ${count("different")} different, ${count("not-replayable")} not replayable`,
    );
  if (count("different") > 0) return exitCodes.ambiguous;
  return count("not-replayable") > 0 ? exitCodes.held : exitCodes.fine;
}

function recordedLine({ entry, outcome, message, looks }: Recomputed) {
  const { release, stage, shift, weight, verdict, reason } = entry;
  const again = looks.map((look) => ({ at: new Date(look.at).toISOString(), ...look.verdict }));
  return { release, stage, shift, weight, verdict, reason, outcome, message, looks: again };
}
