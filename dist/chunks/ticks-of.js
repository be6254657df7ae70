import { n as provenElsewhere, s as environmentOf } from "./release.js";
import { h as looseObject } from "./zod.js";
import { g as messageOf, h as ProviderError } from "./words.js";
import { n as afterDeadTick, r as handOver, t as tickSourceSchema } from "./tick-source.js";
async function goOn(scene) {
let { ports } = scene, next = await startNext(scene);
return await startFollowers(scene).catch((problem) => {
let why = messageOf(problem);
ports.log.warn(`Whether another environment waits for this one could not be found out. ${why}`);
}), next;
}
async function startNext(scene) {
let { record, source, verdict, workflows, ports, store } = scene, now = ports.clock.now(), { queued } = record, elsewhere = queued?.after === void 0 || scene.dead === !0 ? void 0 : provenElsewhere((await store.read(queued.after.environment)).record, queued.commit, queued.after, now), next = scene.dead === !0 ? afterDeadTick(record, now) : handOver(record, {
source,
verdict,
now,
elsewhere
});
return next.next === "nothing" ? (ports.log.info(`Nothing is started: ${next.why}`), next) : start(scene, next, next.next === "tick" ? workflows.watch : workflows.release, inputsFor(next, scene));
}
async function startFollowers(scene) {
let { client, store, record, environment, workflows, ports } = scene;
if (record.release?.ended?.as === "done") for (let ref of await client.listRefs("refs/sluice/")) {
let other = environmentOf(ref);
if (other === void 0 || other === environment) continue;
let { queued, release } = (await store.read(other)).record;
if (queued?.after?.environment !== environment || release !== null && release.ended === null) continue;
let proven = provenElsewhere(record, queued.commit, queued.after, ports.clock.now()), why = `${proven.message} Release ${queued.release} waits for it in ${other}.`;
if (proven.verdict !== "pass" && proven.from === void 0) ports.log.info(why);
else {
let next = {
next: "release",
release: queued.release,
why
};
await start(scene, next, queued.workflow ?? workflows.release, inputsFor(next, scene));
}
}
}
async function start(scene, next, workflow, inputs) {
let { client, ports } = scene, others = (await client.unfinishedRuns(workflow)).filter((run) => next.next === "tick" ? run > scene.run : run !== scene.run);
if (others.length > 0) return ports.log.info(`Run ${others[0]} of ${workflow} is waiting already and goes on from here.`), {
next: "nothing",
why: `Run ${others[0]} goes on.`
};
let started = await client.dispatchWorkflow({
workflow,
ref: scene.branch,
inputs
});
if (started.outcome === "not-applied") throw new ProviderError("github", `${next.why} But ${workflow} could not be started: ${started.error.message} It needs a \`workflow_dispatch\` trigger with the inputs of the example and \`actions: write\` here; until then start it by hand.`, {
retryable: !1,
cause: started.error
});
let run = started.outcome === "applied" && started.value.runId !== void 0 ? ` (run ${started.value.runId})` : "", sure = started.outcome === "applied" ? "started" : "probably started; the schedule looks again if not";
return ports.log.info(`${next.why} ${workflow} was ${sure}${run}.`), next;
}
function inputsFor(next, scene) {
return next.next === "release" ? { resume: String(next.release) } : scene.source === "wait-timer" && scene.dead !== !0 ? { wait: `${scene.environment}-tick` } : {};
}
const ticking = looseObject({ ticks: tickSourceSchema.optional() });
async function ticksOf(client, commit, runbook) {
let written = await client.readFile(commit, runbook).catch(() => null), { readBySchema } = await import("./read-by-schema2.js"), read = written === null ? void 0 : readBySchema(written, runbook, ticking);
return read?.ok === !0 ? read.value.ticks ?? "chain" : "chain";
}
export { goOn as n, ticksOf as t };
