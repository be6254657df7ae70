import type { Check } from "../check.ts";
import type { RunCheck } from "../check-spec.ts";
import { formatDuration } from "../duration.ts";
import { minimalEnv } from "../minimal-env.ts";
import { plainText } from "../plain-text.ts";
import type { Ports } from "../ports.ts";
import { quote } from "../source-text.ts";
import { fail, hold, pass } from "../verdict.ts";

const longestRunMs = 10 * 60_000;

/** A line of a child's, so that no terminal and no runner takes it for an order: `##[` counts anywhere in a line. */
const harmless = (line: string) => `  | ${plainText(line).replaceAll("\n", " ").replaceAll("##[", "## [")}`;

/** A command of the user's, run as GitHub runs a bash step: it proves its point by ending with 0. */
export function runCheck(spec: RunCheck, ports: Ports): Check {
  const title = `run: ${spec.run.trim().split("\n")[0]?.slice(0, 80)}`;
  const timeoutMs = spec.within ?? longestRunMs;
  return {
    title,
    async run({ directory, url, commit }) {
      ports.log.info(`${plainText(title)}`);
      const begun = ports.clock.monotonic();
      const result = await ports.exec("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", spec.run], {
        cwd: directory,
        env: { ...minimalEnv(ports.env), SLUICE_COMMIT: commit, ...(url !== undefined && { SLUICE_URL: url }) },
        timeoutMs,
        // It proves something and changes nothing that is ours: a cancelled job need not wait for it.
        signal: ports.cancelled,
        onLine: (line) => ports.log.info(harmless(line)),
      });
      const seconds = Math.round((ports.clock.monotonic() - begun) / 100) / 10;
      const evidence = { code: result.code, signal: result.signal, seconds };
      if (result.code === 0) return pass("command-passed", `${title}: it ended with 0 after ${seconds} s.`, evidence);
      if (ports.cancelled.aborted)
        return hold("cancelled", `${title}: the job was cancelled before this was proven; run it again.`, evidence);
      if (result.code === null && seconds * 1000 >= timeoutMs)
        return fail(
          "command-timed-out",
          `${title}: it was ended after ${formatDuration(timeoutMs)}. Make it faster, or give it more time with \`within\`.`,
          evidence,
        );
      const how = result.code === null ? `was ended by ${result.signal}` : `ended with ${result.code}`;
      const last = lastLine(result.stderr) ?? lastLine(result.stdout);
      const said = last === undefined ? "It printed nothing" : `Its last line is ${quote(last)}`;
      return fail(
        "command-failed",
        `${title}: it ${how} after ${seconds} s. ${said}; the log above has the rest.`,
        evidence,
      );
    },
  };
}

const lastLine = (text: string) => text.trimEnd().split("\n").at(-1)?.trim() || undefined;
