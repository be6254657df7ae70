import { frozenAt } from "./freeze.ts";
import type { WaitingRelease } from "./record/waiting.ts";
import type { EnvironmentRecord, ReleaseState } from "./record.ts";
import { changeToUndo } from "./release/changes.ts";
import type { Proven } from "./release/elsewhere.ts";
import { paceAt } from "./release/watch.ts";
import { wentBack } from "./rollback.ts";
import type { Verdict } from "./verdict.ts";

/** Who looks again while a release waits; `ticks` of the runbook. Ticks by other means are always welcome besides. */
export const tickSources = ["chain", "wait-timer", "cron", "external"] as const;
export type TickSource = (typeof tickSources)[number];

/** After a rollback production is looked at again at these times: a write that was on its way may arrive late. */
export const looksAfterRollbackMs = [60_000, 5 * 60_000, 15 * 60_000] as const;
/** A look that is due within this time is waited for; a later one is left to the next tick. */
const soonMs = 60_000;

/** What starts after a job that ended: the one that goes on where it stopped. */
export type HandOver =
  /** Another tick; `afterMs` is how long that one has nothing to do. */
  | { readonly next: "tick"; readonly afterMs: number; readonly why: string }
  /** The consumer's release workflow, for the steps that only its jobs may enter. */
  | { readonly next: "release"; readonly release: number; readonly why: string }
  /** Nothing has to be started: it is over, a person is asked, or another source of ticks goes on. */
  | { readonly next: "nothing"; readonly why: string };

/**
 * What has to be started when a job of a release has ended, so that a release goes on by itself.
 *
 * `verdict` is how the tick ended; absent after the release workflow, whose jobs have just been offered every step: it
 * is never started by itself again, or a release that waits would start it over and over.
 */
export function handOver(
  { release, queued }: EnvironmentRecord,
  {
    source,
    verdict,
    now,
    elsewhere,
  }: {
    readonly source: TickSource;
    readonly verdict?: Verdict | undefined;
    readonly now: number;
    /** How the environment stands that the waiting release waits for; absent when it waits for none. */
    readonly elsewhere?: Proven | undefined;
  },
): HandOver {
  if (release !== null && verdict !== undefined && changeToUndo(release) !== undefined)
    return { next: "release", release: release.id, why: "What the release had turned on is still to be undone." };
  if (queued !== null && (release === null || release.ended !== null)) {
    const next = nextInLine(queued, release, { source, now, elsewhere });
    const rests = release === null || (next.next === "tick" && nextLookIn(release, now) === undefined);
    if (next.next === "release" || rests) return next;
  }
  if (release === null) return { next: "nothing", why: noneRecorded };
  if (verdict?.verdict === "error")
    return {
      next: "nothing",
      why: "The tick failed; the next one is started by the job behind it in watch.yml, by whoever mends it, or by the schedule.",
    };
  if (release.ended === null && verdict?.verdict === "hold" && verdict.reason === "dispatch")
    return { next: "release", release: release.id, why: verdict.message };
  const afterMs = nextLookIn(release, now);
  if (afterMs === undefined) return { next: "nothing", why: restingBecause(release, now) };
  if (source === "cron" || source === "external")
    return {
      next: "nothing",
      why: `The next look is left to ${source === "cron" ? "the schedule" : "the outside timer"}.`,
    };
  return { next: "tick", afterMs, why: "The release waits, and somebody has to look again." };
}

/**
 * What has to be started after a tick that died: another one, wherever anything is under way, waits or is left to undo.
 * What is due a tick finds out by looking, and the one that died has not told.
 */
export function afterDeadTick({ release, queued }: EnvironmentRecord, now: number): HandOver {
  const open =
    release !== null &&
    (release.ended === null || changeToUndo(release) !== undefined || nextLookIn(release, now) !== undefined);
  if (open || queued !== null) return { next: "tick", afterMs: 0, why: "Whatever waits has still to be looked at." };
  return { next: "nothing", why: release === null ? noneRecorded : restingBecause(release, now) };
}

const noneRecorded = "No release was ever recorded here.";

