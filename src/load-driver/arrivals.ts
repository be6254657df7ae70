/** A stretch of a load test: the rate goes in a straight line from the one before it to this one. */
export interface Ramp {
  /** Requests a second at the end. */
  readonly rate: number;
  /** Milliseconds. */
  readonly for: number;
}

/** What a test offers: a constant rate, or ramps that begin at zero. */
export type Schedule = { readonly rate: number; readonly for: number } | { readonly ramps: readonly Ramp[] };

interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly for: number;
}

function stretchesOf(schedule: Schedule): readonly Stretch[] {
  if (!("ramps" in schedule)) return [{ from: schedule.rate, to: schedule.rate, for: schedule.for }];
  return schedule.ramps.map((ramp, i) => ({
    from: schedule.ramps[i - 1]?.rate ?? 0,
    to: ramp.rate,
    for: ramp.for,
  }));
}

const requestsOf = ({ from, to, for: ms }: Stretch): number => ((from + to) / 2) * (ms / 1000);

/** Milliseconds the whole schedule takes. */
export const durationOf = (schedule: Schedule): number =>
  stretchesOf(schedule).reduce((sum, stretch) => sum + stretch.for, 0);

/** Requests the whole schedule is due to send. */
export const arrivalsOf = (schedule: Schedule): number =>
  Math.floor(stretchesOf(schedule).reduce((sum, stretch) => sum + requestsOf(stretch), 0) + 1e-9);

/**
 * When each request is due, in milliseconds from the start: the n-th when the area under the rate has reached n.
 *
 * Inside a stretch the area is r0 t + a t^2 / 2, solved for t in the form 2n / (r0 + sqrt(r0^2 + 2 a n)), which does
 * not cancel for flat stretches.
 */
export function* arrivals(schedule: Schedule): Generator<number, void, undefined> {
  let begin = 0;
  let before = 0;
  let next = 1;
  for (const stretch of stretchesOf(schedule)) {
    const { from, to, for: ms } = stretch;
    const slope = (to - from) / (ms / 1000);
    const area = requestsOf(stretch);
    for (; next - before <= area + 1e-9; next++) {
      const n = next - before;
      const seconds = (2 * n) / (from + Math.sqrt(Math.max(0, from * from + 2 * slope * n)));
      yield begin + Math.min(ms, seconds * 1000);
    }
    before += area;
    begin += ms;
  }
}
