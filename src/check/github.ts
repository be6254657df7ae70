import * as z from "zod";
import type { Check, CheckContext } from "../check.ts";
import type { GitHubCheck } from "../check-spec.ts";
import { InputError, ProviderError } from "../failure.ts";
import { type Exchange, exchange, type GitHubAccess } from "../github/exchange.ts";
import type { Ports } from "../ports.ts";
import { quote } from "../source-text.ts";
import { fail, hold, pass, type Verdict, worst } from "../verdict.ts";

/** The repository a check is about, and the run it is made in: a release's own jobs are no proof of its commit. */
export interface Repository {
  readonly access: GitHubAccess;
  readonly runId: number;
}

const mostPages = 10;
const perPage = 100;
const good = new Set(["success", "neutral", "skipped"]);

const runList = z.object({
  check_runs: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      conclusion: z.string().nullable(),
      details_url: z.string().nullish(),
    }),
  ),
});
const statusAnswer = z.object({ statuses: z.array(z.object({ context: z.string(), state: z.string() })) });
const pullList = z.array(z.object({ number: z.number(), merged_at: z.string().nullish() }));
const reviewList = z.array(z.object({ state: z.string(), user: z.object({ login: z.string() }).nullable() }));
const issueList = z.array(z.object({ number: z.number(), title: z.string(), pull_request: z.unknown().optional() }));
const branchAnswer = z.object({ protected: z.boolean() });

type Wanted = GitHubCheck["github"];
type Octokit = Parameters<Parameters<Exchange["read"]>[0]["send"]>[0];
type Request = { readonly signal: AbortSignal };

/** What GitHub knows of the commit and its repository, asked with a token that may read. */
export function githubCheck({ github }: GitHubCheck, ports: Ports, repository: Repository | undefined): Check {
  const claims = [
    ...(github.checks === undefined
      ? []
      : [github.checks === "green" ? "every check is green" : `${github.checks.join(", ")} are green`]),
    ...(github.reviews === undefined ? [] : [`approved by ${github.reviews}`]),
    ...(github.issues === undefined
      ? []
      : [`at most ${github.issues.open} open issues labelled ${github.issues.label}`]),
    ...(github.protected === undefined ? [] : [`${github.protected} is protected`]),
  ];
  const title = `github: ${claims.join("; ")}`;
  return {
    title,
    async run(context) {
      if (repository === undefined)
        throw new InputError(`${title}: this job has no repository to ask. Run it inside of a workflow.`);
      const { access, runId } = repository;
      const ask = asker(exchange({ ...access, token: github.token ?? access.token }, ports));
      try {
        const verdicts: Verdict[] = [];
        if (github.checks !== undefined)
          verdicts.push(checksVerdict(github.checks, await standings(ask, context, runId)));
        if (github.reviews !== undefined) verdicts.push(await reviewVerdict(ask, context, github.reviews));
        if (github.issues !== undefined) verdicts.push(await issueVerdict(ask, github.issues));
        if (github.protected !== undefined) verdicts.push(await branchVerdict(ask, github.protected));
        const all = worst(verdicts);
        return all.verdict === "pass" ? pass("github-as-expected", `${title}: all of it holds.`) : all;
      } catch (problem) {
        if (!(problem instanceof ProviderError && problem.retryable)) throw problem;
        return hold("no-data", `${title}: ${problem.message}`);
      }
    },
  };
}

type Here = Exchange["here"];
type Ask = <T>(
  to: string,
  schema: z.ZodType<T>,
  send: (octokit: Octokit, here: Here, request: Request) => Promise<{ readonly data: unknown }>,
) => Promise<T | undefined>;

function asker({ read, here }: Exchange): Ask {
  return async (to, schema, send) => {
    const data = await read({ to, send: (octokit, request) => send(octokit, here, request) });
    if (data === undefined) return undefined;
    const found = schema.safeParse(data);
    if (found.success) return found.data;
    throw new ProviderError("github", `GitHub's answer to the request to ${to} cannot be read.`, { retryable: true });
  };
}

/** Every page of a list, up to a bound: what is cut off could be what matters, so then nothing is concluded. */
async function pages<T>(what: string, next: (page: number) => Promise<readonly T[]>): Promise<readonly T[]> {
  const all: T[] = [];
  for (let page = 1; page <= mostPages; page += 1) {
    const found = await next(page);
    all.push(...found);
    if (found.length < perPage) return all;
  }
  throw new ProviderError("github", `There are more than ${mostPages * perPage} ${what}.`, { retryable: true });
}

interface Standing {
  readonly name: string;
  readonly state: "green" | "pending" | "red";
}

/** Checks and commit statuses of the commit, without the jobs of this very run: those are the release itself. */
async function standings(ask: Ask, { commit }: CheckContext, runId: number): Promise<readonly Standing[]> {
  const to = `read the checks of ${commit.slice(0, 12)}`;
  const runs = await pages("checks", async (page) => {
    const list = await ask(to, runList, (octokit, here, request) =>
      octokit.rest.checks.listForRef({ ...here, ref: commit, filter: "latest", per_page: perPage, page, request }),
    );
    return list?.check_runs ?? [];
  });
  const own = new RegExp(`/actions/runs/${runId}(?:/|$)`);
  const fromRuns = runs
    .filter(({ details_url }) => !own.test(details_url ?? ""))
    .map(({ name, status, conclusion }): Standing => {
      if (status !== "completed") return { name, state: "pending" };
      return { name, state: good.has(conclusion ?? "") ? "green" : "red" };
    });
  const combined = await ask(to, statusAnswer, (octokit, here, request) =>
    octokit.rest.repos.getCombinedStatusForRef({ ...here, ref: commit, per_page: perPage, request }),
  );
  const fromStatuses = (combined?.statuses ?? []).map(({ context, state }): Standing => {
    if (state === "success") return { name: context, state: "green" };
    return { name: context, state: state === "pending" ? "pending" : "red" };
  });
  return [...fromRuns, ...fromStatuses];
}

