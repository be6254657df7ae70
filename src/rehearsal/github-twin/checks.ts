import * as z from "zod";
import { invalidField, notFound, unprocessable } from "./refusal.ts";
import { repositoryBody } from "./repository-content.ts";
import { get, page, type Route, type TwinRequest, write } from "./route.ts";
import { nodeId, resolveCommit, type TwinRepository, user } from "./twin-repository.ts";

const conclusions = ["action_required", "cancelled", "failure", "neutral", "success", "skipped", "timed_out"] as const;

export interface TwinCheckRun {
  readonly id: number;
  readonly headSha: string;
  name: string;
  status: string;
  conclusion: (typeof conclusions)[number] | null;
  detailsUrl: string | null;
  externalId: string | null;
  readonly startedAt: string;
  completedAt: string | null;
  output: { title: string | null; summary: string | null; text: string | null };
  readonly annotations: unknown[];
}

export interface TwinCommitStatus {
  readonly id: number;
  readonly sha: string;
  readonly context: string;
  readonly state: "error" | "failure" | "pending" | "success";
  readonly description: string | null;
  readonly targetUrl: string | null;
  readonly creator: string;
  readonly createdAt: string;
}

const annotation = z.strictObject({
  path: z.string(),
  start_line: z.number().int(),
  end_line: z.number().int(),
  start_column: z.number().int().optional(),
  end_column: z.number().int().optional(),
  annotation_level: z.enum(["notice", "warning", "failure"]),
  message: z.string(),
  title: z.string().optional(),
  raw_details: z.string().optional(),
});
const output = z.strictObject({
  title: z.string().optional(),
  summary: z.string().max(65_535, "is longer than 65535 characters"),
  text: z.string().max(65_535, "is longer than 65535 characters").optional(),
  annotations: z.array(annotation).max(50, "holds more than 50 annotations").default([]),
});
const fields = {
  details_url: z.string().optional(),
  external_id: z.string().optional(),
  status: z.enum(["queued", "in_progress", "completed"]).optional(),
  started_at: z.iso.datetime().optional(),
  conclusion: z.enum(conclusions).optional(),
  completed_at: z.iso.datetime().optional(),
  output: output.optional(),
};
const newCheckRun = z.strictObject({ name: z.string().min(1), head_sha: z.string(), ...fields });
const checkRunChange = z.strictObject({ name: z.string().min(1).optional(), ...fields });
const newStatus = z.strictObject({
  state: z.enum(["error", "failure", "pending", "success"]),
  target_url: z.string().nullish(),
  description: z.string().nullish(),
  context: z.string().min(1).default("default"),
});

/** https://docs.github.com/rest/checks and commit statuses. */
export function checkRoutes(repository: TwinRepository, runs: TwinCheckRun[], statuses: TwinCommitStatus[]): Route[] {
  return [...checkRunRoutes(repository, runs), ...statusRoutes(repository, statuses)];
}

function checkRunRoutes(repository: TwinRepository, runs: TwinCheckRun[]): Route[] {
  const find = (id: string | undefined) => {
    const found = runs.find((run) => String(run.id) === id);
    if (found === undefined) throw notFound();
    return found;
  };
  const runsOf = async ({ params, query }: TwinRequest) => {
    const sha = await resolveCommit(repository, params["ref"] ?? "");
    if (sha === undefined) throw unprocessable(`No commit found for SHA: ${params["ref"]}`);
    const name = query.get("check_name");
    const status = query.get("status");
    return runs.filter(
      (run) =>
        run.headSha === sha && (name === null || run.name === name) && (status === null || run.status === status),
    );
  };

  return [
    write("POST", "/check-runs", "checks=write", newCheckRun, async (_request, body) => {
      if ((await repository.git.readCommit(body.head_sha)) === undefined)
        throw unprocessable(`No commit found for SHA: ${body.head_sha}`);
      const run: TwinCheckRun = {
        id: repository.nextId(),
        headSha: body.head_sha,
        name: body.name,
        status: "queued",
        conclusion: null,
        detailsUrl: null,
        externalId: null,
        startedAt: body.started_at ?? repository.timestamp(),
        completedAt: null,
        output: { title: null, summary: null, text: null },
        annotations: [],
      };
      update(run, body, repository.timestamp());
      runs.push(run);
      return { status: 201, body: checkRunBody(repository, run) };
    }),
    write("PATCH", "/check-runs/:id", "checks=write", checkRunChange, ({ params }, body) => {
      const run = find(params["id"]);
      update(run, body, repository.timestamp());
      return { status: 200, body: checkRunBody(repository, run) };
    }),
    get("/check-runs/:id", "checks=read", ({ params }) => ({
      status: 200,
      body: checkRunBody(repository, find(params["id"])),
    })),
    get("/check-runs/:id/annotations", "checks=read", (request) =>
      page(find(request.params["id"]).annotations, request),
    ),
    get("/commits/*ref/check-runs", "checks=read", async (request) => {
      const found = await runsOf(request);
      const bodies = found.map((run) => checkRunBody(repository, run));
      return page(bodies, request, (shown) => ({ total_count: bodies.length, check_runs: shown }));
    }),
    get("/commits/*ref/check-suites", "checks=read", async (request) => {
      const found = await runsOf(request);
      const suites = found.length === 0 ? [] : [suiteBody(repository, found)];
      return page(suites, request, (shown) => ({ total_count: suites.length, check_suites: shown }));
    }),
  ];
}

