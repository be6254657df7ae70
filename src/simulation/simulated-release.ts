import { type Advance, advance } from "../advance.ts";
import { begin } from "../begin.ts";
import { type Plan, type StepName, stepNames } from "../plan.ts";
import type { ReleaseState } from "../record.ts";
import type { Judgement } from "../release.ts";
import type { Runbook } from "../runbook.ts";
import { isWithItsJob } from "../tick.ts";
import { hold, pass, type Verdict } from "../verdict.ts";
import { candidateOf, type SimulatedWorld, weightOf } from "./simulated-world.ts";
import type { Actor, Timeline } from "./timeline.ts";

const second = 1_000;
const minute = 60 * second;

/** How long each step takes here; what it does is not played, only whether it passes. */
const stepMs: Partial<Record<StepName, number>> = { preflight: 3 * minute, deploy: 2 * minute, backup: 2 * minute };
const usualStepMs = minute;
/** A machine has to be found and set up before a job runs on it. */
const jobStartMs = 20 * second;
/** GitHub gives up on a machine that says nothing. */
const lostMachineMs = 10 * minute;
/** SIGINT, 7.5 s, SIGTERM, 2.5 s, SIGKILL. */
const cancelMs = 10 * second;

export interface Job {
  readonly actor: Actor;
  readonly cancel: AbortController;
  readonly role: "release" | "rollback" | "tick";
  readonly release: number;
  readonly attempt: number;
  readonly from: number;
  abandoned: boolean;
  /** When it ended or was killed; undefined while it lives. */
  until: number | undefined;
}

/** What the version is really like, which only the gate can find out. */
export interface Truth {
  /** Milliseconds after its first traffic; Infinity for a good one. */
  readonly badAfterMs: number;
  /** Looks at a bad version before the gate is sure. */
  readonly looksNeeded: number;
  /** Looks that tell nothing, from a moment on. */
  readonly blind: { readonly from: number; looks: number };
  readonly failing: StepName | undefined;
}

export interface Play {
  readonly timeline: Timeline;
  readonly world: SimulatedWorld;
  readonly runbook: Runbook;
  readonly plan: Plan;
  readonly truth: Truth;
  readonly skewMs: number;
  readonly tickEveryMs: number;
  /** Ticks in this span do not come. */
  readonly noTicks: { readonly from: number; readonly until: number };
  readonly environment: string;
}

export interface Production {
  readonly jobs: readonly Job[];
  jobOf(actor: Actor): Job | undefined;
  startRelease(release: number, attempt: number, commit: string): void;
  /** The job is gone at this very moment; the second line comes when GitHub notices. */
  lose(job: Job, noticedAfterMs?: number): void;
  cancel(job: Job): void;
  /** Nobody waits for it any more: whatever it still does, no job of its run follows it. */
  abandon(job: Job): void;
  startTicks(until: number): void;
  /** When the candidate began to be bad for its users; Infinity when it never did. */
  badAt(commit: string): number;
}

