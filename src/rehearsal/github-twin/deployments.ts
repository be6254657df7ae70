import * as z from "zod";
import { invalidField, notFound, Refusal, unprocessable } from "./refusal.ts";
import { get, page, type Route, type TwinRequest, write } from "./route.ts";
import { nodeId, resolveCommit, type TwinRepository, user } from "./twin-repository.ts";

export const deploymentStates = [
  "error",
  "failure",
  "inactive",
  "in_progress",
  "queued",
  "pending",
  "success",
] as const;

export interface TwinDeploymentStatus {
  readonly id: number;
  readonly state: (typeof deploymentStates)[number];
  readonly description: string;
  readonly environment: string;
  readonly logUrl: string;
  readonly environmentUrl: string;
  readonly creator: string;
  readonly createdAt: string;
}

export interface TwinDeployment {
  readonly id: number;
  readonly sha: string;
  readonly ref: string;
  readonly task: string;
  readonly environment: string;
  readonly description: string | null;
  readonly payload: unknown;
  readonly transient: boolean;
  readonly production: boolean;
  readonly creator: string;
  readonly createdAt: string;
  /** Oldest first; the API lists the newest first. */
  readonly statuses: TwinDeploymentStatus[];
}

const deploymentRequest = z.strictObject({
  ref: z.string().min(1),
  task: z.string().max(128).default("deploy"),
  auto_merge: z.boolean().default(true),
  required_contexts: z.array(z.string()).optional(),
  payload: z.union([z.record(z.string(), z.unknown()), z.string()]).default({}),
  environment: z.string().min(1).max(255).default("production"),
  description: z.string().nullish(),
  transient_environment: z.boolean().default(false),
  production_environment: z.boolean().optional(),
});

const address = z.union([z.literal(""), z.url({ protocol: /^https?$/ })]);
const statusRequest = z.strictObject({
  state: z.enum(deploymentStates),
  target_url: address.default(""),
  log_url: address.optional(),
  description: z.string().default(""),
  environment: z.string().min(1).optional(),
  environment_url: address.default(""),
  auto_inactive: z.boolean().default(true),
});

/** What commit statuses and check runs say about a commit, for `required_contexts`. */
export type ContextsOf = (sha: string) => readonly { readonly context: string; readonly state: string }[];

/** https://docs.github.com/rest/deployments, with the defaults that surprise: `auto_merge` and `required_contexts`. */
export function deploymentRoutes(
  repository: TwinRepository,
  deployments: TwinDeployment[],
  contextsOf: ContextsOf,
): Route[] {
  const find = (id: string | undefined) => {
    const found = deployments.find((deployment) => String(deployment.id) === id);
    if (found === undefined) throw notFound();
    return found;
  };

  async function create({ holder }: TwinRequest, body: z.output<typeof deploymentRequest>) {
    const sha = await resolveCommit(repository, body.ref);
    if (sha === undefined) throw unprocessable(`No ref found for: ${body.ref}`);
    if (body.auto_merge) {
      const merged = await autoMerge(repository, body.ref, sha);
      if (merged !== undefined) return { status: 202, body: { message: merged } };
    }
    requireContexts(sha, contextsOf(sha), body.required_contexts);
    const deployment: TwinDeployment = {
      id: repository.nextId(),
      sha,
      ref: body.ref,
      task: body.task,
      environment: body.environment,
      description: body.description ?? null,
      payload: body.payload,
      transient: body.transient_environment,
      production: body.production_environment ?? body.environment === "production",
      creator: holder.actor,
      createdAt: repository.timestamp(),
      statuses: [],
    };
    deployments.push(deployment);
    return { status: 201, body: deploymentBody(repository, deployment) };
  }

  function createStatus({ params, holder }: TwinRequest, body: z.output<typeof statusRequest>) {
    const deployment = find(params["id"]);
    if ([...body.description].length > 140)
      throw invalidField("DeploymentStatus", "description", "description is too long (maximum is 140 characters)");
    const status = {
      id: repository.nextId(),
      state: body.state,
      description: body.description,
      environment: body.environment ?? deployment.statuses.at(-1)?.environment ?? deployment.environment,
      logUrl: body.log_url ?? body.target_url,
      environmentUrl: body.environment_url,
      creator: holder.actor,
      createdAt: repository.timestamp(),
    };
    deployment.statuses.push(status);
    if (body.state === "success" && body.auto_inactive) retireEarlier(repository, deployments, deployment);
    return { status: 201, body: statusBody(repository, deployment, status) };
  }

  return [
    write("POST", "/deployments", "deployments=write", deploymentRequest, create),
    get("/deployments", "deployments=read", (request) => {
      const wanted = (["sha", "ref", "task", "environment"] as const).flatMap((key) => {
        const value = request.query.get(key);
        return value === null ? [] : [[key, value] as const];
      });
      const matching = deployments.filter((deployment) => wanted.every(([key, value]) => deployment[key] === value));
      return page(
        matching.toReversed().map((deployment) => deploymentBody(repository, deployment)),
        request,
      );
    }),
    get("/deployments/:id", "deployments=read", ({ params }) => ({
      status: 200,
      body: deploymentBody(repository, find(params["id"])),
    })),
    write("POST", "/deployments/:id/statuses", "deployments=write", statusRequest, createStatus),
    get("/deployments/:id/statuses", "deployments=read", (request) => {
      const deployment = find(request.params["id"]);
      const statuses = deployment.statuses.toReversed();
      return page(
        statuses.map((status) => statusBody(repository, deployment, status)),
        request,
      );
    }),
  ];
}

