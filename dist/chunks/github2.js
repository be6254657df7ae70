import { C as unknown, _ as object, b as string, g as number, l as array, u as boolean } from "./zod.js";
import { _ as fail, b as worst, d as quote, h as ProviderError, m as InputError, v as hold, y as pass } from "./words.js";
import { t as exchange } from "./exchange.js";
const good = new Set([
"success",
"neutral",
"skipped"
]), runList = object({ check_runs: array(object({
name: string(),
status: string(),
conclusion: string().nullable(),
details_url: string().nullish()
})) }), statusAnswer = object({ statuses: array(object({
context: string(),
state: string()
})) }), pullList = array(object({
number: number(),
merged_at: string().nullish()
})), reviewList = array(object({
state: string(),
user: object({ login: string() }).nullable()
})), issueList = array(object({
number: number(),
title: string(),
pull_request: unknown().optional()
})), branchAnswer = object({ protected: boolean() });
function githubCheck({ github }, ports, repository) {
let title = `github: ${[
...github.checks === void 0 ? [] : [github.checks === "green" ? "every check is green" : `${github.checks.join(", ")} are green`],
...github.reviews === void 0 ? [] : [`approved by ${github.reviews}`],
...github.issues === void 0 ? [] : [`at most ${github.issues.open} open issues labelled ${github.issues.label}`],
...github.protected === void 0 ? [] : [`${github.protected} is protected`]
].join("; ")}`;
return {
title,
async run(context) {
if (repository === void 0) throw new InputError(`${title}: this job has no repository to ask. Run it inside of a workflow.`);
let { access, runId } = repository, ask = asker(exchange({
...access,
token: github.token ?? access.token
}, ports));
try {
let verdicts = [];
github.checks !== void 0 && verdicts.push(checksVerdict(github.checks, await standings(ask, context, runId))), github.reviews !== void 0 && verdicts.push(await reviewVerdict(ask, context, github.reviews)), github.issues !== void 0 && verdicts.push(await issueVerdict(ask, github.issues)), github.protected !== void 0 && verdicts.push(await branchVerdict(ask, github.protected));
let all = worst(verdicts);
return all.verdict === "pass" ? pass("github-as-expected", `${title}: all of it holds.`) : all;
} catch (problem) {
if (!(problem instanceof ProviderError && problem.retryable)) throw problem;
return hold("no-data", `${title}: ${problem.message}`);
}
}
};
}
function asker({ read, here }) {
return async (to, schema, send) => {
let data = await read({
to,
send: (octokit, request) => send(octokit, here, request)
});
if (data === void 0) return;
let found = schema.safeParse(data);
if (found.success) return found.data;
throw new ProviderError("github", `GitHub's answer to the request to ${to} cannot be read.`, { retryable: !0 });
};
}
async function pages(what, next) {
let all = [];
for (let page = 1; page <= 10; page += 1) {
let found = await next(page);
if (all.push(...found), found.length < 100) return all;
}
throw new ProviderError("github", `There are more than 1000 ${what}.`, { retryable: !0 });
}
async function standings(ask, { commit }, runId) {
let to = `read the checks of ${commit.slice(0, 12)}`, runs = await pages("checks", async (page) => (await ask(to, runList, (octokit, here, request) => octokit.rest.checks.listForRef({
...here,
ref: commit,
filter: "latest",
per_page: 100,
page,
request
})))?.check_runs ?? []), own = RegExp(`/actions/runs/${runId}(?:/|$)`), fromRuns = runs.filter(({ details_url }) => !own.test(details_url ?? "")).map(({ name, status, conclusion }) => status === "completed" ? {
name,
state: good.has(conclusion ?? "") ? "green" : "red"
} : {
name,
state: "pending"
}), fromStatuses = ((await ask(to, statusAnswer, (octokit, here, request) => octokit.rest.repos.getCombinedStatusForRef({
...here,
ref: commit,
per_page: 100,
request
})))?.statuses ?? []).map(({ context, state }) => state === "success" ? {
name: context,
state: "green"
} : {
name: context,
state: state === "pending" ? "pending" : "red"
});
return [...fromRuns, ...fromStatuses];
}
function checksVerdict(wanted, found) {
let judged = wanted === "green" ? found : found.filter(({ name }) => wanted.includes(name)), missing = wanted === "green" ? [] : wanted.filter((name) => !found.some((standing) => standing.name === name)), named = (state) => judged.filter((one) => one.state === state).map(({ name }) => quote(name)), evidence = { checks: judged.slice(0, 100) }, red = named("red");
if (red.length > 0) return fail("checks-failed", `github: ${red.slice(0, 5).join(", ")} failed on this commit. Mend that and push again.`, evidence);
let waiting = [...named("pending"), ...missing.map(quote)];
return waiting.length > 0 ? hold("checks-pending", `github: ${waiting.slice(0, 5).join(", ")} did not end on this commit yet. Run this again when it has.`, evidence) : judged.length === 0 ? hold("no-checks", "github: no check ran on this commit, so nothing is proven. Let a workflow test pushes, or leave `checks` away.") : pass("checks-green", `github: ${judged.length} checks are green on this commit.`, evidence);
}
async function reviewVerdict(ask, { commit }, needed) {
let pulls = await ask(`find the pull request of ${commit.slice(0, 12)}`, pullList, (octokit, here, request) => octokit.rest.repos.listPullRequestsAssociatedWithCommit({
...here,
commit_sha: commit,
per_page: 100,
request
})), pull = pulls?.find(({ merged_at }) => typeof merged_at == "string") ?? pulls?.[0];
if (pull === void 0) return fail("no-pull-request", "github: this commit came through no pull request, so nobody reviewed it. Merge it through one.");
let reviews = await pages("reviews", async (page) => await ask(`read the reviews of #${pull.number}`, reviewList, (octokit, here, request) => octokit.rest.pulls.listReviews({
...here,
pull_number: pull.number,
per_page: 100,
page,
request
})) ?? []), words = new Map();
for (let { state, user } of reviews) user !== null && [
"APPROVED",
"CHANGES_REQUESTED",
"DISMISSED"
].includes(state) && words.set(user.login, state);
let saying = (state) => [...words].filter(([, word]) => word === state).map(([login]) => login), approved = saying("APPROVED"), against = saying("CHANGES_REQUESTED"), evidence = {
pull: pull.number,
approved,
against
};
return against.length > 0 ? fail("changes-requested", `github: ${against.map(quote).join(", ")} asked for changes in #${pull.number}. Settle that first.`, evidence) : approved.length < needed ? fail("too-few-reviews", `github: #${pull.number} has ${approved.length} of ${needed} approvals. Have it reviewed.`, evidence) : pass("reviewed", `github: #${pull.number} is approved by ${approved.map(quote).join(", ")}.`, evidence);
}
async function issueVerdict(ask, { label, open }) {
let issues = (await pages("issues", async (page) => await ask(`list the open issues labelled ${label}`, issueList, (octokit, here, request) => octokit.rest.issues.listForRepo({
...here,
labels: label,
state: "open",
per_page: 100,
page,
request
})) ?? [])).filter(({ pull_request }) => pull_request === void 0), numbers = issues.slice(0, 5).map(({ number }) => `#${number}`).join(", "), evidence = { open: issues.length };
return issues.length <= open ? pass("few-issues", `github: ${issues.length} open issues are labelled ${label}.`, evidence) : fail("open-issues", `github: ${issues.length} open issues are labelled ${label} (${numbers}), ${open} are allowed. Close them first.`, evidence);
}
async function branchVerdict(ask, branch) {
let found = await ask(`read the branch ${branch}`, branchAnswer, (octokit, here, request) => octokit.rest.repos.getBranch({
...here,
branch,
request
}));
return found === void 0 ? fail("no-branch", `github: there is no branch ${branch}. Name the one that is released from.`) : found.protected ? pass("branch-protected", `github: ${branch} is protected.`) : fail("branch-unprotected", `github: ${branch} is not protected, so anybody who may push can release. Add a ruleset for it.`);
}
export { githubCheck };
