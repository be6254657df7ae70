import { _ as fail, y as pass } from "./chunks/words.js";
import { n as goOn, t as ticksOf } from "./chunks/ticks-of.js";
import { r as defineAction, t as main } from "./chunks/main.js";
import { a as text, i as secret, t as flag } from "./chunks/input.js";
import { t as openRecord } from "./chunks/session.js";
const throughOutage = (began) => ({
requestMs: 15e3,
totalMs: 6e5,
attempts: 32,
endsAt: began + 156e4
}), retryTickAfter = (failedBefore) => {
if (!(failedBefore >= 5)) return failedBefore === 0 ? 0 : 6e4 * 2 ** (failedBefore - 1);
};
async function afterDeath({ client, source, run, workflow, endsAt, ports }) {
if (source === "cron" || source === "external") return pass("next-nothing", `This tick died; the next look is left to ${source === "cron" ? "the schedule" : "the outside timer"}.`);
if (await client.wasReplaced(run)) {
ports.log.info("This tick never began: a newer one took its place, and looks instead of it.");
return;
}
let died = await client.diedInARow(workflow), wantedMs = retryTickAfter(died);
if (wantedMs === void 0) return fail("ticks-fail", `This tick died as did ${died} before it, so no other one is started. Look at their logs, and run ${workflow} when what they lack is there.`);
let waitMs = Math.max(0, Math.min(wantedMs, endsAt - 6e5 - ports.clock.monotonic())), minutes = Math.round(waitMs / 6e4);
return ports.log.warn(`This tick died, as did ${died} before it; the next one is started in ${minutes} minutes.`), await ports.clock.sleep(waitMs, ports.cancelled).catch(() => void 0), ports.cancelled.aborted ? fail("cancelled", "The job was cancelled; nothing is started.") : void 0;
}
var hand_over_default = defineAction({
name: "hand-over",
description: "Start what goes on after this run: a tick while a release waits, or while a rollback has to be looked at again.",
inputs: {
environment: text("Environment whose record is read.").prefault("production"),
runbook: text("Path of the runbook, read at the release's commit for its `ticks`.").prefault(".github/runbook.yml"),
"release-workflow": text("Your workflow that calls release.yml, below `.github/workflows`.").prefault("release.yml"),
"watch-workflow": text("Your workflow that calls watch.yml, below `.github/workflows`.").prefault("watch.yml"),
"after-failed-tick": flag("The tick of this run died or could not look. After several in a row nothing is started.").prefault("false"),
"github-token": secret("Token that reads the record and starts workflows.").meta({ default: "${{ github.token }}" })
},
outputs: {},
async run(inputs, ports, workflow) {
let { environment, afterFailedTick: dead } = inputs, patience = throughOutage(ports.clock.monotonic()), { client, store } = openRecord(inputs, ports, workflow, dead ? patience : void 0), { record } = await store.read(environment), commit = record.release?.commit ?? record.queued?.commit, source = commit === void 0 ? "chain" : await ticksOf(client, commit, inputs.runbook), run = workflow.runId;
if (dead) {
let { endsAt } = patience, verdict = await afterDeath({
client,
source,
run,
workflow: inputs.watchWorkflow,
endsAt,
ports
});
if (verdict !== void 0) return { verdict };
({record} = await store.read(environment));
}
let next = await goOn({
client,
store,
record,
environment,
source,
dead,
run,
branch: workflow.branch ?? "main",
workflows: {
release: inputs.releaseWorkflow,
watch: inputs.watchWorkflow
},
ports
});
return { verdict: pass(`next-${next.next}`, next.why) };
}
});
await main(hand_over_default);
export {};
