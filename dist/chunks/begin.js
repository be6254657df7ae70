import { _ as withMarks, f as planOf, g as toldToChange, m as sharesOf, v as withMigrations } from "./runbook-keys.js";
import { C as isSettled, _ as broughtBy, g as admit, h as migrationsBehind, u as runbookHash, y as changeToUndo } from "./release.js";
import { t as shortVersion } from "./short-version.js";
import { _ as fail, v as hold, y as pass } from "./words.js";
import { t as wrongClock } from "./wrong-clock.js";
async function begin(context) {
let { store, environment, asker, author, ports, commit, overrideRejected } = context, pins = 0, meant = context.runbook.environment;
for (meant !== environment && ports.log.warn(`The runbook is of ${meant}, and this job releases to ${environment}: it is written to the record of ${environment}, and a rollback of ${meant} does not know of it. Give the workflow \`environment: ${meant}\`, or the runbook of ${environment}.`);;) {
let snapshot = await store.read(environment), { record } = snapshot, clock = wrongClock(context.clockSkewMs?.());
if (clock?.verdict === "error") return {
record,
verdict: clock
};
let onNewCommit = context.runbook["on-new-commit"], admission = admit(record, {
...asker,
commit,
overrideRejected,
onNewCommit
});
if (admission.admit === "refuse" && admission.reason === "already-ended" && await context.show?.(snapshot), admission.admit === "refuse") return {
record,
verdict: {
verdict: "error",
reason: admission.reason,
message: admission.message
}
};
if (admission.admit === "wait" || admission.admit === "replace") {
let { waitInLine, endForNewer, waitsForOther } = await import("./in-line.js"), { after } = context.runbook, waits = admission.admit === "replace" && after !== void 0 ? await waitsForOther(context, snapshot, after) : void 0;
if (waits === "again") continue;
if (waits !== void 0) return waits;
let stopped = admission.admit === "wait" ? await waitInLine(context, snapshot, { reason: "busy" }, admission.message) : await endForNewer(context, snapshot, admission.other);
if (stopped === void 0) continue;
return stopped;
}
let common = {
at: ports.clock.now(),
by: author,
release: asker.release
};
if (admission.admit === "resume") {
if (record.release?.attempt === asker.attempt) return {
record,
verdict: pass("under-way", `Release ${asker.release} is under way already.`)
};
let appended = await store.append(environment, snapshot, [{
kind: "resumed",
...common
}]);
if (appended.appended) return {
record: appended.snapshot.record,
verdict: pass("resumed", `Release ${asker.release} goes on where attempt ${record.release?.attempt} stopped.`)
};
continue;
}
if (context.resumeOnly === !0) return {
record,
verdict: hold("not-under-way", `Release ${asker.release} is not under way any more.`)
};
if (context.runbook.after !== void 0) {
let { waitsForOther } = await import("./in-line.js"), waits = await waitsForOther(context, snapshot, context.runbook.after);
if (waits === "again") continue;
if (waits !== void 0) return waits;
}
if (record.release !== null && changeToUndo(record.release) !== void 0 && context.change !== void 0) {
let { undoLeft } = await import("./undo-left.js"), undone = await undoLeft(context, context.target);
if (undone.verdict !== "pass") return {
record,
verdict: undone
};
continue;
}
let production = await context.target.observe(), stable = servesAlone(production);
if (stable === void 0) return {
record,
verdict: unclearWayBack(production.serving.filter((version) => version.weight > 0))
};
if (broughtBy(record, asker.release, stable.version)) return {
record,
verdict: servesAlready(stable.version, asker.release)
};
let found = await context.stageCommits?.(record.lastGood?.commit ?? null);
if (found !== void 0 && "verdict" in found) return {
record,
verdict: found
};
let rejected = record.rejected.find((known) => Object.values(found?.commits ?? {}).includes(known.commit));
if (rejected !== void 0 && !overrideRejected) return {
record,
verdict: stageRejected(rejected)
};
let migrations = await context.migrations?.(found ?? {
commits: {},
released: []
});
if (migrations !== void 0 && isVerdict(migrations)) return {
record,
verdict: migrations
};
let planned = withMigrations(planOf(context.runbook, found), migrations ?? {}), plan = toldToChange(planned).length === 0 ? planned : await marked(planned, context.target), shares = plan.stages.flatMap(sharesOf), [finding, ...more] = await context.target.findings?.({ shares }) ?? [];
if (finding !== void 0) return {
record,
verdict: fail(finding.reason, [finding, ...more].map(({ message }) => message).join(" "))
};
let generation = await pinned(context, record, stable, production.generation);
if (generation === void 0) {
if (++pins === maxPins) return {
record,
verdict: notPinned(stable.version)
};
await ports.clock.sleep(200 * 2 ** pins);
continue;
}
let started = {
kind: "started",
...common,
commit,
runbookHash: runbookHash(context.runbook),
plan,
stable: stable.version,
generation
}, appended = await store.append(environment, snapshot, [started]);
if (appended.appended) return await context.onEntry?.(started, appended.snapshot), {
record: appended.snapshot.record,
verdict: pass("started", `Release ${asker.release} of commit ${commit.slice(0, 12)} begins; the way back is ${shortVersion(stable.version)}.` + plan.stages.slice(0, 1).map((stage) => migrationsBehind({ plan }, stage)).join(""))
};
}
}
async function marked(plan, target) {
let { marksNow } = await import("./changed-variables.js");
return withMarks(plan, await marksNow(target, toldToChange(plan)));
}
const isVerdict = (found) => typeof found.verdict == "string", stageRejected = ({ commit, release, reason }) => ({
verdict: "error",
reason: "rejected",
message: `A stage of the runbook releases commit ${commit.slice(0, 12)}, which was rolled back in release ${release} (${reason}); name another \`ref\`, or dispatch the release with override-rejected.`
}), servesAlready = (version, release) => ({
verdict: "error",
reason: "serves-already",
message: `${shortVersion(version)} is what release ${release} itself had brought, and somebody gave it all traffic since the release ended: begun anew it would take itself for the way back. Push a commit to release again, or dispatch the rollback workflow to go back.`
}), servesAlone = ({ serving }) => serving.find(({ weight }) => weight === 100), maxPins = 5;
async function pinned({ target, asker, ports }, { release }, stable, generation) {
if (!target.capabilities.compareAndSet || release === null || release.id === asker.release) return generation;
let outcome = await target.restore({
to: stable.version,
ifGeneration: generation
}), after = outcome.outcome === "applied" ? outcome.production : void 0;
if (after !== void 0 && servesAlone(after)?.version === stable.version && after.generation !== generation) return after.generation;
ports.log.warn(`Production does not show yet that ${shortVersion(stable.version)} was written once more${outcome.outcome === "applied" ? "" : ` (${outcome.message})`}; it is read again.`);
}
const notPinned = (version) => hold("production-unsettled", `Production was asked 5 times to serve ${shortVersion(version)} as it does, which shuts out writes of earlier releases, and never showed that it took this. Nothing began; see what else moves traffic there, then run the release again.`);
function unclearWayBack(serving) {
if (serving.length === 0) return hold("nothing-serves", "Production serves nothing, so there is no version to go back to. Start the first version by hand, then release.");
let shares = serving.map(({ version, weight }) => `${shortVersion(version)} at ${weight}%`).join(" and ");
return hold("shared-production", `Production is shared by ${shares}, so it is unclear what to go back to. Dispatch the rollback workflow with the version you want, then release.`);
}
function remaining(release) {
return release.plan.stages.map((stage) => ({
name: stage.name,
commit: stage.commit ?? release.commit,
steps: stage.steps.filter((step) => !isSettled(release, stage.name, step))
})).filter((stage) => stage.steps.length > 0);
}
export { remaining as n, begin as t };
