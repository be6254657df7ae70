import { resolve } from "node:path";
import { messageOf } from "../../failure.ts";
import { useAction } from "./action.ts";
import { asText, holds, isObject } from "./expression.ts";
import { type Attempt, type Frame, type JobState, type PostStep, type StepState, scopeOf } from "./job-state.ts";
import { prepareScript } from "./shell.ts";
import { runStepProcess } from "./step-process.ts";
import { fill, fillText, fillTexts, type Template } from "./template.ts";
import type { Step } from "./workflow-file.ts";
import type { Result } from "./workflow-run.ts";

/** Runs a list of steps in order; `frame.failed` and the job's status tell how it went. */
export async function runSteps(steps: readonly Step[], frame: Frame, job: JobState): Promise<void> {
  for (const [index, step] of steps.entries()) {
    if (frame.stop?.aborted) return;
    const id = step.id ?? `__${step.run === undefined ? "action" : "run"}_${index + 1}`;
    await runStep(step, { id, name: id, outputs: {}, state: {}, refused: false }, frame, job);
  }
}

/** Runs what the job's actions left to be done after it. */
export async function runPosts(job: JobState): Promise<void> {
  for (const post of job.posts.splice(0)) await runPost(post, job);
}

async function runStep(step: Step, state: StepState, frame: Frame, job: JobState): Promise<void> {
  const given = { ...job.env, ...frame.env };
  let env = given;
  let outcome: Result;
  let name = state.id;
  try {
    env = { ...given, ...fillTexts(step.env, scopeOf(job, frame, given)) };
    const scope = () => scopeOf(job, frame, env);
    outcome = await attempt(job, frame, step.condition, env, (stop) => {
      name = nameOf(step, job, frame, env);
      announce(job, state.id, name);
      const minutes = step.timeoutMinutes === undefined ? 0 : Number(fill(step.timeoutMinutes, scope()));
      const named = { ...state, name };
      return withTimeout(minutes * job.setting.timing.minute, stop, async (limited) => {
        const given: Attempt = { job, frame, step: named, env, stop: limited.signal };
        const code = step.uses === undefined ? await runScript(step, given) : await useAction(step, given, runSteps);
        if (limited.timedOut()) {
          job.log.error(`The action '${name}' has timed out after ${minutes} minutes.`);
          return 1;
        }
        if (code !== 0 && !stop.aborted && step.run !== undefined) {
          job.log.error(`Process completed with exit code ${code}.`);
        }
        return named.refused ? 1 : code;
      });
    });
  } catch (error) {
    job.log.error(messageOf(error));
    outcome = "failure";
  }
  const forgiven = outcome === "failure" && isTrue(step.continueOnError, job, frame, env);
  const conclusion: Result = forgiven ? "success" : outcome;
  if (step.id !== undefined) frame.steps[step.id] = { outputs: { ...state.outputs }, outcome, conclusion };
  settle(job, frame, state.id, name, outcome, conclusion);
}

async function runPost(post: PostStep, job: JobState): Promise<void> {
  const { frame } = post;
  const env = { ...job.env, ...post.env };
  const name = `Post ${post.name}`;
  let outcome: Result;
  try {
    outcome = await attempt(job, frame, post.condition, env, (stop) => {
      announce(job, post.step.id, name);
      return post.execute({ job, frame, step: { ...post.step, name }, env, stop });
    });
  } catch (error) {
    job.log.error(messageOf(error));
    outcome = "failure";
  }
  settle(job, frame, post.step.id, name, outcome, outcome);
}

/**
 * Runs one thing if its condition holds. When the job is cancelled meanwhile the condition is looked at again, and only
 * what no longer holds is stopped (actions/runner, StepsRunner.cs).
 */
