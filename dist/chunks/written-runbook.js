import { _ as record, c as _null, g as object, h as number, l as array, p as literal, s as _enum, u as boolean, v as strictObject, w as toJSONSchema, x as union, y as string } from "./zod.js";
import { t as InputError } from "./failure.js";
import { a as mergeRanges, i as hiddenIn, n as placeOf, o as writtenSecretsIn, r as quote, t as excerptOf } from "./source-text.js";
import { A as variableName, C as referencePattern, D as sourceAddress, E as slotAddress, F as isExpectation, I as refusing, M as vercelTeam, N as expectations, O as textLike, P as expecting, S as rate, T as site, _ as isVercelTeam, a as checkAddress, b as name, c as duration, d as hostPath, f as imageName, g as isVercelProject, h as isSite, i as adminAddress, j as vercelProject, k as urlPath, l as hostDestination, m as isHostName, n as metric, o as command, p as isAdminAddress, r as shapeOfMetric, s as directory, t as forgetsBefore, u as hostName$1, v as limit, w as secretReference, x as percentage, y as listOf$2 } from "./metric-spec.js";
import { t as nearName } from "./near-name.js";
import { n as formatDuration, r as parseDuration } from "./duration.js";
import { h as parseLimit, m as formatLimit } from "./limit-test.js";
import { n as gateProblems, o as asPercent, s as asTime } from "./config.js";
import { t as require_dist } from "./yaml.js";
import { createHash } from "node:crypto";
import { lstat, readFile, realpath } from "node:fs/promises";
import path from "node:path";

// src/approval.ts
/** Who has to agree before a stage goes on; pinned in the plan when the release starts. */
const approvalRule = strictObject({
	/** GitHub logins by role, as the runbook names them. */
	by: record(string(), array(string()).min(1)),
	/** How many different people have to agree. */
	minimum: number().int().positive()
});
/** One person's agreement, bound to what they could see when they gave it. */
const approval = strictObject({
	stage: string(),
	role: string(),
	actor: string(),
	/** Digest of the commit and of everything proven until then. */
	digest: string(),
	at: number()
});
/** What an approval is given for: when any of it changes, earlier approvals do not count any more. */
function approvalDigest(commit, runbookHash, proven) {
	return createHash("sha256").update(JSON.stringify([
		commit,
		runbookHash,
		proven
	])).digest("hex").slice(0, 16);
}
/**
* The roles in which a person may approve; logins are compared as GitHub does, without case. Whether somebody is in a
* team (`@organisation/team`) is known only to who asked GitHub, and given as `teams`.
*/
const rolesOf = ({ by }, login, teams = []) => {
	const names = new Set([login, ...teams].map((known) => known.toLowerCase()));
	return Object.entries(by).filter(([, people]) => people.some((person) => names.has(person.toLowerCase()))).map(([role]) => role);
};
/** Whoever wrote an approval down had asked GitHub about teams; nobody can ask again here. */
const mayHave = (rule, { actor, role }) => rolesOf(rule, actor).includes(role) || (rule.by[role] ?? []).some((person) => person.startsWith("@"));
/** Counts different people, each once, whose approval is for exactly this evidence. */
function countApprovals(rule, approvals, stage, digest) {
	const counted = approvals.filter((given) => given.stage === stage && given.digest === digest && mayHave(rule, given));
	const people = [...new Set(counted.map(({ actor }) => actor.toLowerCase()))];
	const granted = people.length >= rule.minimum;
	const roles = Object.entries(rule.by).map(([role, logins]) => `${role} (${logins.join(", ")})`);
	return {
		granted,
		people,
		message: granted ? `Approved by ${people.join(" and ")}.` : `${people.length} of ${rule.minimum} approvals for stage ${stage}${people.length === 0 ? "" : ` (${people.join(", ")})`}; comment \`/approve\` as one of ${roles.join(", ")}.`
	};
}

// src/plan.ts
/** The steps of a stage in their canonical order; every one is optional, the order is not. */
const stepNames = [
	"preflight",
	"approve",
	"backup",
	"migrate",
	"configure",
	"pause",
	"deploy",
	"smoke-test",
	"load-test",
	"canary",
	"watch",
	"sign-off"
];
const isStageStep = (step) => step !== "configure" && step !== "watch" && step !== "sign-off";
/** What comes after every stage of the runbook is a stage of its own in the plan; no stage of a runbook has its name. */
const finalStage = "final";
const plannedSignature = strictObject({
	role: string(),
	/** Roles of `people` whose members may sign. */
	by: array(string()).min(1),
	/** Milliseconds after the last stage ended before anybody may sign. */
	afterMs: number().nonnegative().exactOptional(),
	/** Whoever began the release may not sign. */
	notAuthor: literal(true).exactOptional()
});
/**
* What a release will do, resolved from the runbook when the release starts and pinned in the record from then on:
* a runbook edited in the middle of a release changes the next release, never this one.
*/
const planSchema = strictObject({
	service: string(),
	/** GitHub logins and teams (`@organisation/team`) by role. */
	people: record(string(), array(string())).exactOptional(),
	stages: array(strictObject({
		name: string(),
		steps: array(_enum(stepNames)).min(1),
		/** Steps that nobody may skip. */
		must: array(_enum(stepNames)).exactOptional(),
		approve: approvalRule.exactOptional(),
		pause: strictObject({
			task: string(),
			by: array(string()).min(1)
		}).exactOptional(),
		signOff: array(plannedSignature).min(1).exactOptional(),
		shifts: array(strictObject({
			/** Percent of production traffic. */
			weight: number().gt(0).max(100),
			/** Milliseconds the candidate must hold this share at least. */
			holdMs: number().nonnegative(),
			/** Milliseconds between two looks. */
			everyMs: number().positive(),
			/** Whether somebody judges this share; only the last one, 100 %, may go without. */
			judged: boolean()
		})),
		/** Milliseconds after which a share without a verdict goes back to stable. */
		maxHoldMs: number().nonnegative(),
		/**
		* A share without a verdict by then counts as failed, requests of our own decide, or a person is asked; without
		* this it goes back unproven.
		*/
		onShort: _enum([
			"fail",
			"synthetic",
			"approve"
		]).exactOptional(),
		/** A broken limit takes the candidate one share down, or asks a person; without this all traffic goes back. */
		onFail: _enum(["step-back", "ask"]).exactOptional(),
		/** Milliseconds a person has to answer; ten minutes when absent. */
		decideWithinMs: number().positive().exactOptional()
	})).min(1)
});
/** All traffic at once: what a deploy without a canary comes to. */
const allAtOnce = {
	weight: 100,
	holdMs: 0,
	everyMs: 1e3,
	judged: false
};
/** The percents of traffic a release's candidate gets one after the other, the last one 100; none without a deploy. */
const sharesOf = ({ stages }) => stages.flatMap(({ shifts }) => shifts.map(({ weight }) => weight));
/** Resolves a runbook to the plan of one release. A deploy always ends in a canary step, if only of a single 100 % shift. */
function planOf(runbook) {
	const { people } = runbook;
	return {
		service: runbook.service,
		...people !== void 0 && { people },
		stages: [...runbook.stages.map((stage) => plannedStage(stage, people ?? {})), ...finalStageOf(runbook)]
	};
}
function plannedStage(stage, people) {
	const wanted = (step) => step === "canary" ? stage.canary !== void 0 || stage.deploy !== void 0 : isStageStep(step) && stage[step] !== void 0;
	const steps = stepNames.filter(wanted);
	const must = mustOf(stage);
	const { approve, pause } = stage;
	const shifts = (stage.canary?.shifts ?? []).map((shift) => ({
		weight: shift.traffic,
		holdMs: shift.hold ?? 0,
		everyMs: shift.every ?? 6e4,
		judged: (shift.limits ?? []).length > 0
	}));
	const longestHold = Math.max(0, ...shifts.map((shift) => shift.holdMs));
	return {
		name: stage.name,
		steps,
		...must.length > 0 && { must },
		...approve !== void 0 && { approve: {
			by: Object.fromEntries(approve.by.map((role) => [role, people[role] ?? []])),
			minimum: approve.minimum
		} },
		...pause !== void 0 && { pause: {
			task: pause.task,
			by: pause.by
		} },
		shifts: shifts.length === 0 && wanted("canary") ? [allAtOnce] : shifts,
		maxHoldMs: stage.canary?.["max-hold"] ?? 2 * longestHold,
		...levelsOf(stage.canary)
	};
}
/** What happens when a limit is broken or nothing can be proven. */
function levelsOf(canary) {
	const short = canary?.["on-short-evidence"] ?? "hold";
	const onFail = canary?.["on-fail"] ?? "rollback";
	const within = canary?.["decide-within"] ?? canary?.shifts.map(pageWithin).find((time) => time !== void 0);
	return {
		...short !== "hold" && { onShort: short },
		...onFail !== "rollback" && { onFail },
		...within !== void 0 && { decideWithinMs: within }
	};
}
function pageWithin({ "page-limits": page }) {
	return page !== void 0 && "decide-within" in page ? page["decide-within"] : void 0;
}
/** Steps with a check that says `must: true`. */
function mustOf(stage) {
	const lists = {
		preflight: stage.preflight,
		"smoke-test": stage["smoke-test"]
	};
	return ["preflight", "smoke-test"].filter((step) => (lists[step] ?? []).some((check) => {
		const { must } = "http" in check ? check.http : "must" in check ? check : { must: void 0 };
		return must === true;
	}));
}
/** What comes after the last stage, when the runbook says that anything does. */
function finalStageOf(runbook) {
	const { "sign-off": signOff } = runbook;
	if (signOff === void 0) return [];
	const signatures = signOff.order.flatMap((role) => {
		const rule = signOff.roles[role];
		if (rule === void 0) return [];
		return [{
			role,
			by: rule.by,
			...typeof rule.after === "number" && { afterMs: rule.after },
			...rule.not === "author" && { notAuthor: true }
		}];
	});
	return [{
		name: finalStage,
		steps: ["sign-off"],
		signOff: signatures,
		shifts: [],
		maxHoldMs: 0
	}];
}

// src/agreement.ts
const person = textLike("person", /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})|@[A-Za-z0-9][A-Za-z0-9-]{0,38}\/[\w.-]{1,100})$/);
/** A role, as `people` declares it; whether it does is judged where the declarations are known. */
const role = name;
const roles = listOf$2(role).meta({ description: "Roles of `people`." });
const people = record(role, listOf$2(person)).meta({ description: "Who has which role: GitHub logins, or teams as `@organisation/team`." });
const approve = strictObject({
	by: roles.meta({ description: "Roles of `people`, any of which may agree." }),
	minimum: number().int().min(1).max(20).default(1).meta({ description: "How many different people must agree." })
}).meta({ description: "The stage goes on when enough people agreed to exactly this commit and this evidence." });
const pause = strictObject({
	task: string().regex(/\S/).max(500).meta({ description: "What a person has to do before the stage goes on." }),
	by: roles.meta({ description: "Roles of `people`, one of which says that it is done." })
}).meta({ description: "A task for a person, who says `/continue` when it is done." });
const signature = strictObject({
	by: roles.meta({ description: "Roles of `people`, any of which may sign." }),
	after: union([literal("deploy"), duration], { error: expecting("signature-after") }).optional().meta({ description: "`deploy`, or how long after the last stage ended: `24h`." }),
	not: literal("author").optional().meta({ description: "`author`: whoever began the release may not sign." })
});
const signOff = object({ order: listOf$2(name).meta({ description: "Names of the signatures below, first to last." }) }).catchall(signature).transform(({ order, ...signatures }) => ({
	order,
	roles: signatures
})).meta({ description: "Whose names stand under a finished release, in which order." });

// src/channel.ts
/** What people can ask to be told about, as a runbook's `notify` names it. */
const noticeEvents = [
	"started",
	"held",
	"page",
	"warned",
	"rolled-back",
	"halted",
	"finished",
	"failed",
	"interrupted",
	"locked",
	"unlocked"
];

