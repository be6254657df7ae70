import { familyLogE } from "../evidence/family.ts";
import { OUTAGE_BATCHES } from "../evidence/outage.ts";
import { requestsLeft } from "../evidence/planner.ts";
import type { NoData } from "../metric-provider.ts";
import { fail, hold, pass, type Verdict } from "../verdict.ts";
import type { Settled } from "./config.ts";
import type { LimitTest } from "./limit-test.ts";
import type { EvidenceState, LimitState } from "./state.ts";
import {
  sayBlind,
  sayBroken,
  sayInconclusive,
  sayMissing,
  sayOpen,
  sayProven,
  saySeen,
  sayShared,
  sayWaiting,
} from "./wording.ts";

/** One limit's part of a verdict. */
export interface LimitEvidence {
  readonly limit: string;
  readonly standing: "broken" | "proven" | "open" | "no-data" | "environment";
  /** As a person reads it: value and sample. */
  readonly seen: string;
  readonly candidate?: { readonly bad: number; readonly total: number };
  readonly stable?: { readonly bad: number; readonly total: number };
  /** Natural logarithms of the e-values, and what they must reach. */
  readonly logE?: { readonly fail: number; readonly pass: number };
  readonly needed?: { readonly fail: number; readonly pass: number };
  /** Milliseconds until proven at the rate and traffic seen; absent when it never would be. */
  readonly eta?: number;
  readonly note?: string;
}

/** The evidence of a gate's verdict. */
export interface GateEvidence {
  readonly candidate: string;
  readonly stable?: string;
  readonly window: { readonly from: number; readonly to: number };
  readonly looks: number;
  /** ln of the averaged e-value that any limit is broken; absent when no limit is decided by evidence. */
  readonly familyLogE?: number;
  readonly alpha: number;
  readonly beta: number;
  readonly limits: readonly LimitEvidence[];
}

/** Everything known about one limit after a look. */
export interface Standing {
  readonly test: LimitTest;
  readonly state: LimitState;
  readonly missing: NoData | undefined;
}

/** One look, ready to be judged. */
export interface Look {
  readonly config: Settled;
  readonly looks: number;
  readonly standings: readonly Standing[];
  readonly now: number;
}

/** Protective first; `pass` only when every limit is proven by what this very look saw, and the hold is over. */
export function judge(look: Look): Verdict {
  const { config, standings, now } = look;
  const family = familyOf(standings, config);
  const evidence = describe(look, family);
  const elapsed = now - config.startedAt;
  const broken = standings.find(isOut) ?? standings.find(isStreakBroken) ?? blamed(family, config);
  if (broken) return fail(isOut(broken) ? "outage" : "limit-broken", sayBroken(broken, config, now), evidence);
  const shared = standings.find((standing) => isShared(standing, config));
  const open = standings.filter((standing) => !isProven(standing, config));
  if (open.length === 0 && !shared && elapsed >= config.hold) {
    return pass("limits-hold", sayProven(standings, config), evidence);
  }
  if (elapsed >= config.maxHold)
    return hold("inconclusive", sayInconclusive(shared ?? open[0], config, elapsed), evidence);
  if (shared) return hold("environment", sayShared(shared), evidence);
  const missing = standings.find((standing) => standing.missing !== undefined)?.missing;
  if (missing) return hold("no-data", sayMissing(missing), evidence);
  const [first] = open;
  if (first) return hold("not-enough-data", sayOpen(first, config, etaOf(first, look)), evidence);
  return hold("minimum-hold", sayWaiting(config, elapsed), evidence);
}

const isOut = ({ state }: Standing): boolean => state.kind === "evidence" && state.outages >= OUTAGE_BATCHES;

function isStreakBroken({ test, state, missing }: Standing): boolean {
  if (test.kind !== "streak" || state.kind !== "streak" || missing) return false;
  return test.for === 0 ? state.breaks : state.badFor >= test.for;
}

/** Both versions break the limit and the candidate is not shown to be the worse one: sending traffic back mends nothing. */
function isShared({ test, state }: Standing, { alpha, beta }: Settled): boolean {
  if (state.kind === "streak") return state.shared;
  return test.kind === "evidence" && worldBreaks(state, alpha, beta) && state.fail.logE >= Math.log(1 / beta);
}

