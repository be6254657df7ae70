import { t as compiled } from "./config.js";
import { n as newReplay, r as withLook, t as keptReplay } from "./replay.js";
import { t as trafficOf } from "./traffic-needed.js";
import { a as toMeasure, n as newGate, t as assess } from "./gate.js";
import { st as formatLimit } from "./runbook-keys.js";
import { t as isNoData } from "./no-data.js";
import { t as askVersion } from "./probe2.js";
const WITHIN = 5e3, SECOND = 1e3;
function probesOf(stage) {
let asked = (stage?.["smoke-test"] ?? []).flatMap((check) => "get" in check ? [{
get: check.get,
status: check.status,
within: check.within ?? WITHIN
}] : []);
return asked.length > 0 ? asked : [{
get: "/",
status: 200,
within: WITHIN
}];
}
async function judgeSynthetically(request, ports) {
let { gate, verdict } = request, stays = (note) => ({
...verdict,
message: `${verdict.message} ${note}`,
evidence: Object.assign({}, verdict.evidence, { short: { note } })
}), { open, closed } = openLimits(gate.config, verdict.evidence);
if (closed !== void 0) return stays(`Synthetic requests say nothing about \`${closed}\`, so none were sent.`);
let config = configOf(gate.config, open, ports.clock.now()), needed = Math.max(0, ...trafficOf(config, .5).map(({ requests }) => requests));
if (needed > 6e3) return stays(`Synthetic requests could not tell either: ${needed} would be needed, and at most 6000 are sent.`);
ports.log.info(`Too little traffic came; about ${needed} synthetic requests to each version will tell.`);
let { decided, replay } = await probe(config, request, ports);
if (decided === void 0) return stays("Synthetic requests did not tell either.");
let short = {
reason: verdict.reason,
message: verdict.message
};
return {
...decided,
evidence: Object.assign({}, decided.evidence, {
short,
replay: keptReplay(replay)
})
};
}
function openLimits(config, evidence) {
let unproven = new Set(evidence.limits.flatMap(({ limit, level, standing }) => level !== "warn" && standing !== "proven" ? [limit] : [])), tests = compiled(config).filter(({ text, level }) => level !== "warn" && unproven.has(text)), fits = tests.filter(({ kind, metric, shape, level, limit }) => (kind === "evidence" || kind === "latency") && level !== "hold" && limit.versus !== "before" && (metric === "error-rate" && shape.kind === "counts" || metric === "latency" && shape.kind === "histogram")), closed = tests.find((test) => !fits.includes(test));
return {
open: fits.map(({ limit }) => limit),
...closed && { closed: formatLimit(closed.limit) }
};
}
const configOf = (from, limits, startedAt) => ({
limits,
metrics: {
"error-rate": { kind: "counts" },
latency: {
kind: "histogram",
dimension: "time"
}
},
candidate: from.candidate,
...from.stable !== void 0 && { stable: from.stable },
startedAt,
hold: 0,
every: SECOND,
maxHold: 300 * SECOND,
alpha: from.alpha,
beta: from.beta,
margin: from.margin,
synthetic: !0
});
async function probe(config, { probes, address }, ports) {
let gate = newGate(config), both = new Map(toMeasure(gate).map(({ of, version }) => [of, version])), subjects = await Promise.all([...both].map(async ([of, version]) => ({
of,
version,
address: await address(version)
}))), replay = newReplay(gate);
for (let look = 0; look < 300 && !ports.cancelled.aborted; look++) {
let asked = probes[look % probes.length];
if (asked === void 0) break;
let batch = await askAll(subjects, asked, ports), now = ports.clock.now();
replay = withLook(replay, batch, now);
let { state, decision } = assess(gate, batch, now);
if (gate = state, decision.verdict !== "hold") return {
decided: decision.explain(),
replay
};
}
return {
decided: void 0,
replay
};
}
async function askAll(subjects, { get, status, within }, ports) {
let from = ports.clock.now(), answers = await Promise.all(subjects.map(({ version, address }) => askVersion({
get,
status,
within,
requests: 20
}, {
version,
address
}, ports))), to = Math.max(from + 1, ports.clock.now()), sides = (which) => Object.fromEntries(answers.map((found, i) => [subjects[i]?.of ?? "", isNoData(found) ? found : {
...found[which],
window: {
from,
to
},
observedAt: to
}]));
return {
"error-rate": sides("failures"),
latency: sides("latency")
};
}
export { judgeSynthetically, probesOf };
