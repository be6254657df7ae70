import { type Arm, addArms } from "../evidence/increment.ts";
import type { Span } from "./state.ts";

export interface Waiting {
  readonly candidate?: Span;
  readonly stable?: Span;
}

export interface Pairing {
  /** Absent when nobody waits. */
  readonly waiting?: Waiting;
  /** Both versions over the same time, once there is such a time. */
  readonly pair?: { readonly candidate: Span; readonly stable: Span };
}

const plus = (a: Arm | undefined, b: Arm | undefined): Arm | undefined => a && b && addArms(a, b);

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
  old: Waiting | undefined,
  nextCandidate: Span | undefined,
  nextStable: Span | undefined,
  slack: number,
): Pairing {
  const candidate = extend(old?.candidate, nextCandidate, slack);
  const stable = extend(old?.stable, nextStable, slack);
  if (!candidate && !stable) return {};
  if (!candidate || !stable || Math.abs(candidate.to - stable.to) > slack) {
    return { waiting: { ...(candidate && { candidate }), ...(stable && { stable }) } };
  }
  return Math.abs(candidate.from - stable.from) > slack ? {} : { pair: { candidate, stable } };
}
