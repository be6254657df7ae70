import type { MetricProvider } from "../metric-provider.ts";
import type { AskContainers } from "./containers.ts";
import { type LinePatterns, matchingLines } from "./matching-lines.ts";
import { isNoData, noData } from "./no-data.ts";

/** What is kept of a command's output; as much or more may lack its beginning. */
const MOST_CHARACTERS = 1_048_576;

/** Lines that the containers of one version printed, on all hosts, asked over the target's own session. */
export function containerLogsProvider(config: LinePatterns, ask: AskContainers): MetricProvider {
  const count = matchingLines(config);
  return {
    kind: "container-logs",
    async measure(window, { version }) {
      const [since = "", until = ""] = [window.from, window.to].map((at) => new Date(at).toISOString());
      const answers = await ask(version, (container) => ["logs", "--since", since, "--until", until, container]);
      if (isNoData(answers)) return answers;
      if (answers.some(({ stdout, stderr }) => Math.max(stdout.length, stderr.length) >= MOST_CHARACTERS))
        return noData("too-large", "A container printed more than 1 MiB since the last look.");
      const lines = answers.flatMap(({ stdout, stderr }) => [...stdout.split("\n"), ...stderr.split("\n")]);
      return count(lines, { window, observedAt: window.to, version, source: "docker logs" });
    },
  };
}
