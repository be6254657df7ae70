import { setTimeout as wait } from "node:timers/promises";
import { messageOf } from "../../failure.ts";
import { asText, isObject, type Json, type Scope } from "./expression.ts";
import { eventOf } from "./github-context.ts";
import { createJobLog, type JobLog } from "./job-log.ts";
import { type Frame, type JobState, scopeOf } from "./job-state.ts";
import type { Level } from "./level.ts";
import { createMachine } from "./machine.ts";
import { jobPermissions, readOnly } from "./permissions.ts";
import type { Setting } from "./setting.ts";
import { runPosts, runSteps } from "./step.ts";
import { at, fill, fillText, fillTexts, isMappingTemplate, namedEntries, type Template } from "./template.ts";
import type { OrdinaryJob } from "./workflow-file.ts";
import type { JobResult, RunEnvironment } from "./workflow-run.ts";

/** One run of an ordinary job: the job itself, or one leg of its matrix. */
export interface JobLeg {
  readonly key: string;
  readonly job: OrdinaryJob;
  readonly level: Level;
  /** With `needs`, `matrix` and `strategy`. */
  readonly scope: Scope;
  /** Aborts when this leg is to stop; its steps' conditions are looked at again. */
  readonly cancelled: AbortSignal;
}

/** Minutes, GitHub's defaults. */
const defaultTimeout = 360;
const defaultCancelTimeout = 5;

/** Runs the job on a fresh machine. Never throws: what goes wrong is the job's failure. */
export async function runJob(leg: JobLeg, setting: Setting): Promise<JobResult> {
  const log = createJobLog(setting, leg.key);
  try {
    const environment = enterEnvironment(leg, setting, log);
    const admitted = environment === undefined || (await passProtection(environment, leg, setting));
    if (leg.cancelled.aborted) return { result: "cancelled", outputs: {} };
    if (!admitted) {
      log.error(`A reviewer rejected the environment '${environment.name}' for this job.`);
      return { result: "failure", outputs: {} };
    }
    await pause(setting.timing.start ?? 0, leg.cancelled);
    if (leg.cancelled.aborted) return { result: "cancelled", outputs: {} };
    setting.emit({ type: "machine", job: leg.key });
    return await runOnMachine(leg, setting, log, environment);
  } catch (error) {
    log.error(messageOf(error));
    return { result: "failure", outputs: {} };
  }
}

/** The environment's wait timer and its reviewers, side by side; a job that is cancelled meanwhile waits no longer. */
async function passProtection({ name, rules }: Entered, leg: JobLeg, setting: Setting): Promise<boolean> {
  const { approve = true, review, waitMinutes = 0 } = rules;
  if (review === undefined && waitMinutes === 0) return approve;
  setting.emit({ type: "environment-waiting", job: leg.key, name });
  const over = new Promise<false>((resolve) => {
    if (leg.cancelled.aborted) resolve(false);
    leg.cancelled.addEventListener("abort", () => resolve(false), { once: true });
  });
  const [approved] = await Promise.all([
    review === undefined ? approve : Promise.race([review(leg.key), over]),
    pause(waitMinutes * setting.timing.minute, leg.cancelled),
  ]);
  return approved;
}

/** Real time: nothing of the workflow runs meanwhile. */
function pause(milliseconds: number, stop: AbortSignal): Promise<void> {
  if (milliseconds <= 0 || stop.aborted) return Promise.resolve();
  return wait(milliseconds, undefined, { signal: stop }).catch(() => undefined);
}

interface Entered {
  readonly name: string;
  readonly rules: RunEnvironment;
}

/** An empty name means no environment; one that nobody made is made empty, as on GitHub. */
function enterEnvironment(leg: JobLeg, setting: Setting, log: JobLog): Entered | undefined {
  const { environment } = leg.job;
  const name = fillText(isMappingTemplate(environment) ? at(environment, "name") : environment, leg.scope);
  if (name === "") return undefined;
  const rules = setting.run.environments[name] ?? {};
  for (const secret of Object.values(rules.secrets ?? {})) setting.masks.add(secret);
  const wanted = at(environment, "deployment");
  const deployment = wanted === undefined || asText(fill(wanted, leg.scope)) !== "false";
  setting.emit({ type: "environment", job: leg.key, name, deployment });
  log.line(`environment: ${name}`);
  return { name, rules };
}

