/** Somebody who waits on the timeline: a job, a machine, a person. */
export interface Actor {
  readonly name: string;
  /** Milliseconds by which its wall clock is ahead of the truth. */
  skewMs: number;
  /** Gone for good, in the middle of whatever it did. */
  dead: boolean;
  /** Frozen until then: what it would have done is done later. */
  frozenUntil: number;
}

export interface Timeline {
  /** Milliseconds since the beginning. */
  now(): number;
  /** Waits; rejects when the signal aborts, and never returns to the dead. */
  sleep(actor: Actor, ms: number, signal?: AbortSignal): Promise<void>;
  /** Lets something happen later, without an actor. */
  at(time: number, happen: () => void): void;
  /** Starts an actor's work; it is over when the promise is. */
  start(actor: Actor, work: () => Promise<void>): void;
  kill(actor: Actor): void;
  /** Plays until nothing is left to happen, or until `until`. */
  play(until: number): Promise<void>;
}

interface Moment {
  at: number;
  order: number;
  readonly actor: Actor | undefined;
  happen: (() => void) | undefined;
}

/**
 * Virtual time: whoever waits is woken in the order of the clock, one after the other, and computing takes no time. The
 * same seed therefore gives the same story, and a day passes in a millisecond.
 */
export function createTimeline(): Timeline {
  const heap: Moment[] = [];
  let clock = 0;
  let order = 0;
  /** Actors that are computing right now. */
  let busy = 0;
  let settled: (() => void) | undefined;

  const rest = () => {
    busy -= 1;
    if (busy === 0) settled?.();
  };
  const push = (at: number, actor: Actor | undefined, happen: () => void): Moment => {
    const moment = { at, order: order++, actor, happen };
    insert(heap, moment);
    return moment;
  };

  return {
    now: () => clock,
    sleep(actor, ms, signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const stop = () => {
          if (moment.happen === undefined) return;
          moment.happen = undefined;
          push(clock, actor, () => {
            busy += 1;
            reject(signal?.reason);
          });
        };
        const moment = push(clock + Math.max(0, ms), actor, () => {
          signal?.removeEventListener("abort", stop);
          busy += 1;
          resolve();
        });
        signal?.addEventListener("abort", stop, { once: true });
        rest();
      });
    },
    at: (time, happen) => void push(Math.max(time, clock), undefined, happen),
    start(actor, work) {
      push(clock, actor, () => {
        busy += 1;
        void work().then(rest, rest);
      });
    },
    kill(actor) {
      actor.dead = true;
    },
    async play(until) {
      for (let next = heap[0]; next !== undefined && next.at <= until; next = heap[0]) {
        remove(heap);
        const { actor, happen } = next;
        if (happen === undefined || actor?.dead === true) continue;
        if (actor !== undefined && actor.frozenUntil > next.at) {
          next.at = actor.frozenUntil;
          next.order = order++;
          insert(heap, next);
          continue;
        }
        clock = Math.max(clock, next.at);
        next.happen = undefined;
        happen();
        if (busy > 0)
          await new Promise<void>((resolve) => {
            settled = resolve;
          });
        settled = undefined;
      }
      clock = Math.max(clock, heap.length === 0 ? clock : until);
    },
  };
}

const earlier = (a: Moment, b: Moment) => a.at < b.at || (a.at === b.at && a.order < b.order);

/** A binary heap: schedules with a look a minute hold thousands of moments. */
function insert(heap: Moment[], moment: Moment): void {
  heap.push(moment);
  for (let child = heap.length - 1; child > 0; ) {
    const parent = (child - 1) >> 1;
    const [above, below] = [heap[parent], heap[child]];
    if (above === undefined || below === undefined || !earlier(below, above)) return;
    heap[parent] = below;
    heap[child] = above;
    child = parent;
  }
}

function remove(heap: Moment[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  heap[0] = last;
  for (let parent = 0; ; ) {
    const left = 2 * parent + 1;
    const right = left + 1;
    const at = (index: number) => heap[index];
    let first = parent;
    for (const child of [left, right]) {
      const [a, b] = [at(child), at(first)];
      if (a !== undefined && b !== undefined && earlier(a, b)) first = child;
    }
    const [a, b] = [at(parent), at(first)];
    if (first === parent || a === undefined || b === undefined) return;
    heap[parent] = b;
    heap[first] = a;
    parent = first;
  }
}