function update(run: TwinCheckRun, body: z.output<typeof checkRunChange>, now: string): void {
  const completed = body.conclusion !== undefined || body.status === "completed";
  if (body.status === "completed" && body.conclusion === undefined && run.conclusion === null)
    throw invalidField("CheckRun", "conclusion", "conclusion is required when status is completed");
  run.name = body.name ?? run.name;
  run.status = completed ? "completed" : (body.status ?? run.status);
  run.conclusion = body.conclusion ?? run.conclusion;
  run.detailsUrl = body.details_url ?? run.detailsUrl;
  run.externalId = body.external_id ?? run.externalId;
  if (completed) run.completedAt = body.completed_at ?? now;
  if (body.output === undefined) return;
  const { title = null, summary, text = null, annotations } = body.output;
  run.output = { title, summary, text };
  run.annotations.push(...annotations);
}

function checkRunBody(repository: TwinRepository, run: TwinCheckRun) {
  const url = `${repository.url}/check-runs/${run.id}`;
  return {
    id: run.id,
    head_sha: run.headSha,
    node_id: nodeId("CheckRun", run.id),
    external_id: run.externalId,
    url,
    html_url: `${repository.htmlUrl}/runs/${run.id}`,
    details_url: run.detailsUrl,
    status: run.status,
    conclusion: run.conclusion,
    started_at: run.startedAt,
    completed_at: run.completedAt,
    output: { ...run.output, annotations_count: run.annotations.length, annotations_url: `${url}/annotations` },
    name: run.name,
    check_suite: { id: 1 },
    app: { id: 15368, slug: "github-actions", name: "GitHub Actions" },
    pull_requests: [],
  };
}

function suiteBody(repository: TwinRepository, runs: readonly TwinCheckRun[]) {
  const done = runs.every(({ status }) => status === "completed");
  const failed = runs.some(({ conclusion }) => conclusion === "failure" || conclusion === "timed_out");
  return {
    id: 1,
    node_id: nodeId("CheckSuite", 1),
    head_sha: runs[0]?.headSha,
    status: done ? "completed" : "in_progress",
    conclusion: done ? (failed ? "failure" : "success") : null,
    url: `${repository.url}/check-suites/1`,
    app: { id: 15368, slug: "github-actions", name: "GitHub Actions" },
    latest_check_runs_count: runs.length,
  };
}

function statusRoutes(repository: TwinRepository, statuses: TwinCommitStatus[]): Route[] {
  const commit = async (name: string | undefined) => {
    const sha = await resolveCommit(repository, name ?? "");
    if (sha === undefined) throw unprocessable(`No commit found for SHA: ${name}`);
    return sha;
  };
  return [
    write("POST", "/statuses/:sha", "statuses=write", newStatus, async ({ params, holder }, body) => {
      const sha = await commit(params["sha"]);
      if ([...(body.description ?? "")].length > 140)
        throw invalidField("Status", "description", "description is too long (maximum is 140 characters)");
      const status: TwinCommitStatus = {
        id: repository.nextId(),
        sha,
        context: body.context,
        state: body.state,
        description: body.description ?? null,
        targetUrl: body.target_url ?? null,
        creator: holder.actor,
        createdAt: repository.timestamp(),
      };
      statuses.push(status);
      return { status: 201, body: statusBody(repository, status) };
    }),
    get("/commits/*ref/statuses", "statuses=read", async (request) => {
      const sha = await commit(request.params["ref"]);
      const found = statuses.filter((status) => status.sha === sha).toReversed();
      return page(
        found.map((status) => statusBody(repository, status)),
        request,
      );
    }),
    get("/commits/*ref/status", "statuses=read", async (request) => {
      const sha = await commit(request.params["ref"]);
      const latest = latestByContext(statuses, sha);
      return page(latest, request, (shown) => ({
        state: combined(latest),
        sha,
        total_count: latest.length,
        statuses: shown.map((status) => statusBody(repository, status)),
        repository: repositoryBody(repository),
        commit_url: `${repository.url}/commits/${sha}`,
        url: `${repository.url}/commits/${sha}/status`,
      }));
    }),
  ];
}

export function latestByContext(statuses: readonly TwinCommitStatus[], sha: string): TwinCommitStatus[] {
  const ofCommit = statuses.filter((status) => status.sha === sha);
  return [...new Map(ofCommit.map((status) => [status.context, status])).values()];
}

/** No status at all reads as `pending`. */
function combined(latest: readonly TwinCommitStatus[]): string {
  if (latest.some(({ state }) => state === "failure" || state === "error")) return "failure";
  return latest.length > 0 && latest.every(({ state }) => state === "success") ? "success" : "pending";
}

function statusBody(repository: TwinRepository, status: TwinCommitStatus) {
  return {
    id: status.id,
    node_id: nodeId("Status", status.id),
    url: `${repository.url}/statuses/${status.sha}`,
    state: status.state,
    description: status.description,
    target_url: status.targetUrl,
    context: status.context,
    creator: user(status.creator),
    created_at: status.createdAt,
    updated_at: status.createdAt,
  };
}
