import { candidatesOf, type EnvironmentRecord } from "../record.ts";
import type { Asker } from "../release.ts";

/** What a release does that finds another one under way: `on-new-commit` of the runbook. */
export const newCommitPolicies = ["wait-latest", "replace", "refuse"] as const;
export type NewCommitPolicy = (typeof newCommitPolicies)[number];

export type Admission =
  | { readonly admit: "begin" }
  | { readonly admit: "resume" }
  /** Another release is under way: this one begins when that has ended. */
  | { readonly admit: "wait"; readonly message: string }
  /** The release under way, which has to end first, without blame for its commit. */
  | { readonly admit: "replace"; readonly other: number }
  | { readonly admit: "refuse"; readonly reason: string; readonly message: string };

/** Whether a release may begin, or goes on where an earlier attempt of it stopped. */
export function admit(
  record: EnvironmentRecord,
  request: Asker & {
    readonly commit: string;
    readonly overrideRejected?: boolean;
    /** `refuse` when absent. */
    readonly onNewCommit?: NewCommitPolicy | undefined;
  },
): Admission {
  const refuse = (reason: string, message: string): Admission => ({ admit: "refuse", reason, message });
  const { release, queued } = record;
  if (request.release < record.highest)
    return refuse(
      "superseded",
      `Release ${request.release} is older than release ${record.highest}, which this environment has already seen; push again, or dispatch a rollback instead.`,
    );
  const overtaken =
    queued !== null && request.release < queued.release
      ? refuse(
          "superseded",
          `Release ${request.release} is older than release ${queued.release} of commit ${queued.commit.slice(0, 12)}, which waits already; nothing of it begins.`,
        )
      : undefined;
  if (release !== null && release.id === request.release) {
    if (request.attempt < release.attempt)
      return refuse(
        "superseded",
        `Attempt ${request.attempt} of release ${release.id} was taken over by attempt ${release.attempt}.`,
      );
    if (release.ended === null) return { admit: "resume" };
    // A release that ended without its commit being at fault may be tried again by a re-run, unless a stage of it
    // serves: begun anew, it would take itself for the way back.
    const blameless = release.ended.as === "failed" || release.ended.as === "held";
    const again = blameless && release.promoted === null && request.attempt > release.attempt;
    return again
      ? (overtaken ?? unlessLocked(record))
      : refuse(
          "already-ended",
          `Release ${release.id} ended as ${release.ended.as}: ${release.ended.message} Push a commit to start another one.`,
        );
  }
  if (overtaken !== undefined) return overtaken;
  const rejected = record.rejected.find((known) => known.commit === request.commit);
  if (rejected !== undefined && request.overrideRejected !== true)
    return refuse(
      "rejected",
      `Commit ${request.commit.slice(0, 12)} was rolled back in release ${rejected.release} (${rejected.reason}); fix it and push, or dispatch the release with override-rejected.`,
    );
  if (release !== null && release.ended === null) {
    // Nothing is ended for a release that may not begin.
    if (request.onNewCommit === "replace" && record.lock !== null) return unlessLocked(record);
    if (request.onNewCommit === "replace") return { admit: "replace", other: release.id };
    if (request.onNewCommit === "wait-latest")
      return {
        admit: "wait",
        message: `Release ${release.id} of commit ${release.commit.slice(0, 12)} is still under way; release ${request.release} begins when it has ended.`,
      };
    return refuse(
      "busy",
      `Release ${release.id} of commit ${release.commit.slice(0, 12)} is still under way; let it finish, or dispatch the rollback workflow to end it.`,
    );
  }
  return unlessLocked(record);
}

/** A lock stops new releases; one that is under way is held by `decide` before its next raise. */
const unlessLocked = ({ lock, environment }: EnvironmentRecord): Admission =>
  lock === null ? { admit: "begin" } : { admit: "refuse", reason: "locked", message: lockedMessage(lock, environment) };

export const lockedMessage = (lock: NonNullable<EnvironmentRecord["lock"]>, environment: string): string =>
  `${environment} was locked by ${lock.actor} at ${new Date(lock.at).toISOString()}: ${lock.reason} ` +
  `Unlock it when releases may go on (\`unlock --environment ${environment}\`); rolling back works all the time.`;

/**
 * Whether what serves came from this very release: it ended without a verdict on it, and a person gave it all traffic
 * since. Begun anew the release would take itself for the way back.
 */
export const broughtBy = ({ release }: EnvironmentRecord, asking: number, serving: string): boolean =>
  release !== null && release.id === asking && candidatesOf(release).includes(serving);
