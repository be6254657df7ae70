import type { Production, Serving } from "../deploy-target.ts";
import { formatDuration } from "../duration.ts";
import { frozenAt } from "../freeze.ts";
import { nextLookAt as lookDueAt, nextLookIn } from "../hand-over.ts";
import { plainText } from "../plain-text.ts";
import type { PlannedStage, StepName } from "../plan.ts";
import { type Entry, type EnvironmentRecord, type ReleaseState, stepKey } from "../record.ts";
import { isProven } from "../release/canary.ts";
import { changeToUndo } from "../release/changes.ts";
import { type Due, firstOpen } from "../release/due.ts";
import { shortVersion } from "../short-version.ts";

/** How an environment stands, in plain data: what `sluice status --json` prints. Times are ISO 8601, UTC. */
export interface Standing {
  readonly "schema-version": 1;
  readonly environment: string;
  /** Read from the platform just now; why not, when it could not be. */
  readonly serving: readonly Serving[] | { readonly unreadable: string };
  /** What the record says about the newest release; null when there never was one. */
  readonly release: {
    readonly number: number;
    readonly service: string;
    readonly commit: string;
    readonly startedBy: string;
    readonly startedAt: string;
    readonly ended: {
      readonly as: string;
      readonly reason: string;
      readonly message: string;
      readonly at: string;
    } | null;
    readonly stage: string | null;
    readonly step: StepName | null;
    readonly candidate: string | null;
    readonly wayBack: string;
    readonly share: {
      readonly percent: number;
      readonly number: number;
      readonly of: number;
      readonly since: string;
    } | null;
  } | null;
  readonly waitsFor: string;
  /** The release that begins when it may; null while none waits. */
  readonly inLine: {
    readonly number: number;
    readonly commit: string;
    readonly by: string;
    readonly since: string;
    readonly why: string;
  } | null;
  /** When a tick has to look at the latest; null where time alone changes nothing. */
  readonly nextLook: string | null;
  /** Who agreed to what of the newest release. */
  readonly agreed: readonly { readonly what: string; readonly by: string; readonly at: string }[];
  /** The newest judgement, with its message and evidence where the journal could be read. */
  readonly verdict: {
    readonly what: string;
    readonly verdict: string;
    readonly reason: string;
    readonly at: string;
    readonly message: string | null;
    readonly evidence: unknown;
  } | null;
  readonly lastGood: EnvironmentRecord["lastGood"];
  readonly rejected: EnvironmentRecord["rejected"];
  readonly lock: { readonly reason: string; readonly by: string; readonly at: string } | null;
  readonly entries: number;
}