// src/hand-over.ts
/** Who looks again while a release waits; `ticks` of the runbook. Ticks by other means are always welcome besides. */
const tickSources = [
	"chain",
	"wait-timer",
	"cron",
	"external"
];
/** After a rollback production is looked at again at these times: a write that was on its way may arrive late. */
const looksAfterRollbackMs = [
	6e4,
	3e5,
	9e5
];
/** A look that is due within this time is waited for; a later one is left to the next tick. */
const soonMs = 6e4;
/**
* What has to be started when a job of a release has ended, so that a release goes on by itself.
*
* `verdict` is how the tick ended; absent after the release workflow, whose jobs have just been offered every step: it
* is never started by itself again, or a release that waits would start it over and over.
*/
function handOver({ release }, { source, verdict, now }) {
	if (release === null) return {
		next: "nothing",
		why: "No release was ever recorded here."
	};
	if (verdict?.verdict === "error") return {
		next: "nothing",
		why: "The tick failed; the next one is started by whoever mends it, or by the schedule."
	};
	if (release.ended === null && verdict?.verdict === "hold" && verdict.reason === "dispatch") return {
		next: "release",
		release: release.id,
		why: verdict.message
	};
	const afterMs = nextLookIn(release, now);
	if (afterMs === void 0) return {
		next: "nothing",
		why: restingBecause(release)
	};
	if (source === "cron" || source === "external") return {
		next: "nothing",
		why: `The next look is left to ${source === "cron" ? "the schedule" : "the outside timer"}.`
	};
	return {
		next: "tick",
		afterMs,
		why: "The release waits, and somebody has to look again."
	};
}
const restingBecause = ({ ended }) => ended === null ? "What it waits for is no matter of time." : `The release ended as ${ended.as}.`;
/**
* Milliseconds until somebody has to look: at a share that users get, at production after a rollback. Undefined where
* time alone changes nothing that users could be hurt by.
*/
function nextLookIn(release, now) {
	if (release.ended !== null) return nextLookAfterRollback(release, now);
	const at = nextLookAt(release);
	return at === void 0 ? void 0 : Math.max(0, at - now);
}
/** When somebody has to look at a release under way; a time that is over means that nobody did. */
function nextLookAt(release) {
	const { traffic, intent, interrupted, people, watch, steps } = release;
	const { question, wanted } = people;
	if (intent !== null) return intent.at;
	if (interrupted !== null) return interrupted.at;
	if (wanted !== null) return wanted.at;
	const times = [];
	if (question !== null && !question.answered && question.decideBy !== null) times.push(question.decideBy);
	if (traffic !== null) times.push(lastLookAt(release, traffic) + everyMsOf(release, traffic));
	if (watch !== null && steps[`${watch.stage}/watch`]?.outcome === "begun") times.push(watch.lookedAt + watchEveryMs);
	return times.length === 0 ? void 0 : Math.min(...times);
}
/** Ticks look at a watch at least this often; its own plan says how often it wants to be looked at. */
const watchEveryMs = 3e5;
/** Whether a tick that looks once has anything to look at now, or soon enough to wait for. */
const isDue = (release, now) => (nextLookIn(release, now) ?? 0) <= soonMs;
function lastLookAt({ verdict }, traffic) {
	return verdict !== null && verdict.generation === traffic.generation ? verdict.at : traffic.since;
}
function everyMsOf({ plan }, { stage, shift }) {
	return plan.stages.find(({ name }) => name === stage)?.shifts[shift]?.everyMs ?? 0;
}
const wentBack = /* @__PURE__ */ new Set([
	"rolled-back",
	"rolled-back-unhealthy",
	"rollback-incomplete",
	"held"
]);
function nextLookAfterRollback({ ended, candidate, promoted }, now) {
	if (ended === null || !wentBack.has(ended.as) || (candidate ?? promoted) === null) return void 0;
	const since = now - ended.at;
	const next = looksAfterRollbackMs.find((look) => look > since);
	return next === void 0 ? void 0 : next - since;
}

