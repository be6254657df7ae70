import type { Measurement, MetricProvider } from "../metric-provider.ts";
import type { Ports } from "../ports.ts";
import { type LinePatterns, matchingLines } from "./matching-lines.ts";
import { isNoData } from "./no-data.ts";
import { type CommandSpec, runCommand } from "./run-command.ts";

export interface LogsConfig extends CommandSpec, LinePatterns {
  /** Only lines with this text count; `$version` stands for the version. */
  readonly lines?: string | undefined;
}

/**
 * Counts log lines of one version and window. A command prints them: it gets the window and the version, and must print
 * nothing else.
 */
export function logsProvider(config: LogsConfig, ports: Pick<Ports, "exec" | "env" | "cancelled">): MetricProvider {
  const { lines = "" } = config;
  const count = matchingLines(config);
  return {
    kind: "logs",
    async measure(window, subject): Promise<Measurement> {
      const output = await runCommand(config, window, subject, ports);
      if (isNoData(output)) return output;
      const mark = lines.replaceAll("$version", subject.version);
      const own = output.stdout.split("\n").filter((line) => line.includes(mark));
      return count(own, { window, observedAt: window.to, version: subject.version, source: "log lines" });
    },
  };
}
