import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { InputError } from "../failure.ts";
import type { LoadDriver, LoadResult, NoResult } from "../load-driver.ts";
import { minimalEnv } from "../minimal-env.ts";
import { plainText } from "../plain-text.ts";
import type { ExecResult, Ports } from "../ports.ts";
import { quote } from "../source-text.ts";
import { readK6Summary } from "./k6-summary.ts";

export interface K6Script {
  /** Path of the script in the repository. */
  readonly script: string;
  /** Checked-out tree of the commit under release. */
  readonly directory: string;
}

const longestRun = 60 * 60_000;
/** Clock of the file system against ours, milliseconds. */
const fileClockSkew = 2_000;
/** Not every one of these is in k6's own default, and a limit on `p99` needs it. */
const figures = "avg,min,med,max,p(75),p(90),p(95),p(99)";

/**
 * Runs the user's own script with the k6 on PATH. The script finds the address in `__ENV.SLUICE_URL`; what its
 * requests aim at is its own business, so it runs where the user's code runs: without secrets.
 */
export function k6Driver({ script, directory }: K6Script, ports: Ports): LoadDriver {
  return {
    kind: "k6",
    async run(url) {
      if ((await stat(path.join(directory, script)).catch(() => undefined)) === undefined)
        throw new InputError(`There is no k6 script at ${script}. Write its path from the root of the repository.`);
      const folder = await mkdtemp(path.join(ports.env["RUNNER_TEMP"] ?? os.tmpdir(), "sluice-k6-"));
      try {
        const summary = path.join(folder, "summary.json");
        const begun = ports.clock.now();
        const finished = await runK6(script, { directory, url, summary }, ports);
        return notJudged(finished, ports) ?? (await readResult(summary, begun));
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

interface Place {
  readonly directory: string;
  readonly url: string;
  readonly summary: string;
}

async function runK6(script: string, { directory, url, summary }: Place, ports: Ports): Promise<ExecResult> {
  const args = ["run", "--no-usage-report", "--summary-trend-stats", figures, "--summary-export", summary, script];
  try {
    return await ports.exec("k6", args, {
      cwd: directory,
      env: { ...minimalEnv(ports.env), SLUICE_URL: url },
      timeoutMs: longestRun,
      onLine: (line) => ports.log.info(`  | ${plainText(line).replaceAll("\n", " ").replaceAll("##[", "## [")}`),
    });
  } catch (problem) {
    if (!(problem instanceof Error && "code" in problem && problem.code === "ENOENT")) throw problem;
    throw new InputError(
      "There is no k6 on PATH. Install it on the runner, or describe the load with `requests`, `rate` and `for`.",
    );
  }
}

const none = (verdict: NoResult["verdict"], reason: string, message: string): NoResult => ({
  kind: "no-result",
  verdict,
  reason,
  message,
});

/** What k6's exit code alone decides (its errext/exitcodes package); undefined when the summary is to be judged. */
function notJudged({ code, signal, stderr }: ExecResult, ports: Ports): NoResult | undefined {
  const last = stderr.trimEnd().split("\n").at(-1)?.trim();
  const said = last === undefined || last === "" ? "The log above has its output" : `Its last line is ${quote(last)}`;
  if (code === 0) return undefined;
  if (ports.cancelled.aborted)
    return none("hold", "cancelled", "The job was cancelled during the load test; run it again.");
  switch (code) {
    case 99:
      return none("fail", "k6-thresholds", `A threshold of the script was crossed (k6 ended with 99). ${said}.`);
    case 104:
      return none(
        "error",
        "k6-configuration",
        `k6 refused its configuration (104). ${said}; mend the script's options.`,
      );
    case 105:
      return none(
        "hold",
        "k6-interrupted",
        "k6 was told to stop from outside (105), so nothing is proven; run it again.",
      );
    case 107:
      return none("error", "k6-script", `The script threw an exception (k6 ended with 107). ${said}; mend the script.`);
    case 108:
      return none("fail", "k6-aborted", `The script gave the test up with test.abort() (k6 ended with 108). ${said}.`);
    case 110:
      return none("fail", "k6-marked-failed", `The script marked the test as failed (k6 ended with 110). ${said}.`);
    default: {
      const how = code === null ? `was ended by ${signal}` : `ended with ${code}`;
      return none("hold", "k6-unfinished", `k6 ${how}, which proves nothing either way. ${said}; run it again.`);
    }
  }
}

/** A summary that is missing or older than the run fails: k6 only logs it when it could not write one. */
async function readResult(file: string, begun: number): Promise<LoadResult | NoResult> {
  const found = await stat(file).catch(() => undefined);
  if (found === undefined)
    return none(
      "fail",
      "k6-no-summary",
      "k6 ended with 0 and left no summary, so there is nothing to judge; see its log.",
    );
  const summary = readK6Summary(await readFile(file, "utf8"));
  if (typeof summary === "string")
    return none("fail", "k6-odd-summary", `The summary of k6 cannot be judged: ${summary}. Use k6 0.50 or newer.`);
  const written = Math.min(found.mtimeMs, summary.generatedAt ?? found.mtimeMs);
  const [crossed] = summary.crossed;
  if (crossed !== undefined)
    return none(
      "fail",
      "k6-thresholds",
      `k6 ended with 0, but its summary says that the threshold ${quote(crossed)} was crossed.`,
    );
  if (written >= begun - fileClockSkew) return summary.result;
  const age = Math.round((begun - written) / 1000);
  return none(
    "fail",
    "k6-stale-summary",
    `The summary of k6 is ${age} s older than its run, so it tells of another one.`,
  );
}
