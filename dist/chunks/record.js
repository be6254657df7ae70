import { C as unknown, b as string, f as discriminatedUnion, g as number, l as array, m as literal, s as _enum, u as boolean, v as record, y as strictObject } from "./zod.js";
import { a as planSchema, p as approval, s as stepNames, t as finalStage } from "./plan.js";
const version = string().min(1).max(200);
const sha = string().regex(/^[0-9a-f]{40}$/, "must be a full commit sha");
const text = string().max(4e3);
const shortText = string().max(500);
const author = strictObject({
	run: number().int().nonnegative(),
	attempt: number().int().positive(),
	actor: string().max(200)
});
const common = {
	at: number().int(),
	by: author,
	release: number().int().nonnegative()
};
const share = {
	stage: string(),
	shift: number().int().nonnegative(),
	weight: number(),
	generation: string()
};
const changeNames = [
	"maintenance",
	"workers",
	"configuration",
	"flags"
];
const isLasting = (what) => what === "configuration" || what === "flags";
const changingEntry = strictObject({
	kind: literal("changing"),
	...common,
	what: _enum(changeNames),
	to: _enum(["on", "off"]),
	stage: string(),
	handle: string().max(2e3).optional()
});
const changedEntry = strictObject({
	kind: literal("changed"),
	...common,
	what: _enum(changeNames),
	to: _enum(["on", "off"]),
	stage: string(),
	message: text
});
const change = strictObject({
	what: _enum(changeNames),
	stage: string(),
	certain: boolean(),
	handle: string().max(2e3).nullable()
});
const same = (a, b) => a.what === b.what && a.stage === b.stage;
function foldChange(changes, entry) {
	const { what, to, stage } = entry;
	const others = changes.filter((known) => !same(known, entry));
	if (to === "off") return entry.kind === "changed" ? others : [...changes];
	const certain = entry.kind === "changed";
	const known = changes.find((made) => same(made, entry));
	const handle = entry.kind === "changing" ? entry.handle ?? null : null;
	return known === void 0 ? [...changes, {
		what,
		stage,
		certain,
		handle
	}] : changes.map((made) => same(made, entry) ? {
		...made,
		certain: made.certain || certain
	} : made);
}
const withConfigured = (changes, stage, handle) => [...changes.filter((known) => !same(known, {
	what: "configuration",
	stage
})), {
	what: "configuration",
	stage,
	certain: true,
	handle
}];
const orders = [
	"hold",
	"continue",
	"rollback",
	"abort"
];
const questionKinds = [
	"page",
	"fail",
	"short"
];
const approvalEntry = strictObject({
	kind: literal("approval"),
	...common,
	stage: string(),
	role: string(),
	digest: string()
});
const signatureEntry = strictObject({
	kind: literal("signature"),
	...common,
	role: string(),
	digest: string(),
	note: shortText
});
const attestedEntry = strictObject({
	kind: literal("attested"),
	...common,
	stage: string(),
	role: string(),
	note: shortText
});
const orderEntry = strictObject({
	kind: literal("order"),
	...common,
	order: _enum(orders),
	reason: shortText
});
const skippedEntry = strictObject({
	kind: literal("skipped"),
	...common,
	stage: string(),
	step: _enum(stepNames),
	reason: string().min(1).max(500)
});
const question = {
	about: _enum(questionKinds),
	step: _enum(["canary", "watch"]),
	...share,
	decideBy: number().nullable(),
	reason: string()
};
const askedEntry = strictObject({
	kind: literal("asked"),
	...common,
	...question,
	message: text
});
const warnedEntry = strictObject({
	kind: literal("warned"),
	...common,
	stage: string(),
	step: _enum(["canary", "watch"]),
	reason: string(),
	message: text
});
const steppedBackEntry = strictObject({
	kind: literal("stepped-back"),
	...common,
	stage: string(),
	shift: number().int().nonnegative(),
	reason: string(),
	message: text
});
const said = strictObject({
	actor: string(),
	reason: shortText,
	at: number()
});
const peopleState = strictObject({
	approvals: array(approval).max(200),
	signatures: array(strictObject({
		role: string(),
		actor: string(),
		digest: string(),
		at: number()
	})).max(200),
	attested: record(string(), strictObject({
		role: string(),
		actor: string(),
		at: number()
	})),
	hold: said.nullable(),
	wanted: strictObject({
		order: _enum(["rollback", "abort"]),
		...said.shape
	}).nullable(),
	question: strictObject({
		...question,
		at: number(),
		answered: boolean()
	}).nullable(),
	steppedBack: strictObject({
		stage: string(),
		shift: number(),
		reason: string(),
		at: number()
	}).nullable(),
	retries: number().int(),
	warned: array(string()).max(100)
});
const nobody = {
	approvals: [],
	signatures: [],
	attested: {},
	hold: null,
	wanted: null,
	question: null,
	steppedBack: null,
	retries: 0,
	warned: []
};
const peopleEntry = discriminatedUnion("kind", [
	approvalEntry,
	signatureEntry,
	attestedEntry,
	orderEntry,
	askedEntry,
	warnedEntry,
	steppedBackEntry
]);
function foldPeople(people, entry) {
	const { at } = entry;
	const { actor } = entry.by;
	switch (entry.kind) {
		case "approval": {
			const { stage, role, digest } = entry;
			return {
				...people,
				approvals: [...people.approvals, {
					stage,
					role,
					actor,
					digest,
					at
				}].slice(-200)
			};
		}
		case "signature": {
			const { role, digest } = entry;
			return {
				...people,
				signatures: [...people.signatures, {
					role,
					actor,
					digest,
					at
				}].slice(-200)
			};
		}
		case "attested": return {
			...people,
			attested: {
				...people.attested,
				[entry.stage]: {
					role: entry.role,
					actor,
					at
				}
			}
		};
		case "order": return foldOrder(people, entry);
		case "asked": {
			const { about, step, stage, shift, weight, generation, decideBy, reason } = entry;
			const question = {
				about,
				step,
				stage,
				shift,
				weight,
				generation,
				decideBy,
				reason,
				at,
				answered: false
			};
			return {
				...people,
				question
			};
		}
		case "warned": return {
			...people,
			warned: [...people.warned, `${entry.stage}/${entry.step}/${entry.reason}`].slice(-100)
		};
		case "stepped-back": return {
			...people,
			steppedBack: {
				stage: entry.stage,
				shift: entry.shift,
				reason: entry.reason,
				at
			}
		};
	}
}
function foldOrder(people, { order, reason, at, by }) {
	const said = {
		actor: by.actor,
		reason,
		at
	};
	switch (order) {
		case "hold": return {
			...people,
			hold: said
		};
		case "rollback":
		case "abort": return {
			...people,
			wanted: {
				order,
				...said
			}
		};
		case "continue": {
			const { question, steppedBack, retries } = people;
			return {
				...people,
				hold: null,
				question: question === null ? null : {
					...question,
					answered: true
				},
				steppedBack: null,
				retries: steppedBack === null ? retries : retries + 1
			};
		}
	}
}
function leftToUndo(release, to, stage) {
	const { plan, promotions, before, changes } = release;
	const order = plan.stages.map(({ name }) => name);
	const servedAtStartOf = (index) => promotions.filter(({ stage }) => order.indexOf(stage) < index).at(-1)?.version ?? before;
	const named = stage === void 0 || stage === "final" ? -1 : order.indexOf(stage);
	const standing = named >= 0 && servedAtStartOf(named) === to ? named : order.findIndex((_, index) => servedAtStartOf(index) === to);
	return changes.filter((change) => !isLasting(change.what) || order.indexOf(change.stage) >= standing);
}
const afterSchema = strictObject({
	environment: string(),
	watchedMs: number().nonnegative(),
	withinMs: number().positive().exactOptional()
});
const waiting = {
	commit: sha,
	reason: _enum(["busy", "after"]),
	after: afterSchema.exactOptional(),
	workflow: string().max(200).exactOptional()
};
const queuedEntry = strictObject({
	kind: literal("queued"),
	...common,
	...waiting,
	message: text
});
const dequeuedEntry = strictObject({
	kind: literal("dequeued"),
	...common,
	reason: string(),
	message: text
});
const waitingRelease = strictObject({
	release: number().int(),
	...waiting,
	actor: string(),
	at: number(),
	message: text
});
function foldQueue(queued, entry) {
	if (entry.kind === "dequeued") return queued?.release === entry.release ? null : queued;
	if (queued !== null && entry.release < queued.release) return queued;
	const { release, commit, reason, after, workflow, at, message, by } = entry;
	return {
		release,
		commit,
		reason,
		at,
		message,
		actor: by.actor,
		...after !== void 0 && { after },
		...workflow !== void 0 && { workflow }
	};
}
const verdictKinds$1 = [
	"pass",
	"fail",
	"hold",
	"error"
];
const lookEntry = strictObject({
	kind: literal("look"),
	...common,
	stage: string(),
	generation: string(),
	from: number(),
	to: number(),
	seenMs: number().nonnegative(),
	largestGapMs: number().nonnegative(),
	seenAt: number(),
	verdict: _enum(verdictKinds$1),
	reason: string(),
	message: text,
	evidence: unknown().optional(),
	gate: unknown().optional()
});
const watchState = strictObject({
	stage: string(),
	since: number(),
	judgedFrom: number(),
	lookedAt: number(),
	seenMs: number(),
	largestGapMs: number(),
	seenAt: number(),
	verdict: _enum(verdictKinds$1).nullable(),
	reason: string(),
	gate: unknown().optional()
});
const newWatch = (stage, at) => ({
	stage,
	since: at,
	judgedFrom: at,
	lookedAt: at,
	seenMs: 0,
	largestGapMs: 0,
	seenAt: at,
	verdict: null,
	reason: ""
});
function foldLook(watch, look) {
	if (watch === null || watch.stage !== look.stage || look.to <= watch.lookedAt) return watch;
	const { verdict, reason, gate, to, seenMs, largestGapMs, seenAt } = look;
	const seen = Math.min(seenMs, to - watch.lookedAt);
	return {
		stage: watch.stage,
		since: watch.since,
		judgedFrom: watch.judgedFrom,
		lookedAt: to,
		seenMs: watch.seenMs + seen,
		largestGapMs: Math.max(watch.largestGapMs, largestGapMs),
		seenAt: Math.max(watch.seenAt, seenAt),
		verdict,
		reason,
		...gate === void 0 ? {} : { gate }
	};
}
function continuedWatch({ gate: _, ...watch }, about, reason, at) {
	return about === "short" ? {
		...watch,
		verdict: "pass",
		reason
	} : {
		...watch,
		verdict: null,
		reason,
		judgedFrom: at
	};
}
function firstOpen(release) {
	for (const stage of release.plan.stages) for (const step of stage.steps) if (!isSettled(release, stage.name, step)) return {
		stage,
		step
	};
}
const maxEvidenceBytes = 32768;
const endings = [
	"done",
	"failed",
	"rolled-back",
	"rolled-back-unhealthy",
	"rollback-incomplete",
	"held",
	"halted",
	"superseded"
];
const verdictKinds = [
	"pass",
	"fail",
	"hold",
	"error"
];
const entrySchema = discriminatedUnion("kind", [
	strictObject({
		kind: literal("started"),
		...common,
		commit: sha,
		runbookHash: string(),
		plan: planSchema,
		stable: version,
		generation: string()
	}),
	strictObject({
		kind: literal("resumed"),
		...common
	}),
	strictObject({
		kind: literal("step"),
		...common,
		stage: string(),
		step: _enum(stepNames),
		outcome: _enum([
			"begun",
			"passed",
			"failed",
			"held"
		]),
		reason: string(),
		message: text,
		candidate: strictObject({
			version,
			url: string()
		}).optional(),
		configured: strictObject({
			changed: array(string().max(200)).max(500),
			unreadable: array(string().max(200)).max(500),
			before: string().max(2e3).optional()
		}).optional(),
		evidence: unknown().optional()
	}),
	strictObject({
		kind: literal("intent"),
		...common,
		...share,
		restore: strictObject({
			version,
			generation: string()
		})
	}),
	strictObject({
		kind: literal("result"),
		...common,
		outcome: _enum(["applied", "not-applied"]),
		weight: number(),
		generation: string(),
		message: text
	}),
	strictObject({
		kind: literal("verdict"),
		...common,
		...share,
		verdict: _enum(verdictKinds),
		reason: string(),
		message: text,
		evidence: unknown().optional(),
		gate: unknown().optional()
	}),
	strictObject({
		kind: literal("interrupted"),
		...common,
		reason: string(),
		message: text
	}),
	strictObject({
		kind: literal("rollback"),
		...common,
		from: version.nullable(),
		to: version,
		generation: string(),
		stage: string().optional(),
		as: _enum([
			"rolled-back",
			"rolled-back-unhealthy",
			"rollback-incomplete",
			"held"
		]),
		reason: string(),
		message: text,
		evidence: unknown().optional()
	}),
	strictObject({
		kind: literal("ended"),
		...common,
		as: _enum([
			"done",
			"failed",
			"halted",
			"superseded"
		]),
		reason: string(),
		message: text
	}),
	strictObject({
		kind: literal("locked"),
		...common,
		reason: string().min(1).max(500)
	}),
	strictObject({
		kind: literal("unlocked"),
		...common,
		reason: shortText
	}),
	queuedEntry,
	dequeuedEntry,
	approvalEntry,
	signatureEntry,
	attestedEntry,
	orderEntry,
	skippedEntry,
	askedEntry,
	warnedEntry,
	steppedBackEntry,
	lookEntry,
	changingEntry,
	changedEntry,
	strictObject({
		kind: literal("recovery"),
		...common,
		healthy: boolean(),
		message: text,
		evidence: unknown().optional()
	})
]);
const stepState = strictObject({
	outcome: _enum([
		"begun",
		"passed",
		"failed",
		"held",
		"skipped"
	]),
	reason: string(),
	message: text,
	at: number(),
	attempt: number()
});
const releaseSchema = strictObject({
	id: number().int(),
	attempt: number().int(),
	run: number().int(),
	actor: string(),
	commit: sha,
	runbookHash: string(),
	plan: planSchema,
	startedAt: number(),
	before: version,
	stable: strictObject({
		version,
		generation: string()
	}),
	candidate: strictObject({
		version,
		url: string()
	}).nullable(),
	promoted: strictObject({
		version,
		url: string()
	}).nullable(),
	replaced: strictObject({
		version,
		stage: string()
	}).nullable().default(null),
	promotions: array(strictObject({
		stage: string(),
		version
	})).max(50).default([]),
	steps: record(string(), stepState),
	traffic: strictObject({
		stage: string(),
		shift: number(),
		weight: number(),
		generation: string(),
		since: number()
	}).nullable(),
	intent: strictObject({
		stage: string(),
		shift: number(),
		weight: number(),
		generation: string(),
		at: number()
	}).nullable(),
	verdict: strictObject({
		stage: string(),
		shift: number(),
		weight: number(),
		generation: string(),
		verdict: _enum(verdictKinds),
		reason: string(),
		at: number(),
		gate: unknown().optional()
	}).nullable(),
	interrupted: strictObject({
		reason: string(),
		at: number()
	}).nullable(),
	people: peopleState.default(nobody),
	watch: watchState.nullable().default(null),
	changes: array(change).max(50).default([]),
	movesSchema: boolean().default(false),
	recovery: strictObject({
		healthy: boolean(),
		at: number()
	}).nullable().default(null),
	ended: strictObject({
		as: _enum(endings),
		reason: string(),
		message: text,
		at: number()
	}).nullable()
});
const recordSchema = strictObject({
	version: literal(1),
	environment: string(),
	entries: number().int().nonnegative(),
	highest: number().int().nonnegative(),
	release: releaseSchema.nullable(),
	lastGood: strictObject({
		version,
		commit: sha.nullable(),
		release: number().int()
	}).nullable(),
	served: array(version).max(100).default([]),
	outgrown: array(version).max(100).default([]),
	schemaAhead: boolean().default(false),
	rejected: array(strictObject({
		commit: sha,
		release: number().int(),
		reason: string()
	})).max(100),
	lock: strictObject({
		reason: string(),
		actor: string(),
		at: number()
	}).nullable().default(null),
	queued: waitingRelease.nullable().default(null)
});
const emptyRecord = (environment) => ({
	version: 1,
	environment,
	entries: 0,
	highest: 0,
	release: null,
	lastGood: null,
	served: [],
	outgrown: [],
	schemaAhead: false,
	rejected: [],
	lock: null,
	queued: null
});
const stepKey = (stage, step) => `${stage}/${step}`;
const isSettled = ({ steps }, stage, step) => {
	const outcome = steps[stepKey(stage, step)]?.outcome;
	return outcome === "passed" || outcome === "skipped";
};
function fold(record, entry) {
	if (entry.kind === "queued" || entry.kind === "dequeued") return {
		...record,
		entries: record.entries + 1,
		queued: foldQueue(record.queued, entry)
	};
	const counted = {
		...record,
		entries: record.entries + 1,
		highest: Math.max(record.highest, entry.release)
	};
	if (entry.kind === "started") return {
		...counted,
		release: newRelease(entry),
		queued: stillQueued(record, entry)
	};
	if (entry.kind === "rollback") return afterRollback(counted, entry);
	if (entry.kind === "locked") return {
		...counted,
		lock: {
			reason: entry.reason,
			actor: entry.by.actor,
			at: entry.at
		}
	};
	if (entry.kind === "unlocked") return {
		...counted,
		lock: null
	};
	const release = counted.release;
	if (release === null || release.id !== entry.release) return counted;
	return {
		...counted,
		release: foldRelease(release, entry),
		...entry.kind === "ended" && (entry.as === "done" ? whenDone(counted, release) : whenNotDone(counted, release))
	};
}
const stillQueued = ({ queued }, { release }) => queued !== null && queued.release > release ? queued : null;
const schemaMovesOn = "schema-moves-on";
const schemaMovedOn = "schema-moved-on";
function whenDone(record, release) {
	const now = release.stable.version;
	const others = (versions) => [...new Set(versions)].filter((one) => one !== now).slice(-99);
	const { served, outgrown, lastGood } = record;
	const before = [
		...served,
		...lastGood === null ? [] : [lastGood.version],
		release.before
	];
	const moved = release.movesSchema || record.schemaAhead;
	return {
		lastGood: good(release),
		schemaAhead: false,
		served: moved ? [now] : [...others(before), now],
		outgrown: others(moved ? [...outgrown, ...before] : outgrown)
	};
}
const whenNotDone = ({ schemaAhead }, { movesSchema }) => ({ schemaAhead: schemaAhead || movesSchema });
const commitIn = ({ plan, commit }, stage) => plan.stages.find(({ name }) => name === stage)?.commit ?? commit;
function promotedCommit(release, version) {
	const promotion = release.promotions.findLast((known) => known.version === version);
	return promotion === void 0 ? null : commitIn(release, promotion.stage);
}
const good = (release) => ({
	version: release.stable.version,
	commit: commitIn(release, release.promotions.at(-1)?.stage),
	release: release.id
});
function newRelease(entry) {
	return {
		id: entry.release,
		attempt: entry.by.attempt,
		run: entry.by.run,
		actor: entry.by.actor,
		commit: entry.commit,
		runbookHash: entry.runbookHash,
		plan: entry.plan,
		startedAt: entry.at,
		before: entry.stable,
		stable: {
			version: entry.stable,
			generation: entry.generation
		},
		candidate: null,
		promoted: null,
		replaced: null,
		promotions: [],
		steps: {},
		traffic: null,
		intent: null,
		verdict: null,
		interrupted: null,
		people: nobody,
		watch: null,
		changes: [],
		movesSchema: false,
		recovery: null,
		ended: null
	};
}
function foldRelease(release, entry) {
	switch (entry.kind) {
		case "resumed": return {
			...release,
			attempt: entry.by.attempt,
			run: entry.by.run
		};
		case "step": return afterStep(release, entry);
		case "skipped": return withStep(release, entry.step, {
			...entry,
			outcome: "skipped",
			reason: "skipped",
			message: entry.reason
		});
		case "intent": return {
			...release,
			intent: {
				stage: entry.stage,
				shift: entry.shift,
				weight: entry.weight,
				generation: entry.generation,
				at: entry.at
			}
		};
		case "result": return afterResult(release, entry);
		case "verdict": {
			const { stage, shift, weight, generation, verdict, reason, at, gate } = entry;
			const kept = gate === void 0 ? {} : { gate };
			return {
				...release,
				verdict: {
					stage,
					shift,
					weight,
					generation,
					verdict,
					reason,
					at,
					...kept
				}
			};
		}
		case "interrupted": return {
			...release,
			interrupted: {
				reason: entry.reason,
				at: entry.at
			}
		};
		case "order": return {
			...continued(release, entry),
			people: foldPeople(release.people, entry)
		};
		case "approval":
		case "signature":
		case "attested":
		case "asked":
		case "warned":
		case "stepped-back": return {
			...release,
			people: foldPeople(release.people, entry)
		};
		case "look": return {
			...release,
			watch: foldLook(release.watch, entry)
		};
		case "changing":
		case "changed": return {
			...release,
			changes: foldChange(release.changes, entry)
		};
		case "recovery": return afterRecovery(release, entry);
		case "ended": return {
			...release,
			...entry.as === "failed" && { changes: leftToUndo(release, release.stable.version, firstOpen(release)?.stage.name) },
			intent: null,
			ended: {
				as: entry.as,
				reason: entry.reason,
				message: entry.message,
				at: entry.at
			}
		};
	}
}
function withStep(release, step, fact) {
	const { stage, outcome, reason, message, at, by } = fact;
	const state = {
		outcome,
		reason,
		message,
		at,
		attempt: by.attempt
	};
	return {
		...release,
		steps: {
			...release.steps,
			[stepKey(stage, step)]: state
		}
	};
}
function afterStep(release, entry) {
	const { stage, step, outcome, candidate, configured, at } = entry;
	const after = withStep(release, step, entry);
	if (step === "canary" && outcome === "passed") return promoted(after, stage);
	if (step === "watch" && outcome === "begun") return {
		...after,
		watch: newWatch(stage, at)
	};
	const { before } = configured ?? {};
	const changes = before === void 0 ? after.changes : withConfigured(after.changes, stage, before);
	const movesSchema = release.movesSchema || step === "migrate" && saysThatSchemaMoves(entry);
	return {
		...after,
		changes,
		movesSchema,
		candidate: candidate ?? release.candidate
	};
}
const saysThatSchemaMoves = ({ outcome, reason }) => outcome === "begun" && reason === "schema-moves-on" || outcome === "passed" && reason === "schema-moved-on";
function continued(release, { order, at, by }) {
	const { question } = release.people;
	if (order !== "continue" || question === null || question.answered || question.about === "page") return release;
	const reason = `continued-by-${by.actor}`.slice(0, 200);
	const { stage, shift, weight, generation, step } = question;
	if (step === "watch") return {
		...release,
		watch: release.watch && continuedWatch(release.watch, question.about, reason, at)
	};
	return {
		...release,
		verdict: {
			stage,
			shift,
			weight,
			generation,
			verdict: "pass",
			reason,
			at
		}
	};
}
function afterRecovery(release, { healthy, at, message }) {
	const { ended } = release;
	if (ended === null) return release;
	const unhealthy = {
		...ended,
		as: "rolled-back-unhealthy",
		message
	};
	return {
		...release,
		recovery: {
			healthy,
			at
		},
		ended: healthy ? ended : unhealthy
	};
}
function promoted(release, stage) {
	const { candidate, traffic } = release;
	if (candidate === null || traffic === null) return release;
	return {
		...release,
		stable: {
			version: candidate.version,
			generation: traffic.generation
		},
		candidate: null,
		promoted: candidate,
		replaced: {
			version: release.stable.version,
			stage
		},
		promotions: [...release.promotions, {
			stage,
			version: candidate.version
		}],
		traffic: null,
		verdict: null
	};
}
function afterResult(release, entry) {
	const intent = release.intent;
	if (intent === null || entry.outcome === "not-applied") return release;
	const { stage, shift } = intent;
	return {
		...release,
		intent: null,
		verdict: null,
		traffic: {
			stage,
			shift,
			weight: entry.weight,
			generation: entry.generation,
			since: entry.at
		}
	};
}
function afterRollback(record, entry) {
	const release = record.release;
	if (release === null || release.id !== entry.release) return {
		...record,
		lastGood: {
			version: entry.to,
			commit: null,
			release: entry.release
		}
	};
	const blamed = entry.as !== "held" && entry.reason !== "cancelled" && entry.reason !== "interrupted" && !record.rejected.some((known) => known.commit === release.commit);
	const commits = [...new Set([commitIn(release, entry.stage), release.commit])];
	return {
		...record,
		...whenNotDone(record, release),
		release: {
			...release,
			changes: leftToUndo(release, entry.to, entry.stage),
			intent: null,
			traffic: null,
			ended: {
				as: entry.as,
				reason: entry.reason,
				message: entry.message,
				at: entry.at
			}
		},
		lastGood: record.lastGood?.version === entry.to ? record.lastGood : {
			version: entry.to,
			commit: promotedCommit(release, entry.to),
			release: entry.release
		},
		rejected: blamed ? [...record.rejected, ...commits.map((commit) => ({
			commit,
			release: release.id,
			reason: entry.reason
		}))].slice(-100) : record.rejected
	};
}
export { recordSchema as a, stepKey as c, maxEvidenceBytes as i, firstOpen as l, fold as n, schemaMovedOn as o, isSettled as r, schemaMovesOn as s, emptyRecord as t, isLasting as u };
