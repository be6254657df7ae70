import type { Advance, ProgramStep } from "../advance.ts";
import type { Configured } from "../deploy-target.ts";
import { ProviderError } from "../failure.ts";
import type { StepName } from "../plan.ts";
import { type Entry, type EntryOf, type ReleaseState, stepKey } from "../record.ts";
import type { RecordSnapshot } from "../record-store.ts";
import { firstOpen } from "../release/due.ts";
import { hold, type Verdict } from "../verdict.ts";
import {
  type Act,
  bounded,
  type EffectOf,
  endedAs,
  journal,
  maxTries,
  releaseOf,
  type WithoutAuthor,
} from "./journal.ts";

export async function runStep(
  context: Advance,
  snapshot: RecordSnapshot,
  { stage, step }: EffectOf<"step">,
): Promise<Act> {
  const place = { kind: "step", stage: stage.name, step } as const;
  const proven = context.proven?.[step];
  if (proven === "held")
    return {
      verdict: hold("dispatch", `${step} of stage ${stage.name} was not to run yet in its job; it runs next time.`),
    };
  if (proven !== undefined) {
    const message = `The job that ran ${step} for stage ${stage.name} ${proven}.`;
    return {
      snapshot: await journal(context, snapshot, { ...place, outcome: proven, reason: `job-${proven}`, message }),
    };
  }
  const run = runs(step) ? context.steps[step] : undefined;
  if (run === undefined) return { verdict: outOfOrder(context, stage.name, step) };
  if (context.readOnly === true)
    return { verdict: await run({ stage, release: releaseOf(snapshot), announce: async () => {} }) };

  const begun = await journal(context, snapshot, {
    ...place,
    outcome: "begun",
    reason: "due",
    message: `${step} of stage ${stage.name} begins.`,
  });
  if (begun === undefined) return { again: true };
  let onto = begun;
  const announce = async (reason: string, message: string, evidence?: unknown) => {
    const entry = { ...place, outcome: "begun", reason, message: message.slice(0, 4000) } as const;
    onto = await announced(context, onto, { ...entry, evidence: bounded(evidence) });
  };
  const outcome = await run({ stage, release: releaseOf(begun), announce });
  const state = outcome.verdict === "pass" ? "passed" : outcome.verdict === "fail" ? "failed" : "held";
  const entry: WithoutAuthor<EntryOf<"step">> = {
    ...place,
    outcome: state,
    reason: outcome.reason,
    message: outcome.message.slice(0, 4000),
    evidence: bounded(outcome.evidence),
    ...(outcome.candidate === undefined ? {} : { candidate: outcome.candidate }),
    ...(outcome.configured === undefined ? {} : { configured: namesIn(outcome.configured) }),
  };
  const after = await journal(context, onto, entry);
  // Only waiting for a share's evidence may end a job in good order; a step that is not proven has to be looked at.
  if (outcome.verdict !== "pass") return { verdict: { ...outcome, final: true } };
  return after === undefined ? { again: true } : { snapshot: after };
}

/**
 * Appends before something is done that must be known should we die in it; throws `ProviderError` when the release is
 * not this process' own any more, before anything was done.
 */
async function announced(
  context: Advance,
  onto: RecordSnapshot,
  fact: WithoutAuthor<EntryOf<"step">>,
): Promise<RecordSnapshot> {
  const after = await insisting(context, onto, fact);
  if (after !== undefined) return after;
  throw new ProviderError(
    "record",
    `The record could not take what ${fact.step} of stage ${fact.stage} is about to do, because others wrote to it. Nothing was done. Run the job again.`,
    { retryable: true },
  );
}

/**
 * Appends also when others did meanwhile, which does no harm as long as the release is still this process' own, and as
 * far as it was; undefined when it is not.
 */
async function insisting(
  context: Advance,
  onto: RecordSnapshot,
  ...facts: WithoutAuthor<Entry>[]
): Promise<RecordSnapshot | undefined> {
  const known = releaseOf(onto);
  let newest = onto;
  for (let tries = 0; tries < maxTries; tries++) {
    const after = await journal(context, newest, ...facts);
    if (after !== undefined) return after;
    newest = await context.store.read(context.environment);
    if (!isStill(known, newest.record.release)) break;
  }
  return undefined;
}

/** Whether a release stands where a process left it, whatever else was appended: nobody took it over, or ended it. */
export const isStill = ({ id, attempt, ended }: ReleaseState, release: ReleaseState | null): boolean =>
  release?.id === id && release.attempt === attempt && (release.ended === null) === (ended === null);

/** Names of variables and the platform's handle; never a value. */
const namesIn = ({ changed, unreadable, before }: Configured) => ({
  changed: [...changed],
  unreadable: [...unreadable],
  ...(before === undefined ? {} : { before }),
});

const runs = (step: StepName): step is ProgramStep =>
  step !== "canary" && step !== "approve" && step !== "pause" && step !== "watch" && step !== "sign-off";