async function runOnMachine(
  leg: JobLeg,
  setting: Setting,
  log: JobLog,
  environment: Entered | undefined,
): Promise<JobResult> {
  const machine = createMachine(setting.run.repository, eventOf(setting.run));
  const killed = new AbortController();
  const timeout = new AbortController();
  const cancelled = AbortSignal.any([leg.cancelled, timeout.signal]);
  const timers: NodeJS.Timeout[] = [];
  try {
    const contexts = await contextsOf(leg, setting, machine, environment);
    const scope: Scope = { ...leg.scope, contexts, workspace: machine.workspace };
    const state: JobState = {
      key: leg.key,
      setting,
      machine,
      log,
      cancelled,
      killed: killed.signal,
      status: "success",
      env: { ...fillTexts(leg.level.node.workflow.env, scope), ...fillTexts(leg.job.env, scope) },
      paths: [],
      posts: [],
      defaults: defaultsOf(leg, scope),
    };
    const minutes = (template: Template | undefined, otherwise: number): number =>
      template === undefined ? otherwise : Number(fill(template, scope));
    const limit = minutes(leg.job.timeoutMinutes, defaultTimeout);
    const grace = minutes(leg.job.cancelTimeoutMinutes, defaultCancelTimeout);
    const onCancel = (): void => {
      state.status = "cancelled";
      timers.push(setTimeout(() => killed.abort(), grace * setting.timing.minute));
    };
    // Registered before any step is, so that steps see the status when they look at their conditions again.
    if (cancelled.aborted) onCancel();
    else cancelled.addEventListener("abort", onCancel, { once: true });
    timers.push(setTimeout(() => expire(timeout, log, limit), Math.min(limit * setting.timing.minute, 2 ** 31 - 1)));
    const frame: Frame = {
      contexts,
      origin: leg.level.node.origin,
      steps: {},
      env: {},
      composite: false,
      stop: undefined,
      failed: false,
    };
    await runSteps(leg.job.steps, frame, state);
    await runPosts(state);
    cancelled.removeEventListener("abort", onCancel);
    announceUrl(leg, setting, environment, scopeOf(state, frame, state.env));
    return { result: state.status, outputs: outputsOf(leg, setting, log, scopeOf(state, frame, state.env)) };
  } finally {
    timers.forEach(clearTimeout);
    for (const pid of machine.dispose()) log.line(`Terminate orphan process: pid (${pid})`);
  }
}

function expire(timeout: AbortController, log: JobLog, minutes: number): void {
  log.error(`The job has exceeded the maximum execution time of ${minutes} minutes.`);
  timeout.abort();
}

function announceUrl(leg: JobLeg, setting: Setting, environment: Entered | undefined, scope: Scope): void {
  const url = fillText(at(leg.job.environment, "url"), scope);
  if (environment && url !== "") {
    setting.emit({ type: "environment-url", job: leg.key, name: environment.name, url: setting.masks.hide(url) });
  }
}

async function contextsOf(
  leg: JobLeg,
  setting: Setting,
  machine: ReturnType<typeof createMachine>,
  environment: Entered | undefined,
): Promise<Readonly<Record<string, Json>>> {
  const { run } = setting;
  const { level } = leg;
  const permissions = jobPermissions(leg.job, level.node.workflow.permissions, level.granted);
  const held = run.readOnlyToken === true ? readOnly(permissions) : permissions;
  const token = await run.token({ id: leg.key, permissions: held });
  setting.masks.add(token);
  const github = leg.scope.contexts["github"];
  const { origin, workflow } = level.node;
  return {
    ...leg.scope.contexts,
    github: {
      ...(isObject(github) ? github : {}),
      token,
      job: leg.job.id,
      workspace: machine.workspace,
      event_path: machine.eventFile,
    },
    secrets: { ...secretsOf(level, environment), GITHUB_TOKEN: token },
    vars: { ...run.vars, ...environment?.rules.vars },
    runner: machine.runner,
    job: {
      status: "success",
      workflow_repository: origin.repository,
      workflow_file_path: workflow.file,
      workflow_sha: origin.sha,
      workflow_ref: `${origin.repository}/${workflow.file}@${origin.ref}`,
    },
  };
}

function secretsOf(level: Level, environment: Entered | undefined): Record<string, string> {
  const { values, names } = level.secrets;
  const own = Object.entries(environment?.rules.secrets ?? {});
  return { ...values, ...Object.fromEntries(own.filter(([name]) => names?.has(name.toUpperCase()) !== false)) };
}

function defaultsOf(leg: JobLeg, scope: Scope): JobState["defaults"] {
  const of = (name: string): string =>
    fillText(at(leg.job.defaults, "run", name) ?? at(leg.level.node.workflow.defaults, "run", name), scope);
  return { shell: of("shell"), workingDirectory: of("working-directory") };
}

/** The job's outputs without those that are empty or hold a secret, which GitHub does not pass on either. */
function outputsOf(leg: JobLeg, setting: Setting, log: JobLog, scope: Scope): Record<string, string> {
  const values = namedEntries(leg.job.outputs).map(([name, value]) => [name, fillText(value, scope)] as const);
  return keepHarmless(values, leg.key, setting, log);
}

export function keepHarmless(
  outputs: readonly (readonly [name: string, value: string])[],
  job: string,
  setting: Setting,
  log: JobLog,
): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of outputs) {
    if (value === "") continue;
    if (setting.masks.finds(value)) {
      log.warn(`Skip output '${name}' since it may contain secret.`);
      setting.emit({ type: "output-dropped", job, output: name });
    } else kept[name] = value;
  }
  return kept;
}

/** Whether a failed job counts as one that succeeded. */
export function isForgiven(job: OrdinaryJob, scope: Scope): boolean {
  return job.continueOnError !== undefined && asText(fill(job.continueOnError, scope)) === "true";
}
