import { formatDuration } from "../duration.ts";
import type { After } from "../record/waiting.ts";
import type { EnvironmentRecord, ReleaseState } from "../record.ts";
import { fail, hold, pass, type Verdict } from "../verdict.ts";

/** How another environment stands; `from` is when time alone will have proven the commit, milliseconds since the epoch. */
export type Proven = Verdict & { readonly from?: number };

/**
 * Whether another environment has proven a commit: its newest release is of this commit, ended as done with every watch
 * it has, and has served there for long enough, and not too long ago. Anything else is held, because it may still come;
 * a commit that went back there is refused.
 */
export function provenElsewhere(record: EnvironmentRecord, commit: string, after: After, now: number): Proven {
  const { environment, watchedMs, withinMs } = after;
  const { release } = record;
  const short = commit.slice(0, 12);
  const waiting = (reason: string, message: string) =>
    hold(reason, `Commit ${short} waits for ${environment}: ${message}`);
  if (release === null || release.commit !== commit)
    return waiting(
      "not-released-there",
      release === null
        ? "no release was ever recorded there."
        : `its newest release, ${release.id}, is of commit ${release.commit.slice(0, 12)}.`,
    );
  if (release.ended === null) return waiting("under-way-there", `release ${release.id} is under way there.`);
  const { as, at, reason } = release.ended;
  if (record.rejected.some((known) => known.commit === commit))
    return fail("rejected-there", `Commit ${short} was rolled back in ${environment} (${reason}); fix it and push.`);
  if (as !== "done") return waiting("not-done-there", `release ${release.id} ended there as ${as} (${reason}).`);
  const skipped = Object.entries(release.steps).find(([key, { outcome }]) => outcome === "skipped" && isWatch(key));
  if (skipped !== undefined)
    return waiting(
      "not-watched-there",
      `${skipped[0]} was skipped there (${skipped[1].message}); release it there again.`,
    );
  if (withinMs !== undefined && now - at > withinMs)
    return waiting(
      "too-long-ago",
      `release ${release.id} was done there ${new Date(at).toISOString()}, more than ${formatDuration(withinMs)} ago; release it there again.`,
    );
  const from = servedSince(release, at) + watchedMs;
  if (now < from)
    return {
      ...waiting(
        "not-watched-there",
        `it has to serve there for ${formatDuration(watchedMs)}, until ${new Date(from).toISOString()}.`,
      ),
      from,
    };
  return pass("proven-there", `Release ${release.id} of commit ${short} is done in ${environment}.`);
}

const isWatch = (key: string) => key.endsWith("/watch");

/** When the commit got all traffic there; a release that moved none counts from its end. */
function servedSince({ steps }: ReleaseState, ended: number): number {
  const proven = Object.entries(steps).filter(([key]) => key.endsWith("/canary"));
  return proven.length === 0 ? ended : Math.max(...proven.map(([, { at }]) => at));
}
