import { t as shortVersion } from "./short-version.js";
import { C as unknown, b as string, f as discriminatedUnion, g as number, h as looseObject, l as array, m as literal, s as _enum, u as boolean, v as record, y as strictObject } from "./zod.js";
import { T as frozenAt, _t as rolesOf, gt as countApprovals, h as stepNames, ht as approvalDigest, l as finalStage, mt as approval, p as planSchema, s as resolveReferences, vt as sha256 } from "./runbook-keys.js";
import { E as formatDuration, _ as fail, g as messageOf, h as ProviderError, m as InputError, v as hold, y as pass } from "./words.js";
import { t as wrongClock } from "./wrong-clock.js";
import { n as witnessOf, r as recordDiffers } from "./deployment.js";
function headline(entry) {
switch (entry.kind) {
case "started": return `release ${entry.release} started: ${entry.commit.slice(0, 12)}`;
case "resumed": return `release ${entry.release} resumed by attempt ${entry.by.attempt}`;
case "step": return `${entry.stage}: ${entry.step} ${entry.outcome} (${entry.reason})`;
case "intent": return `${entry.stage}: about to give the candidate ${entry.weight}%`;
case "result": return `candidate at ${entry.weight}%: ${entry.outcome}`;
case "verdict": return `canary ${entry.weight}%: ${entry.verdict} (${entry.reason})`;
case "interrupted": return `interrupted (${entry.reason})`;
case "rollback": return `${entry.as}: traffic to ${shortVersion(entry.to)} (${entry.reason})`;
case "ended": return `release ${entry.release} ${entry.as} (${entry.reason})`;
case "approval": return `${entry.stage}: approved by ${entry.by.actor} as ${entry.role}`;
case "signature": return `signed by ${entry.by.actor} as ${entry.role}`;
case "attested": return `${entry.stage}: task done, says ${entry.by.actor} as ${entry.role}`;
case "order": return `${entry.by.actor} says ${entry.order}${entry.reason === "" ? "" : `: ${entry.reason}`}`;
case "skipped": return `${entry.stage}: ${entry.step} skipped by ${entry.by.actor}: ${entry.reason}`;
case "asked": return `${entry.stage}: ${entry.step} asks a person (${entry.reason})`;
case "warned": return `${entry.stage}: warning (${entry.reason})`;
case "stepped-back": return `${entry.stage}: back by one share (${entry.reason})`;
case "look": return `${entry.stage}: watch ${entry.verdict} (${entry.reason})`;
case "changing": return `${entry.stage}: about to turn ${entry.what} ${entry.to}`;
case "changed": return `${entry.stage}: ${entry.what} ${entry.failed === !0 ? "not " : ""}${entry.to}`;
case "recovery": return entry.healthy ? "what serves now does its work" : "what serves now is NOT healthy";
case "queued": return `release ${entry.release} of ${entry.commit.slice(0, 12)} waits (${entry.reason})`;
case "dequeued": return `release ${entry.release} waits no more (${entry.reason})`;
case "locked": return `locked by ${entry.by.actor}: ${entry.reason}`;
case "unlocked": return `unlocked by ${entry.by.actor}`;
}
}
const version = string().min(1).max(200), sha = string().regex(/^[0-9a-f]{40}$/, "must be a full commit sha"), text = string().max(4e3), shortText = string().max(500), author = strictObject({
run: number().int().nonnegative(),
attempt: number().int().positive(),
actor: string().max(200)
}), common = {
at: number().int(),
by: author,
release: number().int().nonnegative()
}, share = {
stage: string(),
shift: number().int().nonnegative(),
weight: number(),
generation: string()
}, changeNames = [
"maintenance",
"workers",
"configuration",
"flags"
], isLasting = (what) => what === "configuration" || what === "flags", changingEntry = strictObject({
kind: literal("changing"),
...common,
what: _enum(changeNames),
to: _enum(["on", "off"]),
stage: string(),
handle: string().max(2e3).optional(),
until: number().int().optional()
}), changedEntry = strictObject({
kind: literal("changed"),
...common,
what: _enum(changeNames),
to: _enum(["on", "off"]),
stage: string(),
message: text,
since: number().int().optional(),
failed: literal(!0).optional()
}), openCommand = strictObject({
what: _enum(changeNames),
to: _enum(["on", "off"]),
stage: string(),
since: number().int(),
until: number().int()
}), change$1 = strictObject({
what: _enum(changeNames),
stage: string(),
certain: boolean(),
handle: string().max(2e3).nullable(),
again: number().int().optional()
}), same = (a, b) => a.what === b.what && a.stage === b.stage, contrary = (commands, wanted, at) => commands.filter(({ what, to, stage, until }) => until > at && what === wanted.what && (to !== wanted.to || to === "on" && stage !== wanted.stage));
function foldChange({ changes, commands }, entry) {
let { what, to, stage, at } = entry, known = changes.find((made) => same(made, entry)), others = changes.filter((made) => made !== known);
if (entry.kind === "changing") {
let { until = at } = entry, open = commands.filter((one) => one.until > at - (until - at));
return {
commands: until === at ? open : [...open, {
what,
to,
stage,
since: at,
until
}].slice(-50),
changes: to === "off" ? changes : begun(changes, known, {
what,
stage,
handle: entry.handle ?? null
})
};
}
let { since = at } = entry, own = commands.find((one) => one.since === since && one.to === to && one.until > at && same(one, entry));
if (since !== at && own === void 0) return {
changes,
commands
};
let beside = contrary(commands, entry, since), standing = {
changes,
commands: beside.length > 0 ? commands : commands.filter((one) => one !== own)
};
if (entry.failed === !0) return standing;
if (to === "on") {
let made = {
what,
stage,
handle: known?.handle ?? null,
certain: beside.length === 0
};
return {
...standing,
changes: known === void 0 ? [...changes, made] : changes.with(changes.indexOf(known), made)
};
}
if (known === void 0 || beside.length === 0) return {
...standing,
changes: others
};
let again = Math.max(...beside.map(({ until }) => until));
return {
...standing,
changes: changes.with(changes.indexOf(known), {
...known,
certain: !1,
again
})
};
}
function begun(changes, known, made) {
if (known === void 0) return [...changes, {
...made,
certain: !1
}];
let { again: _, ...back } = known;
return changes.with(changes.indexOf(known), back);
}
const withConfigured = (changes, stage, handle) => [...changes.filter((known) => !same(known, {
what: "configuration",
stage
})), {
what: "configuration",
stage,
certain: !0,
handle
}], orders = [
"hold",
"continue",
"rollback",
"abort"
], continuable = [
"hold",
"question",
"step-back"
], questionKinds = [
"page",
"fail",
"short"
], approvalEntry = strictObject({
kind: literal("approval"),
...common,
stage: string(),
role: string(),
digest: string()
}), signatureEntry = strictObject({
kind: literal("signature"),
...common,
role: string(),
digest: string(),
note: shortText
}), attestedEntry = strictObject({
kind: literal("attested"),
...common,
stage: string(),
role: string(),
note: shortText
}), orderEntry = strictObject({
kind: literal("order"),
...common,
order: _enum(orders),
of: _enum(continuable).optional(),
reason: shortText
}), skippedEntry = strictObject({
kind: literal("skipped"),
...common,
stage: string(),
step: _enum(stepNames),
reason: string().min(1).max(500)
}), question = {
about: _enum(questionKinds),
step: _enum(["canary", "watch"]),
...share,
decideBy: number().nullable(),
reason: string()
}, askedEntry = strictObject({
kind: literal("asked"),
...common,
...question,
message: text
}), warnedEntry = strictObject({
kind: literal("warned"),
...common,
stage: string(),
step: _enum(["canary", "watch"]),
reason: string(),
message: text
}), steppedBackEntry = strictObject({
kind: literal("stepped-back"),
...common,
stage: string(),
shift: number().int().nonnegative(),
reason: string(),
message: text
}), said = strictObject({
actor: string(),
reason: shortText,
at: number()
}), peopleState = strictObject({
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
}), nobody = {
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
discriminatedUnion("kind", [
approvalEntry,
signatureEntry,
attestedEntry,
orderEntry,
askedEntry,
warnedEntry,
steppedBackEntry
]);
function foldPeople(people, entry) {
let { at } = entry, { actor } = entry.by;
switch (entry.kind) {
case "approval": {
let { stage, role, digest } = entry;
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
let { role, digest } = entry;
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
let { about, step, stage, shift, weight, generation, decideBy, reason } = entry, question = {
about,
step,
stage,
shift,
weight,
generation,
decideBy,
reason,
at,
answered: !1
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
question: null,
steppedBack: {
stage: entry.stage,
shift: entry.shift,
reason: entry.reason,
at
}
};
}
}
const answers$1 = ({ of }, what) => of === void 0 || of === what;
function foldOrder(people, entry) {
let { order, reason, at, by } = entry, said = {
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
let { hold, question, steppedBack, retries } = people, retried = steppedBack !== null && answers$1(entry, "step-back");
return {
...people,
hold: answers$1(entry, "hold") ? null : hold,
question: question !== null && answers$1(entry, "question") ? {
...question,
answered: !0
} : question,
steppedBack: retried ? null : steppedBack,
retries: retried ? retries + 1 : retries
};
}
}
}
const afterSchema = strictObject({
environment: string(),
watchedMs: number().nonnegative(),
withinMs: number().positive().exactOptional()
}), waiting$2 = {
commit: sha,
reason: _enum(["busy", "after"]),
after: afterSchema.exactOptional(),
workflow: string().max(200).exactOptional(),
overrideRejected: literal(!0).exactOptional()
}, queuedEntry = strictObject({
kind: literal("queued"),
...common,
...waiting$2,
message: text
}), dequeuedEntry = strictObject({
kind: literal("dequeued"),
...common,
reason: string(),
message: text
}), waitingRelease = strictObject({
release: number().int(),
...waiting$2,
actor: string(),
at: number(),
message: text
});
function foldQueue(queued, entry) {
if (entry.kind === "dequeued") return queued?.release === entry.release ? null : queued;
if (queued !== null && entry.release < queued.release) return queued;
let { release, commit, reason, after, workflow, overrideRejected, at, message, by } = entry;
return {
release,
commit,
reason,
at,
message,
actor: by.actor,
...after !== void 0 && { after },
...workflow !== void 0 && { workflow },
...overrideRejected !== void 0 && { overrideRejected }
};
}
const verdictKinds$1 = [
"pass",
"fail",
"hold",
"error"
], lookEntry$1 = strictObject({
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
}), watchState = strictObject({
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
}), newWatch = (stage, at) => ({
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
let { verdict, reason, gate, to, seenMs, largestGapMs, seenAt } = look, seen = Math.min(seenMs, to - watch.lookedAt);
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
const endings$1 = [
"done",
"failed",
"rolled-back",
"rolled-back-unhealthy",
"rollback-incomplete",
"held",
"halted",
"superseded"
], verdictKinds = [
"pass",
"fail",
"hold",
"error"
];
discriminatedUnion("kind", [
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
lookEntry$1,
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
}), releaseSchema = strictObject({
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
}).nullable().default(null),
replaced: strictObject({
version,
stage: string()
}).nullable().default(null),
promotions: array(strictObject({
stage: string(),
version
})).max(50).default([]),
earlierCandidates: array(version).max(50).default([]),
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
changes: array(change$1).max(50).default([]),
commands: array(openCommand).max(50).default([]),
kept: array(change$1).max(50).default([]),
movesSchema: boolean().default(!1),
recovery: strictObject({
healthy: boolean(),
at: number()
}).nullable().default(null),
ended: strictObject({
as: _enum(endings$1),
reason: string(),
message: text,
at: number()
}).nullable()
}), recordSchema = strictObject({
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
schemaAhead: boolean().default(!1),
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
}), emptyRecord = (environment) => ({
version: 1,
environment,
entries: 0,
highest: 0,
release: null,
lastGood: null,
served: [],
outgrown: [],
schemaAhead: !1,
rejected: [],
lock: null,
queued: null
}), stepKey = (stage, step) => `${stage}/${step}`, isSettled = ({ steps }, stage, step) => {
let outcome = steps[stepKey(stage, step)]?.outcome;
return outcome === "passed" || outcome === "skipped";
}, schemaMovesOn = "schema-moves-on", schemaMovedOn = "schema-moved-on", schemaStays = "schema-stays", commitIn = ({ plan, commit }, stage) => plan.stages.find(({ name }) => name === stage)?.commit ?? commit, knowsGeneration = ({ stable, traffic, intent }, generation) => [
stable.generation,
traffic?.generation,
intent?.generation
].includes(generation), candidatesOf = ({ earlierCandidates, candidate }) => [...new Set([...earlierCandidates, ...candidate === null ? [] : [candidate.version]])];
async function journal(context, onto, ...facts) {
let entries = facts.map((fact) => ({
at: context.ports.clock.now(),
...fact,
by: context.author,
release: context.asker.release
})), appended = await context.store.append(context.environment, onto, entries);
if (appended.appended) {
for (let entry of entries) context.ports.log.info(headline(entry)), await context.onEntry?.(entry, appended.snapshot);
return appended.snapshot;
}
}
function releaseOf(snapshot) {
let { release } = snapshot.record;
if (release === null) throw Error("an effect was decided for an environment without a release");
return release;
}
const endedAs = (as, reason, message) => as === "done" ? pass(reason, message) : as === "held" ? {
...hold(reason, message),
final: !0
} : as === "halted" ? {
verdict: "error",
reason,
message
} : fail(reason, message), verdictEntry = (judgement) => ({
kind: "verdict",
stage: judgement.stage,
shift: judgement.shift,
weight: judgement.weight,
generation: judgement.generation,
verdict: judgement.verdict,
reason: judgement.reason,
message: judgement.message.slice(0, 4e3),
evidence: bounded(judgement.evidence),
...judgement.gate === void 0 || judgement.verdict !== "hold" ? {} : { gate: bounded(judgement.gate) }
});
function bounded(evidence) {
if (evidence === void 0) return;
let json = JSON.stringify(evidence);
return json.length <= 32768 ? JSON.parse(json) : {
omitted: "too large for the record",
bytes: json.length
};
}
const lookEntry = (look) => {
let { stage, generation, from, to, seenMs, largestGapMs, seenAt, verdict, reason, message, evidence, gate } = look;
return {
kind: "look",
stage,
generation,
from,
to,
seenMs,
largestGapMs,
seenAt,
verdict,
reason,
message: message.slice(0, 4e3),
evidence: bounded(evidence),
...gate === void 0 || verdict !== "hold" ? {} : { gate: bounded(gate) }
};
};
function firstOpen(release) {
for (let stage of release.plan.stages) for (let step of stage.steps) if (!isSettled(release, stage.name, step)) return {
stage,
step
};
}
async function runStep(context, snapshot, { stage, step }) {
let place = {
kind: "step",
stage: stage.name,
step
}, proven = context.proven?.[step];
if (proven === "held") return { verdict: hold("dispatch", `${step} of stage ${stage.name} was not to run yet in its job; it runs next time.`) };
if (proven !== void 0) {
let message = `The job that ran ${step} for stage ${stage.name} ${proven}.`;
return { snapshot: await journal(context, snapshot, {
...place,
outcome: proven,
reason: `job-${proven}`,
message
}) };
}
let run = runs(step) ? context.steps[step] : void 0;
if (run === void 0) return { verdict: outOfOrder(context, stage.name, step) };
if (context.readOnly === !0) return { verdict: await run({
stage,
release: releaseOf(snapshot),
announce: async () => {}
}) };
let begun = await journal(context, snapshot, {
...place,
outcome: "begun",
reason: "due",
message: `${step} of stage ${stage.name} begins.`
});
if (begun === void 0) return { again: !0 };
let onto = begun, outcome = await run({
stage,
release: releaseOf(begun),
announce: async (reason, message, evidence) => {
let entry = {
...place,
outcome: "begun",
reason,
message: message.slice(0, 4e3)
};
onto = await announced(context, onto, {
...entry,
evidence: bounded(evidence)
});
}
}), state = outcome.verdict === "pass" ? "passed" : outcome.verdict === "fail" ? "failed" : "held", entry = {
...place,
outcome: state,
reason: outcome.reason,
message: outcome.message.slice(0, 4e3),
evidence: bounded(outcome.evidence),
...outcome.candidate === void 0 ? {} : { candidate: outcome.candidate },
...outcome.configured === void 0 ? {} : { configured: namesIn(outcome.configured) }
}, after = await journal(context, onto, entry);
return outcome.verdict === "pass" ? after === void 0 ? { again: !0 } : { snapshot: after } : { verdict: {
...outcome,
final: !0
} };
}
async function announced(context, onto, fact) {
let after = await insisting(context, onto, fact);
if (after !== void 0) return after;
throw new ProviderError("record", `The record could not take what ${fact.step} of stage ${fact.stage} is about to do, because others wrote to it. Nothing was done. Run the job again.`, { retryable: !0 });
}
async function insisting(context, onto, ...facts) {
let known = releaseOf(onto), newest = onto;
for (let tries = 0; tries < 5; tries++) {
let after = await journal(context, newest, ...facts);
if (after !== void 0) return after;
if (newest = await context.store.read(context.environment), !isStill(known, newest.record.release)) break;
}
}
const isStill = ({ id, attempt, ended }, release) => release?.id === id && release.attempt === attempt && release.ended === null == (ended === null), namesIn = ({ changed, unreadable, before }) => ({
changed: [...changed],
unreadable: [...unreadable],
...before === void 0 ? {} : { before }
}), runs = (step) => step !== "canary" && step !== "approve" && step !== "pause" && step !== "watch" && step !== "sign-off";
async function mark(context, snapshot, effect) {
let { stage, step, outcome, reason, message } = effect, waits = outcome === "held";
if (context.readOnly === !0) return { verdict: hold(waits ? reason : "dispatch", `${message} A job that may write to the record goes on.`) };
if (step === "pause" && outcome === "passed") {
let left = await leftOfTask(context, snapshot, stage);
if (left !== void 0) return { verdict: left };
}
return { snapshot: await journal(context, snapshot, {
kind: "step",
stage,
step,
outcome,
reason,
message: message.slice(0, 4e3)
}) };
}
async function leftOfTask(context, snapshot, name) {
let { plan, people, steps } = releaseOf(snapshot), stage = plan.stages.find((planned) => planned.name === name);
if (stage?.pause?.changed === void 0) return;
let { target } = context;
if (target === void 0) return hold("dispatch", `The task of stage ${name} is looked at by a job that sees the platform.`);
let left = await (await import("./changed-variables.js")).taskLeft(target, stage);
if (left === void 0) return;
let { reason, message } = left, told = steps[stepKey(name, "pause")];
return (told?.reason !== reason || told.at < (people.attested[name]?.at ?? 0)) && await journal(context, snapshot, {
kind: "step",
stage: name,
step: "pause",
outcome: "held",
reason,
message
}), left;
}
async function tellPeople(context, snapshot, fact) {
return context.readOnly === !0 ? { verdict: hold("waiting", fact.message) } : { snapshot: await journal(context, snapshot, fact) };
}
function outOfOrder(context, stage, due) {
let { until } = context;
return until === void 0 ? hold("dispatch", `Next is ${due} of stage ${stage}, which the release workflow runs.`) : due === "canary" && stage !== until.stage ? hold("waiting", `Stage ${stage} still holds its canary; stage ${until.stage} begins when that is proven.`) : {
verdict: "error",
reason: "out-of-order",
message: `${until.step} of stage ${until.stage} was asked for, but ${due} of stage ${stage} is due and not recorded as passed. Run the steps in the order of the runbook.`
};
}
async function change(context, snapshot, effect) {
let { what, to, stage, handle } = effect, release = releaseOf(snapshot), { ended, plan } = release;
if (context.change === void 0 || context.readOnly === !0) return { verdict: ended === null ? hold("dispatch", `Next ${what} is turned ${to} for stage ${stage}, by a job that may write to the record.`) : endedAs(ended.as, ended.reason, ended.message) };
let before = what === "flags" && to === "on" && handle === null ? await context.readFlags?.({
stage,
plan
}) : void 0, { clock } = context.ports, [began, since] = [clock.monotonic(), clock.now()], announced = await journal(context, snapshot, {
kind: "changing",
at: since,
what,
to,
stage,
until: since + 66e4,
...before !== void 0 && { handle: before }
}), withinMs = 6e5 - (clock.monotonic() - began);
if (announced === void 0 || withinMs <= 0) return { again: !0 };
let outcome = await context.change({
what,
to,
stage,
handle: handle ?? before ?? null,
plan,
withinMs
}), message = outcome.message.slice(0, 4e3), told = {
kind: "changed",
what,
to,
stage,
since,
message
};
if (outcome.verdict === "pass") return { snapshot: await insisting(context, announced, told) };
let due = firstOpen(release);
if (to === "off" || ended !== null || due === void 0) return await journal(context, announced, {
...told,
failed: !0
}), { verdict: {
verdict: "error",
reason: `${what}-stuck`,
message: outcome.message,
final: !0
} };
let failed = {
kind: "step",
stage: due.stage.name,
step: due.step,
outcome: "failed"
};
return { snapshot: await journal(context, announced, {
...told,
failed: !0
}, {
...failed,
reason: `${what}-failed`,
message
}) };
}
function shares(production, { from, to }) {
return {
ours: production.serving.find((serving) => serving.version === from)?.weight ?? 0,
foreign: production.serving.filter((serving) => serving.weight > 0 && serving.version !== from && serving.version !== to).map((serving) => serving.version)
};
}
const driftMessage = (production) => `Production serves ${production.serving.filter((s) => s.weight > 0).map((s) => `${shortVersion(s.version)} at ${s.weight}%`).join(" and ") || "nothing"}, which this release did not do: somebody moved traffic by hand. Nothing is changed; dispatch the rollback workflow with an explicit target, or push again.`, servesAll$1 = (production, version) => production.serving.some((serving) => serving.version === version && serving.weight === 100);
function sentBackFrom({ intent }, generation) {
return intent === null || intent.generation === generation ? void 0 : {
announcedAt: intent.generation,
generation
};
}
function showsAnnounced({ intent }, production, ours, sentBack) {
return intent === null || ours !== intent.weight ? !1 : sentBack?.announcedAt !== intent.generation || sentBack.generation === production.generation;
}
function showsLower({ plan, traffic, intent }, production, ours) {
if (traffic === null || intent !== null || production.generation === traffic.generation) return;
let stage = plan.stages.find(({ name }) => name === traffic.stage);
if (stage?.onFail !== "step-back" || traffic.shift === stage.shifts.length - 1) return;
let lower = stage.shifts[traffic.shift - 1];
return lower?.weight === ours ? lower : void 0;
}
function givenUp({ stage, back }, judgement) {
if (back === void 0) return [];
let { shift, reason, message } = back;
return [...judgement !== void 0 && judgement.verdict === "fail" ? [verdictEntry(judgement)] : [], {
kind: "stepped-back",
stage,
shift,
reason,
message: message.slice(0, 4e3)
}];
}
async function answers({ ports }, target, version) {
for (let asked = 1;; asked++) {
let health = await target.health(version).catch(({ message }) => ({
healthy: !1,
message
}));
if (health.healthy || asked === 5 || ports.cancelled.aborted) return health;
await ports.clock.sleep(200 * 2 ** asked);
}
}
async function shift(context, snapshot, effect, judgement) {
let { stable } = releaseOf(snapshot), { stage, weight, hosts, candidate, ifGeneration } = effect;
if (context.target === void 0 || context.judge === void 0) return { verdict: outOfOrder(context, stage, "canary") };
let back = weight > (releaseOf(snapshot).traffic?.weight ?? 0) ? await answers(context, context.target, effect.stable) : void 0;
if (back?.healthy === !1) return { verdict: hold("no-way-back", `${weight}% is not given: the version to return to, ${shortVersion(effect.stable)}, does not answer (${back.message}). Bring it back, or dispatch the rollback workflow with another version.`) };
let { shift: index } = effect, facts = [...givenUp(effect, judgement), {
kind: "intent",
stage,
shift: index,
weight,
generation: ifGeneration,
restore: stable
}], announced = await journal(context, snapshot, ...facts).catch((problem) => {
if (effect.back === void 0) throw problem;
let why = messageOf(problem);
return context.ports.log.warn(`The record could not be written; the candidate is taken down to ${weight}% first. ${why}`), { unwritten: effect.back };
});
if (announced === void 0) return { again: !0 };
if ("unwritten" in announced) {
let whole = givenBackWhole(releaseOf(snapshot), effect);
return whole === void 0 ? lower(context, context.target, snapshot, {
...effect,
back: announced.unwritten
}, facts, judgement) : restore(context, snapshot, notAsked, whole, { judgement });
}
let outcome = await context.target.shift({
candidate,
stable: effect.stable,
weight,
hosts,
ifGeneration
});
if (outcome.outcome === "unknown") return context.ports.log.warn(`Whether the candidate got ${weight}% is unknown: ${outcome.message} Production is read again.`), {
snapshot: announced,
again: !0
};
let generation = outcome.outcome === "applied" ? outcome.production.generation : outcome.production?.generation ?? ifGeneration, message = outcome.outcome === "applied" ? `Read back: the candidate has ${weight}% at generation ${generation}.` : outcome.message;
return {
snapshot: await journal(context, announced, {
kind: "result",
outcome: outcome.outcome,
weight,
generation,
message
}),
again: outcome.outcome === "not-applied"
};
}
const notAsked = { unreadable: "It was not asked again." };
function givenBackWhole({ plan }, { back, ...effect }) {
let last = (plan.stages.find((planned) => planned.name === effect.stage)?.shifts.length ?? 0) - 1;
return back?.shift === last ? wholeBack({
...effect,
back
}) : void 0;
}
const wholeBack = ({ candidate, stable, ifGeneration, back }) => ({
do: "restore",
to: stable,
from: candidate,
ifGeneration,
already: !1,
as: "rolled-back",
reason: back.reason,
message: back.message
});
async function lower(context, target, snapshot, effect, facts, judgement) {
let { clock } = context.ports, { candidate, stable, weight, hosts } = effect, present = releaseOf(snapshot).traffic?.weight ?? 100, { ifGeneration } = effect, unanswered = !1;
for (let sent = 1; sent <= 5; sent++) {
let outcome = await target.shift({
candidate,
stable,
weight,
hosts,
ifGeneration
}).catch(({ message }) => ({
outcome: "unknown",
message
}));
if (outcome.outcome === "applied") {
let { generation } = outcome.production, result = {
kind: "result",
outcome: "applied",
weight,
generation,
message: `Read back: the candidate has ${weight}% at generation ${generation}. The record heard of it after.`
};
return journalLate(context, snapshot, `The candidate has ${weight}%, read back.`, [...facts, result]);
}
unanswered ||= outcome.outcome === "unknown";
let { production, partly } = outcome.outcome === "not-applied" ? outcome : {};
if (production !== void 0 && production.generation !== ifGeneration) {
let { ours, foreign } = shares(production, {
from: candidate,
to: stable
}), inParts = unanswered && foreign.length === 0 && ours > weight && ours < present;
if (partly !== !0 && !inParts) return { again: !0 };
ifGeneration = production.generation;
}
await clock.sleep(200 * 2 ** sent);
}
context.ports.log.warn(`The candidate could not be taken down to ${weight}%; all its traffic is given back.`);
for (let sent = 1;; sent++) {
let act = await restore(context, snapshot, notAsked, wholeBack({
...effect,
ifGeneration
}), { judgement });
if (act.again !== !0 || sent === 5) return act;
await clock.sleep(200 * 2 ** sent);
}
}
async function journalLate(context, onto, done, facts) {
for (let attempt = 1;; attempt++) try {
return { snapshot: await journal(context, onto, ...facts) };
} catch (problem) {
let why = messageOf(problem);
if (context.ports.log.warn(`${done} But the record could not be written: ${why}`), attempt === 5) throw problem;
await context.ports.clock.sleep(500 * 2 ** attempt);
}
}
async function settle(context, snapshot, { weight, generation, back }) {
let facts = [];
if (back !== void 0) {
let { stage, shift, from, reason, message } = back, { stable } = releaseOf(snapshot);
facts.push({
kind: "stepped-back",
stage,
shift,
reason,
message
}), facts.push({
kind: "intent",
stage,
shift: shift - 1,
weight,
generation: from,
restore: stable
});
}
return facts.push({
kind: "result",
outcome: "applied",
weight,
generation,
message: "Settled from what production shows."
}), { snapshot: await journal(context, snapshot, ...facts) };
}
async function restore(context, snapshot, production, effect, { judgement, look }) {
let { target, ports } = context;
if (target === void 0) return { verdict: hold("not-this-job", `${effect.message} The rollback job gives traffic back.`) };
let { to, from, ifGeneration } = effect, written = effect.already && !("unreadable" in production) ? production : await restoreTraffic(context, target, effect);
if (written === void 0) return ports.log.warn("Traffic could not be proven to be back on stable; production is read again."), { again: !0 };
if (!servesAll(written, to)) return incomplete(context, snapshot, effect, written);
let health = await answers(context, target, to), as = health.healthy ? effect.as : "rolled-back-unhealthy", message = `${effect.message} All traffic is back on ${shortVersion(to)} (${health.message}).`.slice(0, 4e3), facts = judgement !== void 0 && judgement.verdict !== "pass" ? [verdictEntry(judgement)] : [];
look !== void 0 && look.verdict !== "pass" && facts.push(lookEntry(look));
let stage = firstOpen(releaseOf(snapshot))?.stage.name, { generation } = written;
facts.push({
kind: "rollback",
from,
to,
generation,
as,
reason: effect.reason,
message,
...stage !== void 0 && { stage }
});
let after = await journalAfterRollback(context, snapshot, facts, effect.already ? null : ifGeneration), evidence = judgement ?? look, parting = effect.as === "held" ? {
...hold(effect.reason, message, evidence),
final: !0
} : fail(effect.reason, message, evidence);
return after !== void 0 && releaseOf(after).changes.length > 0 ? {
snapshot: after,
parting
} : { verdict: parting };
}
const servesAll = (production, version) => !("unreadable" in production) && production.serving.some((serving) => serving.version === version && serving.weight === 100);
async function restoreTraffic({ ports }, target, { to, ifGeneration }) {
let at = ifGeneration;
for (let sent = 1;; sent++) {
let outcome = await target.restore({
to,
ifGeneration: at
});
if (outcome.outcome === "applied") return servesAll(outcome.production, to) ? outcome.production.generation === ifGeneration && outcome.settled !== !0 ? void 0 : outcome.production : void 0;
if (outcome.outcome !== "not-applied" || outcome.partly !== !0 || outcome.production === void 0) return;
if (sent === 5) return outcome.production;
ports.log.warn(`Only a part of production went back: ${outcome.message} The rest is asked again.`), at = outcome.production.generation, await ports.clock.sleep(500 * 2 ** sent);
}
}
async function withoutWayBack(context, snapshot, effect) {
let { target } = context, health = await target?.health(effect.to).catch(() => void 0);
if (target === void 0 || health === void 0 || health.healthy) return;
let why = `${effect.message} But the version to return to, ${shortVersion(effect.to)}, is not there any more (${health.message}):`, serving = await target.observe().catch(() => void 0);
return serving && incomplete(context, snapshot, effect, serving, `${why} production`);
}
async function incomplete(context, snapshot, { to, from, reason, ifGeneration, message: why }, { serving, generation }, what = `${why} But only a part of production went back: it`) {
let message = `${what} serves ${serving.filter(({ weight }) => weight > 0).map((one) => `${shortVersion(one.version)} at ${one.weight}%`).join(" and ")}. Dispatch the rollback workflow with a version that is there, or move traffic on the platform by hand.`;
return await journalAfterRollback(context, snapshot, [{
kind: "rollback",
from,
to,
generation,
as: "rollback-incomplete",
reason,
message
}], ifGeneration), { verdict: fail("rollback-incomplete", message) };
}
async function journalAfterRollback(context, snapshot, facts, replaced) {
let onto = snapshot;
for (let attempt = 1; attempt <= 5; attempt++) try {
let after = await journal(context, onto, ...facts);
if (after !== void 0) return after;
if (onto = await context.store.read(context.environment), !stillToTell(onto, context.asker, replaced)) return;
} catch (problem) {
context.ports.log.warn(`Traffic is back on stable, but the record could not be written: ${messageOf(problem)}`), await context.ports.clock.sleep(100 * 2 ** attempt);
}
}
function stillToTell({ record }, asker, replaced) {
let { release } = record;
return release?.id === asker.release ? release.attempt === asker.attempt && release.ended === null ? !0 : replaced === null ? !1 : release.ended === null ? release.intent === null && knowsGeneration(release, replaced) : (release.ended.as === "done" || release.ended.as === "failed" && release.promoted !== null) && release.stable.generation === replaced : !1;
}
const otherCommand = "other-command", waitUntil = (until) => ({
do: "hold",
reason: otherCommand,
message: `A command that turns maintenance, workers or flags on or off may still run in another process, which has not said how it ended. It is ended by ${new Date(until).toISOString()}; then this goes on.`,
until
});
function turningOn(release, on, now) {
let others = contrary(release.commands, {
...on,
to: "on"
}, now);
return others.length === 0 ? {
do: "change",
to: "on",
...on
} : waitUntil(Math.max(...others.map(({ until }) => until)));
}
function undone(left, now) {
let due = left.findLast(({ again = 0 }) => again <= now);
return due === void 0 ? left.length === 0 ? void 0 : waitUntil(Math.min(...left.map(({ again = now }) => again))) : undoing(due);
}
const undoing = ({ what, stage, handle }) => ({
do: "change",
what,
to: "off",
stage,
handle
});
function wantedFor({ plan }, step) {
let { maintenance } = plan;
return maintenance === void 0 || step === void 0 || !maintenance.around.includes(step) ? [] : [...maintenance.page === void 0 ? [] : ["maintenance"], ...maintenance.workers === void 0 ? [] : ["workers"]];
}
const flagsFrom = stepNames.indexOf("deploy");
function flagsBefore(release, stage, step, now) {
let { plan, changes } = release;
if (plan.stages.find(({ name }) => name === stage)?.flags === void 0 || step === void 0 || stepNames.indexOf(step) < flagsFrom) return;
let known = changes.find((made) => made.what === "flags" && made.stage === stage);
if (known?.certain !== !0) return turningOn(release, {
what: "flags",
stage,
handle: known?.handle ?? null
}, now);
}
function changeBefore(release, stage, step, now) {
let wanted = wantedFor(release, step), missing = wanted.find((what) => !release.changes.some((known) => known.what === what && known.certain));
if (missing !== void 0) return turningOn(release, {
what: missing,
stage: release.changes.find(({ what }) => what === missing)?.stage ?? stage,
handle: null
}, now);
let back = undone(release.changes.filter(({ what }) => !isLasting(what) && !wanted.includes(what)), now);
return back === void 0 || back.do === "hold" && step !== void 0 ? flagsBefore(release, stage, step, now) : back;
}
const unclear = new Set(["halted", "rollback-incomplete"]);
function changeToUndo({ ended, changes }, now = Infinity) {
if (ended !== null && ended.as !== "done") return undone(changes.filter(({ what }) => !isLasting(what) || !unclear.has(ended.as)), now);
}
const newCommitPolicies = [
"wait-latest",
"replace",
"refuse"
];
function admit(record, request) {
let refuse = (reason, message) => ({
admit: "refuse",
reason,
message
}), { release, queued } = record;
if (request.release < record.highest) return refuse("superseded", `Release ${request.release} is older than release ${record.highest}, which this environment has already seen; push again, or dispatch a rollback instead.`);
let overtaken = queued !== null && request.release < queued.release ? refuse("superseded", `Release ${request.release} is older than release ${queued.release} of commit ${queued.commit.slice(0, 12)}, which waits already; nothing of it begins.`) : void 0;
if (release !== null && release.id === request.release) return request.attempt < release.attempt ? refuse("superseded", `Attempt ${request.attempt} of release ${release.id} was taken over by attempt ${release.attempt}.`) : release.ended === null ? { admit: "resume" } : (release.ended.as === "failed" || release.ended.as === "held") && release.promoted === null && request.attempt > release.attempt ? overtaken ?? unlessLocked(record) : refuse("already-ended", `Release ${release.id} ended as ${release.ended.as}: ${release.ended.message} Push a commit to start another one.`);
if (overtaken !== void 0) return overtaken;
let rejected = record.rejected.find((known) => known.commit === request.commit);
return rejected !== void 0 && request.overrideRejected !== !0 ? refuse("rejected", `Commit ${request.commit.slice(0, 12)} was rolled back in release ${rejected.release} (${rejected.reason}); fix it and push, or dispatch the release with override-rejected.`) : release !== null && release.ended === null ? request.onNewCommit === "replace" && record.lock !== null ? unlessLocked(record) : request.onNewCommit === "replace" ? {
admit: "replace",
other: release.id
} : request.onNewCommit === "wait-latest" ? {
admit: "wait",
message: `Release ${release.id} of commit ${release.commit.slice(0, 12)} is still under way; release ${request.release} begins when it has ended.`
} : refuse("busy", `Release ${release.id} of commit ${release.commit.slice(0, 12)} is still under way; let it finish, or dispatch the rollback workflow to end it.`) : unlessLocked(record);
}
const unlessLocked = ({ lock, environment }) => lock === null ? { admit: "begin" } : {
admit: "refuse",
reason: "locked",
message: lockedMessage(lock, environment)
}, lockedMessage = (lock, environment) => `${environment} was locked by ${lock.actor} at ${new Date(lock.at).toISOString()}: ${lock.reason} Unlock it when releases may go on (\`unlock --environment ${environment}\`); rolling back works all the time.`, broughtBy = ({ release }, asking, serving) => release !== null && release.id === asking && candidatesOf(release).includes(serving);
function agreement(release, stage, step, now) {
switch (step) {
case "approve": {
let { granted, message } = approvalsOf(release, stage);
return granted ? passed(stage, step, "approved", message) : waiting$1(release, stage, step, "approval", `${message}${migrationsBehind(release, stage)}`);
}
case "pause": {
let done = release.people.attested[stage.name];
if (done !== void 0) return passed(stage, step, "attested", `${done.actor} did it, as ${done.role}.`);
let { task = "", by = [] } = stage.pause ?? {}, names = Object.keys(stage.pause?.changed ?? {}), proof = names.length === 0 ? "" : ` Then the platform is asked whether ${names.join(", ")} was set anew.`;
return waiting$1(release, stage, step, "task", `${task} Comment \`/continue\` when it is done, as ${by.join(" or ")}.${proof}`);
}
case "sign-off": {
let open = nextSignature(release, stage);
return open === void 0 ? passed(stage, step, "signed", `Signed by ${signers(release)}.`) : waiting$1(release, stage, step, "sign-off", signatureMessage(release, open, now));
}
}
}
const passed = (stage, step, reason, message) => ({
do: "mark",
stage: stage.name,
step,
outcome: "passed",
reason,
message
});
function waiting$1(release, stage, step, what, message) {
let reason = `awaiting-${what}`;
return release.steps[stepKey(stage.name, step)]?.outcome === "held" ? {
do: "hold",
reason,
message
} : {
do: "mark",
stage: stage.name,
step,
outcome: "held",
reason,
message
};
}
function statesBefore({ plan, steps }, stage, step) {
let all = plan.stages.flatMap(({ name, steps }) => steps.map((one) => stepKey(name, one))), end = all.indexOf(stepKey(stage, step));
return (end < 0 ? all : all.slice(0, end)).flatMap((key) => {
let state = steps[key];
return state === void 0 ? [] : [{
key,
...state
}];
});
}
const provenBefore = (release, stage, step) => statesBefore(release, stage, step).map(({ key, outcome, at }) => `${key} ${outcome} ${at}`), provenSince = (release, stage, step) => Math.max(release.startedAt, ...statesBefore(release, stage, step).map(({ at }) => at));
function approvedEvidence(release, stage) {
let planned = migrationsFrom(release, stage).map(({ name, migration }) => `${name} applies ${migration.hash}`), proven = [...provenBefore(release, stage, "approve"), ...planned];
return approvalDigest(release.commit, release.runbookHash, proven);
}
const migrationsFrom = ({ plan }, stage) => plan.stages.slice(plan.stages.findIndex(({ name }) => name === stage)).flatMap(({ name, migration }) => migration === void 0 ? [] : [{
name,
migration
}]);
function migrationsBehind(release, { name: from }) {
return migrationsFrom(release, from).map(({ name, migration }) => {
let { hash, files, count, by, locks } = migration;
if (by === void 0 && count === 0) return ` Stage ${name} has no migration to apply.`;
let more = count > files.length ? ` and ${count - files.length} more` : "", what = by === void 0 ? `${files.join(", ")}${more}` : `what ${by} says is pending then, in its commit and to this database`, [heaviest] = locks ?? [], lock = heaviest === void 0 ? "" : ` Its heaviest lock: ${heaviest}`;
return ` Stage ${name} applies ${what} (plan ${hash.slice(0, 12)})${afterwards(migration)}.${lock}`;
}).join("");
}
function afterwards({ by, breaks, unread }) {
return breaks === !0 && by === void 0 ? ", after which the version that serves now is no way back" : breaks === !0 ? ", after which the version that serves now is no way back: nobody can read beforehand what it does, and the runbook does not say `old-version: works`" : unread === "promised" ? ". Nobody can read beforehand what it does; the runbook promises that the version that serves now can work with it (`old-version: works`)" : unread === void 0 ? "" : ". What that does is read by the job that applies it, before it does; until then expect that the version that serves now is no way back afterwards";
}
function signedEvidence(release) {
let first = release.plan.stages.find(({ name }) => name === "final")?.steps[0] ?? "sign-off";
return approvalDigest(release.commit, release.runbookHash, provenBefore(release, finalStage, first));
}
function approvalsOf(release, stage) {
let rule = stage.approve ?? {
by: {},
minimum: 1
};
return countApprovals(rule, release.people.approvals, stage.name, approvedEvidence(release, stage.name));
}
function nextSignature(release, stage) {
let digest = signedEvidence(release);
return stage.signOff?.find(({ role }) => !release.people.signatures.some((given) => given.role === role && given.digest === digest));
}
function stagesEndedAt({ plan, steps }) {
let newest = 0;
for (let stage of plan.stages) {
if (stage.name === "final") break;
for (let step of stage.steps) {
let state = steps[stepKey(stage.name, step)];
if (state?.outcome !== "passed" && state?.outcome !== "skipped") return;
newest = Math.max(newest, state.at);
}
}
return newest;
}
const signers = ({ people }) => people.signatures.map(({ actor, role }) => `${actor} (${role})`).join(", ");
function signatureMessage(release, { role, by, afterMs, notAuthor }, now) {
let from = (stagesEndedAt(release) ?? now) + (afterMs ?? 0), when = from > now ? ` from ${new Date(from).toISOString()} on` : "", who = notAuthor === !0 ? `, but not ${release.actor}, who began it` : "";
return `The signature \`${role}\` is missing: comment \`/sign-off ${role}\`${when}, as ${by.join(" or ")}${who}.`;
}
function leftToUndo(release, to, stage) {
let { plan, promotions, before, changes, kept } = release, order = plan.stages.map(({ name }) => name), servedAtStartOf = (index) => promotions.filter(({ stage }) => order.indexOf(stage) < index).at(-1)?.version ?? before, named = stage === void 0 || stage === "final" ? -1 : order.indexOf(stage), standing = named >= 0 && servedAtStartOf(named) === to ? named : order.findIndex((_, index) => servedAtStartOf(index) === to), undone = ({ what, stage: of }) => !isLasting(what) || order.indexOf(of) >= standing, all = [...kept, ...changes];
return {
changes: all.filter(undone),
kept: all.filter((change) => !undone(change))
};
}
const keptGoes = (release, to, stage) => leftToUndo({
...release,
changes: []
}, to, stage).changes.length > 0;
function wayBackOf({ promoted, replaced, before }, stage) {
if (promoted !== null) return stage === "final" ? before : replaced !== null && replaced.stage === stage ? replaced.version : void 0;
}
function handOf(release) {
let { candidate, traffic, intent, stable, promoted } = release;
if (candidate !== null && (traffic !== null || intent !== null)) return {
from: candidate.version,
to: stable.version,
generation: traffic?.generation
};
let to = wayBackOf(release, firstOpen(release)?.stage.name);
return promoted === null || to === void 0 ? void 0 : {
from: promoted.version,
to,
generation: stable.generation
};
}
const unreadable = (problem, as, { reason }) => ({
do: "hold",
reason: "platform-unreadable",
message: `Traffic should go back to stable, but production cannot be read: ${problem}`,
...as === "rolled-back" && reason !== "interrupted" && { goesBack: !0 }
}), told = ({ reason, message }) => ({
reason,
message
});
function foundBack({ promoted, replaced }, production, as, why) {
if (promoted !== null && replaced !== null) {
if ("unreadable" in production) return unreadable(production.unreadable, as, why);
if (replaced.version !== promoted.version && servesAll$1(production, replaced.version)) return {
do: "restore",
to: replaced.version,
from: promoted.version,
ifGeneration: production.generation,
already: !0,
as,
reason: why.reason,
message: `${why.message} Production is back on what served before stage ${replaced.stage} already.`
};
}
}
function foundEarlier(release, production) {
let { promoted, promotions, before } = release;
if (promoted === null || "unreadable" in production) return;
let to = [before, ...promotions.map(({ version }) => version)].filter((one) => one !== promoted.version).findLast((version) => servesAll$1(production, version));
if (to !== void 0 && keptGoes(release, to, firstOpen(release)?.stage.name)) return {
do: "restore",
to,
from: promoted.version,
ifGeneration: production.generation,
already: !0,
as: "rolled-back",
reason: "found-on-stable",
message: "Production is back on what served before a stage whose flags are on: a rollback whose entry was lost, or a person's."
};
}
function goBack(release, observation, as, why) {
let hand = handOf(release), { production } = observation;
if (hand === void 0) return foundBack(release, production, as, why) ?? {
do: "end",
as: "failed",
...told(why)
};
if ("unreadable" in production) return unreadable(production.unreadable, as, why);
let { intent } = release, share = shares(production, hand), ours = share.ours === 0 || production.generation === hand.generation || showsLower(release, production, share.ours) !== void 0 || showsAnnounced(release, production, share.ours, observation.sentBack);
return share.foreign.length > 0 || !ours ? {
do: "end",
as: "halted",
reason: "drift",
message: driftMessage(production)
} : {
do: "restore",
to: hand.to,
from: hand.from,
ifGeneration: production.generation,
already: servesAll$1(production, hand.to) && production.generation !== intent?.generation,
as,
reason: why.reason,
message: why.message
};
}
const awaiting = ({ weight, decideBy, reason }) => ({
do: "hold",
reason: "awaiting-decision",
message: `A person decides about ${weight}% (${reason}): comment \`/continue\` or \`/rollback\`` + (decideBy === null ? "." : `; without a word by ${new Date(decideBy).toISOString()} traffic goes back.`),
...decideBy !== null && { until: decideBy }
}), sameShare = (a, b) => a.stage === b.stage && a.shift === b.shift && a.weight === b.weight && a.generation === b.generation;
function judgeShare(held) {
let { release, traffic, stage, planned, observation, now, stepBack } = held, judgement = observation.judgement !== void 0 && sameShare(observation.judgement, traffic) ? observation.judgement : void 0, asked = questionOf$1(release, traffic), open = asked?.answered === !1 ? asked : void 0;
if (open !== void 0 && open.decideBy !== null && now >= open.decideBy) return silence(held, open);
if (judgement?.verdict === "fail") return stage.onFail === "step-back" ? stepBack(judgement) : stage.onFail === "ask" ? open?.about === "fail" ? awaiting(open) : ask$1(held, "fail", judgement, open) : goBack(release, observation, "rolled-back", judgement);
if (open !== void 0 && open.about !== "page") return awaiting(open);
let news = newsOf$1(held, judgement, asked);
if (news !== void 0) return news;
if (judgement?.verdict === "pass") return open === void 0 ? {
do: "accept",
judgement
} : awaiting(open);
let last = now - traffic.since >= stage.maxHoldMs;
if (last && (judgement !== void 0 || observation.judges !== !0)) return unproven$1(held, judgement);
let looked = release.verdict?.generation === traffic.generation ? release.verdict.at : void 0;
return {
do: "judge",
stage: stage.name,
shift: traffic.shift,
planned,
weight: traffic.weight,
generation: traffic.generation,
last,
at: looked === void 0 ? traffic.since : Math.min(looked + planned.everyMs, traffic.since + stage.maxHoldMs)
};
}
function questionOf$1({ people }, traffic) {
let { question } = people;
return question !== null && question.step === "canary" && sameShare(question, traffic) ? question : void 0;
}
function newsOf$1(held, judgement, asked) {
let { page, warnings } = judgement ?? {}, known = asked !== void 0 && (!asked.answered || asked.reason === page?.reason);
if (page !== void 0 && !known) return ask$1(held, "page", page, void 0);
let { stage, release } = held, untold = warnings?.find(({ reason }) => !release.people.warned.includes(`${stage.name}/canary/${reason}`));
return untold && {
do: "warn",
stage: stage.name,
step: "canary",
...untold
};
}
function ask$1(held, about, why, before) {
let { traffic, stage, now } = held, { shift, weight, generation } = traffic, within = now + (stage.decideWithinMs ?? 6e5), decideBy = Math.min(within, before?.decideBy ?? within);
return {
do: "ask",
question: {
about,
step: "canary",
stage: stage.name,
shift,
weight,
generation,
decideBy,
reason: why.reason
},
message: why.message
};
}
function silence({ release, observation }, { about, weight, reason }) {
return goBack(release, observation, about === "short" ? "held" : "rolled-back", {
reason: "nobody-decided",
message: `Nobody decided in time about ${weight}% (${reason}), so traffic goes back to stable.`
});
}
function unproven$1(held, judgement) {
let { release, traffic, stage, observation } = held, why = judgement?.message ?? "No verdict was reached.", reason = "max-hold", longest = `${traffic.weight}% was held for its longest time without proof`;
return stage.onShort === "approve" ? ask$1(held, "short", {
reason,
message: `${longest}. ${why}`
}, void 0) : goBack(release, observation, stage.onShort === "fail" ? "rolled-back" : "held", {
reason,
message: `${longest}, so traffic goes back to stable. ${why}`
});
}
const halt = (production) => ({
do: "end",
as: "halted",
reason: "drift",
message: driftMessage(production)
}), failed = (reason, message) => ({
do: "end",
as: "failed",
reason,
message
});
function canary(release, stage, observation, now) {
let { production } = observation;
if ("unreadable" in production) return {
do: "hold",
reason: "platform-unreadable",
message: `What production serves cannot be read: ${production.unreadable} Traffic stays where it is.`
};
let { candidate } = release;
if (candidate === null) return failed("no-candidate", `Stage ${stage.name} has a canary, but no version was deployed before it.`);
let share = shares(production, {
from: candidate.version,
to: release.stable.version
});
if (share.foreign.length > 0) return halt(production);
if (wentBackUnrecorded(release, production, share.ours)) return goBack(release, observation, "rolled-back", {
reason: "found-on-stable",
message: "Production is back on stable although the record shows the candidate in traffic: a rollback whose entry was lost, or a person's."
});
if (release.intent !== null && production.generation !== release.intent.generation) return showsAnnounced(release, production, share.ours, observation.sentBack) ? {
do: "settle",
weight: share.ours,
generation: production.generation
} : halt(production);
let shift = (index, planned, back) => ({
do: "shift",
stage: stage.name,
shift: index,
weight: planned.weight,
...planned.hosts !== void 0 && { hosts: planned.hosts.count },
candidate: candidate.version,
stable: release.stable.version,
ifGeneration: production.generation,
...back !== void 0 && { back }
}), { traffic } = release, first = stage.shifts[0];
if (first === void 0) return failed("no-shifts", `The canary of stage ${stage.name} has no shifts.`);
if (traffic === null || traffic.stage !== stage.name) return share.ours === 0 && production.generation === release.stable.generation ? shift(0, first) : halt(production);
if (showsLower(release, production, share.ours) !== void 0) return {
do: "settle",
weight: share.ours,
generation: production.generation,
back: {
stage: stage.name,
shift: traffic.shift,
from: traffic.generation,
reason: "found-lower",
message: `Production shows ${share.ours}% although the record shows ${traffic.weight}%: a step back while the record could not be written, or a person's.`
}
};
if (production.generation !== traffic.generation || share.ours !== traffic.weight) return halt(production);
let planned = stage.shifts[traffic.shift];
if (planned === void 0) return failed("plan-changed", `The record is at shift ${traffic.shift + 1} of stage ${stage.name}, which the plan does not have.`);
let stepBack = (why) => {
let lower = stage.shifts[traffic.shift - 1];
return lower === void 0 ? goBack(release, observation, "rolled-back", why) : shift(traffic.shift - 1, lower, {
...why,
shift: traffic.shift
});
}, { steppedBack } = release.people;
if (release.intent !== null && release.intent.stage === stage.name && release.intent.shift < traffic.shift) return stepBack({
reason: "step-back",
message: "The step back that was announced is finished."
});
if (steppedBack !== null && steppedBack.stage === stage.name && steppedBack.shift === traffic.shift) return stepBack({
reason: steppedBack.reason,
message: "The share was to be given up, and still is held."
});
if (!isProven(release, traffic, planned)) return judgeShare({
release,
traffic,
stage,
planned,
observation,
now,
stepBack
});
let next = stage.shifts[traffic.shift + 1];
return next === void 0 ? {
do: "promote",
stage: stage.name
} : steppedBack === null ? shift(traffic.shift + 1, next) : waitToRetry({
release,
traffic,
steppedBack,
stage,
observation,
now
});
}
function waitToRetry({ release, traffic, steppedBack, stage, observation, now }) {
let { weight } = traffic, until = traffic.since + stage.maxHoldMs;
return now >= until ? goBack(release, observation, "held", {
reason: "max-hold",
message: `${weight}% was held for its longest time after a step back, and nobody let it try again.`
}) : {
do: "hold",
reason: "stepped-back",
message: `The candidate was taken back to ${weight}% (${steppedBack.reason}). Comment \`/continue\` to let it try again (retry ${release.people.retries + 1}), or \`/rollback\`; without a word it goes back to stable.`,
until
};
}
function isProven({ verdict }, traffic, planned) {
return planned.judged ? verdict !== null && verdict.verdict === "pass" && sameShare(verdict, traffic) : planned.weight === 100;
}
function wentBackUnrecorded(release, production, candidateShare) {
let expected = release.intent ?? release.traffic;
return expected !== null && candidateShare === 0 && production.generation !== expected.generation;
}
const servedBy = ({ stable }) => stable;
function watching$1(release, stage, observation, now) {
let { production } = observation, { watch: planned } = stage;
if (planned === void 0) return {
do: "end",
as: "failed",
reason: "no-watch",
message: `Stage ${stage.name} says nothing about its watch.`
};
if ("unreadable" in production) return {
do: "hold",
reason: "platform-unreadable",
message: `What production serves cannot be read: ${production.unreadable} Traffic stays where it is.`
};
let { version, generation } = servedBy(release);
if (!servesAll$1(production, version) || production.generation !== generation) {
let back = wayBackOf(release, stage.name);
return back !== void 0 && back !== version && servesAll$1(production, back) ? goBack(release, observation, "rolled-back", {
reason: "found-on-stable",
message: "Production is back on what served before: a rollback whose entry was lost, or a person's."
}) : {
do: "end",
as: "halted",
reason: "drift",
message: driftMessage(production)
};
}
let { watch } = release;
return watch === null || watch.stage !== stage.name || release.steps[stepKey(stage.name, "watch")] === void 0 ? {
do: "mark",
stage: stage.name,
step: "watch",
outcome: "begun",
reason: "due",
message: `What serves is watched: ${shortVersion(version)}.`
} : look$1({
release,
stage,
planned,
watch,
generation,
observation,
now
});
}
function look$1(watching) {
let { release, stage, planned, watch, generation, observation, now } = watching, seen = observation.look, fresh = seen !== void 0 && seen.stage === stage.name && seen.generation === generation && seen.to > watch.lookedAt ? seen : void 0, asked = questionOf(watching), open = asked?.answered === !1 ? asked : void 0;
if (open !== void 0 && open.decideBy !== null && now >= open.decideBy) return goBack(release, observation, "rolled-back", {
reason: "nobody-decided",
message: `Nobody decided in time about what serves (${open.reason}), so traffic goes back.`
});
if (fresh?.verdict === "fail") return planned.onFail === "ask" ? open?.about === "fail" ? awaiting(open) : ask(watching, "fail", fresh, open) : goBack(release, observation, "rolled-back", fresh);
if (open !== void 0 && open.about !== "page") return awaiting(open);
let news = newsOf(watching, fresh, asked);
if (news !== void 0) return news;
if (open === void 0 && watch.verdict === "pass") return over(watching);
let longest = planned.paces.at(-1)?.untilMs ?? 0, elapsed = now - watch.since;
if (open === void 0 && fresh?.verdict === "pass" && elapsed >= longest && isCovered(watching, fresh)) return {
do: "accept-look",
look: fresh
};
let lookedOnce = seen !== void 0 || watch.lookedAt >= watch.since + longest;
if (open === void 0 && elapsed >= 2 * longest && lookedOnce) return unproven(watching, fresh);
let from = fresh?.to ?? watch.lookedAt;
return {
do: "look",
stage: stage.name,
generation,
planned,
at: from + paceAt(planned, from - watch.since)
};
}
function paceAt({ paces }, after) {
let [last] = paces.slice(-1);
return (paces.find(({ untilMs }) => after < untilMs) ?? last)?.everyMs ?? 6e4;
}
function isCovered({ watch, planned }, look) {
return watch.seenMs + look.seenMs >= planned.coverage * (look.to - watch.since);
}
function questionOf({ release, stage, generation }) {
let { question } = release.people;
if (question !== null && question.step === "watch") return question.stage === stage.name && question.generation === generation ? question : void 0;
}
function newsOf(watching, look, asked) {
let { stage, release } = watching, known = asked?.about === "page" && asked.reason === look?.page?.reason;
if (look?.page !== void 0 && asked?.answered !== !1 && !known) return ask(watching, "page", look.page, void 0);
let untold = look?.warnings?.find(({ reason }) => !release.people.warned.includes(`${stage.name}/watch/${reason}`));
return untold && {
do: "warn",
stage: stage.name,
step: "watch",
...untold
};
}
function ask({ stage, planned, generation, now }, about, why, before) {
let within = now + (planned.decideWithinMs ?? 6e5), decideBy = about === "short" ? null : Math.min(within, before?.decideBy ?? within);
return {
do: "ask",
question: {
about,
step: "watch",
stage: stage.name,
shift: 0,
weight: 100,
generation,
decideBy,
reason: why.reason
},
message: why.message
};
}
function unproven(watching, look) {
let { planned, release, observation, watch } = watching, why = {
reason: "watch-unproven",
message: `After twice its time the watch has no proof (seen: ${shareSeen(watch)}). ${look?.message ?? watch.reason}`
};
return planned.onShort === "fail" ? goBack(release, observation, "rolled-back", why) : ask(watching, "short", why, void 0);
}
const shareSeen = ({ seenMs, lookedAt, since }) => `${lookedAt > since ? Math.round(100 * seenMs / (lookedAt - since)) : 0}% of the time`;
function over({ stage, watch }) {
return {
do: "mark",
stage: stage.name,
step: "watch",
outcome: "passed",
reason: watch.reason,
message: `${shareSeen(watch)} was seen; the longest time without numbers was ${Math.round(watch.largestGapMs / 1e3)} s.`
};
}
function decide(record, observation, now) {
let { release } = record, { asker } = observation;
if (asker.release < record.highest) return refuse$1("superseded", `Release ${asker.release} was superseded by release ${record.highest}; it may not write any more.`);
if (release === null || release.id !== asker.release) return refuse$1("not-started", `Release ${asker.release} was never started here; the plan job starts it.`);
if (asker.attempt < release.attempt) return refuse$1("superseded", `Attempt ${asker.attempt} of release ${release.id} was taken over by attempt ${release.attempt}.`);
if (release.ended !== null) return changeToUndo(release, now) ?? foundEarlier(release, observation.production) ?? {
do: "nothing",
ended: release.ended
};
let due = firstOpen(release);
if (due === void 0) return changeBefore(release, "", void 0, now) ?? finish(release, observation.production);
if (observation.abort !== void 0) return goBack(release, observation, "rolled-back", observation.abort);
if (release.interrupted !== null) return goBack(release, observation, "rolled-back", {
reason: "interrupted",
message: `The release was interrupted (${release.interrupted.reason}), so traffic goes back to stable.`
});
let { wanted } = release.people;
return wanted === null ? unlessHeld(record, due.stage, nextDue(release, due, observation, now), observation, now) : asWanted(release, wanted, observation);
}
const refuse$1 = (reason, message) => ({
do: "refuse",
reason,
message
}), holdOn = (reason, message) => ({
do: "hold",
reason,
message
});
function asWanted(release, { order, actor, reason }, observation) {
let said = `${actor} asked for it${reason === "" ? "." : `: ${reason}`}`;
return order === "rollback" ? goBack(release, observation, "rolled-back", {
reason: "requested",
message: said
}) : goBack(release, observation, "held", {
reason: "aborted",
message: said
});
}
function stopOf({ lock, environment, release }, effect, now) {
let raise = effect.do === "shift" && effect.back === void 0;
if (lock !== null && raise) return {
reason: "locked",
message: lockedMessage(lock, environment)
};
let begins = effect.do === "step" || effect.do === "change" && effect.to === "on";
if (!(raise || begins)) return;
let frozen = frozenAt(release?.plan.freeze ?? [], now);
if (frozen !== void 0) return {
reason: "frozen",
message: `Nothing goes on during ${frozen.window.text}, which ends ${new Date(frozen.until).toISOString()}. Rolling back works all the time.`
};
let hold = release?.people.hold ?? null;
if (hold === null) return;
let why = hold.reason === "" ? "" : `: ${hold.reason}`;
return {
reason: "on-hold",
message: `${hold.actor} holds this release since ${new Date(hold.at).toISOString()}${why}. Comment \`/continue\` to let it go on, or \`/rollback\`.`
};
}
function unlessHeld(record, stage, effect, observation, now) {
let { release } = record, stop = stopOf(record, effect, now);
if (stop === void 0 || release === null) return effect;
let { traffic } = release;
return traffic === null || now - traffic.since < stage.maxHoldMs ? holdOn(stop.reason, stop.message) : goBack(release, observation, "held", {
reason: "max-hold",
message: `${traffic.weight}% was held for its longest time while raising was stopped. ${stop.message}`
});
}
function nextDue(release, due, observation, now) {
let { stage, step } = due, state = release.steps[stepKey(stage.name, step)];
if (state?.outcome === "failed") return goBack(release, observation, "rolled-back", {
reason: `${step}-failed`,
message: state.message
});
if (observation.cancelled === !0) return holdOn("cancelled", "The job was cancelled; nothing new is started.");
let change = changeBefore(release, stage.name, step, now);
if (change !== void 0) return change;
switch (step) {
case "canary": return canary(release, stage, observation, now);
case "approve":
case "pause":
case "sign-off": return agreement(release, stage, step, now);
case "watch": return watching$1(release, stage, observation, now);
default: return {
do: "step",
stage,
step
};
}
}
function finish(release, production) {
return release.promoted !== null && "unreadable" in production && production.unasked !== !0 ? holdOn("platform-unreadable", `Every step passed, and what serves cannot be read: ${production.unreadable}`) : release.promoted !== null && !("unreadable" in production) && !servesAll$1(production, release.promoted.version) ? {
do: "end",
as: "halted",
reason: "drift",
message: driftMessage(production)
} : {
do: "end",
as: "done",
reason: "all-steps-passed",
message: `Release ${release.id} serves all traffic: every step of every stage passed.`
};
}
const maxWaitMs = 36e5, maxEffects = 1e4;
async function advance(context) {
let snapshot = await context.store.read(context.environment), clock = wrongClock(context.clockSkewMs?.());
if (clock?.verdict === "error") return clock;
clock !== void 0 && context.ports.log.warn(clock.message);
let fresh = !0, judgement, seen, sentBack, judges = context.judge !== void 0, parting, tries = 0, started = context.ports.clock.monotonic(), readAt = started;
for (let effects = 0; effects < maxEffects; effects++) {
let production = await look(context), { asker, abort } = context, cancelled = context.ports.cancelled.aborted, effect = decide(snapshot.record, {
asker,
production,
judgement,
look: seen,
sentBack,
judges,
cancelled,
abort
}, context.ports.clock.now()), passed = alreadyPassed(context, snapshot);
if (passed !== void 0 && effect.do !== "end" && effect.do !== "refuse") return passed;
if (!fresh && (effect.do === "refuse" || effect.do === "end")) {
snapshot = await context.store.read(context.environment), fresh = !0;
continue;
}
if (effect.do === "restore" && !effect.already) {
let broken = judgement?.verdict === "fail" || seen?.verdict === "fail", newest = !fresh && !broken && tries === 0 || !knowsGeneration(releaseOf(snapshot), effect.ifGeneration) ? await readIfReachable(context) : void 0;
if (newest !== void 0 && newest.head !== snapshot.head) {
snapshot = newest, fresh = !0;
continue;
}
}
if (effect.do === "judge" && !cancelled) {
if (context.judge === void 0) return hold("waiting", "A share of the canary is waiting for its verdict; the canary gate judges it.");
let waitMs = judgement === void 0 ? Math.max(0, effect.at - context.ports.clock.now()) : effect.planned.everyMs, stayMs = judgement === void 0 ? maxWaitMs : context.patienceMs ?? 36e5;
if (context.ports.clock.monotonic() - started + waitMs > stayMs) return waiting(context, snapshot, judgement);
judgement = await context.judge(effect, releaseOf(snapshot)).catch((problem) => {
if (!effect.last) throw problem;
judges = !1, context.ports.log.warn(`The last look at this share failed. ${messageOf(problem)}`);
}), fresh = !1;
let { clock } = context.ports;
if (judgement === void 0 || judgement.verdict === "fail" || clock.monotonic() - readAt < 2e4) continue;
readAt = clock.monotonic();
let newest = await readIfReachable(context);
snapshot = newest ?? snapshot, fresh = newest !== void 0;
continue;
}
if (effect.do === "look" && !cancelled) {
if (context.watch === void 0) return hold("watching", `What serves is watched for stage ${effect.stage}; a tick looks at it.`);
let waitMs = Math.max(0, effect.at - context.ports.clock.now()), stayMs = seen === void 0 ? maxWaitMs : context.patienceMs ?? 36e5;
if (context.ports.clock.monotonic() - started + waitMs > stayMs) return watching(context, snapshot, seen);
await context.ports.clock.sleep(waitMs, context.ports.cancelled).catch(() => void 0), seen = await context.watch(effect, releaseOf(snapshot)), fresh = !1;
continue;
}
if (effect.do === "hold" && effect.until !== void 0 && await waited(context, {
...effect,
until: effect.until
}, started)) {
let newest = await readIfReachable(context);
snapshot = newest ?? snapshot, fresh = newest !== void 0;
continue;
}
let act = await perform(context, snapshot, production, effect, {
judgement,
look: seen
});
if (act.verdict !== void 0) return effect.do === "nothing" ? parting ?? act.verdict : act.verdict;
if (parting = act.parting ?? parting, tries = act.again === !0 ? tries + 1 : 0, effect.do === "restore" && context.target?.capabilities.compareAndSet && (sentBack = sentBackFrom(releaseOf(snapshot), effect.ifGeneration)), tries >= 5 && effect.do === "restore") {
let told = await withoutWayBack(context, snapshot, effect);
if (told?.verdict !== void 0) return told.verdict;
}
if (tries >= 5) return {
verdict: "error",
reason: "no-progress",
message: `The same effect (${effect.do}) was tried 5 times and production did not follow; nothing more is tried.`
};
tries > 0 && await context.ports.clock.sleep(200 * 2 ** tries);
let goesDown = effect.do === "restore" || effect.do === "shift" && effect.back !== void 0, newest = act.snapshot ?? (goesDown ? await readIfReachable(context) : await context.store.read(context.environment));
fresh = newest !== void 0, snapshot = newest ?? snapshot, (effect.do === "shift" || effect.do === "settle") && (judgement = void 0);
}
return {
verdict: "error",
reason: "too-many-effects",
message: `More than ${maxEffects} effects in one job: this is a defect of Sluice, please report it with the record.`
};
}
async function readIfReachable({ store, environment, ports }) {
try {
return await store.read(environment);
} catch (problem) {
let why = messageOf(problem);
ports.log.warn(`The record cannot be read, so what people say is not heard at the moment. ${why}`);
return;
}
}
async function waited({ ports, target, judge, change, readOnly }, { until, reason, message }, started) {
let { clock, cancelled } = ports, left = Math.max(0, until - clock.now()), ofCommand = reason === otherCommand, ms = ofCommand ? left : Math.min(left, 1e4);
return !(ofCommand ? change !== void 0 && readOnly !== !0 : target !== void 0 && judge !== void 0) || cancelled.aborted || clock.monotonic() - started + ms > 36e5 ? !1 : (ofCommand && ports.log.notice(message), await clock.sleep(ms, cancelled).catch(() => void 0), !0);
}
function alreadyPassed(context, { record }) {
let { until, asker } = context, { release } = record;
if (until === void 0 || release === null || release.id !== asker.release || release.ended !== null) return;
let state = release.steps[`${until.stage}/${until.step}`];
return state !== void 0 && isSettled(release, until.stage, until.step) ? pass(state.reason, state.message) : void 0;
}
async function look({ target, ports }) {
if (target === void 0) return {
unreadable: "This job does not look at production.",
unasked: !0
};
for (let attempt = 1;; attempt++) try {
return await target.observe();
} catch (problem) {
let message = messageOf(problem);
if (attempt === 5 || ports.cancelled.aborted) return { unreadable: message };
await ports.clock.sleep(100 * 2 ** attempt * (.5 + ports.random()));
}
}
async function perform(context, snapshot, production, effect, seen) {
switch (effect.do) {
case "refuse": return { verdict: {
verdict: "error",
reason: effect.reason,
message: effect.message
} };
case "nothing": return context.readOnly !== !0 && await context.show?.(snapshot), { verdict: endedAs(effect.ended.as, effect.ended.reason, effect.ended.message) };
case "hold":
case "judge":
case "look": return { verdict: urgent(effect, seen, await interrupted$1(context, snapshot, effect)) };
case "step": return runStep(context, snapshot, effect);
case "shift": return shift(context, snapshot, effect, seen.judgement);
case "settle": return settle(context, snapshot, effect);
case "accept": return { snapshot: await journal(context, snapshot, verdictEntry(effect.judgement)) };
case "accept-look": return { snapshot: await journal(context, snapshot, lookEntry(effect.look)) };
case "change": return change(context, snapshot, effect);
case "promote": return { snapshot: await journal(context, snapshot, {
kind: "step",
stage: effect.stage,
step: "canary",
outcome: "passed",
reason: "all-shares-proven",
message: "Every share of the canary was proven; the candidate serves all traffic."
}) };
case "mark": return mark(context, snapshot, effect);
case "ask": return tellPeople(context, snapshot, {
kind: "asked",
...effect.question,
message: effect.message.slice(0, 4e3)
});
case "warn": {
let { stage, step, reason, message } = effect;
return tellPeople(context, snapshot, {
kind: "warned",
stage,
step,
reason,
message: message.slice(0, 4e3)
});
}
case "restore": return restore(context, snapshot, production, effect, seen);
case "end": {
if (context.readOnly === !0) return { verdict: endedAs(effect.as, effect.reason, effect.message) };
let after = await journal(context, snapshot, {
kind: "ended",
as: effect.as,
reason: effect.reason,
message: effect.message.slice(0, 4e3)
});
if (after === void 0) return { again: !0 };
let verdict = endedAs(effect.as, effect.reason, effect.message);
return releaseOf(after).changes.length === 0 ? { verdict } : {
snapshot: after,
parting: verdict
};
}
}
}
async function interrupted$1(context, snapshot, effect) {
let waiting = effect.do === "hold" ? effect : {
reason: "cancelled",
message: "The job was cancelled while production was being judged."
};
return !context.ports.cancelled.aborted || releaseOf(snapshot).ended !== null ? hold(waiting.reason, waiting.message) : (context.readOnly !== !0 && await journal(context, snapshot, {
kind: "interrupted",
reason: "cancelled",
message: waiting.message
}), {
verdict: "error",
reason: "cancelled",
message: "The job was cancelled; the rollback job gives traffic back to stable."
});
}
function urgent(effect, { judgement, look }, verdict) {
if (effect.do !== "hold" || effect.reason !== "platform-unreadable" || verdict.verdict !== "hold") return verdict;
let broken = [judgement, look].find((seen) => seen?.verdict === "fail");
if (broken === void 0 && effect.goesBack !== !0) return verdict;
let why = broken === void 0 ? "" : `A limit is broken, and traffic could not be given back: ${broken.message} `;
return {
...verdict,
message: `${why}${verdict.message}`,
evidence: broken,
final: !0
};
}
async function watching(context, snapshot, seen) {
let known = snapshot.record.release?.watch?.lookedAt ?? 0;
return seen !== void 0 && seen.to > known && context.readOnly !== !0 && await journal(context, snapshot, lookEntry(seen.verdict === "pass" ? {
...seen,
verdict: "hold"
} : seen)), hold("watching", `${seen?.message ?? "Nothing was seen yet."} The next tick looks again.`);
}
async function waiting(context, snapshot, judgement) {
judgement !== void 0 && context.readOnly !== !0 && await journal(context, snapshot, verdictEntry(judgement));
let message = `${judgement?.message ?? "No verdict yet."} This job has waited long enough; the next tick goes on.`;
return hold("waiting", message);
}
function canonical(value) {
if (Array.isArray(value)) return value.map(canonical);
if (typeof value != "object" || !value) return value;
let entries = Object.entries(value).filter(([, inner]) => inner !== void 0);
return Object.fromEntries(entries.sort(([a], [b]) => a < b ? -1 : 1).map(([key, inner]) => [key, canonical(inner)]));
}
const runbookHash = (runbook) => sha256(JSON.stringify(canonical(runbook)));
function noticeOf(entry, record, { run }) {
let words = wordsFor(entry, record);
if (words === void 0) return;
let release = record.release?.id === entry.release ? record.release : null;
return {
id: `${record.environment}/${entry.release}/${words.event}/${entry.at}`,
...words,
environment: record.environment,
service: release?.plan.service,
release: entry.release,
commit: entry.kind === "queued" ? entry.commit : release?.commit,
actor: entry.by.actor,
at: entry.at,
link: run
};
}
function wordsFor(entry, record) {
switch (entry.kind) {
case "started": return started(entry, record.environment);
case "step": return entry.outcome === "held" ? held(entry, record.environment) : void 0;
case "rollback": return wentBack(entry, record);
case "interrupted": return interrupted(entry, record.environment);
case "ended": return ended(entry, record);
case "locked": return locked(entry, record.environment);
case "unlocked": return unlocked(entry, record.environment);
case "asked": return asked(entry, record.environment);
case "warned": return warned(entry, record.environment);
case "stepped-back": return steppedBack(entry, record.environment);
case "recovery": return entry.healthy ? void 0 : unhealthy(entry, record.environment);
case "resumed":
case "intent":
case "result":
case "verdict":
case "approval":
case "signature":
case "attested":
case "order":
case "skipped":
case "look":
case "changing":
case "changed": return;
case "queued": return inLine(entry, record.environment);
case "dequeued": return leftLine(entry, record.environment);
}
}
function started(entry, environment) {
let stages = entry.plan.stages.map(({ name }) => name).join(", ");
return {
event: "started",
outcome: "started",
reason: "started",
urgent: !1,
title: `${entry.plan.service}: release ${entry.release} to ${environment} started`,
text: `Commit ${shortVersion(entry.commit)} goes through ${stages}; the way back is ${shortVersion(entry.stable)}.`
};
}
function held(entry, environment) {
return {
event: "held",
outcome: "held",
reason: entry.reason,
urgent: !0,
title: `Release ${entry.release} to ${environment} waits at ${entry.step} of stage ${entry.stage}`,
text: entry.message,
next: entry.reason.startsWith("awaiting-") ? "Nothing moves until somebody answers; the text says who, and with which comment." : "Nothing moves until this is proven. Mend the cause and run the failed jobs of the run again."
};
}
function inLine(entry, environment) {
return {
event: "held",
outcome: "queued",
reason: entry.reason,
urgent: !1,
title: `Release ${entry.release} to ${environment} waits in line`,
text: `Commit ${shortVersion(entry.commit)}: ${entry.message}`,
next: "It is begun by itself; a newer push takes its place."
};
}
function leftLine(entry, environment) {
return {
event: "failed",
outcome: "not-begun",
reason: entry.reason,
urgent: !1,
title: `Release ${entry.release} to ${environment} waited in line and does not begin`,
text: entry.message,
next: "Production is untouched. Mend the cause, then push again."
};
}
function asked(entry, environment) {
let { decideBy } = entry;
return {
event: "page",
outcome: "page",
reason: entry.reason,
urgent: !0,
title: `Release ${entry.release} to ${environment} needs a decision about ${entry.weight}%`,
text: entry.message,
next: "Comment `/continue` or `/rollback`." + (decideBy === null ? "" : ` Without a word by ${new Date(decideBy).toISOString()} traffic goes back.`)
};
}
function warned(entry, environment) {
return {
event: "warned",
outcome: "warned",
reason: entry.reason,
urgent: !1,
title: `Release ${entry.release} to ${environment}: a warning at ${entry.step} of stage ${entry.stage}`,
text: entry.message
};
}
function steppedBack(entry, environment) {
return {
event: "page",
outcome: "stepped-back",
reason: entry.reason,
urgent: !0,
title: `Release ${entry.release} to ${environment} goes back by one share of stage ${entry.stage}`,
text: entry.message,
next: "Comment `/continue` to let it try again, or `/rollback`; without a word it goes back to stable."
};
}
function unhealthy(entry, environment) {
return {
event: "rolled-back",
outcome: "rolled-back-unhealthy",
reason: "not-recovered",
urgent: !0,
title: `Release ${entry.release} to ${environment} was rolled back, and what serves now is NOT healthy`,
text: entry.message,
next: rolledBackNext("rolled-back-unhealthy", environment)
};
}
const rolledBackTitle = {
"rolled-back": "was rolled back",
"rolled-back-unhealthy": "was rolled back, and the version that serves is NOT healthy",
"rollback-incomplete": "is only PARTLY rolled back",
held: "was put back unproven"
}, rolledBackNext = (as, environment) => {
switch (as) {
case "rolled-back": return "The commit is rejected until it is fixed: push a new one, or revert it.";
case "rolled-back-unhealthy": return `Users are affected: look at the version that serves now, or return to another one with \`sluice rollback --environment ${environment} --to VERSION\`.`;
case "rollback-incomplete": return "Run the rollback again now, or move traffic on the platform by hand.";
case "held": return "The commit is not at fault: run it again when there is enough traffic to judge it.";
}
};
function wentBack(entry, { environment }) {
let { as, reason, message, to } = entry, what = entry.release > 0 ? `Release ${entry.release} to ${environment}` : environment;
return {
event: as === "held" ? "held" : "rolled-back",
outcome: as,
reason,
urgent: as === "rolled-back-unhealthy" || as === "rollback-incomplete",
title: `${what} ${rolledBackTitle[as]}`,
text: `${as === "rollback-incomplete" ? "Wanted" : "Serving now"}: ${shortVersion(to)}. Reason: ${reason}. ${message}`,
next: rolledBackNext(as, environment)
};
}
function interrupted(entry, environment) {
return {
event: "interrupted",
outcome: "interrupted",
reason: entry.reason,
urgent: !1,
title: `Release ${entry.release} to ${environment} was interrupted`,
text: entry.message,
next: "The rollback job gives traffic back; if no message says so within minutes, dispatch the rollback workflow."
};
}
const endings = {
done: {
event: "finished",
title: "is finished"
},
failed: {
event: "failed",
title: "failed before it took traffic",
next: "Production is untouched. Mend the cause, then push or run the failed jobs again."
},
halted: {
event: "halted",
title: "halted: production is not as the release left it",
next: "Somebody moved traffic by hand and nothing is changed against them. Look at what serves, then dispatch the rollback workflow with a version, or push again."
},
superseded: void 0
};
function ended(entry, { environment }) {
let words = endings[entry.as];
if (words !== void 0) return {
event: words.event,
outcome: entry.as,
reason: entry.reason,
urgent: entry.as === "halted",
title: `Release ${entry.release} to ${environment} ${words.title}`,
text: entry.message,
next: words.next
};
}
function locked(entry, environment) {
return {
event: "locked",
outcome: "locked",
reason: "locked",
urgent: !1,
title: `${environment} is locked: no release gets traffic`,
text: `${entry.by.actor} says: ${entry.reason}`,
next: `Rolling back works all the time. When releases may go on: sluice unlock --environment ${environment}`
};
}
function unlocked(entry, environment) {
return {
event: "unlocked",
outcome: "unlocked",
reason: "unlocked",
urgent: !1,
title: `${environment} is unlocked: releases may go on`,
text: entry.reason === "" ? `Unlocked by ${entry.by.actor}.` : `${entry.by.actor} says: ${entry.reason}`
};
}
async function tell(notice, channels, { clock, log }) {
let wanted = channels.filter(({ on }) => on.includes(notice.event));
if (wanted.length === 0) return;
let over = new AbortController(), done = new AbortController(), withinMs = notice.event === "interrupted" ? 1e3 : 3e3;
clock.sleep(withinMs, done.signal).then(() => over.abort(Error(`no answer within ${withinMs} ms`)), () => void 0);
let results = await Promise.all(wanted.map(async (channel) => ({
kind: channel.kind,
sent: await channel.send(notice, over.signal)
})));
done.abort();
for (let { kind, sent } of results) sent.sent || log.warn(`Nobody was told on ${kind} about this (${notice.outcome}): ${sent.why}. The release itself goes on.`);
}
function notifier(source, links, ports) {
let opened;
return async (entry, record) => {
try {
let notice = noticeOf(entry, record, links);
if (notice === void 0) return;
opened ??= source.written().then((written) => open(written, source.variables, ports)), await tell(notice, await opened, ports);
} catch (problem) {
ports.log.warn(`Nobody could be told about this: ${messageOf(problem)} The release itself goes on.`);
}
};
}
async function open(written, variables, ports) {
let { notify } = written?.value ?? {};
if (written === void 0 || notify === void 0) return [];
let problems = [], resolved = (kind) => {
if (notify[kind] === void 0) return {};
let answer = resolveReferences(written, variables, [`notify.${kind}`]);
return answer.ok ? { [kind]: answer.value.notify?.[kind] } : (problems.push(...answer.problems.map(({ message, fix }) => `${kind}: ${message}. ${fix}`)), {});
}, { openChannels } = await import("./open2.js"), opened = openChannels({
...resolved("slack"),
...resolved("webhook")
}, ports);
for (let problem of [...problems, ...opened.problems]) ports.log.warn(`Nobody is told on ${problem} The release itself goes on.`);
return opened.channels;
}
function fold(record, entry) {
if (entry.kind === "queued" || entry.kind === "dequeued") return {
...record,
entries: record.entries + 1,
queued: foldQueue(record.queued, entry)
};
let counted = {
...record,
entries: record.entries + 1,
highest: Math.max(record.highest, entry.release)
};
if (entry.kind === "started") return {
...counted,
release: newRelease(entry, record),
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
let release = counted.release;
return release === null || release.id !== entry.release ? counted : {
...counted,
release: foldRelease(release, entry),
...entry.kind === "ended" && (entry.as === "done" ? whenDone(counted, release) : whenNotDone(counted, release))
};
}
const stillQueued = ({ queued }, { release }) => queued !== null && queued.release > release ? queued : null;
function whenDone(record, release) {
let now = release.stable.version, others = (versions) => [...new Set(versions)].filter((one) => one !== now).slice(-99), { served, outgrown, lastGood } = record, before = [
...served,
...lastGood === null ? [] : [lastGood.version],
release.before
], moved = release.movesSchema || record.schemaAhead;
return {
lastGood: good(release),
schemaAhead: !1,
served: moved ? [now] : [...others(before), now],
outgrown: others(moved ? [...outgrown, ...before] : outgrown)
};
}
const whenNotDone = ({ schemaAhead }, { movesSchema }) => ({ schemaAhead: schemaAhead || movesSchema });
function promotedCommit(release, version) {
let promotion = release.promotions.findLast((known) => known.version === version);
return promotion === void 0 ? null : commitIn(release, promotion.stage);
}
const good = (release) => ({
version: release.stable.version,
commit: commitIn(release, release.promotions.at(-1)?.stage),
release: release.id
});
function newRelease(entry, { release }) {
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
earlierCandidates: release?.id === entry.release ? candidatesOf(release).slice(-50) : [],
steps: {},
traffic: null,
intent: null,
verdict: null,
interrupted: null,
people: nobody,
watch: null,
changes: [],
commands: release?.commands ?? [],
kept: [],
movesSchema: !1,
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
let { stage, shift, weight, generation, verdict, reason, at, gate } = entry, kept = gate === void 0 ? {} : { gate };
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
...foldChange(release, entry)
};
case "recovery": return afterRecovery(release, entry);
case "ended": return {
...release,
...entry.as === "failed" && leftToUndo(release, release.stable.version, firstOpen(release)?.stage.name),
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
let { stage, outcome, reason, message, at, by } = fact, state = {
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
let { stage, step, outcome, candidate, configured, at } = entry, after = withStep(release, step, entry);
if (step === "canary" && outcome === "passed") return promoted(after, stage);
if (step === "watch" && outcome === "begun") return {
...after,
watch: newWatch(stage, at)
};
let { before } = configured ?? {}, changes = before === void 0 ? after.changes : withConfigured(after.changes, stage, before), movesSchema = step === "migrate" ? schemaMovesAfter(entry, release.movesSchema) : release.movesSchema;
return {
...after,
changes,
movesSchema,
candidate: candidate ?? release.candidate
};
}
function schemaMovesAfter({ outcome, reason }, before) {
return outcome === "begun" && reason === "schema-stays" ? !1 : before || outcome === "begun" && reason === "schema-moves-on" || outcome === "passed" && reason === "schema-moved-on";
}
function continued(release, entry) {
let { question } = release.people, { order, at, by } = entry;
if (order !== "continue" || !answers$1(entry, "question") || question === null || question.answered || question.about === "page") return release;
let reason = `continued-by-${by.actor}`.slice(0, 200), { stage, shift, weight, generation, step } = question;
return step === "watch" ? {
...release,
watch: release.watch && continuedWatch(release.watch, question.about, reason, at)
} : {
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
let { ended } = release;
if (ended === null) return release;
let unhealthy = {
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
let { candidate, traffic } = release;
return candidate === null || traffic === null ? release : {
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
let intent = release.intent;
if (intent === null || entry.outcome === "not-applied") return release;
let { stage, shift } = intent;
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
function faultOf({ lastGood }, release, entry) {
let { from } = entry, own = [...candidatesOf(release), ...release.promotions.map(({ version }) => version)];
return release.ended !== null && from !== null && lastGood?.version === from && !own.includes(from) ? {
release: lastGood.release,
commits: lastGood.commit === null ? [] : [lastGood.commit]
} : {
release: release.id,
commits: [...new Set([commitIn(release, entry.stage), release.commit])]
};
}
function afterRollback(record, entry) {
let release = record.release;
if (release === null || release.id !== entry.release) return {
...record,
lastGood: {
version: entry.to,
commit: null,
release: entry.release
}
};
let blamed = entry.as !== "held" && entry.reason !== "cancelled" && entry.reason !== "interrupted", fault = faultOf(record, release, entry), commits = fault.commits.filter((commit) => record.rejected.every((known) => known.commit !== commit));
return {
...record,
...whenNotDone(record, release),
release: {
...release,
...leftToUndo(release, entry.to, entry.stage),
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
release: fault.release,
reason: entry.reason
}))].slice(-100) : record.rejected
};
}
const journalAuthor = {
name: "github-actions[bot]",
email: "41898282+github-actions[bot]@users.noreply.github.com"
};
function journalCommit(before, entries, nonce) {
let newest = entries.at(-1);
if (newest === void 0) throw Error("An append needs at least one entry.");
let record = recordSchema.parse(entries.reduce(fold, before));
return {
record,
message: entries.map((entry) => oneLine(headline(entry))).join("\n"),
files: {
"record.json": `${JSON.stringify(record, null, 2)}\n`,
"entries.json": `${JSON.stringify({
nonce,
entries
}, null, 2)}\n`
},
at: newest.at
};
}
const oneLine = (text) => text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ");
function parseRecord(environment, head, content, provider) {
let unreadable = (why, cause, mend = "look at its history with git log and restore the last good commit.") => new ProviderError(provider, `The record of ${environment} at ${head.slice(0, 12)} cannot be read: ${why}. Nothing moves until it can; ${mend}`, { cause });
if (content === null) throw unreadable("the commit holds no record.json");
let json;
try {
json = JSON.parse(content);
} catch (error) {
throw unreadable("record.json is not JSON", error);
}
let parsed = recordSchema.safeParse(json);
if (!parsed.success) {
let newer = newerIn(json, parsed.error);
throw newer === void 0 ? unreadable("record.json has not the shape of a record", parsed.error) : unreadable(`${newer}, so a newer Sluice wrote it`, parsed.error, useNewer);
}
if (parsed.data.environment !== environment) throw unreadable(`it is the record of ${JSON.stringify(parsed.data.environment)}`);
return parsed.data;
}
const useNewer = "use that one again (the commit after `uses:` in your workflows, your own clone), and restore nothing: the record is whole. A rollback to a version that is named works all the same.";
function newerIn(json, { issues }) {
let marked = looseObject({
version: number(),
environment: string()
}).safeParse(json);
if (!marked.success) return;
if (marked.data.version > 1) return `it has version ${marked.data.version}`;
let unknown = issues.flatMap((issue) => issue.code === "unrecognized_keys" ? issue.keys : []);
if (!(unknown.length === 0 || issues.some(({ code }) => code !== "unrecognized_keys"))) return `it holds ${JSON.stringify(unknown).slice(0, 100)}, which this version does not know`;
}
function recordRef(environment) {
let name = Buffer.from(environment, "utf8").toString("latin1").replaceAll(/[^A-Za-z0-9_-]/g, (byte) => `=${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);
if (name === "" || name.length > 200 || !environment.isWellFormed()) throw new InputError(`"${environment.slice(0, 60)}" cannot name an environment; use at most 200 letters, digits, "-" and "_".`);
return `refs/sluice/${name}`;
}
function environmentOf(ref) {
if (!/^refs\/sluice\/(?:[A-Za-z0-9_-]|=[0-9A-F]{2})+$/.test(ref)) return;
let bytes = ref.slice(12).replaceAll(/=(..)/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
return Buffer.from(bytes, "latin1").toString("utf8");
}
function githubRefStore(client, newNonce = () => crypto.randomUUID()) {
let known = new Map();
async function move(ref, before, commit) {
let unanswered = !1;
for (let sent = 1;; sent += 1) {
let moved = before === null ? await client.createRef(ref, commit) : await client.updateRef(ref, commit);
if (moved.outcome === "applied") return !0;
unanswered ||= moved.outcome === "unknown";
let head = await client.readRef(ref);
if (head === commit) return !0;
if (head !== before) return unanswered && head !== null && await client.isAncestor(commit, head);
if (moved.outcome === "not-applied" || sent >= 3) throw unmoved(ref, moved);
}
}
return {
async read(environment) {
let head = await client.readRef(recordRef(environment)), remembered = known.get(environment);
if (head === null && remembered !== void 0) throw vanished(environment, remembered);
if (head === null) return {
head,
record: emptyRecord(environment)
};
if (remembered?.head === head) return remembered;
let snapshot = {
head,
record: parseRecord(environment, head, await client.readFile(head, "record.json"), "github")
};
return known.set(environment, snapshot), snapshot;
},
async append(environment, onto, entries) {
let { record, files, message, at } = journalCommit(onto.record, entries, newNonce()), tree = await client.createTree(files), parents = onto.head === null ? [] : [onto.head], commit = await client.createCommit({
message,
tree,
parents,
at,
author: journalAuthor
});
if (!await move(recordRef(environment), onto.head, commit)) return {
appended: !1,
reason: "conflict"
};
let snapshot = {
head: commit,
record
};
return known.set(environment, snapshot), {
appended: !0,
snapshot
};
}
};
}
const vanished = (environment, { head }) => new ProviderError("github", `The record of ${environment} was there a moment ago and is gone: somebody deleted ${recordRef(environment)}. Put it back with: git push origin ${head}:${recordRef(environment)}`);
function unmoved(ref, { error }) {
return new ProviderError("github", `The record could not be appended to ${ref}. ${error.message}`, {
...error.status === void 0 ? {} : { status: error.status },
retryable: error.retryable,
cause: error
});
}
function witnessedStore(store, client, { clock, log }) {
let trusted = new Set(), refused = new Map(), witness = async (environment) => {
try {
return (await witnessOf(client, environment))?.head;
} catch (problem) {
let why = messageOf(problem);
log.warn(`The record of ${environment} cannot be compared with GitHub's deployments. ${why}`);
return;
}
};
return {
async read(environment) {
let problem = refused.get(environment);
if (problem !== void 0) throw problem;
if (trusted.has(environment)) return store.read(environment);
let [first, seen] = await Promise.all([store.read(environment), witness(environment)]), snapshot = first;
for (let read = 1; seen !== void 0 && !await descends(client, seen, snapshot); read++) {
if (read === 3) {
let tampered = differs(environment, seen, snapshot);
throw refused.set(environment, tampered), tampered;
}
await clock.sleep(200 * 2 ** read), snapshot = await store.read(environment);
}
return trusted.add(environment), snapshot;
},
append: (environment, onto, entries) => store.append(environment, onto, entries)
};
}
const descends = async (client, witness, { head }) => head === witness || head !== null && await client.isAncestor(witness, head);
function differs(environment, witness, { head }) {
let ref = recordRef(environment), found = head === null ? "and the record is gone" : `and ${ref} is at ${head}, which does not descend from it`;
return new ProviderError("github", `The record of ${environment} was tampered with: GitHub's newest deployment bears witness to ${witness}, ${found}. Nothing moves by itself. Put the record back with \`git push --force origin ${witness}:${ref}\`; to begin a new record on purpose, delete that deployment. Meanwhile the rollback workflow returns to any version that is named with \`to\`.`, { status: recordDiffers });
}
function readVariables(text) {
refuseOddLines(text ?? "");
let { parseEnv } = process.getBuiltinModule("node:util"), entries = Object.entries(parseEnv(text ?? ""));
return Object.fromEntries(entries.flatMap(([name, value]) => value === void 0 || value === "" ? [] : [[name, value]]));
}
function refuseOddLines(text) {
let quote;
for (let [index, line] of text.split(/\r?\n/).entries()) {
if (quote !== void 0) {
line.includes(quote) && (quote = void 0);
continue;
}
if (/^\s*(#.*)?$/.test(line)) continue;
let value = /^\s*(?:export\s+)?[A-Za-z_][A-Za-z0-9_]*\s*=\s*(.*)$/.exec(line)?.[1];
if (value === void 0) throw new InputError(`Line ${index + 1} of the variables is not NAME=value (its content is not shown). Write one variable a line in RUNBOOK_ENV and RUNBOOK_VARS.`);
let opened = /^(["'`])/.exec(value)?.[1];
opened !== void 0 && !value.slice(1).includes(opened) && (quote = opened);
}
if (quote !== void 0) throw new InputError("A quote in the variables is never closed. Close it, or leave quotes away.");
}
const looksSecret = (value) => !/^(?:true|false|[\d.]+|https?:\/\/[^/@?#\s]+\/?)$/i.test(value), named = {
databaseUrl: "DATABASE_URL",
slackWebhookUrl: "SLACK_WEBHOOK_URL",
vercelToken: "VERCEL_TOKEN",
renderApiKey: "RENDER_API_KEY",
sshKey: "SSH_KEY",
sentryAuthToken: "SENTRY_AUTH_TOKEN"
};
function variablesOf(inputs, ports) {
let secrets = {
...readVariables(inputs.runbookEnv),
...Object.fromEntries(Object.entries(named).flatMap(([input, name]) => {
let value = inputs[input];
return value === void 0 ? [] : [[name, value]];
}))
};
for (let value of Object.values(secrets)) looksSecret(value) && ports.mask(value);
return {
...readVariables(inputs.runbookVars),
...secrets
};
}
function provenElsewhere(record, commit, after, now) {
let { environment, watchedMs, withinMs } = after, { release } = record, short = commit.slice(0, 12), waiting = (reason, message) => hold(reason, `Commit ${short} waits for ${environment}: ${message}`);
if (release === null || release.commit !== commit) return waiting("not-released-there", release === null ? "no release was ever recorded there." : `its newest release, ${release.id}, is of commit ${release.commit.slice(0, 12)}.`);
if (release.ended === null) return waiting("under-way-there", `release ${release.id} is under way there.`);
let { as, at, reason } = release.ended;
if (record.rejected.some((known) => known.commit === commit)) return fail("rejected-there", `Commit ${short} was rolled back in ${environment} (${reason}); fix it and push.`);
if (as !== "done") return waiting("not-done-there", `release ${release.id} ended there as ${as} (${reason}).`);
let skipped = Object.entries(release.steps).find(([key, { outcome }]) => outcome === "skipped" && isWatch(key));
if (skipped !== void 0) return waiting("not-watched-there", `${skipped[0]} was skipped there (${skipped[1].message}); release it there again.`);
if (withinMs !== void 0 && now - at > withinMs) return waiting("too-long-ago", `release ${release.id} was done there ${new Date(at).toISOString()}, more than ${formatDuration(withinMs)} ago; release it there again.`);
let from = servedSince(release, at) + watchedMs;
return now < from ? {
...waiting("not-watched-there", `it has to serve there for ${formatDuration(watchedMs)}, until ${new Date(from).toISOString()}.`),
from
} : pass("proven-there", `Release ${release.id} of commit ${short} is done in ${environment}.`);
}
const isWatch = (key) => key.endsWith("/watch");
function servedSince({ steps }, ended) {
let proven = Object.entries(steps).filter(([key]) => key.endsWith("/canary"));
return proven.length === 0 ? ended : Math.max(...proven.map(([, { at }]) => at));
}
const refuse = (reason, message) => ({
answer: "refuse",
reason,
message
});
function answerTo(record, said, speaker, now) {
let { name, rest } = said, { release } = record, due = release === null ? void 0 : firstOpen(release);
if (release === null || release.ended !== null || due === void 0) return refuse("nothing-under-way", `No release is under way in ${record.environment}${name === "rollback" ? "; dispatch the rollback workflow to return to what served before" : ""}.`);
switch (name) {
case "approve": return approve(release, due, speaker, said.at);
case "sign-off": return sign(release, said, speaker, now);
case "skip": return skip(release, said);
case "continue": return goOn(release, due, {
...said,
at: said.at ?? now
}, speaker);
case "hold": return order(release, name, rest, "Nothing new begins and no traffic is raised until somebody says `/continue`.");
case "rollback": return order(release, name, rest, "The release ends, and traffic goes back to what served before.");
case "abort": return order(release, name, rest, "The release ends and traffic goes back; nothing is said against the commit.");
}
}
const order = (release, name, reason, message, of) => ({
answer: "append",
fact: {
kind: "order",
release: release.id,
order: name,
...of !== void 0 && { of },
reason
},
message
}), rolesIn = ({ plan }, { actor, teams }) => rolesOf({ by: plan.people ?? {} }, actor, teams);
function unseen(what, since, written, again) {
if (!(written === void 0 || written >= since)) return refuse("asked-later", `This was written before ${what} stood as it does since ${new Date(since).toISOString()}. Look at it, then comment \`${again}\` once more.`);
}
function approve(release, { stage, step }, speaker, written) {
if (step !== "approve" || stage.approve === void 0) return refuse("nothing-to-approve", `Nothing waits for an approval: next is ${step} of stage ${stage.name}.`);
let [role] = rolesOf(stage.approve, speaker.actor, speaker.teams);
if (role === void 0) return refuse("not-in-role", `${speaker.actor} may not approve stage ${stage.name}: it takes ${Object.keys(stage.approve.by).join(" or ")}.`);
let since = provenSince(release, stage.name, "approve"), early = unseen(`stage ${stage.name} of release ${release.id}`, since, written, "/approve");
if (early !== void 0) return early;
let digest = approvedEvidence(release, stage.name);
return {
answer: "append",
fact: {
kind: "approval",
release: release.id,
stage: stage.name,
role,
digest
},
message: `${speaker.actor} approves stage ${stage.name} as ${role}, for commit ${release.commit.slice(0, 12)} and evidence ${digest}.`
};
}
function sign(release, { rest, at: written }, speaker, now) {
let [wanted = ""] = rest.trim().split(/\s+/), note = rest.trim().slice(wanted.length).trim(), stage = release.plan.stages.find(({ name }) => name === finalStage), next = stage === void 0 ? void 0 : nextSignature(release, stage);
if (next === void 0) return refuse("nothing-to-sign", "No signature of this release is missing, or its runbook asks for none.");
if (wanted !== next.role) return refuse("not-this-signature", `The next signature is \`${next.role}\`: comment \`/sign-off ${next.role}\`, as ${next.by.join(" or ")}.`);
let ended = stagesEndedAt(release);
if (ended === void 0) return refuse("too-early", "There is nothing to sign yet: stages of the release are still open.");
let from = ended + (next.afterMs ?? 0);
if (now < from) return refuse("too-early", `\`${next.role}\` can be signed from ${new Date(from).toISOString()} on.`);
let early = unseen(`release ${release.id}`, ended, written, `/sign-off ${next.role}`);
return early === void 0 ? next.notAuthor === !0 && speaker.actor.toLowerCase() === release.actor.toLowerCase() ? refuse("author", `${speaker.actor} began this release, so somebody else signs \`${next.role}\`.`) : rolesIn(release, speaker).some((role) => next.by.includes(role)) ? {
answer: "append",
fact: {
kind: "signature",
release: release.id,
role: next.role,
digest: signedEvidence(release),
note
},
message: `${speaker.actor} signs \`${next.role}\` of release ${release.id}.`
} : refuse("not-in-role", `${speaker.actor} may not sign \`${next.role}\`: it takes ${next.by.join(" or ")}.`) : early;
}
const skippable = new Set([
"preflight",
"backup",
"pause",
"smoke-test",
"load-test",
"watch"
]);
function skip(release, { rest, at: written }) {
let [place = "", ...words] = rest.trim().split(/\s+/), reason = words.join(" "), stage = release.plan.stages.find(({ name }) => place.startsWith(`${name}/`)), step = stepNames.find((name) => place === `${stage?.name}/${name}`);
if (stage === void 0 || step === void 0 || !stage.steps.includes(step)) return refuse("no-such-step", "Name the stage, the step and why, such as `/skip release/load-test the load host is down`.");
if (!skippable.has(step) || stage.must?.includes(step) === !0) return refuse("must", `${step} of stage ${stage.name} cannot be skipped.`);
if (reason === "") return refuse("no-reason", `Say why ${step} is skipped, in the same line.`);
if (isSettled(release, stage.name, step)) return refuse("already-passed", `${step} of stage ${stage.name} is settled already.`);
let early = unseen(`release ${release.id}`, release.startedAt, written, `/skip ${place}`);
return early === void 0 ? {
answer: "append",
fact: {
kind: "skipped",
release: release.id,
stage: stage.name,
step,
reason: reason.slice(0, 500)
},
message: `${step} of stage ${stage.name} is skipped: ${reason}`
} : early;
}
function waitingFor(release, { stage, step }, speaker) {
let { hold, question, steppedBack, attested, retries } = release.people, waiting = [];
if (hold !== null && waiting.push({
of: "hold",
at: hold.at,
what: `the hold of ${hold.actor}`,
comesTo: "The release may go on."
}), question !== null && !question.answered) {
let { at, weight, reason, about, step: asks } = question, proven = asks === "watch" ? "The watch goes on." : `${weight}% counts as proven on this word.`, what = `the question about ${weight}% (${reason})`;
waiting.push({
of: "question",
at,
what,
comesTo: about === "page" ? "The release goes on." : proven
});
}
if (steppedBack !== null) {
let comesTo = `The candidate may try again (retry ${retries + 1}).`, { at, reason } = steppedBack;
waiting.push({
of: "step-back",
at,
what: `the step back (${reason})`,
comesTo
});
}
let again = stage.pause?.changed !== void 0;
if (step === "pause" && stage.pause !== void 0 && (attested[stage.name] === void 0 || again)) {
let { by, task } = stage.pause, at = release.steps[stepKey(stage.name, "pause")]?.at ?? Infinity, role = rolesIn(release, speaker).find((known) => by.includes(known));
waiting.push({
of: "task",
at,
what: `the task of stage ${stage.name}`,
comesTo: task,
role
});
}
return waiting.sort((a, b) => b.at - a.at);
}
const mayAnswer = (one) => one.of !== "task" || one.role !== void 0;
function goOn(release, due, { rest, at }, speaker) {
let { stage, step } = due, waiting = waitingFor(release, due, speaker), asked = waiting.filter((one) => one.at <= at), one = asked.find(mayAnswer);
if (one === void 0) {
if (waiting.length === 0) return refuse("nothing-waits", `Nothing waits for a person: next is ${step} of stage ${stage.name}.`);
let later = waiting.map(({ what }) => what).join(", ");
return asked.length === 0 ? refuse("asked-later", `This was written before what waits now: ${later}. Look at it, then comment \`/continue\`.`) : refuse("not-in-role", `${speaker.actor} may not say that this is done: it takes ${stage.pause?.by.join(" or ")}.`);
}
let left = waiting.filter((other) => other.of !== one.of).map(({ what }) => what), open = left.length === 0 ? "" : ` Still waiting for a \`/continue\` of its own: ${left.join(", ")}.`;
return one.of === "task" ? {
answer: "append",
fact: {
kind: "attested",
release: release.id,
stage: stage.name,
role: one.role,
note: rest.slice(0, 500)
},
message: `${speaker.actor} did it, as ${one.role}: ${one.comesTo}${open}`
} : order(release, "continue", rest, `This answers ${one.what}. ${one.comesTo}${open}`, one.of);
}
export { isSettled as C, schemaStays as D, schemaMovesOn as E, emptyRecord as S, schemaMovedOn as T, broughtBy as _, witnessedStore as a, firstOpen as b, fold as c, advance as d, maxWaitMs as f, admit as g, migrationsBehind as h, variablesOf as i, notifier as l, keptGoes as m, provenElsewhere as n, githubRefStore as o, paceAt as p, looksSecret as r, environmentOf as s, answerTo as t, runbookHash as u, newCommitPolicies as v, knowsGeneration as w, commitIn as x, changeToUndo as y };
