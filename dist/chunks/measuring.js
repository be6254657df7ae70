import { C as unknown, _ as object, b as string, d as custom, v as record } from "./zod.js";
import { a as toMeasure } from "./gate.js";
import { n as shapeOf, t as openMetric } from "./open.js";
import { t as throughProtection } from "./through-protection.js";
async function openedMetrics({ metrics = {} }, own, target, saved) {
let ports = throughProtection(target, own), totals = withTotals.safeParse(saved).data?.totals ?? {};
return new Map(await Promise.all(Object.entries(metrics).map(async ([name, spec]) => [name, await openMetric(spec, ports, target, totals[name])])));
}
const withTotals = object({ totals: record(string(), unknown()) });
function savedState(gate, providers) {
let totals = [...providers].flatMap(([name, provider]) => provider.totals === void 0 ? [] : [[name, provider.totals()]]);
return totals.length === 0 ? gate : {
...gate,
totals: Object.fromEntries(totals)
};
}
const countedShape = (spec) => ({
...shapeOf(spec),
...spec.count !== void 0 && { count: spec.count }
});
function shareOfAlpha({ plan }) {
let judged = plan.stages.flatMap(({ shifts }) => shifts).filter((shift) => shift.judged), watched = plan.stages.filter(({ watch }) => watch !== void 0);
return .01 / Math.max(1, judged.length + watched.length);
}
async function baselinesOf(asked, saved, ports) {
let known = withBaselines.safeParse(saved);
return known.success ? known.data.config.before : asked.limits.every(({ versus }) => versus !== "before") ? {} : (await import("./baseline.js")).measureBaselines(asked, ports);
}
const withBaselines = object({ config: object({ before: custom((value) => typeof value == "object" && !!value && !Array.isArray(value)) }) });
async function measure({ gate, providers }, target, ports) {
let window = {
from: gate.lastLook ?? gate.config.startedAt,
to: ports.clock.now()
}, wanted = toMeasure(gate), addresses = new Map(await Promise.all([...new Set(wanted.map(({ version }) => version))].map(async (version) => [version, await target.address(version)]))), batch = {};
return await Promise.all(wanted.map(async ({ metric, version, of }) => {
let provider = providers.get(metric);
if (provider === void 0) return;
let address = addresses.get(version), place = address === void 0 ? void 0 : target.placeOf?.(address), measured = await provider.measure(window, {
version,
address,
place
});
batch[metric] = {
...batch[metric],
[of]: measured
};
})), batch;
}
export { savedState as a, openedMetrics as i, countedShape as n, shareOfAlpha as o, measure as r, baselinesOf as t };
