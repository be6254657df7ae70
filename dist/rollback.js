import { a as openTarget, i as platformSecrets, n as witnessOf, o as attemptAt, t as projectDeployment } from "./chunks/deployment.js";
import { _ as fail, g as messageOf, h as ProviderError, m as InputError, v as hold, y as pass } from "./chunks/words.js";
import { h as looseObject } from "./chunks/zod.js";
import { t as githubClient } from "./chunks/github.js";
import { a as witnessedStore, d as advance, i as variablesOf, l as notifier, m as keptGoes, o as githubRefStore, w as knowsGeneration } from "./chunks/release.js";
import { a as resolveParts, c as targetForms, r as readInside, t as accept } from "./chunks/runbook-keys.js";
import { n as secondLineTold, t as chooseRollback } from "./chunks/rollback.js";
import { t as shellWord } from "./chunks/shell-word.js";
import { t as shortVersion } from "./chunks/short-version.js";
import { r as defineAction, t as main } from "./chunks/main.js";
import { a as text, i as secret, s as yaml, t as flag } from "./chunks/input.js";
async function rollbackTarget(where, ports) {
let { target, runbook, workspace, variables } = where, [{ readBySchema }, { targetSchema }] = await Promise.all([import("./chunks/read-by-schema2.js"), import("./chunks/target-spec2.js")]);
if (target !== void 0) {
let written = accept(readBySchema(target, "input target", targetSchema));
return openTarget(resolveParts(written, variables, void 0, targetForms), ports);
}
let text = await readInside(runbook, workspace), written = accept(readBySchema(text, runbook, looseObject({ target: targetSchema })));
return openTarget(resolveParts(written, variables, ["target"]).target, ports);
}
async function rollbackNotify(runbook, workspace) {
let text = await readInside(runbook, workspace).catch(() => void 0);
if (text === void 0) return;
let [{ readBySchema }, { notifySchema }] = await Promise.all([import("./chunks/read-by-schema2.js"), import("./chunks/runbook2.js")]), read = readBySchema(text, runbook, looseObject({ notify: notifySchema.optional() }));
return read.ok ? read : void 0;
}
const recordPatience = {
requestMs: 5e3,
totalMs: 15e3
};
async function openRollback(inputs, ports, workflow) {
let { environment, to, reason, force, runbook, target } = inputs, { repository, apiUrl, workspace, runUrl } = workflow, variables = variablesOf(inputs, ports), access = {
token: inputs.githubToken ?? "",
repository,
apiUrl,
patience: recordPatience
}, client = githubClient(access, ports), notify = notifier({
written: () => rollbackNotify(runbook, workspace),
variables
}, { run: runUrl }, ports), show = async (snapshot) => {
let warning = await projectDeployment(client, snapshot, { runUrl });
warning !== void 0 && ports.log.warn(warning);
}, opened = await rollbackTarget({
target,
runbook,
workspace,
variables
}, ports);
return {
environment,
to,
change: async (request) => {
let { changer } = await import("./chunks/change.js");
return changer({
target: async () => opened,
directory: workspace,
variables,
ports
})(request);
},
release: releaseIn(inputs.release),
reason,
force,
author: {
run: workflow.runId,
attempt: workflow.attempt,
actor: workflow.actor
},
ports,
store: witnessedStore(githubRefStore(client), client, ports),
target: opened,
witness: () => witnessOf(client, environment),
prove: async (release) => {
let { proveRecovery } = await import("./chunks/prove-recovery.js");
return proveRecovery({
runbook,
workspace,
variables,
target: opened,
release
}, ports);
},
onEntry: async (entry, snapshot) => {
entry.kind === "recovery" && entry.healthy || await Promise.all([show(snapshot), notify(entry, snapshot.record)]);
},
show
};
}
function releaseIn(text) {
if (text === void 0 || /^[1-9]\d{0,15}$/.test(text)) return text === void 0 ? void 0 : Number(text);
throw new InputError(`Input \`release\` is ${JSON.stringify(text)} and must be the number of a release, its run id.`);
}
async function giveBack(scene, snapshot, production, { to, from, why }, ifGeneration) {
let { target, ports } = scene, at = ifGeneration, send = () => target.restore({
to,
...at !== void 0 && { ifGeneration: at }
}), outcome = await send();
for (let sent = 1; sent < 5 && outcome.outcome === "not-applied" && outcome.partly === !0; sent++) ports.log.warn(`Only a part of production went back: ${outcome.message} The rest is asked again.`), await ports.clock.sleep(500 * 2 ** sent), at = at === void 0 ? void 0 : outcome.production?.generation ?? at, outcome = await send();
let after = outcome.outcome === "applied" ? outcome.production : await readBack(target), written = after.generation !== production.generation || outcome.outcome === "applied" && outcome.settled === !0, complete = servingAll(after) === to && written, message = complete ? `All traffic is on ${to}, read back at generation ${after.generation}; chosen because ${why}.` : `Production is not all on ${to}: it serves ${sharesIn(after)}. Run the rollback again, or move traffic on the platform by hand.`;
return await journal(scene, snapshot, {
from,
to,
generation: after.generation,
complete,
message
}), complete ? pass("rolled-back", message) : fail("rollback-incomplete", message);
}
async function readBack(target) {
try {
return await target.observe();
} catch (problem) {
let rest = await target.lookBack?.().catch(() => void 0);
if (rest === void 0) throw problem;
return rest.production;
}
}
const servingAll = (production) => production.serving.find((version) => version.weight === 100)?.version, sharesIn = ({ serving }) => serving.filter((version) => version.weight > 0).map((version) => `${shortVersion(version.version)} at ${version.weight}%`).join(" and ") || "nothing";
async function journal(scene, snapshot, done) {
let { ports, store, environment } = scene, attempts = snapshot === void 0 ? 1 : 5, onto = snapshot;
for (let attempt = 0; attempt < attempts; attempt++) try {
if (onto ??= await store.read(environment), scene.release !== void 0 && onto.record.release?.id !== scene.release || scene.release !== void 0 && onto.record.release?.ended != null) return "overtaken";
let entry = entryFor(scene, onto.record, done), appended = await store.append(environment, onto, [entry]);
if (appended.appended) return await scene.onEntry(entry, appended.snapshot), "written";
let { release } = onto.record;
if (onto = await store.read(environment), onto.record.release?.id !== release?.id || onto.record.release?.attempt !== release?.attempt) return "overtaken";
} catch (problem) {
ports.log.warn(`${done.message} But the record could not be written: ${messageOf(problem)}`), attempt + 1 < attempts && await ports.clock.sleep(100 * 2 ** attempt);
}
let { reason } = scene, command = [
"--only-record",
"--environment",
environment,
"--to",
done.to,
"--reason",
reason
].map(shellWord);
return ports.log.warn(`Nothing tells the record of this yet. Once it can be reached, run: sluice rollback ${command.join(" ")}`), "unwritten";
}
const entryFor = (scene, record, done) => ({
kind: "rollback",
at: scene.ports.clock.now(),
by: scene.author,
release: record.release?.id ?? 0,
from: done.from,
to: done.to,
generation: done.generation,
as: done.complete ? "rolled-back" : "rollback-incomplete",
reason: scene.reason,
message: done.message
});
async function witnessFor({ witness, ports }, problem) {
let told = await witness?.().catch((why) => ports.log.warn(`GitHub's deployments cannot be read either: ${messageOf(why)}`));
if (told !== void 0) return {
...told,
contradicted: problem instanceof ProviderError && problem.status === "record-differs"
};
}
async function asAsked(scene) {
let { target, to } = scene;
if (scene.onlyRecord === !0) return writeDown(scene);
let [known, { production, history, health: healthOf }] = await Promise.all([knownRecord(scene), lookBack(target, to)]);
if (to === void 0 && known.record !== void 0 && !known.fresh && !tellsOf(known.record, production)) return fail("stale-record", `What production serves is not in the record as it was last fetched, so what served before is not known. Name the version with \`to\`; the platform knows ${production.serving.map(({ version }) => version).join(", ")}.`);
let witness = to === void 0 && known.record === void 0 ? await witnessFor(scene, known.problem) : void 0, choice = chooseRollback({
to,
record: known.record,
production,
history,
force: scene.force,
witness
});
if (choice.choice === "refuse") return fail(choice.reason, choice.message);
if (choice.choice === "restore" && to === void 0 && known.record !== void 0 && !known.fresh && !wroteLast(known.record, production)) return fail("stale-record", `Production is at generation ${production.generation}, which is not the last one in the record as it was last fetched: others moved traffic since. Name the version with \`to\`; by that record it would be ${choice.to}.`);
if (choice.choice === "nothing-to-do") {
let ended = known.snapshot?.record.release?.ended ?? void 0, release = known.record?.release, flagged = release != null && keptGoes(release, choice.to, void 0);
if ((ended?.as === "done" || flagged) && release?.stable.version !== choice.to) {
let told = await writeDown(scene).catch((problem) => fail("not-recorded", messageOf(problem)));
return told.verdict === "pass" ? told : {
...told,
message: `${choice.message} ${told.message}`
};
}
return ended !== void 0 && known.snapshot !== void 0 && await scene.show?.(known.snapshot), pass("nothing-to-do", choice.message);
}
let insisted = to !== void 0 && scene.force === !0, health = await healthOf(choice.to);
for (let asked = 1; !health.healthy && !insisted && asked < 3; asked++) await scene.ports.clock.sleep(500 * asked), health = await target.health(choice.to);
return !health.healthy && insisted && scene.ports.log.warn(`${choice.to} does not answer its health check (${health.message}); it was named, with \`force\`.`), !health.healthy && !insisted ? fail("target-unhealthy", `${choice.to} does not answer its health check (${health.message}), so traffic was not moved to it. Name another version with \`to\`, or this one with \`force\`.`) : giveBack(scene, known.snapshot, production, choice);
}
async function lookBack(target, to) {
if (target.lookBack !== void 0) return target.lookBack(to);
let [production, history] = await Promise.all([target.observe(), target.history?.(to)]);
return {
production,
history,
health: (version) => target.health(version)
};
}
async function knownRecord({ store, environment, lastSeen, ports }) {
try {
let snapshot = await store.read(environment);
return {
record: snapshot.record,
fresh: !0,
snapshot
};
} catch (problem) {
let why = messageOf(problem), seen = await lastSeen?.().catch(() => void 0);
return ports.log.warn(seen === void 0 ? `The record cannot be read (${why}); going on with what the platform knows.` : `The record cannot be read (${why}); going on with entry ${seen.record.entries}, the newest that was fetched.`), {
record: seen?.record,
fresh: !1,
problem
};
}
}
function tellsOf(record, { serving }) {
let { release, lastGood } = record, told = new Set([
release?.before,
release?.stable.version,
release?.candidate?.version,
release?.promoted?.version,
lastGood?.version
]);
return serving.every(({ version, weight }) => weight === 0 || told.has(version));
}
const wroteLast = ({ release }, { generation }) => release !== null && knowsGeneration(release, generation);
async function writeDown(scene) {
let { target, store, environment, to } = scene, snapshot = await store.read(environment), production = await target.observe(), serving = servingAll(production);
if (serving === void 0 || to !== void 0 && !serving.startsWith(to)) return fail("not-serving", `Production serves ${sharesIn(production)}, so there is no finished rollback${to === void 0 ? "" : ` to ${to}`} to write down. Run the rollback itself.`);
let { release, lastGood } = snapshot.record, from = release?.candidate?.version ?? release?.promoted?.version ?? null, flagged = release !== null && keptGoes(release, serving, void 0);
if (from === serving || lastGood?.version === serving && release?.ended !== null && !flagged) return pass("nothing-to-do", `The record knows already that ${serving} serves all traffic.`);
let { generation } = production, message = `All traffic is on ${serving}, read at generation ${generation}; it was moved while the record could not be reached.`, told = await journal(scene, snapshot, {
from,
to: serving,
generation,
complete: !0,
message
});
return told === "written" ? pass("recorded", message) : fail("not-recorded", told === "overtaken" ? "Another process took the release over meanwhile, so nothing was written. Look with `sluice status`, and run this again if the record still tells otherwise." : "The record could not be written; run it again.");
}
async function undoRest(scene) {
let { ports, store, target, author, environment, onEntry, change } = scene;
try {
let { release } = (await store.read(environment)).record;
if (release === null || release.ended === null || release.changes.length === 0) return;
let asker = {
release: release.id,
attempt: Math.max(author.attempt, release.attempt)
}, verdict = await advance({
ports,
store,
target,
author,
environment,
asker,
steps: {},
change,
onEntry
});
verdict.verdict === "error" && ports.log.warn(`Traffic is back, but not everything else is: ${verdict.message}`);
} catch (problem) {
ports.log.warn(`Traffic is back, but what else the release changed could not be undone: ${messageOf(problem)}`);
}
}
async function recovered(scene, verdict) {
let { ports, store, environment, prove } = scene;
if (prove === void 0) return verdict;
let snapshot = await store.read(environment).catch((problem) => messageOf(problem)), proof = await prove(typeof snapshot == "string" ? void 0 : snapshot.record.release ?? void 0).catch((problem) => hold("not-proven", messageOf(problem)));
if (proof === void 0) return verdict;
if (proof.verdict === "hold" || proof.verdict === "error") return ports.log.warn(`Traffic is back, and whether users are served well could not be proven: ${proof.message}`), verdict;
let healthy = proof.verdict === "pass", message = healthy ? `Users are served again: ${proof.message}` : `What serves now is not healthy: ${proof.message}`;
return typeof snapshot == "string" ? ports.log.warn(`${message} But the record could not be written: ${snapshot}`) : await tellRecovery(scene, snapshot, {
healthy,
message
}), healthy ? {
...verdict,
message: `${verdict.message} ${message}`
} : fail("rolled-back-unhealthy", `${verdict.message} ${message} Return to another version with \`to\`.`);
}
async function tellRecovery({ ports, store, environment, author, onEntry }, known, { healthy, message }) {
try {
for (let onto = known, again = !0;; onto = await store.read(environment), again = !1) {
let { release } = onto.record;
if (release?.ended == null || release.recovery !== null) return;
let entry = {
kind: "recovery",
at: ports.clock.now(),
by: author,
release: release.id,
healthy,
message: message.slice(0, 4e3)
}, appended = await store.append(environment, onto, [entry]);
if (appended.appended) return await onEntry(entry, appended.snapshot);
if (!again) return ports.log.warn(`${message} Others appended to the record, which does not say so.`);
}
} catch (problem) {
ports.log.warn(`${message} But the record could not be written: ${messageOf(problem)}`);
}
}
async function asSecondLine(scene, release) {
let { ports, store, target, author, environment, reason, onEntry, show } = scene, known = await store.read(environment).catch((problem) => ({ problem }));
if ("problem" in known) return withoutRecord(scene, release, known.problem);
let { record } = known;
if (record.queued?.release === release) return leaveLine(scene, known, record.queued);
if (record.release?.id !== release) return pass("not-started", `Release ${release} never started here, so there is nothing to give back.`);
let attempt = attemptAt(release, author);
if (attempt < record.release.attempt) return pass("superseded", `Release ${release} was taken over by attempt ${record.release.attempt}, which answers for it; this is attempt ${attempt}.`);
let verdict = await advance({
ports,
store,
target,
author,
environment,
asker: {
release,
attempt
},
steps: {},
abort: {
reason,
message: reason === "cancelled" ? "The run was cancelled." : "A job of the release failed."
},
change: scene.change,
onEntry,
show
}), newest = await store.read(environment), after = newest.record.release?.ended;
return after == null ? await offTheRest(scene, newest) ?? verdict : [
"failed",
"rolled-back",
"held",
"done"
].includes(after.as) ? pass(after.as, `Release ${release} ended as ${after.as}: ${after.message}`) : verdict;
}
async function leaveLine(scene, known, { release, commit }) {
let { ports, store, environment, author, reason, onEntry } = scene, how = reason === "cancelled" ? "was cancelled before it began it" : "failed before it could begin it", message = `Release ${release} of commit ${commit.slice(0, 12)} waited in line, and the job that was to begin it ${how}: it leaves the line. Look at the log of run ${author.run}; to release it all the same, run all jobs of run ${release} again, or push.`, onto = known;
for (let attempt = 1; attempt <= 5 && onto.record.queued?.release === release; attempt++) {
let entry = {
kind: "dequeued",
at: ports.clock.now(),
by: author,
release,
reason,
message
}, appended = await store.append(environment, onto, [entry]);
if (appended.appended) return await onEntry(entry, appended.snapshot), pass("not-started", message);
onto = await store.read(environment);
}
return pass("not-started", `Release ${release} waits in line no more, and never started from here.`);
}
async function offTheRest(scene, snapshot) {
let { target } = scene, { candidate, stable } = snapshot.record.release ?? {};
if (target.lookBack === void 0 || candidate == null || stable === void 0) return;
let { production, outOfReach = [] } = await target.lookBack().catch(() => void 0) ?? {};
if (production === void 0 || outOfReach.length === 0) return;
let serving = production.serving.flatMap(({ version, weight }) => weight > 0 ? version : []), known = [
candidate.version,
stable.version,
...outOfReach
];
return !serving.includes(candidate.version) || !serving.every((version) => known.includes(version)) ? void 0 : giveBack(scene, snapshot, production, {
choice: "restore",
to: stable.version,
from: candidate.version,
why: "a part of production does not answer, and the rest must not stay on what failed"
}, production.generation);
}
async function withoutRecord(scene, release, problem) {
let { target, ports } = scene;
ports.log.warn(`The record cannot be read: ${messageOf(problem)}`);
let witness = await witnessFor(scene, problem), production = await target.observe(), choice = secondLineTold(release, witness, production);
if (choice.choice === "refuse") return {
verdict: "error",
reason: choice.reason,
message: choice.message
};
if (choice.choice === "nothing-to-do") return pass("nothing-to-do", choice.message);
if (choice.from === null && !target.capabilities.compareAndSet) return pass("nothing-to-do", `Production serves ${choice.to} alone, so release ${release} has nothing to give back.`);
let verdict = await giveBack(scene, void 0, production, choice, production.generation);
return {
...verdict,
message: `${verdict.message} What else the release may have changed is undone when this job is run again and the record can be read.`
};
}
async function restoreProduction(scene) {
let verdict = scene.release === void 0 ? await asAsked(scene) : await asSecondLine(scene, scene.release);
scene.release === void 0 && verdict.verdict === "pass" && await undoRest(scene);
let version = await scene.target.observe().then(servingAll, () => void 0);
return {
verdict: verdict.verdict === "pass" && wentBack.has(verdict.reason) ? await recovered(scene, verdict) : verdict,
version
};
}
const wentBack = new Set(["rolled-back", "held"]);
var rollback_default = defineAction({
name: "rollback",
description: "Give production back to the version that served before, or to the one that is named, and prove it by reading back.",
inputs: {
environment: text("Environment to roll back.").prefault("production"),
to: text("Version to return to; what served before the newest release when empty.").optional(),
release: text("Only go back if this release is the one under way; empty when a person decides.").optional(),
reason: text("Why, for the record.").prefault("requested"),
force: flag("Go back over a migration that the version may not work with.").prefault("false"),
target: yaml("Where versions run, as under `target` in the runbook; read from the runbook when empty.").optional(),
runbook: text("Path of the runbook, read only when `target` is empty.").prefault(".github/runbook.yml"),
"github-token": secret("Token that reads and appends to the record.").meta({ default: "${{ github.token }}" }),
"runbook-vars": text("Variables the runbook refers to as `$NAME`, as dotenv lines.").optional(),
"runbook-env": secret("Secrets the runbook refers to as `$NAME`, as dotenv lines.").optional(),
"slack-webhook-url": secret("Incoming webhook of Slack: `$SLACK_WEBHOOK_URL`.").optional(),
...platformSecrets
},
outputs: { version: "The version that serves all traffic now." },
async run(inputs, ports, workflow) {
let { verdict, version } = await restoreProduction(await openRollback(inputs, ports, workflow));
return {
verdict,
outputs: version === void 0 ? {} : { version }
};
}
});
await main(rollback_default);
export {};