// src/check-spec.ts
const hostName = textLike("asked-host", /^(?=.{1,253}$)(?:[A-Za-z0-9_](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$/);
const auditCheck = strictObject({ audit: strictObject({
	level: _enum([
		"low",
		"moderate",
		"high",
		"critical"
	]).meta({ description: "Fails on a known vulnerability of this level or a worse one." }),
	tool: _enum([
		"npm",
		"pnpm",
		"yarn"
	]).optional().meta({ description: "Which package manager is asked; the lock file says so if not given." }),
	production: boolean().optional().meta({ description: "Leave development dependencies out." })
}) });
const tlsCheck = strictObject({ tls: strictObject({
	host: hostName.meta({ description: "The host whose certificate is looked at." }),
	port: number().int().min(1).max(65535).optional().meta({ description: "443 if not given." }),
	"valid-for": duration.optional().meta({ description: "How long it must still be valid: `14d`." })
}) });
const records = listOf$2(string().min(1).max(2e3));
const dnsCheck = strictObject({ dns: strictObject({
	name: hostName.meta({ description: "The name that is looked up." }),
	type: _enum([
		"A",
		"AAAA",
		"CNAME",
		"MX",
		"NS",
		"TXT"
	]).default("A").meta({ description: "Which records of it." }),
	is: records.optional().meta({ description: "Exactly these, in any order." }),
	has: records.optional().meta({ description: "At least these." })
}).refine(({ is, has }) => is === void 0 || has === void 0, {
	error: expecting("one-form"),
	path: ["has"]
}) });
const githubCheck = strictObject({ github: strictObject({
	checks: union([literal("green"), listOf$2(string().min(1).max(200))], { error: expecting("checks") }).optional().meta({ description: "`green`: every check of this commit; or the names of those that must be." }),
	reviews: number().int().min(1).max(20).optional().meta({ description: "Approvals of the pull request that brought this commit; nobody may ask for changes." }),
	issues: strictObject({
		label: string().min(1).max(50).meta({ description: "Issues with this label." }),
		open: number().int().min(0).max(999).meta({ description: "How many may be open." })
	}).optional().meta({ description: "Open issues that stop a release: `{ label: P0, open: 0 }`." }),
	protected: textLike("name", /^[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$/).optional().meta({ description: "A branch that must be protected." }),
	token: secretReference.optional().meta({ description: "The secret with a token that may read checks, pull requests and issues; the job's own if not given." })
}).refine(({ checks, reviews, issues, ...rest }) => (checks ?? reviews ?? issues ?? rest.protected) !== void 0, { error: expecting("github-claim") }) });
const sentryCheck = strictObject({ sentry: strictObject({
	organization: textLike("slug", /^[a-z0-9][a-z0-9_-]{0,99}$/).meta({ description: "The organization's slug." }),
	project: textLike("slug", /^[a-z0-9][a-z0-9_-]{0,99}$/).meta({ description: "The project's slug." }),
	dsn: secretReference.optional().meta({ description: "The variable with the DSN, which must be one of its keys." }),
	event: boolean().optional().meta({ description: "Send a test event to the DSN and wait until Sentry shows it." }),
	token: secretReference.default("$SENTRY_AUTH_TOKEN").meta({ description: "The secret with the API token." }),
	url: sourceAddress.default("https://sentry.io").meta({ description: "Where Sentry is." })
}).refine(({ event, dsn }) => event !== true || dsn !== void 0, {
	error: expecting("sentry-dsn"),
	path: ["event"]
}) });
/** Whether a line of a preflight is for the job with secrets: the one with the user's code must not see a token. */
const needsSecret = (check) => "github" in check || "sentry" in check;

// src/load-driver/arrivals.ts
function stretchesOf(schedule) {
	if (!("ramps" in schedule)) return [{
		from: schedule.rate,
		to: schedule.rate,
		for: schedule.for
	}];
	return schedule.ramps.map((ramp, i) => ({
		from: schedule.ramps[i - 1]?.rate ?? 0,
		to: ramp.rate,
		for: ramp.for
	}));
}
const requestsOf = ({ from, to, for: ms }) => (from + to) / 2 * (ms / 1e3);
/** Milliseconds the whole schedule takes. */
const durationOf = (schedule) => stretchesOf(schedule).reduce((sum, stretch) => sum + stretch.for, 0);
/** Requests the whole schedule is due to send. */
const arrivalsOf = (schedule) => Math.floor(stretchesOf(schedule).reduce((sum, stretch) => sum + requestsOf(stretch), 0) + 1e-9);
/**
* When each request is due, in milliseconds from the start: the n-th when the area under the rate has reached n.
*
* Inside a stretch the area is r0 t + a t^2 / 2, solved for t in the form 2n / (r0 + sqrt(r0^2 + 2 a n)), which does
* not cancel for flat stretches.
*/
function* arrivals(schedule) {
	let begin = 0;
	let before = 0;
	let next = 1;
	for (const stretch of stretchesOf(schedule)) {
		const { from, to, for: ms } = stretch;
		const slope = (to - from) / (ms / 1e3);
		const area = requestsOf(stretch);
		for (; next - before <= area + 1e-9; next++) {
			const n = next - before;
			const seconds = 2 * n / (from + Math.sqrt(Math.max(0, from * from + 2 * slope * n)));
			yield begin + Math.min(ms, seconds * 1e3);
		}
		before += area;
		begin += ms;
	}
}

// src/load-driver.ts
const quantiles = {
	p50: .5,
	p75: .75,
	p90: .9,
	p95: .95,
	p99: .99
};

// src/load-limit.ts
const judged = [
	"error-rate",
	"availability",
	"checks",
	"throughput",
	"latency"
];
const isQuantile = (aggregate) => aggregate !== void 0 && Object.hasOwn(quantiles, aggregate);
/** Undefined when a finished run can answer the limit. */
function unfitForLoad(limit) {
	const { metric, aggregate, versus, demand } = limit;
	if (!judged.some((known) => known === metric)) return {
		message: `a load test does not measure ${metric}`,
		fix: `Limit ${judged.slice(0, -1).join(", ")} or a percentile such as \`p99\`.`
	};
	if (versus !== void 0 || demand.op === "not-worse") return {
		message: "a load test runs against one version, so there is nobody to compare with",
		fix: "Write the value it must keep, or compare in the canary's limits."
	};
	if (limit.for !== void 0) return {
		message: "a load test is judged once, when it has ended",
		fix: "Leave `for` away here; how long the test takes is its own `for`."
	};
	if (aggregate === "growth") return {
		message: "a slope needs hours, not one test",
		fix: "Limit a percentile such as `p99`."
	};
}
/** Requests that say anything about a mean, a maximum or a rate at all. */
const leastOfAll = 30;
/**
* Requests a limit needs before it is judged. A share needs so many that a run without a single bad one rules the
* limit out at 95 %: 3 / share, the rule of three (Hanley and Lippman-Hand, JAMA 249:1743, 1983). A percentile is a
* limit on the share of slower requests.
*/
function leastSample(limit) {
	const share = shareAllowed(limit);
	return share === void 0 || share <= 0 ? leastOfAll : Math.max(leastOfAll, Math.ceil(3 / share - 1e-9));
}
function shareAllowed({ metric, aggregate, demand }) {
	if (isQuantile(aggregate)) return 1 - quantiles[aggregate];
	if (metric === "latency" || metric === "throughput" || demand.op === "not-worse") return void 0;
	return metric === "error-rate" ? demand.quantity.value : 1 - demand.quantity.value;
}
const compare = {
	"<": (value, bound) => value < bound,
	"<=": (value, bound) => value <= bound,
	">": (value, bound) => value > bound,
	">=": (value, bound) => value >= bound,
	"=": (value, bound) => value === bound
};
/** A plain comparison of the finished run with one limit. */
function standingOf(limit, result) {
	const text = formatLimit(limit);
	const { value, sample } = reading(limit, result);
	const of = `${sample.toLocaleString("en")} ${limit.metric === "checks" ? "checks" : "requests"}`;
	if (value === void 0 || limit.demand.op === "not-worse") return {
		limit: text,
		standing: "no-data",
		sample,
		said: `\`${text}\`: ${result.source} does not report it`
	};
	const about = {
		limit: text,
		value,
		sample
	};
	const seen = `${named(limit)} ${shown(limit, value)} of ${of}`;
	const { op, quantity } = limit.demand;
	const holds = compare[op](value, quantity.value);
	const certain = !holds && shareAllowed(limit) === 0;
	const needed = leastSample(limit);
	if (sample < needed && !certain) return {
		...about,
		standing: "not-enough-data",
		said: `\`${text}\` needs ${needed} of them: ${seen}`
	};
	if (holds) return {
		...about,
		standing: "holds",
		said: `\`${text}\` holds: ${seen}`
	};
	if (limit.metric === "latency" && blamesServerForDriver(limit, result)) return {
		...about,
		standing: "driver-late",
		said: `\`${text}\` seems broken (${seen}), but ${result.late} requests left this machine late`
	};
	return {
		...about,
		standing: "broken",
		said: `\`${text}\` is broken: ${seen}`
	};
}
/** Requests that left late look slow: they may be all that the limit's slow share consists of. */
function blamesServerForDriver({ aggregate }, { late = 0, requests }) {
	return late > (isQuantile(aggregate) ? 1 - quantiles[aggregate] : .01) * requests.total;
}
function reading(limit, result) {
	const { requests, checks, latency, throughput } = result;
	switch (limit.metric) {
		case "checks": return {
			value: checks && share(checks.total - checks.bad, checks.total),
			sample: checks?.total ?? 0
		};
		case "error-rate": return {
			value: share(requests.bad, requests.total),
			sample: requests.total
		};
		case "availability": return {
			value: share(requests.total - requests.bad, requests.total),
			sample: requests.total
		};
		case "throughput": return {
			value: throughput,
			sample: requests.total
		};
		default: {
			const { aggregate } = limit;
			return {
				value: aggregate === void 0 || aggregate === "growth" ? void 0 : latency[aggregate],
				sample: requests.total
			};
		}
	}
}
const share = (part, total) => total > 0 ? part / total : void 0;
const named = ({ metric, aggregate }) => metric === "latency" ? `${aggregate}` : metric;
function shown({ metric }, value) {
	if (metric === "latency") return asTime(value);
	if (metric === "throughput") return `${Number(value.toPrecision(4))}/s`;
	const percent = asPercent(value);
	return percent === "100%" && value < 1 ? `${(Math.floor(value * 1e6) / 1e4).toFixed(4)}%` : percent;
}

// src/step.ts
const must = boolean().optional().meta({ description: "With `false` a failing check is reported and the release goes on." });
const envRule = strictObject({
	url: _enum([
		"https",
		"http",
		"postgres",
		"redis"
	]).optional().meta({ description: "Scheme the address must have." }),
	secret: boolean().optional().meta({ description: "The value is a secret: masked everywhere, never written here." }),
	"min-length": number().int().min(1).max(1e4).optional().meta({ description: "Shortest length allowed." }),
	equals: string().max(1e3).optional().meta({ description: "The exact value." }),
	"differs-from": variableName.optional().meta({ description: "Another variable that must not have the same value." })
}).superRefine((rule, context) => {
	if (rule.secret !== true || rule.equals === void 0) return;
	context.addIssue(refusing({
		code: "RB052",
		message: "the value of a secret is written here (it is not shown)",
		why: "Everybody who can read the repository can read this file.",
		fix: "Remove `equals`, or `secret` when the value is none."
	}, ["equals"]));
});
/** What must be true of the variables a release runs with, by name. A bare name must be set and not empty. */
const envContract = record(variableName, envRule.nullable().transform((rule) => rule ?? {}));
const scalar = union([
	string(),
	number(),
	boolean(),
	_null()
], { error: expecting("scalar") });
const answer = {
	status: number({ error: expecting("status") }).int({ error: "status" }).min(200, { error: "status" }).max(599, { error: "status" }).meta({ description: "The status it must answer with." }),
	json: record(textLike("json-path", /^[^.\s]+(?:\.[^.\s]+){0,19}$/), scalar).optional().meta({ description: "Values the JSON answer must have, by path: `services.database: true`." }),
	headers: record(string().regex(/^[A-Za-z0-9-]{1,100}$/), string().max(1e3)).optional().meta({ description: "Headers the answer must have: a value, or `present`." }),
	within: duration.optional().meta({ description: "Longest time an answer may take." }),
	retry: duration.optional().meta({ description: "How long to keep asking before the verdict is final." }),
	must
};
const runCheck = strictObject({
	run: command.meta({ description: "A command; it proves its point by ending with 0." }),
	within: duration.optional().meta({ description: "Longest time the command may take; 10m if not given." }),
	must
});
const getCheck = strictObject({
	get: urlPath.meta({ description: "A path on the release that is being checked." }),
	...answer
});
const httpCheck = strictObject({ http: strictObject({
	url: checkAddress.meta({ description: "A full address on the runbook's own site." }),
	...answer
}) });
const envCheck = strictObject({ env: envContract });
const gitCheck = strictObject({ git: strictObject({
	clean: boolean().optional().meta({ description: "No file differs from the commit." }),
	branch: textLike("name", /^[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$/).optional().meta({ description: "The branch the release must come from." })
}) });
const lintCheck = strictObject({ lint: strictObject({
	directory: directory.meta({ description: "Folder with the migrations: .sql files, or folders with a migration.sql." }),
	from: textLike("name", /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/).optional().meta({ description: "First file or folder that is judged; what sorts before it is history." }),
	must
}) });
/** One line of a preflight or smoke test. */
const check = union([
	runCheck,
	getCheck,
	httpCheck,
	envCheck,
	gitCheck,
	lintCheck,
	auditCheck,
	tlsCheck,
	dnsCheck,
	githubCheck,
	sentryCheck
], { error: expecting("check") });
const preflight = listOf$2(check).meta({ description: "What must hold before anything moves. Runs the repository's own code, without secrets." });
const backup = strictObject({
	url: secretReference.default("$DATABASE_URL").meta({ description: "The secret with the database's address." }),
	scratch: secretReference.optional().meta({ description: "The secret with the address of a server on which the backup may be restored; one is started here if not given." }),
	verify: _enum(["restore"]).default("restore").meta({ description: "How the backup is proven: `restore` brings it up in an empty database and compares." })
}).meta({ description: "A backup that was proven by restoring it." });
const migrationsIn = (where) => directory.default(where).meta({ description: `Folder with the migrations; ${where} if not given.` });
const ownCommand = (example) => command.optional().meta({ description: `Instead: the project's own tool, such as \`${example}\`, with DATABASE_URL and PG* in its environment.` });
/** The tools whose migrations can be applied, by the key that names them. */
const engines = {
	sql: strictObject({ directory: directory.meta({ description: "Folder with the .sql files, applied in the order of their numbers." }) }).optional().meta({ description: "Plain SQL files, one transaction each." }),
	supabase: strictObject({
		directory: migrationsIn("supabase/migrations"),
		run: ownCommand("supabase db push")
	}).optional().meta({ description: "The Supabase CLI's files and history, applied without the CLI." }),
	prisma: strictObject({
		directory: migrationsIn("prisma/migrations"),
		engine: _enum(["native", "schema-engine"]).default("native").meta({ description: "`native` needs no Prisma; `schema-engine` lets the project's own @prisma/schema-engine-wasm keep the history." }),
		project: directory.optional().meta({ description: "Folder whose node_modules have Prisma's packages; the repository itself if not given." }),
		run: ownCommand("npx prisma migrate deploy")
	}).optional().meta({ description: "Prisma's files and history, each file and its row in one transaction." }),
	alembic: strictObject({
		config: directory.default("alembic.ini").meta({ description: "The project's alembic.ini." }),
		python: command.default("python3").meta({ description: "The Python with the project's packages, such as `poetry run python`; python3." })
	}).optional().meta({ description: "The project's own Alembic; env.py takes the address from DATABASE_URL." }),
	command: command.optional().meta({ description: "A command of your own that is called with `status` or `migrate`, such as `./migrate-database.sh`." })
};
const engineKeys = Object.keys(engines);
const identifier = textLike("name", /^[A-Za-z_][A-Za-z0-9_$]{0,62}$/);
const qualifiedName = textLike("name", /^[A-Za-z_][A-Za-z0-9_$]{0,62}(?:\.[A-Za-z_][A-Za-z0-9_$]{0,62})?$/);
/** What must be there once the migrations are applied, whatever the tools reported. */
const migrationExpectation = strictObject({
	indexes: listOf$2(union([identifier, strictObject({
		name: identifier.meta({ description: "Name of the index." }),
		table: qualifiedName.optional().meta({ description: "Table it is on." }),
		definition: string().max(2e3).optional().meta({ description: "Its definition, as pg_get_indexdef prints it." })
	})])).optional().meta({ description: "Indexes that exist, are valid, and are on the right table." }),
	"row-level-security": union([literal("all"), listOf$2(qualifiedName)]).optional().meta({ description: "Tables with row level security and policies; `all` of schema public, partitions included." }),
	"open-policies": listOf$2(qualifiedName).optional().meta({ description: "Policies and views that may let everybody through." }),
	constraints: literal("validated").optional().meta({ description: "No constraint is left unvalidated." }),
	probes: listOf$2(strictObject({
		sql: string().min(1).max(4e3).meta({ description: "A query; the first value of its first row counts." }),
		as: identifier.optional().meta({ description: "Role to ask as, such as anon." }),
		gives: scalar.optional().meta({ description: "The value it must give." }),
		"at-least": number().optional().meta({ description: "The least number it must give." })
	}).superRefine((probe, context) => {
		if (probe.gives === void 0 !== (probe["at-least"] === void 0)) return;
		context.addIssue(refusing({
			code: "RB141",
			message: probe.gives === void 0 ? "a probe without an answer" : "a probe with two answers",
			why: "A question proves something only when its answer is known before.",
			fix: "Write either `gives: 0` or `at-least: 1`."
		}));
	})).optional().meta({ description: "Questions with their answers, asked in a transaction that can write nothing." })
}).meta({ description: "What must be there once the migrations are applied." });
const migrate = strictObject({
	url: secretReference.default("$DATABASE_URL").meta({ description: "The secret with the database's address." }),
	...engines,
	"lock-timeout": duration.optional().meta({ description: "Longest time one attempt stands in a lock queue, and so makes others wait; 100ms." }),
	"retry-for": duration.optional().meta({ description: "How long attempts that gave way to other sessions are repeated; 60s." }),
	"statement-timeout": duration.optional().meta({ description: "Longest time of one statement; 1h." }),
	"out-of-order": _enum(["refuse", "apply"]).optional().meta({ description: "What to do with a migration older than the newest applied one; refuse." }),
	lint: _enum(["enforce", "report"]).optional().meta({ description: "Whether pending files with a finding that has no answer are refused; enforce." }),
	expect: migrationExpectation.optional(),
	approved: textLike("plan-hash", /^[0-9a-f]{64}$|^\$[A-Z][A-Z0-9_]{0,99}$/).optional().meta({ description: "Hash of the plan that was approved; any other plan is refused." })
}).superRefine((step, context) => {
	const named = engineKeys.filter((key) => step[key] !== void 0);
	if (named.length === 1) return;
	const all = engineKeys.map((key) => `\`${key}\``).join(", ");
	context.addIssue(refusing({
		code: "RB140",
		message: named.length === 0 ? `none of ${all}` : `more than one of ${all}`,
		why: "One history says what a database has; two would not know of each other.",
		fix: "Name the one tool whose migrations these are, such as `sql: { directory: db/migrations }`."
	}));
}).meta({ description: "Brings the database to the schema this commit needs." });
const deploy = strictObject({}).meta({ description: "Starts the new version beside the old one, without traffic." });
const smokeTest = listOf$2(check).meta({ description: "What the new version must answer before it takes traffic." });
/** A request is written out, or it is nothing but a variable: `Bearer $TOKEN` would be sent as it stands. */
const sent = string().max(1e4).refine((text) => referencePattern.test(text) || !/\$[A-Z][A-Z0-9_]*/.test(text), { error: "header" });
const loadRequest = strictObject({
	path: urlPath.meta({ description: "A path on the release under test." }),
	method: _enum([
		"GET",
		"HEAD",
		"POST",
		"PUT",
		"PATCH",
		"DELETE"
	], { error: expecting("method") }).default("GET").meta({ description: "How it is asked." }),
	headers: record(string().regex(/^[A-Za-z0-9-]{1,100}$/), sent.regex(/^[^\r\n\0]*$/, { error: "header" })).optional().meta({ description: "Headers to send; a value may be a variable such as $API_KEY." }),
	body: sent.optional().meta({ description: "Body to send, or the variable that holds it." }),
	weight: number().positive().max(1e6).default(1).meta({ description: "How often, compared with the others." }),
	status: answer.status.optional().meta({ description: "The only status expected; 200 to 399 if not given." })
});
const loadRamp = strictObject({
	rate: rate.meta({ description: "Requests a second at the end of this ramp; reached in a straight line." }),
	for: duration.meta({ description: "How long this ramp takes." })
});
const loadKeys = {
	requests: listOf$2(loadRequest).optional().meta({ description: "What is sent: one or several requests by weight." }),
	rate: rate.optional().meta({ description: "Requests that arrive each second, whether or not others were answered." }),
	for: duration.optional().meta({ description: "How long they arrive." }),
	ramps: listOf$2(loadRamp).optional().meta({ description: "Instead of `rate` and `for`: changes of the rate, beginning at zero." }),
	within: duration.optional().meta({ description: "Longest time an answer may take before it counts as none; 10s." }),
	"in-flight": number().int().min(1).max(1e4).optional().meta({ description: "Most requests without an answer at a time; further ones are dropped and counted; 500." }),
	"version-header": string().regex(/^[A-Za-z0-9-]{1,100}$/).optional().meta({ description: "Header of an answer that names the version; x-version." }),
	k6: directory.optional().meta({ description: "Instead of `requests`: a k6 script, run by the k6 on PATH." })
};
/** The own driver's part, or nothing when a script brings its own. */
function scheduleOf({ rate, for: time, ramps }) {
	if (ramps !== void 0) return { ramps };
	return rate !== void 0 && time !== void 0 ? {
		rate,
		for: time
	} : void 0;
}
function loadForm(step) {
	const own = Object.keys(loadKeys).filter((key) => key !== "k6" && step[key] !== void 0);
	if (step.k6 !== void 0) return own.length === 0 ? void 0 : `\`${own[0]}\` says nothing beside \`k6\`: the script has its own`;
	if (step.requests === void 0) return "neither `requests` nor a `k6` script";
	if (step.ramps === void 0) return scheduleOf(step) === void 0 ? "requests without `rate` and `for`, or `ramps`" : void 0;
	if (step.rate !== void 0 || step.for !== void 0) return "both `ramps` and a constant `rate` or `for`";
	return step.ramps.every((ramp, i) => ramp.rate === (step.ramps?.[i - 1]?.rate ?? 0)) ? "a load of nothing" : void 0;
}
/** Why a run of this schedule could never answer a limit; a script has no schedule that could be known before. */
function loadLimitProblem(limit, schedule) {
	const unfit = unfitForLoad(limit);
	if (unfit !== void 0 || schedule === void 0) return unfit;
	const { demand } = limit;
	const offered = "ramps" in schedule ? Math.max(...schedule.ramps.map(({ rate }) => rate)) : schedule.rate;
	if (limit.metric === "throughput" && demand.op !== "not-worse" && demand.op.startsWith(">") && demand.quantity.value > offered) return {
		message: `a load of ${offered}/s cannot show \`${formatLimit(limit)}\``,
		fix: "Offer more than the throughput that must be reached."
	};
	const due = arrivalsOf(schedule);
	const needed = leastSample(limit);
	if (due >= needed) return void 0;
	return {
		message: `${due} requests cannot answer \`${formatLimit(limit)}\`, which needs ${needed}`,
		fix: "Test longer or at a higher rate, or write a limit that fewer requests can answer."
	};
}
const loadTest = strictObject({
	...loadKeys,
	limits: listOf$2(limit).meta({ description: "What must hold of the finished run: `p99 < 1s`, `checks = 100%`." })
}).superRefine((step, context) => {
	const form = loadForm(step);
	if (form !== void 0) context.addIssue(refusing({
		code: "RB048",
		message: form,
		why: "A load test is either described here, or it is a k6 script.",
		fix: "Write `requests: [{ path: / }]`, `rate: 50/s` and `for: 30s`, or only `k6: load-test.js`."
	}));
	const schedule = step.k6 === void 0 ? scheduleOf(step) : void 0;
	for (const [i, limit] of step.limits.entries()) {
		const problem = loadLimitProblem(limit, schedule);
		if (problem === void 0) continue;
		const why = "A limit that can never be decided would hold every release.";
		context.addIssue(refusing({
			code: "RB108",
			...problem,
			why
		}, ["limits", i]));
	}
}).meta({ description: "Load on the new version at its own address, before it takes traffic." });
const pageLimits = union([listOf$2(limit).transform((limits) => ({ limits })), strictObject({
	limits: listOf$2(limit).meta({ description: "What a person is asked about when it breaks." }),
	"decide-within": duration.optional().meta({ description: "How long the person has; without an answer the release goes back." })
})]);
/** The three levels of limits: what goes back by itself, what a person is asked about, and what is only reported. */
const limitLevels = {
	limits: listOf$2(limit).optional().meta({ description: "What must hold meanwhile: `error-rate < 1%`." }),
	"page-limits": pageLimits.optional().meta({ description: "What must hold too; when it breaks, a person says whether the release goes on or back." }),
	"warn-limits": listOf$2(limit).optional().meta({ description: "What is reported when it breaks, and neither ends nor delays anything." })
};
const shift = strictObject({
	traffic: percentage.meta({ description: "Share of production traffic the candidate gets." }),
	hold: duration.optional().meta({ description: "How long it keeps this share at least." }),
	every: duration.optional().meta({ description: "Time between two looks at the limits." }),
	...limitLevels
}).superRefine((shift, context) => {
	const { hold, every, limits, traffic } = shift;
	if (limits === void 0 && (hold !== void 0 || traffic < 100)) context.addIssue(refusing({
		code: "RB043",
		message: `${traffic}% of traffic is judged by nothing: \`limits\` is missing`,
		why: "A gate without a limit would always pass.",
		fix: "Add limits, such as `limits: [error-rate < 1%]`."
	}));
	for (const key of ["hold", "every"]) {
		if (shift[key] !== void 0 || limits === void 0) continue;
		context.addIssue(refusing({
			code: "RB027",
			message: `missing key \`${key}\``,
			why: "Limits are judged again and again while the candidate holds its share.",
			fix: key === "hold" ? "Say how long, such as `hold: 10m`." : "Say how often to look, such as `every: 1m`."
		}));
	}
	if (hold !== void 0 && every !== void 0 && every > hold) context.addIssue(refusing({
		code: "RB040",
		message: `a look every ${formatDuration(every)} does not fit into a hold of ${formatDuration(hold)}`,
		why: "The hold would end before the first look, so it could never pass.",
		fix: `Look at least every ${formatDuration(hold)}, or hold longer.`
	}, ["every"]));
});
const shifts = listOf$2(shift).superRefine((shifts, context) => {
	for (const [i, { traffic }] of shifts.entries()) {
		const before = shifts[i - 1]?.traffic;
		if (before === void 0 || traffic > before) continue;
		context.addIssue(refusing({
			code: "RB037",
			message: `${traffic}% does not follow ${before}%: every shift gives the candidate more traffic`,
			why: "Going down again would release to fewer people what was already proven on more.",
			fix: "Sort the shifts from the smallest share to 100%."
		}, [i, "traffic"]));
	}
	const last = shifts.at(-1);
	if (last === void 0 || last.traffic === 100) return;
	context.addIssue(refusing({
		code: "RB039",
		message: `the last shift ends at ${last.traffic}%, not at 100%`,
		why: "The release would stop half-way with two versions in production.",
		fix: "Add a last shift: `- { traffic: 100% }`."
	}, [shifts.length - 1, "traffic"]));
});
const canary = strictObject({
	shifts: shifts.meta({ description: "Shares of traffic in rising order; the last is 100%." }),
	"on-fail": _enum([
		"rollback",
		"step-back",
		"ask"
	]).default("rollback").meta({ description: "What a broken limit does: `rollback` gives all traffic back; `step-back` goes one share down, and a person says whether it may try again; `ask` asks a person, and silence gives all traffic back." }),
	"on-short-evidence": _enum([
		"hold",
		"synthetic",
		"approve",
		"fail"
	]).default("hold").meta({ description: "What too little traffic does at `max-hold`: `hold` gives traffic back, and the commit may be released again; `synthetic` first lets requests of our own decide, and says so; `approve` asks a person, and silence is `hold`; `fail` counts as rolled back." }),
	"decide-within": duration.optional().meta({ description: "How long a person has to answer before traffic goes back; 10m if not given." }),
	"max-hold": duration.optional().meta({ description: "Longest stay at one share without a verdict; twice the longest hold if not given." })
}).superRefine((canary, context) => {
	const longest = Math.max(0, ...canary.shifts.map((shift) => shift.hold ?? 0));
	const max = canary["max-hold"];
	if (max === void 0 || max >= longest) return;
	context.addIssue(refusing({
		code: "RB104",
		message: `${formatDuration(max)} is shorter than the longest hold, ${formatDuration(longest)}`,
		why: "The candidate would be taken off before its hold could end.",
		fix: `Write at least ${formatDuration(longest)}, or leave the key away (twice the longest hold).`
	}, ["max-hold"]));
}).meta({ description: "Gives the new version its traffic in shares, each judged by limits." });
/** The value a bare key has, such as `deploy:` with nothing behind it. */
const orBare = (step) => union([step, _null().transform(() => ({}))]);
const stage = strictObject({
	name: name.meta({ description: "What people call this stage." }),
	preflight: preflight.optional(),
	approve: approve.optional(),
	backup: backup.optional(),
	migrate: migrate.optional(),
	pause: pause.optional(),
	deploy: orBare(deploy).optional(),
	"smoke-test": smokeTest.optional(),
	"load-test": loadTest.optional(),
	canary: canary.optional()
});

// src/target-spec/compose.ts
const label = name.meta({ description: "What the host is called." });
const port = number().int().min(1).max(65535);
/** Docker compose on one or several hosts, HAProxy on each of them in front of two or more slots. */
const compose = strictObject({
	hosts: record(label, hostDestination).refine((hosts) => Object.keys(hosts).length > 0, { error: "at-least-one" }).meta({ description: "The hosts by name: `user@host`, `user@host:port`, a variable, or `local` for this machine." }),
	ssh: strictObject({
		key: secretReference.optional().meta({ description: "The secret with the private key; this machine's agent if not given." }),
		"known-hosts": string().min(1).max(2e4).meta({ description: "Lines of a known_hosts file, or the variable with them: the only keys hosts may show." })
	}).optional().meta({ description: "How hosts are reached; not needed where all are `local`." }),
	project: name.meta({ description: "The compose project; each slot runs as `<project>-<slot>`." }),
	file: directory.default("docker-compose.yml").meta({ description: "The compose file in the repository." }),
	service: name.meta({ description: "The service that takes the traffic; it must have a health check." }),
	image: imageName.meta({ description: "The image's name without a tag, such as ghcr.io/acme/backend." }),
	build: _enum([
		"ci",
		"host",
		"registry"
	]).default("ci").meta({ description: "Where the image is built: in this job, on the first host, or elsewhere before the release, as `<image>:<commit>`." }),
	push: boolean().default(false).meta({ description: "Push the built image and pull it on each host; without it, it is loaded through the session." }),
	slots: record(label, port).refine((slots) => Object.keys(slots).length >= 2, { error: "two-slots" }).meta({ description: "HAProxy's servers and the port of each, such as `{ blue: 8101, green: 8102 }`." }),
	haproxy: strictObject({
		socket: hostPath.meta({ description: "The admin socket on the host." }),
		backend: name.meta({ description: "The backend whose servers are the slots." }),
		"state-file": hostPath.meta({ description: "Where HAProxy reads its servers' state from when it starts." })
	}).meta({ description: "The router on each host." }),
	address: slotAddress.optional().meta({ description: "Where one slot answers people who test it, such as `https://$slot.example.com`." }),
	within: duration.prefault("2m").meta({ description: "Longest time a version may take until it is healthy." }),
	directory: union([hostPath, directory]).default(".sluice").meta({ description: "Folder on the host for what Sluice keeps there; in the home of who logs in unless it begins with a slash." })
}).superRefine(({ hosts, ssh, build, push }, context) => {
	const remote = Object.entries(hosts).find(([, destination]) => destination !== "local");
	if (remote !== void 0 && ssh === void 0) context.addIssue(refusing({
		code: "RB124",
		message: `host ${remote[0]} is reached over SSH, and \`ssh\` is missing`,
		why: "Without the host's own key anybody in between could take its place.",
		fix: "Add `ssh: { key: $SSH_KEY, known-hosts: $SSH_KNOWN_HOSTS }`."
	}, ["hosts", remote[0]]));
	if (push && build === "registry") context.addIssue(refusing({
		code: "RB125",
		message: "`push` without a build of our own",
		why: "With `build: registry` the image is there already, under the commit's tag.",
		fix: "Remove `push`, or build with `build: ci`."
	}, ["push"]));
});

// src/target-spec.ts
/** Processes on this machine behind a router: for rehearsals and for a first try. */
const local = strictObject({
	admin: adminAddress.meta({ description: "Where the router takes orders." }),
	token: secretReference.optional().meta({ description: "The secret that the router asks for." }),
	start: command.meta({ description: "Starts one version; it listens on $PORT." }),
	health: urlPath.meta({ description: "Answers 200 once the version is ready." })
});
/** Anything that has commands: each gets a question as JSON and answers with one JSON object (docs/targets.md). */
const commands = strictObject({
	observe: command.meta({ description: "Prints what production serves right now." }),
	stage: command.meta({ description: "Builds and starts a version without traffic; prints its name and address." }),
	shift: command.meta({ description: "Gives the candidate its share and stable the rest." }),
	restore: command.meta({ description: "Gives one version all traffic." }),
	health: command.optional().meta({ description: "Prints whether a version exists and works." }),
	history: command.optional().meta({ description: "Prints the versions one could go back to, newest first." }),
	shifts: _enum([
		"traffic",
		"hosts",
		"all-at-once"
	]).default("traffic").meta({ description: "What `shift` can do: percent of requests, whole hosts, or nothing between none and all." }),
	env: record(variableName, string().max(1e4)).optional().meta({ description: "Variables of the commands, such as `KUBECONFIG: $KUBECONFIG`; nothing else is passed on." }),
	within: duration.optional().meta({ description: "Longest time `stage`, `shift` and `restore` may take; 10m." })
});
/** Deployments of a Vercel project; shares are stages of a rolling release. */
const vercel = strictObject({
	project: vercelProject.meta({ description: "The project's id." }),
	team: vercelTeam.optional().meta({ description: "The team's id; the token's own account if not given." }),
	token: secretReference.default("$VERCEL_TOKEN").meta({ description: "The secret with a token of that team." }),
	build: _enum(["remote", "local"]).default("remote").meta({ description: "Where a commit is built: `remote` by Vercel from the connected repository, `local` in the job, with Vercel's command line." }),
	domain: hostName$1.optional().meta({ description: "The production domain that is read back; all of the project's if not given." }),
	health: urlPath.default("/").meta({ description: "Answers 2xx when a deployment works." }),
	bypass: secretReference.optional().meta({ description: "The secret of Protection Bypass for Automation, when deployments are protected." })
});
const renderService = textLike("render-service", /^srv-[a-z0-9]{10,40}$/);
/** A web service on Render: one version at a time, by commit or by image. */
const render = strictObject({
	service: renderService.meta({ description: "The web service of production, such as srv-cukd2nd6l47c73f2v3t0." }),
	candidate: renderService.optional().meta({ description: "A second web service of the same code: it gets every version first and is what smoke and load tests ask." }),
	image: textLike("render-image", /^[a-z0-9][a-z0-9._/:-]{0,200}:[A-Za-z0-9_.-]*\$commit[A-Za-z0-9_.-]*$/).optional().meta({ description: "For services that run an image: `ghcr.io/acme/api:$commit`; needs `candidate`." }),
	health: urlPath.optional().meta({ description: "Answers 2xx once a version is well; the service's own path if not given." }),
	key: secretReference.default("$RENDER_API_KEY").meta({ description: "The secret with the API key." }),
	within: duration.optional().meta({ description: "Longest time a deploy may take until it is canceled; 20m." })
});
/** Where versions run, keyed by the platform's name: exactly one. A platform is added as one more member. */
const targetSchema = union([
	strictObject({ local }),
	strictObject({ vercel }),
	strictObject({ compose }),
	strictObject({ render }),
	strictObject({ command: commands })
]);
const shiftsByPlatform = {
	local: "traffic",
	vercel: "traffic",
	compose: "traffic",
	render: "all-at-once"
};
/** What the commands can do is for their owner to say. */
const toldOfCommands = object({ command: object({ shifts: commands.shape.shifts }) });
/** How the named platform divides production, read from data that may be broken elsewhere; undefined when it names none. */
function shiftsOf(target) {
	if (typeof target !== "object" || target === null) return void 0;
	const told = toldOfCommands.safeParse(target);
	if (told.success) return told.data.command.shifts;
	const [platform = ""] = Object.keys(target);
	return Object.hasOwn(shiftsByPlatform, platform) ? shiftsByPlatform[platform] : void 0;
}

// src/runbook.ts
const tickSourceSchema = _enum(tickSources, { error: expecting("tick-source") });
const on = listOf$2(_enum(noticeEvents, { error: expecting("notice-event") })).optional().meta({ description: "What people are told about; everything when left away." });
/** Who is told, keyed by the channel's name. Addresses are secrets: whoever knows one can write there. */
const notifySchema = strictObject({
	slack: strictObject({
		webhook: secretReference.meta({ description: "The secret with the incoming webhook." }),
		on
	}).optional(),
	webhook: strictObject({
		url: secretReference.meta({ description: "The secret with the address that takes JSON." }),
		secret: secretReference.optional().meta({ description: "The secret that signs the body (HMAC-SHA256)." }),
		on
	}).optional()
}).refine((channels) => Object.keys(channels).length > 0, { error: "at-least-one" });
/** The user's `.github/runbook.yml`. Durations are milliseconds, percentages 0 to 100; `$NAME` is not resolved yet. */
const runbookSchema = strictObject({
	runbook: literal(1, { error: expecting("version") }).meta({ description: "Version of this format." }),
	service: name.meta({ description: "What is released." }),
	environment: name.meta({ description: "Where it is released to, such as production." }),
	url: site.meta({ description: "Where people reach it." }),
	people: people.optional(),
	ticks: tickSourceSchema.optional().meta({ description: "Who looks again while a release waits longer than a job may: `chain` (a tick starts the next one; the default), `wait-timer` (the same, waiting in the environment `<environment>-tick`), `cron` or `external`. A tick by hand always works." }),
	target: targetSchema.meta({ description: "Where versions run and traffic is divided." }),
	env: envContract.optional().meta({ description: "What must be true of the variables, checked before anything moves." }),
	metrics: record(textLike("metric-name", /^[a-z][a-z0-9-]{0,59}$/), metric).optional().meta({ description: "Where numbers come from; limits use these names." }),
	stages: listOf$2(stage).meta({ description: "What a release does, in order." }),
	"sign-off": signOff.optional(),
	notify: notifySchema.optional().meta({ description: "Who is told what happens; never part of a verdict." })
}).meta({
	title: "Sluice runbook",
	description: "How a commit gets to production, and back."
});
/** The same keys in the same order, whatever order they were written in. */
function canonical(value) {
	if (Array.isArray(value)) return value.map(canonical);
	if (typeof value !== "object" || value === null) return value;
	const entries = Object.entries(value).filter(([, inner]) => inner !== void 0);
	return Object.fromEntries(entries.sort(([a], [b]) => a < b ? -1 : 1).map(([key, inner]) => [key, canonical(inner)]));
}
/** sha256, hexadecimal, of what the runbook means: comments, order of keys and spelling do not change it. */
const runbookHash = (runbook) => createHash("sha256").update(JSON.stringify(canonical(runbook))).digest("hex");

// src/problem.ts
/** More than this nobody reads; the last one says how many were left away. */
const mostProblems = 50;
const longestSentence = 240;
/** `stages[0].name`, with odd keys made harmless. */
function formatPath(path) {
	return path.map((key) => {
		if (typeof key === "number") return `[${key}]`;
		if (hiddenIn(key.slice(0, 2e3)).length > 0) return ".***";
		return `.${key.slice(0, 40).replaceAll(/[^\w./$ -]/g, "?")}`;
	}).join("").replace(/^\./, "").slice(0, 160);
}
function sentence(text) {
	let shown = text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, "?");
	for (const { from, to } of mergeRanges(hiddenIn(shown)).reverse()) shown = `${shown.slice(0, from)}***${shown.slice(to)}`;
	shown = shown.replaceAll(/\S{61,}/g, (word) => `${word.slice(0, 60)}…`).replaceAll("##[", "## [");
	return shown.length > longestSentence ? `${shown.slice(0, longestSentence)}…` : shown;
}
/** The problem that a refusal means at a range of the source. */
function problemAt(source, range, path, refusal) {
	const end = placeOf(source, Math.max(range.from, range.to));
	return {
		...placeOf(source, range.from),
		endLine: end.line,
		endColumn: end.column,
		code: refusal.code,
		path: formatPath(path),
		message: sentence(refusal.message),
		excerpt: excerptOf(source, range),
		why: sentence(refusal.why),
		fix: sentence(refusal.fix)
	};
}
/** In the order of the file, without repetition. */
function sortProblems(problems) {
	const key = (p) => `${p.line}:${p.column} ${p.code} ${p.path} ${p.message}`;
	return [...new Map(problems.map((problem) => [key(problem), problem])).values()].sort((a, b) => a.line - b.line || a.column - b.column || (a.code < b.code ? -1 : a.code > b.code ? 1 : 0));
}
function formatProblem({ file, line, column, code, path, message, excerpt, why, fix }) {
	const gutter = String(line).padStart(4);
	const margin = " ".repeat(gutter.length);
	return [
		`${file}:${line}:${column} error[${code}] ${path === "" ? "" : `${path}: `}${message}`,
		`${gutter} | ${excerpt.text}`,
		`${margin} | ${" ".repeat(excerpt.caretAt)}${"^".repeat(excerpt.caretLength)}`,
		`  why: ${why}`,
		`  fix: ${fix}`
	].join("\n");
}
/** The terminal text of all problems (at most 50), each with its line, a caret, the reason and the mend. */
function formatProblems(problems) {
	const shown = problems.slice(0, 50).map(formatProblem);
	const left = problems.length - shown.length;
	if (left > 0) shown.push(`… and ${left} more. Mend these first; the others may follow from them.`);
	return shown.join("\n\n");
}

// src/resolve-references.ts
const commandKeys = /* @__PURE__ */ new Set(["run", "start"]);
/** Values that are shell text: what a dollar sign means there is the shell's business, and no secret belongs in argv. */
const isShellText = (path) => commandKeys.has(String(path.at(-1))) || path.at(-2) === "command";
/** For a target that stands alone, as in the rollback's own input. */
const targetForms = {
	"local.admin": {
		expectation: "admin-address",
		fits: isAdminAddress
	},
	"vercel.project": {
		expectation: "vercel-project",
		fits: isVercelProject
	},
	"vercel.team": {
		expectation: "vercel-team",
		fits: isVercelTeam
	},
	"vercel.domain": {
		expectation: "host-name",
		fits: isHostName
	}
};
const runbookForms = {
	url: {
		expectation: "site",
		fits: isSite
	},
	...Object.fromEntries(Object.entries(targetForms).map(([path, form]) => [`target.${path}`, form]))
};
function judge(name, value, path, known, forms) {
	if (value === void 0 || value === "") {
		const near = nearName(name, known);
		return {
			code: "RB063",
			message: `the variable ${name} is ${value === "" ? "empty" : "not set"}`,
			why: "This job needs its value, and nothing may be guessed in its place.",
			fix: near === void 0 || near === name ? `Add ${name} to the environment's variables or secrets, or to RUNBOOK_ENV.` : `There is a variable ${near}: did you mean that one? Otherwise add ${name}.`
		};
	}
	const form = forms[path.join(".")];
	if (form === void 0 || form.fits(value)) return void 0;
	const { code, expected, why, fix } = expectations[form.expectation];
	return {
		code,
		message: `the value of ${name} (not shown) is not ${expected.replace(/, or a variable .*$/, "")}`,
		why,
		fix
	};
}
/**
* What was read, a runbook or a part of one, with every `$NAME` replaced by that variable's value; pure.
*
* `parts` narrows it to what a job needs, such as `["url", "target"]` or `["stages.0.migrate"]`: jobs do not see each
* other's secrets. Values outside of these parts stay names. Every missing variable is reported with its place.
*/
function resolveReferences({ value, yaml }, variables, parts, forms = runbookForms) {
	const problems = [];
	const known = Object.keys(variables).filter((name) => variables[name] !== void 0 && variables[name] !== "");
	const isWanted = (path) => {
		const dotted = path.join(".");
		return parts === void 0 || parts.some((part) => dotted === part || dotted.startsWith(`${part}.`));
	};
	function resolveText(text, path) {
		if (!referencePattern.test(text) || isShellText(path) || !isWanted(path)) return text;
		const name = text.slice(1);
		const value = variables[name];
		const refusal = judge(name, value, path, known, forms);
		if (refusal !== void 0) problems.push(problemAt(yaml.source, yaml.at(path), path, refusal));
		return value ?? text;
	}
	const resolved = mapTexts(value, [], resolveText);
	return problems.length === 0 ? {
		ok: true,
		value: resolved
	} : {
		ok: false,
		problems: sortProblems(problems)
	};
}
/** The same structure with each text replaced; nothing else changes, so the type stays. */
function mapTexts(value, path, replace) {
	if (typeof value === "string") return replace(value, path);
	if (Array.isArray(value)) return value.map((inner, i) => mapTexts(inner, [...path, i], replace));
	if (typeof value !== "object" || value === null) return value;
	return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, mapTexts(inner, [...path, key], replace)]));
}

