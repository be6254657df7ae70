import { m as InputError } from "./chunks/words.js";
import { r as defineAction, t as main } from "./chunks/main.js";
import { c as stageInputs, d as takePartInAll, i as releaseRunbook, n as openSession } from "./chunks/session.js";
var watch_default = defineAction({
name: "watch",
description: "Look after a release where no program has a step to run: agreements, tasks and signatures of people, and the watch over what serves.",
inputs: stageInputs,
outputs: {},
async run(inputs, ports, workflow) {
if (inputs.record !== "append") throw new InputError("A watch is part of a release; leave `record` at `append`.");
let written = await releaseRunbook(inputs, ports, workflow), session = openSession(written, inputs, ports, workflow), target = await session.target(), { canaryJudge } = await import("./chunks/canary-judge.js"), judge = canaryJudge({
ports,
target,
runbook: session.judged()
}), { watchJudge } = await import("./chunks/watch-judge.js"), watch = watchJudge({
ports,
target,
runbook: session.judged()
});
return { verdict: await takePartInAll(session, inputs, {
target,
steps: {},
judge,
watch
}) };
}
});
await main(watch_default);
export {};
