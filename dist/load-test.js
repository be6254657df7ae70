import { n as loadIsBehindProtection, r as loadedWhenDeployed } from "./chunks/behind-protection2.js";
import { t as loadTest } from "./chunks/load-test-spec.js";
import { r as defineAction, t as main } from "./chunks/main.js";
import { a as text } from "./chunks/input.js";
import { c as stageInputs, i as releaseRunbook, n as openSession, u as takePart } from "./chunks/session.js";
import { n as refuseInRelease, r as stepInputs, t as givenStep } from "./chunks/step-inputs.js";
import { i as variablesOf } from "./chunks/release.js";
var load_test_default = defineAction({
name: "load-test",
description: "Load the new version at its own address and judge the finished run by its limits.",
inputs: {
...stageInputs,
...stepInputs(loadTest),
url: text("Address to load; the candidate's own, from the record, when empty.").optional()
},
outputs: {},
async run(inputs, ports, workflow) {
let { runLoadTest } = await import("./chunks/run-load-test.js"), variables = variablesOf(inputs, ports), given = await givenStep(loadTest, {
read: workflow.input,
variables
});
refuseInRelease(given, inputs.record);
let written = await releaseRunbook(inputs, ports, workflow), session = openSession(written, inputs, ports, workflow), load = (candidate) => {
let step = given ?? session.stage(inputs.stage, "load-test")["load-test"];
if (step === void 0) throw Error("the stage has no load-test");
let url = inputs.url ?? candidate;
return runLoadTest(step, {
url,
allowed: [session.site, candidate],
directory: workflow.workspace
}, ports);
};
if (inputs.record === "none") return { verdict: await load() };
let run = async ({ release }) => {
let step = session.stage(inputs.stage, "load-test")["load-test"];
return step !== void 0 && loadIsBehindProtection(written.value, step) ? loadedWhenDeployed() : load(release.candidate?.url);
}, before = inputs.record === "read" ? { "smoke-test": run } : {};
return { verdict: await takePart(session, inputs, "load-test", { steps: {
"load-test": run,
...before
} }) };
}
});
await main(load_test_default);
export {};
