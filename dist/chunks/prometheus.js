import { _ as object, b as string, f as discriminatedUnion, g as number, l as array, m as literal, v as record, x as tuple } from "./zod.js";
import { p as InputError, u as quote } from "./words.js";
import { t as parseSelector } from "./exposition-selector.js";
import { n as scaleOf, r as scaled } from "./series-unit.js";
import { i as below, n as askJson, r as bearer, t as apiAddress } from "./ask-json.js";
import { n as isBound, t as histogramOf } from "./buckets.js";
import { n as noData, t as isNoData } from "./no-data.js";
import { n as placeOf } from "./read-page.js";
const FORGOTTEN_AFTER = 3e5;
const instanceOf = ({ labels }) => JSON.stringify([labels["job"], labels["instance"]]);
const beginOf = (counted, start) => counted === void 0 ? start : Math.min(counted.until, ...counted.instances.values());
function addScrapes(series, start, before) {
	const scrapes = scrapesOf(series, start);
	const newest = Math.max(...[...scrapes.values()].map((times) => times.at(-1) ?? Number.NEGATIVE_INFINITY));
	if (!Number.isFinite(newest)) return noData("not-scraped", "Nothing was scraped since this share began.");
	const stretches = series.flatMap((one) => {
		const times = scrapes.get(instanceOf(one)) ?? [];
		const since = before?.instances.get(instanceOf(one)) ?? before?.until ?? start;
		return stretchesOf(one, times).filter(({ to }) => to > since);
	});
	const counted = countedAfter(scrapes, newest, before);
	if (stretches.length === 0) {
		if (before !== void 0 && newest <= before.until) return noData("not-scraped", "Nothing was scraped since the last look; look less often than it is scraped.");
		return {
			counted,
			added: noData("first-look", "One scrape only; the next one compares.")
		};
	}
	if (stretches.find(({ gain }) => gain < 0) !== void 0) return {
		counted,
		added: noData("counter-reset", "Its totals went down, so a process restarted; nothing of this look counts.")
	};
	const of = new Map(series.map((one) => [one, 0]));
	for (const { series: one, gain } of stretches) of.set(one, (of.get(one) ?? 0) + gain);
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
	const times = new Map();
	for (const one of series) {
		const seen = times.get(instanceOf(one)) ?? new Set();
		for (const { at } of one.samples) if (at >= start) seen.add(at);
		times.set(instanceOf(one), seen);
	}
	return new Map([...times].map(([instance, seen]) => [instance, [...seen].sort((a, b) => a - b)]));
}
function stretchesOf(series, times) {
	const samples = series.samples.filter(({ at }) => at >= (times[0] ?? Number.POSITIVE_INFINITY));
	return samples.flatMap(({ at: to, value }, i) => {
		const last = samples[i - 1];
		if (last !== void 0) return [{
			series,
			from: last.at,
			to,
			gain: value - last.value
		}];
		const from = times.filter((time) => time < to).at(-1);
		return from === void 0 ? [] : [{
			series,
			from,
			to,
			gain: value
		}];
	});
}
function countedAfter(scrapes, until, before) {
	const instances = new Map(before?.instances);
	for (const [instance, times] of scrapes) {
		const newest = times.at(-1);
		if (newest !== void 0) instances.set(instance, newest);
	}
	for (const [instance, at] of instances) if (at < until - FORGOTTEN_AFTER) instances.delete(instance);
	return {
		until,
		instances
	};
}
const MOST_BYTES = 16777216;
const sample = tuple([number(), string()]);
const labels = record(string(), string());
const answer = object({
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
	const api = apiAddress(config.url, config.token);
	const ask = (query, at) => askServer(ports, api, config.token, query, at);
	const take = taker(config, ask, placeOf(api));
	return {
		kind: "prometheus",
		measure: (window, subject) => take({
			window,
			subject
		})
	};
}
async function askServer(ports, api, token, query, at) {
	const url = below(api, "/api/v1/query", {
		query,
		time: (at / 1e3).toFixed(3),
		timeout: "8s"
	});
	const page = await askJson(ports, {
		provider: "prometheus",
		url,
		headers: bearer(token),
		mostBytes: MOST_BYTES
	});
	if (isNoData(page)) return page;
	const parsed = answer.safeParse(page.json);
	if (!parsed.success) return noData("unparsable", `${placeOf(url)} did not answer as Prometheus does.`);
	const { data, warnings = [] } = parsed.data;
	const [warning] = warnings;
	if (warning !== void 0) return noData("partial", `${placeOf(url)} answered in part only: ${quote(warning)}.`);
	const series = data.resultType === "vector" ? data.result.map(({ metric, value }) => seriesOf(metric, [value])) : data.result.map(({ metric, values }) => seriesOf(metric, values));
	const odd = series.find(({ samples }) => samples.some(({ value }) => !Number.isFinite(value) || value < 0));
	if (odd !== void 0) return noData("odd-number", `${placeOf(url)} has a sample of ${shown(odd)} that counts for nothing (NaN, infinite or negative).`);
	return series;
}
const seriesOf = (metric, values) => ({
	labels: metric,
	samples: values.map(([seconds, text]) => ({
		at: Math.round(seconds * 1e3),
		value: numberOf(text)
	}))
});
const numberOf = (text) => /^-?\d/.test(text) ? Number(text) : NaN;
function taker(config, ask, source) {
	if ("bad" in config) return takeCounts(chosen(config.bad, config.by), chosen(config.total, config.by), config.by, ask, source);
	if ("histogram" in config) return takeHistogram(chosen(config.histogram, config.by), config, ask, source);
	return takeValue(chosen(config.value, config.by), config, ask, source);
}
function chosen(text, by) {
	const { selector, problem } = parseSelector(text);
	if (selector === void 0) throw new InputError(problem);
	if (selector.labels.includes(by)) throw new InputError(`\`${text}\` names \`${by}\` itself; leave it out, each version is asked for by \`by\`.`);
	const inside = /\{(.*)\}/s.exec(text)?.[1] ?? "";
	return {
		name: selector.name,
		labels: selector.labels,
		inside: inside.trim().replace(/,$/, "")
	};
}
const escaped = (value) => value.replace(/[\\"]/g, "\\$&").replaceAll("\n", "\\n");
function queryOf(name, inside, by, { version, everyone }) {
	const whose = everyone === true ? `${by}!=""` : `${by}="${escaped(version)}"`;
	return `${name}{${inside === "" ? "" : `${inside},`}${whose}}`;
}
function scrapeReader(ask, source) {
	const starts = new Map();
	const memory = new Map();
	return async (queries, { window, subject }) => {
		const { version } = subject;
		const start = starts.get(version) ?? window.from;
		starts.set(version, start);
		const known = memory.get(version);
		const range = Math.max(1e3, Math.ceil(window.to - beginOf(known, start)) + 1e3);
		const answers = await Promise.all(queries.map((query) => ask(`${query}[${range}ms]`, window.to)));
		const missing = answers.find((found) => isNoData(found));
		if (missing !== void 0 && isNoData(missing)) return missing;
		const groups = answers.map((found) => isNoData(found) ? [] : found);
		const about = `${source}, version ${version}`;
		if ((groups.at(-1) ?? []).length === 0) return noData("no-series", `${about}: nothing answers \`${queries.at(-1)}\`; expose it from the start, at 0.`);
		const result = addScrapes(groups.flat(), start, known);
		if (isNoData(result)) return {
			...result,
			message: `${about}: ${result.message}`
		};
		memory.set(version, result.counted);
		const { added } = result;
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
	const read = scrapeReader(ask, source);
	return async (look) => {
		const { subject } = look;
		const queries = [bad, total].map(({ name, inside }) => queryOf(name, inside, by, subject));
		const found = await read(queries, look);
		if (isNoData(found)) return found;
		const [badSeries = [], totalSeries = []] = found.groups;
		if (badSeries.length === 0) {
			const doubt = await whyNoBad(bad, by, look, found.range, ask, source);
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
	const query = queryOf(name, wanted.map((label) => `${label}!=""`).join(","), by, subject);
	const found = await ask(`${query}[${range}ms]`, window.to);
	if (isNoData(found)) return found;
	if (found.length > 0) return void 0;
	return noData("no-series", `${source} has no \`${query}\`, so no bad event could ever show; check the names in \`bad\`.`);
}
function takeHistogram(selector, { by, unit }, ask, source) {
	const scale = scaleOf(selector.name, unit);
	if (scale === void 0) throw new InputError(`\`${selector.name}\` does not end in its unit; declare \`unit: seconds\` or \`unit: milliseconds\`.`);
	const read = scrapeReader(ask, source);
	return async (look) => {
		const { subject } = look;
		const parts = ["sum", "bucket"].map((part) => queryOf(`${selector.name}_${part}`, selector.inside, by, subject));
		const found = await read(parts, look);
		if (isNoData(found)) return found;
		const [sums = [], buckets = []] = found.groups;
		const perBound = gainsPerBound(buckets, found.added);
		if (perBound === void 0 || sums.length === 0) return noData("odd-histogram", `${source} has buckets of \`${selector.name}\` that do not fit together.`);
		return histogramOf(perBound, gained(sums, found.added), scale, stampOf(found.added, subject, source));
	};
}
function gainsPerBound(buckets, added) {
	const sets = new Map();
	const gains = new Map();
	for (const one of buckets) {
		const { le = "", ...rest } = one.labels;
		if (!isBound(le)) return void 0;
		const set = JSON.stringify(Object.entries(rest).sort());
		sets.set(set, [...sets.get(set) ?? [], le]);
		gains.set(le, (gains.get(le) ?? 0) + (added.of.get(one) ?? 0));
	}
	return gains.has("+Inf") && [...sets.values()].every((bounds) => bounds.length === gains.size) ? gains : void 0;
}
function takeValue(selector, { by, unit }, ask, source) {
	const scale = scaleOf(selector.name, unit) ?? 1;
	return async ({ window, subject }) => {
		const query = queryOf(selector.name, selector.inside, by, subject);
		const [found, times] = [await ask(query, window.to), await ask(`timestamp(${query})`, window.to)];
		if (isNoData(found)) return found;
		if (isNoData(times)) return times;
		const [only, second] = found;
		if (only === void 0) return noData("no-series", `${source} has no \`${query}\` now.`);
		if (second !== void 0) return noData("ambiguous", tooMany(found, query, source));
		const [value, time] = [only.samples[0]?.value, times[0]?.samples[0]?.value];
		if (value === void 0 || time === void 0 || times.length !== 1) return noData("no-series", `${source} has no \`${query}\` now.`);
		const observedAt = Math.round(time * 1e3);
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
	const some = found.slice(0, 3).map(shown).join(", ");
	return `${`${source} has ${found.length} series where \`${query}\` should mean one: ${some}`}. Add matchers, or a recording rule that sums them.`;
}
const shown = ({ labels: own }) => quote(Object.entries(own).filter(([name]) => name !== "__name__").map(([name, value]) => `${name}=${value}`).join(" "));
export { prometheusProvider };
