import { messageOf } from "../../failure.ts";
import { allWell, asText, holds, isObject, type Json, type JsonObject, type Scope } from "./expression.ts";
import { levelContexts } from "./github-context.ts";
import { groupWish, inGroup } from "./group.ts";
import { bindCallInputs } from "./inputs.ts";
import { isForgiven, keepHarmless, runJob } from "./job.ts";
import { createJobLog } from "./job-log.ts";
import type { Level, VisibleSecrets } from "./level.ts";
import { combinations, legName } from "./matrix.ts";
import { jobPermissions } from "./permissions.ts";
import type { Setting } from "./setting.ts";
import { fill, fillText } from "./template.ts";
import type { CallingJob, Job } from "./workflow-file.ts";
import type { JobResult, Result } from "./workflow-run.ts";

type Results = Record<string, JobResult>;

/**
 * Runs the jobs of one workflow: each as soon as all it needs are done, side by side. Resolves with the results by job
 * id.
 */
export async function runJobs(level: Level, setting: Setting): Promise<Readonly<Results>> {
  const done: Results = {};
  const again = jobsToRunAgain(level, setting);
  const started = new Map<string, Promise<void>>();
  const start = (job: Job): Promise<void> => {
    const known = started.get(job.id);
    if (known) return known;
    const running = Promise.all(job.needs.map((id) => startById(id))).then(async () => {
      done[job.id] =
        again?.has(job.id) === false
          ? keep(level.prefix + job.id, setting)
          : await runScheduled(job, { ...level, keepsEarlier: !needsOneOf(job, level, again) }, done, setting);
    });
    started.set(job.id, running);
    return running;
  };
  const startById = (id: string): Promise<void> => {
    const job = level.node.workflow.jobs[id];
    return job ? start(job) : Promise.resolve();
  };
  await Promise.all(Object.values(level.node.workflow.jobs).map(start));
  return done;
}

/** Of a re-run of failed jobs: what did not succeed before, and all that needs it. Undefined: everything. */
function jobsToRunAgain(level: Level, { run }: Setting): ReadonlySet<string> | undefined {
  const { earlier } = run;
  if (earlier === undefined || !level.keepsEarlier) return undefined;
  const jobs = Object.values(level.node.workflow.jobs);
  const failed = new Set(
    jobs.map(({ id }) => id).filter((id) => !wellEnough.has(earlier[level.prefix + id]?.result ?? "none")),
  );
  return new Set(jobs.filter((job) => failed.has(job.id) || needsOneOf(job, level, failed)).map(({ id }) => id));
}

const wellEnough: ReadonlySet<string> = new Set<Result>(["success", "skipped"]);

const needsOneOf = (job: Job, level: Level, others: ReadonlySet<string> | undefined): boolean =>
  [...ancestorsOf(job, level)].some((id) => others?.has(id));

/** A job of the earlier attempt stays with everything it called: results and outputs, no events. */
function keep(key: string, { run, jobs }: Setting): JobResult {
  const kept = Object.entries(run.earlier ?? {}).filter(([job]) => belongsTo(job, key));
  for (const [job, result] of kept) jobs[job] = result;
  return run.earlier?.[key] ?? { result: "skipped", outputs: {} };
}

/** Whether a path is the job itself, one of its legs, or something called below it. */
const belongsTo = (job: string, key: string): boolean =>
  job === key || job.startsWith(`${key} (`) || job.startsWith(`${key} / `);

async function runScheduled(job: Job, level: Level, done: Results, setting: Setting): Promise<JobResult> {
  const key = level.prefix + job.id;
  let result: JobResult;
  try {
    result = await decideAndRun(job, key, level, done, setting);
  } catch (error) {
    result = failed(key, error, setting);
  }
  return record(key, result, setting);
}

/** A key that cannot be evaluated fails its own job or leg; the others go on under the usual rules. */
function failed(key: string, error: unknown, setting: Setting): JobResult {
  createJobLog(setting, key).error(messageOf(error));
  return { result: "failure", outputs: {} };
}

function record(key: string, result: JobResult, setting: Setting): JobResult {
  setting.jobs[key] = result;
  setting.emit({ type: "job-ended", job: key, ...result });
  return result;
}

async function decideAndRun(job: Job, key: string, level: Level, done: Results, setting: Setting): Promise<JobResult> {
  const nothing = (result: Result): JobResult => ({ result, outputs: {} });
  if (level.forced.aborted) return nothing("cancelled");
  const scope = (): Scope => jobScope(job, level, done, setting);
  if (!holds(job.condition, scope())) return nothing(level.cancelled.aborted ? "cancelled" : "skipped");
  const legs = legsOf(job, level, scope());
  // The event of a leg tells of that leg; a job without a matrix is its own only leg.
  const report = legs.length > 1 || legs[0]?.key !== key;
  const results = await runLegs(job, legs, { level, setting, condition: () => holds(job.condition, scope()), report });
  return merge(results);
}

