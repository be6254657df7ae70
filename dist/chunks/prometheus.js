import { _ as object, b as string, f as discriminatedUnion, g as number, l as array, m as literal, v as record, x as tuple } from "./zod.js";
import { d as quote, m as InputError } from "./words.js";
import { t as parseSelector } from "./exposition-selector.js";
import { n as scaleOf, r as scaled } from "./series-unit.js";
import { i as below, n as askJson, r as bearer, t as apiAddress } from "./ask-json.js";
import { n as isBound, t as histogramOf } from "./buckets.js";
import { n as noData, t as isNoData } from "./no-data.js";
import { n as placeOf } from "./read-page.js";
const instanceOf = ({ labels }) => JSON.stringify([labels.job, labels.instance]), beginOf = (counted, start) => counted === void 0 ? start : Math.min(counted.until, ...counted.instances.values());
function addScrapes(series, start, before) {
let scrapes = scrapesOf(series, start), newest = Math.max(...[...scrapes.values()].map((times) => times.at(-1) ?? -Infinity));
if (!Number.isFinite(newest)) return noData("not-scraped", "Nothing was scraped since this share began.");
let stretches = series.flatMap((one) => {
let times = scrapes.get(instanceOf(one)) ?? [], since = before?.instances.get(instanceOf(one)) ?? before?.until ?? start;
return stretchesOf(one, times).filter(({ to }) => to > since);
}), counted = countedAfter(scrapes, newest, before);
if (stretches.length === 0) return before !== void 0 && newest <= before.until ? noData("not-scraped", "Nothing was scraped since the last look; look less often than it is scraped.") : {
counted,
added: noData("first-look", "One scrape only; the next one compares.")
};
if (stretches.find(({ gain }) => gain < 0) !== void 0) return {
counted,
added: noData("counter-reset", "Its totals went down, so a process restarted; nothing of this look counts.")
};
let of = new Map(series.map((one) => [one, 0]));
for (let { series: one, gain } of stretches) of.set(one, (of.get(one) ?? 0) + gain);
return {
counted,
added: {
from: before?.until ?? Math.min(...stretches.map((stretch) => stretch.from)),
to: newest,
of
}
};
}
function scrapesOf(series, start) {
let times = new Map();
for (let one of series) {
let seen = times.get(instanceOf(one)) ?? new Set();
for (let { at } of one.samples) at >= start && seen.add(at);
times.set(instanceOf(one), seen);
}
return new Map([...times].map(([instance, seen]) => [instance, [...seen].sort((a, b) => a - b)]));
}
function stretchesOf(series, times) {
let samples = series.samples.filter(({ at }) => at >= (times[0] ?? Infinity));
return samples.flatMap(({ at: to, value }, i) => {
let last = samples[i - 1];
if (last !== void 0) return [{
series,
from: last.at,
to,
gain: value - last.value
}];
let from = times.filter((time) => time < to).at(-1);
return from === void 0 ? [] : [{
series,
from,
to,
gain: value
}];
});
}
function countedAfter(scrapes, until, before) {
let instances = new Map(before?.instances);
for (let [instance, times] of scrapes) {
let newest = times.at(-1);
newest !== void 0 && instances.set(instance, newest);
}
for (let [instance, at] of instances) at < until - 3e5 && instances.delete(instance);
return {
until,
instances
};
}
const sample = tuple([number(), string()]), labels = record(string(), string()), answer = object({
status: literal("success"),
warnings: array(string()).optional(),
data: discriminatedUnion("resultType", [object({
resultType: literal("vector"),
result: array(object({
metric: labels,
value: sample
}))
}), object({
resultType: literal("matrix"),
result: array(object({
metric: labels,
values: array(sample)
}))
})])
});
function prometheusProvider(config, ports) {
let api = apiAddress(config.url, config.token), take = taker(config, (query, at) => askServer(ports, api, config.token, query, at), placeOf(api));
return {
kind: "prometheus",
measure: (window, subject) => take({
window,
subject
})
};
}
async function askServer(ports, api, token, query, at) {
let url = below(api, "/api/v1/query", {
query,
time: (at / 1e3).toFixed(3),
timeout: "8s"
}), page = await askJson(ports, {
provider: "prometheus",
url,
headers: bearer(token),
mostBytes: 16777216
});
if (isNoData(page)) return page;
let parsed = answer.safeParse(page.json);
if (!parsed.success) return noData("unparsable", `${placeOf(url)} did not answer as Prometheus does.`);
let { data, warnings = [] } = parsed.data, [warning] = warnings;
if (warning !== void 0) return noData("partial", `${placeOf(url)} answered in part only: ${quote(warning)}.`);
let series = data.resultType === "vector" ? data.result.map(({ metric, value }) => seriesOf(metric, [value])) : data.result.map(({ metric, values }) => seriesOf(metric, values)), odd = series.find(({ samples }) => samples.some(({ value }) => !Number.isFinite(value) || value < 0));
return odd === void 0 ? series : noData("odd-number", `${placeOf(url)} has a sample of ${shown(odd)} that counts for nothing (NaN, infinite or negative).`);
}
const seriesOf = (metric, values) => ({
labels: metric,
samples: values.map(([seconds, text]) => ({
at: Math.round(seconds * 1e3),
value: numberOf(text)
}))
}), numberOf = (text) => /^-?\d/.test(text) ? Number(text) : NaN;
function taker(config, ask, source) {
return "bad" in config ? takeCounts(chosen(config.bad, config.by), chosen(config.total, config.by), config.by, ask, source) : "histogram" in config ? takeHistogram(chosen(config.histogram, config.by), config, ask, source) : takeValue(chosen(config.value, config.by), config, ask, source);
}
function chosen(text, by) {
let { selector, problem } = parseSelector(text);
if (selector === void 0) throw new InputError(problem);
if (selector.labels.includes(by)) throw new InputError(`\`${text}\` names \`${by}\` itself; leave it out, each version is asked for by \`by\`.`);
let inside = /\{(.*)\}/s.exec(text)?.[1] ?? "";
return {
name: selector.name,
labels: selector.labels,
inside: inside.trim().replace(/,$/, "")
};
}
const escaped = (value) => value.replace(/[\\"]/g, "\\$&").replaceAll("\n", "\\n");
function queryOf(name, inside, by, { version, everyone }) {
let whose = everyone === !0 ? `${by}!=""` : `${by}="${escaped(version)}"`;
return `${name}{${inside === "" ? "" : `${inside},`}${whose}}`;
}
function scrapeReader(ask, source) {
let starts = new Map(), memory = new Map();
return async (queries, { window, subject }) => {
let { version } = subject, start = starts.get(version) ?? window.from;
starts.set(version, start);
let known = memory.get(version), range = Math.max(1e3, Math.ceil(window.to - beginOf(known, start)) + 1e3), answers = await Promise.all(queries.map((query) => ask(`${query}[${range}ms]`, window.to))), missing = answers.find((found) => isNoData(found));
if (missing !== void 0 && isNoData(missing)) return missing;
let groups = answers.map((found) => isNoData(found) ? [] : found), about = `${source}, version ${version}`;
if ((groups.at(-1) ?? []).length === 0) return noData("no-series", `${about}: nothing answers \`${queries.at(-1)}\`; expose it from the start, at 0.`);
let result = addScrapes(groups.flat(), start, known);
if (isNoData(result)) return {
...result,
message: `${about}: ${result.message}`
};
memory.set(version, result.counted);
let { added } = result;
return isNoData(added) ? {
...added,
message: `${about}: ${added.message}`
} : {
groups,
added,
range
};
};
}
function stampOf({ from, to }, subject, source) {
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
const gained = (series, { of }) => series.reduce((sum, one) => sum + (of.get(one) ?? 0), 0);
function takeCounts(bad, total, by, ask, source) {
let read = scrapeReader(ask, source);
return async (look) => {
let { subject } = look, queries = [bad, total].map(({ name, inside }) => queryOf(name, inside, by, subject)), found = await read(queries, look);
if (isNoData(found)) return found;
let [badSeries = [], totalSeries = []] = found.groups;
if (badSeries.length === 0) {
let doubt = await whyNoBad(bad, by, look, found.range, ask, source);
if (doubt !== void 0) return doubt;
}
return {
kind: "counts",
bad: gained(badSeries, found.added),
total: gained(totalSeries, found.added),
...stampOf(found.added, subject, source)
};
};
}
async function whyNoBad({ name, labels: wanted }, by, { window, subject }, range, ask, source) {
let query = queryOf(name, wanted.map((label) => `${label}!=""`).join(","), by, subject), found = await ask(`${query}[${range}ms]`, window.to);
if (isNoData(found)) return found;
if (!(found.length > 0)) return noData("no-series", `${source} has no \`${query}\`, so no bad event could ever show; check the names in \`bad\`.`);
}
function takeHistogram(selector, { by, unit }, ask, source) {
let scale = scaleOf(selector.name, unit);
if (scale === void 0) throw new InputError(`\`${selector.name}\` does not end in its unit; declare \`unit: seconds\` or \`unit: milliseconds\`.`);
let read = scrapeReader(ask, source);
return async (look) => {
let { subject } = look, parts = ["sum", "bucket"].map((part) => queryOf(`${selector.name}_${part}`, selector.inside, by, subject)), found = await read(parts, look);
if (isNoData(found)) return found;
let [sums = [], buckets = []] = found.groups, perBound = gainsPerBound(buckets, found.added);
return perBound === void 0 || sums.length === 0 ? noData("odd-histogram", `${source} has buckets of \`${selector.name}\` that do not fit together.`) : histogramOf(perBound, gained(sums, found.added), scale, stampOf(found.added, subject, source));
};
}
function gainsPerBound(buckets, added) {
let sets = new Map(), gains = new Map();
for (let one of buckets) {
let { le = "", ...rest } = one.labels;
if (!isBound(le)) return;
let set = JSON.stringify(Object.entries(rest).sort());
sets.set(set, [...sets.get(set) ?? [], le]), gains.set(le, (gains.get(le) ?? 0) + (added.of.get(one) ?? 0));
}
return gains.has("+Inf") && [...sets.values()].every((bounds) => bounds.length === gains.size) ? gains : void 0;
}
function takeValue(selector, { by, unit }, ask, source) {
let scale = scaleOf(selector.name, unit) ?? 1;
return async ({ window, subject }) => {
let query = queryOf(selector.name, selector.inside, by, subject), [found, times] = [await ask(query, window.to), await ask(`timestamp(${query})`, window.to)];
if (isNoData(found)) return found;
if (isNoData(times)) return times;
let [only, second] = found;
if (only === void 0) return noData("no-series", `${source} has no \`${query}\` now.`);
if (second !== void 0) return noData("ambiguous", tooMany(found, query, source));
let [value, time] = [only.samples[0]?.value, times[0]?.samples[0]?.value];
if (value === void 0 || time === void 0 || times.length !== 1) return noData("no-series", `${source} has no \`${query}\` now.`);
let observedAt = Math.round(time * 1e3);
return {
kind: "value",
value: scaled(value, scale),
...stampOf({
from: observedAt,
to: observedAt,
of: new Map()
}, subject, source)
};
};
}
function tooMany(found, query, source) {
let some = found.slice(0, 3).map(shown).join(", ");
return `${`${source} has ${found.length} series where \`${query}\` should mean one: ${some}`}. Add matchers, or a recording rule that sums them.`;
}
const shown = ({ labels: own }) => quote(Object.entries(own).filter(([name]) => name !== "__name__").map(([name, value]) => `${name}=${value}`).join(" "));
export { prometheusProvider };
