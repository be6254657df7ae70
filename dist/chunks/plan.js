import { D as NEVER, S as union, b as string, g as number, l as array, m as literal, p as int, s as _enum, u as boolean, v as record, y as strictObject } from "./zod.js";
import { o as pinnedFlagCommands } from "./flag.js";
import { I as refusing, P as expecting, _ as listOf, a as duration, g as limit, y as percentage } from "./field.js";
import { t as hostsIn } from "./target-spec.js";
import { n as formatDuration, r as parseDuration } from "./duration.js";
function sha256(text) {
	const { createHash } = process.getBuiltinModule("node:crypto");
	return createHash("sha256").update(text).digest("hex");
}
const approvalRule = strictObject({
	by: record(string(), array(string()).min(1)),
	minimum: number().int().positive()
});
const approval = strictObject({
	stage: string(),
	role: string(),
	actor: string(),
	digest: string(),
	at: number()
});
function approvalDigest(commit, runbookHash, proven) {
	return sha256(JSON.stringify([
		commit,
		runbookHash,
		proven
	])).slice(0, 16);
}
const rolesOf = ({ by }, login, teams = []) => {
	const names = new Set([login, ...teams].map((known) => known.toLowerCase()));
	return Object.entries(by).filter(([, people]) => people.some((person) => names.has(person.toLowerCase()))).map(([role]) => role);
};
const mayHave = (rule, { actor, role }) => rolesOf(rule, actor).includes(role) || (rule.by[role] ?? []).some((person) => person.startsWith("@"));
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
const days = [
	"Mon",
	"Tue",
	"Wed",
	"Thu",
	"Fri",
	"Sat",
	"Sun"
];
const dayMinutes = 1440;
const weekMinutes = 7 * dayMinutes;
const freezeWindow = strictObject({
	from: number().int().min(0).max(weekMinutes),
	until: number().int().min(0).max(weekMinutes),
	zone: string(),
	text: string()
});
function parseFreeze(text) {
	const match = /^(\w{3})\s+(\d{2}):(\d{2})\s*-\s*(\w{3})\s+(\d{2}):(\d{2})\s+(\S+)$/.exec(text.trim());
	if (match === null) return void 0;
	const [, fromDay, fromHour, fromMinute, untilDay, untilHour, untilMinute, zone = ""] = match;
	const from = minuteOfWeek(fromDay, fromHour, fromMinute);
	const until = minuteOfWeek(untilDay, untilHour, untilMinute);
	if (from === void 0 || until === void 0 || from === until || !isZone(zone)) return void 0;
	return {
		from,
		until,
		zone,
		text: text.trim()
	};
}
const freeze = listOf(string({ error: expecting("freeze") }).transform((text, context) => {
	const window = parseFreeze(text);
	if (window !== void 0) return window;
	context.addIssue({
		code: "custom",
		message: "freeze"
	});
	return NEVER;
})).meta({ description: "Parts of the week in which nothing begins and no traffic is raised: `Fri 16:00 - Mon 08:00 Europe/Madrid`." });
function minuteOfWeek(day = "", hour = "", minute = "") {
	const index = days.findIndex((known) => known.toLowerCase() === day.toLowerCase());
	const [h, m] = [Number(hour), Number(minute)];
	return index < 0 || h > 23 || m > 59 ? void 0 : index * dayMinutes + h * 60 + m;
}
function isZone(zone) {
	try {
		new Intl.DateTimeFormat("en-GB", { timeZone: zone });
		return /^[A-Za-z]/.test(zone);
	} catch {
		return false;
	}
}
function minuteThere(at, zone) {
	const format = new Intl.DateTimeFormat("en-GB", {
		timeZone: zone,
		weekday: "short",
		hour: "2-digit",
		minute: "2-digit",
		hourCycle: "h23"
	});
	const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]));
	return minuteOfWeek(parts.get("weekday"), parts.get("hour"), parts.get("minute")) ?? 0;
}
const isWithin = ({ from, until }, minute) => from < until ? minute >= from && minute < until : minute >= from || minute < until;
function frozenAt(windows, now) {
	for (const window of windows) {
		const minute = minuteThere(now, window.zone);
		if (!isWithin(window, minute)) continue;
		const left = (window.until - minute + weekMinutes) % weekMinutes;
		const guess = Math.floor(now / 6e4) * 6e4 + left * 6e4;
		const off = (minuteThere(guess, window.zone) - window.until + weekMinutes) % weekMinutes;
		return {
			window,
			until: guess - (off > weekMinutes / 2 ? off - weekMinutes : off) * 6e4
		};
	}
}
const pageLimits = union([listOf(limit).transform((limits) => ({ limits })), strictObject({
	limits: listOf(limit).meta({ description: "What a person is asked about when it breaks." }),
	"decide-within": duration.optional().meta({ description: "How long the person has; without an answer the release goes back." })
})]);
const limitLevels = {
	limits: listOf(limit).optional().meta({ description: "What must hold meanwhile: `error-rate < 1%`." }),
	"page-limits": pageLimits.optional().meta({ description: "What must hold too; when it breaks, a person says whether the release goes on or back." }),
	"warn-limits": listOf(limit).optional().meta({ description: "What is reported when it breaks, and neither ends nor delays anything." })
};
const pace = strictObject({
	everyMs: number().positive(),
	untilMs: number().positive()
});
const longestWatchMs = 7776e6;
function readPace(line, from) {
	const [, every = "", word = "", time = ""] = /^every\s+(\S+)\s+(for|until)\s+(\S+)$/.exec(line.trim()) ?? [];
	const everyMs = parseDuration(every);
	const lasting = parseDuration(time);
	if (everyMs === void 0 || lasting === void 0) return void 0;
	const untilMs = word === "for" ? from + lasting : lasting;
	return everyMs > 0 && untilMs > from && everyMs <= untilMs - from && untilMs <= longestWatchMs ? {
		everyMs,
		untilMs
	} : void 0;
}
const schedule = listOf(string({ error: expecting("watch-pace") })).transform((lines, context) => {
	const paces = [];
	for (const [i, line] of lines.entries()) {
		const read = readPace(line, paces.at(-1)?.untilMs ?? 0);
		if (read === void 0) context.addIssue({
			code: "custom",
			message: "watch-pace",
			path: [i]
		});
		else paces.push(read);
	}
	return paces;
}).meta({ examples: [[
	"every 1m for 1h",
	"every 5m until 8h",
	"every 15m until 24h"
]] });
const watch = strictObject({
	for: duration.optional().meta({ description: "How long what serves production is watched." }),
	every: duration.optional().meta({ description: "Time between two looks." }),
	schedule: schedule.optional().meta({ description: "Instead of `for` and `every`: looks that become rarer, `every 1m for 1h`, `every 5m until 8h`." }),
	...limitLevels,
	coverage: percentage.default(90).meta({ description: "Share of the time that must have been seen; a watch that saw less lasts longer. 90%." }),
	"on-fail": _enum(["rollback", "ask"]).default("rollback").meta({ description: "What a broken limit does: give traffic back, or ask a person (silence gives it back)." }),
	"on-short-evidence": _enum(["hold", "fail"]).default("hold").meta({ description: "What happens when after twice the time the limits are still unproven: `hold` asks a person, `fail` gives traffic back." }),
	"decide-within": duration.optional().meta({ description: "How long a person has to answer before traffic goes back; 10m if not given." })
}).superRefine((watch, context) => {
	const { for: time, every, schedule, limits } = watch;
	if (!(schedule === void 0 ? time !== void 0 && every !== void 0 : time === void 0 && every === void 0)) context.addIssue(refusing({
		code: "RB114",
		message: schedule === void 0 ? "a watch without `for` and `every`" : "both `schedule` and `for` or `every`",
		why: "A watch says how long it lasts and how often it looks, once.",
		fix: "Write `for: 15m` and `every: 1m`, or `schedule: [every 1m for 1h, every 5m until 8h]`."
	}));
	if (time !== void 0 && every !== void 0 && every > time) context.addIssue(refusing({
		code: "RB040",
		message: `a look every ${formatDuration(every)} does not fit into a watch of ${formatDuration(time)}`,
		why: "The watch would end before the first look, so it could never pass.",
		fix: `Look at least every ${formatDuration(time)}, or watch longer.`
	}, ["every"]));
	if (limits === void 0) context.addIssue(refusing({
		code: "RB043",
		message: "production is watched for nothing: `limits` is missing",
		why: "A watch without a limit would always pass.",
		fix: "Add limits, such as `limits: [error-rate < 1%]`."
	}));
}).meta({ description: "Looks at what serves production for a while; it goes back when a limit is broken." });
const pacesOf = ({ for: time, every, schedule }) => schedule ?? (time === void 0 || every === void 0 ? [] : [{
	everyMs: every,
	untilMs: time
}]);
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
const isStageStep = (step) => step !== "sign-off";
const finalStage = "final";
const plannedSignature = strictObject({
	role: string(),
	by: array(string()).min(1),
	afterMs: number().nonnegative().exactOptional(),
	notAuthor: literal(true).exactOptional()
});
const plannedWatch = strictObject({
	paces: array(pace).min(1),
	coverage: number().min(0).max(1),
	onFail: literal("ask").exactOptional(),
	onShort: literal("fail").exactOptional(),
	decideWithinMs: number().positive().exactOptional()
});
const commandPair = strictObject({
	on: string(),
	off: string()
});
const plannedMaintenance = strictObject({
	around: array(_enum(stepNames)).min(1),
	page: commandPair.exactOptional(),
	workers: commandPair.exactOptional()
});
const plannedMigration = strictObject({
	hash: string(),
	files: array(string()).max(20),
	count: int().nonnegative(),
	breaks: literal(true).exactOptional(),
	locks: array(string()).max(20).exactOptional()
});
const planSchema = strictObject({
	service: string(),
	people: record(string(), array(string())).exactOptional(),
	freeze: array(freezeWindow).min(1).exactOptional(),
	maintenance: plannedMaintenance.exactOptional(),
	flags: pinnedFlagCommands.exactOptional(),
	stages: array(strictObject({
		name: string(),
		ref: string().exactOptional(),
		commit: string().regex(/^[0-9a-f]{40}$/).exactOptional(),
		flags: record(string(), string()).exactOptional(),
		steps: array(_enum(stepNames)).min(1),
		must: array(_enum(stepNames)).exactOptional(),
		approve: approvalRule.exactOptional(),
		migration: plannedMigration.exactOptional(),
		pause: strictObject({
			task: string(),
			by: array(string()).min(1)
		}).exactOptional(),
		signOff: array(plannedSignature).min(1).exactOptional(),
		watch: plannedWatch.exactOptional(),
		shifts: array(strictObject({
			weight: number().gt(0).max(100),
			hosts: strictObject({
				count: int().min(1),
				of: int().min(1)
			}).exactOptional(),
			holdMs: number().nonnegative(),
			everyMs: number().positive(),
			judged: boolean()
		})),
		maxHoldMs: number().nonnegative(),
		onShort: _enum([
			"fail",
			"synthetic",
			"approve"
		]).exactOptional(),
		onFail: _enum(["step-back", "ask"]).exactOptional(),
		decideWithinMs: number().positive().exactOptional()
	})).min(1)
});
const allAtOnce = {
	weight: 100,
	holdMs: 0,
	everyMs: 1e3,
	judged: false
};
const sharesOf = ({ shifts }) => shifts.map(({ weight }) => weight);
function flagsIn({ stages }, stage) {
	const upTo = stages.slice(0, stages.findIndex(({ name }) => name === stage) + 1);
	return Object.assign({}, ...upTo.map(({ flags }) => flags ?? {}));
}
function shareOf({ traffic, hosts }, target) {
	if (hosts === void 0) return { weight: traffic };
	const of = hostsIn(target);
	const count = Math.ceil(hosts * of / 100);
	return {
		weight: 100 * count / of,
		hosts: {
			count,
			of
		}
	};
}
function planOf(runbook, { commits, released } = {
	commits: {},
	released: []
}) {
	const { people, freeze, maintenance, flags } = runbook;
	return {
		service: runbook.service,
		...people !== void 0 && { people },
		...freeze !== void 0 && { freeze },
		...maintenance !== void 0 && { maintenance: maintenanceOf(maintenance) },
		...flags !== void 0 && { flags },
		stages: [...runbook.stages.filter(({ name }) => !released.includes(name)).map((stage) => plannedStage(stage, people ?? {}, runbook.target, commits[stage.name])), ...finalStageOf(runbook)]
	};
}
const withMigrations = (plan, migrations) => ({
	...plan,
	stages: plan.stages.map((stage) => {
		const migration = migrations[stage.name];
		return migration === void 0 ? stage : {
			...stage,
			migration
		};
	})
});
function plannedStage(stage, people, target, commit) {
	const wanted = (step) => step === "canary" ? stage.canary !== void 0 || stage.deploy !== void 0 : isStageStep(step) && stage[step] !== void 0;
	const steps = stepNames.filter(wanted);
	const must = mustOf(stage);
	const { approve, pause, watch } = stage;
	const shifts = (stage.canary?.shifts ?? []).map((shift) => ({
		...shareOf(shift, target),
		holdMs: shift.hold ?? 0,
		everyMs: shift.every ?? 6e4,
		judged: (shift.limits ?? []).length > 0
	}));
	const longestHold = Math.max(0, ...shifts.map((shift) => shift.holdMs));
	return {
		name: stage.name,
		...stage.ref !== void 0 && { ref: stage.ref },
		...commit !== void 0 && { commit },
		...stage.flags !== void 0 && { flags: stage.flags },
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
		...watch !== void 0 && { watch: watchOf(watch) },
		shifts: shifts.length === 0 && wanted("canary") ? [allAtOnce] : shifts,
		maxHoldMs: stage.canary?.["max-hold"] ?? 2 * longestHold,
		...levelsOf(stage.canary)
	};
}
function watchOf(watch) {
	const page = watch["page-limits"];
	const within = watch["decide-within"] ?? (page !== void 0 && "decide-within" in page ? page["decide-within"] : void 0);
	return {
		paces: pacesOf(watch),
		coverage: watch.coverage / 100,
		...watch["on-fail"] === "ask" && { onFail: "ask" },
		...watch["on-short-evidence"] === "fail" && { onShort: "fail" },
		...within !== void 0 && { decideWithinMs: within }
	};
}
function maintenanceOf({ around, page, jobs }) {
	return {
		around,
		...page !== void 0 && { page },
		...jobs !== void 0 && { workers: {
			on: jobs.stop,
			off: jobs.start
		} }
	};
}
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
function finalStageOf(runbook) {
	const { "sign-off": signOff, watch } = runbook;
	if (signOff === void 0 && watch === void 0) return [];
	const signatures = (signOff?.order ?? []).flatMap((role) => {
		const rule = signOff?.roles[role];
		if (rule === void 0) return [];
		return [{
			role,
			by: rule.by,
			...typeof rule.after === "number" && { afterMs: rule.after },
			...rule.not === "author" && { notAuthor: true }
		}];
	});
	const steps = [...watch === void 0 ? [] : ["watch"], ...signOff === void 0 ? [] : ["sign-off"]];
	return [{
		name: finalStage,
		steps,
		...watch !== void 0 && { watch: watchOf(watch) },
		...signOff !== void 0 && { signOff: signatures },
		shifts: [],
		maxHoldMs: 0
	}];
}
export { sha256 as _, planSchema as a, withMigrations as c, freeze as d, frozenAt as f, rolesOf as g, countApprovals as h, planOf as i, watch as l, approvalDigest as m, flagsIn as n, sharesOf as o, approval as p, isStageStep as r, stepNames as s, finalStage as t, limitLevels as u };
