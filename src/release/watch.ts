import type { PlannedStage, PlannedWatch } from "../plan.ts";
import type { WatchState } from "../record/watching.ts";
import { type ReleaseState, stepKey } from "../record.ts";
import type { Effect, Look, Notable, Observation } from "../release.ts";
import { shortVersion } from "../short-version.ts";
import { awaiting, usualDecideWithinMs } from "./ask.ts";
import { goBack, wayBackOf } from "./go-back.ts";
import { driftMessage, servesAll } from "./production.ts";

interface Watching {
  readonly release: ReleaseState;
  readonly stage: PlannedStage;
  readonly planned: PlannedWatch;
  readonly watch: WatchState;
  readonly generation: string;
  readonly observation: Observation;
  readonly now: number;
}

/** What should serve all traffic while nothing is being released: the newest promoted version, else the one before. */
const servedBy = ({ stable }: ReleaseState) => stable;

/** The next thing a watch needs: to begin, to look, to ask, to end, or to go back. */
export function watching(release: ReleaseState, stage: PlannedStage, observation: Observation, now: number): Effect {
  const { production } = observation;
  const { watch: planned } = stage;
  if (planned === undefined)
    return {
      do: "end",
      as: "failed",
      reason: "no-watch",
      message: `Stage ${stage.name} says nothing about its watch.`,
    };
  if ("unreadable" in production)
    return {
      do: "hold",
      reason: "platform-unreadable",
      message: `What production serves cannot be read: ${production.unreadable} Traffic stays where it is.`,
    };
  const { version, generation } = servedBy(release);
  if (!servesAll(production, version) || production.generation !== generation) {
    const back = wayBackOf(release, stage.name);
    if (back !== undefined && back !== version && servesAll(production, back))
      return goBack(release, observation, "rolled-back", {
        reason: "found-on-stable",
        message: "Production is back on what served before: a rollback whose entry was lost, or a person's.",
      });
    return { do: "end", as: "halted", reason: "drift", message: driftMessage(production) };
  }
  const { watch } = release;
  if (watch === null || watch.stage !== stage.name || release.steps[stepKey(stage.name, "watch")] === undefined)
    return {
      do: "mark",
      stage: stage.name,
      step: "watch",
      outcome: "begun",
      reason: "due",
      message: `What serves is watched: ${shortVersion(version)}.`,
    };
  return look({ release, stage, planned, watch, generation, observation, now });
}

type Asked = NonNullable<ReleaseState["people"]["question"]>;

function look(watching: Watching): Effect {
  const { release, stage, planned, watch, generation, observation, now } = watching;
  const seen = observation.look;
  const fresh =
    seen !== undefined && seen.stage === stage.name && seen.generation === generation && seen.to > watch.lookedAt
      ? seen
      : undefined;
  const asked = questionOf(watching);
  const open = asked?.answered === false ? asked : undefined;
  if (open !== undefined && open.decideBy !== null && now >= open.decideBy)
    return goBack(release, observation, "rolled-back", {
      reason: "nobody-decided",
      message: `Nobody decided in time about what serves (${open.reason}), so traffic goes back.`,
    });
  if (fresh?.verdict === "fail") {
    if (planned.onFail !== "ask") return goBack(release, observation, "rolled-back", fresh);
    return open?.about === "fail" ? awaiting(open) : ask(watching, "fail", fresh, open);
  }
  if (open !== undefined && open.about !== "page") return awaiting(open);
  const news = newsOf(watching, fresh, asked);
  if (news !== undefined) return news;
  if (open === undefined && watch.verdict === "pass") return over(watching);
  const longest = planned.paces.at(-1)?.untilMs ?? 0;
  const elapsed = now - watch.since;
  if (open === undefined && fresh?.verdict === "pass" && elapsed >= longest && isCovered(watching, fresh))
    return { do: "accept-look", look: fresh };
  // Whoever comes late looks first: a late look loses time to react, never evidence.
  const lookedOnce = seen !== undefined || watch.lookedAt >= watch.since + longest;
  if (open === undefined && elapsed >= 2 * longest && lookedOnce) return unproven(watching, fresh);
  const from = fresh?.to ?? watch.lookedAt;
  return { do: "look", stage: stage.name, generation, planned, at: from + paceAt(planned, from - watch.since) };
}

/** Milliseconds until the next look, so long after the beginning. */
export function paceAt({ paces }: PlannedWatch, after: number): number {
  const [last] = paces.slice(-1);
  return (paces.find(({ untilMs }) => after < untilMs) ?? last)?.everyMs ?? 60_000;
}

/** Whether enough of the time until this look was seen. */
function isCovered({ watch, planned }: Watching, look: Look): boolean {
  return watch.seenMs + look.seenMs >= planned.coverage * (look.to - watch.since);
}

/** The question asked about this watch while this generation served. */
function questionOf({ release, stage, generation }: Watching): Asked | undefined {
  const { question } = release.people;
  if (question === null || question.step !== "watch") return undefined;
  return question.stage === stage.name && question.generation === generation ? question : undefined;
}

function newsOf(watching: Watching, look: Look | undefined, asked: Asked | undefined): Effect | undefined {
  const { stage, release } = watching;
  const known = asked?.about === "page" && asked.reason === look?.page?.reason;
  if (look?.page !== undefined && asked?.answered !== false && !known)
    return ask(watching, "page", look.page, undefined);
  const untold = look?.warnings?.find(({ reason }) => !release.people.warned.includes(`${stage.name}/watch/${reason}`));
  return untold && { do: "warn", stage: stage.name, step: "watch", ...untold };
}

function ask(
  { stage, planned, generation, now }: Watching,
  about: Asked["about"],
  why: Notable,
  before: Asked | undefined,
): Effect {
  const within = now + (planned.decideWithinMs ?? usualDecideWithinMs);
  // Nothing is broken when evidence is short: silence only waits.
  const decideBy = about === "short" ? null : Math.min(within, before?.decideBy ?? within);
  const share = { stage: stage.name, shift: 0, weight: 100, generation };
  return {
    do: "ask",
    question: { about, step: "watch", ...share, decideBy, reason: why.reason },
    message: why.message,
  };
}

function unproven(watching: Watching, look: Look | undefined): Effect {
  const { planned, release, observation, watch } = watching;
  const why = {
    reason: "watch-unproven",
    message: `After twice its time the watch has no proof (seen: ${shareSeen(watch)}). ${look?.message ?? watch.reason}`,
  };
  return planned.onShort === "fail"
    ? goBack(release, observation, "rolled-back", why)
    : ask(watching, "short", why, undefined);
}

const shareSeen = ({ seenMs, lookedAt, since }: WatchState): string =>
  `${lookedAt > since ? Math.round((100 * seenMs) / (lookedAt - since)) : 0}% of the time`;

function over({ stage, watch }: Watching): Effect {
  return {
    do: "mark",
    stage: stage.name,
    step: "watch",
    outcome: "passed",
    reason: watch.reason,
    message: `${shareSeen(watch)} was seen; the longest time without numbers was ${Math.round(watch.largestGapMs / 1000)} s.`,
  };
}
