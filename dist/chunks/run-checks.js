import { Ct as pass, St as hold, v as quote, wt as worst, xt as fail, y as plainText, yt as formatDuration } from "./main.js";
import { l as envCheck } from "./session.js";
import { t as minimalEnv } from "./minimal-env.js";
import { t as InputError } from "./failure.js";

// src/check/git.ts
const mostFiles = 10;
/** That the tree is the commit under release, unchanged, from the branch it must come from. */
function gitCheck({ git }, ports) {
	const title = `git: ${[
		"the tree is the commit under release",
		...git.clean === true ? ["no file differs"] : [],
		...git.branch === void 0 ? [] : [`the branch is ${git.branch}`]
	].join(", ")}`;
	return {
		title,
		async run(context) {
			const ask = (...args) => ports.exec("git", [
				"-c",
				"core.quotePath=true",
				"-c",
				"core.fsmonitor=false",
				...args
			], {
				cwd: context.directory,
				env: {
					...minimalEnv(ports.env),
					GIT_OPTIONAL_LOCKS: "0",
					GIT_TERMINAL_PROMPT: "0"
				},
				timeoutMs: 6e4
			});
			const verdicts = [await commitVerdict(context, await ask("rev-parse", "--verify", "HEAD"))];
			if (verdicts[0]?.reason === "no-repository") return worst(verdicts);
			if (git.clean === true) verdicts.push(cleanVerdict(await ask("status", "--porcelain", "--untracked-files=normal")));
			if (git.branch !== void 0) verdicts.push(branchVerdict(git.branch, context, await ask("symbolic-ref", "--quiet", "--short", "HEAD")));
			const all = worst(verdicts);
			return all.verdict === "pass" ? pass("git-as-expected", `${title}: all of it holds.`, { commit: context.commit }) : all;
		}
	};
}
function commitVerdict({ commit }, head) {
	if (head.code !== 0) return hold("no-repository", `git: the checked-out tree cannot be read (${quote(head.stderr.trim())}). Check the commit out with actions/checkout first.`);
	const found = head.stdout.trim();
	if (found === commit) return pass("commit-as-expected", "git: the tree is the commit under release.");
	return fail("other-commit", `git: the tree is at ${found.slice(0, 12)}, and ${commit.slice(0, 12)} is being released. Check out the commit under release.`, {
		found,
		expected: commit
	});
}
function cleanVerdict(status) {
	if (status.code !== 0) return hold("no-data", `git: the state of the tree cannot be read (${quote(status.stderr.trim())}). Run the job again.`);
	const files = status.stdout.split("\n").filter((line) => line !== "").map((line) => line.slice(3));
	if (files.length === 0) return pass("tree-clean", "git: no file differs from the commit.");
	const shown = files.slice(0, mostFiles).map(quote).join(", ");
	const left = files.length > mostFiles ? ` and ${files.length - mostFiles} more` : "";
	return fail("dirty-tree", `git: ${files.length === 1 ? "1 file differs" : `${files.length} files differ`} from the commit: ${shown}${left}. Commit what belongs to the release, and have the others ignored or removed.`, { files: files.slice(0, 100) });
}
function branchVerdict(wanted, { branch }, symbolic) {
	const found = branch ?? (symbolic.code === 0 ? symbolic.stdout.trim() : void 0);
	if (found === void 0) return hold("branch-unknown", `git: the commit is checked out without a branch and none was given, so nobody can tell whether it comes from ${wanted}. Start the release from a branch.`);
	if (found === wanted) return pass("branch-as-expected", `git: the branch is ${wanted}.`);
	return fail("other-branch", `git: the branch is ${quote(found)}, and releases come from ${wanted}. Merge first, then release.`, { found });
}