// src/people-rules.ts
const mapOf$1 = (value) => typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
const listOf$1 = (value) => Array.isArray(value) ? value : [];
/** Every role that is asked must be somebody, or the release would wait for ever. */
function roleRules(written, known, path) {
	return listOf$1(written).flatMap((role, i) => {
		if (typeof role !== "string" || known.includes(role)) return [];
		const near = nearName(role, known);
		const names = known.map((name) => `\`${name}\``).join(", ");
		return [{
			path: [...path, i],
			refusal: {
				code: "RB110",
				message: `nobody is ${quote(role)}${near === void 0 ? "" : `, did you mean \`${near}\`?`}`,
				why: names === "" ? "There is no `people`, so nobody could answer." : `\`people\` declares ${names}.`,
				fix: `Say who it is: \`people: { ${near ?? role}: [login] }\`.`
			}
		}];
	});
}
function minimumRule(approve, people, path) {
	const { minimum, by } = approve;
	const asked = listOf$1(by).flatMap((role) => typeof role === "string" ? listOf$1(people[role]) : []);
	const logins = new Set(asked.map((person) => String(person).toLowerCase()));
	const teams = [...logins].some((person) => person.startsWith("@"));
	if (typeof minimum !== "number" || teams || logins.size === 0 || logins.size >= minimum) return [];
	return [{
		path: [...path, "minimum"],
		refusal: {
			code: "RB111",
			message: `${minimum} approvals of ${logins.size} people`,
			why: "Everybody counts once, so the stage could never be approved.",
			fix: `Ask for at most ${logins.size}, or name more people under \`people\`.`
		}
	}];
}
/** The order names every signature once, and nothing else. */
function orderRules(signOff) {
	const order = listOf$1(signOff["order"]);
	const declared = Object.keys(signOff).filter((key) => key !== "order");
	const path = ["sign-off"];
	const unknown = order.flatMap((role, i) => typeof role !== "string" || declared.includes(role) ? [] : [{
		path: [
			...path,
			"order",
			i
		],
		refusal: {
			code: "RB112",
			message: `no signature ${quote(role)} is described`,
			why: "A name in the order that nobody may sign would wait for ever.",
			fix: `Say who signs it: \`${role}: { by: [role] }\`.`
		}
	}]);
	const left = declared.filter((role) => order.length > 0 && !order.includes(role)).map((role) => ({
		path: [...path, role],
		refusal: {
			code: "RB112",
			message: `${quote(role)} is missing in \`order\``,
			why: "Signatures are given one after the other.",
			fix: `Add \`${role}\` to \`order\`, or remove it here.`,
			atKey: true
		}
	}));
	return [...unknown, ...left];
}
function nameRule(stages) {
	return stages.flatMap(({ name }, i) => name !== "final" ? [] : [{
		path: [
			"stages",
			i,
			"name"
		],
		refusal: {
			code: "RB113",
			message: `a stage of its own is called ${quote(finalStage)}`,
			why: "What comes after the last stage (`watch`, `sign-off`) goes by this name in the record.",
			fix: "Give this stage another name."
		}
	}]);
}
/** Rules about people, judged on plain data as the other rules are. */
function peopleRules(data) {
	const runbook = mapOf$1(data);
	const people = mapOf$1(runbook["people"]);
	const known = Object.keys(people);
	const stages = listOf$1(runbook["stages"]).map(mapOf$1);
	const signOff = mapOf$1(runbook["sign-off"]);
	return [
		...nameRule(stages),
		...stages.flatMap((stage, i) => {
			const path = ["stages", i];
			const approve = mapOf$1(stage["approve"]);
			return [
				...roleRules(approve["by"], known, [
					...path,
					"approve",
					"by"
				]),
				...minimumRule(approve, people, [...path, "approve"]),
				...roleRules(mapOf$1(stage["pause"])["by"], known, [
					...path,
					"pause",
					"by"
				])
			];
		}),
		...orderRules(signOff),
		...Object.entries(signOff).flatMap(([role, rule]) => role === "order" ? [] : roleRules(mapOf$1(rule)["by"], known, [
			"sign-off",
			role,
			"by"
		]))
	];
}

