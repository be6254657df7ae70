import type { Production } from "../deploy-target.ts";
import type { EnvironmentRecord } from "../record.ts";
import {
  answersIn,
  failuresIn,
  firstAnswerAt,
  firstFailureAt,
  type GroundTruth,
  lastAnswerAt,
  sentIn,
  trafficShare,
} from "./ground-truth.ts";
import type { Scenario } from "./scenario.ts";

/** Everything a rehearsal left behind, from which its success is judged. */
export interface Aftermath {
  readonly scenario: Scenario;
  readonly conclusion: "success" | "failure" | "cancelled";
  /** Undefined when the environment has no record. */
  readonly record: EnvironmentRecord;
  /** How the release of the first push ended; the record's newest release when absent. */
  readonly ended?: string | undefined;
  /** How the newest run ended. */
  readonly newest?: "success" | "failure" | "cancelled" | undefined;
  readonly production: Production;
  readonly stable: string;
  readonly candidate: string;
  readonly truth: GroundTruth;
  /** When each share was read back from the platform, epoch milliseconds, in order. */
  readonly shares: readonly {
    readonly at: number;
    readonly weight: number;
    /** Whose share it is; the candidate's when absent. */
    readonly version?: string | undefined;
    /** When the next share was announced: from then on the platform may move at any moment. */
    readonly until?: number | undefined;
  }[];
  /** When the rollback was written down; it follows the platform's write. */
  readonly rolledBackAt: number | undefined;
  /** When something else than this release first had its hand in who gets what; its shares are judged until then. */
  readonly disturbedAt?: number | undefined;
  readonly pushedAt: number;
  readonly endedAt: number;
  /** Names of migrations the database has, in order. */
  readonly migrations: readonly string[];
  /** State of the newest status of every GitHub Deployment. */
  readonly deployments: readonly string[];
  /** Whether a log says what the scenario has to come from; undefined when it does not say what. */
  readonly cause?: boolean | undefined;
  /** What was turned on around a step, and what of it was left on; undefined when nothing was. */
  readonly maintenance?: { readonly made: readonly string[]; readonly left: readonly string[] } | undefined;
  /** What people were told, oldest first; undefined when the runbook tells nobody. */
  readonly messages?: readonly string[] | undefined;
  /** Files in which a secret was found. */
  readonly leaks: readonly string[];
}

export interface Finding {
  readonly holds: boolean;
  /** What was expected, and what was seen. */
  readonly text: string;
}

export interface Figures {
  /** From the push to the end of the run. */
  readonly seconds: number;
  /** From the candidate's first bad answer to its last answer to a user. */
  readonly offTrafficSeconds?: number;
  /** Failed answers of the candidate that users saw, and how many its share of traffic and failure rate imply until the verdict. */
  readonly visibleFailures?: number;
  readonly impliedFailures?: number;
  readonly candidateAnswers: number;
  /** Requests the router could not deliver: failures a weight shift itself caused. */
  readonly undelivered: number;
  readonly sent: number;
  readonly dropped: number;
}

const finding = (holds: boolean, text: string): Finding => ({ holds, text });

/** Success as users saw it: from the answers they got and what serves now, not from the actions' own words. */
export function judge(after: Aftermath): readonly Finding[] {
  const { scenario, truth, candidate } = after;
  const serving = scenario.serves === "candidate" ? candidate : after.stable;
  const all = after.production.serving.find(({ weight }) => weight === 100)?.version;
  const ended = after.ended ?? after.record.release?.ended?.as;
  const findings = [
    finding(all === serving, `${scenario.serves} serves all traffic`),
    finding(
      ended === scenario.ends,
      scenario.ends === undefined
        ? "no release began"
        : `the record says ${scenario.ends}${ended === scenario.ends ? "" : `, expected; it says ${ended}`}`,
    ),
    finding(
      after.conclusion === scenario.conclusion,
      `the run's conclusion is ${scenario.conclusion}${after.conclusion === scenario.conclusion ? "" : `, expected; it is ${after.conclusion}`}`,
    ),
    finding(
      after.leaks.length === 0,
      after.leaks.length === 0
        ? "no secret in any log, summary or record"
        : `a secret stands in ${after.leaks.join(", ")}`,
    ),
  ];
  const { afterwards } = scenario;
  if (after.cause !== undefined) findings.push(finding(after.cause, `a log says why: ${scenario.says?.source ?? ""}`));
  const { maintenance } = after;
  if (maintenance !== undefined)
    findings.push(
      finding(
        maintenance.left.length === 0,
        `${maintenance.made.join(" and ")} were on for a step, and ${maintenance.left.join(" and ") || "nothing"} is left on`,
      ),
    );
  const { messages } = after;
  if (messages !== undefined && scenario.ends !== undefined)
    findings.push(
      finding(
        messages.length > 1,
        `people were told ${messages.length} times, at last: ${messages.at(-1) ?? "nothing"}`,
      ),
    );
  if (afterwards !== undefined)
    findings.push(finding(after.newest === afterwards, `the newest run ended as ${after.newest}`));
  if (scenario.rate === 0) return findings;
  const undelivered = failuresIn(truth, { delivered: false });
  const { dropped } = sentIn(truth);
  // Answers that never come are also what a starved machine looks like; whoever reads it has to be told.
  const starved =
    undelivered > 0 && dropped > 0 ? `, or because this machine was too busy to send ${dropped} others` : "";
  findings.push(finding(undelivered === 0, `${undelivered} requests failed because of a weight shift${starved}`));
  if (!scenario.exposed) {
    const seen = answersIn(truth, { version: candidate });
    return [...findings, finding(seen === 0, `${seen} users met the candidate`)];
  }
  return [...findings, ...shareFindings(after), ...rollbackFindings(after), ...progressFindings(after)];
}

