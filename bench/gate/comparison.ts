import { table } from "../table.ts";
import { kayentaFailsAt, type LatencyScenario, latencyRun } from "./latency.ts";
import { argo, fisher, flagger, kayenta, type Method, sluice } from "./methods.ts";
import { seeded } from "./random.ts";
import { alarmsIn, medianTime, simulate, upperLimit } from "./simulate.ts";
import { byRequests, byUsers, LOGS, readLog, readTrace, someBuckets } from "./traces.ts";
import { DAY, type Minute, type Model, type Scenario } from "./traffic.ts";

/** How many runs each figure rests on: a quick set for everybody, a large one for the night. */
export interface Effort {
  readonly ours: number;
  readonly others: number;
  readonly times: number;
  readonly latency: number;
  readonly latencyMinutes: number;
  /** Divisions of the logs' users: counted by users, and by requests and by the others. */
  readonly divisions: number;
  readonly splits: number;
}

export const QUICK: Effort = {
  ours: 300,
  others: 60,
  times: 300,
  latency: 100,
  latencyMinutes: 240,
  divisions: 600,
  splits: 200,
};
export const FULL: Effort = {
  ours: 2500,
  others: 300,
  times: 1000,
  latency: 300,
  latencyMinutes: DAY,
  divisions: 4000,
  splits: 500,
};

const SEED = 20_260_801;
const NOT_WORSE = "error-rate vs stable not worse";
const print = (text: string) => process.stdout.write(text);
const percent = (share: number) => `${(100 * share).toFixed(share >= 0.1 ? 0 : 1)}%`;
const minutes = (time: number | undefined) => (time === undefined || !Number.isFinite(time) ? "never" : String(time));

type Place = readonly [model: Model, perMinute: number, share: number, bad: number, calibrate?: boolean];

const PLACES: readonly Place[] = [
  ["binomial", 100, 0.05, 0.005],
  ["binomial", 1000, 0.05, 0.005],
  ["binomial", 10_000, 0.05, 0.001],
  ["diurnal", 10_000, 0.05, 0.001],
  ["drift", 1000, 0.25, 0.005],
  ["shared outages", 1000, 0.05, 0.005],
  ["overdispersed", 1000, 0.05, 0.005, true],
  ["clustered", 1000, 0.05, 0.005, true],
  ["clustered", 1000, 0.25, 0.005, true],
  ["own bursts", 1000, 0.05, 0.005, true],
];

const nameOf = ({ perMinute, share, bad }: Pick<Scenario, "perMinute" | "share" | "bad">) =>
  `${perMinute}/min, ${percent(share)}, ${(100 * bad).toFixed(1)}% bad`;

/** Nothing is wrong, and everybody looks every minute for a day. */
export function falseAlarms({ ours, others }: Effort): void {
  const rows = PLACES.map(([model, perMinute, share, bad, calibrate = false]) => {
    const scenario = { model, perMinute, share, bad };
    const alarms = alarmsIn(simulate(sluice(NOT_WORSE, { calibrate }), scenario, DAY, ours, SEED));
    const rival = (method: Method) => percent(alarmsIn(simulate(method, scenario, DAY, others, SEED)) / others);
    const own = [percent(alarms / ours), percent(upperLimit(alarms, ours))];
    return [`${model}, ${nameOf(scenario)}`, ...own, ...[argo, flagger, kayenta, fisher].map(rival)];
  });
  const head = ["A/A, 24 h, a look a minute", "Sluice", "at most", "Argo", "Flagger", "Kayenta 1 h", "Fisher"];
  print(
    `\nFalse alarms: ${ours} days for Sluice, ${others} for the others, seed ${SEED}; "at most" is the upper 95% limit.\n`,
  );
  print(table(head, rows));
  print(
    "Overdispersed, clustered and bursts: Sluice calibrated on two hours of history. Own bursts hit one version only.\n",
  );
}

const times = (factor: number) => (bad: number) => bad * factor;
const plus = (points: number) => (bad: number) => bad + points;

/** Last number: the median of the capped e-value of the literature (calibrated, no start mixture), as a target. */
const REGRESSIONS: readonly (readonly [number, number, number, string, (bad: number) => number, number])[] = [
  [100, 0.05, 0.005, "x2", times(2), 635],
  [100, 0.05, 0.005, "x5", times(5), 61],
  [1000, 0.05, 0.001, "x2", times(2), 297],
  [1000, 0.05, 0.001, "x5", times(5), 30],
  [1000, 0.05, 0.001, "+0.5pp", plus(0.005), 22],
  [1000, 0.05, 0.005, "x2", times(2), 64],
  [1000, 0.05, 0.005, "x5", times(5), 7],
  [1000, 0.05, 0.005, "half bad", () => 0.5, 2],
  [10_000, 0.05, 0.001, "x2", times(2), 33],
  [10_000, 0.05, 0.001, "x5", times(5), 4],
  [10_000, 0.05, 0.001, "+0.5pp", plus(0.005), 4],
  [10_000, 0.05, 0.005, "x2", times(2), 8],
  [1000, 0.25, 0.001, "x5", times(5), 10],
  [1000, 0.25, 0.005, "x2", times(2), 17],
  [1000, 0.25, 0.005, "x5", times(5), 3],
];