function worldBreaks({ stableBreaks, candidateWorse }: EvidenceState, alpha: number, beta: number): boolean {
  if (!stableBreaks || !candidateWorse) return false;
  return stableBreaks.logE >= Math.log(1 / beta) && candidateWorse.logE < Math.log(1 / alpha);
}

function isProven({ test, state, missing }: Standing, config: Settled): boolean {
  if (missing) return false;
  if (state.kind === "evidence") return state.pass.logE >= Math.log(1 / config.beta);
  return test.kind === "streak" && !state.breaks && !state.shared && state.badFor === 0 && state.covered >= config.hold;
}

interface Family {
  readonly logE: number;
  readonly members: readonly { readonly standing: Standing; readonly logE: number }[];
}

/** Evidence against any limit, each with the same weight; what also breaks stable counts as none. */
function familyOf(standings: readonly Standing[], { alpha, beta }: Settled): Family {
  const members = standings.flatMap((standing) => {
    const { state } = standing;
    if (state.kind !== "evidence") return [];
    return [{ standing, logE: worldBreaks(state, alpha, beta) ? Number.NEGATIVE_INFINITY : state.fail.logE }];
  });
  const weight = 1 / members.length;
  return { logE: familyLogE(members.map(({ logE }) => ({ logE, weight }))), members };
}

/** The limit with the most evidence against it, once all together suffice. */
function blamed(family: Family, { alpha }: Settled): Standing | undefined {
  if (!(family.logE >= Math.log(1 / alpha))) return undefined;
  return family.members.reduce((worst, member) => (member.logE > worst.logE ? member : worst)).standing;
}

function describe(look: Look, family: Family): GateEvidence {
  const { config, looks, standings, now } = look;
  return {
    candidate: config.candidate,
    ...(config.stable !== undefined && { stable: config.stable }),
    window: { from: config.startedAt, to: now },
    looks,
    ...(Number.isFinite(family.logE) && { familyLogE: family.logE }),
    alpha: config.alpha,
    beta: config.beta,
    limits: standings.map((standing) => describeLimit(standing, look)),
  };
}

function describeLimit(standing: Standing, look: Look): LimitEvidence {
  const { test, state, missing } = standing;
  const eta = etaOf(standing, look);
  const note = missing?.message ?? sayBlind(standing);
  return {
    limit: test.text,
    standing: standingOf(standing, look.config),
    seen: saySeen(test, state),
    ...(note !== undefined && { note }),
    ...(state.kind === "evidence" && {
      candidate: state.candidate,
      ...(look.config.stable !== undefined && { stable: state.stable }),
      logE: { fail: state.fail.logE, pass: state.pass.logE },
      needed: { fail: Math.log(1 / look.config.alpha), pass: Math.log(1 / look.config.beta) },
    }),
    ...(eta !== undefined && { eta }),
  };
}

function standingOf(standing: Standing, config: Settled): LimitEvidence["standing"] {
  if (isOut(standing) || isStreakBroken(standing) || isBrokenAlone(standing, config)) return "broken";
  if (isShared(standing, config)) return "environment";
  if (standing.missing) return "no-data";
  return isProven(standing, config) ? "proven" : "open";
}

const isBrokenAlone = ({ state }: Standing, { alpha, beta }: Settled): boolean =>
  state.kind === "evidence" && !worldBreaks(state, alpha, beta) && state.fail.logE >= Math.log(1 / alpha);

/** Milliseconds until the limit is proven if rates and traffic stay as seen; undefined when it never would be. */
function etaOf(standing: Standing, { config, now }: Look): number | undefined {
  const { test, state } = standing;
  if (state.kind === "streak") return Math.max(0, config.hold - state.covered);
  const { candidate, stable } = state;
  if (test.kind !== "evidence" || candidate.total === 0 || isProven(standing, config)) return undefined;
  const expected = {
    candidate: candidate.bad / candidate.total,
    stable: stable.total > 0 ? stable.bad / stable.total : 0,
    stablePerCandidate: stable.total / candidate.total,
  };
  const { beta, dispersion } = config;
  const left = requestsLeft(test.pass, state.pass, expected, { level: beta, dispersion });
  return Number.isFinite(left) ? (left * (now - config.startedAt)) / candidate.total : undefined;
}