/** What a job's own keys may read, and what the jobs above it came to, however far above. */
function jobScope(job: Job, level: Level, done: Results, setting: Setting): Scope {
  const above = [...ancestorsOf(job, level)].map((id) => done[id]?.result);
  const cancelled = level.cancelled.aborted;
  const needs = job.needs.map((id) => [id, needOf(done[id])] as const);
  return {
    contexts: { ...levelContexts(level, setting), needs: Object.fromEntries(needs) },
    status: {
      success: !cancelled && above.every((result) => result === "success"),
      failure: above.some((result) => result === "failure"),
      cancelled,
    },
  };
}

function needOf(result: JobResult | undefined): JsonObject {
  return { result: result?.result ?? "skipped", outputs: { ...result?.outputs } };
}

function ancestorsOf(job: Job, level: Level, found: Set<string> = new Set()): Set<string> {
  for (const id of job.needs) {
    const above = level.node.workflow.jobs[id];
    if (!above || found.has(id)) continue;
    found.add(id);
    ancestorsOf(above, level, found);
  }
  return found;
}

interface Leg {
  readonly key: string;
  /** As GitHub shows it. */
  readonly name: string;
  readonly scope: Scope;
}

function legsOf(job: Job, level: Level, scope: Scope): readonly Leg[] {
  const strategy = job.strategy === undefined ? undefined : fill(job.strategy, scope);
  const matrix = isObject(strategy) ? strategy["matrix"] : undefined;
  const all = matrix === undefined || matrix === null ? [undefined] : combinations(matrix);
  const limits = limitsOf(strategy, all.length);
  const names = new Map<string, number>();
  return all.map((leg, index) => {
    const name = leg === undefined ? "" : unique(legName(leg), names);
    const contexts = {
      ...scope.contexts,
      matrix: leg ?? null,
      strategy: { ...limits, "job-index": index, "job-total": all.length },
    };
    const own = { ...scope, contexts };
    const shown = fillText(job.name, own) || job.id + name;
    return { key: level.prefix + job.id + name, name: level.namePrefix + shown, scope: own };
  });
}

/** Legs that read alike must not share a log. */
function unique(name: string, names: Map<string, number>): string {
  const seen = (names.get(name) ?? 0) + 1;
  names.set(name, seen);
  return seen === 1 ? name : `${name} #${seen}`;
}

function limitsOf(strategy: Json | undefined, total: number): { "fail-fast": boolean; "max-parallel": number } {
  const given = isObject(strategy) ? strategy : {};
  return {
    "fail-fast": asText(given["fail-fast"]) !== "false",
    "max-parallel": Math.max(1, Number(given["max-parallel"] ?? total) || total),
  };
}

interface LegRun {
  readonly level: Level;
  readonly setting: Setting;
  /** The job's condition, looked at now. */
  readonly condition: () => boolean;
  readonly report: boolean;
}

/** Runs the legs, at most `max-parallel` at a time; the first failure stops the others under `fail-fast`. */
async function runLegs(job: Job, legs: readonly Leg[], run: LegRun): Promise<readonly JobResult[]> {
  const strategy = legs[0]?.scope.contexts["strategy"];
  const limits = limitsOf(strategy, legs.length);
  const failFast = new AbortController();
  const results: JobResult[] = [];
  const queue = [...legs.entries()];
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const [index, leg] = next;
      const before = run.level.keepsEarlier ? run.setting.run.earlier?.[leg.key] : undefined;
      if (run.report && before?.result === "success") {
        results[index] = keep(leg.key, run.setting);
        continue;
      }
      const result = await runLeg(job, leg, failFast.signal, run).catch((error) => failed(leg.key, error, run.setting));
      results[index] = run.report ? record(leg.key, result, run.setting) : result;
      if (result.result === "failure" && limits["fail-fast"]) failFast.abort();
    }
  };
  await Promise.all(legs.slice(0, limits["max-parallel"]).map(work));
  return results;
}

/** The signals of one leg: how cancellation above it reaches it. */
interface Stop {
  readonly cancelled: AbortController;
  readonly forced: AbortController;
  /** Aborts when the leg may not wait for its concurrency group any longer. */
  readonly waiting: AbortSignal;
  readonly disarm: () => void;
}

/**
 * When the run is cancelled the job's condition is looked at again. One that does not hold stops the job and all it
 * calls; one that holds lets an ordinary job run on, and lets each job of a called workflow be looked at in turn.
 */
