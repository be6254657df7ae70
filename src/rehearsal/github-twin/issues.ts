import * as z from "zod";
import { invalidField, notFound, unprocessable } from "./refusal.ts";
import { changedBetween } from "./repository-content.ts";
import { get, page, type Route, remove, write } from "./route.ts";
import { nodeId, resolveCommit, type TwinRepository, user } from "./twin-repository.ts";

export interface TwinComment {
  readonly id: number;
  body: string;
  readonly author: string;
  readonly createdAt: string;
  updatedAt: string;
  readonly reactions: { readonly id: number; readonly content: string; readonly author: string }[];
}

export interface TwinIssue {
  readonly id: number;
  readonly number: number;
  title: string;
  body: string | null;
  state: "open" | "closed";
  stateReason: "completed" | "reopened" | "not_planned" | "duplicate" | null;
  labels: string[];
  assignees: string[];
  readonly author: string;
  readonly createdAt: string;
  updatedAt: string;
  closedAt: string | null;
  readonly comments: TwinComment[];
  /** Set when the issue is a pull request. */
  readonly pull?: { readonly head: string; readonly base: string; readonly fork: boolean };
}

const issuesRead = "issues=read; pull_requests=read";
const issuesWrite = "issues=write; pull_requests=write";
const longestBody = 65_536;

const labels = z.array(z.union([z.string(), z.strictObject({ name: z.string() })]));
const newIssue = z.strictObject({
  title: z.string().min(1),
  body: z.string().nullish(),
  labels: labels.default([]),
  assignees: z.array(z.string()).default([]),
  milestone: z.union([z.number(), z.string()]).nullish(),
});
const issueChange = z.strictObject({
  title: z.string().min(1).optional(),
  body: z.string().nullish(),
  state: z.enum(["open", "closed"]).optional(),
  state_reason: z.enum(["completed", "not_planned", "duplicate", "reopened"]).nullish(),
  labels: labels.optional(),
  assignees: z.array(z.string()).optional(),
  milestone: z.union([z.number(), z.string()]).nullish(),
});
const newReaction = z.strictObject({
  content: z.enum(["+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes"]),
});
const newPull = z.strictObject({
  title: z.string().min(1),
  body: z.string().max(65_536).nullish(),
  head: z.string().min(1),
  base: z.string().min(1),
  draft: z.boolean().default(false),
  maintainer_can_modify: z.boolean().default(true),
});
const commentText = z.strictObject({ body: z.string() });

export interface IssueBook {
  readonly routes: Route[];
  open(issue: { title: string; body: string | null; author: string; pull?: TwinIssue["pull"] }): TwinIssue;
  /** Adds a comment as its author would; answers its id. */
  comment(comment: { readonly issue: number; readonly author: string; readonly body: string }): number;
}

/** https://docs.github.com/rest/issues and the little of pulls that a release reads. */
export function issueBook(repository: TwinRepository, issues: TwinIssue[]): IssueBook {
  const find = (number: string | undefined) => {
    const found = issues.find((issue) => String(issue.number) === number);
    if (found === undefined) throw notFound();
    return found;
  };
  const open: IssueBook["open"] = ({ title, body, author, pull }) => {
    const now = repository.timestamp();
    const issue: TwinIssue = {
      id: repository.nextId(),
      number: issues.length + 1,
      title,
      body,
      state: "open",
      stateReason: null,
      labels: [],
      assignees: [],
      author,
      createdAt: now,
      updatedAt: now,
      closedAt: null,
      comments: [],
      ...(pull === undefined ? {} : { pull }),
    };
    issues.push(issue);
    return issue;
  };

  const routes: Route[] = [
    write("POST", "/issues", "issues=write", newIssue, ({ holder }, body) => {
      limitBody("Issue", body.body);
      const issue = open({ title: body.title, body: body.body ?? null, author: holder.actor });
      issue.labels = names(body.labels);
      issue.assignees = body.assignees;
      return { status: 201, body: issueBody(repository, issue) };
    }),
    get("/issues", issuesRead, (request) => {
      const state = request.query.get("state") ?? "open";
      const wanted = (request.query.get("labels") ?? "").split(",").filter((label) => label !== "");
      const matching = issues.filter(
        (issue) => (state === "all" || issue.state === state) && wanted.every((label) => issue.labels.includes(label)),
      );
      return page(
        matching.toReversed().map((issue) => issueBody(repository, issue)),
        request,
      );
    }),
    get("/issues/:number", issuesRead, ({ params }) => ({
      status: 200,
      body: issueBody(repository, find(params["number"])),
    })),
    write("PATCH", "/issues/:number", issuesWrite, issueChange, ({ params }, body) => {
      limitBody("Issue", body.body);
      const issue = find(params["number"]);
      change(issue, body, repository.timestamp());
      return { status: 200, body: issueBody(repository, issue) };
    }),
    ...commentRoutes(repository, issues, find),
    ...labelRoutes(find),
    ...pullRoutes(repository, issues),
    write("POST", "/pulls", "pull_requests=write", newPull, async ({ holder }, { title, body, head, base }) => {
      const pull = { head, base, fork: false };
      const [from, to] = await Promise.all([resolveCommit(repository, head), resolveCommit(repository, base)]);
      if (from === undefined || to === undefined)
        throw invalidField("PullRequest", from === undefined ? "head" : "base", "is invalid");
      if (from === to) throw unprocessable(`No commits between ${base} and ${head}`);
      const same = issues.some((one) => one.state === "open" && one.pull?.head === head && one.pull.base === base);
      if (same) throw unprocessable(`A pull request already exists for ${repository.owner}:${head}.`);
      const issue = open({ title, body: body ?? null, author: holder.actor, pull });
      return { status: 201, body: await pullBody(repository, issue) };
    }),
  ];
  const comment: IssueBook["comment"] = ({ issue, author, body }) => {
    const now = repository.timestamp();
    const written = { id: repository.nextId(), body, author, createdAt: now, updatedAt: now, reactions: [] };
    find(String(issue)).comments.push(written);
    return written.id;
  };
  return { routes, open, comment };
}

