import { n as remaining, t as begin } from "./chunks/begin.js";
import { t as tickCostText } from "./chunks/billed-minutes.js";
import { t as checkBeforehand } from "./chunks/check-beforehand2.js";
import { m as InputError, t as secretForms, y as pass } from "./chunks/words.js";
import { i as variablesOf, r as looksSecret, y as changeToUndo } from "./chunks/release.js";
import { f as planOf, n as loadRunbook, t as accept } from "./chunks/runbook-keys.js";
import { r as defineAction, t as main } from "./chunks/main.js";
import { t as flag } from "./chunks/input.js";
import { n as openSession, o as sessionInputs, s as stageCommitsOf, t as openRecord } from "./chunks/session.js";
import { t as undoLeft } from "./chunks/undo-left2.js";
function refuseDropped(output, inputs, ports) {
let secrets = variablesOf({
...inputs,
runbookVars: void 0
}, ports), inside = Object.entries(secrets).filter(([, value]) => looksSecret(value) && secretForms(value).some((form) => output.includes(form)));
if (inside.length === 0) return;
let names = inside.map(([name]) => name).join(", ");
throw new InputError(`The plan's stages cannot be handed to the next jobs: names of stages or steps hold the value of ${names}, and GitHub drops every output that holds a secret. Move it from RUNBOOK_ENV to RUNBOOK_VARS if it is no secret, or rename the stage.`);
}
async function takeUp(resume, inputs, ports, workflow) {
let { client, store } = openRecord(inputs, ports, workflow), { record } = await store.read(inputs.environment), { release, queued } = record;
if (queued?.release === resume) return beginQueued(queued, inputs, ports, workflow);
if (release === null || release.id !== resume) {
let newest = release === null ? "none was ever recorded" : `the newest one is ${release.id}`;
return {
record,
verdict: {
verdict: "error",
reason: "not-under-way",
message: `Release ${resume} is not under way in ${inputs.environment}; ${newest}. Start a release of its own, without \`resume\`.`
}
};
}
if (release.ended !== null && changeToUndo(release) !== void 0) {
let ended = openSession(await runbookAt(client, release.commit, resume, inputs), inputs, ports, workflow);
return {
record,
verdict: await undoLeft(ended.base, await ended.target())
};
}
if (release.ended !== null) return {
record,
verdict: pass("already-ended", `Release ${resume} has ended as ${release.ended.as} meanwhile; nothing is left to do.`)
};
let session = openSession(await runbookAt(client, release.commit, resume, inputs), inputs, ports, workflow);
return begin({
...session.base,
target: await session.target(),
runbook: session.runbook,
commit: release.commit,
overrideRejected: !1,
resumeOnly: !0
});
}
async function runbookAt(client, commit, release, { runbook }) {
let text = await client.readFile(commit, runbook);
if (text === null) throw new InputError(`Commit ${commit.slice(0, 12)} of release ${release} has no ${runbook}; name its runbook.`);
let { readRunbook } = await import("./chunks/runbook-file.js");
return accept(readRunbook(text, runbook));
}
async function beginQueued({ release, commit, actor, overrideRejected }, inputs, ports, workflow) {
let { client } = openRecord(inputs, ports, workflow), written = await runbookAt(client, commit, release, inputs), session = openSession(written, inputs, ports, workflow), { variables, repository, runbook } = session, { store, environment } = session.base, target = await session.target(), { checkBeforehand } = await import("./chunks/check-beforehand.js"), beforehand = await checkBeforehand({
written,
variables,
target,
repository,
ports,
commit
}), author = {
...session.author,
actor
}, begun = beforehand.verdict === "pass" ? await begin({
...session.base,
author,
target,
runbook,
commit,
workflow: workflow.file,
overrideRejected: overrideRejected === !0,
stageCommits: stageCommitsOf(inputs, runbook, ports, workflow, commit),
migrations: async (stages) => (await import("./chunks/plan-migrations.js")).planMigrations(session, {
workflow,
commit,
stages
}, ports)
}) : {
record: (await store.read(environment)).record,
verdict: beforehand
};
if (begun.verdict.verdict === "pass" || begun.verdict.reason === "queued") return begun;
let { reason, message } = begun.verdict, snapshot = await store.read(environment), left = {
kind: "dequeued",
at: ports.clock.now(),
by: author,
release,
reason,
message: message.slice(0, 4e3)
};
if (snapshot.record.queued?.release !== release) return begun;
let appended = await store.append(environment, snapshot, [left]);
return appended.appended && await session.base.onEntry?.(left, appended.snapshot), begun;
}
var plan_default = defineAction({
name: "plan",
description: "Begin a release or take it up again: read the runbook, pin its plan in the record, and say what is left to do.",
inputs: {
...sessionInputs,
"override-rejected": flag("Release a commit that was rolled back before.").prefault("false")
},
outputs: {
stages: "Stages that are left, as a JSON list of `{name, commit, steps}`.",
release: "Number of the release.",
commit: "Commit that is released."
},
async run(inputs, ports, workflow) {
let { verdict, record } = inputs.resume === void 0 ? await start(inputs, ports, workflow) : await takeUp(inputs.resume, inputs, ports, workflow);
if (verdict.reason === "queued") return { verdict: pass("queued", verdict.message) };
let release = record?.release ?? null;
if (verdict.verdict !== "pass" || release === null || release.ended !== null) return { verdict };
let stages = JSON.stringify(remaining(release));
return refuseDropped(stages, inputs, ports), {
verdict,
outputs: {
stages,
release: String(release.id),
commit: release.commit
}
};
}
});
async function start(inputs, ports, workflow) {
let written = await loadRunbook(inputs.runbook, workflow.workspace), session = openSession(written, inputs, ports, workflow), { runbook, variables, repository } = session;
refuseDropped(JSON.stringify(planOf(runbook).stages.map(({ name, steps }) => ({
name,
steps
}))), inputs, ports);
let target = await session.target(), beforehand = await checkBeforehand({
written,
variables,
target,
repository,
ports,
commit: workflow.sha,
directory: workflow.workspace
});
if (beforehand.verdict !== "pass") return { verdict: beforehand };
for (let line of tickCostText(planOf(runbook), runbook.ticks ?? "chain")) ports.log.info(line);
return begin({
...session.base,
target,
runbook,
commit: workflow.sha,
workflow: workflow.file,
overrideRejected: inputs.overrideRejected,
stageCommits: stageCommitsOf(inputs, runbook, ports, workflow),
migrations: async (stages) => (await import("./chunks/plan-migrations.js")).planMigrations(session, {
workflow,
commit: workflow.sha,
stages
}, ports)
});
}
await main(plan_default);
export {};
