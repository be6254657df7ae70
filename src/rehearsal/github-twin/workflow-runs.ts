import { parse } from "yaml";
import * as z from "zod";
import { notFound, Refusal, unprocessable } from "./refusal.ts";
import { repositoryBody } from "./repository-content.ts";
import { get, page, type Route, type TwinRequest, write } from "./route.ts";
import { nodeId, type TwinRepository, user } from "./twin-repository.ts";

/** One job of a run, as the runner reports it. */
export interface TwinJob {
  readonly id: number;
  readonly name: string;
  readonly status: "queued" | "in_progress" | "completed" | "waiting";
  readonly conclusion: string | null;
  readonly startedAt: string;
  readonly completedAt: string | null;
  /** No machine ever had it. */
  readonly neverBegan?: true;
}

/** One run of a workflow, as the runner reports it. */
export interface TwinRun {
  readonly id: number;
  readonly attempt: number;
  readonly name: string;
  /** Path of the workflow file, such as `.github/workflows/release.yml`. */
  readonly path: string;
  readonly event: string;
  readonly headSha: string;
  readonly headBranch: string;
  readonly actor: string;
  readonly status: "queued" | "in_progress" | "completed" | "waiting" | "pending";
  readonly conclusion: string | null;
  readonly startedAt: string;
  readonly updatedAt: string;
  readonly jobs: readonly TwinJob[];
}

/**
 * Starts a run of a workflow file (its name below `.github/workflows`) at a full ref, and resolves to its run id.
 * Inputs are strings, defaults filled in, as a run receives them.
 */
export type OnDispatch = (
  workflow: string,
  ref: string,
  inputs: Readonly<Record<string, string>>,
  actor: string,
) => number | Promise<number>;

export interface TwinDispatch {
  readonly workflow: string;
  readonly ref: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly actor: string;
  readonly runId: number;
}

const dispatchRequest = z.strictObject({
  ref: z.string().min(1),
  inputs: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  return_run_details: z.boolean().default(false),
});

const declaredInput = z
  .object({
    required: z.boolean().default(false),
    default: z.union([z.string(), z.number(), z.boolean()]).optional(),
    type: z.string().default("string"),
    options: z.array(z.coerce.string()).default([]),
  })
  .nullable();
type DeclaredInputs = Readonly<Record<string, z.output<typeof declaredInput>>>;

/** https://docs.github.com/rest/actions: dispatches that start the runner, and what it said about its runs. */
export function workflowRoutes(
  repository: TwinRepository,
  runs: ReadonlyMap<number, TwinRun>,
  dispatches: TwinDispatch[],
  onDispatch: OnDispatch | undefined,
): Route[] {
  const find = ({ params }: TwinRequest) => {
    const run = runs.get(Number(params["id"]));
    if (run === undefined) throw notFound();
    return run;
  };
  const listed = (request: TwinRequest, matching: readonly TwinRun[]) => {
    const { query } = request;
    const wanted = matching.filter(
      (run) =>
        [run.status, run.conclusion, null].includes(query.get("status")) &&
        [run.headSha, null].includes(query.get("head_sha")) &&
        [run.headBranch, null].includes(query.get("branch")) &&
        [run.event, null].includes(query.get("event")),
    );
    const bodies = wanted.toSorted((a, b) => b.id - a.id).map((run) => runBody(repository, run));
    return page(bodies, request, (shown) => ({ total_count: bodies.length, workflow_runs: shown }));
  };

  return [
    write(
      "POST",
      "/actions/workflows/:file/dispatches",
      "actions=write",
      dispatchRequest,
      async ({ params, holder }, body) => {
        const workflow = params["file"] ?? "";
        const ref = await dispatchRef(repository, body.ref);
        const declared = await declaredInputs(repository, workflow, ref);
        const inputs = resolveInputs(declared, body.inputs);
        if (onDispatch === undefined) throw new Refusal(403, "Actions has been disabled for this repository.");
        const runId = await onDispatch(workflow, ref, inputs, holder.actor);
        dispatches.push({ workflow, ref, inputs, actor: holder.actor, runId });
        if (!body.return_run_details) return { status: 204 };
        return {
          status: 200,
          body: {
            workflow_run_id: runId,
            run_url: `${repository.url}/actions/runs/${runId}`,
            html_url: `${repository.htmlUrl}/actions/runs/${runId}`,
          },
        };
      },
    ),
    get("/actions/runs", "actions=read", (request) => listed(request, [...runs.values()])),
    get("/actions/workflows/:file/runs", "actions=read", (request) =>
      listed(
        request,
        [...runs.values()].filter((run) => run.path.endsWith(`/${request.params["file"]}`)),
      ),
    ),
    get("/actions/runs/:id", "actions=read", (request) => ({ status: 200, body: runBody(repository, find(request)) })),
    get("/actions/runs/:id/jobs", "actions=read", (request) => {
      const run = find(request);
      const jobs = run.jobs.map((job) => jobBody(repository, run, job));
      return page(jobs, request, (shown) => ({ total_count: jobs.length, jobs: shown }));
    }),
  ];
}