const names = (given: z.output<typeof labels>): string[] =>
  given.map((label) => (typeof label === "string" ? label : label.name));

function limitBody(resource: string, body: string | null | undefined): void {
  if ((body ?? "").length > longestBody)
    throw invalidField(resource, "body", "body is too long (maximum is 65536 characters)");
}

function change(issue: TwinIssue, body: z.output<typeof issueChange>, now: string): void {
  issue.title = body.title ?? issue.title;
  if (body.body !== undefined) issue.body = body.body;
  if (body.labels !== undefined) issue.labels = names(body.labels);
  if (body.assignees !== undefined) issue.assignees = body.assignees;
  issue.updatedAt = now;
  if (body.state === undefined || body.state === issue.state) return;
  issue.state = body.state;
  issue.stateReason = body.state_reason ?? (body.state === "closed" ? "completed" : "reopened");
  issue.closedAt = body.state === "closed" ? now : null;
}

function commentRoutes(
  repository: TwinRepository,
  issues: readonly TwinIssue[],
  find: (number: string | undefined) => TwinIssue,
): Route[] {
  const findComment = (id: string | undefined) => {
    const issue = issues.find(({ comments }) => comments.some((comment) => String(comment.id) === id));
    const comment = issue?.comments.find((candidate) => String(candidate.id) === id);
    if (issue === undefined || comment === undefined) throw notFound();
    return { issue, comment };
  };
  const nonEmpty = (body: string) => {
    if (body.trim() === "") throw invalidField("IssueComment", "body", "body cannot be blank");
    limitBody("IssueComment", body);
    return body;
  };
  return [
    write("POST", "/issues/:number/comments", issuesWrite, commentText, ({ params, holder }, { body }) => {
      const issue = find(params["number"]);
      const now = repository.timestamp();
      const comment = {
        id: repository.nextId(),
        body: nonEmpty(body),
        author: holder.actor,
        createdAt: now,
        updatedAt: now,
        reactions: [],
      };
      issue.comments.push(comment);
      return { status: 201, body: commentBody(repository, issue, comment) };
    }),
    get("/issues/:number/comments", issuesRead, (request) => {
      const issue = find(request.params["number"]);
      return page(
        issue.comments.map((comment) => commentBody(repository, issue, comment)),
        request,
      );
    }),
    get("/issues/comments/:id", issuesRead, ({ params }) => {
      const { issue, comment } = findComment(params["id"]);
      return { status: 200, body: commentBody(repository, issue, comment) };
    }),
    write("POST", "/issues/comments/:id/reactions", issuesWrite, newReaction, ({ params, holder }, { content }) => {
      const { comment } = findComment(params["id"]);
      const known = comment.reactions.find((one) => one.content === content && one.author === holder.actor);
      const reaction = known ?? { id: repository.nextId(), content, author: holder.actor };
      if (known === undefined) comment.reactions.push(reaction);
      const body = { id: reaction.id, node_id: nodeId("Reaction", reaction.id), user: user(holder.actor), content };
      return { status: known === undefined ? 201 : 200, body: { ...body, created_at: repository.timestamp() } };
    }),
    write("PATCH", "/issues/comments/:id", issuesWrite, commentText, ({ params }, { body }) => {
      const { issue, comment } = findComment(params["id"]);
      comment.body = nonEmpty(body);
      comment.updatedAt = repository.timestamp();
      return { status: 200, body: commentBody(repository, issue, comment) };
    }),
  ];
}

