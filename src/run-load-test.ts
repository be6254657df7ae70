import { InputError } from "./failure.ts";
import { k6Driver } from "./load-driver/k6.ts";
import { openLoopDriver } from "./load-driver/open-loop.ts";
import type { LoadDriver, LoadResult, NoResult } from "./load-driver.ts";
import { type LoadStanding, standingOf } from "./load-limit.ts";
import type { LoadTest } from "./load-test-spec.ts";
import type { Ports } from "./ports.ts";
import { quote } from "./source-text.ts";
import { fail, hold, pass, type Verdict } from "./verdict.ts";

export interface LoadTarget {
  /** Where the load goes. */
  readonly url: string | undefined;
  /** The only addresses it may go to: the runbook's site and the candidate's own. */
  readonly allowed: readonly (string | undefined)[];
  /** Checked-out tree of the commit under release, for a script. */
  readonly directory: string;
  /** What passes the protection of `url`; sent with every request of the own driver, never given to a script. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Share of what was due that may be dropped before the result says nothing about the load that was asked for. */
const mostDropped = 0.01;
const answerWithin = 10_000;
const mostInFlight = 500;

/** Loads one version of the service and judges the finished run by its limits. */
export async function runLoadTest(step: LoadTest, target: LoadTarget, ports: Ports): Promise<Verdict> {
  const url = allowedAddress(target);
  const outcome = await driverOf(step, target, ports).run(url);
  return outcome.kind === "result" ? judgeRun(step, outcome) : unfinished(outcome);
}

/** Load on a stranger's server is an attack on it. */
function allowedAddress({ url, allowed }: LoadTarget): string {
  if (url === undefined)
    throw new InputError("There is no version to load: give `url`, or deploy one before this step.");
  const origins = allowed.flatMap((address) =>
    address !== undefined && URL.canParse(address) ? [new URL(address).origin] : [],
  );
  const wanted = URL.canParse(url) ? new URL(url) : undefined;
  const plain = wanted !== undefined && wanted.username === "" && wanted.password === "";
  if (plain && /^https?:$/.test(wanted.protocol) && origins.includes(wanted.origin)) return wanted.origin;
  throw new InputError(
    `A load test may aim at ${origins.join(" and ") || "no host at all"}, not at ${quote(wanted?.host ?? url)}. ` +
      "Give the address of the candidate, or the runbook's `url`.",
  );
}

function driverOf(step: LoadTest, { directory, headers }: LoadTarget, ports: Ports): LoadDriver {
  if (step.k6 !== undefined) return k6Driver({ script: step.k6, directory }, ports);
  const { requests = [], rate, for: time, ramps } = step;
  const constant = rate !== undefined && time !== undefined ? { rate, for: time } : undefined;
  const schedule = ramps === undefined ? constant : { ramps };
  if (schedule === undefined || requests.length === 0)
    throw new InputError("A load test needs `requests` with `rate` and `for` or `ramps`, or a `k6` script.");
  const plan = {
    schedule,
    requests: requests.map((request) => ({ ...request, headers: { ...request.headers, ...headers } })),
    within: step.within ?? answerWithin,
    inFlight: step["in-flight"] ?? mostInFlight,
    versionHeader: (step["version-header"] ?? "x-version").toLowerCase(),
  };
  return openLoopDriver(plan, ports);
}

function unfinished({ verdict, reason, message }: NoResult): Verdict {
  return { verdict, reason, message };
}

/**
 * Plain comparisons of a finished run. Fail comes first: what was dropped, or is too little, could not have made a
 * broken limit look better; only a rate of answers depends on what was offered.
 */
export function judgeRun({ limits }: Pick<LoadTest, "limits">, result: LoadResult): Verdict {
  const { due, dropped } = result.offered;
  const short = dropped > mostDropped * due;
  const standings = limits.map((limit) => {
    const standing = standingOf(limit, result);
    return limit.metric === "throughput" && standing.standing === "broken" && short
      ? { ...standing, standing: "not-enough-data" as const }
      : standing;
  });
  const evidence = { ...result, limits: standings };
  const about = `(${told(result)})`;
  const found = (kind: LoadStanding["standing"]) => standings.find(({ standing }) => standing === kind);

  const broken = standings.filter(({ standing }) => standing === "broken");
  if (broken.length > 0)
    return fail("limit-broken", `${broken.map(({ said }) => said).join("; ")} ${about}.`, evidence);
  if (short)
    return hold(
      "load-not-offered",
      `${dropped.toLocaleString("en")} of ${due.toLocaleString("en")} were dropped, more than 1%, so the load was never offered ${about}. ` +
        "Allow more requests `in-flight`, or offer less.",
      evidence,
    );
  const late = found("driver-late");
  if (late !== undefined)
    return hold("driver-late", `${late.said} ${about}. Run it again on a machine with nothing else to do.`, evidence);
  const missing = found("no-data");
  if (missing !== undefined) return hold("no-data", `${missing.said} ${about}.`, evidence);
  const thin = found("not-enough-data");
  if (thin !== undefined)
    return hold("not-enough-data", `${thin.said} ${about}. Test longer or at a higher rate.`, evidence);
  return pass("limits-hold", `${standings.map(({ said }) => said).join("; ")} ${about}.`, evidence);
}

function told({ source, seconds, offered, statuses = {}, versions = {} }: LoadResult): string {
  const list = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .map(([name, count]) => `${name}: ${count}`)
      .join(", ");
  return [
    `${source}, ${Number(seconds.toFixed(1))} s`,
    ...(Object.keys(statuses).length > 0 ? [`answers ${list(statuses)}`] : []),
    ...(Object.keys(versions).length > 0 ? [`versions ${list(versions)}`] : []),
    `${offered.dropped} dropped`,
  ].join("; ");
}
