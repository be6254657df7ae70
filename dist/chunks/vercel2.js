import { C as unknown, _ as object, b as string, g as number, l as array, v as record } from "./zod.js";
import { i as below, n as askJson, r as bearer, t as apiAddress } from "./ask-json.js";
import { n as noData, t as isNoData } from "./no-data.js";
import { t as wholeMinutes } from "./whole-minutes.js";
const API = "https://api.vercel.com";
const REQUESTS = "vercel.request.count";
const DURATION = "vercel.function_invocation.function_duration_ms";
const MINUTE = 6e4;
const answer = object({ summary: array(object({
	dimensions: record(string(), unknown()),
	values: object({ value: number().nullish() })
})) });
function vercelMetricsProvider(config, ports, api = API) {
	const { token, project, team, measure } = config;
	const url = below(apiAddress(api, token), "/metrics/v1", team === void 0 ? {} : { teamId: team });
	const source = `Vercel's metrics of ${project}`;
	const closed = wholeMinutes();
	async function ask(metric, aggregation, { from, to }, filter) {
		const body = {
			scope: {
				...team !== void 0 && { ownerId: team },
				projectIds: [project]
			},
			timeRange: {
				start: new Date(from).toISOString(),
				end: new Date(to).toISOString()
			},
			bucketSeconds: MINUTE / 1e3,
			groupBy: ["deploymentId"],
			filter,
			metrics: { value: {
				metric,
				aggregation
			} },
			outputs: ["value"],
			seriesSelection: {
				limit: 100,
				mode: "exact",
				rankBy: [{
					metric: "value",
					direction: "desc"
				}]
			}
		};
		const found = await askJson(ports, {
			provider: "vercel",
			url,
			headers: bearer(token),
			body
		});
		if (isNoData(found)) return found;
		const parsed = answer.safeParse(found.json);
		if (!parsed.success) return noData("unparsable", `${source}: Vercel did not answer as its own command reads it.`);
		const rows = new Map();
		for (const { dimensions, values } of parsed.data.summary) {
			const { deploymentId } = dimensions;
			if (typeof deploymentId !== "string") return noData("unparsable", `${source}: a row names no deployment.`);
			if (rows.has(deploymentId)) return noData("ambiguous", `${source}: two rows of ${deploymentId}.`);
			if (typeof values.value === "number") rows.set(deploymentId, values.value);
		}
		return rows;
	}
	async function count(window, subject) {
		const production = "environment:production";
		const all = await ask(REQUESTS, "sum", window, production);
		if (isNoData(all)) return all;
		const failed = await ask(REQUESTS, "sum", window, `(httpStatus >= 500) AND (${production})`);
		if (isNoData(failed)) return failed;
		const total = of(all, subject);
		if (total === void 0) return unseen(subject);
		return {
			kind: "counts",
			bad: of(failed, subject) ?? 0,
			total,
			...stamp(window, subject)
		};
	}
	async function duration(window, subject) {
		const rows = await ask(DURATION, measure.slice(9), window, "environment:production");
		if (isNoData(rows)) return rows;
		const value = rows.get(subject.version);
		return value === void 0 ? unseen(subject) : {
			kind: "value",
			value,
			...stamp(window, subject)
		};
	}
	const of = (rows, { version, everyone }) => {
		if (everyone !== true) return rows.get(version);
		return rows.size === 0 ? void 0 : [...rows.values()].reduce((sum, value) => sum + value, 0);
	};
	const unseen = ({ version }) => noData("no-series", `${source} has no row of ${version} in these minutes; nobody asked it, or it is not known yet.`);
	const stamp = (window, { version }) => ({
		window,
		observedAt: window.to,
		version,
		source
	});
	return {
		kind: "vercel",
		async measure(window, subject) {
			const minutes = closed.of(window, subject.version, ports.clock.now());
			if (isNoData(minutes)) return minutes;
			const measured = await (measure === "errors" ? count(minutes, subject) : duration(minutes, subject));
			if (measured.kind !== "no-data") closed.counted(minutes, subject.version);
			return measured;
		}
	};
}
export { vercelMetricsProvider };
