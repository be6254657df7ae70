import type { Arm } from "../evidence/increment.ts";
import { OUTAGE_BATCHES } from "../evidence/outage.ts";
import { asEValue, asPercent, asTime, digits, shortVersion } from "../figures.ts";
import type { NoData } from "../metric-provider.ts";
import type { Dimension } from "../quantity.ts";
import type { Settled } from "./config.ts";
import { ENOUGH_SAMPLES, growthOf } from "./growth-look.ts";
import type { EvidenceTest, GrowthTest, LatencyTest, LimitTest, StreakTest } from "./limit-test.ts";
import {
  candidateOf,
  type GrowthState,
  type LatencyState,
  type LimitState,
  type StreakState,
  stableOf,
} from "./state.ts";

/** A limit with what was seen of it. */
interface Seen {
  readonly test: LimitTest;
  readonly state: LimitState;
  readonly missing?: NoData | undefined;
  readonly logE: { readonly fail: number; readonly pass: number };
}

const isWeighed = ({ kind }: LimitTest): boolean => kind === "evidence" || kind === "latency";

function asValue(value: number, dimension: Dimension | undefined): string {
  if (dimension === "share") return asPercent(value);
  if (dimension === "time") return asTime(value);
  if (dimension === "size") return `${digits(value / 1e6, 1)} MB`;
  if (dimension === "per-second") return `${digits(value, 1)}/s`;
  return digits(value, 3);
}

const share = ({ bad, total }: Arm) => asPercent(total > 0 ? bad / total : 0);

/** What was seen: `error-rate 7.8% of 204 requests`, with stable's numbers when it is compared. */
export function sayCounts(test: EvidenceTest, candidate: Arm, stable: Arm): string {
  if (candidate.total === 0) return `${test.metric} of no ${test.unit} yet`;
  const requests = `${digits(candidate.total, 0)} ${test.unit}s`;
  if (test.counts === "mean") {
    const above = test.relative ? `${test.bound} times stable's` : asTime(test.bound);
    return `${test.metric} mean above ${above} in ${candidate.bad} of ${requests}`;
  }
  const beside = test.relative ? ` (stable: ${share(stable)} of ${digits(stable.total, 0)})` : "";
  if (test.counts === "bad") return `${test.metric} ${share(candidate)} of ${requests}${beside}`;
  const slower = test.relative ? "slower than the bound compared" : `slower than ${asTime(test.bound)}`;
  return `${test.metric}: ${share(candidate)} of ${requests} ${slower}${beside}`;
}

/** What the buckets cannot show about the limit; undefined when they show it exactly. */
export function sayBlind({ test, state }: Pick<Seen, "test" | "state">): string | undefined {
  if (test.kind !== "evidence" || state.kind !== "evidence" || state.blind === undefined) return undefined;
  const { from, to } = state.blind;
  const limit = `${test.metric}'s limit of ${asTime(test.bound)}`;
  if (from === undefined)
    return `${limit} lies below the first bucket (${asTime(to ?? 0)}), so it can never be proven.`;
  if (to === undefined)
    return `${limit} lies beyond the last bucket (${asTime(from)}), so it can never be seen to break.`;
  return `${limit} lies between the buckets ${asTime(from)} and ${asTime(to)}, which cannot tell slow from fast there.`;
}

/** What was seen of a limit that plain comparison decides. */
export function sayValue(test: StreakTest, state: StreakState): string {
  const { demand, aggregate, versus } = test.limit;
  const unit = demand.op === "not-worse" || versus ? test.shape.dimension : demand.quantity.dimension;
  const found = state.value === undefined ? "unseen" : asValue(state.value, unit);
  const rival = test.before ?? (versus && state.stableValue);
  const beside = rival === undefined ? "" : ` (${versus}: ${asValue(rival, unit)})`;
  const lasting = test.for > 0 && state.badFor > 0 ? ` for ${asTime(state.badFor)}` : "";
  return `${[test.metric, aggregate].filter(Boolean).join(" ")} ${found}${beside}${lasting}`;
}

/** How fast a value grew, with three standard errors on either side. */
function sayGrowth(test: GrowthTest, state: GrowthState): string {
  const growth = growthOf(state);
  if (growth === undefined) return `${test.metric} has ${state.fit[0]} of the ${ENOUGH_SAMPLES} samples a slope needs`;
  const signed = (share: number) => `${share < 0 ? "-" : ""}${asPercent(Math.abs(share))}`;
  return `${test.metric} grew by ${signed(growth.perHour)} an hour (give or take ${asPercent(3 * growth.error)})`;
}

/** How the candidate's latency compares: the means of the looks, and how much was compared. */
function sayLatency(
  { metric, bound }: LatencyTest,
  { seen: [candidate, stable, slower, looks] }: LatencyState,
): string {
  const than = bound === 1 ? "stable's" : `${bound} times stable's`;
  const compared = `${digits(candidate, 0)} requests beside ${digits(stable, 0)} of stable`;
  return `${metric} mean above ${than} in ${slower} of ${looks} looks (${compared})`;
}

export function saySeen(test: LimitTest, state: LimitState): string {
  if (test.kind === "evidence" && state.kind === "evidence") {
    return sayCounts(test, candidateOf(state.seen), stableOf(state.seen));
  }
  if (test.kind === "latency" && state.kind === "latency") return sayLatency(test, state);
  if (test.kind === "growth" && state.kind === "growth") return sayGrowth(test, state);
  return test.kind === "streak" && state.kind === "streak" ? sayValue(test, state) : "nothing";
}

