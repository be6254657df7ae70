import { w as formatDuration } from "./words.js";
const inJobMs = 36e5;
const minuteMs = 6e4;
const cronMs = 9e5;
function tickCosts(plan) {
	const shifts = plan.stages.flatMap((stage) => stage.shifts).filter(({ judged }) => judged);
	const holdMs = shifts.reduce((sum, shift) => sum + shift.holdMs, 0);
	const leftMs = Math.max(0, holdMs - inJobMs);
	if (leftMs === 0) return [];
	const chain = Math.ceil(leftMs / inJobMs);
	const looks = looksIn(shifts, leftMs / holdMs);
	const scheduled = Math.ceil(leftMs / cronMs);
	return [
		{
			source: "chain",
			ticks: chain,
			minutes: Math.ceil(leftMs / minuteMs) + chain
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
	const costs = tickCosts(plan);
	if (costs.length === 0) return [];
	const idle = Math.round(43200 * minuteMs / cronMs);
	return [
		"Waiting longer than an hour is left to ticks. GitHub bills for each release, depending on `ticks`:",
		...costs.map(({ source, ticks, minutes }) => {
			const also = source === "cron" ? `; the schedule itself ${idle} minutes a month, also when nothing is released` : "";
			return `   ${source.padEnd(10)} ${minutes} minutes, ${ticks} ticks${also}${source === used ? "  <- in use" : ""}`;
		}),
		`   (a private repository; a job counts as whole minutes, waiting for ${formatDuration(inJobMs)} in the canary's job comes on top)`
	];
}
export { tickCostText as t };
