import { familyLogE } from "../evidence/family.ts";
import { OUTAGE_BATCHES } from "../evidence/outage.ts";
import { requestsLeft } from "../evidence/planner.ts";
import { sampleRatioLogE } from "../evidence/sample-ratio.ts";
import type { NoData } from "../metric-provider.ts";
import type { Verdict, VerdictKind } from "../verdict.ts";
import type { Needed, Settled } from "./config.ts";
import { growthStanding } from "./growth-look.ts";
import type { Level, LimitTest } from "./limit-test.ts";
import { candidateOf, type LimitState, stableOf } from "./state.ts";
import { type Weights, weigh } from "./weights.ts";
import {
  sayBefore,
  sayBlind,
  sayBroken,
  sayInconclusive,
  sayMissing,
  sayOpen,
  sayPaged,
  sayProven,
  saySeen,
  sayShared,
  saySplit,
  sayWaiting,
  sayWarnings,
  sayWhose,
} from "./wording.ts";

/** One limit's part of a verdict. */
export interface LimitEvidence {
  readonly limit: string;
  /** What breaking it does. */
  readonly level: Level;
  readonly standing: "broken" | "proven" | "open" | "no-data" | "environment";
  /** As a person reads it: value and sample. */
  readonly seen: string;
  readonly candidate?: { readonly bad: number; readonly total: number };
  readonly stable?: { readonly bad: number; readonly total: number };
  /** Natural logarithms of the e-values, and what they must reach. */
  readonly logE?: { readonly fail: number; readonly pass: number };
  readonly needed?: { readonly fail: number; readonly pass: number };
  /** Milliseconds until proven at the rate and traffic seen; absent when unknown, or when it never would be. */
  readonly eta?: number;
  readonly note?: string;
}

/** The evidence of a gate's verdict. */
export interface GateEvidence {
  readonly candidate: string;
  readonly stable?: string;
  /** Set when the counts are requests of our own and no user's. */
  readonly synthetic?: true;
  readonly window: { readonly from: number; readonly to: number };
  readonly looks: number;
  /** ln of the averaged e-value that any limit is broken; absent when no limit is decided by evidence. */
  readonly familyLogE?: number;
  /** The same of the limits that page. */
  readonly pageLogE?: number;
  /** Broken page-limits that a person said to go on in spite of. */
  readonly waived?: readonly string[];
  readonly alpha: number;
  readonly beta: number;
  readonly limits: readonly LimitEvidence[];
}

/** Everything known about one limit after a look. */
export interface Standing {
  readonly test: LimitTest;
  readonly state: LimitState;
  readonly missing: NoData | undefined;
  /** Exact, or as exact as a decision needs. */
  readonly logE: Weights;
}

/** One look, ready to be judged. */
export interface Look {
  readonly config: Settled;
  readonly needed: Needed;
  readonly looks: number;
  readonly standings: readonly Standing[];
  readonly now: number;
  readonly waived: readonly string[];
}

/** What a look came to. Its sentence and evidence are made when asked for: most looks only decide to go on. */
export interface Decision {
  readonly verdict: VerdictKind;
  readonly reason: string;
  explain(): Verdict;
}

/** Protective first; `pass` only when every limit is proven by what this very look saw, and the hold is over. */
export function judge(look: Look): Decision {
  const { config, needed, now } = look;
  const standings = deciding(look);
  const elapsed = now - config.startedAt;
  const conclude = (verdict: VerdictKind, reason: string, say: () => string): Decision => ({
    verdict,
    reason,
    explain: () => ({
      verdict,
      reason,
      message: sayWhose(config) + say() + warningsOf(look),
      evidence: describe(look),
    }),
  });
  const broken = standings.find((standing) => isBrokenAtOnce(standing, look)) ?? blamed(standings, "fail", needed);
  if (broken) {
    const said = () => sayBroken(exactly(broken, look), config, now);
    return conclude("fail", isOut(broken) ? "outage" : "limit-broken", said);
  }
  const [paged] = pagesOf(look, standings);
  if (paged) return conclude("hold", "page-limit-broken", () => sayPaged(exactly(paged, look), config));
  const shared = standings.find((standing) => isShared(standing, needed));
  const uneven = config.split === undefined ? undefined : standings.find((standing) => isUneven(standing, config));
  const first = standings.find((standing) => !isProven(standing, look));
  if (first === undefined && !shared && !uneven && elapsed >= config.hold) {
    const said = () =>
      sayProven(
        standings.map((standing) => exactly(standing, look)),
        config,
      );
    return conclude("pass", "limits-hold", said);
  }
  if (elapsed >= config.maxHold)
    return atLast(config, conclude, () => sayInconclusive(shared ?? first, config, elapsed));
  if (shared) return conclude("hold", "environment", () => sayShared(shared));
  if (uneven) return conclude("hold", "uneven-split", () => saySplit(uneven, config));
  const missing = standings.find((standing) => standing.missing !== undefined)?.missing;
  if (missing) return conclude("hold", "no-data", () => sayMissing(missing));
  const worse = standings.find((standing) => isWorseThanBefore(standing, look));
  if (worse) return conclude("hold", "worse-than-before", () => sayBefore(worse));
  if (first) {
    return conclude("hold", "not-enough-data", () => sayOpen(exactly(first, look), config, etaOf(first, look)));
  }
  return conclude("hold", "minimum-hold", () => sayWaiting(config, elapsed));
}