/** A series may call the candidate just that. */
const candidateNamed = (version: string): string =>
  version === "candidate" ? "the candidate" : `candidate ${shortVersion(version)}`;

/** Why the candidate must go, with the counts since it most likely began. */
export function sayBroken(standing: Seen, { candidate, stable, startedAt }: Settled, now: number): string {
  const { test, state, logE } = standing;
  const consequence = stable === undefined ? "go back to the version before it" : "traffic goes back to stable";
  const who = candidateNamed(candidate);
  if (test.kind === "latency") {
    return `${saySeen(test, state)} breaks \`${test.text}\` (e-value ${asEValue(logE.fail)}, ${who}); ${consequence}.`;
  }
  if (test.kind !== "evidence" || state.kind !== "evidence") {
    return `${saySeen(test, state)} breaks \`${test.text}\` (${who}); ${consequence}.`;
  }
  const { run, outages } = state;
  const seen = sayCounts(test, candidateOf(run.seen), stableOf(run.seen));
  if (outages >= OUTAGE_BATCHES) {
    return `${seen} is an outage while stable is well (${outages} looks in a row, ${who}); ${consequence}.`;
  }
  const lasted = asTime(now - startedAt - run.since);
  return `${seen} breaks \`${test.text}\` (e-value ${asEValue(logE.fail)}, ${lasted}, ${who}); ${consequence}.`;
}

export function sayProven(standings: readonly Seen[], { candidate }: Settled): string {
  const parts = standings.map(({ test, state, logE }) => {
    const proof = isWeighed(test) ? ` (e-value ${asEValue(logE.pass)})` : "";
    return `${saySeen(test, state)} keeps \`${test.text}\`${proof}`;
  });
  return `${parts.join("; ")}: ${candidateNamed(candidate)} may go on.`;
}

/** What broke without ending anything; empty for nothing. */
export const sayWarnings = (broken: readonly Seen[]): string =>
  broken.map(({ test, state }) => ` Warning: ${saySeen(test, state)} breaks \`${test.text}\`.`).join("");

/** What broke a limit that a person is asked about. */
export function sayPaged({ test, state, logE }: Seen, { candidate }: Settled): string {
  const weight = isWeighed(test) ? `e-value ${asEValue(logE.fail)}, ` : "";
  return (
    `${saySeen(test, state)} breaks \`${test.text}\` (${weight}${candidateNamed(candidate)}), which a person ` +
    "has to judge: say whether the release goes on or goes back. Without an answer it goes back."
  );
}

export const sayBefore = ({ test, state }: Seen): string =>
  `${saySeen(test, state)} breaks \`${test.text}\`. More than the version may have changed since then, so nothing is ` +
  "sent back; find out what did, and roll back by hand if it was the version.";

export function saySplit({ test, state }: Seen, { split = 0 }: Settled): string {
  const [candidate, stable] =
    state.kind === "evidence" ? [candidateOf(state.seen).total, stableOf(state.seen).total] : [0, 0];
  const [seen, all] = [asPercent(candidate / (candidate + stable)), digits(candidate + stable, 0)];
  return (
    `The candidate has ${seen} of ${all} events of ${test.metric} where ${asPercent(split)} was planned, so numbers are ` +
    "missing or belong to the other version. Look at how traffic is divided and how versions are labelled."
  );
}

export const sayMissing = ({ message }: NoData): string => `${message} Nothing is proven by this look; looking again.`;

export const sayShared = ({ test, state }: Seen): string =>
  `${saySeen(test, state)} breaks \`${test.text}\`, and so does stable: sending traffic back would mend nothing. ` +
  "Look at what both versions depend on.";

/** What is still needed, and how long that takes if things stay as they are. */
export function sayOpen({ test, state, logE }: Seen, { beta }: Settled, eta: number | undefined): string {
  const seen = saySeen(test, state);
  if (!isWeighed(test)) return `${seen}: \`${test.text}\` is not proven yet${sayEta(eta)}.`;
  const reached = `e-value ${asEValue(logE.pass)} of the ${asEValue(Math.log(1 / beta))} needed`;
  const blind = sayBlind({ test, state });
  return `${seen} does not prove \`${test.text}\` yet (${reached})${sayEta(eta)}.${blind ? ` ${blind}` : ""}`;
}

function sayEta(eta: number | undefined): string {
  if (eta === undefined) return "";
  return Number.isFinite(eta) ? `; about ${asTime(eta)} more at this rate and traffic` : "; at this rate it never will";
}

/** Evidence that is no user's is never taken for one. */
export const sayWhose = ({ synthetic }: Settled): string =>
  synthetic === true ? "By synthetic requests, no user's: " : "";

export const sayWaiting = ({ hold }: Settled, elapsed: number): string =>
  `Every limit is proven; the hold of ${asTime(hold)} ends in ${asTime(Math.max(0, hold - elapsed))}.`;

const AT_THE_END: Readonly<Record<Settled["onShort"], string>> = {
  hold: "it does not stay unproven",
  fail: "it does not stay unproven",
  approve: "a person has to say whether that is enough",
  synthetic: "only synthetic requests can tell now",
};

export function sayInconclusive(open: Seen | undefined, { candidate, onShort }: Settled, elapsed: number): string {
  const last = open === undefined ? "" : `: ${saySeen(open.test, open.state)} does not prove \`${open.test.text}\``;
  const reason = open && (open.missing?.message ?? sayBlind(open));
  const why = reason ? ` (${reason.replace(/\.$/, "")})` : "";
  return `No verdict on ${candidateNamed(candidate)} after ${asTime(elapsed)}${last}${why}; ${AT_THE_END[onShort]}.`;
}
