import { S as union, _ as object, b as string, c as _null, g as number, m as literal, s as _enum, u as boolean, v as record, y as strictObject } from "./zod.js";
import { D as urlPath, E as textLike, M as expecting, O as variableName, P as refusing, S as secretReference, _ as listOf, a as duration, b as rate, g as limit, i as directory, n as checkAddress, o as gitRef, r as command, v as name, x as referencePattern, y as percentage } from "./field.js";
import { a as sentryCheck, n as dnsCheck, o as tlsCheck, r as githubCheck, t as auditCheck } from "./check-spec.js";
import { t as configure } from "./configure.js";
import { n as formatDuration } from "./duration.js";
import { r as flagValues } from "./flag.js";
import { t as formatLimit } from "./limit.js";
import { i as limitLevels, r as watch } from "./watch-spec.js";
import { a as arrivalsOf, r as unfitForLoad, t as leastSample } from "./load-limit.js";
const person = textLike("person", /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})|@[A-Za-z0-9][A-Za-z0-9-]{0,38}\/[\w.-]{1,100})$/);
const role = name;
const roles = listOf(role).meta({ description: "Roles of `people`." });
const people = record(role, listOf(person)).meta({ description: "Who has which role: GitHub logins, or teams as `@organisation/team`." });
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
const signOff = object({ order: listOf(name).meta({ description: "Names of the signatures below, first to last." }) }).catchall(signature).transform(({ order, ...signatures }) => ({
	order,
	roles: signatures
})).meta({ description: "Whose names stand under a finished release, in which order." });
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
const preflight = listOf(check).meta({ description: "What must hold before anything moves. Runs the repository's own code, without secrets." });
const backupCommand = (what) => strictObject({
	run: command.meta({ description: what }),
	env: record(variableName, secretReference).optional().meta({ description: "Variables of the command: `AWS_SECRET_ACCESS_KEY: $AWS_KEY`; nothing else is passed on." }),
	within: duration.optional().meta({ description: "Longest time the command may take; 30m if not given." })
});
const platformBackups = strictObject({
	project: textLike("name", /^[a-z]{20}$/).meta({ description: "The project's reference, as in its address." }),
	token: secretReference.default("$SUPABASE_ACCESS_TOKEN").meta({ description: "The secret with an access token." }),
	within: duration.meta({ description: "Oldest the newest backup may be (RPO)." })
});
const backup = strictObject({
	url: secretReference.default("$DATABASE_URL").meta({ description: "The secret with the database's address." }),
	via: _enum(["target"]).optional().meta({ description: "With `target` the database is reached through the target's first host." }),
	scratch: secretReference.optional().meta({ description: "The secret with the address of a server on which the backup may be restored; one is started here if not given." }),
	verify: _enum(["restore", "read"]).default("restore").meta({ description: "How the backup is proven: `restore` brings it up in an empty database and compares; `read` only reads it to its end, for databases too large for that." }),
	"restore-within": duration.optional().meta({ description: "Longest time restoring and comparing may take (RTO); slower fails the step." }),
	encrypt: textLike("age-recipient", /^age1[0-9a-z]{50,4000}$/).optional().meta({ description: "Public age key; what is stored can be opened only with its private key." }),
	store: backupCommand("Keeps the backup: SLUICE_BACKUP_FILE, SLUICE_BACKUP_MANIFEST, SLUICE_BACKUP_KEEP_DAYS.").optional().meta({ description: "A command that brings the backup to where it is kept, such as a bucket." }),
	fetch: backupCommand("Brings SLUICE_BACKUP_NAME and its manifest into SLUICE_BACKUP_DIRECTORY.").optional().meta({ description: "A command that brings a backup back for a restore." }),
	keep: duration.optional().meta({ description: "How long `store` is asked to keep it." }),
	supabase: platformBackups.optional().meta({ description: "Supabase's own backups or point-in-time recovery, which must be recent." })
}).superRefine((step, context) => {
	if (step.keep === void 0 || step.store !== void 0) return;
	context.addIssue(refusing({
		code: "RB142",
		message: "`keep` without `store`",
		why: "The backup would be gone with the job's machine, however long it should be kept.",
		fix: "Add `store: { run: ... }` with a command that brings it to a bucket."
	}, ["keep"]));
}).meta({ description: "A backup that was proven by restoring it." });
const migrationsIn = (where) => directory.default(where).meta({ description: `Folder with the migrations; ${where} if not given.` });
const ownCommand = (example) => command.optional().meta({ description: `Instead: the project's own tool, such as \`${example}\`, with DATABASE_URL and PG* in its environment.` });
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
const migrationExpectation = strictObject({
	indexes: listOf(union([identifier, strictObject({
		name: identifier.meta({ description: "Name of the index." }),
		table: qualifiedName.optional().meta({ description: "Table it is on." }),
		definition: string().max(2e3).optional().meta({ description: "Its definition, as pg_get_indexdef prints it." })
	})])).optional().meta({ description: "Indexes that exist, are valid, and are on the right table." }),
	"row-level-security": union([literal("all"), listOf(qualifiedName)]).optional().meta({ description: "Tables with row level security and policies; `all` of schema public, partitions included." }),
	"open-policies": listOf(qualifiedName).optional().meta({ description: "Policies and views that may let everybody through." }),
	constraints: literal("validated").optional().meta({ description: "No constraint is left unvalidated." }),
	probes: listOf(strictObject({
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
	via: _enum(["target"]).optional().meta({ description: "With `target` the database is reached through the target's first host." }),
	...engines,
	"lock-timeout": duration.optional().meta({ description: "Longest time one attempt stands in a lock queue, and so makes others wait; 100ms." }),
	"retry-for": duration.optional().meta({ description: "How long attempts that gave way to other sessions are repeated; 60s." }),
	"statement-timeout": duration.optional().meta({ description: "Longest time of one statement; 1h." }),
	"out-of-order": _enum(["refuse", "apply"]).optional().meta({ description: "What to do with a migration older than the newest applied one; refuse." }),
	lint: _enum(["enforce", "report"]).optional().meta({ description: "Whether pending files with a finding that has no answer are refused; enforce." }),
	expect: migrationExpectation.optional(),
	rehearse: boolean().optional().meta({ description: "Applies what is pending to an empty copy of the schema first, and says which locks it takes; false." }),
	scratch: secretReference.optional().meta({ description: "The secret with the address of a server for the rehearsal; one is started here if not given." }),
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
const smokeTest = listOf(check).meta({ description: "What the new version must answer before it takes traffic." });
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
	requests: listOf(loadRequest).optional().meta({ description: "What is sent: one or several requests by weight." }),
	rate: rate.optional().meta({ description: "Requests that arrive each second, whether or not others were answered." }),
	for: duration.optional().meta({ description: "How long they arrive." }),
	ramps: listOf(loadRamp).optional().meta({ description: "Instead of `rate` and `for`: changes of the rate, beginning at zero." }),
	within: duration.optional().meta({ description: "Longest time an answer may take before it counts as none; 10s." }),
	"in-flight": number().int().min(1).max(1e4).optional().meta({ description: "Most requests without an answer at a time; further ones are dropped and counted; 500." }),
	"version-header": string().regex(/^[A-Za-z0-9-]{1,100}$/).optional().meta({ description: "Header of an answer that names the version; x-version." }),
	k6: directory.optional().meta({ description: "Instead of `requests`: a k6 script, run by the k6 on PATH." })
};
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
	limits: listOf(limit).meta({ description: "What must hold of the finished run: `p99 < 1s`, `checks = 100%`." })
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
const shift = strictObject({
	traffic: percentage.optional().meta({ description: "Share of production traffic the candidate gets." }),
	hosts: percentage.optional().meta({ description: "Instead of `traffic`: the candidate gets so many of the target's hosts, rounded up." }),
	hold: duration.optional().meta({ description: "How long it keeps this share at least." }),
	every: duration.optional().meta({ description: "Time between two looks at the limits." }),
	...limitLevels
}).superRefine((shift, context) => {
	const { hold, every, limits, traffic, hosts } = shift;
	const share = traffic ?? hosts;
	if (share === void 0 || traffic !== void 0 && hosts !== void 0) {
		context.addIssue(refusing({
			code: "RB027",
			message: share === void 0 ? "missing key `traffic`" : "both `traffic` and `hosts`",
			why: "A candidate gets its share either of each host's requests or as whole hosts.",
			fix: "Write `traffic: 5%`, or `hosts: 5%` where the target has several hosts."
		}));
		return;
	}
	if (limits === void 0 && (hold !== void 0 || share < 100)) context.addIssue(refusing({
		code: "RB043",
		message: `${share}% of ${traffic === void 0 ? "hosts" : "traffic"} is judged by nothing: \`limits\` is missing`,
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
}).transform(({ traffic, hosts, ...rest }) => ({
	...rest,
	traffic: traffic ?? hosts ?? 0,
	...hosts !== void 0 && { hosts }
}));
const shifts = listOf(shift).superRefine((shifts, context) => {
	for (const [i, { traffic, hosts }] of shifts.entries()) {
		const before = shifts[i - 1]?.traffic;
		if (before === void 0 || traffic > before) continue;
		context.addIssue(refusing({
			code: "RB037",
			message: `${traffic}% does not follow ${before}%: every shift gives the candidate more traffic`,
			why: "Going down again would release to fewer people what was already proven on more.",
			fix: "Sort the shifts from the smallest share to 100%."
		}, [i, hosts === void 0 ? "traffic" : "hosts"]));
	}
	const last = shifts.at(-1);
	if (last === void 0 || last.traffic === 100) return;
	context.addIssue(refusing({
		code: "RB039",
		message: `the last shift ends at ${last.traffic}%, not at 100%`,
		why: "The release would stop half-way with two versions in production.",
		fix: "Add a last shift: `- { traffic: 100% }`."
	}, [shifts.length - 1, last.hosts === void 0 ? "traffic" : "hosts"]));
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
const orBare = (step) => union([step, _null().transform(() => ({}))]);
const stage = strictObject({
	name: name.meta({ description: "What people call this stage." }),
	ref: gitRef.optional().meta({ description: "Tag, branch or commit that this stage releases; the release's own commit if not given. Each contains the one before it." }),
	flags: flagValues.optional(),
	preflight: preflight.optional(),
	approve: approve.optional(),
	backup: backup.optional(),
	migrate: migrate.optional(),
	configure: configure.optional(),
	pause: pause.optional(),
	deploy: orBare(deploy).optional(),
	"smoke-test": smokeTest.optional(),
	"load-test": loadTest.optional(),
	canary: canary.optional(),
	watch: watch.optional()
});
export { preflight as a, people as c, migrate as i, signOff as l, envContract as n, smokeTest as o, loadTest as r, stage as s, backup as t };