async function attempt(
  job: JobState,
  frame: Frame,
  condition: string,
  env: Readonly<Record<string, string>>,
  execute: (stop: AbortSignal) => Promise<number>,
): Promise<Result> {
  if (!holds(condition, scopeOf(job, frame, env))) return "skipped";
  const stopped = new AbortController();
  const lookAgain = (): void => {
    if (!stillHolds(condition, job, frame, env)) stopped.abort();
  };
  const stopWithOuter = (): void => stopped.abort();
  if (!job.cancelled.aborted) job.cancelled.addEventListener("abort", lookAgain);
  frame.stop?.addEventListener("abort", stopWithOuter);
  try {
    const code = await execute(stopped.signal);
    if (stopped.signal.aborted || job.killed.aborted) {
      job.log.error("The operation was canceled.");
      return "cancelled";
    }
    return code === 0 ? "success" : "failure";
  } finally {
    job.cancelled.removeEventListener("abort", lookAgain);
    frame.stop?.removeEventListener("abort", stopWithOuter);
  }
}

/** A condition that cannot be evaluated any more does not hold. */
function stillHolds(condition: string, job: JobState, frame: Frame, env: Readonly<Record<string, string>>): boolean {
  try {
    return holds(condition, scopeOf(job, frame, env));
  } catch {
    return false;
  }
}

interface Limited {
  readonly signal: AbortSignal;
  readonly timedOut: () => boolean;
}

async function withTimeout<T>(ms: number, stop: AbortSignal, run: (limited: Limited) => Promise<T>): Promise<T> {
  if (!(ms > 0)) return run({ signal: stop, timedOut: () => false });
  const expired = new AbortController();
  const timer = setTimeout(() => expired.abort(), Math.min(ms, 2 ** 31 - 1));
  try {
    return await run({ signal: AbortSignal.any([stop, expired.signal]), timedOut: () => expired.signal.aborted });
  } finally {
    clearTimeout(timer);
  }
}

function settle(job: JobState, frame: Frame, step: string, name: string, outcome: Result, conclusion: Result): void {
  if (conclusion === "failure" || conclusion === "cancelled") frame.failed = true;
  if (conclusion === "failure" && !frame.composite && job.status === "success") job.status = "failure";
  const shown = job.setting.masks.hide(name);
  job.setting.emit({ type: "step-ended", job: job.key, step, name: shown, outcome, conclusion });
}

function announce(job: JobState, step: string, name: string): void {
  job.setting.emit({ type: "step-started", job: job.key, step, name: job.setting.masks.hide(name) });
  job.log.line(`##[step] ${name}`);
}

async function runScript(step: Step, attempt: Attempt): Promise<number> {
  const { job, frame, env } = attempt;
  const scope = scopeOf(job, frame, env);
  const script = fillText(step.run, scope);
  const { file, args, display } = prepareScript(
    fillText(step.shell, scope) || (frame.composite ? "" : job.defaults.shell),
    script,
    job.machine.temp,
  );
  for (const line of script.trimEnd().split("\n")) job.log.line(`$ ${line}`);
  job.log.line(`shell: ${display}`);
  const folder = fillText(step.workingDirectory, scope) || (frame.composite ? "" : job.defaults.workingDirectory);
  return runStepProcess(attempt, {
    file,
    args,
    cwd: resolve(job.machine.workspace, folder),
    env: {},
    github: { ...githubOf(frame), action: attempt.step.id },
  });
}

function githubOf(frame: Frame): Record<string, never> | object {
  const github = frame.contexts["github"];
  return isObject(github) ? github : {};
}

function nameOf(step: Step, job: JobState, frame: Frame, env: Readonly<Record<string, string>>): string {
  const scope = scopeOf(job, frame, env);
  const named = fillText(step.name, scope);
  if (named !== "") return named;
  if (step.uses !== undefined) return `Run ${step.uses}`;
  return `Run ${fillText(step.run, scope).trim().split("\n")[0] ?? ""}`;
}

function isTrue(
  template: Template | undefined,
  job: JobState,
  frame: Frame,
  env: Readonly<Record<string, string>>,
): boolean {
  return template !== undefined && asText(fill(template, scopeOf(job, frame, env))) === "true";
}
