import { asText, isObject, type Json, type JsonObject } from "./expression.ts";
import type { Level } from "./level.ts";
import type { Setting } from "./setting.ts";
import type { WorkflowRun } from "./workflow-run.ts";

/** What a workflow's top and its jobs' own keys may read. */
export function levelContexts(level: Level, setting: Setting): Record<string, Json> {
  return { github: githubContext(setting), inputs: level.inputs, vars: { ...setting.run.vars } };
}

function githubContext(setting: Setting): JsonObject {
  const { run } = setting;
  const owner = run.repository.split("/")[0] ?? "";
  const pull = run.event.payload["pull_request"];
  const side = (name: string): string => {
    const branch = isObject(pull) ? pull[name] : undefined;
    return isObject(branch) ? asText(branch["ref"]) : "";
  };
  return {
    actor: run.actor,
    triggering_actor: run.actor,
    event: eventOf(run),
    event_name: run.event.name,
    repository: run.repository,
    repository_owner: owner,
    repositoryUrl: `git://${new URL(run.server ?? run.api).host}/${run.repository}.git`,
    ref: run.ref,
    ref_name: run.ref.replace(/^refs\/(heads|tags|pull)\//, ""),
    ref_type: run.ref.startsWith("refs/tags/") ? "tag" : "branch",
    ref_protected: false,
    base_ref: side("base"),
    head_ref: side("head"),
    sha: run.sha,
    run_id: String(run.runId),
    run_number: String(run.runId),
    run_attempt: String(run.runAttempt),
    retention_days: "90",
    secret_source: "Actions",
    workflow: setting.workflowName,
    workflow_ref: `${run.repository}/${run.workflow}@${run.ref}`,
    workflow_sha: run.sha,
    server_url: run.server ?? run.api,
    api_url: run.api,
    graphql_url: `${run.api}/graphql`,
  };
}

/** The event as the run's files and contexts show it. */
export function eventOf(run: WorkflowRun): JsonObject {
  return run.event.inputs ? { ...run.event.payload, inputs: { ...run.event.inputs } } : run.event.payload;
}