/** How a step stands that no program runs. */
export async function mark(context: Advance, snapshot: RecordSnapshot, effect: EffectOf<"mark">): Promise<Act> {
  const { stage, step, outcome, reason, message } = effect;
  const waits = outcome === "held";
  if (context.readOnly === true)
    return { verdict: hold(waits ? reason : "dispatch", `${message} A job that may write to the record goes on.`) };
  if (step === "pause" && outcome === "passed") {
    const left = await leftOfTask(context, snapshot, stage);
    if (left !== undefined) return { verdict: left };
  }
  const entry = { kind: "step", stage, step, outcome, reason, message: message.slice(0, 4000) } as const;
  return { snapshot: await journal(context, snapshot, entry) };
}

/** A task that sets variables anew is done when the platform says so; people are told once for each time it was said. */
async function leftOfTask(context: Advance, snapshot: RecordSnapshot, name: string): Promise<Verdict | undefined> {
  const { plan, people, steps } = releaseOf(snapshot);
  const stage = plan.stages.find((planned) => planned.name === name);
  if (stage?.pause?.changed === undefined) return undefined;
  const { target } = context;
  if (target === undefined)
    return hold("dispatch", `The task of stage ${name} is looked at by a job that sees the platform.`);
  const left = await (await import("../changed-variables.ts")).taskLeft(target, stage);
  if (left === undefined) return undefined;
  const { reason, message } = left;
  const told = steps[stepKey(name, "pause")];
  if (told?.reason !== reason || told.at < (people.attested[name]?.at ?? 0))
    await journal(context, snapshot, { kind: "step", stage: name, step: "pause", outcome: "held", reason, message });
  return left;
}

/** Written down before anybody is told: the channels follow the record. */
export async function tellPeople(
  context: Advance,
  snapshot: RecordSnapshot,
  fact: WithoutAuthor<EntryOf<"asked"> | EntryOf<"warned">>,
): Promise<Act> {
  if (context.readOnly === true) return { verdict: hold("waiting", fact.message) };
  return { snapshot: await journal(context, snapshot, fact) };
}

export function outOfOrder(context: Advance, stage: string, due: StepName): Verdict {
  const { until } = context;
  // A tick enters no step: it starts the workflow that has the jobs for it.
  if (until === undefined)
    return hold("dispatch", `Next is ${due} of stage ${stage}, which the release workflow runs.`);
  // The canary of an earlier stage waits for its evidence: nothing is wrong, and this job has nothing to do yet.
  if (due === "canary" && stage !== until.stage)
    return hold("waiting", `Stage ${stage} still holds its canary; stage ${until.stage} begins when that is proven.`);
  return {
    verdict: "error",
    reason: "out-of-order",
    message: `${until.step} of stage ${until.stage} was asked for, but ${due} of stage ${stage} is due and not recorded as passed. Run the steps in the order of the runbook.`,
  };
}

/** Longest that turning something on or off may take, milliseconds. */
export const changeWithinMs = 10 * 60_000;
/** How long others take it for possible: besides that, clocks may differ, and ending a command takes a moment. */
export const openForMs = changeWithinMs + 60_000;

/**
 * Turns on or off what is not traffic. Announced before, written down after; a crash in between is mended by doing it
 * again, which every command must allow. Nobody turns on what a command of another process may still turn off.
 */
export async function change(context: Advance, snapshot: RecordSnapshot, effect: EffectOf<"change">): Promise<Act> {
  const { what, to, stage, handle } = effect;
  const release = releaseOf(snapshot);
  const { ended, plan } = release;
  if (context.change === undefined || context.readOnly === true)
    return {
      verdict:
        ended === null
          ? hold("dispatch", `Next ${what} is turned ${to} for stage ${stage}, by a job that may write to the record.`)
          : endedAs(ended.as, ended.reason, ended.message),
    };
  const before =
    what === "flags" && to === "on" && handle === null ? await context.readFlags?.({ stage, plan }) : undefined;
  const { clock } = context.ports;
  const [began, since] = [clock.monotonic(), clock.now()];
  const announced = await journal(context, snapshot, {
    kind: "changing",
    at: since,
    ...{ what, to, stage, until: since + openForMs },
    ...(before !== undefined && { handle: before }),
  });
  const withinMs = changeWithinMs - (clock.monotonic() - began);
  if (announced === undefined || withinMs <= 0) return { again: true };
  const outcome = await context.change({ what, to, stage, handle: handle ?? before ?? null, plan, withinMs });
  const message = outcome.message.slice(0, 4000);
  const told = { kind: "changed", what, to, stage, since, message } as const;
  if (outcome.verdict === "pass") return { snapshot: await insisting(context, announced, told) };
  const due = firstOpen(release);
  // What cannot be turned on fails its step, and the release goes back; what cannot be turned off is a person's.
  if (to === "off" || ended !== null || due === undefined) {
    await journal(context, announced, { ...told, failed: true });
    return { verdict: { verdict: "error", reason: `${what}-stuck`, message: outcome.message, final: true } };
  }
  const failed = { kind: "step", stage: due.stage.name, step: due.step, outcome: "failed" } as const;
  const facts = [
    { ...told, failed: true as const },
    { ...failed, reason: `${what}-failed`, message },
  ];
  return { snapshot: await journal(context, announced, ...facts) };
}
