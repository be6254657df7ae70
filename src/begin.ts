import type { Advance } from "./advance.ts";
import type { DeployTarget, Production, Serving } from "./deploy-target.ts";
import { type Plan, planOf, type StageCommits, sharesOf, toldToChange, withMarks, withMigrations } from "./plan.ts";
import type { PlannedMigrations } from "./plan-migrations.ts";
import type { Ports } from "./ports.ts";
import type { Author } from "./record/author.ts";
import { type Entry, type EnvironmentRecord, isSettled, type ReleaseState } from "./record.ts";
import type { RecordSnapshot, RecordStore } from "./record-store.ts";
import { admit, broughtBy } from "./release/admit.ts";
import { migrationsBehind } from "./release/agreement.ts";
import { changeToUndo } from "./release/changes.ts";
import type { Asker } from "./release.ts";
import type { Runbook } from "./runbook.ts";
import { runbookHash } from "./runbook-hash.ts";
import { shortVersion } from "./short-version.ts";
import { fail, hold, pass, type Verdict } from "./verdict.ts";
import { wrongClock } from "./wrong-clock.ts";

export interface Begin {
  readonly ports: Ports;
  readonly store: RecordStore;
  readonly environment: string;
  readonly asker: Asker;
  readonly author: Author;
  readonly target: DeployTarget;
  readonly runbook: Runbook;
  readonly commit: string;
  readonly overrideRejected: boolean;
  /** Finds what the stages' refs are, given the commit that serves where that is known; a verdict when they cannot be. */
  readonly stageCommits?: ((released: string | null) => Promise<StageCommits | Verdict>) | undefined;
  /** Finds what the migrations behind an approval would apply; a verdict when they cannot be applied as it stands. */
  readonly migrations?: ((stages: StageCommits) => Promise<PlannedMigrations | Verdict>) | undefined;
  /** How far another clock is ahead of this one, milliseconds; absent where none was asked. */
  readonly clockSkewMs?: (() => number | undefined) | undefined;
  /** Take up what is under way, begin nothing. */
  readonly resumeOnly?: boolean | undefined;
  /** The consumer's workflow that begins this release should it have to wait. */
  readonly workflow?: string | undefined;
  /** Turns off what the release under way had turned on, when this one replaces it. */
  readonly change?: Advance["change"];
  readonly onEntry?: ((entry: Entry, snapshot: RecordSnapshot) => Promise<void>) | undefined;
  /** Called with a record whose release has ended: whoever ended it may have died before people were shown. */
  readonly show?: ((snapshot: RecordSnapshot) => Promise<void>) | undefined;
}

export interface Begun {
  readonly verdict: Verdict;
  readonly record: EnvironmentRecord;
}

