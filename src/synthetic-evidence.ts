import { compiled, type GateConfig, type Settled } from "./gate/config.ts";
import type { GateEvidence } from "./gate/judgement.ts";
import { keptReplay, newReplay, type Replay, withLook } from "./gate/replay.ts";
import { trafficOf } from "./gate/traffic-needed.ts";
import { assess, type GateState, type MetricBatch, newGate, toMeasure } from "./gate.ts";
import { formatLimit, type Limit } from "./limit.ts";
import { isNoData } from "./metric-provider/no-data.ts";
import { askVersion } from "./metric-provider/probe.ts";
import type { Measurement } from "./metric-provider.ts";
import type { Ports } from "./ports.ts";
import type { Stage } from "./step.ts";
import type { Verdict } from "./verdict.ts";

/** One request that tells how a version is, and what its answer must be. */
export interface Probe {
  readonly get: string;
  readonly status: number;
  /** Milliseconds after which an answer is none. */
  readonly within: number;
}

export interface SyntheticRequest {
  /** The gate that ran out of time, and what it said last. */
  readonly gate: GateState;
  readonly verdict: Verdict;
  readonly probes: readonly Probe[];
  /** Where each version answers directly. */
  readonly address: (version: string) => Promise<string | undefined>;
}

/** Requests a second to each version: enough to end in minutes, too few to be a load. */
const A_SECOND = 20;
const MOST_SECONDS = 300;
const WITHIN = 5_000;
const SECOND = 1_000;

/** What the smoke test of the stage asks for, or the first page when there is none. */
export function probesOf(stage: Stage | undefined): readonly Probe[] {
  const asked = (stage?.["smoke-test"] ?? []).flatMap((check): readonly Probe[] =>
    "get" in check ? [{ get: check.get, status: check.status, within: check.within ?? WITHIN }] : [],
  );
  return asked.length > 0 ? asked : [{ get: "/", status: 200, within: WITHIN }];
}

/**
 * Lets requests of our own decide the limits that too little traffic left open, at the versions' own addresses: no user
 * is among them, and the verdict says so. They can stand in for counts of requests and for latency; any other open
 * limit stays open. With its own error bounds, which the first gate must leave room for.
 */
export async function judgeSynthetically(
  request: SyntheticRequest,
  ports: Pick<Ports, "fetch" | "clock" | "cancelled" | "log">,
): Promise<Verdict> {
  const { gate, verdict } = request;
  const stays = (note: string): Verdict => ({
    ...verdict,
    message: `${verdict.message} ${note}`,
    evidence: Object.assign({}, verdict.evidence, { short: { note } }),
  });
  const { open, closed } = openLimits(gate.config, verdict.evidence as GateEvidence);
  if (closed !== undefined) return stays(`Synthetic requests say nothing about \`${closed}\`, so none were sent.`);
  const config = configOf(gate.config, open, ports.clock.now());
  const needed = Math.max(0, ...trafficOf(config, 0.5).map(({ requests }) => requests));
  if (needed > A_SECOND * MOST_SECONDS)
    return stays(
      `Synthetic requests could not tell either: ${needed} would be needed, and at most ${A_SECOND * MOST_SECONDS} are sent.`,
    );
  ports.log.info(`Too little traffic came; about ${needed} synthetic requests to each version will tell.`);
  const { decided, replay } = await probe(config, request, ports);
  if (decided === undefined) return stays("Synthetic requests did not tell either.");
  const short = { reason: verdict.reason, message: verdict.message };
  return { ...decided, evidence: Object.assign({}, decided.evidence, { short, replay: keptReplay(replay) }) };
}

/** The limits that must hold and are not proven; `closed` is one of them that no request of ours can prove. */
function openLimits(config: Settled, evidence: GateEvidence): { open: readonly Limit[]; closed?: string } {
  const unproven = new Set(
    evidence.limits.flatMap(({ limit, level, standing }) => (level !== "warn" && standing !== "proven" ? [limit] : [])),
  );
  const tests = compiled(config).filter(({ text, level }) => level !== "warn" && unproven.has(text));
  const fits = tests.filter(
    ({ kind, metric, shape, level, limit }) =>
      (kind === "evidence" || kind === "latency") &&
      level !== "hold" &&
      limit.versus !== "before" &&
      ((metric === "error-rate" && shape.kind === "counts") || (metric === "latency" && shape.kind === "histogram")),
  );
  const closed = tests.find((test) => !fits.includes(test));
  return { open: fits.map(({ limit }) => limit), ...(closed && { closed: formatLimit(closed.limit) }) };
}

const configOf = (from: Settled, limits: readonly Limit[], startedAt: number): GateConfig => ({
  limits,
  metrics: { "error-rate": { kind: "counts" }, latency: { kind: "histogram", dimension: "time" } },
  candidate: from.candidate,
  ...(from.stable !== undefined && { stable: from.stable }),
  startedAt,
  hold: 0,
  every: SECOND,
  maxHold: MOST_SECONDS * SECOND,
  alpha: from.alpha,
  beta: from.beta,
  margin: from.margin,
  synthetic: true,
});

/** Looks once a second until the limits are decided; undefined when they were not, or the job was cancelled. */
async function probe(
  config: GateConfig,
  { probes, address }: SyntheticRequest,
  ports: Pick<Ports, "fetch" | "clock" | "cancelled">,
): Promise<{ readonly decided: Verdict | undefined; readonly replay: Replay }> {
  let gate = newGate(config);
  const both = new Map(toMeasure(gate).map(({ of, version }) => [of, version]));
  const subjects = await Promise.all(
    [...both].map(async ([of, version]): Promise<Asked> => ({ of, version, address: await address(version) })),
  );
  let replay = newReplay(gate);
  for (let look = 0; look < MOST_SECONDS && !ports.cancelled.aborted; look++) {
    const asked = probes[look % probes.length];
    if (asked === undefined) break;
    const batch = await askAll(subjects, asked, ports);
    const now = ports.clock.now();
    replay = withLook(replay, batch, now);
    const { state, decision } = assess(gate, batch, now);
    gate = state;
    if (decision.verdict !== "hold") return { decided: decision.explain(), replay };
  }
  return { decided: undefined, replay };
}

interface Asked {
  readonly of: "candidate" | "stable";
  readonly version: string;
  readonly address: string | undefined;
}

async function askAll(
  subjects: readonly Asked[],
  { get, status, within }: Probe,
  ports: Pick<Ports, "fetch" | "clock" | "cancelled">,
): Promise<MetricBatch> {
  const from = ports.clock.now();
  const answers = await Promise.all(
    subjects.map(({ version, address }) =>
      askVersion({ get, status, within, requests: A_SECOND }, { version, address }, ports),
    ),
  );
  // Both were asked at the same times, whichever took longer to answer.
  const to = Math.max(from + 1, ports.clock.now());
  const sides = (which: "failures" | "latency") =>
    Object.fromEntries(
      answers.map((found, i): [string, Measurement] => [
        subjects[i]?.of ?? "",
        isNoData(found) ? found : { ...found[which], window: { from, to }, observedAt: to },
      ]),
    );
  return { "error-rate": sides("failures"), latency: sides("latency") };
}
