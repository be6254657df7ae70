import { _ as object, b as string, g as number, l as array, x as tuple } from "./zod.js";
import { p as InputError } from "./words.js";
import { i as below, n as askJson, r as bearer, t as apiAddress } from "./ask-json.js";
import { n as noData, t as isNoData } from "./no-data.js";
const HOUR = 36e5;
const MOST_PAGES = 10;
const projectAnswer = object({
	id: string().regex(/^\d+$/),
	slug: string()
});
const releaseAnswer = object({ version: string() });
const issuesAnswer = array(object({ id: string() }));
const eventsAnswer = object({ data: tuple([object({ "count()": number().int().nonnegative() })]) });
const sessionsAnswer = object({ groups: array(object({ totals: object({
	"sum(session)": number().nonnegative(),
	"crash_free_rate(session)": number().min(0).max(1).nullable()
}) })) });
function sentryProvider(config, ports) {
	const api = below(apiAddress(config.url, config.token), "/api/0");
	const source = `Sentry's ${config.measure} of ${config.project}`;
	const starts = new Map();
	async function ask(path, query, shape, missing) {
		const url = below(api, path, query);
		const answer = await askJson(ports, {
			provider: "sentry",
			url,
			headers: bearer(config.token)
		}, missing);
		if (isNoData(answer)) return answer;
		const parsed = shape.safeParse(answer.json);
		if (!parsed.success) return noData("unparsable", `${source}: ${url.pathname} did not answer as documented.`);
		return {
			found: parsed.data,
			headers: answer.headers
		};
	}
	async function count(about) {
		if (config.measure === "new-issues") return newIssues(about);
		return config.measure === "errors" ? errors(about) : crashFree(about);
	}
	const organization = `/organizations/${encodeURIComponent(config.organization)}`;
	const filters = ({ project }) => ({
		project,
		...config.environment !== void 0 && { environment: config.environment }
	});
	const search = (field, { release }) => `${field}:"${release}"${config.query === void 0 ? "" : ` ${config.query}`}`;
	const span = ({ since }) => ({
		start: new Date(since.from).toISOString(),
		end: new Date(since.to).toISOString()
	});
	async function errors(about) {
		const query = {
			dataset: "errors",
			field: "count()",
			query: search("release", about),
			...span(about)
		};
		const answer = await ask(`${organization}/events/`, {
			...filters(about),
			...query
		}, eventsAnswer);
		return isNoData(answer) ? answer : answer.found.data[0]["count()"];
	}
	async function newIssues(about) {
		let total = 0;
		let cursor;
		for (let page = 0; page < MOST_PAGES; page++) {
			const query = {
				query: search("firstRelease", about),
				sort: "new",
				limit: "100"
			};
			const at = {
				...filters(about),
				...query,
				...cursor !== void 0 && { cursor }
			};
			const answer = await ask(`${organization}/issues/`, at, issuesAnswer);
			if (isNoData(answer)) return answer;
			total += answer.found.length;
			cursor = nextCursor(answer.headers.get("link"));
			if (cursor === void 0) break;
		}
		return total;
	}
	async function crashFree(about) {
		if (about.since.to - about.since.from < HOUR) return noData("window-too-short", `${source} are counted by the hour, and this share began less than one ago.`);
		const url = below(api, `${organization}/sessions/`, {
			...filters(about),
			...span(about),
			query: `release:"${about.release}"`,
			interval: "1h"
		});
		for (const field of ["crash_free_rate(session)", "sum(session)"]) url.searchParams.append("field", field);
		const answer = await askJson(ports, {
			provider: "sentry",
			url,
			headers: bearer(config.token)
		});
		if (isNoData(answer)) return answer;
		const parsed = sessionsAnswer.safeParse(answer.json);
		if (!parsed.success) return noData("unparsable", `${source}: the sessions are not as documented.`);
		const [group, second] = parsed.data.groups;
		const rate = group?.totals["crash_free_rate(session)"];
		if (second !== void 0) return noData("ambiguous", `${source} come in several groups.`);
		if (rate === void 0 || rate === null || group?.totals["sum(session)"] === 0) return noData("no-traffic", `${source}: there was no session of this release yet.`);
		return rate;
	}
	async function aboutOf(release, since) {
		const slug = encodeURIComponent(config.project);
		const project = await ask(`/projects/${encodeURIComponent(config.organization)}/${slug}/`, {}, projectAnswer);
		if (isNoData(project)) return project;
		const unknown = noData("no-release", `Sentry knows no release ${release}; set this name as the application's release, or give \`release\`.`);
		const found = await ask(`${organization}/releases/${encodeURIComponent(release)}/`, {}, releaseAnswer, unknown);
		if (isNoData(found)) return found;
		return {
			project: project.found.id,
			release,
			since
		};
	}
	return {
		kind: "sentry",
		async measure(window, { version }) {
			const release = config.release.replaceAll("$version", version);
			if (/["\\\n*]/.test(release)) throw new InputError(`The release's name ${release} cannot be searched for at Sentry.`);
			const from = starts.get(version) ?? window.from;
			starts.set(version, from);
			const at = ports.clock.now();
			const about = await aboutOf(release, {
				from,
				to: Math.max(at, from + 1e3)
			});
			if (isNoData(about)) return about;
			const value = await count(about);
			if (typeof value !== "number") return value;
			return {
				kind: "value",
				value,
				window: {
					from: at,
					to: at
				},
				observedAt: at,
				version,
				source
			};
		}
	};
}
function nextCursor(link) {
	const next = link?.split(",").find((part) => /rel="next"/.test(part) && /results="true"/.test(part));
	return /cursor="([\w:.-]{1,100})"/.exec(next ?? "")?.[1];
}
export { sentryProvider };
