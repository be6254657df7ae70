import type { Production } from "./simulated-release.ts";
import { type SimulatedWorld, weightOf } from "./simulated-world.ts";

/** How much traffic was left where, and for how long, in one schedule. Times are milliseconds, shares percent. */
export interface Left {
  /** Users who met a bad version, as minutes in which everybody would have met it. */
  readonly badMinutes: number;
  /** From the first bad answer until the version had no traffic any more; null when it still had at the end. */
  readonly badMs: number | null;
  /** Highest share the version had while it was bad. */
  readonly badShare: number;
  /** Longest time a share of a version not yet proven stayed with nobody at work on it. */
  readonly aloneMs: number;
  readonly aloneShare: number;
  /** Share of the candidate when all was over. */
  readonly restShare: number;
  readonly ms: number;
}

/** Reads it off the history of shares and the times at which somebody was at work. */
export function traffic(
  world: SimulatedWorld,
  production: Production,
  candidate: string,
  commit: string,
  end: number,
): Left {
  const spans = world.history.map(({ at, shares }, index) => ({
    from: at,
    until: world.history[index + 1]?.at ?? end,
    share: weightOf(shares, candidate),
  }));
  const bad = production.badAt(commit);
  const during = spans.filter(({ until, share }) => until > bad && share > 0);
  const badMinutes = during.reduce(
    (sum, { from, until, share }) => sum + ((until - Math.max(from, bad)) * share) / 100,
    0,
  );
  const last = during.at(-1);
  const done = world.entries.find(({ kind }) => kind === "ended" || kind === "rollback")?.at ?? end;
  const alone = spans
    .filter(({ share }) => share > 0)
    .flatMap(({ from, until, share }) => gaps(production, from, Math.min(until, done)).map((ms) => ({ ms, share })))
    .reduce((worst, gap) => (gap.ms > worst.ms ? gap : worst), { ms: 0, share: 0 });
  const rest = spans.at(-1)?.share ?? 0;
  return {
    badMinutes: badMinutes / 60_000,
    badMs: during.length === 0 ? 0 : rest > 0 ? null : (last?.until ?? 0) - Math.max(during[0]?.from ?? 0, bad),
    badShare: Math.max(0, ...during.map(({ share }) => share)),
    aloneMs: alone.ms,
    aloneShare: alone.share,
    restShare: rest,
    ms: end,
  };
}

/** Lengths of the times between two moments in which no job was alive. */
function gaps({ jobs }: Production, from: number, until: number): readonly number[] {
  const busy = jobs
    .map((job) => ({ from: job.from, until: job.until ?? until }))
    .filter((job) => job.until > from && job.from < until)
    .sort((a, b) => a.from - b.from);
  const found: number[] = [];
  let free = from;
  for (const job of busy) {
    if (job.from > free) found.push(job.from - free);
    free = Math.max(free, job.until);
  }
  if (until > free) found.push(until - free);
  return found;
}
