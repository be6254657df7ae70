import type { Outcome, Production } from "../../deploy-target.ts";
import { ProviderError } from "../../failure.ts";
import type { Ports } from "../../ports.ts";
import { defaultPatience, type Written } from "../rest.ts";
import type { VercelApi } from "./api.ts";
import { type Facts, isActive, type ProductionReader, productionOf, rolloutShares, servesAlone } from "./production.ts";

type TrafficPorts = Pick<Ports, "clock" | "log">;

export interface ShiftRequest {
  readonly candidate: string;
  readonly stable: string;
  readonly weight: number;
  readonly ifGeneration: string;
}

/** The one call that gives the candidate its next share. */
type Move =
  | { readonly call: "start" }
  | { readonly call: "approve"; readonly from: number; readonly to: number }
  | { readonly call: "complete" }
  | { readonly call: "promote" };

type Refusal = { readonly reason: string; readonly message: string };

/** Milliseconds a write has to show in production: Vercel promotes in seconds, its own command line waits 3 minutes. */
const settleWithinMs = 3 * 60_000;
const quickLooksMs = 10_000;
/**
 * Longer than one of our requests may be under way: Vercel refuses no write that comes late, so where nothing is left
 * to write, only waiting for it shows that none comes any more.
 */
const quietMs = defaultPatience.requestMs + 5_000;

/** Stages of a rolling release: what production goes through on its way to the candidate. */
const percents = (stages: readonly { readonly targetPercentage: number }[] | null | undefined): readonly number[] =>
  (stages ?? []).map(({ targetPercentage }) => targetPercentage);

const asPercents = (shares: readonly number[]) => shares.map((share) => `${share}%`).join(", ") || "none";

/** Which call is due, from what was just read; a refusal when the platform cannot give exactly this share. */
export function nextMove(facts: Facts, configured: readonly number[], request: ShiftRequest): Move | Refusal {
  const { rollout } = facts;
  const { candidate, weight } = request;
  if (!isActive(rollout)) {
    if (configured.length === 0)
      return weight === 100
        ? { call: "promote" }
        : stagesDiffer(configured, weight, "has no rolling release configured");
    if (configured[0] === weight) return { call: "start" };
    return stagesDiffer(configured, weight, `would begin its rolling release with ${configured[0]}%`);
  }
  const { canary } = rolloutShares(rollout);
  if (canary !== candidate)
    return {
      reason: "rolling-release-active",
      message: `Vercel is rolling out ${canary}, which is not the candidate. Complete or abort that rolling release on Vercel, then release again.`,
    };
  if (weight === 100) return { call: "complete" };
  const from = rollout.activeStage?.index;
  const next = rollout.stages?.find(({ index }) => index === (from ?? 0) + 1);
  if (from === undefined || next?.targetPercentage !== weight)
    return stagesDiffer(
      percents(rollout.stages),
      weight,
      "is in the middle of a rolling release whose next stage is another",
    );
  return { call: "approve", from, to: next.index };
}

function stagesDiffer(stages: readonly number[], weight: number, how: string): Refusal {
  const message = `The candidate cannot get ${weight}%: the project ${how} (its stages: ${asPercents(stages)}). Sluice sets the stages when it deploys; somebody changed them since. Release again.`;
  return { reason: "rolling-release-stages-differ", message };
}

