import { C as unknown, _ as object, b as string, g as number, l as array, u as boolean } from "./zod.js";
import { _ as pass, g as hold, h as fail, m as ProviderError, p as InputError, u as quote, v as worst } from "./words.js";
import { t as exchange } from "./exchange.js";
const mostPages = 10;
const perPage = 100;
const good = new Set([
	"success",
	"neutral",
	"skipped"
]);
const runList = object({ check_runs: array(object({
	name: string(),
	status: string(),
	conclusion: string().nullable(),
	details_url: string().nullish()
})) });
const statusAnswer = object({ statuses: array(object({
	context: string(),
	state: string()
})) });
const pullList = array(object({
	number: number(),
	merged_at: string().nullish()
}));
const reviewList = array(object({
	state: string(),
	user: object({ login: string() }).nullable()
}));
const issueList = array(object({
	number: number(),
	title: string(),
	pull_request: unknown().optional()
}));
const branchAnswer = object({ protected: boolean() });
function githubCheck({ github }, ports, repository) {
	const title = `github: ${[
		...github.checks === void 0 ? [] : [github.checks === "green" ? "every check is green" : `${github.checks.join(", ")} are green`],
		...github.reviews === void 0 ? [] : [`approved by ${github.reviews}`],
		...github.issues === void 0 ? [] : [`at most ${github.issues.open} open issues labelled ${github.issues.label}`],
		...github.protected === void 0 ? [] : [`${github.protected} is protected`]
	].join("; ")}`;
	return {
		title,
		async run(context) {
			if (repository === void 0) throw new InputError(`${title}: this job has no repository to ask. Run it inside of a workflow.`);
			const { access, runId } = repository;
			const [owner = "", repo = ""] = access.repository.split("/");
			const ask = asker(exchange({
				...access,
				token: github.token ?? access.token
			}, ports), {
				owner,
				repo
			});
			try {
				const verdicts = [];
				if (github.checks !== void 0) verdicts.push(checksVerdict(github.checks, await standings(ask, context, runId)));
				if (github.reviews !== void 0) verdicts.push(await reviewVerdict(ask, context, github.reviews));
				if (github.issues !== void 0) verdicts.push(await issueVerdict(ask, github.issues));
				if (github.protected !== void 0) verdicts.push(await branchVerdict(ask, github.protected));
				const all = worst(verdicts);
				return all.verdict === "pass" ? pass("github-as-expected", `${title}: all of it holds.`) : all;
			} catch (problem) {
				if (!(problem instanceof ProviderError && problem.retryable)) throw problem;
				return hold("no-data", `${title}: ${problem.message}`);
			}
		}
	};
}
function asker({ read }, here) {
	return async (to, schema, send) => {
		const data = await read({
			to,
			send: (octokit, request) => send(octokit, here, request)
		});
		if (data === void 0) return void 0;
		const found = schema.safeParse(data);
		if (found.success) return found.data;
		throw new ProviderError("github", `GitHub's answer to the request to ${to} cannot be read.`, { retryable: true });
	};
}
async function pages(what, next) {
	const all = [];
	for (let page = 1; page <= mostPages; page += 1) {
		const found = await next(page);
		all.push(...found);
		if (found.length < perPage) return all;
	}
	throw new ProviderError("github", `There are more than 1000 ${what}.`, { retryable: true });
}
async function standings(ask, { commit }, runId) {
	const to = `read the checks of ${commit.slice(0, 12)}`;
	const runs = await pages("checks", async (page) => {
		return (await ask(to, runList, (octokit, here, request) => octokit.rest.checks.listForRef({
			...here,
			ref: commit,
			filter: "latest",
			per_page: perPage,
			page,
			request
		})))?.check_runs ?? [];
	});
	const own = new RegExp(`/actions/runs/${runId}(?:/|$)`);
	const fromRuns = runs.filter(({ details_url }) => !own.test(details_url ?? "")).map(({ name, status, conclusion }) => {
		if (status !== "completed") return {
			name,
			state: "pending"
		};
		return {
			name,
			state: good.has(conclusion ?? "") ? "green" : "red"
		};
	});
	const fromStatuses = ((await ask(to, statusAnswer, (octokit, here, request) => octokit.rest.repos.getCombinedStatusForRef({
		...here,
		ref: commit,
		per_page: perPage,
		request
	})))?.statuses ?? []).map(({ context, state }) => {
		if (state === "success") return {
			name: context,
			state: "green"
		};
		return {
			name: context,
			state: state === "pending" ? "pending" : "red"
		};
	});
	return [...fromRuns, ...fromStatuses];
}
function checksVerdict(wanted, found) {
	const judged = wanted === "green" ? found : found.filter(({ name }) => wanted.includes(name));
	const missing = wanted === "green" ? [] : wanted.filter((name) => !found.some((standing) => standing.name === name));
	const named = (state) => judged.filter((one) => one.state === state).map(({ name }) => quote(name));
	const evidence = { checks: judged.slice(0, 100) };
	const red = named("red");
	if (red.length > 0) return fail("checks-failed", `github: ${red.slice(0, 5).join(", ")} failed on this commit. Mend that and push again.`, evidence);
	const waiting = [...named("pending"), ...missing.map(quote)];
	if (waiting.length > 0) return hold("checks-pending", `github: ${waiting.slice(0, 5).join(", ")} did not end on this commit yet. Run this again when it has.`, evidence);
	if (judged.length === 0) return hold("no-checks", "github: no check ran on this commit, so nothing is proven. Let a workflow test pushes, or leave `checks` away.");
	return pass("checks-green", `github: ${judged.length} checks are green on this commit.`, evidence);
}
async function reviewVerdict(ask, { commit }, needed) {
	const pulls = await ask(`find the pull request of ${commit.slice(0, 12)}`, pullList, (octokit, here, request) => octokit.rest.repos.listPullRequestsAssociatedWithCommit({
		...here,
		commit_sha: commit,
		per_page: perPage,
		request
	}));
	const pull = pulls?.find(({ merged_at }) => typeof merged_at === "string") ?? pulls?.[0];
	if (pull === void 0) return fail("no-pull-request", "github: this commit came through no pull request, so nobody reviewed it. Merge it through one.");
	const reviews = await pages("reviews", async (page) => {
		return await ask(`read the reviews of #${pull.number}`, reviewList, (octokit, here, request) => octokit.rest.pulls.listReviews({
			...here,
			pull_number: pull.number,
			per_page: perPage,
			page,
			request
		})) ?? [];
	});
	const words = new Map();
	for (const { state, user } of reviews) if (user !== null && [
		"APPROVED",
		"CHANGES_REQUESTED",
		"DISMISSED"
	].includes(state)) words.set(user.login, state);
	const saying = (state) => [...words].filter(([, word]) => word === state).map(([login]) => login);
	const approved = saying("APPROVED");
	const against = saying("CHANGES_REQUESTED");
	const evidence = {
		pull: pull.number,
		approved,
		against
	};
	if (against.length > 0) return fail("changes-requested", `github: ${against.map(quote).join(", ")} asked for changes in #${pull.number}. Settle that first.`, evidence);
	if (approved.length < needed) return fail("too-few-reviews", `github: #${pull.number} has ${approved.length} of ${needed} approvals. Have it reviewed.`, evidence);
	return pass("reviewed", `github: #${pull.number} is approved by ${approved.map(quote).join(", ")}.`, evidence);
}
async function issueVerdict(ask, { label, open }) {
	const issues = (await pages("issues", async (page) => {
		return await ask(`list the open issues labelled ${label}`, issueList, (octokit, here, request) => octokit.rest.issues.listForRepo({
			...here,
			labels: label,
			state: "open",
			per_page: perPage,
			page,
			request
		})) ?? [];
	})).filter(({ pull_request }) => pull_request === void 0);
	const numbers = issues.slice(0, 5).map(({ number }) => `#${number}`).join(", ");
	const evidence = { open: issues.length };
	if (issues.length <= open) return pass("few-issues", `github: ${issues.length} open issues are labelled ${label}.`, evidence);
	return fail("open-issues", `github: ${issues.length} open issues are labelled ${label} (${numbers}), ${open} are allowed. Close them first.`, evidence);
}
async function branchVerdict(ask, branch) {
	const found = await ask(`read the branch ${branch}`, branchAnswer, (octokit, here, request) => octokit.rest.repos.getBranch({
		...here,
		branch,
		request
	}));
	if (found === void 0) return fail("no-branch", `github: there is no branch ${branch}. Name the one that is released from.`);
	if (found.protected) return pass("branch-protected", `github: ${branch} is protected.`);
	return fail("branch-unprotected", `github: ${branch} is not protected, so anybody who may push can release. Add a ruleset for it.`);
}
export { githubCheck };