// src/runbook-rules.ts
const mapOf = (value) => typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
const listOf = (value) => Array.isArray(value) ? value : [];
const changing = ["migrate", "deploy"];
function stageRules(stage, path) {
	const breaches = [];
	const steps = Object.keys(stage).filter((key) => stepNames.some((step) => step === key));
	const rank = (step) => stepNames.indexOf(step);
	for (const [i, step] of steps.entries()) {
		const before = steps[i - 1];
		if (before === void 0 || rank(before) < rank(step)) continue;
		breaches.push({
			path: [...path, step],
			refusal: {
				code: "RB107",
				message: `\`${step}\` stands below \`${before}\`, yet it runs before it`,
				why: `Steps of a stage always run in this order: ${stepNames.join(", ")}.`,
				fix: `Move \`${step}\` above \`${before}\`, or put it into a stage of its own.`,
				atKey: true
			}
		});
	}
	if ("load-test" in stage && !("deploy" in stage)) breaches.push({
		path: [...path, "load-test"],
		refusal: {
			code: "RB105",
			message: "a load test without a deploy",
			why: "There is no new version that could be loaded.",
			fix: "Add `deploy: {}` above it, or move the load test into the stage that deploys.",
			atKey: true
		}
	});
	if ("canary" in stage && !("deploy" in stage)) breaches.push({
		path: [...path, "canary"],
		refusal: {
			code: "RB105",
			message: "a canary without a deploy",
			why: "There is no new version that could take traffic.",
			fix: "Add `deploy: {}` above it, or remove the canary.",
			atKey: true
		}
	});
	else if (steps.length > 0 && !changing.some((step) => step in stage)) breaches.push({
		path,
		refusal: {
			code: "RB103",
			message: "a stage that changes nothing",
			why: "It neither migrates nor deploys, so passing it would say nothing about the release.",
			fix: "Add `migrate` or `deploy`, or move its checks into the preflight of the next stage."
		}
	});
	return breaches;
}
/** Every stage releases the same commit, so a second deploy would put a version beside itself. */
function deployRules(stages) {
	const first = stages.findIndex((stage) => "deploy" in stage);
	return stages.flatMap((stage, i) => {
		if (i <= first || !("deploy" in stage)) return [];
		const refusal = {
			code: "RB109",
			message: `stage ${first + 1} deploys this commit already`,
			why: "Every stage releases the same commit: a second deploy would change nothing.",
			fix: "Keep one `deploy` with its canary; split the database's changes into stages before or after it.",
			atKey: true
		};
		return [{
			path: [
				"stages",
				i,
				"deploy"
			],
			refusal
		}];
	});
}
function stageNameRules(stages) {
	const first = /* @__PURE__ */ new Map();
	return stages.flatMap(({ name }, i) => {
		if (typeof name !== "string") return [];
		const before = first.get(name);
		if (before === void 0) first.set(name, i);
		if (before === void 0) return [];
		return [{
			path: [
				"stages",
				i,
				"name"
			],
			refusal: {
				code: "RB102",
				message: `stage ${before + 1} is called ${quote(name)} already`,
				why: "The record tells stages apart by their names.",
				fix: "Give this stage another name."
			}
		}];
	});
}
/** What the declared sources give, read from data that may be broken elsewhere. */
function shapesOf(metrics) {
	return Object.fromEntries(Object.entries(metrics).flatMap(([name, metric]) => {
		const shape = shapeOfMetric(metric);
		return shape === void 0 ? [] : [[name, shape]];
	}));
}
function aroundOf(shift, canary) {
	const milliseconds = (value) => typeof value === "string" ? parseDuration(value) : void 0;
	const hold = milliseconds(shift["hold"]) || 6e4;
	return {
		hold,
		every: milliseconds(shift["every"]) || 1e3,
		maxHold: Math.max(hold, milliseconds(canary["max-hold"]) ?? 2 * hold),
		hasStable: shift["traffic"] !== "100%"
	};
}
/** A limit needs a declared metric, and a source that can decide it. */
function limitRules(written, metrics, around, path) {
	if (typeof written !== "string") return [];
	const [start = "", word = ""] = /^\s*([^\s<>=!]*)/.exec(written) ?? [];
	const { limit } = parseLimit(written, [word]);
	if (limit === void 0) return [];
	const within = {
		at: start.length - word.length,
		length: word.length
	};
	const measured = limit.metric === "availability" && "error-rate" in metrics ? "error-rate" : limit.metric;
	const declared = Object.keys(metrics);
	if (!declared.includes(measured)) {
		const near = nearName(word, declared);
		const names = declared.map((name) => `\`${name}\``).join(", ");
		return [{
			path,
			refusal: {
				code: "RB101",
				message: `no metric ${quote(limit.metric)} is declared${near === void 0 ? "" : `, did you mean \`${near}\`?`}`,
				why: names === "" ? "There is no `metrics` at all, so nobody provides numbers." : `\`metrics\` declares ${names}.`,
				fix: near === void 0 ? `Declare \`${limit.metric}\` under \`metrics\`.` : `Write \`${near}\`.`,
				within
			}
		}];
	}
	const shapes = shapesOf(metrics);
	if (!Object.hasOwn(shapes, measured)) return [];
	const undecidable = (message, fix) => {
		return {
			path,
			refusal: {
				code: "RB106",
				message,
				why: "A limit that can never be decided would hold every release until it is given up.",
				fix,
				within
			}
		};
	};
	const forgotten = limit.versus === "before" ? forgetsBefore(metrics[measured]) : void 0;
	if (forgotten !== void 0) return [undecidable(`\`${written.trim()}\` cannot be judged here: ${forgotten}`, "Compare `vs stable`, or read this metric from a source that keeps its past, such as `prometheus`.")];
	const { hasStable, ...times } = around;
	const gate = {
		limits: [limit],
		metrics: shapes,
		before: { [measured]: LATER },
		candidate: "candidate",
		startedAt: 0,
		...times
	};
	return gateProblems(hasStable ? {
		...gate,
		stable: "stable"
	} : gate).map((problem) => undecidable(problem.replace(/\.$/, ""), `Change the limit, or what \`metrics.${measured}\` reads: \`bad\` and \`total\`, a \`histogram\`, or a \`value\`.`));
}
/** A baseline is measured when the gate begins; what is written can be judged without it. */
const LATER = {
	kind: "no-data",
	reason: "later",
	message: "Measured when the gate begins."
};
/** Every limit of a place with limits, at whatever level it stands. */
function writtenLimits(place) {
	const page = place["page-limits"];
	return [
		[["limits"], place["limits"]],
		[["warn-limits"], place["warn-limits"]],
		Array.isArray(page) ? [["page-limits"], page] : [["page-limits", "limits"], mapOf(page)["limits"]]
	].flatMap(([path, list]) => listOf(list).map((limit, i) => [[...path, i], limit]));
}
const hostOf = (url) => typeof url === "string" && URL.canParse(url) ? new URL(url).host : void 0;
/** Checks send requests to the runbook's own site only. */
function addressRules(checks, site, path) {
	return checks.flatMap((check, i) => {
		const host = hostOf(mapOf(mapOf(check)["http"])["url"]);
		if (host === void 0 || site === void 0 || host === site) return [];
		return [{
			path: [
				...path,
				i,
				"http",
				"url"
			],
			refusal: {
				code: "RB050",
				message: `${quote(host)} is not the host of this runbook's \`url\``,
				why: "A check runs inside a release; it asks the site that is released and nobody else.",
				fix: "Use the host of `url`, or only a path with `get:`."
			}
		}];
	});
}
/** Shares that the platform cannot give are refused when they are written, not when they are due. */
function shareRules(shifts, canary, path) {
	if (shifts !== "all-at-once") return [];
	return listOf(canary["shifts"]).flatMap((shift, s) => {
		const { traffic } = mapOf(shift);
		if (typeof traffic !== "string" || traffic === "100%") return [];
		const refusal = {
			code: "RB120",
			message: `this target serves one version at a time, so it cannot give a candidate ${traffic}`,
			why: "The platform has no traffic splitting: a new version gets all requests at once, or none.",
			fix: "Keep only `- { traffic: 100% }` with its limits, so that the new version is judged right after it took over; or hide what is new behind a feature flag and roll the flag out; or put a router in front that divides traffic (`target.compose`)."
		};
		return [{
			path: [
				...path,
				"shifts",
				s,
				"traffic"
			],
			refusal
		}];
	});
}
/** Render has no version without traffic: what is asked of one needs a second service that stands for it. */
function renderRules(target, stage, path) {
	const render = mapOf(target["render"]);
	if (!("render" in target) || "candidate" in render) return [];
	return ["smoke-test", "load-test"].flatMap((step) => {
		if (!(step in stage)) return [];
		const refusal = {
			code: "RB121",
			message: `\`${step}\` has no version to ask before it takes traffic`,
			why: "On Render a deploy replaces what serves; the step would ask the old version and prove nothing of the new one.",
			fix: "Name a second service of the same code as `target.render.candidate`; it gets every version first.",
			atKey: true
		};
		return [{
			path: [...path, step],
			refusal
		}];
	});
}
/** What is tested must be what serves; the digest of an image is known once the second service runs it. */
function renderImageRules(target) {
	const render = mapOf(target["render"]);
	if (!("image" in render) || "candidate" in render) return [];
	return [{
		path: [
			"target",
			"render",
			"image"
		],
		refusal: {
			code: "RB122",
			message: "an image without a `candidate` service",
			why: "A tag may be moved; the digest that serves production is known only after another service ran it.",
			fix: "Name a second service that runs the same image as `target.render.candidate`.",
			atKey: true
		}
	}];
}
/** The jobs of a smoke test run the repository's own code and hold no secret. */
function secretRules(stage, path) {
	return listOf(stage["smoke-test"]).flatMap((check, i) => {
		const [kind] = Object.keys(mapOf(check)).filter((key) => key === "github" || key === "sentry");
		if (kind === void 0) return [];
		const refusal = {
			code: "RB123",
			message: `\`${kind}\` needs a token, and a smoke test has none`,
			why: "Smoke tests run the repository's own code, which must not reach a secret.",
			fix: "Move it into the `preflight`: it is checked before anything moves.",
			atKey: true
		};
		return [{
			path: [
				...path,
				"smoke-test",
				i,
				kind
			],
			refusal
		}];
	});
}
/** Rules across parts of the document, judged on plain data so that they speak even when other parts are broken. */
function runbookRules(data) {
	const runbook = mapOf(data);
	const metrics = mapOf(runbook["metrics"]);
	const stages = listOf(runbook["stages"]).map(mapOf);
	const site = hostOf(runbook["url"]);
	return [
		...stageNameRules(stages),
		...deployRules(stages),
		...renderImageRules(mapOf(runbook["target"])),
		...peopleRules(data),
		...stages.flatMap((stage, i) => {
			const path = ["stages", i];
			const canary = mapOf(stage["canary"]);
			const shifts = listOf(canary["shifts"]).map(mapOf);
			return [
				...stageRules(stage, path),
				...shareRules(shiftsOf(runbook["target"]), canary, [...path, "canary"]),
				...renderRules(mapOf(runbook["target"]), stage, path),
				...secretRules(stage, path),
				...shifts.flatMap((shift, s) => writtenLimits(shift).flatMap(([at, limit]) => limitRules(limit, metrics, aroundOf(shift, canary), [
					...path,
					"canary",
					"shifts",
					s,
					...at
				]))),
				...addressRules(listOf(stage["preflight"]), site, [...path, "preflight"]),
				...addressRules(listOf(stage["smoke-test"]), site, [...path, "smoke-test"])
			];
		})
	];
}