/** The release that waits begins when nothing keeps it; after a person moved traffic a person begins it. */
function nextInLine(
  { release, commit, reason, message }: WaitingRelease,
  before: ReleaseState | null,
  {
    source,
    now,
    elsewhere,
  }: { readonly source: TickSource; readonly now: number; readonly elsewhere: Proven | undefined },
): HandOver {
  if (reason === "after" && elsewhere?.verdict !== "pass") {
    const why = elsewhere?.message ?? message;
    // Only time is missing there, and nobody else notices when it is over.
    return elsewhere?.from === undefined || source === "cron" || source === "external"
      ? { next: "nothing", why }
      : { next: "tick", afterMs: Math.max(0, elsewhere.from - now), why };
  }
  if (before?.ended?.as === "halted")
    return {
      next: "nothing",
      why: `Release ${before.id} halted, because somebody moved traffic. Release ${release} waits: start the release workflow with \`resume: ${release}\` when it may begin.`,
    };
  return { next: "release", release, why: `Release ${release} of commit ${commit.slice(0, 12)} waited in line.` };
}

function restingBecause({ ended, plan }: ReleaseState, now: number): string {
  if (ended !== null) return `The release ended as ${ended.as}.`;
  const frozen = frozenAt(plan.freeze ?? [], now);
  // A chain over a weekend would be billed for every minute of it, and nobody is served anything that may go wrong.
  return frozen === undefined
    ? "What it waits for is no matter of time."
    : `It is frozen until ${new Date(frozen.until).toISOString()}; the schedule of the watch workflow goes on after that, or a tick by hand.`;
}

/**
 * Milliseconds until somebody has to look: at a share that users get, at production after a rollback. Undefined where
 * time alone changes nothing that users could be hurt by.
 */
export function nextLookIn(release: ReleaseState, now: number): number | undefined {
  if (release.ended !== null) return nextLookAfterRollback(release, now);
  const at = nextLookAt(release);
  return at === undefined ? undefined : Math.max(0, at - now);
}

/** When somebody has to look at a release under way; a time that is over means that nobody did. */
export function nextLookAt(release: ReleaseState): number | undefined {
  const { traffic, intent, interrupted, people, watch, steps } = release;
  const { question, wanted } = people;
  if (intent !== null) return intent.at;
  if (interrupted !== null) return interrupted.at;
  if (wanted !== null) return wanted.at;
  const times: number[] = [];
  // Silence gives traffic back, and somebody has to notice it.
  if (question !== null && !question.answered && question.decideBy !== null) times.push(question.decideBy);
  if (traffic !== null) times.push(lastLookAt(release, traffic) + everyMsOf(release, traffic));
  if (watch !== null && steps[`${watch.stage}/watch`]?.outcome === "begun")
    times.push(watch.lookedAt + watchEveryMs(release, watch));
  return times.length === 0 ? undefined : Math.min(...times);
}

function watchEveryMs({ plan }: ReleaseState, { stage, lookedAt, since }: NonNullable<ReleaseState["watch"]>): number {
  const planned = plan.stages.find(({ name }) => name === stage)?.watch;
  return planned === undefined ? 0 : paceAt(planned, lookedAt - since);
}

/** Whether a tick that looks once has anything to look at now, or soon enough to wait for. */
export const isDue = (release: ReleaseState, now: number): boolean => (nextLookIn(release, now) ?? 0) <= soonMs;

type Traffic = NonNullable<ReleaseState["traffic"]>;

function lastLookAt({ verdict }: ReleaseState, traffic: Traffic): number {
  return verdict !== null && verdict.generation === traffic.generation ? verdict.at : traffic.since;
}

function everyMsOf({ plan }: ReleaseState, { stage, shift }: Traffic): number {
  return plan.stages.find(({ name }) => name === stage)?.shifts[shift]?.everyMs ?? 0;
}

function nextLookAfterRollback({ ended, candidate, promoted }: ReleaseState, now: number): number | undefined {
  if (ended === null || !wentBack.has(ended.as) || (candidate ?? promoted) === null) return undefined;
  const since = now - ended.at;
  const next = looksAfterRollbackMs.find((look) => look > since);
  return next === undefined ? undefined : next - since;
}
