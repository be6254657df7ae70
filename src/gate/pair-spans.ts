import type { Arm } from "../evidence/increment.ts";
import type { Span } from "./state.ts";

export interface Waiting {
  readonly candidate?: Span;
  readonly stable?: Span;
}

export interface Pairing {
  readonly waiting: Waiting;
  /** Both versions over the same time, once there is such a time. */
  readonly pair?: { readonly candidate: Span; readonly stable: Span };
}

const plus = (a: Arm | undefined, b: Arm | undefined): Arm | undefined =>
  a && b && { total: a.total + b.total, bad: a.bad + b.bad };

function extend(old: Span | undefined, next: Span | undefined, slack: number): Span | undefined {
  if (old === undefined || next === undefined) return next ?? old;
  if (Math.abs(next.from - old.to) > slack) return next;
  const [fail, pass] = [plus(old.fail, next.fail), plus(old.pass, next.pass)];
  return { from: old.from, to: next.to, ...(fail && { fail }), ...(pass && { pass }) };
}

/**
 * Pairs the two versions' counts over the same time, within `slack` milliseconds.
 *
 * After a failed read one version's next counts cover more time than the other's; comparing them would let a shared
 * change of load or errors look like a difference. They wait until both end together; unequal beginnings are dropped.
 */
export function pairSpans(
  old: Waiting,
  next: { readonly candidate?: Span | undefined; readonly stable?: Span | undefined },
  slack: number,
): Pairing {
  const candidate = extend(old.candidate, next.candidate, slack);
  const stable = extend(old.stable, next.stable, slack);
  const waiting = { ...(candidate && { candidate }), ...(stable && { stable }) };
  if (!candidate || !stable || Math.abs(candidate.to - stable.to) > slack) return { waiting };
  if (Math.abs(candidate.from - stable.from) > slack) return { waiting: {} };
  return { waiting: {}, pair: { candidate, stable } };
}