// src/yaml-text.ts
var import_dist = require_dist();
/** Bounds, checked before the text is composed: key comparison is quadratic and deep nesting overflows the stack. */
const bounds = {
	bytes: 131072,
	keys: 2e3,
	depth: 32,
	aliases: 100,
	nodes: 1e4
};
const pathKey = (path) => JSON.stringify(path);
const yamlFix = "List items and keys of one map begin in the same column; a value on the next line is indented by spaces.";
const invisibleInText = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\ufffd]/g;
/** What no editor shows: it makes a file read differently for people and for programs. */
function refuseInvisible(text, refuse) {
	if (text.startsWith("\0") || text.charAt(1) === "\0") {
		refuse({
			from: 0,
			to: 1
		}, [], {
			code: "RB005",
			message: "the file is UTF-16, not UTF-8",
			why: "Every second byte of it is a zero.",
			fix: "Save the file as UTF-8."
		});
		return;
	}
	for (const match of text.matchAll(invisibleInText)) {
		const point = `U+${match[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
		const range = {
			from: match.index,
			to: match.index + 1
		};
		if (match[0] === "�") refuse(range, [], {
			code: "RB003",
			message: "the file is not UTF-8: a byte here stands for no character",
			why: "A wrongly decoded name or limit would be another name or limit.",
			fix: "Save the file as UTF-8."
		});
		else if (match[0] > "") refuse(range, [], {
			code: "RB019",
			message: `an invisible character ${point} that changes how the line is shown`,
			why: "The line would not say what it seems to say.",
			fix: "Delete the character; retyping the word is the surest way."
		});
		else refuse(range, [], {
			code: "RB018",
			message: `a control character ${point}`,
			why: "No runbook needs one, and terminals obey them.",
			fix: "Delete the character."
		});
	}
}
/** A first, linear pass over the tokens: sizes, and brackets and quotes that are never closed. */
function measure(text) {
	const parser = new import_dist.Parser();
	const open = [];
	let keys = 0;
	let depth = 0;
	let tooMany;
	let tooDeep;
	let directive;
	let openQuote;
	for (const lexeme of new import_dist.Lexer().lex(text)) {
		const from = parser.offset;
		for (const token of parser.next(lexeme)) if (token.type === "directive") directive ??= token.offset;
		depth = Math.max(depth, parser.stack.length - 1);
		if (lexeme === ":" && ++keys > bounds.keys) tooMany ??= from;
		if (lexeme === "{" || lexeme === "[") open.push({
			from,
			bracket: lexeme
		});
		if (lexeme === "}" || lexeme === "]") open.pop();
		if (/^["']/.test(lexeme) && (lexeme.length === 1 || !lexeme.endsWith(lexeme.charAt(0)))) openQuote ??= from;
		if (depth > bounds.depth) tooDeep ??= from;
		if (tooMany !== void 0 || tooDeep !== void 0) break;
	}
	return {
		tooMany,
		tooDeep,
		directive,
		openQuote,
		openBracket: open.at(-1)
	};
}
function refuseOversize({ tooMany, tooDeep, directive }, refuse) {
	const point = (from) => ({
		from,
		to: from + 1
	});
	if (tooMany !== void 0) refuse(point(tooMany), [], {
		code: "RB014",
		message: `more than ${bounds.keys} keys`,
		why: "No runbook needs so many, and reading them takes longer than is safe.",
		fix: "Split the file, or remove what was generated into it."
	});
	if (tooDeep !== void 0) refuse(point(tooDeep), [], {
		code: "RB012",
		message: `more than ${bounds.depth} levels of nesting`,
		why: "No runbook needs so many, and reading them can exhaust the stack.",
		fix: "Remove the brackets or the indentation that do not belong here."
	});
	if (directive !== void 0) refuse(point(directive), [], {
		code: "RB010",
		message: "YAML directives are not supported",
		why: "A directive changes how everything below it is read (`no` becomes false, for one).",
		fix: "Delete the line that begins with a percent sign."
	});
}
/** The parser's first complaint; those after it mostly follow from it. */
function refuseSyntax(document, text, measured, refuse) {
	const [error] = [...document.errors, ...document.warnings];
	if (error === void 0) return;
	const indent = error.code === "TAB_AS_INDENT" ? 0 : /^ */.exec(text.slice(error.pos[0]))?.[0].length ?? 0;
	const from = error.pos[0] + indent;
	const range = {
		from,
		to: Math.max(from + 1, error.pos[1])
	};
	const { openQuote, openBracket } = measured;
	if (error.code === "TAB_AS_INDENT") refuse(range, [], {
		code: "RB006",
		message: "a tab is used as indentation",
		why: "YAML indents by spaces only, for editors disagree about the width of a tab.",
		fix: "Replace the tab by two spaces."
	});
	else if (error.code === "TAG_RESOLVE_FAILED") refuse(range, [], {
		code: "RB010",
		message: "a tag that is not known",
		why: "Tags make values into other types; a runbook has none of them.",
		fix: "Delete the tag (the word that begins with an exclamation mark)."
	});
	else if (openQuote !== void 0) refuse({
		from: openQuote,
		to: openQuote + 1
	}, [], {
		code: "RB020",
		message: "a quote is opened here and never closed",
		why: "Everything after it is read as one text.",
		fix: "Close the quote at the end of the value, or remove it."
	});
	else if (openBracket !== void 0) refuse({
		from: openBracket.from,
		to: openBracket.from + 1
	}, [], {
		code: "RB020",
		message: `\`${openBracket.bracket}\` is opened here and never closed`,
		why: "Everything after it is read as part of it.",
		fix: `Close it with \`${openBracket.bracket === "{" ? "}" : "]"}\`.`
	});
	else if (error.code === "BLOCK_AS_IMPLICIT_KEY" && range.to - range.from === 1 && /compact/.test(error.message)) refuse(range, [], {
		code: "RB021",
		message: "two keys stand on one line",
		why: "YAML reads what follows a colon and a space as the value.",
		fix: "Put the inner key on its own line, use `{ }`, or quote a text that contains a colon."
	});
	else if (error.code === "BAD_SCALAR_START") refuse(range, [], {
		code: "RB007",
		message: "a value cannot begin with this character",
		why: "YAML gives the character a meaning of its own.",
		fix: "Put the value into quotes."
	});
	else refuse(range, [], {
		code: "RB007",
		message: "the text is not YAML from here on",
		why: `The YAML parser says: ${error.message.replace(/\.$/, "")}.`,
		fix: yamlFix
	});
}
const tellingKey = /token|password|passwd|secret|credential|api[-_]?key|^equals$/i;
const harmless = /^(?:\$.*|yes|no|on|off|true|false)$/i;
/** A number must look like the number it is. */
function refuseOddNumber(node, range, path, refuse) {
	const written = node.source ?? "";
	const value = Number(node.value);
	if (!Number.isFinite(value)) refuse(range, path, {
		code: "RB032",
		message: "not a finite number",
		why: "Every comparison with it is true or false whatever is measured.",
		fix: "Write a plain number."
	});
	else if (/^[-+]?\d+$/.test(written) && !Number.isSafeInteger(value)) refuse(range, path, {
		code: "RB033",
		message: `this number would be rounded to ${value}`,
		why: "Whole numbers beyond 9007199254740991 are not kept exactly.",
		fix: "Put an identifier into quotes; write a smaller number otherwise."
	});
	else if (/^[-+]?0\d|^0[ox]|e|^\+|^\.|\.$/i.test(written)) refuse(range, path, {
		code: "RB034",
		message: `${quote(written)} is read as the number ${value}`,
		why: "People read this spelling as another number, or as none.",
		fix: `Write ${value}, or put it into quotes if it is a text.`
	});
}
/** Turns the composed document into plain data, refusing what YAML allows and a runbook must not have. */
function toPlain(document, text, refuse) {
	const spots = /* @__PURE__ */ new Map();
	const hidden = [];
	let nodes = 0;
	let aliases = 0;
	const rangeOf = (node, fallback) => {
		const range = node?.range;
		return range ? {
			from: range[0],
			to: Math.max(range[0], range[1])
		} : fallback;
	};
	function visitText(node, value, range, path) {
		if (value.indexOf("${{") !== -1) refuse(range, path, {
			code: "RB061",
			message: "a GitHub expression is not evaluated in this file",
			why: "GitHub fills in expressions in workflows only; here it would stay as it is written.",
			fix: "Name a variable or secret with a dollar sign, such as $APP_URL."
		});
		if (/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.exec(value) !== null && node.type === "QUOTE_DOUBLE") refuse(range, path, {
			code: "RB018",
			message: "an escape in this text stands for a control character",
			why: "No runbook needs one, and terminals obey them.",
			fix: "Delete the escape."
		});
		if (writtenSecretsIn(value).length === 0) return;
		hidden.push(range);
		refuse(range, path, {
			code: "RB052",
			message: "a secret is written here (it is not shown)",
			why: "Everybody who can read the repository can read this file, and git keeps it for ever.",
			fix: "Revoke it, put the new one into a GitHub secret, and write its name here, such as $DATABASE_URL."
		});
	}
	function visitScalar(node, range, path) {
		const { value } = node;
		if (typeof value === "string") visitText(node, value, range, path);
		if (typeof value === "number") refuseOddNumber(node, range, path, refuse);
		const key = path.at(-1);
		if (typeof key === "string" && tellingKey.test(key) && typeof value === "string" && !harmless.test(value)) hidden.push(range);
		return value;
	}
	function readKey(node, range, path, seen) {
		const value = (0, import_dist.isScalar)(node) ? node.value : void 0;
		if (value === "<<") {
			refuse(range, path, {
				code: "RB015",
				message: "merge keys (`<<`) are not supported",
				why: "YAML 1.2 has no merge keys; other readers of this file would see another runbook.",
				fix: "Copy the keys of the other map here."
			});
			return;
		}
		if (typeof value !== "string") {
			refuse(range, path, {
				code: "RB016",
				message: "a key must be a text",
				why: "Numbers, lists and maps as keys mean different things to different readers.",
				fix: "Write a plain word as the key, or put it into quotes."
			});
			return;
		}
		if (value === "__proto__" || value === "constructor" || value === "prototype") {
			refuse(range, path, {
				code: "RB017",
				message: `unknown key \`${value}\``,
				why: "No runbook has it, and programs give it a meaning of its own.",
				fix: "Delete the key."
			});
			return;
		}
		const first = seen.get(value);
		if (first !== void 0) {
			const line = text.slice(0, first.from).split("\n").length;
			const column = first.from - text.lastIndexOf("\n", first.from - 1);
			refuse(range, path, {
				code: "RB008",
				message: `key ${quote(value)} stands here again; it was first written in line ${line}, column ${column}`,
				why: "Only one of the two would count, and readers differ in which.",
				fix: "Delete one of them, or merge their values."
			});
			return;
		}
		seen.set(value, range);
		return value;
	}
	function visitMap(node, path, around) {
		const plain = {};
		if (!(0, import_dist.isMap)(node)) return plain;
		const seen = /* @__PURE__ */ new Map();
		for (const pair of node.items) {
			const keyRange = rangeOf(pair.key, around);
			const written = (0, import_dist.isScalar)(pair.key) ? String(pair.key.value) : "?";
			const key = readKey(pair.key, keyRange, [...path, written], seen);
			if (key === void 0) continue;
			plain[key] = visit(pair.value, [...path, key], keyRange, keyRange);
		}
		return plain;
	}
	function visit(node, path, around, key) {
		const own = rangeOf(node, around);
		const range = own.from === own.to ? around : own;
		spots.set(pathKey(path), {
			value: range,
			node,
			...key && { key }
		});
		const refuseAlias = (message) => {
			refuse(range, path, {
				code: "RB011",
				message,
				why: "A few aliases of aliases grow into millions of values.",
				fix: "Write the value out instead of the alias."
			});
		};
		if (++nodes > bounds.nodes || path.length > bounds.depth) return nodes === bounds.nodes + 1 || path.length > bounds.depth ? refuseAlias("too many aliases") : void 0;
		if ((0, import_dist.isAlias)(node)) {
			const target = node.resolve(document);
			if (++aliases > bounds.aliases) return refuseAlias("too many aliases");
			if (target === void 0) return refuseAlias("an alias of nothing: no anchor above has this name");
			const value = visit(target, path, range, key);
			spots.set(pathKey(path), {
				value: range,
				node,
				...key && { key }
			});
			return value;
		}
		if ((0, import_dist.isMap)(node)) return visitMap(node, path, range);
		if ((0, import_dist.isSeq)(node)) return node.items.map((item, i) => visit(item, [...path, i], range));
		return (0, import_dist.isScalar)(node) ? visitScalar(node, range, path) : null;
	}
	return {
		data: visit(document.contents, [], {
			from: 0,
			to: 0
		}),
		spots,
		hidden
	};
}
const emptyFile = {
	code: "RB001",
	message: "the file is empty",
	why: "Without stages there is nothing to release.",
	fix: "Begin with `runbook: 1`, then service, environment, url, target and stages."
};
/**
* Reads a YAML 1.2 text of a person's: plain data with the place of every part, or what is wrong with the text.
*
* A byte order mark and CRLF are accepted. Size, number of keys, nesting and aliases are bounded; duplicate keys, merge
* keys, tags, directives, several documents, invisible characters and written secrets are refused.
*/
function readYaml(input, file) {
	const text = input.startsWith("﻿") ? input.slice(1) : input;
	const hidden = [];
	const source = {
		file,
		text,
		hidden
	};
	const found = [];
	const refuse = (range, path, refusal) => {
		if (found.length < 500) found.push({
			range,
			path,
			refusal
		});
	};
	const finish = (data, spots) => ({
		source,
		data,
		problems: found.map(({ range, path, refusal }) => problemAt(source, range, path, refusal)),
		refused: new Set(found.map(({ path }) => pathKey(path))),
		...finder(source, spots)
	});
	const nothing = () => finish(void 0, /* @__PURE__ */ new Map());
	if (Buffer.byteLength(text) > bounds.bytes) {
		refuse({
			from: 0,
			to: 1
		}, [], {
			code: "RB013",
			message: `the file is larger than ${bounds.bytes / 1024} KiB`,
			why: "No runbook needs so much, and reading it takes longer than is safe.",
			fix: "Split the file, or remove what was generated into it."
		});
		return finish(void 0, /* @__PURE__ */ new Map());
	}
	hidden.push(...hiddenIn(text));
	refuseInvisible(text, refuse);
	if (found.length > 0) return nothing();
	const measured = measure(text);
	refuseOversize(measured, refuse);
	if (found.length > 0) return nothing();
	const parsed = (0, import_dist.parseAllDocuments)(text, {
		version: "1.2",
		uniqueKeys: false,
		merge: false,
		prettyErrors: false
	});
	const [document, second] = Array.isArray(parsed) ? parsed : [];
	if (second !== void 0) {
		const from = Math.max(0, text.lastIndexOf("---", second.range[0]));
		refuse({
			from,
			to: from + 3
		}, [], {
			code: "RB009",
			message: "a second document begins here",
			why: "A runbook is one document; the second would be ignored.",
			fix: "Delete the line `---`, or move what follows to a file of its own."
		});
	}
	if (document !== void 0) refuseSyntax(document, text, measured, refuse);
	if (found.length > 0) return nothing();
	if (document === void 0 || document.contents === null || isEmptyScalar(document.contents)) {
		refuse({
			from: 0,
			to: 0
		}, [], emptyFile);
		return nothing();
	}
	const plain = toPlain(document, text, refuse);
	hidden.push(...plain.hidden);
	return finish(plain.data, plain.spots);
}
const isEmptyScalar = (node) => (0, import_dist.isScalar)(node) && node.value === null && node.source === "";
function finder({ text, hidden }, spots) {
	const nearest = (path) => {
		for (let length = path.length; length >= 0; length--) {
			const spot = spots.get(pathKey(path.slice(0, length)));
			if (spot === void 0) continue;
			return length === path.length ? spot : {
				...spot,
				value: spot.key ?? firstLine(spot.value)
			};
		}
		return {
			value: {
				from: 0,
				to: 0
			},
			node: null
		};
	};
	const firstLine = ({ from, to }) => {
		const end = text.indexOf("\n", from);
		const colon = text.slice(from, end === -1 ? to : Math.min(to, end)).search(/:(?:\s|$)/);
		return {
			from,
			to: colon === -1 ? from + 1 : from + colon
		};
	};
	const at = (path) => nearest(path).value;
	return {
		at,
		atKey: (path) => {
			const spot = nearest(path);
			return spot.key ?? firstLine(spot.value);
		},
		inside: (path, offset, length) => {
			const { value, node } = nearest(path);
			if (!(0, import_dist.isScalar)(node) || typeof node.value !== "string") return value;
			const from = value.from + (node.type === "QUOTE_DOUBLE" || node.type === "QUOTE_SINGLE" ? 1 : 0) + offset;
			return text.slice(from - offset, from + length) === node.value.slice(0, offset + length) ? {
				from,
				to: from + length
			} : value;
		},
		isHidden: (path) => {
			const { from, to } = at(path);
			return hidden.some((range) => range.from < to && from < range.to);
		}
	};
}

