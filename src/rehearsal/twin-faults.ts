/** What a test breaks between a client and a hosted service: which requests it hits, and how many. */
export interface TwinFault {
  readonly method?: string;
  /** Matched against the path without its query. */
  readonly path?: RegExp;
  /** How many requests it hits, 1 unless given. */
  readonly times?: number;
  readonly status?: number;
  readonly retryAfter?: number;
  readonly delayMs?: number;
}

/** The faults that wait for their requests, first come, first served. */
export function faultQueue<F extends TwinFault>() {
  let waiting: { fault: F; left: number }[] = [];
  return {
    inject: (fault: F) => void waiting.push({ fault, left: fault.times ?? 1 }),
    clear(): void {
      waiting = [];
    },
    /** The fault that hits this request, which it uses up. */
    take({ method, path }: { readonly method: string; readonly path: string }): F | undefined {
      const hit = waiting.find(
        ({ fault }) => (fault.method ?? method) === method && (fault.path === undefined || fault.path.test(path)),
      );
      if (hit === undefined) return undefined;
      hit.left -= 1;
      waiting = waiting.filter(({ left }) => left > 0);
      return hit.fault;
    },
  };
}

const minute = 60_000;

/** Counts requests in windows of a minute; `resetsAt` is in milliseconds since the epoch. */
export function rateWindow(limit: number) {
  let begun = Date.now();
  let used = 0;
  return () => {
    const now = Date.now();
    if (now - begun >= minute) {
      begun = now;
      used = 0;
    }
    used += 1;
    return { limit, remaining: Math.max(0, limit - used), resetsAt: begun + minute, exceeded: used > limit };
  };
}
