/**
 * How Argo Rollouts assesses an analysis, written anew from its documented and tested behaviour (argoproj/argo-rollouts
 * at 9f8d111, `analysis/analysis.go`, `utils/evaluate/evaluate.go`, Apache-2.0), to compare with. Not used by Sluice.
 */
export type Phase = "Successful" | "Running" | "Pending" | "Inconclusive" | "Error" | "Failed";

export interface ArgoMetric {
  readonly interval?: string;
  readonly count?: number;
  readonly failureLimit?: number;
  readonly inconclusiveLimit?: number;
  readonly consecutiveErrorLimit?: number;
  readonly consecutiveSuccessLimit?: number;
}

export interface ArgoResult {
  readonly failed?: number;
  readonly inconclusive?: number;
  readonly consecutiveError?: number;
  readonly consecutiveSuccess?: number;
  readonly count?: number;
}

const DEFAULT_ERRORS = 4;

/** What the limits say: a later one overrides an earlier one, so that Error is more than Inconclusive than Failed. */
export function overLimit(metric: ArgoMetric, result: ArgoResult): Phase | undefined {
  const { failureLimit = 0, inconclusiveLimit = 0, consecutiveErrorLimit = DEFAULT_ERRORS } = metric;
  const { failed = 0, inconclusive = 0, consecutiveError = 0 } = result;
  let phase: Phase | undefined;
  if (failureLimit >= 0 && failed > failureLimit) phase = "Failed";
  if (inconclusive > inconclusiveLimit) phase = "Inconclusive";
  if (consecutiveError > consecutiveErrorLimit) phase = "Error";
  return phase;
}

/** One metric, after its newest measurement. A run that is stopped early counts as successful. */
export function assessMetric(
  metric: ArgoMetric,
  result: ArgoResult,
  last: Phase | undefined,
  terminating: boolean,
  known: Phase | undefined = undefined,
): Phase {
  if (known !== undefined && known !== "Running" && known !== "Pending") return known;
  if (last === undefined) return terminating ? "Successful" : "Pending";
  if (last === "Running") return "Running";
  const over = overLimit(metric, result);
  if (over !== undefined) return over;
  const { failureLimit = 0, consecutiveSuccessLimit = 0 } = metric;
  const { count = 0, consecutiveSuccess = 0 } = result;
  if (consecutiveSuccessLimit > 0 && consecutiveSuccess >= consecutiveSuccessLimit) return "Successful";
  const planned = metric.count ?? (metric.interval === undefined ? 1 : undefined);
  if (planned !== undefined && count >= planned) {
    if (consecutiveSuccessLimit === 0) return "Successful";
    return failureLimit >= 0 ? "Inconclusive" : "Failed";
  }
  return terminating ? "Successful" : "Running";
}

/** From best to worst: another order than that of the limits of one metric. */
const ORDER: readonly Phase[] = ["Successful", "Running", "Pending", "Inconclusive", "Error", "Failed"];

export const isWorse = (current: Phase, next: Phase): boolean => ORDER.indexOf(next) > ORDER.indexOf(current);

/** Whether the first bad metric ends the others; dry-run metrics never do. */
export const isTerminating = (phases: readonly Phase[], dryRun: readonly boolean[], requested: boolean): boolean =>
  requested || phases.some((phase, i) => dryRun[i] !== true && ["Failed", "Error", "Inconclusive"].includes(phase));

/** A condition of one measurement: whether it holds; `undefined` when there is none, `"error"` when it cannot be asked. */
export type Condition = boolean | "error" | undefined;

/** One measurement. Without any condition, and with NaN and only a failure condition, it succeeds. */
export function evaluate(success: Condition, failure: Condition, hasValue = true): Phase {
  if (!hasValue || success === "error" || failure === "error") return "Error";
  if (failure === true) return "Failed";
  if (success === undefined) return "Successful";
  if (success) return "Successful";
  return failure === undefined ? "Failed" : "Inconclusive";
}