// src/schema-problem.ts
const isMap = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
function valueAt(data, path) {
	let value = data;
	for (const key of path) if (Array.isArray(value) && typeof key === "number") value = value[key];
	else if (isMap(value) && Object.hasOwn(value, key)) value = value[key];
	else return void 0;
	return value;
}
const pathOf = (path) => path.map((key) => typeof key === "number" ? key : String(key));
const isMissing = (issue, data) => (issue.code === "invalid_type" || issue.code === "invalid_value" || issue.code === "invalid_union") && valueAt(data, pathOf(issue.path)) === void 0;
/** Of the members of a union, the one the value was most likely meant to be. */
function likeliest(branches) {
	const strangeness = (issues) => issues.reduce((sum, issue) => {
		if (issue.code === "unrecognized_keys") return sum + 100 * issue.keys.length;
		if (issue.path.length === 0 && issue.code === "invalid_type") return sum + 1e4;
		return sum + 1;
	}, 0);
	return [...branches].sort((a, b) => strangeness(a) - strangeness(b))[0] ?? [];
}
/** Issues inside of unions, with the path from the document's root. */
function flatten(issues, prefix) {
	return issues.flatMap((issue) => {
		const path = [...prefix, ...issue.path];
		if (issue.code !== "invalid_union" || issue.errors.length === 0) return [{
			...issue,
			path
		}];
		return issue.errors.every((branch) => branch.some((inner) => inner.path.length === 0 && inner.code === "invalid_type")) ? [{
			...issue,
			path
		}] : flatten(likeliest(issue.errors), path);
	});
}
/** What the schema allows at a path, for suggestions; of several possibilities, the one that shares most keys. */
function schemaAt(root, data, path) {
	const isSchema = (schema) => typeof schema === "object" && schema !== null;
	const settle = (schema, value) => {
		const shared = (variant) => isMap(value) ? Object.keys(value).filter((key) => Object.hasOwn(variant.properties ?? {}, key)).length : 0;
		return [...(schema.anyOf ?? []).filter(isSchema).filter((variant) => variant.type === "object")].sort((a, b) => shared(b) - shared(a))[0] ?? schema;
	};
	let schema = settle(root, data);
	for (const [i, key] of path.entries()) {
		const inner = typeof key === "number" ? schema.items : schema.properties?.[key] ?? schema.additionalProperties;
		if (!isSchema(inner) || Array.isArray(inner)) return void 0;
		schema = settle(inner, valueAt(data, path.slice(0, i + 1)));
	}
	return schema;
}
const sorts = {
	string: "a text",
	number: "a number",
	int: "a whole number",
	boolean: "true or false",
	object: "a map (keys with values)",
	record: "a map (keys with values)",
	array: "a list (lines that begin with a dash)"
};
function describe(value) {
	if (value === null) return "nothing";
	if (Array.isArray(value)) return "a list";
	if (typeof value === "object") return "a map";
	if (typeof value === "string") return quote(value);
	return `the ${typeof value} ${String(value)}`;
}
const switches = {
	yes: "true",
	on: "true",
	y: "true",
	no: "false",
	off: "false",
	n: "false"
};
/** A mend that follows from what was found, where one does. */
function mendOf(expected, value) {
	if (expected === "boolean" && typeof value === "string" && Object.hasOwn(switches, value.toLowerCase())) return {
		code: "RB028",
		why: "YAML 1.2 reads yes, no, on and off as texts.",
		fix: `Write ${switches[value.toLowerCase()]}.`
	};
	if ((expected === "number" || expected === "int") && typeof value === "string" && /^[\d.]+$/.test(value)) return {
		code: "RB029",
		why: "Quotes make it a text.",
		fix: "Remove the quotes."
	};
	if (expected === "string" && (typeof value === "number" || typeof value === "boolean")) return {
		code: "RB029",
		why: "Without quotes it is not a text.",
		fix: "Put it into quotes."
	};
	return {
		code: "RB029",
		why: "Only this kind of value has a meaning here.",
		fix: `Write ${sorts[expected] ?? expected}${value === null ? ", or remove the key" : ""}.`
	};
}
/** Turns what zod found wrong with a document into problems with places. */
function schemaProblems(yaml, schema, error) {
	const { data, source } = yaml;
	const issues = flatten(error.issues, []).filter((issue) => {
		const path = pathOf(issue.path);
		return !path.some((_, i) => yaml.refused.has(pathKey(path.slice(0, i + 1))));
	});
	const found = (path, value) => yaml.isHidden(path) && !isMap(value) ? "a value that is not shown" : describe(value);
	function expectation(issue, path) {
		if (!isExpectation(issue.message)) return void 0;
		const { code, expected, why, fix } = expectations[issue.message];
		const message = `expected ${expected}, got ${found(path, valueAt(data, path))}`;
		return problemAt(source, yaml.at(path), path, {
			code,
			message,
			why,
			fix
		});
	}
	function carried(issue, path) {
		if (issue.code !== "custom") return void 0;
		const refusal = issue.params?.["refusal"];
		if (refusal === void 0) return void 0;
		const range = refusal.within && yaml.inside(path, refusal.within.at, refusal.within.length);
		return problemAt(source, range ?? (refusal.atKey ? yaml.atKey(path) : yaml.at(path)), path, refusal);
	}
	function wrongValue(issue, path) {
		const value = valueAt(data, path);
		const at = yaml.at(path);
		if (issue.code === "invalid_value") {
			const allowed = issue.values.map(String);
			const near = typeof value === "string" ? nearName(value, allowed) : void 0;
			return problemAt(source, at, path, {
				code: "RB029",
				message: `expected ${allowed.join(" or ")}, got ${found(path, value)}`,
				why: "Only these values have a meaning here.",
				fix: near === void 0 ? `Write ${allowed.join(" or ")}.` : `Did you mean \`${near}\`?`
			});
		}
		if (issue.code === "invalid_type") return problemAt(source, at, path, {
			...mendOf(issue.expected, value),
			message: `expected ${sorts[issue.expected] ?? issue.expected}, got ${found(path, value)}`
		});
		if (issue.code === "too_small" || issue.code === "too_big") {
			const least = issue.code === "too_small";
			const bound = `${least ? "at least" : "at most"} ${least ? issue.minimum : issue.maximum}`;
			const unit = issue.origin === "string" ? " characters" : "";
			return problemAt(source, at, path, {
				code: "RB029",
				message: `expected ${bound}${unit}, got ${found(path, value)}`,
				why: "The value is out of bounds.",
				fix: `Write ${bound}${unit}.`
			});
		}
		return problemAt(source, at, path, {
			code: "RB029",
			message: `got ${found(path, value)}, which has no meaning here`,
			why: "The value does not have the form this key needs.",
			fix: "See the example in the documentation of this key."
		});
	}
	function wrongKey(issue, path) {
		const name = issue.issues[0]?.message ?? "";
		const { code, expected, why, fix } = isExpectation(name) ? expectations[name] : {
			code: "RB029",
			expected: "another name",
			why: "The name does not have the form needed.",
			fix: "Rename it."
		};
		const message = `expected ${expected}, got ${quote(String(path.at(-1)))}`;
		return problemAt(source, yaml.atKey(path), path, {
			code,
			message,
			why,
			fix
		});
	}
	const rest = issues.filter((issue) => issue.code !== "unrecognized_keys" && !isMissing(issue, data));
	return [...keyProblems(yaml, issues.length === rest.length ? {} : toJSONSchema(schema, { io: "input" }), issues), ...rest.map((issue) => {
		const path = pathOf(issue.path);
		if (issue.code === "invalid_key") return wrongKey(issue, path);
		return carried(issue, path) ?? expectation(issue, path) ?? wrongValue(issue, path);
	})];
}
/** Unknown and missing keys; a misspelled key that is needed is one problem, not two. */
function keyProblems(yaml, jsonSchema, issues) {
	const { data, source } = yaml;
	const missing = new Map(issues.filter((issue) => isMissing(issue, data)).map((issue) => [pathKey(pathOf(issue.path)), pathOf(issue.path)]));
	const problems = [];
	for (const issue of issues) {
		if (issue.code !== "unrecognized_keys") continue;
		const around = pathOf(issue.path);
		const present = Object.keys(valueAt(data, around) ?? {});
		const known = Object.keys(schemaAt(jsonSchema, data, around)?.properties ?? {});
		for (const key of issue.keys) {
			const needed = known.filter((name) => missing.has(pathKey([...around, name])));
			const near = nearName(key, needed) ?? nearName(key, known.filter((name) => !present.includes(name)));
			const alone = issue.keys.length === 1 && present.length === 1 && needed.length === 1 ? needed[0] : void 0;
			const meant = near ?? alone;
			if (meant !== void 0) missing.delete(pathKey([...around, meant]));
			const names = known.map((name) => `\`${name}\``).join(", ");
			problems.push(problemAt(source, yaml.atKey([...around, key]), [...around, key], {
				code: "RB026",
				message: `unknown key ${quote(key)}${near === void 0 ? "" : `, did you mean \`${near}\`?`}`,
				why: names === "" ? "No key has a meaning here." : `Known keys here are ${names}.`,
				fix: meant === void 0 ? "Remove the key, or write one of the known keys." : `Write \`${meant}\`.`
			}));
		}
	}
	for (const path of missing.values()) {
		const name = String(path.at(-1));
		problems.push(problemAt(source, yaml.atKey(path), path.slice(0, -1), {
			code: "RB027",
			message: `missing key \`${name}\``,
			why: schemaAt(jsonSchema, data, path)?.description ?? "A runbook cannot do without it.",
			fix: `Add \`${name}:\` with its value here.`
		}));
	}
	return problems;
}

