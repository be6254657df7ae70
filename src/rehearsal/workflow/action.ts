import { resolve } from "node:path";
import { type ActionFile, type ActionInput, loadAction } from "./action-file.ts";
import { useCheckout } from "./checkout-action.ts";
import { isObject, type Json, type JsonObject } from "./expression.ts";
import { type Attempt, type Frame, type JobState, scopeOf } from "./job-state.ts";
import { folderOf, type Reference, resolveUses } from "./reference.ts";
import { runStepProcess } from "./step-process.ts";
import { fillText, fillTexts } from "./template.ts";
import type { Step } from "./workflow-file.ts";

type RunSteps = (steps: readonly Step[], frame: Frame, job: JobState) => Promise<void>;

/** Runs the action a step uses; returns its exit code. `runSteps` runs the steps of a composite action. */
export async function useAction(step: Step, attempt: Attempt, runSteps: RunSteps): Promise<number> {
  const { job, frame, env } = attempt;
  const uses = step.uses ?? "";
  const given = fillTexts(step.with, scopeOf(job, frame, env));
  if (/^actions\/checkout@/.test(uses)) return useCheckout(given, attempt);
  const { folder, reference } = locate(uses, frame, job);
  const action = await loadAction(folder, uses);
  const github: JsonObject = {
    ...githubOf(frame),
    action: attempt.step.id,
    action_repository: reference?.origin.repository ?? "",
    action_ref: reference?.origin.ref ?? "",
  };
  const inputs = bindInputs(action.inputs, given, attempt, github);
  for (const [name, value] of Object.entries(given)) job.log.line(`with ${name}: ${value.split("\n")[0] ?? ""}`);
  if (action.runs.using === "composite") {
    const inner: Frame = {
      contexts: { ...frame.contexts, github: { ...github, action_path: folder }, inputs },
      origin: reference?.origin ?? frame.origin,
      steps: {},
      env,
      composite: true,
      stop: attempt.stop,
      failed: false,
    };
    return runComposite(action, action.runs.steps, inner, attempt, runSteps);
  }
  return runNode(action.runs, folder, uses, inputs, github, attempt);
}

function locate(uses: string, frame: Frame, job: JobState): { folder: string; reference: Reference | undefined } {
  if (uses.startsWith("./")) return { folder: resolve(job.machine.workspace, uses), reference: undefined };
  const reference = resolveUses(uses, frame.origin, job.setting.world);
  return { folder: folderOf(reference), reference };
}

/** The `inputs` of an action: what the step gives, else the action's default. */
function bindInputs(
  declared: readonly ActionInput[],
  given: Readonly<Record<string, string>>,
  { job, frame, env }: Attempt,
  github: JsonObject,
): Record<string, string> {
  const scope = scopeOf(job, { ...frame, contexts: { ...frame.contexts, github } }, env);
  const inputs: Record<string, string> = {};
  for (const input of declared) inputs[input.name.toLowerCase()] = fillText(input.default, scope);
  const names = new Map(declared.map((input) => [input.name.toLowerCase(), input]));
  const unexpected = Object.keys(given).filter((name) => !names.has(name.toLowerCase()));
  if (unexpected.length > 0) {
    const quoted = (all: readonly string[]): string => all.map((name) => `'${name}'`).join(", ");
    const valid = quoted(declared.map((input) => input.name));
    job.log.warn(`Unexpected input(s) ${quoted(unexpected)}, valid inputs are [${valid}]`);
  }
  for (const [name, value] of Object.entries(given)) {
    const deprecation = names.get(name.toLowerCase())?.deprecation;
    if (deprecation !== undefined) job.log.warn(`Input '${name}' has been deprecated with message: ${deprecation}`);
    inputs[name.toLowerCase()] = value;
  }
  return inputs;
}

async function runComposite(
  action: ActionFile,
  steps: readonly Step[],
  inner: Frame,
  { job, step, env }: Attempt,
  runSteps: RunSteps,
): Promise<number> {
  await runSteps(steps, inner, job);
  for (const [name, value] of action.outputs) step.outputs[name] = fillText(value, scopeOf(job, inner, env));
  return inner.failed ? 1 : 0;
}

async function runNode(
  runs: Extract<ActionFile["runs"], { using: "node" }>,
  folder: string,
  uses: string,
  inputs: Readonly<Record<string, string>>,
  github: Json,
  attempt: Attempt,
): Promise<number> {
  const run = (script: string, now: Attempt): Promise<number> =>
    runStepProcess(now, {
      file: now.job.setting.run.node,
      args: [resolve(folder, script)],
      cwd: now.job.machine.workspace,
      env: { ...inputVariables(inputs), ...stateVariables(now.step.state) },
      github,
    });
  const { post, postIf } = runs;
  if (post !== undefined) {
    attempt.job.posts.unshift({
      name: uses,
      condition: postIf,
      frame: attempt.frame,
      env: attempt.frame.env,
      step: attempt.step,
      execute: (now) => run(post, now),
    });
  }
  return run(runs.main, attempt);
}

/** The environment variables in which an action finds its inputs. */
export function inputVariables(inputs: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [`INPUT_${name.replaceAll(" ", "_").toUpperCase()}`, value]),
  );
}

function stateVariables(state: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(state).map(([name, value]) => [`STATE_${name}`, value]));
}

function githubOf(frame: Frame): JsonObject {
  const github = frame.contexts["github"];
  return isObject(github) ? github : {};
}
