import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { classify } from "../../bench/gate/kayenta.ts";
import { byRequests, byUsers, LOGS, readLog, readTrace } from "../../bench/gate/traces.ts";
import { gather, logEValue, NO_EVIDENCE, planEvidence, type Sums } from "../../src/evidence.ts";
import { gateProblems } from "../../src/gate/config.ts";
import type { Measurement } from "../../src/metric-provider.ts";
import { CANDIDATE, config, counts, run, SECOND, STABLE, stamp, value } from "../gate-world.ts";

const other = JSON.parse(readFileSync(new URL("../data/judges/other.json", import.meta.url), "utf8")) as {
  readonly kayenta_verdicts_users_call_wrong: {
    readonly cases: readonly {
      readonly source: string;
      readonly experiment: readonly number[];
      readonly control: readonly number[];
      readonly kayenta?: string;
    }[];
  };
  readonly pipecd_compare: { readonly cases: readonly { readonly pass?: boolean; readonly judgement?: string }[] };
  readonly keptn_analysis_total: {
    readonly cases: readonly { readonly result: string; readonly judgement?: string }[];
  };
};

const absent: Measurement = { kind: "no-data", reason: "empty", message: "The query gave nothing." };
const short = { hold: 10 * SECOND, maxHold: 20 * SECOND };

/** What others let pass without proof: here it is never a pass. Each row says whose rule it is and why ours differs. */
const failOpen: readonly (readonly [rule: string, why: string, measured: (now: number) => Measurement | undefined])[] =
  [
    ["PipeCD passes when neither version has data", "nothing was seen", () => absent],
    ["Kayenta passes no data under `replace`", "zeros that nobody measured are no zeros", () => undefined],
    [
      "Argo succeeds with NaN and only a failure condition",
      "NaN is no number",
      (now) => value(now, CANDIDATE, Number.NaN),
    ],
    ["Argo succeeds with +Inf above its limit", "infinity is no number", (now) => value(now, CANDIDATE, Infinity)],
    ["Argo succeeds when a run ends before its first measurement", "ended early is not proven", () => undefined],
  ];

for (const [rule, why, measured] of failOpen) {
  test(`${rule}; ours holds: ${why}`, () => {
    const { verdict } = run(config(["memory < 90%"], short), (now) => {
      const candidate = measured(now);
      return candidate === undefined ? {} : { memory: { candidate, stable: value(now, STABLE, 0.5) } };
    });
    assert.deepEqual([verdict.verdict, verdict.reason], ["hold", "inconclusive"]);
  });
}

test("the rows called wrong at their source are the ones inverted here", () => {
  const open = other.pipecd_compare.cases.filter(({ judgement }) => judgement?.startsWith("fails open"));
  assert.deepEqual(
    open.map(({ pass }) => pass),
    [true],
    "PipeCD: no data on both sides",
  );
  const empty = other.keptn_analysis_total.cases.filter(({ judgement }) => judgement?.startsWith("fails open"));
  assert.deepEqual(
    empty.map(({ result }) => result),
    ["pass"],
    "Keptn: no objectives",
  );
  assert.match(gateProblems(config([])).join(), /proves nothing/, "ours: a gate without limits is refused");
});

test("what Kayenta passes against its users' wish, ours does not pass", () => {
  for (const { source, experiment, control, kayenta } of other.kayenta_verdicts_users_call_wrong.cases) {
    if (kayenta !== undefined) assert.equal(classify(experiment, control), kayenta, source);
    const reading = (series: readonly number[], now: number, version: string) => ({
      ...stamp(now, version),
      kind: "histogram" as const,
      buckets: [{ le: Number.POSITIVE_INFINITY, count: 100 }],
      sum: 100 * (series[now / SECOND - 1] ?? Number.NaN),
    });
    const looks = Math.min(experiment.length, control.length);
    const { verdict } = run(
      config(["latency mean vs stable not worse"], { hold: looks * SECOND, maxHold: (looks + 1) * SECOND }),
      (now) => ({ latency: { candidate: reading(experiment, now, CANDIDATE), stable: reading(control, now, STABLE) } }),
    );
    assert.notEqual(verdict.verdict, "pass", source);
  }
});

/** Limits that say what they mean: Argo's `failureLimit: 3` fails at the fourth bad measurement. */
test("one failed measurement of a limit without `for` fails at once, where Argo counts on", () => {
  const { looks } = run(config(["memory < 90%"]), (now) => ({ memory: { candidate: value(now, CANDIDATE, 0.95) } }));
  assert.equal(looks, 1);
});

/** Flagger counts a look without traffic as failed, so that an idle service is rolled back. */
test("no traffic holds, where Flagger rolls back", () => {
  const { verdict } = run(config(["error-rate < 1%"], short), (now) => ({
    "error-rate": { candidate: counts(now, CANDIDATE, 0, 0), stable: counts(now, STABLE, 0, 0) },
  }));
  assert.deepEqual([verdict.verdict, verdict.reason], ["hold", "inconclusive"]);
});

interface Expected {
  readonly canaryBuckets: readonly number[];
  readonly maxLogE_requests: number;
  readonly maxLogE_users: number;
}

test("on the real logs the evidence is what was computed independently, by requests and by users", () => {
  const expected = readTrace("expected_AA.json") as Readonly<Record<string, readonly Expected[]>>;
  const risks = [1.25, 1.5, 2, 3, 5, 10, 30];
  const plan = planEvidence({ ratio: 1, margin: 0 }, "worse", { risks });
  const largest = (looks: ReturnType<typeof byUsers>) => {
    let sums: Sums = NO_EVIDENCE;
    return looks.reduce((most, batch, i) => {
      sums = gather(plan, sums, i + 1, batch);
      return Math.max(most, logEValue(plan, sums, i + 1));
    }, 0);
  };
  for (const file of Object.values(LOGS)) {
    const log = readLog(file);
    for (const { canaryBuckets, maxLogE_requests, maxLogE_users } of expected[file] ?? []) {
      assert.ok(Math.abs(largest(byRequests(log, canaryBuckets)) - maxLogE_requests) < 1e-9);
      assert.ok(Math.abs(largest(byUsers(log, canaryBuckets)) - maxLogE_users) < 1e-9);
    }
  }
});