function armStop(job: Job, failFast: AbortSignal, { level, condition }: LegRun): Stop {
  const cancelled = new AbortController();
  const forced = new AbortController();
  const force = (): void => {
    forced.abort();
    cancelled.abort();
  };
  const lookAgain = (): void => {
    if (!safely(condition)) force();
    else if (job.kind === "calling") cancelled.abort();
  };
  const cancel = (): void => cancelled.abort();
  if (level.forced.aborted) force();
  else if (level.cancelled.aborted) lookAgain();
  if (failFast.aborted) force();
  level.forced.addEventListener("abort", force);
  level.cancelled.addEventListener("abort", lookAgain);
  failFast.addEventListener("abort", cancel);
  return {
    cancelled,
    forced,
    waiting: AbortSignal.any([forced.signal, failFast]),
    disarm: () => {
      level.forced.removeEventListener("abort", force);
      level.cancelled.removeEventListener("abort", lookAgain);
      failFast.removeEventListener("abort", cancel);
    },
  };
}

function safely(condition: () => boolean): boolean {
  try {
    return condition();
  } catch {
    return false;
  }
}

async function runLeg(job: Job, leg: Leg, failFast: AbortSignal, run: LegRun): Promise<JobResult> {
  const { level, setting } = run;
  const stop = armStop(job, failFast, run);
  try {
    // A leg that never began has nothing to look at again.
    if (stop.forced.signal.aborted) return { result: "cancelled", outputs: {} };
    const wish = groupWish(job.concurrency, leg.scope);
    const request = {
      wish,
      by: leg.key,
      held: level.held,
      waiting: stop.waiting,
      cancel: () => stop.cancelled.abort(),
    };
    return await inGroup(request, setting, async (held) => {
      setting.emit({ type: "job-started", job: leg.key, name: leg.name });
      if (job.kind === "calling") return callWorkflow(job, leg, { ...level, held }, stop, setting);
      const cancelled = stop.cancelled.signal;
      const result = await runJob({ key: leg.key, job, level, scope: leg.scope, cancelled }, setting);
      const forgiven = result.result === "failure" && isForgiven(job, leg.scope);
      return forgiven ? { ...result, result: "success" } : result;
    });
  } finally {
    stop.disarm();
  }
}

async function callWorkflow(job: CallingJob, leg: Leg, level: Level, stop: Stop, setting: Setting): Promise<JobResult> {
  const node = level.node.calls[job.id];
  if (!node) throw new Error(`The call graph lacks ${job.uses}.`);
  const withSecrets: Scope = {
    ...leg.scope,
    contexts: { ...leg.scope.contexts, secrets: { ...level.secrets.values } },
  };
  const given = job.with === undefined ? {} : fill(job.with, withSecrets);
  const bare: Scope = { contexts: levelContexts({ ...level, inputs: {} }, setting), status: allWell };
  const callee: Level = {
    node,
    prefix: `${leg.key} / `,
    namePrefix: `${leg.name} / `,
    inputs: bindCallInputs(node.workflow.call?.inputs ?? [], isObject(given) ? given : {}, bare),
    secrets: passedSecrets(job, level.secrets, withSecrets),
    granted: jobPermissions(job, level.node.workflow.permissions, level.granted),
    cancelled: stop.cancelled.signal,
    forced: stop.forced.signal,
    keepsEarlier: level.keepsEarlier,
    held: level.held,
  };
  const scope: Scope = { contexts: levelContexts(callee, setting), status: allWell };
  const wish = groupWish(node.workflow.concurrency, scope);
  const cancel = (): void => stop.cancelled.abort();
  return inGroup({ wish, by: leg.key, held: callee.held, waiting: stop.waiting, cancel }, setting, async (held) => {
    const done = await runJobs({ ...callee, held }, setting);
    const jobs = Object.fromEntries(Object.entries(done).map(([id, result]) => [id, needOf(result)]));
    const withJobs: Scope = { ...scope, contexts: { ...scope.contexts, jobs } };
    const outputs = Object.entries(node.workflow.call?.outputs ?? {}).map(
      ([name, value]) => [name, fillText(value, withJobs)] as const,
    );
    const log = createJobLog(setting, leg.key);
    return { ...merge(Object.values(done)), outputs: keepHarmless(outputs, leg.key, setting, log) };
  });
}

function passedSecrets(job: CallingJob, own: VisibleSecrets, scope: Scope): VisibleSecrets {
  if (job.secrets === "inherit") return own;
  const values = Object.entries(job.secrets).map(([name, value]) => [name, fillText(value, scope)] as const);
  return {
    values: Object.fromEntries(values.filter(([, value]) => value !== "")),
    names: new Set(values.map(([name]) => name.toUpperCase())),
  };
}

/** One result for many: the worst, and skipped only when all were. Of equal outputs the last one counts. */
function merge(results: readonly JobResult[]): JobResult {
  return {
    result: worst(results.map((result) => result.result)),
    outputs: Object.assign({}, ...results.map((result) => result.outputs)),
  };
}

export function worst(results: readonly Result[]): Result {
  if (results.includes("failure")) return "failure";
  if (results.includes("cancelled")) return "cancelled";
  return results.length > 0 && results.every((result) => result === "skipped") ? "skipped" : "success";
}
