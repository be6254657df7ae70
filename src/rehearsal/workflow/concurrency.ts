/** How a job or workflow waits for its concurrency group. */
export interface GroupRequest {
  readonly group: string;
  /** `single`: one waits and a newer one replaces it. `max`: up to 100 wait, first come first served. */
  readonly queue: "single" | "max";
  readonly cancelInProgress: boolean;
  /** Called when a newer request with `cancel-in-progress` wants the group. */
  readonly cancel: () => void;
  /** Called when the group is not free at once. */
  readonly onWait: () => void;
  /** Aborting gives up waiting. */
  readonly signal: AbortSignal;
}

/** Returned to whoever got the group; must be called once, when done. */
export type Release = () => void;

/**
 * Concurrency groups of one repository, shared by the runs of one process. GitHub compares group names without regard
 * to case.
 */
export interface ConcurrencyGroups {
  /** Resolves when the group is free, or with `undefined` when the wait was given up or replaced by a newer request. */
  readonly enter: (request: GroupRequest) => Promise<Release | undefined>;
}

/** GitHub's limit for `queue: max`. */
const longestQueue = 100;

interface Waiting {
  readonly request: GroupRequest;
  readonly settle: (release: Release | undefined) => void;
}

interface Group {
  holder: GroupRequest | undefined;
  waiting: Waiting[];
}

export function createConcurrencyGroups(): ConcurrencyGroups {
  const groups = new Map<string, Group>();

  const admitNext = (group: Group): void => {
    const next = group.holder ? undefined : group.waiting.shift();
    if (!next) return;
    group.holder = next.request;
    next.settle(() => {
      if (group.holder !== next.request) return;
      group.holder = undefined;
      admitNext(group);
    });
  };

  const giveUp = (group: Group, waiting: Waiting): void => {
    group.waiting = group.waiting.filter((other) => other !== waiting);
    waiting.settle(undefined);
  };

  /** Whether the request may wait: an older one that waits makes room in a single queue, a full long queue has none. */
  const hasRoom = (group: Group, request: GroupRequest): boolean => {
    if (request.cancelInProgress) group.holder?.cancel();
    if (request.queue === "max") return group.waiting.length < longestQueue;
    for (const replaced of group.waiting) giveUp(group, replaced);
    return true;
  };

  return {
    enter: (request) =>
      new Promise((settle) => {
        const key = request.group.toLowerCase();
        const group = groups.get(key) ?? { holder: undefined, waiting: [] };
        groups.set(key, group);
        if (request.signal.aborted || !hasRoom(group, request)) return settle(undefined);
        const waiting = { request, settle };
        group.waiting.push(waiting);
        request.signal.addEventListener("abort", () => giveUp(group, waiting), { once: true });
        if (group.holder) request.onWait();
        admitNext(group);
      }),
  };
}