function labelRoutes(find: (number: string | undefined) => TwinIssue): Route[] {
  return [
    get("/issues/:number/labels", issuesRead, (request) =>
      page(find(request.params["number"]).labels.map(labelBody), request),
    ),
    write("POST", "/issues/:number/labels", issuesWrite, z.strictObject({ labels }), ({ params }, body) => {
      const issue = find(params["number"]);
      issue.labels = [...new Set([...issue.labels, ...names(body.labels)])];
      return { status: 200, body: issue.labels.map(labelBody) };
    }),
    remove("/issues/:number/labels/:name", issuesWrite, ({ params }) => {
      const issue = find(params["number"]);
      if (!issue.labels.includes(params["name"] ?? "")) throw notFound();
      issue.labels = issue.labels.filter((label) => label !== params["name"]);
      return { status: 200, body: issue.labels.map(labelBody) };
    }),
  ];
}

function pullRoutes(repository: TwinRepository, issues: readonly TwinIssue[]): Route[] {
  const pulls = () => issues.filter((issue) => issue.pull !== undefined);
  return [
    get("/pulls", "pull_requests=read", async (request) => {
      const state = request.query.get("state") ?? "open";
      const matching = pulls().filter((issue) => state === "all" || issue.state === state);
      const bodies = await Promise.all(matching.toReversed().map((issue) => pullBody(repository, issue)));
      return page(bodies, request);
    }),
    get("/pulls/:number", "pull_requests=read", async ({ params }) => {
      const found = pulls().find((issue) => String(issue.number) === params["number"]);
      if (found === undefined) throw notFound();
      return { status: 200, body: await pullBody(repository, found) };
    }),
    get("/pulls/:number/files", "pull_requests=read", async (request) => {
      const found = pulls().find((issue) => String(issue.number) === request.params["number"]);
      if (found?.pull === undefined) throw notFound();
      return page(await changedBetween(repository, found.pull.base, found.pull.head), request);
    }),
  ];
}

const labelBody = (name: string) => ({ id: 1, name, color: "ededed", description: null, default: false });

function issueBody(repository: TwinRepository, issue: TwinIssue) {
  const url = `${repository.url}/issues/${issue.number}`;
  const pull = `${repository.url}/pulls/${issue.number}`;
  return {
    url,
    id: issue.id,
    node_id: nodeId("Issue", issue.id),
    number: issue.number,
    repository_url: repository.url,
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    html_url: `${repository.htmlUrl}/${issue.pull === undefined ? "issues" : "pull"}/${issue.number}`,
    state: issue.state,
    state_reason: issue.stateReason,
    title: issue.title,
    body: issue.body,
    user: user(issue.author),
    labels: issue.labels.map(labelBody),
    assignee: issue.assignees[0] === undefined ? null : user(issue.assignees[0]),
    assignees: issue.assignees.map(user),
    milestone: null,
    locked: false,
    comments: issue.comments.length,
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
    closed_at: issue.closedAt,
    ...(issue.pull === undefined
      ? {}
      : { pull_request: { url: pull, html_url: null, diff_url: null, patch_url: null } }),
  };
}

function commentBody(repository: TwinRepository, issue: TwinIssue, comment: TwinComment) {
  return {
    id: comment.id,
    node_id: nodeId("IssueComment", comment.id),
    url: `${repository.url}/issues/comments/${comment.id}`,
    html_url: `${repository.htmlUrl}/issues/${issue.number}#issuecomment-${comment.id}`,
    issue_url: `${repository.url}/issues/${issue.number}`,
    body: comment.body,
    user: user(comment.author),
    author_association: "NONE",
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
  };
}

async function pullBody(repository: TwinRepository, issue: TwinIssue) {
  const { head, base, fork } = issue.pull ?? { head: "", base: "", fork: false };
  const [headSha, baseSha] = await Promise.all([resolveCommit(repository, head), resolveCommit(repository, base)]);
  if (headSha === undefined || baseSha === undefined)
    throw unprocessable(`Pull request ${issue.number} names a branch that does not exist.`);
  const side = (ref: string, sha: string, owner: string) => ({ label: `${owner}:${ref}`, ref, sha, user: user(owner) });
  return {
    id: issue.id,
    node_id: nodeId("PullRequest", issue.id),
    url: `${repository.url}/pulls/${issue.number}`,
    html_url: `${repository.htmlUrl}/pull/${issue.number}`,
    number: issue.number,
    state: issue.state,
    title: issue.title,
    body: issue.body,
    user: user(issue.author),
    labels: issue.labels.map(labelBody),
    draft: false,
    merged: false,
    head: { ...side(head, headSha, fork ? issue.author : repository.owner), repo: { fork } },
    base: { ...side(base, baseSha, repository.owner), repo: { fork: false } },
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
  };
}
