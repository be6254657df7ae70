import { E as formatDuration } from "./words.js";
const inJobMs = 36e5;
function tickCosts(plan) {
let shifts = plan.stages.flatMap((stage) => stage.shifts).filter(({ judged }) => judged), holdMs = shifts.reduce((sum, shift) => sum + shift.holdMs, 0), leftMs = Math.max(0, holdMs - inJobMs);
if (leftMs === 0) return [];
let chain = Math.ceil(leftMs / inJobMs), looks = looksIn(shifts, leftMs / holdMs), scheduled = Math.ceil(leftMs / 9e5);
return [
{
source: "chain",
ticks: chain,
minutes: Math.ceil(leftMs / 6e4) + chain
},
{
source: "wait-timer",
ticks: looks,
minutes: 2 * looks
},
{
source: "cron",
ticks: scheduled,
minutes: scheduled
},
{
source: "external",
ticks: looks,
minutes: looks
}
];
}
const looksIn = (shifts, part) => Math.ceil(part * shifts.reduce((sum, { holdMs, everyMs }) => sum + holdMs / everyMs, 0));
function tickCostText(plan, used) {
let costs = tickCosts(plan);
return costs.length === 0 ? [] : [
"Waiting longer than an hour is left to ticks. GitHub bills for each release, depending on `ticks`:",
...costs.map(({ source, ticks, minutes }) => {
let also = source === "cron" ? "; the schedule itself 2880 minutes a month, also when nothing is released" : "";
return `   ${source.padEnd(10)} ${minutes} minutes, ${ticks} ticks${also}${source === used ? "  <- in use" : ""}`;
}),
`   (a private repository; a job counts as whole minutes, waiting for ${formatDuration(inJobMs)} in the canary's job comes on top)`
];
}
export { tickCostText as t };
