import { InputError } from "../failure.ts";
import type { Measurement, MetricProvider } from "../metric-provider.ts";
import { lineProblem } from "../metric-spec/line-pattern.ts";
import type { Ports } from "../ports.ts";
import { isNoData, noData } from "./no-data.ts";
import { type CommandSpec, runCommand } from "./run-command.ts";

export interface LogsConfig extends CommandSpec {
  /** Lines that match are counted: the number of them since the last look. */
  readonly value?: string | undefined;
  /** Or: lines that match are bad, among those that match `total`. */
  readonly bad?: string | undefined;
  readonly total?: string | undefined;
  /** Only lines with this text count; `$version` stands for the version. */
  readonly lines?: string | undefined;
}

/** Backtracking stays short on lines so short; what is cut off is rarely the level or the version. */
const LONGEST_LINE = 2_000;

/**
 * Counts log lines of one version and window. A command prints them: it gets the window and the version, and must print
 * nothing else. Nothing at all is no data, since a log that cannot be read looks the same.
 */
export function logsProvider(config: LogsConfig, ports: Pick<Ports, "exec" | "env" | "cancelled">): MetricProvider {
  const { value, bad, total, lines = "" } = config;
  const [wanted, among] = [compile(value ?? bad ?? ""), total === undefined ? undefined : compile(total)];
  return {
    kind: "logs",
    async measure(window, subject): Promise<Measurement> {
      const output = await runCommand(config, window, subject, ports);
      if (isNoData(output)) return output;
      const mark = lines.replaceAll("$version", subject.version);
      const own = output.stdout
        .split("\n")
        .filter((line) => line.trim() !== "" && line.includes(mark))
        .map((line) => line.slice(0, LONGEST_LINE));
      if (own.length === 0)
        return noData(
          "no-lines",
          `The log has no line of version ${subject.version} since the last look, good or bad.`,
        );
      const stamp = { window, observedAt: window.to, version: subject.version, source: "log lines" };
      if (among === undefined) {
        const matching = own.filter((line) => wanted.test(line)).length;
        return { kind: "value", value: matching, ...stamp };
      }
      const all = own.filter((line) => among.test(line));
      return { kind: "counts", bad: all.filter((line) => wanted.test(line)).length, total: all.length, ...stamp };
    },
  };
}

function compile(pattern: string): RegExp {
  const problem = lineProblem(pattern);
  if (problem !== undefined) throw new InputError(`The pattern \`${pattern}\` ${problem}.`);
  return new RegExp(pattern, "u");
}
