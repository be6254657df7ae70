import { b as string, g as number, s as _enum, v as record, y as strictObject } from "./zod.js";
import { I as directory, J as referencePattern, L as duration, U as limit, W as listOf, dt as expecting, pt as refusing, q as rate, rt as urlPath, st as formatLimit, tt as status } from "./runbook-keys.js";
import { a as arrivalsOf, r as unfitForLoad, t as leastSample } from "./load-limit.js";
const sent = string().max(1e4).refine((text) => referencePattern.test(text) || !/\$[A-Z][A-Z0-9_]*/.test(text), { error: "header" }), loadRequest = strictObject({
path: urlPath.meta({ description: "A path on the release under test." }),
method: _enum([
"GET",
"HEAD",
"POST",
"PUT",
"PATCH",
"DELETE"
], { error: expecting("method") }).default("GET"),
headers: record(string().regex(/^[A-Za-z0-9-]{1,100}$/), sent.regex(/^[^\r\n\0]*$/, { error: "header" })).optional(),
body: sent.optional(),
weight: number().positive().max(1e6).default(1),
status: status.optional()
}), loadRamp = strictObject({
rate: rate.meta({ description: "Requests a second at the end of this ramp; reached in a straight line." }),
for: duration.meta({ description: "How long this ramp takes." })
}), loadKeys = {
requests: listOf(loadRequest).optional(),
rate: rate.optional(),
for: duration.optional(),
ramps: listOf(loadRamp).optional(),
within: duration.optional(),
"in-flight": number().int().min(1).max(1e4).optional(),
"version-header": string().regex(/^[A-Za-z0-9-]{1,100}$/).optional(),
k6: directory.optional()
};
function scheduleOf({ rate, for: time, ramps }) {
return ramps === void 0 ? rate !== void 0 && time !== void 0 ? {
rate,
for: time
} : void 0 : { ramps };
}
function loadForm(step) {
let own = Object.keys(loadKeys).filter((key) => key !== "k6" && step[key] !== void 0);
return step.k6 === void 0 ? step.requests === void 0 ? "neither `requests` nor a `k6` script" : step.ramps === void 0 ? scheduleOf(step) === void 0 ? "requests without `rate` and `for`, or `ramps`" : void 0 : step.rate !== void 0 || step.for !== void 0 ? "both `ramps` and a constant `rate` or `for`" : step.ramps.every((ramp, i) => ramp.rate === (step.ramps?.[i - 1]?.rate ?? 0)) ? "a load of nothing" : void 0 : own.length === 0 ? void 0 : `\`${own[0]}\` says nothing beside \`k6\`: the script has its own`;
}
function loadLimitProblem(limit, schedule) {
let unfit = unfitForLoad(limit);
if (unfit !== void 0 || schedule === void 0) return unfit;
let { demand } = limit, offered = "ramps" in schedule ? Math.max(...schedule.ramps.map(({ rate }) => rate)) : schedule.rate;
if (limit.metric === "throughput" && demand.op !== "not-worse" && demand.op.startsWith(">") && demand.quantity.value > offered) return {
message: `a load of ${offered}/s cannot show \`${formatLimit(limit)}\``,
fix: "Offer more than the throughput that must be reached."
};
let due = arrivalsOf(schedule), needed = leastSample(limit);
if (!(due >= needed)) return {
message: `${due} requests cannot answer \`${formatLimit(limit)}\`, which needs ${needed}`,
fix: "Test longer or at a higher rate, or write a limit that fewer requests can answer."
};
}
const loadTest = strictObject({
...loadKeys,
limits: listOf(limit).meta({ description: "What must hold of the finished run: `p99 < 1s`, `checks = 100%`." })
}).superRefine((step, context) => {
let form = loadForm(step);
form !== void 0 && context.addIssue(refusing({
code: "RB048",
message: form,
why: "A load test is either described here, or it is a k6 script.",
fix: "Write `requests: [{ path: / }]`, `rate: 50/s` and `for: 30s`, or only `k6: load-test.js`."
}));
let schedule = step.k6 === void 0 ? scheduleOf(step) : void 0;
for (let [i, limit] of step.limits.entries()) {
let problem = loadLimitProblem(limit, schedule);
problem !== void 0 && context.addIssue(refusing({
code: "RB108",
...problem,
why: "A limit that can never be decided would hold every release."
}, ["limits", i]));
}
}).meta({ description: "Load on the new version at its own address, before it takes traffic." });
export { loadTest as t };