async function dispatchRef(repository: TwinRepository, name: string): Promise<string> {
  const candidates = name.startsWith("refs/") ? [name] : [`refs/heads/${name}`, `refs/tags/${name}`];
  for (const candidate of candidates) {
    const isBranchOrTag = /^refs\/(heads|tags)\//.test(candidate);
    if (isBranchOrTag && (await repository.git.readCommit(candidate)) !== undefined) return candidate;
  }
  throw unprocessable(`No ref found for: ${name}`);
}

/** The inputs of a workflow's `workflow_dispatch` trigger; refuses a file that is absent or lacks the trigger. */
async function declaredInputs(repository: TwinRepository, workflow: string, ref: string): Promise<DeclaredInputs> {
  const file = await repository.git.read(`${ref}:.github/workflows/${workflow}`);
  if (file === undefined || workflow.includes("/")) throw notFound();
  const source: unknown = parse(file.content.toString("utf8"));
  const trigger = z.object({ on: z.object({ workflow_dispatch: z.unknown() }) }).safeParse(normaliseTriggers(source));
  if (!trigger.success || trigger.data.on.workflow_dispatch === undefined)
    throw unprocessable("Workflow does not have 'workflow_dispatch' trigger");
  const shape = z.object({ inputs: z.record(z.string(), declaredInput).nullish() }).nullable();
  return shape.parse(trigger.data.on.workflow_dispatch)?.inputs ?? {};
}

/** `on: x`, `on: [x]` and `on: { x: }` mean the same. */
function normaliseTriggers(source: unknown): unknown {
  if (typeof source !== "object" || source === null || !("on" in source)) return undefined;
  const { on } = source;
  const listed = typeof on === "string" ? [on] : on;
  return Array.isArray(listed) ? { on: Object.fromEntries(listed.map((name) => [name, null])) } : { on };
}

function resolveInputs(
  declared: DeclaredInputs,
  given: Readonly<Record<string, string | number | boolean>>,
): Record<string, string> {
  const unexpected = Object.keys(given).filter((name) => !Object.hasOwn(declared, name));
  if (unexpected.length > 0) throw unprocessable(`Unexpected inputs provided: ${JSON.stringify(unexpected)}`);
  return Object.fromEntries(
    Object.entries(declared).map(([name, input]) => {
      const value = given[name] ?? input?.default;
      if (value === undefined && input?.required) throw unprocessable(`Required input '${name}' not provided`);
      const text = value === undefined ? (input?.type === "boolean" ? "false" : "") : String(value);
      if (input?.type === "choice" && value !== undefined && !input.options.includes(text))
        throw unprocessable(`Provided value '${text}' for input '${name}' not in the list of allowed values`);
      if (input?.type === "boolean" && text !== "true" && text !== "false")
        throw unprocessable(`Provided value '${text}' for input '${name}' is not a boolean`);
      return [name, text];
    }),
  );
}

function runBody(repository: TwinRepository, run: TwinRun) {
  const url = `${repository.url}/actions/runs/${run.id}`;
  return {
    id: run.id,
    node_id: nodeId("WorkflowRun", run.id),
    name: run.name,
    display_title: run.name,
    head_branch: run.headBranch,
    head_sha: run.headSha,
    path: run.path,
    run_number: run.id,
    run_attempt: run.attempt,
    event: run.event,
    status: run.status,
    conclusion: run.conclusion,
    workflow_id: 1,
    url,
    html_url: `${repository.htmlUrl}/actions/runs/${run.id}`,
    jobs_url: `${url}/jobs`,
    logs_url: `${url}/logs`,
    artifacts_url: `${url}/artifacts`,
    cancel_url: `${url}/cancel`,
    rerun_url: `${url}/rerun`,
    pull_requests: [],
    actor: user(run.actor),
    triggering_actor: user(run.actor),
    created_at: run.startedAt,
    run_started_at: run.startedAt,
    updated_at: run.updatedAt,
    repository: repositoryBody(repository),
    head_repository: repositoryBody(repository),
  };
}

function jobBody(repository: TwinRepository, run: TwinRun, job: TwinJob) {
  return {
    id: job.id,
    run_id: run.id,
    run_url: `${repository.url}/actions/runs/${run.id}`,
    run_attempt: run.attempt,
    node_id: nodeId("Job", job.id),
    head_sha: run.headSha,
    head_branch: run.headBranch,
    url: `${repository.url}/actions/jobs/${job.id}`,
    html_url: `${repository.htmlUrl}/actions/runs/${run.id}/job/${job.id}`,
    name: job.name,
    workflow_name: run.name,
    status: job.status,
    conclusion: job.conclusion,
    created_at: job.startedAt,
    started_at: job.startedAt,
    completed_at: job.completedAt,
    runner_id: job.neverBegan === true ? 0 : 1,
    steps: [],
    labels: ["ubuntu-latest"],
  };
}
