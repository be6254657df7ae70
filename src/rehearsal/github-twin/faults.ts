/** What may go wrong between a client and GitHub. */
export type FaultKind =
  /** 503 before anything happens. */
  | "503"
  /** 429 with `retry-after`, before anything happens. */
  | "429"
  /** 403 of a secondary rate limit, with `retry-after`, before anything happens. */
  | "secondary-limit"
  /** The connection is cut before anything happens. */
  | "reset"
  /** The request takes effect, and the answer is 502. */
  | "502-after-apply"
  /** The request takes effect, and the connection is cut instead of an answer. */
  | "reset-after-apply"
  /** The request takes effect, and no answer comes until the client gives up. */
  | "timeout-after-apply"
  /** The request waits `delayMs`, then goes on as usual. */
  | "delay";

export interface Fault {
  readonly kind: FaultKind;
  /** Which requests it hits; every one when left out. The path is without the host and without the query. */
  readonly match?: { readonly method?: string; readonly path?: RegExp };
  /** How many requests it hits, 1 unless given. */
  readonly times?: number;
  /** For `429` and `secondary-limit`: the seconds GitHub asks to wait, 1 unless given. */
  readonly retryAfterSeconds?: number;
  /** For `delay`. */
  readonly delayMs?: number;
}

export interface Faults {
  inject(fault: Fault): void;
  /** Forgets every fault that has not struck yet. */
  clear(): void;
}

/** Faults strike in the order in which they were injected, each at most `times` times. */
export function faultBook(): Faults & { take(method: string, path: string): Fault | undefined } {
  let pending: { fault: Fault; left: number }[] = [];
  return {
    inject(fault) {
      pending.push({ fault, left: fault.times ?? 1 });
    },
    clear() {
      pending = [];
    },
    take(method, path) {
      const next = pending.find(({ fault }) => hits(fault, method, path));
      if (next === undefined) return undefined;
      next.left -= 1;
      pending = pending.filter(({ left }) => left > 0);
      return next.fault;
    },
  };
}

const hits = ({ match = {} }: Fault, method: string, path: string): boolean =>
  (match.method === undefined || match.method === method) && (match.path === undefined || match.path.test(path));