const ONSET = 360;

/** Something is wrong: minutes until half of the runs have failed. Speed of a rule that always alarms is no merit. */
export function timesToFail(effort: Effort): void {
  const rows = REGRESSIONS.map(([perMinute, share, bad, name, regression, target]) => {
    const scenario: Scenario = { model: "binomial", perMinute, share, bad, regression };
    const time = (method: Method, runs: number) => minutes(medianTime(simulate(method, scenario, DAY, runs, SEED)));
    const rivals = [argo, flagger, kayenta, fisher].map((method) => time(method, Math.min(effort.others, 60)));
    return [`${nameOf(scenario)}: ${name}`, time(sluice(NOT_WORSE), effort.times), String(target), ...rivals];
  });
  const head = ["median minutes to FAIL", "Sluice", "target", "Argo", "Flagger", "Kayenta", "Fisher"];
  print(
    `\nRegressions from the first minute: ${effort.times} runs for Sluice, ${Math.min(effort.others, 60)} for the others, seed ${SEED}.\n`,
  );
  print(table(head, rows));
  const late = ([2, 5] as const).map((factor) => {
    const scenario: Scenario = { ...lateScenario, regression: times(factor) };
    const found = (method: Method) => {
      const alarms = simulate(method, scenario, DAY, effort.times, SEED);
      const early = alarms.filter((alarm) => alarm !== undefined && alarm <= ONSET).length / effort.times;
      return `${minutes(medianTime(alarms) - ONSET)} (${percent(early)})`;
    };
    return [`x${factor}`, ...[sluice(NOT_WORSE), argo, flagger, fisher].map(found)];
  });
  print(`\nBegun after six hours (${nameOf(lateScenario)}): minutes after that, and false alarms before it.\n`);
  print(table(["", "Sluice", "Argo", "Flagger", "Fisher"], late));
}

const lateScenario: Scenario = { model: "binomial", perMinute: 1000, share: 0.05, bad: 0.005, onset: ONSET };

const LATENCY_LIMIT = "latency vs stable not worse";
/** Kayenta's own confidence of 98 %. */
const OWN_QUANTILE = 2.326;

/** A slower candidate; Kayenta's confidence is raised until it has at most 1 % false alarms over the same time. */
export function latency({ latency: runs, latencyMinutes }: Effort): void {
  const places: readonly Omit<LatencyScenario, "slower">[] = [
    { perMinute: 200, share: 0.05, noise: 0 },
    { perMinute: 1000, share: 0.05, noise: 0 },
    { perMinute: 1000, share: 0.05, noise: 0.05 },
    { perMinute: 1000, share: 0.25, noise: 0 },
  ];
  const rows = places.flatMap((place) => {
    const all = (slower: number, length: number, seed: number) =>
      Array.from({ length: runs }, (_, i) => latencyRun({ ...place, slower }, [LATENCY_LIMIT], length, seed + i));
    const healthy = all(1, latencyMinutes, SEED);
    const worst = healthy.map(({ kayenta: scores }) => Math.max(...scores)).toSorted((a, b) => b - a);
    const raised = Math.max(OWN_QUANTILE, worst[Math.floor(runs / 100)] ?? OWN_QUANTILE);
    const share = (alarm: (run: (typeof healthy)[number]) => number | undefined) =>
      percent(healthy.filter((run) => alarm(run) !== undefined).length / runs);
    const falseOnes = [share(({ sluice: [at] }) => at), share(({ kayenta: s }) => kayentaFailsAt(s, OWN_QUANTILE))];
    return [1.2, 1.5].map((slower) => {
      const found = all(slower, 120, SEED + 100_000);
      const ours = medianTime(found.map(({ sluice: [at] }) => at));
      const theirs = [OWN_QUANTILE, raised].map((q) => medianTime(found.map(({ kayenta: s }) => kayentaFailsAt(s, q))));
      const noise = place.noise > 0 ? ", noisy" : "";
      const name = `${place.perMinute}/min, ${percent(place.share)}${noise}: +${Math.round(100 * (slower - 1))}%`;
      return [name, ...falseOnes, minutes(ours), ...theirs.map(minutes)];
    });
  });
  const head = ["latency", "Sluice A/A", "Kayenta A/A", "Sluice", "Kayenta", "Kayenta at 1%"];
  print(
    `\nLatency: \`${LATENCY_LIMIT}\`, ${runs} runs, A/A over ${latencyMinutes / 60} h, median minutes, seed ${SEED}.\n`,
  );
  print(table(head, rows));
}