/** Merges the default branch into a branch that lacks it, instead of creating a deployment; conflicts are 409. */
async function autoMerge(repository: TwinRepository, ref: string, sha: string): Promise<string | undefined> {
  const { git, defaultBranch } = repository;
  const branch = ref.replace(/^refs\/heads\//, "");
  if (branch === defaultBranch || (await git.read(`refs/heads/${branch}`)) === undefined) return undefined;
  const base = (await git.readCommit(`refs/heads/${defaultBranch}`))?.sha;
  if (base === undefined || (await git.git("merge-base", "--is-ancestor", base, sha)).code === 0) return undefined;
  const merged = await git.git("merge-tree", "--write-tree", sha, base);
  if (merged.code !== 0) throw new Refusal(409, `Conflict merging ${defaultBranch} into ${branch}.`);
  const tree = merged.stdout.split("\n", 1)[0] ?? "";
  const message = `Merge ${defaultBranch} into ${branch}`;
  const identity = ["-c", "user.name=github-actions[bot]", "-c", "user.email=bot@users.noreply.github.com"];
  const commit = await git.git(...identity, "commit-tree", tree, "-p", sha, "-p", base, "-m", message);
  await git.git("update-ref", `refs/heads/${branch}`, commit.stdout.trim(), sha);
  return `Auto-merged ${defaultBranch} into ${branch} on deployment.`;
}

function requireContexts(sha: string, present: ReturnType<ContextsOf>, required: readonly string[] | undefined): void {
  const wanted = required ?? present.map(({ context }) => context);
  const unmet = wanted.filter((name) => !present.some(({ context, state }) => context === name && state === "success"));
  if (unmet.length === 0) return;
  const contexts = wanted.map((context) => ({
    context,
    state: present.find((known) => known.context === context)?.state ?? "missing",
  }));
  throw new Refusal(409, `Conflict: Commit status checks failed for ${sha.slice(0, 7)}.`, {
    errors: [{ contexts, resource: "Deployment", field: "required_contexts", code: "invalid" }],
  });
}

/** `auto_inactive`: earlier successful deployments of the same non-transient, non-production environment. */
function retireEarlier(repository: TwinRepository, all: readonly TwinDeployment[], newest: TwinDeployment): void {
  const environment = newest.statuses.at(-1)?.environment;
  for (const earlier of all) {
    const last = earlier.statuses.at(-1);
    if (earlier.id >= newest.id || earlier.transient || earlier.production) continue;
    if (last?.state !== "success" || last.environment !== environment) continue;
    const { creator } = last;
    earlier.statuses.push({
      ...last,
      id: repository.nextId(),
      state: "inactive",
      description: "",
      creator,
      createdAt: repository.timestamp(),
    });
  }
}

function deploymentBody(repository: TwinRepository, deployment: TwinDeployment) {
  const url = `${repository.url}/deployments/${deployment.id}`;
  return {
    url,
    id: deployment.id,
    node_id: nodeId("Deployment", deployment.id),
    sha: deployment.sha,
    ref: deployment.ref,
    task: deployment.task,
    payload: deployment.payload,
    original_environment: deployment.environment,
    environment: deployment.statuses.at(-1)?.environment ?? deployment.environment,
    description: deployment.description,
    creator: user(deployment.creator),
    created_at: deployment.createdAt,
    updated_at: deployment.statuses.at(-1)?.createdAt ?? deployment.createdAt,
    statuses_url: `${url}/statuses`,
    repository_url: repository.url,
    transient_environment: deployment.transient,
    production_environment: deployment.production,
    performed_via_github_app: null,
  };
}

function statusBody(repository: TwinRepository, deployment: TwinDeployment, status: TwinDeploymentStatus) {
  const deploymentUrl = `${repository.url}/deployments/${deployment.id}`;
  return {
    url: `${deploymentUrl}/statuses/${status.id}`,
    id: status.id,
    node_id: nodeId("DeploymentStatus", status.id),
    state: status.state,
    creator: user(status.creator),
    description: status.description,
    environment: status.environment,
    target_url: status.logUrl,
    log_url: status.logUrl,
    environment_url: status.environmentUrl,
    created_at: status.createdAt,
    updated_at: status.createdAt,
    deployment_url: deploymentUrl,
    repository_url: repository.url,
    performed_via_github_app: null,
  };
}
