import { d as advance, y as changeToUndo } from "./release.js";
import { _ as fail, g as messageOf, m as InputError, y as pass } from "./words.js";
import { n as goOn, t as ticksOf } from "./ticks-of.js";
import { a as looksAfterRollbackMs, i as isDue, o as nextLookIn } from "./tick-source.js";
import { t as shortVersion } from "./short-version.js";
import { t as projectDeployment } from "./deployment.js";
import { n as openSession, r as pinned, t as openRecord } from "./session.js";
import { t as accept } from "./runbook-keys.js";
function readAftermath({ release, lastGood }, production, { compareAndSet }) {
let shares = production.serving.filter(({ weight }) => weight > 0), shown = shares.map(({ version, weight }) => `${shortVersion(version)} at ${weight}%`).join(" and ") || "nothing", to = lastGood?.version, from = (release?.candidate ?? release?.promoted)?.version;
if (to === void 0 || shares.length === 1 && shares[0]?.version === to) return {
shows: "settled",
message: `Production still serves ${shown}, as the rollback left it.`
};
let incomplete = release?.ended?.as === "rollback-incomplete", ours = shares.every(({ version }) => version === to || version === from) && shares.some((s) => s.version === from);
return from === void 0 || !ours || compareAndSet && !incomplete ? {
shows: "foreign",
message: `Production serves ${shown}, which the rollback did not leave: somebody moved traffic since. Nothing is changed.`
} : {
shows: "ours",
to,
from,
message: `Production serves ${shown} again although traffic was given back to ${shortVersion(to)}: a write that came late.`
};
}
async function lookAgain(scene) {
let { ports, store, environment, target, stay } = scene, { clock, cancelled } = ports, verdict = pass("nothing-under-way", "No release is under way, so there is nothing to look at.");
for (let looks = 0; looks <= looksAfterRollbackMs.length; looks++) {
let snapshot = await store.read(environment), { release } = snapshot.record;
if (release === null || release.ended === null || cancelled.aborted) return verdict;
let production = await target.observe(), found = readAftermath(snapshot.record, production, target.capabilities);
if (ports.log.info(found.message), found.shows === "foreign") return pass("moved-since", found.message);
verdict = found.shows === "ours" ? await giveBack(scene, snapshot, release, found, production) : release.ended.as === "rollback-incomplete" ? await complete(scene, snapshot, release, production) : pass("still-back", found.message);
let afterMs = nextLookIn(release, clock.now());
if (!stay || afterMs === void 0) return verdict;
await clock.sleep(afterMs, cancelled).catch(() => void 0);
}
return verdict;
}
async function giveBack(scene, snapshot, release, { to, from, message }, production) {
let outcome = await scene.target.restore({
to,
ifGeneration: production.generation
}), after = outcome.outcome === "applied" ? outcome.production : await scene.target.observe(), whole = after.serving.some(({ version, weight }) => version === to && weight === 100), told = whole ? `${message} All traffic is back on ${shortVersion(to)}.` : `${message} It could not be given back.`, as = whole ? "rolled-back" : "rollback-incomplete";
return await append(scene, snapshot, release, {
from,
to,
generation: after.generation,
as,
reason: "late-write",
message: told
}), whole ? pass("given-back-again", told) : fail("rollback-incomplete", `${told} Move traffic on the platform by hand.`);
}
async function complete(scene, snapshot, release, { generation }) {
let to = snapshot.record.lastGood?.version ?? release.stable.version, message = `All traffic is on ${shortVersion(to)}: the rollback that was not complete has become so.`;
return await append(scene, snapshot, release, {
from: null,
to,
generation,
as: "rolled-back",
reason: "completed",
message
}), pass("still-back", message);
}
async function append(scene, onto, release, facts) {
let { ports, store, environment, author } = scene, entry = {
kind: "rollback",
at: ports.clock.now(),
by: author,
release: release.id,
...facts
}, appended = await store.append(environment, onto, [entry]);
appended.appended ? await scene.onEntry?.(entry, appended.snapshot) : ports.log.warn("Somebody appended to the record meanwhile; the next look tells what is still to tell.");
}
function isWithItsJob({ traffic, verdict, interrupted, intent, people }, now) {
if (interrupted !== null || intent !== null || traffic === null) return !1;
let judged = verdict?.generation === traffic.generation ? verdict : null, handedOver = judged?.gate !== void 0, stopped = judged?.verdict === "pass" && people.steppedBack === null && now - judged.at > raisedWithinMs;
return !handedOver && !stopped && now - traffic.since <= 36e5;
}
const raisedWithinMs = 12e4;
async function isJudged(release, now, { client, ports, askForMs }) {
if (!isWithItsJob(release, now)) return !1;
try {
for (let leftMs = askForMs;; leftMs -= askEveryMs) {
if (await client.isOver(release.run)) return !1;
if (leftMs <= 0 || ports.cancelled.aborted) return !0;
await ports.clock.sleep(askEveryMs, ports.cancelled).catch(() => void 0);
}
} catch (problem) {
return ports.log.info(`Whether run ${release.run} still judges this share could not be found out. ${messageOf(problem)}`), !0;
}
}
const askEveryMs = 15e3;
async function tick(inputs, ports, workflow, successors) {
let { client, store } = openRecord(inputs, ports, workflow), snapshot = await store.read(inputs.environment), { release } = snapshot.record, now = ports.clock.now();
if (release !== null && release.ended !== null) {
let warning = await projectDeployment(client, snapshot, { runUrl: workflow.runUrl });
warning !== void 0 && ports.log.warn(warning);
}
let scene = {
client,
store,
environment: inputs.environment,
run: workflow.runId,
ports
}, branch = workflow.branch ?? "main", handed = async (verdict) => {
let left = release !== null && changeToUndo(release) !== void 0, { queued } = snapshot.record;
if (queued === null && !left || successors === void 0) return verdict;
let source = queued === null ? "cron" : await ticksOf(client, queued.commit, inputs.runbook), { waitElsewhere } = await import("./wait-elsewhere.js"), { record } = await waitElsewhere(store, snapshot, source, ports);
return ports.cancelled.aborted || await goOn({
...scene,
record,
source,
verdict,
branch,
workflows: successors
}), verdict;
};
if (release === null || release.ended !== null && nextLookIn(release, now) === void 0) return handed(pass("nothing-under-way", "No release is under way, so there is nothing to look at."));
let askForMs = workflow.eventName === "workflow_dispatch" ? 6e4 : 0;
if (release.ended === null && await isJudged(release, now, {
client,
ports,
askForMs
})) return pass("with-its-job", `The job of run ${release.run} is judging this share; a tick goes on when it hands over.`);
let text = await client.readFile(release.commit, inputs.runbook);
if (text === null) throw new InputError(`Commit ${release.commit.slice(0, 12)} of the release has no ${inputs.runbook}; name its runbook.`);
let { readRunbook } = await import("./runbook-file.js"), session = openSession(accept(readRunbook(text, inputs.runbook)), inputs, ports, workflow), source = session.runbook.ticks ?? "chain", verdict = await look(session, release, source, ports);
if (successors === void 0 || ports.cancelled.aborted) return verdict;
let after = (await store.read(inputs.environment)).record;
return await pace(after, {
source,
verdict,
began: now
}, ports), await goOn({
...scene,
record: after,
source,
verdict,
branch,
workflows: successors
}), verdict;
}
async function look(session, release, source, ports) {
let target = await session.target(), { store, environment, author, onEntry } = session.base, stay = source === "chain";
if (release.ended !== null) return lookAgain({
ports,
store,
environment,
target,
author,
onEntry,
stay
});
let now = ports.clock.now();
if (!stay && !isDue(release, now)) return pass("not-due", `The next look is due in ${Math.ceil((nextLookIn(release, now) ?? 0) / 6e4)} minutes.`);
let { canaryJudge } = await import("./canary-judge.js"), judge = canaryJudge({
ports,
target,
runbook: session.judged()
}), asker = {
release: release.id,
attempt: release.attempt
}, patience = stay ? {} : { patienceMs: 0 }, { watchJudge } = await import("./watch-judge.js"), offer = {
target,
judge,
watch: watchJudge({
ports,
target,
runbook: session.judged()
}),
steps: {},
change: void 0
};
return advance({
...session.base,
...pinned(offer, session.runbook),
...patience,
asker
});
}
async function pace({ release }, tick, { clock, cancelled }) {
let afterMs = release === null ? void 0 : nextLookIn(release, clock.now());
if (tick.source !== "chain" || tick.verdict.verdict !== "hold" || tick.verdict.reason === "dispatch" || afterMs === void 0) return;
let spentMs = clock.now() - tick.began, paceMs = tick.verdict.final === !0 ? 6e4 : 3e5;
await clock.sleep(Math.max(0, paceMs - spentMs), cancelled).catch(() => void 0);
}
export { tick as n, isWithItsJob as t };