/** Begins a release, or takes it up where an earlier attempt stopped, and pins its plan and its way back in the record. */
export async function begin(context: Begin): Promise<Begun> {
  const { store, environment, asker, author, ports, commit, overrideRejected } = context;
  let pins = 0;
  const meant = context.runbook.environment;
  if (meant !== environment)
    ports.log.warn(
      `The runbook is of ${meant}, and this job releases to ${environment}: it is written to the record of ${environment}, and a rollback of ${meant} does not know of it. ` +
        `Give the workflow \`environment: ${meant}\`, or the runbook of ${environment}.`,
    );
  for (;;) {
    const snapshot = await store.read(environment);
    const { record } = snapshot;
    const clock = wrongClock(context.clockSkewMs?.());
    if (clock?.verdict === "error") return { record, verdict: clock };
    const onNewCommit = context.runbook["on-new-commit"];
    const admission = admit(record, { ...asker, commit, overrideRejected, onNewCommit });
    if (admission.admit === "refuse" && admission.reason === "already-ended") await context.show?.(snapshot);
    if (admission.admit === "refuse")
      return { record, verdict: { verdict: "error", reason: admission.reason, message: admission.message } };
    if (admission.admit === "wait" || admission.admit === "replace") {
      const { waitInLine, endForNewer, waitsForOther } = await import("./begin/in-line.ts");
      // Nothing is ended for a release that may not begin yet.
      const { after } = context.runbook;
      const waits =
        admission.admit === "replace" && after !== undefined
          ? await waitsForOther(context, snapshot, after)
          : undefined;
      if (waits === "again") continue;
      if (waits !== undefined) return waits;
      const stopped =
        admission.admit === "wait"
          ? await waitInLine(context, snapshot, { reason: "busy" }, admission.message)
          : await endForNewer(context, snapshot, admission.other);
      if (stopped === undefined) continue;
      return stopped;
    }
    const common = { at: ports.clock.now(), by: author, release: asker.release };
    if (admission.admit === "resume") {
      if (record.release?.attempt === asker.attempt)
        return { record, verdict: pass("under-way", `Release ${asker.release} is under way already.`) };
      const appended = await store.append(environment, snapshot, [{ kind: "resumed", ...common }]);
      if (appended.appended)
        return {
          record: appended.snapshot.record,
          verdict: pass(
            "resumed",
            `Release ${asker.release} goes on where attempt ${record.release?.attempt} stopped.`,
          ),
        };
      continue;
    }
    if (context.resumeOnly === true)
      return { record, verdict: hold("not-under-way", `Release ${asker.release} is not under way any more.`) };
    if (context.runbook.after !== undefined) {
      const { waitsForOther } = await import("./begin/in-line.ts");
      const waits = await waitsForOther(context, snapshot, context.runbook.after);
      if (waits === "again") continue;
      if (waits !== undefined) return waits;
    }
    // The newest release is about to become history: what it left on would be nobody's.
    if (record.release !== null && changeToUndo(record.release) !== undefined && context.change !== undefined) {
      const { undoLeft } = await import("./undo-left.ts");
      const undone = await undoLeft(context, context.target);
      if (undone.verdict !== "pass") return { record, verdict: undone };
      continue;
    }
    const production = await context.target.observe();
    const stable = servesAlone(production);
    if (stable === undefined)
      return { record, verdict: unclearWayBack(production.serving.filter((version) => version.weight > 0)) };
    if (broughtBy(record, asker.release, stable.version))
      return { record, verdict: servesAlready(stable.version, asker.release) };
    const found = await context.stageCommits?.(record.lastGood?.commit ?? null);
    if (found !== undefined && "verdict" in found) return { record, verdict: found };
    const rejected = record.rejected.find((known) => Object.values(found?.commits ?? {}).includes(known.commit));
    if (rejected !== undefined && !overrideRejected) return { record, verdict: stageRejected(rejected) };
    const migrations = await context.migrations?.(found ?? { commits: {}, released: [] });
    if (migrations !== undefined && isVerdict(migrations)) return { record, verdict: migrations };
    const planned = withMigrations(planOf(context.runbook, found), migrations ?? {});
    const plan = toldToChange(planned).length === 0 ? planned : await marked(planned, context.target);
    const shares = plan.stages.flatMap(sharesOf);
    const [finding, ...more] = (await context.target.findings?.({ shares })) ?? [];
    if (finding !== undefined)
      return { record, verdict: fail(finding.reason, [finding, ...more].map(({ message }) => message).join(" ")) };
    const generation = await pinned(context, record, stable, production.generation);
    if (generation === undefined) {
      if (++pins === maxPins) return { record, verdict: notPinned(stable.version) };
      await ports.clock.sleep(200 * 2 ** pins);
      continue;
    }
    const started = {
      kind: "started",
      ...common,
      commit,
      runbookHash: runbookHash(context.runbook),
      plan,
      stable: stable.version,
      generation,
    } as const;
    const appended = await store.append(environment, snapshot, [started]);
    if (!appended.appended) continue;
    await context.onEntry?.(started, appended.snapshot);
    return {
      record: appended.snapshot.record,
      verdict: pass(
        "started",
        `Release ${asker.release} of commit ${commit.slice(0, 12)} begins; the way back is ${shortVersion(stable.version)}.` +
          plan.stages
            .slice(0, 1)
            .map((stage) => migrationsBehind({ plan }, stage))
            .join(""),
      ),
    };
  }
}

