import { E as formatDuration } from "./words.js";
import { r as asPercent, t as asCount } from "./figures.js";
import { r as gateWarnings } from "./config.js";
import { t as trafficOf } from "./traffic-needed.js";
import { n as shapeOfMetric } from "./metric-shape.js";
import { t as routingOf } from "./routing.js";
import { t as LATER } from "./runbook-rules.js";
import { y as pacesOf } from "./runbook-keys.js";
function gateText(runbook) {
let judged = [...sharesIn(runbook), ...watchesIn(runbook)].map((judged) => ({
judged,
config: configOf(judged, runbook)
})), needs = judged.map(({ judged, config }) => ({
judged,
needs: trafficOf(config, judged.traffic / 100)
}));
return {
lines: [...new Set(needs.flatMap(({ judged, needs }) => needs.map((need) => lineOf(need, judged))))],
warnings: [...new Set([...judged.flatMap(({ config }) => gateWarnings(config)), ...needs.flatMap(({ judged, needs }) => needs.flatMap((need) => tooFewLooks(need, judged)))])]
};
}
function sharesIn({ stages }) {
return stages.flatMap(({ canary }) => {
let { shifts = [] } = canary ?? {}, longest = canary?.["max-hold"] ?? 2 * Math.max(0, ...shifts.map(({ hold = 0 }) => hold));
return shifts.flatMap((shift) => {
let { limits, hold, every, traffic } = shift;
if (limits === void 0 || hold === void 0 || every === void 0) return [];
let mostLooks = Math.floor(longest / every), pageLimits = shift["page-limits"]?.limits ?? [];
return [{
name: `${traffic}%`,
traffic,
hold,
every,
mostLooks,
limits,
pageLimits
}];
});
});
}
function watchesIn({ stages, watch }) {
return [...stages.map((stage) => ({
name: `watch of stage ${stage.name}`,
watch: stage.watch
})), {
name: "watch of the release",
watch
}].flatMap(({ name, watch }) => watch === void 0 ? [] : judgedIn(watch, name));
}
function judgedIn(watch, name) {
let paces = pacesOf(watch), [first, last] = [paces[0], paces.at(-1)];
if (first === void 0 || last === void 0) return [];
let planned = paces.map(({ everyMs, untilMs }, i) => (untilMs - (paces[i - 1]?.untilMs ?? 0)) / everyMs), again = last.untilMs / last.everyMs, mostLooks = Math.floor(planned.reduce((sum, looks) => sum + looks, again)), { limits = [], "page-limits": page } = watch;
return [{
name,
traffic: 100,
hold: last.untilMs,
every: first.everyMs,
mostLooks,
limits,
pageLimits: page?.limits ?? []
}];
}
function configOf({ limits, pageLimits, hold, every, traffic }, { metrics = {}, target }) {
let routing = routingOf(target), shapes = Object.entries(metrics).flatMap(([name, spec]) => {
let shape = shapeOfMetric(spec);
return shape === void 0 ? [] : [[name, {
...shape,
...spec.count && { count: spec.count }
}]];
});
return {
limits,
pageLimits,
before: Object.fromEntries(shapes.map(([name]) => [name, LATER])),
metrics: Object.fromEntries(shapes),
candidate: "candidate",
...traffic < 100 && { stable: "stable" },
startedAt: 0,
hold,
every,
...routing !== void 0 && { routing }
};
}
function lineOf({ limit, requests, unit, share }, { name, traffic, hold }) {
let needed = `${name}: \`${limit}\` needs about ${asCount(requests)}`;
if (unit === "look") return `${needed} looks to pass, if it is seldom slower`;
let minutes = hold / 6e4, all = Math.ceil(requests * 100 / traffic / Math.max(1, minutes)), pace = `${asCount(all)} ${unit}s ${minutes > 1 ? "a minute in all for" : "in all within"} ${formatDuration(hold)}`;
return `${needed} ${unit}s of the candidate to pass, ${share === void 0 ? "if it is as fast as stable" : `if at most ${asPercent(share)} are bad`}: ${pace}`;
}
function tooFewLooks({ limit, requests, unit }, { name, mostLooks }) {
return unit !== "look" || mostLooks >= requests ? [] : [`${name}: \`${limit}\` is judged look by look and needs about ${asCount(requests)} looks, but at most ${asCount(mostLooks)} are made, so it is likely to end with a question or a hold instead of a verdict. Look more often, or longer.`];
}
export { gateText };