export interface Seen {
  readonly record: EnvironmentRecord;
  readonly production: Production | { readonly unreadable: string };
  /** The newest entries, oldest first; undefined where only the state can be read. */
  readonly history?: readonly Entry[] | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** How an environment stands. */
export function standingOf({ record, production, history, now }: Seen): Standing {
  const { release, lock, queued } = record;
  const due = release === null ? undefined : firstOpen(release);
  return {
    "schema-version": 1,
    environment: record.environment,
    serving: servingIn(production),
    release: release === null ? null : releaseIn(release, due),
    waitsFor: waitsFor(record, due, now),
    inLine:
      queued === null
        ? null
        : {
            ...{ number: queued.release, commit: queued.commit, by: queued.actor },
            ...{ since: iso(queued.at), why: queued.message },
          },
    nextLook: nextLookAt(release, now),
    agreed: release === null ? [] : agreedIn(release),
    verdict: newestVerdict(record, history),
    lastGood: record.lastGood,
    rejected: record.rejected,
    lock: lock === null ? null : { reason: lock.reason, by: lock.actor, at: iso(lock.at) },
    entries: record.entries,
  };
}

function nextLookAt(release: ReleaseState | null, now: number): string | null {
  if (release === null) return null;
  const afterMs = nextLookIn(release, now);
  const at = release.ended === null ? lookDueAt(release) : afterMs === undefined ? undefined : now + afterMs;
  return at === undefined ? null : iso(at);
}

const agreedIn = ({ people }: ReleaseState): Standing["agreed"] => [
  ...people.approvals.map(({ stage, role, actor, at }) => ({
    what: `stage ${stage} as ${role}`,
    by: actor,
    at: iso(at),
  })),
  ...people.signatures.map(({ role, actor, at }) => ({ what: `signature ${role}`, by: actor, at: iso(at) })),
];

const iso = (at: number) => new Date(at).toISOString();

function releaseIn(release: ReleaseState, due: Due | undefined): NonNullable<Standing["release"]> {
  const { traffic, ended } = release;
  const of = release.plan.stages.find(({ name }) => name === traffic?.stage)?.shifts.length ?? 0;
  return {
    number: release.id,
    service: release.plan.service,
    commit: release.commit,
    startedBy: release.actor,
    startedAt: iso(release.startedAt),
    ended: ended === null ? null : { ...ended, at: iso(ended.at) },
    stage: due?.stage.name ?? null,
    step: due?.step ?? null,
    candidate: (release.candidate ?? release.promoted)?.version ?? null,
    wayBack: release.stable.version,
    share:
      traffic === null ? null : { percent: traffic.weight, number: traffic.shift + 1, of, since: iso(traffic.since) },
  };
}

/** What has to happen before anything goes on, and when that can be at the earliest. */
function waitsFor(record: EnvironmentRecord, due: Due | undefined, now: number): string {
  const { release, lock, environment, queued } = record;
  if (release === null || release.ended !== null) {
    const left = release === null ? undefined : changeToUndo(release);
    if (release !== null && left?.do === "change")
      return `the release workflow, which the next tick starts: ${left.what} of stage ${left.stage} is still on, or was left half done, and is to be turned off`;
    if (queued?.reason === "after")
      return `${queued.after?.environment ?? "another environment"}, for the release in line`;
    if (queued !== null && release?.ended?.as === "halted")
      return `a person, because traffic was moved by hand: start the release workflow with \`resume: ${queued.release}\``;
    if (queued !== null) return "the release workflow, which the next tick starts for the release in line";
    return release === null ? "nothing: no release was ever recorded here" : "nothing: the newest release has ended";
  }
  if (release.interrupted !== null) return "the rollback job or the next tick, which gives traffic back";
  const { hold, question, wanted } = release.people;
  if (wanted !== null) return `the next tick, which does what ${wanted.actor} asked for (${wanted.order})`;
  if (question !== null && !question.answered)
    return `a person who decides about ${question.weight}% (${question.reason}): \`/continue\` or \`/rollback\`${question.decideBy === null ? "" : `; without a word by ${iso(question.decideBy)} traffic goes back`}`;
  if (hold !== null)
    return `\`/continue\`: ${hold.actor} holds this release${hold.reason === "" ? "" : `: ${hold.reason}`}`;
  if (due === undefined) return "the next tick, which writes down that the release is done";
  const { stage, step } = due;
  const state = release.steps[stepKey(stage.name, step)];
  if (state?.outcome === "held") return `${step} of stage ${stage.name}, held (${state.reason}): ${state.message}`;
  if (state?.outcome === "failed") return `the rollback after ${step} of stage ${stage.name} failed`;
  if (step !== "canary")
    return state === undefined
      ? ((ofPeople.has(step) ? undefined : thaw(release, now)) ?? `the job that runs ${step} of stage ${stage.name}`)
      : `${step} of stage ${stage.name}, which began ${ago(now - state.at)}`;
  if (release.intent !== null)
    return `the platform, which was told to give the candidate ${release.intent.weight}% ${ago(now - release.intent.at)}`;
  const stops = [lock === null ? undefined : unlocking(environment), thaw(release, now)];
  return waitsAtShare(release, stage, { stops: stops.filter((stop) => stop !== undefined), now });
}

/** What a canary waits for; `stops` keep it from raising, whatever is proven. */
function waitsAtShare(
  release: ReleaseState,
  stage: PlannedStage,
  { stops, now }: { readonly stops: readonly string[]; readonly now: number },
): string {
  const { traffic, people } = release;
  const planned = stage.shifts[traffic?.shift ?? 0];
  if (traffic === null || planned === undefined)
    return stops.join("; then ") || `the first share of stage ${stage.name}`;
  const longest = formatDuration(stage.maxHoldMs);
  if (isProven(release, traffic, planned)) {
    const retry =
      people.steppedBack === null
        ? []
        : [
            `a person, after the step back (${people.steppedBack.reason}): \`/continue\` lets the candidate try again, \`/rollback\` ends it`,
          ];
    const before = [...retry, ...stops].join("; then ");
    const proven = `${traffic.weight}% is proven`;
    return before === ""
      ? `what comes next: ${proven}`
      : `${before}. ${proven}, and goes back ${longest} after it was given`;
  }
  const held = now - traffic.since;
  const proof =
    held < planned.holdMs
      ? `proof at ${traffic.weight}%: it is held for ${formatDuration(planned.holdMs)}, ${span(planned.holdMs - held)} to go`
      : `proof at ${traffic.weight}%: held for ${span(held)} of at least ${formatDuration(planned.holdMs)}`;
  return [`${proof}; without proof it goes back after ${longest}`, ...stops].join(". Then ");
}

/** Steps that people take begin in a freeze as well. */
const ofPeople: ReadonlySet<StepName> = new Set(["approve", "pause", "watch", "sign-off"]);

/** The end of a freeze that is going on. */
function thaw({ plan }: ReleaseState, now: number): string | undefined {
  const frozen = frozenAt(plan.freeze ?? [], now);
  return (
    frozen &&
    `the end of ${frozen.window.text}, in which nothing begins (${iso(frozen.until)}), and the first tick after it`
  );
}

const unlocking = (environment: string) =>
  `\`sluice unlock --environment ${environment}\`: no traffic is raised until then`;

/** Of the journal, because only that has the numbers; of the state otherwise. */
function newestVerdict({ release }: EnvironmentRecord, history: readonly Entry[] | undefined): Standing["verdict"] {
  if (release === null) return null;
  const judged = (entry: Entry) =>
    entry.release === release.id && (entry.kind === "verdict" || (entry.kind === "step" && entry.outcome !== "begun"));
  const entry = history?.findLast(judged);
  if (entry?.kind === "verdict")
    return {
      what: `canary of stage ${entry.stage} at ${entry.weight}%`,
      verdict: entry.verdict,
      reason: entry.reason,
      at: iso(entry.at),
      message: entry.message,
      evidence: entry.evidence ?? null,
    };
  if (entry?.kind === "step")
    return {
      what: `${entry.step} of stage ${entry.stage}`,
      verdict: entry.outcome,
      reason: entry.reason,
      at: iso(entry.at),
      message: entry.message,
      evidence: entry.evidence ?? null,
    };
  const { verdict } = release;
  if (verdict === null) return null;
  const what = `canary of stage ${verdict.stage} at ${verdict.weight}%`;
  return { what, verdict: verdict.verdict, reason: verdict.reason, at: iso(verdict.at), message: null, evidence: null };
}

/** How long, to the minute when it is longer than one. */
const span = (milliseconds: number): string =>
  formatDuration(
    milliseconds < 60_000 ? Math.floor(milliseconds / 1000) * 1000 : Math.floor(milliseconds / 60_000) * 60_000,
  );
const ago = (milliseconds: number): string => `${span(Math.max(0, milliseconds))} ago`;

/** The standing on one screen of a terminal. */
export function standingText(standing: Standing, now: number): readonly string[] {
  const { environment, release, verdict, lock, lastGood, rejected } = standing;
  const since = (at: string) => `${at.slice(0, 16).replace("T", " ")} UTC (${ago(now - Date.parse(at))})`;
  const rows: (readonly [string, string])[] = [["serves", servingText(standing.serving)]];
  if (release !== null) {
    const { share } = release;
    rows.push(["release", `${release.number} of commit ${shortVersion(release.commit)}, ${release.service}`]);
    rows.push(["started", `by ${release.startedBy}, ${since(release.startedAt)}`]);
    if (release.ended === null && release.stage !== null)
      rows.push(["stage", release.stage], ["step", `${release.step}`]);
    if (share !== null)
      rows.push(["share", `${share.percent}% (${share.number} of ${share.of}) since ${since(share.since)}`]);
    if (release.ended !== null)
      rows.push(
        ["ended", `${release.ended.as} (${release.ended.reason}), ${since(release.ended.at)}`],
        ["", release.ended.message],
      );
    else rows.push(["way back", release.wayBack]);
  }
  if (verdict !== null) {
    rows.push(["verdict", `${verdict.verdict} (${verdict.reason}): ${verdict.what}, ${since(verdict.at)}`]);
    if (verdict.message !== null) rows.push(["", verdict.message]);
  }
  for (const { what, by, at } of standing.agreed.slice(-5)) rows.push(["agreed", `${by}: ${what}, ${since(at)}`]);
  rows.push(["waits for", standing.waitsFor]);
  const { inLine } = standing;
  if (inLine !== null)
    rows.push(
      ["in line", `${inLine.number} of commit ${shortVersion(inLine.commit)} by ${inLine.by}, ${since(inLine.since)}`],
      ["", inLine.why],
    );
  if (standing.nextLook !== null) rows.push(["next look", lookText(Date.parse(standing.nextLook) - now)]);
  rows.push(["last good", lastGood === null ? "none recorded" : lastGood.version]);
  const newest = rejected.slice(-3).map(({ commit, reason }) => `${shortVersion(commit)} (${reason})`);
  const more = rejected.length > newest.length ? ` and ${rejected.length - newest.length} more` : "";
  rows.push(["rejected", newest.length === 0 ? "none" : `${newest.join(", ")}${more}`]);
  rows.push(["lock", lock === null ? "none" : `by ${lock.by}, ${since(lock.at)}: ${lock.reason}`]);
  return [
    `${environment}: ${headlineOf(release)}`,
    ...rows.map(([name, text]) => `  ${name.padEnd(10)} ${oneLine(text)}`),
  ];
}

/** What is left of the screen where the record cannot be read. */
export const unreadText = (environment: string, production: Seen["production"]): string =>
  [
    `${oneLine(environment)}: the record cannot be read`,
    `  ${"serves".padEnd(10)} ${oneLine(servingText(servingIn(production)))}`,
  ].join("\n");

const servingIn = (production: Seen["production"]): Standing["serving"] =>
  "unreadable" in production ? production : production.serving.filter(({ weight }) => weight > 0);

/** A look that is long overdue means that nobody looks: chains break, and GitHub's schedule may be hours late. */
const lookText = (afterMs: number): string => {
  if (afterMs > 0) return `due in ${span(afterMs)}`;
  return afterMs > -lateMs
    ? "due now"
    : `overdue by ${span(-afterMs)}: start the watch workflow by hand; no evidence is lost`;
};
const lateMs = 10 * 60_000;

const longestLine = 600;
const oneLine = (text: string): string => plainText(text).replaceAll(/\s+/g, " ").trim().slice(0, longestLine);

function headlineOf(release: Standing["release"]): string {
  if (release === null) return "no release was ever recorded";
  return release.ended === null
    ? `release ${release.number} is under way`
    : `release ${release.number} ended as ${release.ended.as}`;
}

function servingText(serving: Standing["serving"]): string {
  if ("unreadable" in serving) return `not read: ${serving.unreadable}`;
  const shares = serving.map(({ version, weight }) => `${version} ${weight}%`).join(", ");
  return shares === "" ? "nothing (read from the platform just now)" : `${shares} (read from the platform just now)`;
}