/** Moves production's traffic and reads what came of it; every outcome is what production shows. */
export function trafficMover(api: VercelApi, reader: ProductionReader, ports: TrafficPorts) {
  /**
   * Reads until production shows what was wanted, twice in a row with the same generation: Vercel's answers come from
   * several places that do not change at once. Undefined when it does not in time.
   */
  async function settle(
    before: Facts,
    wanted: (facts: Facts, production: Production) => boolean,
  ): Promise<Production | undefined> {
    const startedAt = ports.clock.monotonic();
    let seen: string | undefined;
    for (;;) {
      const passed = ports.clock.monotonic() - startedAt;
      const facts = await reader.settled().catch(unlessUnreadable);
      const production = facts === undefined ? undefined : productionOf(facts);
      const there = facts !== undefined && production !== undefined && wanted(facts, production);
      if (there && production.generation === seen) return production;
      // Something that failed for good does not get better by looking at it.
      if (facts !== undefined && !there && hasFailed(facts, before) && passed > quickLooksMs) return undefined;
      seen = there ? production.generation : undefined;
      if (passed >= settleWithinMs) return undefined;
      await ports.clock.sleep(there || passed < quickLooksMs ? 250 : 2_000);
    }
  }

  const send = (move: Move, candidate: string): Promise<Written<never>> => {
    switch (move.call) {
      case "start":
        return api.startRollout(candidate);
      case "approve":
        return api.approveStage(candidate, move.from, move.to);
      case "complete":
        return api.completeRollout(candidate);
      case "promote":
        return api.promote(candidate);
    }
  };

  const present = async (): Promise<Production | undefined> =>
    reader.settled().then(productionOf).catch(unlessUnreadable);

  /** A promotion that Vercel left half done is taken back at once: nobody else would know that it is ours. */
  async function takeBack(stable: string, why: string): Promise<Outcome> {
    ports.log.warn(`${why} Traffic goes back to ${stable}.`);
    const back = await restore({ to: stable });
    const after =
      back.outcome === "applied" ? "Production is back on stable." : `Taking it back failed too: ${back.message}`;
    return { outcome: "unknown", message: `${why} ${after}` };
  }

  async function shift(request: ShiftRequest): Promise<Outcome> {
    const { candidate, stable, weight, ifGeneration } = request;
    const facts = await reader.settled();
    const before = productionOf(facts);
    if (before.generation !== ifGeneration) return movedMeanwhile(before, ifGeneration);
    const configured = percents((await api.rollingConfig())?.stages);
    const move = nextMove(facts, configured, request);
    if ("reason" in move) return { outcome: "not-applied", ...move, production: before };
    const written = await send(move, candidate);
    if (written.outcome === "refused")
      return {
        outcome: "not-applied",
        reason: "refused",
        message: written.error.message,
        ...optional("production", await present()),
      };
    const after = await settle(
      facts,
      (now, production) => hasShares(production, candidate, stable, weight) && (weight < 100 || !isActive(now.rollout)),
    );
    if (after !== undefined) return { outcome: "applied", production: after };
    const said = written.outcome === "unknown" ? written.error.message : `Vercel accepted it (${written.status}).`;
    const shown = await reader.settled().catch(unlessUnreadable);
    if (shown !== undefined && hasFailed(shown, facts) && !servesAlone(productionOf(shown)))
      return takeBack(stable, `Vercel could not move every production domain to ${candidate}.`);
    const queued =
      shown?.rollout?.queuedDeploymentId === candidate
        ? ` It queued ${candidate} behind another rolling release: dismiss it there.`
        : "";
    return {
      outcome: "unknown",
      message: `The candidate was to get ${weight}%, and production does not show it after ${settleWithinMs / 60_000} minutes. ${said}${queued}`,
    };
  }

  /** Nothing is left to write, and Vercel takes no write for nothing: wait until no earlier one can arrive any more. */
  async function quiet(before: Facts): Promise<Facts> {
    const { generation } = productionOf(before);
    const startedAt = ports.clock.monotonic();
    let facts = before;
    while (productionOf(facts).generation === generation && ports.clock.monotonic() - startedAt < quietMs) {
      await ports.clock.sleep(2_000);
      facts = await reader.settled();
    }
    return facts;
  }

  async function restore({ to, ifGeneration }: { to: string; ifGeneration?: string }): Promise<Outcome> {
    let facts = await reader.settled();
    const before = productionOf(facts);
    if (ifGeneration !== undefined && before.generation !== ifGeneration) return movedMeanwhile(before, ifGeneration);
    if (servesAlone(before) === to) {
      facts = await quiet(facts);
      const after = productionOf(facts);
      if (servesAlone(after) === to) return { outcome: "applied", production: after, settled: true };
    }
    const written = await goBack(to);
    if (written.outcome === "refused")
      return { outcome: "not-applied", reason: "refused", message: written.error.message, production: before };
    const after = await settle(facts, (now, production) => servesAlone(production) === to && !isActive(now.rollout));
    if (after !== undefined) {
      if (after.generation !== before.generation) ports.log.notice(autoAssignmentIsOff);
      return { outcome: "applied", production: after };
    }
    const said = written.outcome === "unknown" ? written.error.message : `Vercel accepted it (${written.status}).`;
    return { outcome: "unknown", message: `Production was to go back to ${to} and does not show it yet. ${said}` };
  }

  /** An instant rollback; where the plan allows only the last deployment, a promotion, which builds nothing either. */
  async function goBack(to: string): Promise<Written<never>> {
    const first = await api.rollback(to);
    if (first.outcome !== "refused") return first;
    if (first.refused.status === 402) return api.promote(to);
    if (first.refused.status !== 409) return first;
    // One at a time: whatever was under way has ended when production is settled, and may have done it already.
    const facts = await reader.settled();
    if (servesAlone(productionOf(facts)) === to && !isActive(facts.rollout))
      return { outcome: "accepted", status: 409, value: undefined };
    return api.rollback(to);
  }

  return { shift, restore };
}

const autoAssignmentIsOff =
  "Vercel's instant rollback switches the automatic assignment of production domains off: from now on a push does not reach production by itself. Sluice's next release promotes explicitly, so nothing has to be done; without Sluice, promote once on the dashboard.";

const unlessUnreadable = (error: unknown): undefined => {
  if (error instanceof ProviderError && error.retryable) return undefined;
  throw error;
};

const movedMeanwhile = (production: Production, ifGeneration: string): Outcome => ({
  outcome: "not-applied",
  reason: "generation-differs",
  message: `Production is at ${production.generation}, not at ${ifGeneration}: somebody moved traffic meanwhile. Nothing was written.`,
  production,
});

/** Vercel's own word that the move of the domains that was asked for since `before` did not work out. */
const hasFailed = ({ project: { lastAliasRequest: request } }: Facts, before: Facts): boolean =>
  request?.jobStatus === "failed" && request.requestedAt !== before.project.lastAliasRequest?.requestedAt;

function hasShares({ serving }: Production, candidate: string, stable: string, weight: number): boolean {
  const share = (version: string) => serving.find((entry) => entry.version === version)?.weight ?? 0;
  return share(candidate) === weight && share(stable) === 100 - weight;
}

const optional = <K extends string, T>(key: K, value: T | undefined): { [key in K]?: T } =>
  (value === undefined ? {} : { [key]: value }) as { [key in K]?: T };