/** The plan with what the platform says of the variables that people are to set anew. */
async function marked(plan: Plan, target: DeployTarget): Promise<Plan> {
  const { marksNow } = await import("./changed-variables.ts");
  return withMarks(plan, await marksNow(target, toldToChange(plan)));
}

const isVerdict = (found: PlannedMigrations | Verdict): found is Verdict => typeof found["verdict"] === "string";

const stageRejected = ({ commit, release, reason }: EnvironmentRecord["rejected"][number]): Verdict => ({
  verdict: "error",
  reason: "rejected",
  message: `A stage of the runbook releases commit ${commit.slice(0, 12)}, which was rolled back in release ${release} (${reason}); name another \`ref\`, or dispatch the release with override-rejected.`,
});

const servesAlready = (version: string, release: number): Verdict => ({
  verdict: "error",
  reason: "serves-already",
  message:
    `${shortVersion(version)} is what release ${release} itself had brought, and somebody gave it all traffic since the release ended: ` +
    "begun anew it would take itself for the way back. Push a commit to release again, or dispatch the rollback workflow to go back.",
});

const servesAlone = ({ serving }: Production) => serving.find(({ weight }) => weight === 100);

/** How often production is asked for a generation of its own before a release gives up. */
const maxPins = 5;

/**
 * The generation from which the release counts; undefined when production has to be read again.
 *
 * Whoever worked for the release before may have sent a write that has not arrived yet, such as a rollback that lost
 * its race. Where the platform refuses late writes, writing the shares once more as they are makes a generation that
 * shuts it out. It changes nobody's traffic; should two releases begin at the same time in spite of their concurrency
 * group, the one that started then halts before its first share.
 */
async function pinned(
  { target, asker, ports }: Begin,
  { release }: EnvironmentRecord,
  stable: Serving,
  generation: string,
): Promise<string | undefined> {
  if (!target.capabilities.compareAndSet || release === null || release.id === asker.release) return generation;
  const outcome = await target.restore({ to: stable.version, ifGeneration: generation });
  const after = outcome.outcome === "applied" ? outcome.production : undefined;
  const fenced = after !== undefined && servesAlone(after)?.version === stable.version;
  if (fenced && after.generation !== generation) return after.generation;
  ports.log.warn(
    `Production does not show yet that ${shortVersion(stable.version)} was written once more` +
      `${outcome.outcome === "applied" ? "" : ` (${outcome.message})`}; it is read again.`,
  );
  return undefined;
}

const notPinned = (version: string): Verdict =>
  hold(
    "production-unsettled",
    `Production was asked ${maxPins} times to serve ${shortVersion(version)} as it does, which shuts out writes of earlier releases, and never showed that it took this. ` +
      "Nothing began; see what else moves traffic there, then run the release again.",
  );

function unclearWayBack(serving: readonly { readonly version: string; readonly weight: number }[]): Verdict {
  if (serving.length === 0)
    return hold(
      "nothing-serves",
      "Production serves nothing, so there is no version to go back to. Start the first version by hand, then release.",
    );
  const shares = serving.map(({ version, weight }) => `${shortVersion(version)} at ${weight}%`).join(" and ");
  return hold(
    "shared-production",
    `Production is shared by ${shares}, so it is unclear what to go back to. Dispatch the rollback workflow with the version you want, then release.`,
  );
}

/** What is left of a release: the stages with the steps that are not settled yet. Never empty for a running release. */
export function remaining(
  release: ReleaseState,
): readonly { readonly name: string; readonly commit: string; readonly steps: readonly string[] }[] {
  return release.plan.stages
    .map((stage) => ({
      name: stage.name,
      commit: stage.commit ?? release.commit,
      steps: stage.steps.filter((step) => !isSettled(release, stage.name, step)),
    }))
    .filter((stage) => stage.steps.length > 0);
}
