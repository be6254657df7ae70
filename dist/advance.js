import { d as advance } from "./chunks/release.js";
import { t as begin } from "./chunks/begin.js";
import { t as checkBeforehand } from "./chunks/check-beforehand2.js";
import { t as needsSecret } from "./chunks/check-secret.js";
import { n as reachedThroughTarget } from "./chunks/through-target2.js";
import { y as pass } from "./chunks/words.js";
import { r as defineAction, t as main } from "./chunks/main.js";
import { a as text, r as oneOf, t as flag } from "./chunks/input.js";
import { n as openSession, o as sessionInputs, s as stageCommitsOf } from "./chunks/session.js";
import { n as tick } from "./chunks/tick.js";
import { n as loadRunbook } from "./chunks/runbook-keys.js";
function everyStep(session, ports, workflow, target) {
let { variables, site } = session, { workspace, sha: commit, branch } = workflow, world = {
ports,
variables,
site
};
return {
preflight: async ({ stage: { name } }) => {
let checks = (session.stage(name, "preflight").preflight ?? []).filter((check) => !needsSecret(check));
if (checks.length === 0) return pass("proven-beforehand", "Every check of this preflight was made before.");
let { runChecks } = await import("./chunks/run-checks2.js");
return runChecks(checks, {
directory: workspace,
url: site,
commit,
branch
}, world);
},
backup: async ({ stage: { name } }) => {
let { backupDatabase } = await import("./chunks/backup-database2.js"), { verdict } = await backupDatabase({
step: await reachedThroughTarget(session.stage(name, "backup").backup, async () => target),
workspace,
ports
});
return verdict;
},
migrate: async ({ stage: { name, migration, commit: own }, release, announce }) => {
let { migrateDatabase } = await import("./chunks/migrate-database.js"), { toolsInside } = await import("./chunks/tool-inside.js"), { migrate: asWritten } = session.stage(name, "migrate"), step = await reachedThroughTarget(asWritten, async () => target), place = await toolsInside(asWritten, {
target: async () => target,
commit: own ?? release.commit,
workspace,
variables,
ports
});
return migrateDatabase({
step,
workspace,
release: String(release.id),
agreed: migration?.hash,
announce,
schemaMoves: release.movesSchema,
place,
ports
});
},
configure: async ({ stage: { name } }) => {
let { setVariables } = await import("./chunks/set-variables.js"), step = session.stage(name, "configure").configure;
if (step === void 0) throw Error(`stage ${name} has no configure`);
return setVariables(step, {
target,
variables
});
},
deploy: async ({ stage, release }) => {
let { stageCandidate } = await import("./chunks/stage-candidate.js"), { tagBefore } = await import("./chunks/tag-production.js"), tag = tagBefore(session, {
stage: stage.name,
target,
release
}), { protectedProbe } = await import("./chunks/protected-probe.js"), { runbook } = session, prove = protectedProbe({
runbook,
stage: stage.name,
target,
directory: workspace,
ports
});
return stageCandidate({
target,
release,
stage,
workspace,
variables,
ports,
tag,
prove
});
},
"smoke-test": async ({ stage: { name }, release }) => {
let { runChecks } = await import("./chunks/run-checks2.js"), { isBehindProtection } = await import("./chunks/behind-protection.js"), checks = (session.stage(name, "smoke-test")["smoke-test"] ?? []).filter((check) => !isBehindProtection(session.runbook, check));
return checks.length === 0 ? pass("asked-when-deployed", "Every line was asked when the version was deployed.") : runChecks(checks, {
directory: workspace,
url: release.candidate?.url,
commit,
branch
}, world);
},
"load-test": async ({ stage: { name }, release }) => {
let { runLoadTest } = await import("./chunks/run-load-test.js"), step = session.stage(name, "load-test")["load-test"];
if (step === void 0) throw Error(`stage ${name} has no load-test`);
let { loadedWhenDeployed, loadIsBehindProtection } = await import("./chunks/behind-protection.js");
if (loadIsBehindProtection(session.runbook, step)) return loadedWhenDeployed();
let url = release.candidate?.url;
return runLoadTest(step, {
url,
allowed: [site, url],
directory: workspace
}, ports);
}
};
}
var advance_default = defineAction({
name: "advance",
description: "Release a commit the way the runbook says, in one job: run whatever is due, and give traffic back when the evidence says so.",
inputs: {
...sessionInputs,
steps: oneOf(["all", "canary"], "`all` begins a release and runs every step that is due; `canary` only judges, shifts and rolls back the one under way (a tick).").prefault("all"),
"release-workflow": text("Your workflow that a tick starts when a next step is due; nothing is started when empty.").optional(),
"watch-workflow": text("Your workflow that a tick starts for the next tick; nothing is started when empty.").optional(),
"override-rejected": flag("Release a commit that was rolled back before.").prefault("false")
},
outputs: {},
async run(inputs, ports, workflow) {
if (inputs.steps === "canary") {
let { releaseWorkflow: release, watchWorkflow: watch } = inputs;
return { verdict: await tick(inputs, ports, workflow, release === void 0 || watch === void 0 ? void 0 : {
release,
watch
}) };
}
let written = await loadRunbook(inputs.runbook, workflow.workspace), session = openSession(written, inputs, ports, workflow), target = await session.target(), { canaryJudge } = await import("./chunks/canary-judge.js"), judge = canaryJudge({
ports,
target,
runbook: session.judged()
}), { watchJudge } = await import("./chunks/watch-judge.js"), watch = watchJudge({
ports,
target,
runbook: session.judged()
}), { variables, repository } = session, beforehand = await checkBeforehand({
written,
variables,
target,
repository,
ports,
commit: workflow.sha,
directory: workflow.workspace
});
if (beforehand.verdict !== "pass") return { verdict: beforehand };
let { overrideRejected } = inputs, begun = await begin({
...session.base,
target,
runbook: session.runbook,
commit: workflow.sha,
workflow: workflow.file,
overrideRejected,
stageCommits: stageCommitsOf(inputs, session.runbook, ports, workflow),
migrations: async (stages) => {
let { planMigrations } = await import("./chunks/plan-migrations.js");
return planMigrations(session, {
workflow,
commit: workflow.sha,
stages
}, ports);
}
});
return begun.verdict.verdict === "pass" ? { verdict: await advance({
...session.base,
target,
judge,
steps: everyStep(session, ports, workflow, target),
watch
}) } : { verdict: begun.verdict };
}
});
await main(advance_default);
export {};