/** Answers trail a shift by the time an answer takes. */
const settlingMs = 500;

/** Each share as users got it, within what a fair division gives (five standard deviations of a binomial). */
function shareFindings(after: Aftermath): readonly Finding[] {
  const { truth, candidate, shares, rolledBackAt, endedAt, disturbedAt = Number.POSITIVE_INFINITY } = after;
  // A rollback is written down after the platform followed it, so what the candidate answered last bounds its share.
  const over = rolledBackAt === undefined ? endedAt : Math.min(rolledBackAt, lastAnswerAt(truth, candidate) ?? endedAt);
  return shares.flatMap(({ at, weight, until, version = candidate }, index) => {
    const to = Math.min(until ?? shares[index + 1]?.at ?? over, over, disturbedAt);
    // Whole steps of the ground truth that lie inside the share's time.
    const seen = trafficShare(truth, version, { from: at + settlingMs, to: to - settlingMs });
    if (seen === undefined || seen.answers < 200) return [];
    const wanted = weight / 100;
    const slack = 5 * Math.sqrt((wanted * (1 - wanted)) / seen.answers) + 1 / seen.answers;
    return [
      finding(
        Math.abs(seen.share - wanted) <= slack,
        `at ${weight}%${version === candidate ? "" : ` of ${version.slice(0, 12)}`} users got ${(100 * seen.share).toFixed(2)}% (${seen.answers} answers)`,
      ),
    ];
  });
}

function rollbackFindings({ truth, candidate, rolledBackAt }: Aftermath): readonly Finding[] {
  if (rolledBackAt === undefined) return [];
  const late = answersIn(truth, { version: candidate, from: rolledBackAt + 1000 });
  return [finding(late === 0, `${late} candidate answers later than one second after the rollback`)];
}

/** What GitHub's page says of a release that ended so; a failure of everything else. */
const deploymentStates: Readonly<Record<string, string>> = { done: "success", halted: "error" };

function progressFindings({ scenario, migrations, deployments }: Aftermath): readonly Finding[] {
  const newest = deployments.at(-1);
  if (scenario.afterwards !== undefined) return [];
  const state =
    scenario.event === "push-then-rollback" ? undefined : (deploymentStates[scenario.ends ?? ""] ?? "failure");
  return [
    finding(new Set(migrations).size === migrations.length, `migrations applied once: ${migrations.join(", ")}`),
    ...(state === undefined
      ? []
      : [finding(newest === state, `GitHub shows the deployment as ${newest ?? "nothing"}`)]),
  ];
}

/** The numbers of one rehearsal, from the ground truth. */
export function figuresOf(after: Aftermath): Figures {
  const { truth, candidate } = after;
  const { sent, dropped } = sentIn(truth);
  const firstBad = firstFailureAt(truth, candidate);
  const last = lastAnswerAt(truth, candidate);
  const candidateAnswers = answersIn(truth, { version: candidate });
  const common = {
    seconds: (after.endedAt - after.pushedAt) / 1000,
    candidateAnswers,
    undelivered: failuresIn(truth, { delivered: false }),
    sent,
    dropped,
  };
  if (firstBad === undefined || last === undefined || after.rolledBackAt === undefined) return common;
  const visibleFailures = failuresIn(truth, { version: candidate });
  return {
    ...common,
    offTrafficSeconds: Math.max(0, last - firstBad) / 1000,
    visibleFailures,
    impliedFailures: impliedFailures(after, visibleFailures / candidateAnswers),
  };
}

/** Share of traffic x requests a second x time until the verdict x the candidate's failure rate. */
function impliedFailures({ truth, candidate, shares, rolledBackAt }: Aftermath, failureRate: number): number {
  const began = firstAnswerAt(truth, candidate);
  if (began === undefined || rolledBackAt === undefined) return 0;
  const answers = shares.reduce((sum, { at, weight }, index) => {
    const to = Math.min(shares[index + 1]?.at ?? rolledBackAt, rolledBackAt);
    return sum + ((Math.max(0, to - at) / 1000) * truth.start.rate * weight) / 100;
  }, 0);
  return answers * failureRate;
}