type Conclude = (verdict: VerdictKind, reason: string, say: () => string) => Decision;

/** The longest hold is over without a verdict. */
function atLast({ onShort }: Settled, conclude: Conclude, say: () => string): Decision {
  switch (onShort) {
    case "fail":
      return conclude("fail", "short-evidence", say);
    case "approve":
      return conclude("hold", "short-evidence", say);
    case "hold":
    case "synthetic":
      return conclude("hold", "inconclusive", say);
  }
}

/** With the e-values as they are, where a decision needed less. */
const exactly = (standing: Standing, { looks }: Look): Standing => ({
  ...standing,
  logE: weigh(standing.test, standing.state, looks),
});

/** What a verdict depends on: not what only warns, nor what a person said to go on in spite of. */
const deciding = ({ standings, waived }: Look): readonly Standing[] =>
  waived.length === 0 && standings.every(({ test }) => test.level !== "warn")
    ? standings
    : standings.filter(({ test }) => test.level !== "warn" && !(test.level === "page" && waived.includes(test.text)));

/** The page-limits that are broken now, the worst first. */
function pagesOf(look: Look, standings: readonly Standing[]): readonly Standing[] {
  if (look.config.pageLimits.length === 0) return [];
  const paging = standings.filter(({ test }) => test.level === "page");
  const worst = blamed(paging, "page", look.needed);
  const broken = paging.filter((standing) => standing !== worst && isBrokenNow(standing, look));
  return worst === undefined ? broken : [worst, ...broken];
}

/** The page-limits that are broken at this look, as they are written. */
export const brokenPages = (look: Look): readonly string[] =>
  pagesOf(look, deciding(look)).map(({ test }) => test.text);

/** Whether evidence decides the limit, rather than plain comparison. */
const isWeighed = ({ test }: Standing): boolean => test.kind === "evidence" || test.kind === "latency";

const isOut = ({ state }: Standing): boolean => state.kind === "evidence" && state.outages >= OUTAGE_BATCHES;

function isStreakBroken({ test, state, missing }: Standing): boolean {
  if (test.kind !== "streak" || state.kind !== "streak" || missing) return false;
  return test.for === 0 ? state.breaks : state.badFor >= test.for;
}

function growthOver({ test, state }: Standing, { config, now }: Look): "broken" | "proven" | "open" {
  if (test.kind !== "growth" || state.kind !== "growth" || now - config.startedAt < config.hold) return "open";
  return growthStanding(test, state, config.hold);
}

/** Broken without weighing it against other limits. */
const isBrokenNow = (standing: Standing, look: Look): boolean =>
  isOut(standing) || isStreakBroken(standing) || growthOver(standing, look) === "broken";

/** Comparisons with before only hold. */
const isBrokenAtOnce = (standing: Standing, look: Look): boolean =>
  standing.test.level === "fail" && isBrokenNow(standing, look);

/** Broken by itself, whatever breaking it does. */
const isBroken = (standing: Standing, look: Look): boolean =>
  isBrokenNow(standing, look) || isBrokenAlone(standing, look.needed);

const isWorseThanBefore = (standing: Standing, look: Look): boolean =>
  standing.test.level === "hold" && isBroken(standing, look);

const warningsOf = (look: Look): string =>
  sayWarnings(look.standings.filter((standing) => standing.test.level === "warn" && isBroken(standing, look)));

/** Both versions break the limit and the candidate is not shown to be the worse one: sending traffic back mends nothing. */
function isShared(standing: Standing, needed: Needed): boolean {
  if (standing.state.kind === "streak") return standing.state.shared;
  return worldBreaks(standing, needed) && standing.logE.fail >= needed.pass;
}

const worldBreaks = ({ test, logE }: Standing, needed: Needed): boolean =>
  test.kind === "evidence" &&
  test.world !== undefined &&
  logE.stableBreaks >= needed.pass &&
  logE.candidateWorse < needed.fail;

/** Odds of 1,000 to 1 against the planned split, and off by more than a fifth: less changes no comparison. */
const SPLIT_LOG_ODDS = Math.log(1000);
const SPLIT_SLACK = 0.2;

/**
 * Whether the events are divided otherwise than planned. Comparisons allow for the split that is seen, so that a small
 * difference does no harm; a large one means that numbers are missing or belong to the wrong version.
 */
function isUneven({ test, state }: Standing, { split }: Settled): boolean {
  if (split === undefined || test.shape.divided !== true) return false;
  if (test.kind !== "evidence" || state.kind !== "evidence" || test.unit === "look") return false;
  const [candidate, , stable] = state.seen;
  const seen = candidate / (candidate + stable);
  if (!(stable > 0) || Math.abs(seen / split - 1) <= SPLIT_SLACK) return false;
  return sampleRatioLogE([candidate, stable], [split, 1 - split]) >= SPLIT_LOG_ODDS;
}