// src/runbook-file.ts
/** Reads any YAML text by a schema: the runbook, or one structured input of an action. All problems come at once. */
function readBySchema(text, file, schema, rules = () => []) {
	const yaml = readYaml(text, file);
	if (yaml.data === void 0) return {
		ok: false,
		problems: sortProblems(yaml.problems)
	};
	const parsed = schema.safeParse(yaml.data);
	const problems = [
		...yaml.problems,
		...parsed.success ? [] : schemaProblems(yaml, schema, parsed.error),
		...rules(yaml)
	];
	if (parsed.success && problems.length === 0) return {
		ok: true,
		value: parsed.data,
		yaml
	};
	return {
		ok: false,
		problems: sortProblems(problems)
	};
}
function ruleProblems(yaml) {
	const wasRefused = (path) => path.some((_, i) => yaml.refused.has(pathKey(path.slice(0, i + 1))));
	return runbookRules(yaml.data).filter(({ path }) => !wasRefused(path)).map(({ path, refusal }) => {
		const { within, atKey } = refusal;
		const range = within && yaml.inside(path, within.at, within.length);
		return problemAt(yaml.source, range ?? (atKey ? yaml.atKey(path) : yaml.at(path)), path, refusal);
	});
}
/** The user's runbook, or everything that is wrong with it, in the order of the file. Reads no file and no variable. */
const readRunbook = (text, file) => readBySchema(text, file, runbookSchema, ruleProblems);

// src/written-runbook.ts
/** Reads the runbook of the checked-out commit. */
async function loadRunbook(file, workspace) {
	return accept(readRunbook(await readInside(file, workspace), file));
}
/** What was read, or an InputError that tells every problem. */
function accept(read) {
	return read.ok ? read : refuse(read.problems);
}
/** One error that tells all of them: whole in its message, and each with its place for whoever annotates. */
function refuse(problems) {
	const places = problems.map(({ file, line, column, code, path: where, message, fix }) => ({
		file,
		line,
		column,
		message: `${code} ${where === "" ? "" : `${where}: `}${message}. ${fix}`
	}));
	throw new InputError(formatProblems(problems), problems[0], places);
}
/** The text of a file inside the repository: not a folder, not a link that leads out of it. */
async function readInside(file, workspace) {
	const root = await realpath(workspace);
	const full = path.resolve(root, file);
	const found = await lstat(full).catch(() => void 0);
	if (found === void 0) throw new InputError(`There is no runbook at ${file}. Check out the repository before this step, or name another path with \`runbook\`.`);
	if (found.isDirectory()) throw new InputError(`${file} is a folder; name the runbook inside of it, such as ${path.join(file, "runbook.yml")}.`);
	const inside = path.relative(root, await realpath(full));
	if (inside.startsWith("..") || path.isAbsolute(inside)) throw new InputError(`The runbook ${file} lies outside of the repository; give a path inside of it.`);
	return readFile(full, "utf8");
}
/** What was read with the references in `parts`, or all of them, replaced; a missing variable is an InputError at its place. */
function resolveParts(written, variables, parts, forms = runbookForms) {
	const resolved = resolveReferences(written, variables, parts, forms);
	return resolved.ok ? resolved.value : refuse(resolved.problems);
}
/** Where people reach the service; undefined in a job that is not told. */
function siteOf(written, variables) {
	const resolved = resolveReferences(written, variables, ["url"]);
	return resolved.ok ? resolved.value.url : void 0;
}

export { noticeEvents as A, rolesOf as B, arrivalsOf as C, isDue as D, handOver as E, sharesOf as F, stepNames as I, approval as L, isStageStep as M, planOf as N, looksAfterRollbackMs as O, planSchema as P, approvalDigest as R, arrivals as S, needsSecret as T, loadTest as _, resolveParts as a, smokeTest as b, readRunbook as c, targetForms as d, notifySchema as f, backup as g, targetSchema as h, refuse as i, finalStage as j, nextLookIn as k, LATER as l, tickSourceSchema as m, loadRunbook as n, siteOf as o, runbookHash as p, readInside as r, readBySchema as s, accept as t, resolveReferences as u, migrate as v, durationOf as w, standingOf as x, preflight as y, countApprovals as z };