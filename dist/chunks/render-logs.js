import { _ as object, b as string, l as array, n as datetime, u as boolean } from "./zod.js";
import { i as below, n as askJson, r as bearer, t as apiAddress } from "./ask-json.js";
import { t as matchingLines } from "./matching-lines.js";
import { n as noData, t as isNoData } from "./no-data.js";
import { t as wholeMinutes } from "./whole-minutes.js";
const API = "https://api.render.com/v1";
const PER_PAGE = 100;
const MOST_PAGES = 50;
const page = object({
	hasMore: boolean(),
	nextStartTime: datetime({ offset: true }).optional(),
	nextEndTime: datetime({ offset: true }).optional(),
	logs: array(object({
		id: string(),
		message: string(),
		timestamp: datetime({ offset: true })
	}))
});
function renderLogsProvider(config, ports, api = API) {
	const { token, workspace, service } = config;
	const count = matchingLines(config);
	const source = `Render's log of ${service}`;
	const closed = wholeMinutes();
	async function ask({ from, to }) {
		const url = below(apiAddress(api, token), "/logs", {
			ownerId: workspace,
			resource: service,
			startTime: from,
			endTime: to,
			direction: "forward",
			limit: String(PER_PAGE)
		});
		for (const type of ["app", "request"]) url.searchParams.append("type", type);
		const found = await askJson(ports, {
			provider: "render",
			url,
			headers: bearer(token)
		});
		if (isNoData(found)) return found;
		const parsed = page.safeParse(found.json);
		return parsed.success ? parsed.data : noData("unparsable", `${source}: Render did not answer as documented.`);
	}
	async function linesIn(window) {
		const lines = new Map();
		let from = new Date(window.from).toISOString();
		let to = new Date(window.to).toISOString();
		for (let asked = 0; asked < MOST_PAGES; asked++) {
			const found = await ask({
				from,
				to
			});
			if (isNoData(found)) return found;
			for (const { id, message, timestamp } of found.logs) {
				const at = Date.parse(timestamp);
				if (at >= window.from && at < window.to) lines.set(id, message);
			}
			if (!found.hasMore) return [...lines.values()];
			const { nextStartTime = from, nextEndTime = to } = found;
			if (nextStartTime === from && nextEndTime === to) break;
			[from, to] = [nextStartTime, nextEndTime];
		}
		return noData("too-large", `${source} has more than 5000 lines since the last look.`);
	}
	return {
		kind: "render-logs",
		async measure(window, { version }) {
			const minutes = closed.of(window, version, ports.clock.now());
			if (isNoData(minutes)) return minutes;
			const lines = await linesIn(minutes);
			if (isNoData(lines)) return lines;
			const measured = count(lines, {
				window: minutes,
				observedAt: minutes.to,
				version,
				source
			});
			if (measured.kind !== "no-data") closed.counted(minutes, version);
			return measured;
		}
	};
}
export { renderLogsProvider };