/** GitHub as far as a release needs it: jobs that start, end, get lost and follow each other. They run the real code. */
export function createProduction(play: Play): Production {
  const { timeline, world, runbook, truth, environment } = play;
  const jobs: Job[] = [];
  const commits = new Map<number, string>();
  let skewed = false;

  const badAt = (commit: string) => {
    const first = world.history.find(({ shares }) => weightOf(shares, candidateOf(commit)) > 0);
    return first === undefined ? Number.POSITIVE_INFINITY : first.at + truth.badAfterMs;
  };

  const judge =
    (actor: Actor, cancelled: AbortSignal) =>
    async (share: Parameters<NonNullable<Advance["judge"]>>[0], release: ReleaseState): Promise<Judgement> => {
      const { planned, stage, shift, weight, generation } = share;
      const since = (release.traffic?.since ?? timeline.now()) - actor.skewMs;
      const holdEnd = since + planned.holdMs;
      const bad = badAt(release.commit);
      const found = Math.max(bad, since) + truth.looksNeeded * planned.everyMs;
      const now = timeline.now();
      // Nothing happens between most looks, so they are passed over: only those that could decide are played.
      const usual = now + Math.max(planned.everyMs, Math.min(10 * minute, planned.holdMs / 20));
      const next = Math.min(usual, ...[holdEnd, found].filter((moment) => moment > now));
      await timeline
        .sleep(actor, Math.max(next - now, Math.min(planned.everyMs, 100)), cancelled)
        .catch(() => undefined);
      await world.effect(actor, "look", 500);
      const verdict = assessed(holdEnd, bad, found);
      return { ...verdict, stage, shift, weight, generation, gate: { simulated: true } };
    };
  const assessed = (holdEnd: number, bad: number, found: number): Verdict => {
    const now = timeline.now();
    if (world.isDown("metrics")) return hold("no-data", "The metrics are down.");
    if (now >= truth.blind.from && truth.blind.looks > 0) {
      truth.blind.looks -= 1;
      return hold("no-data", "The numbers tell nothing.");
    }
    if (now >= found) return { verdict: "fail", reason: "limit-broken", message: "A limit is broken." };
    if (now >= holdEnd && bad > now) return pass("limits-hold", "Every limit is proven.");
    return hold("not-enough-data", "Not enough is known yet.");
  };

  const stepsFor = (actor: Actor, commit: string): Advance["steps"] => {
    const run = (step: StepName) => async () => {
      await world.effect(actor, "step", stepMs[step] ?? usualStepMs);
      if (truth.failing === step)
        return { verdict: "fail", reason: `${step}-failed`, message: `${step} failed.` } as const;
      if (step !== "deploy") return pass("ran", `${step} passed.`);
      const staged = await world.target(actor).stage({ commit, directory: ".", env: {} });
      return { ...pass("staged", "It is staged."), candidate: staged };
    };
    return Object.fromEntries(stepNames.filter((step) => step !== "canary").map((step) => [step, run(step)]));
  };

  const newJob = (role: Job["role"], release: number, attempt: number): Job => {
    const skewMs = skewed ? 0 : play.skewMs;
    skewed = true;
    const actor: Actor = { name: `${role} ${release}.${attempt}`, skewMs, dead: false, frozenUntil: 0 };
    const job: Job = {
      actor,
      cancel: new AbortController(),
      role,
      release,
      attempt,
      from: timeline.now(),
      abandoned: false,
      until: undefined,
    };
    jobs.push(job);
    return job;
  };
  const run = (job: Job, work: () => Promise<Verdict>, after: (verdict: Verdict) => void): void => {
    timeline.start(job.actor, async () => {
      const verdict = await work().catch(
        (problem: unknown): Verdict => ({ verdict: "error", reason: "threw", message: String(problem) }),
      );
      job.until = timeline.now();
      after(verdict);
    });
  };
  const baseOf = ({ actor, cancel, release, attempt }: Job) => ({
    ports: world.ports(actor, cancel.signal),
    store: world.store(actor),
    environment,
    asker: { release, attempt },
    author: { run: release, attempt, actor: "ada" },
    target: world.target(actor),
  });

  /** A job starts when there is a machine for it. */
  const whenMachine = (afterMs: number, start: () => void): void => {
    timeline.at(timeline.now() + afterMs, () => (world.isDown("machines") ? whenMachine(minute, start) : start()));
  };

  const startRollback = (release: number, attempt: number, afterMs: number): void =>
    whenMachine(afterMs, () => {
      const job = newJob("rollback", release, attempt);
      run(
        job,
        async () => {
          const base = baseOf(job);
          const { record } = await base.store.read(environment);
          if (record.release?.id !== release) return pass("not-started", "It never started.");
          const asker = { release, attempt: Math.max(attempt, record.release.attempt) };
          const abort = { reason: "job-failed", message: "A job of the release failed." };
          return advance({ ...base, asker, steps: {}, abort });
        },
        () => undefined,
      );
    });

  const startRelease = (release: number, attempt: number, commit: string): void => {
    commits.set(release, commit);
    const job = newJob("release", release, attempt);
    run(
      job,
      async () => {
        const base = baseOf(job);
        const begun = await begin({ ...base, runbook, commit, overrideRejected: false });
        if (begun.verdict.verdict !== "pass") return { ...begun.verdict, reason: `begin-${begun.verdict.reason}` };
        return advance({ ...base, steps: stepsFor(job.actor, commit), judge: judge(job.actor, job.cancel.signal) });
      },
      ({ verdict, reason, final }) => {
        const waits = verdict === "hold" && final !== true;
        if (verdict === "pass" || waits || job.cancel.signal.aborted || job.abandoned || reason === "begin-superseded")
          return;
        startRollback(release, attempt, jobStartMs);
      },
    );
  };

  const startTick = (): void => {
    const { release } = world.record();
    if (release === null || jobs.some(({ role, until }) => role === "tick" && until === undefined)) return;
    const job = newJob("tick", release.id, release.attempt);
    run(
      job,
      async () => {
        const base = baseOf(job);
        const { record } = await base.store.read(environment);
        const now = record.release;
        if (now === null || now.ended !== null) return pass("nothing-under-way", "Nothing is under way.");
        if (isWithItsJob(now, base.ports.clock.now())) return pass("with-its-job", "Its job is judging.");
        const asker = { release: now.id, attempt: now.attempt };
        return advance({ ...base, asker, steps: {}, judge: judge(job.actor, job.cancel.signal) });
      },
      ({ reason }) => {
        if (reason !== "not-this-job") return;
        const { release: now } = world.record();
        const commit = now === null ? undefined : commits.get(now.id);
        // Another step is entered by the release workflow, which a tick or a person starts again.
        if (now !== null && commit !== undefined)
          whenMachine(jobStartMs, () => startRelease(now.id, now.attempt + 1, commit));
      },
    );
  };

  return {
    jobs,
    jobOf: (actor) => jobs.find((job) => job.actor === actor),
    startRelease,
    badAt,
    lose(job, noticedAfterMs = lostMachineMs) {
      if (job.until !== undefined) return;
      timeline.kill(job.actor);
      job.until = timeline.now();
      if (job.role === "release") startRollback(job.release, job.attempt, noticedAfterMs);
    },
    cancel(job) {
      if (job.until !== undefined || job.cancel.signal.aborted) return;
      job.cancel.abort(new Error("The run was cancelled."));
      timeline.at(timeline.now() + cancelMs, () => {
        if (job.until !== undefined) return;
        timeline.kill(job.actor);
        job.until = timeline.now();
      });
      if (job.role === "release") startRollback(job.release, job.attempt, cancelMs + jobStartMs);
    },
    abandon(job) {
      job.abandoned = true;
    },
    startTicks(until) {
      const { from, until: back } = play.noTicks;
      const next = (): void => {
        const now = timeline.now();
        const { release } = world.record();
        const over = release?.ended != null && jobs.every((job) => job.until !== undefined) && now > minute;
        if (now > until || over) return;
        if (!world.isDown("machines") && (now < from || now >= back)) startTick();
        timeline.at(now + play.tickEveryMs, next);
      };
      timeline.at(play.tickEveryMs, next);
    },
  };
}