function isProven(standing: Standing, look: Look): boolean {
  const { test, state, missing, logE } = standing;
  if (missing) return false;
  if (isWeighed(standing)) return logE.pass >= look.needed.pass;
  if (test.kind === "growth") return growthOver(standing, look) === "proven";
  if (state.kind !== "streak") return false;
  const quiet = !state.breaks && !state.shared && state.badFor === 0;
  return quiet && state.covered >= look.config.hold;
}

/** What a limit adds to the evidence against its family; what also breaks stable counts as none. */
const against = (standing: Standing, needed: Needed): number =>
  worldBreaks(standing, needed) ? Number.NEGATIVE_INFINITY : standing.logE.fail;

const inFamily = (standing: Standing, level: "fail" | "page"): boolean =>
  isWeighed(standing) && standing.test.level === level;

/** Evidence against any limit of a family, each with the same weight. */
function familyEvidence(standings: readonly Standing[], level: "fail" | "page", needed: Needed): number {
  const members = standings.filter((standing) => inFamily(standing, level));
  const weight = 1 / members.length;
  return familyLogE(members.map((standing) => ({ logE: against(standing, needed), weight })));
}

/** The limit with the most evidence against it, once all together suffice. */
function blamed(standings: readonly Standing[], level: "fail" | "page", needed: Needed): Standing | undefined {
  let worst: Standing | undefined;
  for (const standing of standings) {
    if (!inFamily(standing, level)) continue;
    if (worst === undefined || against(standing, needed) > against(worst, needed)) worst = standing;
  }
  // An average is at most its largest part.
  if (worst === undefined || against(worst, needed) < needed.fail) return undefined;
  return familyEvidence(standings, level, needed) >= needed.fail ? worst : undefined;
}

function describe(decided: Look): GateEvidence {
  const look: Look = { ...decided, standings: decided.standings.map((standing) => exactly(standing, decided)) };
  const { config, needed, looks, standings, now, waived } = look;
  const [family, pages] = (["fail", "page"] as const).map((level) => familyEvidence(deciding(look), level, needed));
  return {
    candidate: config.candidate,
    ...(config.stable !== undefined && { stable: config.stable }),
    ...(config.synthetic === true && { synthetic: true }),
    window: { from: config.startedAt, to: now },
    looks,
    ...(Number.isFinite(family) && { familyLogE: family }),
    ...(Number.isFinite(pages) && { pageLogE: pages }),
    ...(waived.length > 0 && { waived }),
    alpha: config.alpha,
    beta: config.beta,
    limits: standings.map((standing) => describeLimit(standing, look)),
  };
}

function describeLimit(standing: Standing, look: Look): LimitEvidence {
  const { test, state, missing, logE } = standing;
  const eta = etaOf(standing, look);
  const note = missing?.message ?? sayBlind(standing);
  return {
    limit: test.text,
    level: test.level,
    standing: standingOf(standing, look),
    seen: saySeen(test, state),
    ...(note !== undefined && { note }),
    ...(state.kind === "evidence" && {
      candidate: candidateOf(state.seen),
      ...(look.config.stable !== undefined && { stable: stableOf(state.seen) }),
    }),
    ...(isWeighed(standing) && {
      logE: { fail: logE.fail, pass: logE.pass },
      needed: { fail: look.needed.fail, pass: look.needed.pass },
    }),
    ...(eta !== undefined && Number.isFinite(eta) && { eta }),
  };
}

function standingOf(standing: Standing, look: Look): LimitEvidence["standing"] {
  if (isBroken(standing, look)) return "broken";
  if (isShared(standing, look.needed)) return "environment";
  if (standing.missing) return "no-data";
  return isProven(standing, look) ? "proven" : "open";
}

const isBrokenAlone = (standing: Standing, needed: Needed): boolean =>
  isWeighed(standing) && against(standing, needed) >= needed.fail;

/** Milliseconds until the limit is proven if rates and traffic stay as seen: Infinity for never, undefined if unknown. */
function etaOf(standing: Standing, look: Look): number | undefined {
  const { test, state } = standing;
  const { config, now } = look;
  if (state.kind === "streak") return Math.max(0, config.hold - state.covered);
  if (state.kind === "growth") return Math.max(0, config.startedAt + config.hold - now);
  if (state.kind === "latency" || state.kind === "baseless") return undefined;
  const [candidate, candidateBad, stable, stableBad] = state.seen;
  if (test.kind !== "evidence" || candidate === 0 || isProven(standing, look)) return undefined;
  const expected = {
    candidate: candidateBad / candidate,
    stable: stable > 0 ? stableBad / stable : 0,
    stablePerCandidate: stable / candidate,
  };
  const { beta, dispersion } = config;
  const factor = typeof dispersion === "number" ? dispersion : dispersion.prior;
  const level = beta * Math.exp(-test.handicap);
  const left = requestsLeft(test.pass, state.pass, expected, { level, dispersion: factor });
  return (left * (now - config.startedAt)) / candidate;
}
