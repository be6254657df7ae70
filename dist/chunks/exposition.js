import { m as InputError } from "./words.js";
import { t as parseSelector } from "./exposition-selector.js";
import { n as scaleOf } from "./series-unit.js";
import { n as isBound, t as histogramOf } from "./buckets.js";
import { n as noData, t as isNoData } from "./no-data.js";
import { i as readPage, n as placeOf } from "./read-page.js";
import { t as runningTotals } from "./running-totals.js";
const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y, LABEL = /[a-zA-Z_][a-zA-Z0-9_]*/y, SPACES = /[ \t]*/y, WORD = /[^ \t]+/y, PLAIN = /[^"\\]*/y, NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/, ESCAPED = {
"\\": "\\",
"\"": "\"",
n: "\n"
};
function take(cursor, pattern) {
pattern.lastIndex = cursor.at;
let found = pattern.exec(cursor.line)?.[0];
return found !== void 0 && (cursor.at += found.length), found;
}
function skip(cursor, character) {
return take(cursor, SPACES), cursor.line[cursor.at] === character && (cursor.at++, !0);
}
function parseNumber(text) {
if (NUMBER.test(text)) return Number(text);
switch (text.toLowerCase()) {
case "nan": return NaN;
case "inf":
case "+inf": return Infinity;
case "-inf": return -Infinity;
default: return;
}
}
function readQuoted(cursor) {
if (!skip(cursor, "\"")) return;
let text = "";
for (;;) {
text += take(cursor, PLAIN) ?? "";
let next = cursor.line[cursor.at];
if (next === "\"") return cursor.at++, text;
let escaped = ESCAPED[cursor.line[cursor.at + 1] ?? ""];
if (next !== "\\" || escaped === void 0) return;
text += escaped, cursor.at += 2;
}
}
function readLabels(cursor) {
let labels = new Map();
if (!skip(cursor, "{")) return labels;
for (; !skip(cursor, "}");) {
if (labels.size > 0 && !skip(cursor, ",")) return;
if (skip(cursor, "}")) return labels;
take(cursor, SPACES);
let name = take(cursor, LABEL);
if (name === void 0 || labels.has(name) || !skip(cursor, "=")) return;
let value = readQuoted(cursor);
if (value === void 0) return;
labels.set(name, value);
}
return labels;
}
function readTimestamp(cursor, openMetrics) {
take(cursor, SPACES);
let rest = cursor.line.slice(cursor.at).trimEnd(), [stamp = ""] = openMetrics ? rest.split(/[ \t]*#/, 1) : [rest];
return stamp === "" ? {} : openMetrics ? NUMBER.test(stamp) ? { timestamp: Number(stamp) * 1e3 } : void 0 : /^-?\d{1,16}$/.test(stamp) ? { timestamp: Number(stamp) } : void 0;
}
function readSample(line, openMetrics) {
let cursor = {
line,
at: 0
};
take(cursor, SPACES);
let name = take(cursor, NAME), labels = name === void 0 ? void 0 : readLabels(cursor);
take(cursor, SPACES);
let value = parseNumber(take(cursor, WORD) ?? ""), time = readTimestamp(cursor, openMetrics);
if (name !== void 0 && labels !== void 0 && value !== void 0 && time !== void 0) return {
name,
labels,
value,
...time
};
}
const seriesOf = ({ name, labels }) => JSON.stringify([name, ...[...labels].sort()]);
function parseExposition(text) {
if (/^\s*</.test(text)) return { problem: "is a web page, not metrics" };
if (!text.endsWith("\n")) return { problem: "does not end with a line feed, so it may be cut off" };
let lines = text.split("\n").map((line) => line.endsWith("\r") ? line.slice(0, -1) : line), end = lines.findIndex((line) => line.trimEnd() === "# EOF");
if (end !== -1 && lines.slice(end + 1).some((line) => line.trim() !== "")) return { problem: "goes on after its `# EOF`" };
let samples = [], seen = new Set();
for (let [index, line] of lines.entries()) {
if (line.trim() === "" || line.trimStart().startsWith("#")) continue;
let sample = readSample(line, end !== -1);
if (sample === void 0) return { problem: `is no metrics text in line ${index + 1}` };
let series = seriesOf(sample);
if (seen.has(series)) return { problem: `says line ${index + 1} twice` };
seen.add(series), samples.push(sample);
}
return samples.length === 0 ? { problem: "is empty" } : { samples };
}
function expositionProvider(config, ports, options = {}) {
if (!/^\/(?!\/)/.test(config.path)) throw new InputError(`\`${config.path}\` is no path; begin it with one slash.`);
let take = taker(config), totals = runningTotals(JSON.stringify(config), options.totals);
return {
kind: "exposition",
totals: totals.save,
async measure(_window, subject) {
let reading = await read(config, subject, ports, options);
return "kind" in reading ? reading : take(reading, totals);
}
};
}
function taker(config) {
return "bad" in config ? takeCounts(selectorOf(config.bad), selectorOf(config.total)) : "histogram" in config ? takeHistogram(selectorOf(config.histogram), config.unit) : takeValue(selectorOf(config.value), config.unit);
}
function selectorOf(text) {
let { selector, problem } = parseSelector(text);
if (selector === void 0) throw new InputError(problem);
return selector;
}
async function read({ path, by }, subject, ports, { headers, deadline }) {
let { address, version } = subject;
if (address === void 0) return noData("no-address", `Version ${version} has no address of its own to read from.`);
let url = new URL(`${address.replace(/\/+$/, "")}${path}`), at = ports.clock.now(), page = await readPage(ports, {
provider: "exposition",
url,
...headers && { headers },
...deadline && { deadline }
});
if ("kind" in page) return page;
let source = placeOf(url), { samples, problem } = parseExposition(page.text);
if (samples === void 0) return noData("unparsable", `${source} ${problem}.`);
let own = by === void 0 ? samples : samples.filter(({ labels }) => labels.get(by) === version);
if (by !== void 0 && own.length === 0) return noData("other-version", otherVersions(samples, by, version, source));
let processStart = samples.find(({ name }) => name === "process_start_time_seconds")?.value;
return dated({
samples: own,
at,
subject,
source,
...processStart !== void 0 && { processStart }
}, ports.clock.now());
}
function otherVersions(samples, by, version, source) {
let found = [...new Set(samples.flatMap(({ labels }) => labels.get(by) ?? []))];
return found.length === 0 ? `${source} has no series with the label \`${by}\`; add it to the application's metrics.` : `${source} is about ${by} ${found.slice(0, 5).map((name) => `\`${name.slice(0, 40).replace(/[^\w.+-]/g, "?")}\``).join(", ")}, not \`${version}\`.`;
}
function dated(reading, now) {
let stamps = reading.samples.flatMap(({ timestamp }) => timestamp ?? []);
return stamps.reduce((a, b) => Math.max(a, b), -Infinity) > now + 5e3 ? noData("future", `${reading.source} is dated in the future.`) : {
...reading,
observedAt: stamps.reduce((a, b) => Math.min(a, b), now)
};
}
function chosen(selector, { samples, source, subject }) {
let named = samples.filter(({ name }) => name === selector.name);
if (named.length === 0) {
let message = `${source} has no series \`${selector.name}\` of version ${subject.version}; expose it from the start, at 0.`;
return noData("no-series", message);
}
let label = selector.labels.find((wanted) => named.every(({ labels }) => !labels.has(wanted)));
if (label !== void 0) return noData("no-label", `${source} has no \`${selector.name}\` with the label \`${label}\`.`);
let matching = named.filter((sample) => selector.matches(sample)), odd = matching.find(({ value }) => !Number.isFinite(value) || value < 0);
return odd ? noData("odd-number", `${source} says ${odd.value} for \`${selector.name}\`, which counts for nothing.`) : matching;
}
const sumOf = (samples) => samples.reduce((sum, { value }) => sum + value, 0);
function increaseOf(reading, totals, named) {
let { at, observedAt, subject, processStart, source } = reading, key = JSON.stringify([subject.version, subject.place ?? subject.address]), time = Math.min(at, observedAt), increase = totals.add(key, {
at: time,
totals: named,
...processStart !== void 0 && { processStart }
});
return increase.from !== void 0 && increase.from < time ? increase : increase.from === void 0 ? increase.reason === "first-look" ? noData("first-look", `${source} was read for the first time; the next look compares.`) : noData("counter-reset", `${source} counts from anew, so its process restarted; the time since the last look is not counted.`) : noData("stale", `${source} has not changed its time since the last look.`);
}
function stampOf({ at, observedAt, subject, source }, from) {
let to = Math.min(at, observedAt);
return {
window: {
from,
to
},
observedAt: to,
version: subject.version,
source
};
}
function takeCounts(bad, total) {
return (reading, totals) => {
let [badSeries, totalSeries] = [chosen(bad, reading), chosen(total, reading)];
if (isNoData(badSeries)) return badSeries;
if (isNoData(totalSeries)) return totalSeries;
if (totalSeries.length === 0) return noData("no-series", `${reading.source} has no series that \`${total.name}\` means.`);
let increase = increaseOf(reading, totals, {
bad: sumOf(badSeries),
total: sumOf(totalSeries)
});
if ("kind" in increase) return increase;
let { bad: moreBad = 0, total: more = 0 } = increase.totals;
return {
kind: "counts",
bad: moreBad,
total: more,
...stampOf(reading, increase.from)
};
};
}
function takeValue(selector, unit) {
let scale = scaleOf(selector.name, unit) ?? 1;
return (reading) => {
let series = chosen(selector, reading);
if (isNoData(series)) return series;
let [only, second] = series;
return only === void 0 ? noData("no-series", `${reading.source} has no series that \`${selector.name}\` means.`) : second ? noData("ambiguous", `${reading.source} has ${series.length} series that \`${selector.name}\` means; add matchers.`) : {
kind: "value",
value: only.value * scale,
...stampOf(reading, Math.min(reading.at, reading.observedAt))
};
};
}
function takeHistogram(selector, unit) {
let scale = scaleOf(selector.name, unit);
if (scale === void 0) throw new InputError(`\`${selector.name}\` does not end in its unit; declare \`unit: seconds\` or \`unit: milliseconds\`.`);
let part = (suffix) => ({
...selector,
name: `${selector.name}_${suffix}`,
matches: (sample) => sample.name === `${selector.name}_${suffix}` && selector.matches({
...sample,
name: selector.name
})
}), [bucket, sum] = [part("bucket"), part("sum")];
return (reading, totals) => {
let [buckets, sums] = [chosen(bucket, reading), chosen(sum, reading)];
if (isNoData(buckets)) return buckets;
if (isNoData(sums)) return sums;
let perBound = bucketTotals(buckets, sums.length);
if (perBound === void 0) return noData("odd-histogram", `${reading.source} has buckets of \`${selector.name}\` that do not fit together.`);
let increase = increaseOf(reading, totals, {
...Object.fromEntries(perBound),
sum: sumOf(sums)
});
if ("kind" in increase) return increase;
let { sum: spent = 0, ...added } = increase.totals;
return histogramOf(Object.entries(added), spent, scale, stampOf(reading, increase.from));
};
}
function bucketTotals(buckets, series) {
let perBound = new Map();
for (let sample of buckets) {
let bound = sample.labels.get("le") ?? "";
if (!isBound(bound)) return;
perBound.set(bound, [...perBound.get(bound) ?? [], sample]);
}
return perBound.has("+Inf") && [...perBound.values()].every((samples) => samples.length === series) ? new Map([...perBound].map(([bound, samples]) => [bound, sumOf(samples)])) : void 0;
}
export { expositionProvider };