// src/check/http.ts
/** Bytes of a body that are read, after decompression; a health page has no business being larger. */
const largestBody = 1048576;
/** Milliseconds one attempt may take when the check says nothing shorter. */
const attemptMs = 1e4;
const firstPauseMs = 250;
const longestPauseMs = 2e3;
/** A path on the release under check: its own address while it is a candidate, the site afterwards. */
function getCheck(spec, ports) {
	const { get, ...answer } = spec;
	return answerCheck(`GET ${get} answers ${spec.status}`, answer, ports, ({ url }) => {
		if (url === void 0) throw new InputError(`There is no address to ask for ${get}: give the check a \`url\`.`);
		return new URL(get, url);
	});
}
/** A full address; its host must be the site's or the candidate's, so that a check cannot ask anybody else. */
function httpCheck({ http }, ports, site) {
	const asked = new URL(http.url);
	return answerCheck(`GET ${asked.host}${asked.pathname} answers ${http.status}`, http, ports, ({ url }) => {
		const allowed = [site, url].filter((address) => address !== void 0).map((address) => new URL(address).host);
		if (!allowed.includes(asked.host)) throw new InputError(`A check may ask ${allowed.join(" and ") || "no host"}, not ${asked.host}: use the host of the runbook's \`url\`.`);
		return asked;
	});
}
function answerCheck(title, spec, ports, addressIn) {
	return {
		title,
		async run(context) {
			const address = addressIn(context);
			const deadline = ports.clock.monotonic() + (spec.retry ?? 0);
			for (let attempts = 1, pause = firstPauseMs;; attempts++, pause = Math.min(2 * pause, longestPauseMs)) {
				if (ports.cancelled.aborted) return hold("cancelled", `${title}: the job was cancelled before this was proven; run it again.`);
				const attempt = await ask(address, spec, ports);
				if (attempt.reason === void 0) return pass("answered", `${title}: ${attempt.finding}.`, {
					attempts,
					...attempt
				});
				const left = deadline - ports.clock.monotonic();
				if (left <= 0) return failed(title, spec, attempt, attempts);
				await ports.clock.sleep(Math.min(pause, left), ports.cancelled).catch(() => void 0);
			}
		}
	};
}
function failed(title, spec, attempt, attempts) {
	const message = `${title}: it does not${spec.retry === void 0 ? "" : ` after ${attempts} attempts in ${formatDuration(spec.retry)}`}. ${attempt.finding}. Look at the log of this version, mend it and push again.`;
	return fail(attempt.reason ?? "unexpected-answer", message, {
		attempts,
		...attempt
	});
}
async function ask(address, spec, ports) {
	const answer = await request(address, spec, ports);
	if ("reason" in answer) return answer;
	const { status, ms } = answer;
	const wrong = wrongStatus(answer, spec) ?? wrongHeader(answer, spec) ?? wrongJson(answer, spec) ?? tooSlow(answer, spec);
	if (wrong !== void 0) return {
		...wrong,
		status,
		ms
	};
	return {
		finding: `it answered ${status} in ${ms} ms${Object.entries(spec.json ?? {}).map(([path, value]) => ` and ${path} is ${JSON.stringify(value)}`).join("")}`,
		status,
		ms
	};
}
async function request(address, spec, ports) {
	const begun = ports.clock.monotonic();
	const elapsed = () => Math.round(ports.clock.monotonic() - begun);
	const limit = Math.max(attemptMs, 2 * (spec.within ?? 0));
	const finished = new AbortController();
	const late = new AbortController();
	ports.clock.sleep(limit, finished.signal).then(() => late.abort(), () => void 0);
	try {
		const response = await ports.fetch(address, {
			redirect: "manual",
			signal: AbortSignal.any([late.signal, ports.cancelled]),
			headers: {
				accept: spec.json ? "application/json" : "*/*",
				"cache-control": "no-cache",
				"user-agent": "sluice"
			}
		});
		const body = await readBody(response);
		return {
			status: response.status,
			headers: response.headers,
			...body,
			ms: elapsed()
		};
	} catch (problem) {
		if (late.signal.aborted) return {
			reason: "unreachable",
			finding: `It did not finish its answer in ${formatDuration(limit)}`
		};
		return {
			reason: "unreachable",
			finding: `It could not be reached (${causeOf(problem)})`
		};
	} finally {
		finished.abort();
	}
}
/** The system's own code, such as ECONNREFUSED: fetch hides it one or two causes deep. */
function causeOf(problem) {
	for (let error = problem; error instanceof Error; error = error.cause) if ("code" in error && typeof error.code === "string" && /^[A-Z_]{3,40}$/.test(error.code)) return error.code;
	return problem instanceof Error ? quote(problem.message) : "no reason given";
}
async function readBody(response) {
	const chunks = [];
	let size = 0;
	const reader = response.body?.getReader();
	while (reader !== void 0) {
		const { done, value } = await reader.read();
		if (done) break;
		chunks.push(value);
		size += value.length;
		if (size <= largestBody) continue;
		await reader.cancel();
		return {
			body: "",
			truncated: true
		};
	}
	return {
		body: Buffer.concat(chunks).toString("utf8"),
		truncated: false
	};
}
function wrongStatus({ status, headers }, spec) {
	if (status === spec.status) return void 0;
	const location = status >= 300 && status < 400 ? headers.get("location") : null;
	if (location !== null) return {
		reason: "redirected",
		finding: `It answered ${status} with a redirect to ${quote(location)}, which is not followed; expected ${spec.status}`
	};
	return {
		reason: "unexpected-status",
		finding: `It answered ${status}, expected ${spec.status}`
	};
}
function wrongHeader({ headers }, spec) {
	for (const [name, expected] of Object.entries(spec.headers ?? {})) {
		const found = headers.get(name);
		if (found === null) return {
			reason: "unexpected-header",
			finding: `The header ${name} is missing`
		};
		if (expected !== "present" && found !== expected) return {
			reason: "unexpected-header",
			finding: `The header ${name} is ${quote(found)}, expected ${quote(expected)}`
		};
	}
}
function wrongJson({ body, truncated, headers }, spec) {
	if (truncated) return {
		reason: "unexpected-body",
		finding: "Its answer is larger than 1 MiB"
	};
	if (spec.json === void 0) return void 0;
	const age = Number(headers.get("age") ?? 0);
	if (age > 0) return {
		reason: "cached-answer",
		finding: `A cache answered with what was true ${age} s ago, not the release itself`
	};
	let document;
	try {
		document = JSON.parse(body);
	} catch {
		return {
			reason: "unexpected-body",
			finding: `Its answer should be JSON and is ${/^\s*</.test(body) ? "an HTML page" : body === "" ? "nothing" : quote(body)}`
		};
	}
	for (const [path, expected] of Object.entries(spec.json)) {
		const found = lookUp(document, path.split("."));
		if (found === expected) continue;
		return {
			reason: "unexpected-body",
			finding: `${path} is ${found === void 0 ? "missing" : quote(JSON.stringify(found))}, expected ${JSON.stringify(expected)}`
		};
	}
}
/** Own properties only, so that no name reaches what every object inherits. */
function lookUp(document, path) {
	let value = document;
	for (const name of path) {
		if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return void 0;
		value = value[name];
	}
	return value;
}
function tooSlow({ ms }, { within }) {
	if (within === void 0 || ms <= within) return void 0;
	return {
		reason: "too-slow",
		finding: `It took ${ms} ms, and ${formatDuration(within)} are allowed`
	};
}

