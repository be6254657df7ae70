import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  type ArgoMetric,
  type ArgoResult,
  assessMetric,
  type Condition,
  evaluate,
  isTerminating,
  isWorse,
  overLimit,
  type Phase,
} from "../../bench/gate/argo.ts";
import { asymptoticHalfWidth, fisherGreater } from "../../bench/gate/fisher.ts";
import { flaggerFailsAt } from "../../bench/gate/flagger.ts";
import { classify, normalQuantile, shiftInterval, wilcoxonDifference } from "../../bench/gate/kayenta.ts";

const read = (name: string): unknown => JSON.parse(readFileSync(new URL(`../data/${name}`, import.meta.url), "utf8"));

interface MetricCase {
  readonly test: string;
  readonly line: number;
  readonly metric: ArgoMetric;
  readonly result: ArgoResult;
  readonly last_measurement_phase: Phase | null;
  readonly terminating: boolean;
  readonly expected: { readonly phase: Phase };
}

const argo = read("judges/argo.json") as {
  readonly metric_status_cases: readonly MetricCase[];
  readonly limit_cases: readonly MetricCase[];
  readonly phase_order_cases: readonly {
    readonly current: Phase;
    readonly new: Phase;
    readonly expected: { readonly new_is_worse: boolean };
  }[];
  readonly terminating_cases: readonly {
    readonly phases: readonly Phase[];
    readonly dry_run: readonly boolean[];
    readonly terminate_requested: boolean;
    readonly expected: { readonly terminating: boolean };
  }[];
  readonly evaluate_cases: readonly {
    readonly value: unknown;
    readonly success_condition: string | null;
    readonly failure_condition: string | null;
    readonly expected: { readonly phase: Phase };
  }[];
};

test("Argo's rules give the phases that Argo's own tests assert", () => {
  for (const known of argo.metric_status_cases) {
    const last = known.last_measurement_phase ?? undefined;
    const phase = assessMetric(known.metric, known.result, last, known.terminating);
    assert.equal(phase, known.expected.phase, `${known.test}: ${JSON.stringify(known)}`);
  }
  for (const known of argo.limit_cases) {
    assert.equal(overLimit(known.metric, known.result), known.expected.phase, known.test);
  }
  for (const known of argo.phase_order_cases) {
    assert.equal(isWorse(known.current, known.new), known.expected.new_is_worse, JSON.stringify(known));
  }
  for (const known of argo.terminating_cases) {
    const ends = isTerminating(known.phases, known.dry_run, known.terminate_requested);
    assert.equal(ends, known.expected.terminating, JSON.stringify(known));
  }
});

/** The conditions on a single value that Argo's cases use. */
const CONDITIONS: Readonly<Record<string, (value: number) => Condition>> = {
  true: () => true,
  false: () => false,
  "a == true": () => "error",
  "invalidVar == true": () => "error",
  "result == 10": (value) => value === 10,
  "result != 10": (value) => value !== 10,
  "result >= 0.9": (value) => value >= 0.9,
  "result < 0.9": (value) => value < 0.9,
  "result >= 0.9 || isNaN(result)": (value) => value >= 0.9 || Number.isNaN(value),
  "isInf(result)": (value) => value === Number.POSITIVE_INFINITY,
  "result[0] >= 0.95": () => "error",
};

test("one measurement is judged as Argo judges it", () => {
  let judged = 0;
  for (const { value, success_condition, failure_condition, expected } of argo.evaluate_cases) {
    const conditions = [success_condition, failure_condition].filter((text) => text !== null);
    if (conditions.some((text) => !Object.hasOwn(CONDITIONS, text))) continue;
    const number = value === "NaN" ? Number.NaN : value === "+Inf" ? Number.POSITIVE_INFINITY : Number(value);
    const [success, failure] = [success_condition, failure_condition].map((text) =>
      text === null ? undefined : CONDITIONS[text]?.(number),
    );
    const phase = evaluate(success, failure, value !== null && !Array.isArray(value));
    assert.equal(phase, expected.phase, JSON.stringify({ value, success_condition, failure_condition }));
    judged++;
  }
  assert.equal(judged, 18);
});

interface KayentaCase {
  readonly test: string;
  readonly classifier: string;
  readonly experiment: readonly (number | "NaN")[];
  readonly control: readonly (number | "NaN")[];
  readonly direction: "increase" | "decrease" | "either";
  readonly nan_strategy: "remove" | "replace";
  readonly tolerance: number;
  readonly confidence: number;
  readonly effect_measure: "meanRatio" | "cles";
  readonly allowed_increase: number;
  readonly allowed_decrease: number;
  readonly expected: { readonly classification?: string };
}

const kayenta = read("judges/kayenta.json") as {
  readonly classifier_cases: readonly KayentaCase[];
  readonly statistic_cases: readonly {
    readonly kind: string;
    readonly x: readonly number[];
    readonly y: readonly number[];
    readonly p: number;
    readonly mu: number;
    readonly quantile: number;
    readonly confidence: number;
    readonly expected: {
      readonly value: number;
      readonly ci_low: number;
      readonly ci_high: number;
      readonly estimate: number;
    };
  }[];
};