function checksVerdict(wanted: NonNullable<Wanted["checks"]>, found: readonly Standing[]): Verdict {
  const judged = wanted === "green" ? found : found.filter(({ name }) => wanted.includes(name));
  const missing = wanted === "green" ? [] : wanted.filter((name) => !found.some((standing) => standing.name === name));
  const named = (state: Standing["state"]) =>
    judged.filter((one) => one.state === state).map(({ name }) => quote(name));
  const evidence = { checks: judged.slice(0, 100) };
  const red = named("red");
  if (red.length > 0)
    return fail(
      "checks-failed",
      `github: ${red.slice(0, 5).join(", ")} failed on this commit. Mend that and push again.`,
      evidence,
    );
  const waiting = [...named("pending"), ...missing.map(quote)];
  if (waiting.length > 0)
    return hold(
      "checks-pending",
      `github: ${waiting.slice(0, 5).join(", ")} did not end on this commit yet. Run this again when it has.`,
      evidence,
    );
  if (judged.length === 0)
    return hold(
      "no-checks",
      "github: no check ran on this commit, so nothing is proven. Let a workflow test pushes, or leave `checks` away.",
    );
  return pass("checks-green", `github: ${judged.length} checks are green on this commit.`, evidence);
}

/** The newest word of each reviewer counts; a comment takes back no approval. */
async function reviewVerdict(ask: Ask, { commit }: CheckContext, needed: number): Promise<Verdict> {
  const to = `find the pull request of ${commit.slice(0, 12)}`;
  const pulls = await ask(to, pullList, (octokit, here, request) =>
    octokit.rest.repos.listPullRequestsAssociatedWithCommit({
      ...here,
      commit_sha: commit,
      per_page: perPage,
      request,
    }),
  );
  const pull = pulls?.find(({ merged_at }) => typeof merged_at === "string") ?? pulls?.[0];
  if (pull === undefined)
    return fail(
      "no-pull-request",
      "github: this commit came through no pull request, so nobody reviewed it. Merge it through one.",
    );
  const reviews = await pages("reviews", async (page) => {
    const list = await ask(`read the reviews of #${pull.number}`, reviewList, (octokit, here, request) =>
      octokit.rest.pulls.listReviews({ ...here, pull_number: pull.number, per_page: perPage, page, request }),
    );
    return list ?? [];
  });
  const words = new Map<string, string>();
  for (const { state, user } of reviews)
    if (user !== null && ["APPROVED", "CHANGES_REQUESTED", "DISMISSED"].includes(state)) words.set(user.login, state);
  const saying = (state: string) => [...words].filter(([, word]) => word === state).map(([login]) => login);
  const approved = saying("APPROVED");
  const against = saying("CHANGES_REQUESTED");
  const evidence = { pull: pull.number, approved, against };
  if (against.length > 0)
    return fail(
      "changes-requested",
      `github: ${against.map(quote).join(", ")} asked for changes in #${pull.number}. Settle that first.`,
      evidence,
    );
  if (approved.length < needed)
    return fail(
      "too-few-reviews",
      `github: #${pull.number} has ${approved.length} of ${needed} approvals. Have it reviewed.`,
      evidence,
    );
  return pass("reviewed", `github: #${pull.number} is approved by ${approved.map(quote).join(", ")}.`, evidence);
}

async function issueVerdict(ask: Ask, { label, open }: NonNullable<Wanted["issues"]>): Promise<Verdict> {
  const listed = await pages("issues", async (page) => {
    const list = await ask(`list the open issues labelled ${label}`, issueList, (octokit, here, request) =>
      octokit.rest.issues.listForRepo({ ...here, labels: label, state: "open", per_page: perPage, page, request }),
    );
    return list ?? [];
  });
  const issues = listed.filter(({ pull_request }) => pull_request === undefined);
  const numbers = issues
    .slice(0, 5)
    .map(({ number }) => `#${number}`)
    .join(", ");
  const evidence = { open: issues.length };
  if (issues.length <= open)
    return pass("few-issues", `github: ${issues.length} open issues are labelled ${label}.`, evidence);
  return fail(
    "open-issues",
    `github: ${issues.length} open issues are labelled ${label} (${numbers}), ${open} are allowed. Close them first.`,
    evidence,
  );
}

async function branchVerdict(ask: Ask, branch: string): Promise<Verdict> {
  const found = await ask(`read the branch ${branch}`, branchAnswer, (octokit, here, request) =>
    octokit.rest.repos.getBranch({ ...here, branch, request }),
  );
  if (found === undefined)
    return fail("no-branch", `github: there is no branch ${branch}. Name the one that is released from.`);
  if (found.protected) return pass("branch-protected", `github: ${branch} is protected.`);
  return fail(
    "branch-unprotected",
    `github: ${branch} is not protected, so anybody who may push can release. Add a ruleset for it.`,
  );
}