// src/check/run.ts
const longestRunMs = 6e5;
/** A line of a child's, so that no terminal and no runner takes it for an order: `##[` counts anywhere in a line. */
const harmless = (line) => `  | ${plainText(line).replaceAll("\n", " ").replaceAll("##[", "## [")}`;
/** A command of the user's, run as GitHub runs a bash step: it proves its point by ending with 0. */
function runCheck(spec, ports) {
	const title = `run: ${spec.run.trim().split("\n")[0]?.slice(0, 80)}`;
	const timeoutMs = spec.within ?? longestRunMs;
	return {
		title,
		async run({ directory, url, commit }) {
			ports.log.info(`${plainText(title)}`);
			const begun = ports.clock.monotonic();
			const result = await ports.exec("bash", [
				"--noprofile",
				"--norc",
				"-eo",
				"pipefail",
				"-c",
				spec.run
			], {
				cwd: directory,
				env: {
					...minimalEnv(ports.env),
					SLUICE_COMMIT: commit,
					...url !== void 0 && { SLUICE_URL: url }
				},
				timeoutMs,
				onLine: (line) => ports.log.info(harmless(line))
			});
			const seconds = Math.round((ports.clock.monotonic() - begun) / 100) / 10;
			const evidence = {
				code: result.code,
				signal: result.signal,
				seconds
			};
			if (result.code === 0) return pass("command-passed", `${title}: it ended with 0 after ${seconds} s.`, evidence);
			if (ports.cancelled.aborted) return hold("cancelled", `${title}: the job was cancelled before this was proven; run it again.`, evidence);
			if (result.code === null && seconds * 1e3 >= timeoutMs) return fail("command-timed-out", `${title}: it was ended after ${formatDuration(timeoutMs)}. Make it faster, or give it more time with \`within\`.`, evidence);
			const how = result.code === null ? `was ended by ${result.signal}` : `ended with ${result.code}`;
			const last = lastLine(result.stderr) ?? lastLine(result.stdout);
			const said = last === void 0 ? "It printed nothing" : `Its last line is ${quote(last)}`;
			return fail("command-failed", `${title}: it ${how} after ${seconds} s. ${said}; the log above has the rest.`, evidence);
		}
	};
}
const lastLine = (text) => text.trimEnd().split("\n").at(-1)?.trim() || void 0;

// src/check/check-of.ts
/** The check that one line of a runbook describes. */
function checkOf(spec, { ports, variables, site }) {
	if ("run" in spec) return optional(spec.must, runCheck(spec, ports));
	if ("get" in spec) return optional(spec.must, getCheck(spec, ports));
	if ("http" in spec) return optional(spec.http.must, httpCheck(spec, ports, site));
	if ("env" in spec) return envCheck(spec.env, variables);
	return gitCheck(spec, ports);
}
/** With `must: false` a failure is told and stops nothing. What could not be judged still holds. */
function optional(must, check) {
	if (must !== false) return check;
	return {
		title: `${check.title} (not required)`,
		async run(context) {
			const verdict = await check.run(context);
			if (verdict.verdict !== "fail") return verdict;
			return pass("failed-but-not-required", `Not required, and failed: ${verdict.message}`, verdict.evidence);
		}
	};
}

// src/run-checks.ts
/** Runs every check, tells each as it ends, and gives the most severe verdict with all of them as its evidence. */
async function runChecks(specs, context, world) {
	const verdicts = [];
	for (const spec of specs) {
		const check = checkOf(spec, world);
		const verdict = await check.run(context);
		world.ports.log.info(`${verdict.verdict}: ${check.title}. ${verdict.verdict === "pass" ? "" : verdict.message}`.trimEnd());
		verdicts.push(verdict);
	}
	const passed = verdicts.filter((verdict) => verdict.verdict === "pass").length;
	const last = worst(verdicts);
	const message = last.verdict === "pass" ? `All ${passed} checks passed.` : `${passed} of ${verdicts.length} checks passed. ${last.message}`;
	return {
		...last,
		reason: last.verdict === "pass" ? "checks-passed" : last.reason,
		message,
		evidence: { checks: verdicts }
	};
}

export { runChecks as t };