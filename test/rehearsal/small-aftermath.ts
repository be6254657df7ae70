import { fold } from "../../src/record/fold.ts";
import { type Entry, emptyRecord } from "../../src/record.ts";
import { bucketMs, type GroundTruth, type GroundTruthSecond } from "../../src/rehearsal/ground-truth.ts";
import type { Aftermath } from "../../src/rehearsal/judge.ts";
import { scenarioNamed } from "../../src/rehearsal/scenario.ts";

export const candidate = "c".repeat(40);
export const stable = "5".repeat(40);
export const began = 1_760_000_000_000;
const rate = 1000;

/** A second of traffic by numbers: the candidate's share, and the share of its answers that fail. */
export interface Second {
  readonly share: number;
  readonly failing?: number;
  /** Requests of the stable version that the router could not deliver. */
  readonly undelivered?: number;
  readonly dropped?: number;
}

const perBucket = (rate * bucketMs) / 1000;

function secondOf({ share, failing = 0, undelivered = 0, dropped = 0 }: Second, index: number): GroundTruthSecond {
  const ours = Math.round(perBucket * share);
  const failures = Math.round(ours * failing);
  const steps = 1000 / bucketMs;
  const buckets = Array.from({ length: steps }, (_, step) => {
    const at = index * steps + step;
    return [
      { at, version: candidate, status: 200, delivered: true, count: ours - failures },
      { at, version: candidate, status: 500, delivered: true, count: failures },
      { at, version: stable, status: 200, delivered: true, count: perBucket - ours },
      { at, version: stable, status: 502, delivered: false, count: step === 0 ? undelivered : 0 },
    ].filter(({ count }) => count > 0);
  }).flat();
  const first = began + index * 1000;
  const version = (answers: number, failed: number, lost: number) => ({
    answers,
    failures: failed + lost,
    undelivered: lost,
    p50: 4,
    p95: 9,
    first,
    last: first + 999,
    ...(failed + lost > 0 ? { firstFailure: first + 10 } : {}),
  });
  return {
    kind: "second",
    second: index,
    sent: rate,
    dropped,
    inFlight: 0,
    p50: 4,
    p95: 9,
    versions: {
      [stable]: version(rate - ours * steps, 0, undelivered),
      ...(ours > 0 ? { [candidate]: version(ours * steps, failures * steps, 0) } : {}),
    },
    buckets,
  };
}

export const truthOf = (seconds: readonly Second[]): GroundTruth => ({
  start: { kind: "start", url: "http://127.0.0.1:1", rate, startedAt: began },
  seconds: seconds.map(secondOf),
  endedAt: began + seconds.length * 1000,
});

const seconds = (count: number, second: Second): readonly Second[] => Array.from({ length: count }, () => second);
export const at = (second: number): number => began + second * 1000;

/** The record of one release that began and came to this end. */
function ended(as: "done" | "rolled-back"): Aftermath["record"] {
  const common = { at: began, by: { run: 101, attempt: 1, actor: "octocat" }, release: 101 };
  const last: Entry =
    as === "done"
      ? { kind: "ended", ...common, as, reason: "all-steps-passed", message: "Done." }
      : {
          kind: "rollback",
          ...common,
          from: candidate,
          to: stable,
          generation: "3",
          as,
          reason: "x",
          message: "Back.",
        };
  const started: Entry = {
    kind: "started",
    ...common,
    commit: candidate,
    runbookHash: "0".repeat(64),
    plan: { service: "shop", stages: [{ name: "release", steps: ["deploy"], shifts: [], maxHoldMs: 0 }] },
    stable,
    generation: "1",
  };
  return [started, last].reduce(fold, emptyRecord("production"));
}

function scenario(name: string): Aftermath["scenario"] {
  const found = scenarioNamed(name);
  if (found === undefined) throw new Error(`no scenario ${name}`);
  return found;
}

/** A good release as it should leave the world: 2 s before, 5 %, 25 %, everything. */
export function goodAftermath(): Aftermath {
  const traffic = [
    ...seconds(2, { share: 0 }),
    ...seconds(4, { share: 0.05 }),
    ...seconds(4, { share: 0.25 }),
    ...seconds(4, { share: 1 }),
  ];
  return {
    scenario: scenario("good"),
    conclusion: "success",
    record: ended("done"),
    production: { generation: "4", serving: [{ version: candidate, weight: 100 }] },
    stable,
    candidate,
    truth: truthOf(traffic),
    shares: [
      { at: at(2), weight: 5 },
      { at: at(6), weight: 25 },
      { at: at(10), weight: 100 },
    ],
    rolledBackAt: undefined,
    pushedAt: at(1),
    endedAt: at(14),
    migrations: ["0001_notes", "0002_note_author"],
    deployments: ["success"],
    leaks: [],
  };
}

/** A bad release as it should leave the world: a tenth of its answers failed for four seconds at 5 %. */
export function badAftermath(): Aftermath {
  const traffic = [
    ...seconds(2, { share: 0 }),
    ...seconds(4, { share: 0.1, failing: 0.1 }),
    ...seconds(4, { share: 0 }),
  ];
  return {
    ...goodAftermath(),
    scenario: scenario("errors"),
    conclusion: "failure",
    record: ended("rolled-back"),
    production: { generation: "3", serving: [{ version: stable, weight: 100 }] },
    truth: truthOf(traffic),
    shares: [{ at: at(2), weight: 10 }],
    rolledBackAt: at(6),
    endedAt: at(9),
    deployments: ["failure"],
  };
}