/** Without data a critical metric, or one that must have data, is a failure of its own kind. */
const asNodata = (text: string) => text.replace(/^Nodata.*/, "Nodata");

test("Kayenta's classifier gives the classes that Kayenta's own tests assert", () => {
  // One case asserts only that a reason is given.
  const cases = kayenta.classifier_cases.filter(
    ({ classifier, expected }) => classifier === "MannWhitneyClassifier" && expected.classification !== undefined,
  );
  assert.equal(cases.length, 33);
  for (const known of cases) {
    const numbers = (values: KayentaCase["control"]) => values.filter((value) => value !== "NaN");
    const found = classify(numbers(known.experiment), numbers(known.control), {
      tolerance: known.tolerance,
      confidence: known.confidence,
      direction: known.direction,
      nan: known.nan_strategy,
      effect: known.effect_measure,
      allowedIncrease: known.allowed_increase,
      allowedDecrease: known.allowed_decrease,
    });
    assert.equal(found, asNodata(known.expected.classification ?? ""), known.test);
  }
});

test("Kayenta's statistic ties out with R", () => {
  for (const known of kayenta.statistic_cases) {
    const { kind, x, y, expected } = known;
    const near = (found: number, wanted: number, tolerance: number) =>
      assert.ok(Math.abs(found - wanted) <= tolerance, `${kind}: ${found} is not ${wanted}`);
    if (kind === "wilcoxon_diff") near(wilcoxonDifference(x, y, known.mu, known.quantile), expected.value, 1e-5);
    if (kind === "normal_quantile") near(normalQuantile(known.p), expected.value, 1e-6);
    if (kind !== "confidence_interval") continue;
    const { lower, upper, estimate } = shiftInterval(x, y, known.confidence);
    near(lower, expected.ci_low, 1e-6);
    near(upper, expected.ci_high, 1e-6);
    near(estimate, expected.estimate, 1e-4);
  }
});

const vectors = read("judges/vectors.json") as {
  readonly kayentaMannWhitney: readonly {
    readonly canary: readonly number[];
    readonly baseline: readonly number[];
    readonly z0: number;
    readonly classification: string;
  }[];
  readonly kayentaIssue5622: {
    readonly control: readonly number[];
    readonly experiment: readonly number[];
    readonly z0: number;
  };
  readonly fisherExactGreater: readonly {
    readonly nc: number;
    readonly ec: number;
    readonly nb: number;
    readonly eb: number;
    readonly pOneSidedGreater: number;
  }[];
  readonly asympCS_GrowthBook: readonly {
    readonly s2: number;
    readonly n: number;
    readonly N_tuning: number;
    readonly alpha: number;
    readonly halfwidthTwoSided: number;
    readonly halfwidthOneSided: number;
  }[];
  readonly thresholdRules: readonly {
    readonly rule: string;
    readonly threshold: number;
    readonly failureLimit: number;
    readonly rates: readonly (number | null)[];
    readonly successMin: number;
    readonly expectFailLook: number;
  }[];
};

/** 1e-9, relative above 1. */
function close(found: number, wanted: number, what: string): void {
  assert.ok(Math.abs(found - wanted) <= 1e-9 * Math.max(1, Math.abs(wanted)), `${what}: ${found} is not ${wanted}`);
}

test("the other methods agree with the reference values", () => {
  for (const known of vectors.kayentaMannWhitney) {
    close(wilcoxonDifference(known.canary, known.baseline, 0, 0), known.z0, "z at no shift");
    assert.equal(classify(known.canary, known.baseline), known.classification.split(" ")[0]);
  }
  const { experiment, control, z0 } = vectors.kayentaIssue5622;
  close(wilcoxonDifference(experiment, control, 0, 0), z0, "z at no shift");
  assert.equal(classify(experiment, control), "Pass", "errors in half of the intervals against none at all");
  for (const { nc, ec, nb, eb, pOneSidedGreater } of vectors.fisherExactGreater) {
    close(fisherGreater(nc, ec, nb, eb), pOneSidedGreater, `${ec} of ${nc}`);
  }
  for (const { s2, n, N_tuning, alpha, halfwidthTwoSided, halfwidthOneSided } of vectors.asympCS_GrowthBook) {
    close(asymptoticHalfWidth(s2, n, N_tuning, alpha, 2), halfwidthTwoSided, "two-sided");
    close(asymptoticHalfWidth(s2, n, N_tuning, alpha, 1), halfwidthOneSided, "one-sided");
  }
  for (const { rule, threshold, failureLimit, rates, successMin, expectFailLook } of vectors.thresholdRules) {
    if (rule === "flagger") assert.equal(flaggerFailsAt(rates, 1 - successMin / 100, threshold), expectFailLook);
    if (rule !== "argo") continue;
    let failed = 0;
    const looks = rates.map((rate) => {
      failed += rate !== null && rate > threshold ? 1 : 0;
      return overLimit({ failureLimit }, { failed });
    });
    assert.equal(looks.indexOf("Failed") + 1, expectFailLook);
  }
});
