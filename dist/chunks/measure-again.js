import { n as newGate, t as assess } from "./gate.js";
import { i as openedMetrics, n as countedShape, r as measure } from "./measuring.js";
import "./runbook-keys.js";
import { v as hold } from "./words.js";
const rarestLookMs = 5e3, longestMs = 5e4;
async function measureAgain({ runbook, target, release }, ports) {
let { limits, everyMs } = brokenShare(runbook, release), alone = limits.filter(({ versus }) => versus === void 0);
if (alone.length === 0) return;
let { serving } = await target.observe(), version = serving.find(({ weight }) => weight === 100)?.version;
if (version === void 0) return hold("not-proven", "No version has all traffic, so its limits were not measured.");
let every = Math.min(everyMs, rarestLookMs), config = {
limits: alone,
metrics: Object.fromEntries(Object.entries(runbook.metrics ?? {}).map(([name, spec]) => [name, countedShape(spec)])),
candidate: version,
startedAt: ports.clock.now(),
hold: every,
every,
maxHold: longestMs
}, providers = await openedMetrics(runbook, ports, target), gate = newGate(config);
for (;;) {
let batch = await measure({
gate,
providers
}, target, ports), now = ports.clock.now(), { state, decision } = assess(gate, batch, now);
gate = state;
let verdict = decision.explain();
if (verdict.verdict === "pass") return {
...verdict,
message: withoutPermission(verdict.message)
};
if (verdict.verdict === "fail" || now - config.startedAt >= longestMs || ports.cancelled.aborted) return verdict;
await ports.clock.sleep(every, ports.cancelled).catch(() => void 0);
}
}
const withoutPermission = (message) => message.replace(/: candidate \S+ may go on\.$/, ".");
function brokenShare(runbook, { verdict, watch, plan }) {
let none = {
limits: [],
everyMs: 0
};
if (watch?.verdict === "fail") {
let watched = watch.stage === "final" ? runbook.watch : stageOf(runbook, watch.stage)?.watch, planned = plan.stages.find(({ name }) => name === watch.stage)?.watch;
return watched === void 0 ? none : {
limits: watched.limits ?? [],
everyMs: planned?.paces[0]?.everyMs ?? 0
};
}
if (verdict?.verdict !== "fail") return none;
let shift = stageOf(runbook, verdict.stage)?.canary?.shifts[verdict.shift];
return shift === void 0 ? none : {
limits: shift.limits ?? [],
everyMs: shift.every ?? rarestLookMs
};
}
const stageOf = ({ stages }, stage) => stages.find(({ name }) => name === stage);
export { measureAgain };
