import { a as witnessedStore, d as advance, i as variablesOf, l as notifier, o as githubRefStore, u as runbookHash } from "./release.js";
import { b as string, h as looseObject, v as record } from "./zod.js";
import { a as openTarget, i as platformSecrets, o as attemptAt, t as projectDeployment } from "./deployment.js";
import { m as InputError } from "./words.js";
import { t as githubClient } from "./github.js";
import { a as resolveParts, d as isStageStep, n as loadRunbook, o as siteOf, t as accept } from "./runbook-keys.js";
import { a as text, i as secret, o as wholeNumber, r as oneOf, t as flag } from "./input.js";
const jobResults = record(string(), looseObject({
result: string(),
outputs: record(string(), string()).optional()
})), stepsOfJob = {
preflight: ["preflight"],
probe: ["smoke-test", "load-test"]
};
function provenBy(needs) {
if (needs === void 0) return {};
let parsed = jobResults.safeParse(jsonOf(needs));
if (!parsed.success) throw new InputError("Input `needs` is not the `needs` context; write `needs: ${{ toJSON(needs) }}`.");
let proven = {};
for (let [job, { result, outputs = {} }] of Object.entries(parsed.data)) for (let step of stepsOfJob[job] ?? []) result === "failure" && (proven[step] = "failed"), result === "success" && (proven[step] = outputs[step] === "pass" ? "passed" : "held");
return proven;
}
function jsonOf(text) {
try {
return JSON.parse(text);
} catch {
return;
}
}
const sessionInputs = {
environment: text("Environment whose record is read and written.").prefault("production"),
runbook: text("Path of the runbook in the repository.").prefault(".github/runbook.yml"),
record: oneOf([
"append",
"read",
"none"
], "`append` takes part in the release; `read` consults its record and appends nothing (jobs that run your own code); `none` runs the step alone.").prefault("append"),
resume: wholeNumber("Release to go on with, by its number; the one this run began when empty.").optional(),
"github-token": secret("Token that reads and appends to the record.").meta({ default: "${{ github.token }}" }),
"runbook-vars": text("Variables the runbook refers to as `$NAME`, as dotenv lines.").optional(),
"runbook-env": secret("Secrets the runbook refers to as `$NAME`, as dotenv lines.").optional(),
"database-url": secret("Address of the database, with credentials: `$DATABASE_URL`.").optional(),
"slack-webhook-url": secret("Incoming webhook of Slack: `$SLACK_WEBHOOK_URL`.").optional(),
...platformSecrets,
"runbook-commit": text("Commit whose runbook counts, where a stage releases an older one; the runbook in the workspace when empty.").optional(),
"allow-hold": flag("Whether a hold ends the step in good order; only Sluice's own workflows set it.").prefault("false")
}, stageInputs = {
...sessionInputs,
stage: text("Stage of the runbook; the only one that has this step when empty.").optional(),
needs: text("The needs context, as `toJSON(needs)` gives it: how the jobs before this one ended.").optional()
}, repositoryOf = (inputs, workflow) => ({
access: {
token: inputs.githubToken ?? "",
repository: workflow.repository,
apiUrl: workflow.apiUrl
},
runId: workflow.runId
});
function openRecord(inputs, ports, { repository, apiUrl }, patience) {
let client = githubClient({
token: inputs.githubToken ?? "",
repository,
apiUrl,
...patience && { patience }
}, ports);
return {
client,
store: githubRefStore(client)
};
}
async function releaseRunbook(inputs, ports, workflow) {
let { runbook, runbookCommit } = inputs;
if (runbookCommit === void 0) return loadRunbook(runbook, workflow.workspace);
let text = await openRecord(inputs, ports, workflow).client.readFile(runbookCommit, runbook);
if (text === null) throw new InputError(`Commit ${runbookCommit.slice(0, 12)} has no ${runbook}; name the runbook of the release.`);
let { readRunbook } = await import("./runbook-file.js");
return accept(readRunbook(text, runbook));
}
function stageCommitsOf(inputs, runbook, ports, workflow, commit = workflow.sha) {
if (runbook.stages.every(({ ref }) => ref === void 0)) return;
let { client } = openRecord(inputs, ports, workflow);
return async (released) => {
let { stageCommits } = await import("./stage-commits.js");
return stageCommits(runbook, {
client,
commit,
released
});
};
}
function openSession(written, inputs, ports, workflow) {
let { environment } = inputs, runbook = written.value, variables = variablesOf(inputs, ports), opened = openRecord(inputs, ports, workflow), { client } = opened, store = inputs.record === "append" ? witnessedStore(opened.store, client, ports) : opened.store, release = inputs.resume ?? workflow.runId, attempt = attemptAt(release, {
run: workflow.runId,
attempt: workflow.attempt
}), author = {
run: workflow.runId,
attempt,
actor: workflow.actor
}, site = siteOf(written, variables), project = async (snapshot) => {
let warning = await projectDeployment(client, snapshot, {
runUrl: workflow.runUrl,
url: site
});
warning !== void 0 && ports.log.warn(warning);
}, target = () => openTarget(resolveParts(written, variables, ["target"]).target, ports), changing = {
target,
directory: workflow.workspace,
variables,
ports
}, notify = notifier({
written: async () => written,
variables
}, { run: workflow.runUrl }, ports);
return {
runbook,
store,
author,
variables,
site,
repository: repositoryOf(inputs, workflow),
client,
base: {
ports,
store,
environment,
author,
asker: {
release,
attempt
},
clockSkewMs: client.clockSkew,
change: async (request) => (await import("./change.js")).changer(changing)(request),
readFlags: async (request) => (await import("./change.js")).flagReader(changing)(request),
onEntry: async (entry, snapshot) => {
await Promise.all([project(snapshot), notify(entry, snapshot.record)]);
},
show: project
},
judged: () => resolveParts(written, variables, ["metrics"]),
target,
stage: (name, step) => {
let found = runbook.stages.indexOf(stageOf(runbook, name, step)), [stage] = resolveParts(written, variables, [`stages.${found}.${step}`]).stages.slice(found);
if (stage === void 0) throw Error(`stage ${found} of the runbook vanished`);
return stage;
}
};
}
function stageOf(runbook, name, step) {
let having = runbook.stages.filter((stage) => isStageStep(step) && stage[step] !== void 0 || step === "canary" && stage.deploy !== void 0), named = having.find((stage) => stage.name === name), [only, ...others] = having, found = name === void 0 && others.length === 0 ? only : named;
if (found !== void 0) return found;
let names = (stages) => stages.map((stage) => stage.name).join(", ");
throw having.length === 0 ? new InputError(`No stage of the runbook has a ${step}; add one, or leave this step away.`) : name === void 0 ? new InputError(`Several stages have a ${step}; say which with \`stage\`: ${names(having)}.`) : runbook.stages.every((stage) => stage.name !== name) ? new InputError(`The runbook has no stage ${name}; it has ${names(runbook.stages)}.`) : new InputError(`Stage ${name} has no ${step}; these have one: ${names(having)}.`);
}
async function takePart(session, inputs, step, offer) {
let stage = stageOf(session.runbook, inputs.stage, step);
return advance({
...session.base,
...pinned(offer, session.runbook),
readOnly: inputs.record === "read",
until: {
stage: stage.name,
step
},
proven: provenBy(inputs.needs)
});
}
function takePartInAll(session, inputs, offer) {
return advance({
...session.base,
...pinned(offer, session.runbook),
proven: provenBy(inputs.needs)
});
}
function pinned(offer, runbook) {
let hash = runbookHash(runbook), same = (release) => {
if (release.runbookHash !== hash) throw new InputError(`The runbook here is not the one release ${release.id} was started with. Check out the release's commit, ${release.commit.slice(0, 12)}.`);
}, { judge, watch } = offer, steps = Object.entries(offer.steps).map(([name, run]) => [name, (request) => (same(request.release), run(request))]);
return {
...offer,
steps: Object.fromEntries(steps),
...judge !== void 0 && { judge: (share, release) => (same(release), judge(share, release)) },
...watch !== void 0 && { watch: (due, release) => (same(release), watch(due, release)) }
};
}
export { repositoryOf as a, stageInputs as c, takePartInAll as d, releaseRunbook as i, stageOf as l, openSession as n, sessionInputs as o, pinned as r, stageCommitsOf as s, openRecord as t, takePart as u };
