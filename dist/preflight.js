import { t as needsSecret } from "./chunks/check-secret.js";
import { n as preflight } from "./chunks/check-spec.js";
import { t as runChecks } from "./chunks/run-checks.js";
import { r as defineAction, t as main } from "./chunks/main.js";
import { a as repositoryOf, c as stageInputs, i as releaseRunbook, l as stageOf, n as openSession, u as takePart } from "./chunks/session.js";
import { n as refuseInRelease, r as stepInputs, t as givenStep } from "./chunks/step-inputs.js";
import { i as variablesOf } from "./chunks/release.js";
import { y as pass } from "./chunks/words.js";
import { o as siteOf } from "./chunks/runbook-keys.js";
var preflight_default = defineAction({
name: "preflight",
description: "Prove what must hold before anything moves: your tests and linters, the state of the repository, the site as it is.",
inputs: {
...stageInputs,
...stepInputs(preflight)
},
outputs: {},
async run(inputs, ports, workflow) {
let variables = variablesOf(inputs, ports), given = await givenStep(preflight, {
read: workflow.input,
variables
});
refuseInRelease(given, inputs.record);
let place = {
directory: workflow.workspace,
commit: workflow.sha,
branch: workflow.branch
};
if (given !== void 0) {
let repository = repositoryOf(inputs, workflow);
return { verdict: await runChecks(given, place, {
ports,
variables,
repository
}) };
}
let written = await releaseRunbook(inputs, ports, workflow), checks = (stageOf(written.value, inputs.stage, "preflight").preflight ?? []).filter((check) => !needsSecret(check)), site = siteOf(written, variables), beforehand = pass("proven-beforehand", "Every check of this preflight was made before the release began."), run = async (commit) => checks.length === 0 ? beforehand : runChecks(checks, {
...place,
commit,
url: site
}, {
ports,
variables,
site
});
if (inputs.record === "none") return { verdict: await run(workflow.sha) };
let session = openSession(written, inputs, ports, workflow);
return { verdict: await takePart(session, inputs, "preflight", { steps: { preflight: ({ stage, release }) => run(stage.commit ?? release.commit) } }) };
}
});
await main(preflight_default);
export {};
