import { t as isBehindProtection } from "./chunks/behind-protection2.js";
import { r as smokeTest } from "./chunks/check-spec.js";
import { m as InputError, y as pass } from "./chunks/words.js";
import { t as runChecks } from "./chunks/run-checks.js";
import { r as defineAction, t as main } from "./chunks/main.js";
import { a as text } from "./chunks/input.js";
import { c as stageInputs, i as releaseRunbook, l as stageOf, n as openSession, u as takePart } from "./chunks/session.js";
import { n as refuseInRelease, r as stepInputs, t as givenStep } from "./chunks/step-inputs.js";
import { i as variablesOf } from "./chunks/release.js";
import { o as siteOf } from "./chunks/runbook-keys.js";
var smoke_test_default = defineAction({
name: "smoke-test",
description: "Probe the new version at its own address, before it takes traffic.",
inputs: {
...stageInputs,
...stepInputs(smokeTest),
url: text("Address to probe; the candidate's own, from the record, when empty.").optional()
},
outputs: {},
async run(inputs, ports, workflow) {
let variables = variablesOf(inputs, ports), given = await givenStep(smokeTest, {
read: workflow.input,
variables
});
refuseInRelease(given, inputs.record);
let place = {
directory: workflow.workspace,
commit: workflow.sha,
branch: workflow.branch
}, probe = (checks, url, site, commit = workflow.sha) => {
if (url === void 0) throw new InputError("There is no version to probe: give `url`, or deploy one before this step.");
return runChecks(checks, {
...place,
commit,
url
}, {
ports,
variables,
site
});
};
if (given !== void 0) return { verdict: await probe(given, inputs.url) };
let written = await releaseRunbook(inputs, ports, workflow), lines = stageOf(written.value, inputs.stage, "smoke-test")["smoke-test"] ?? [], site = siteOf(written, variables);
if (inputs.record === "none") return { verdict: await probe(lines, inputs.url, site) };
let checks = lines.filter((check) => !isBehindProtection(written.value, check)), session = openSession(written, inputs, ports, workflow);
return { verdict: await takePart(session, inputs, "smoke-test", { steps: { "smoke-test": async ({ stage, release }) => checks.length === 0 ? pass("asked-when-deployed", "Every line was asked when the version was deployed.") : probe(checks, inputs.url ?? release.candidate?.url, site, stage.commit ?? release.commit) } }) };
}
});
await main(smoke_test_default);
export {};
