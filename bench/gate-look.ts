import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { gather, logEValue, planEvidence, type Sums } from "../src/evidence.ts";
import { assess, type MetricBatch, newGate } from "../src/gate.ts";
import type { Histogram } from "../src/metric-provider.ts";
import { FULL, falseAlarms, labelledTraces, latency, QUICK, realLogs, timesToFail } from "./gate/comparison.ts";
import { countsOf, limitOf } from "./gate/methods.ts";
import { table } from "./table.ts";

const LOOKS = 5_000;
const ROUNDS = 40;
const MINUTE = 60_000;
/** Looks of a hold of a day that needs all of its longest time. */
const LONGEST = 2 * 1440;

// A round keeps thousands of measurements where a gate keeps one look's: they are put aside before the clock starts.
setFlagsFromString("--expose-gc");
const settle = runInNewContext("gc") as () => void;

/**
 * Microseconds of CPU of one look, the best of several rounds: the others measure the machine's mood. What a round looks
 * at is made before it, as a look's measurements are.
 */
function best<Seen>(prepare: (look: number) => Seen, round: (seen: readonly Seen[], from: number) => void): number {
  const took = Array.from({ length: ROUNDS }, (_, i) => {
    const from = i * LOOKS;
    const seen = Array.from({ length: LOOKS }, (_, look) => prepare(from + look));
    settle();
    const began = process.cpuUsage();
    round(seen, from);
    // Both, since the kernel tells them apart by sampling only.
    const { user, system } = process.cpuUsage(began);
    return (user + system) / LOOKS;
  });
  return Math.min(...took);
}

/** Both versions alike: a gate that has decided takes no further look. */
const armsAt = (look: number) => ({
  candidate: { total: 50, bad: look % 190 === 0 ? 1 : 0 },
  stable: { total: 950, bad: look % 10 === 0 ? 1 : 0 },
});

/** The evidence alone: FAIL and PASS of one metric, gathered and weighed. */
function evidenceStep(): number {
  const about = { ratio: 1, margin: 0 };
  const fail = planEvidence(about, "worse", { looks: 1440, fromStart: 0.9, batches: 2, level: 0.01, decimals: 6 });
  const pass = planEvidence({ ratio: 1, margin: 0.005 }, "better", { decimals: 6 });
  let [against, inFavour]: [Sums, Sums] = [[], []];
  let sum = 0;
  const took = best(armsAt, (arms, from) => {
    for (let i = 0; i < LOOKS; i++) {
      const look = from + i + 1;
      against = gather(fail, against, look, arms[i]);
      inFavour = gather(pass, inFavour, look, arms[i]);
      sum += logEValue(fail, against, look) + logEValue(pass, inFavour, look);
    }
  });
  if (Number.isNaN(sum)) throw new Error("The evidence is not a number.");
  return took;
}

/** Measurements of both versions at every look of a round, made beforehand: their making is no part of a look. */
type Measured = (look: number) => MetricBatch;

const counted: Measured = (look) => {
  const { candidate, stable } = armsAt(look);
  return { "error-rate": { candidate: countsOf(look, "b", candidate), stable: countsOf(look, "a", stable) } };
};

const BELOW = [2, 7, 22, 38, 89, 99, 100, 100].map((percent) => percent / 100);
const BOUNDS = [25, 50, 75, 100, 250, 500, 1000, Number.POSITIVE_INFINITY];

/** A third of a percent more or less below each bound, from look to look. */
const timed: Measured = (look) => {
  const histogram = (version: string, total: number): Histogram => ({
    kind: "histogram",
    buckets: BOUNDS.map((le, i) => ({ le, count: Math.round(total * (BELOW[i] ?? 1) - (i < 6 ? look % 2 : 0)) })),
    sum: 150 * total,
    window: { from: look * MINUTE, to: (look + 1) * MINUTE },
    observedAt: (look + 1) * MINUTE,
    version,
    source: "simulation",
  });
  return { latency: { candidate: histogram("b", 50), stable: histogram("a", 950) } };
};

function gateLook(texts: readonly string[], measured: Measured): readonly string[] {
  let gate = newGate({
    limits: texts.map((text) => limitOf(text)),
    metrics: { "error-rate": { kind: "counts" }, latency: { kind: "histogram", dimension: "time" } },
    candidate: "b",
    stable: "a",
    startedAt: 0,
    hold: 1440 * MINUTE,
    every: MINUTE,
  });
  let bytes = 0;
  const took = best(measured, (batches, from) => {
    for (let i = 0; i < LOOKS; i++) {
      const look = from + i;
      gate = assess(gate, batches[i] ?? {}, (look + 1) * MINUTE).state;
      if (look === LONGEST) bytes = Math.max(...gate.limits.map((limit) => JSON.stringify(limit).length));
    }
  });
  return [texts.join(", "), took.toFixed(2), (took / texts.length).toFixed(2), String(bytes)];
}

/**
 * What a look costs, and how the gate compares with others on the same traffic. `--full` takes many more runs, for
 * the night, `--days N` so many healthy days for Sluice; `--cost` prints the cost alone.
 */
export async function run(args: readonly string[] = []): Promise<void> {
  const rows = [
    gateLook(["error-rate < 2%"], counted),
    gateLook(["error-rate vs stable not worse"], counted),
    gateLook(["error-rate < 2%", "error-rate vs stable < +2pp"], counted),
    gateLook(["latency vs stable not worse"], timed),
  ];
  const evidence = ["FAIL and PASS evidence of one metric", "", evidenceStep().toFixed(2), ""];
  process.stdout.write(table(["one look", "us", "us per limit", "state, bytes"], [evidence, ...rows]));
  if (args.includes("--cost")) return;
  const days = Number(args[args.indexOf("--days") + 1]);
  const wanted = args.includes("--full") ? FULL : QUICK;
  const effort = args.includes("--days") && days > 0 ? { ...wanted, ours: days } : wanted;
  falseAlarms(effort);
  timesToFail(effort);
  latency(effort);
  realLogs(effort);
  labelledTraces();
}