const runThrough = (method: Method, looks: readonly Minute[]) => {
  const fails = method.begin([]);
  return looks.findIndex((look, i) => fails(i, look));
};

/** Real logs, users divided at random and kept: whatever alarms is wrong. */
export function realLogs({ divisions, splits }: Effort): void {
  const rows = Object.entries(LOGS).flatMap(([name, file]) => {
    const log = readLog(file);
    return [1, 5, 10].map((buckets) => {
      const alarms = (count: typeof byUsers, method: Method, times: number) => {
        const random = seeded(SEED + buckets);
        // One of twenty buckets has twenty divisions: what was judged once need not be judged again.
        const known = new Map<string, boolean>();
        return Array.from({ length: times }, () => someBuckets(buckets, random)).filter((some) => {
          const name = [...some].sort((a, b) => a - b).join();
          const found = known.get(name) ?? runThrough(method, count(log, some)) >= 0;
          known.set(name, found);
          return found;
        }).length;
      };
      const users = alarms(byUsers, sluice(NOT_WORSE, { perUser: true }), divisions);
      const others = [sluice(NOT_WORSE), argo, flagger, kayenta].map((m) =>
        percent(alarms(byRequests, m, splits) / splits),
      );
      return [`${name}, ${5 * buckets}%`, percent(users / divisions), percent(upperLimit(users, divisions)), ...others];
    });
  });
  const head = ["sticky A/A", "Sluice, users", "at most", "Sluice, requests", "Argo", "Flagger", "Kayenta 1 h"];
  print(`\nReal logs: ${divisions} random divisions of the users, ${splits} for the others, seed ${SEED}.\n`);
  print(table(head, rows));
}

interface Labelled {
  readonly traces: readonly {
    readonly name: string;
    readonly truth: string;
    readonly batches: readonly (readonly [number, number, number, number])[];
    readonly reference: { readonly gate: { readonly failLook: number | null } };
  }[];
}

interface Shop {
  readonly cases: Readonly<Record<string, { readonly rows: readonly (readonly number[])[]; readonly metric?: string }>>;
}

/** Traces whose truth is known, and a real shop with faults injected into it. */
export function labelledTraces(): void {
  const { traces } = readTrace("synthetic_labelled.json") as Labelled;
  const rows = traces.map(({ name, truth, batches, reference }) => {
    const looks = batches.map(([n, e, m, f]) => ({ candidate: { total: n, bad: e }, stable: { total: m, bad: f } }));
    const at = runThrough(sluice(NOT_WORSE, { looks: looks.length }), looks) + 1;
    return [name, truth, at === 0 ? "no" : `look ${at}`, minutes(reference.gate.failLook ?? undefined)];
  });
  print("\nLabelled traces: when the gate fails, and when the reference does.\n");
  print(table(["trace", "truth", "Sluice", "reference"], rows));
  const shop = readTrace("petshop_petsite.json") as Shop;
  const healthy = shop.cases["high_traffic/noissue"]?.rows ?? [];
  const faults = Object.entries(shop.cases).filter(([, { metric }]) => metric === "availability");
  const shops = faults.map(([name, { rows: faulty }]) => {
    const begun = faulty.slice(
      Math.max(
        0,
        faulty.findIndex((row) => (row[7] ?? 100) < 99),
      ),
    );
    const at = runThrough(alone(faulty.length), begun.map(aloneOf));
    const worst = Math.max(...faulty.map((row) => 100 - (row[7] ?? 100)));
    return [name, `${worst.toFixed(1)}% at worst`, at < 0 ? "no" : `window ${at + 1}`];
  });
  const quiet = runThrough(alone(healthy.length), healthy.map(aloneOf));
  print("\nPetShop, `error-rate < 1%`, five minutes a window, gates begun with the fault.\n");
  print(
    table(["case", "bad", "fails"], [["49 healthy hours", "", quiet < 0 ? "no" : `window ${quiet + 1}`], ...shops]),
  );
}

/** One version alone: requests and the share of them that failed. */
function aloneOf(row: readonly number[]): Minute {
  const total = row[6] ?? 0;
  const bad = Math.round(total * (1 - (row[7] ?? 100) / 100));
  return { candidate: { total, bad }, stable: { total: 0, bad: 0 } };
}

const alone = (looks: number) => sluice("error-rate < 1%", { looks });
