/** What a judgement came to. Only `pass` moves a release forward. */
export type VerdictKind = "pass" | "fail" | "hold" | "error";

/**
 * A judgement with its reason.
 *
 * `hold` means unproven (no data, too little, waiting for a person); `error` means the question itself was refused
 * (wrong credential, refused query, our own exception).
 */
export interface Verdict {
  readonly verdict: VerdictKind;
  /** Stable, kebab-case code that scripts may rely on, such as `limit-broken` or `not-enough-data`. */
  readonly reason: string;
  /** A full sentence for a person: value, limit, sample size, window, source and what to do next. */
  readonly message: string;
  /** Everything measured and done, as plain JSON. */
  readonly evidence?: unknown;
  /** The release is over: no later look can change this verdict. */
  readonly final?: boolean;
}

const severity: Record<VerdictKind, number> = { pass: 0, hold: 1, error: 2, fail: 3 };

export const pass = (reason: string, message: string, evidence?: unknown): Verdict => ({
  verdict: "pass",
  reason,
  message,
  evidence,
});
export const fail = (reason: string, message: string, evidence?: unknown): Verdict => ({
  verdict: "fail",
  reason,
  message,
  evidence,
});
export const hold = (reason: string, message: string, evidence?: unknown): Verdict => ({
  verdict: "hold",
  reason,
  message,
  evidence,
});

/** The most severe of several verdicts; an empty list proves nothing and holds. */
export function worst(verdicts: readonly Verdict[]): Verdict {
  const [first, ...rest] = verdicts;
  if (first === undefined) return hold("nothing-judged", "Nothing was judged, so nothing is proven.");
  return rest.reduce((a, b) => (severity[b.verdict] > severity[a.verdict] ? b : a), first);
}
