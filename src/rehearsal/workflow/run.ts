import { mkdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { InputError } from "../../failure.ts";
import { loadCallGraph, refuseExcess, type WorkflowNode } from "./call-graph.ts";
import { snapshot } from "./checkout.ts";
import { type ConcurrencyGroups, createConcurrencyGroups } from "./concurrency.ts";
import { allWell, type Scope } from "./expression.ts";
import { git } from "./git.ts";
import { levelContexts } from "./github-context.ts";
import { groupWish, inGroup } from "./group.ts";
import { bindDispatchInputs } from "./inputs.ts";
import type { Level } from "./level.ts";
import { createMasks } from "./mask.ts";
import { restrictedPermissions } from "./permissions.ts";
import type { Origin } from "./reference.ts";
import { runJobs, worst } from "./schedule.ts";
import type { Setting } from "./setting.ts";
import { runnerTiming } from "./timing.ts";
import type { JobResult, WorkflowRun, WorkflowRunResult } from "./workflow-run.ts";

/** The groups of each repository, for runs that bring none of their own. */
const groupsByRepository = new Map<string, ConcurrencyGroups>();

/**
 * Rehearses one workflow run: the consumer's real file on GitHub's own parser and expression evaluator, with real
 * processes, files, signals and git work trees. Throws an `InputError` before anything runs when a file is not valid,
 * a call does not fit its callee, or a caller grants less than its callees ask.
 *
 * A rehearsal is not GitHub. Not modelled: machines of their own (`runs-on`, containers and services are ignored or
 * refused; ports, /tmp and processes are shared with this machine), hosted tools, artifacts, caches, OIDC,
 * third-party actions besides a stand-in for actions/checkout, docker actions, `pre` steps, background steps, event,
 * branch, path and activity-type filters (whoever sends an event decides that it fits), branch policies and custom
 * protection rules, GitHub's limits of size and count besides that of a step's summary.
 *
 * Taken from documentation or source and not confirmed on GitHub: a job that ran out of time is `cancelled`; after a
 * cancellation a job that never began is `cancelled`, not `skipped`; on cancel a called job runs on only when its own
 * condition and those of all calling jobs still hold; an environment's secret reaches a called workflow only under a
 * name its caller passed. Stricter than GitHub: reading `needs.<job>` that `needs` does not list is refused, and so is
 * a calling job that passes its token on.
 */
export async function runWorkflow(run: WorkflowRun): Promise<WorkflowRunResult> {
  mkdirSync(run.logDirectory, { recursive: true });
  const consumer = await snapshot(run.consumer, run.repository, run.ref, run.sha);
  try {
    const toolkit = await toolkitOrigin(run);
    const node = await loadCallGraph(consumer, run.workflow, { consumer, toolkit });
    refuseExcess(node, run.defaultPermissions ?? restrictedPermissions);
    refuseUntriggered(node, run);
    return await runLoaded(run, node, { consumer, toolkit });
  } finally {
    await rm(consumer.root, { recursive: true, force: true });
  }
}

async function toolkitOrigin(run: WorkflowRun): Promise<Origin> {
  // A toolkit that was unpacked instead of cloned has no commit to name.
  const sha = await git(run.toolkit, "rev-parse", "HEAD").catch(() => "0".repeat(40));
  return { repository: run.toolkitName, root: run.toolkit, ref: sha, sha, source: run.toolkit };
}

function refuseUntriggered(node: WorkflowNode, run: WorkflowRun): void {
  if (node.workflow.triggers.includes(run.event.name)) return;
  throw new InputError(
    `${run.workflow} does not run on '${run.event.name}'. Add it under 'on', or send another event.`,
  );
}

async function runLoaded(run: WorkflowRun, node: WorkflowNode, world: Setting["world"]): Promise<WorkflowRunResult> {
  const setting: Setting = {
    run,
    world,
    masks: createMasks(Object.values(run.secrets)),
    timing: run.timing ?? runnerTiming,
    groups: run.groups ?? groupsOf(run.repository),
    workflowName: node.workflow.name,
    emit: run.onEvent,
    jobs: {},
    annotations: [],
    summaries: [],
  };
  const result = await runTop(node, setting);
  return {
    conclusion: result.result === "skipped" ? "success" : result.result,
    jobs: setting.jobs,
    annotations: setting.annotations,
    summaries: setting.summaries,
  };
}

function groupsOf(repository: string): ConcurrencyGroups {
  const groups = groupsByRepository.get(repository) ?? createConcurrencyGroups();
  groupsByRepository.set(repository, groups);
  return groups;
}

async function runTop(node: WorkflowNode, setting: Setting): Promise<{ readonly result: JobResult["result"] }> {
  const { run } = setting;
  // A newer run with cancel-in-progress presses the same button as a person.
  const replaced = new AbortController();
  const press = (): void => replaced.abort();
  if (run.cancel.aborted) press();
  run.cancel.addEventListener("abort", press);
  const level: Level = {
    node,
    prefix: "",
    namePrefix: "",
    inputs: {},
    secrets: { values: run.secrets, names: undefined },
    granted: run.defaultPermissions ?? restrictedPermissions,
    cancelled: replaced.signal,
    forced: new AbortController().signal,
    keepsEarlier: true,
    held: [],
  };
  const scope: Scope = { contexts: levelContexts(level, setting), status: allWell };
  const inputs =
    run.event.name === "workflow_dispatch"
      ? bindDispatchInputs(node.workflow.dispatchInputs, run.event.inputs ?? {}, scope)
      : {};
  const started = { ...level, inputs };
  const wish = groupWish(node.workflow.concurrency, { ...scope, contexts: levelContexts(started, setting) });
  try {
    const request = { wish, by: "top level workflow", held: [], waiting: replaced.signal, cancel: press };
    return await inGroup(request, setting, async (held) => {
      const done = await runJobs({ ...started, held }, setting);
      return { result: worst(Object.values(done).map((job) => job.result)), outputs: {} };
    });
  } finally {
    run.cancel.removeEventListener("abort", press);
  }
}
