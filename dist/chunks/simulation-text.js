import { E as formatDuration } from "./words.js";
const grouped = (count) => count.toLocaleString("en-US"), short = (ms) => {
let rounded = ms >= 6e4 ? Math.round(ms / 6e4) * 6e4 : ms >= 1e3 ? Math.round(ms / 1e3) * 1e3 : Math.round(ms);
return formatDuration(rounded);
};
function simulationText(result, command) {
let { schedules, seed, baseline, rows, notPlayed, broken, histogram } = result, counted = histogram.reduce((sum, { count }) => sum + count, 0), most = Math.max(1, ...histogram.map(({ count }) => count));
return [
`${grouped(schedules)} schedules, seed ${seed}; a release without faults takes ${short(baseline.ms)} here.`,
"A third of the versions is good, a third bad from its first request, a third turns bad later.",
"",
[
"fault".padEnd(32),
"played".padStart(7),
"done".padStart(6),
"back".padStart(6),
"halted".padStart(7),
"open".padStart(6),
"bad traffic: median, 99 %, longest".padStart(36),
"left on bad".padStart(13),
"alone".padStart(16)
].join(""),
...rows.map(line),
"",
"How long a bad version had traffic, of all schedules in which it had any:",
...histogram.map(({ upTo, count }, index) => {
let before = histogram[index - 1]?.upTo ?? 0, label = upTo === null ? `longer than ${short(before)}, or left` : upTo === 0 ? "not at all" : `up to ${short(upTo)}`, bar = "#".repeat(Math.ceil(count / most * 40));
return `  ${label.padEnd(26)}${grouped(count).padStart(8)}  ${(100 * count / Math.max(1, counted)).toFixed(1).padStart(5)} %  ${bar}`;
}),
"",
"Worst by users who met it:",
...worstOf(rows).map(({ id, name, worst }) => `  ${id} ${name}: up to ${worst.badShare}% of traffic, together ${worst.badMinutes.toFixed(1)} minutes of everybody; ended as ${worst.ended} (seed ${worst.seed})`),
...notPlayed.length === 0 ? [] : [
"",
"Not played:",
...notPlayed.map(({ id, name, why }) => `  ${id} ${name}: ${why}`)
],
...broken.length === 0 ? ["", "Every promise was kept: what the record calls done serves, what it calls given back does not."] : [
"",
`${broken.length} schedules broke a promise. This is a defect of Sluice; please report it with these lines.`,
...broken.slice(0, 10).map(({ id, seed: at, seen }) => `  ${id}, seed ${at}: ${seen}. Again: ${command} --only ${id} --schedules 1 --seed ${at}`)
],
""
].join("\n");
}
const backEnds = [
"rolled-back",
"rolled-back-unhealthy",
"held",
"failed",
"superseded",
"not begun"
];
function line({ id, name, schedules, ends, badMs, leftBad, alone }) {
let done = ends.done ?? 0, back = backEnds.reduce((sum, end) => sum + (ends[end] ?? 0), 0), stopped = (ends.halted ?? 0) + (ends["rollback-incomplete"] ?? 0), times = [
badMs.median,
badMs.p99,
badMs.longest
].map(short).join(", ");
return [
`${id} ${name}`.slice(0, 31).padEnd(32),
grouped(schedules).padStart(7),
grouped(done).padStart(6),
grouped(back).padStart(6),
grouped(stopped).padStart(7),
grouped(schedules - done - back - stopped).padStart(6),
times.padStart(36),
grouped(leftBad).padStart(13),
(alone.ms === 0 ? "" : `${alone.share}% for ${short(alone.ms)}`).padStart(16)
].join("");
}
const worstOf = (rows) => [...rows].filter(({ worst }) => worst.badMinutes > 0).sort((a, b) => b.worst.badMinutes - a.worst.badMinutes).slice(0, 5);
export { simulationText };
