import { _ as object, b as string, g as number, l as array, x as tuple } from "./zod.js";
import { m as InputError } from "./words.js";
import { i as below, n as askJson, r as bearer, t as apiAddress } from "./ask-json.js";
import { n as noData, t as isNoData } from "./no-data.js";
const projectAnswer = object({
id: string().regex(/^\d+$/),
slug: string()
}), releaseAnswer = object({ version: string() }), issuesAnswer = array(object({ id: string() })), eventsAnswer = object({ data: tuple([object({ "count()": number().int().nonnegative() })]) }), sessionsAnswer = object({ groups: array(object({ totals: object({
"sum(session)": number().nonnegative(),
"crash_free_rate(session)": number().min(0).max(1).nullable()
}) })) });
function sentryProvider(config, ports) {
let api = below(apiAddress(config.url, config.token), "/api/0"), source = `Sentry's ${config.measure} of ${config.project}`, starts = new Map();
async function ask(path, query, shape, missing) {
let url = below(api, path, query), answer = await askJson(ports, {
provider: "sentry",
url,
headers: bearer(config.token)
}, missing);
if (isNoData(answer)) return answer;
let parsed = shape.safeParse(answer.json);
return parsed.success ? {
found: parsed.data,
headers: answer.headers
} : noData("unparsable", `${source}: ${url.pathname} did not answer as documented.`);
}
async function count(about) {
return config.measure === "new-issues" ? newIssues(about) : config.measure === "errors" ? errors(about) : crashFree(about);
}
let organization = `/organizations/${encodeURIComponent(config.organization)}`, filters = ({ project }) => ({
project,
...config.environment !== void 0 && { environment: config.environment }
}), search = (field, { release }) => `${field}:"${release}"${config.query === void 0 ? "" : ` ${config.query}`}`, span = ({ since }) => ({
start: new Date(since.from).toISOString(),
end: new Date(since.to).toISOString()
});
async function errors(about) {
let query = {
dataset: "errors",
field: "count()",
query: search("release", about),
...span(about)
}, answer = await ask(`${organization}/events/`, {
...filters(about),
...query
}, eventsAnswer);
return isNoData(answer) ? answer : answer.found.data[0]["count()"];
}
async function newIssues(about) {
let total = 0, cursor;
for (let page = 0; page < 10; page++) {
let query = {
query: search("firstRelease", about),
sort: "new",
limit: "100"
}, at = {
...filters(about),
...query,
...cursor !== void 0 && { cursor }
}, answer = await ask(`${organization}/issues/`, at, issuesAnswer);
if (isNoData(answer)) return answer;
if (total += answer.found.length, cursor = nextCursor(answer.headers.get("link")), cursor === void 0) break;
}
return total;
}
async function crashFree(about) {
if (about.since.to - about.since.from < 36e5) return noData("window-too-short", `${source} are counted by the hour, and this share began less than one ago.`);
let url = below(api, `${organization}/sessions/`, {
...filters(about),
...span(about),
query: `release:"${about.release}"`,
interval: "1h"
});
for (let field of ["crash_free_rate(session)", "sum(session)"]) url.searchParams.append("field", field);
let answer = await askJson(ports, {
provider: "sentry",
url,
headers: bearer(config.token)
});
if (isNoData(answer)) return answer;
let parsed = sessionsAnswer.safeParse(answer.json);
if (!parsed.success) return noData("unparsable", `${source}: the sessions are not as documented.`);
let [group, second] = parsed.data.groups, rate = group?.totals["crash_free_rate(session)"];
return second === void 0 ? rate == null || group?.totals["sum(session)"] === 0 ? noData("no-traffic", `${source}: there was no session of this release yet.`) : rate : noData("ambiguous", `${source} come in several groups.`);
}
async function aboutOf(release, since) {
let slug = encodeURIComponent(config.project), project = await ask(`/projects/${encodeURIComponent(config.organization)}/${slug}/`, {}, projectAnswer);
if (isNoData(project)) return project;
let unknown = noData("no-release", `Sentry knows no release ${release}; set this name as the application's release, or give \`release\`.`), found = await ask(`${organization}/releases/${encodeURIComponent(release)}/`, {}, releaseAnswer, unknown);
return isNoData(found) ? found : {
project: project.found.id,
release,
since
};
}
return {
kind: "sentry",
async measure(window, { version }) {
let release = config.release.replaceAll("$version", version);
if (/["\\\n*]/.test(release)) throw new InputError(`The release's name ${release} cannot be searched for at Sentry.`);
let from = starts.get(version) ?? window.from;
starts.set(version, from);
let at = ports.clock.now(), about = await aboutOf(release, {
from,
to: Math.max(at, from + 1e3)
});
if (isNoData(about)) return about;
let value = await count(about);
return typeof value == "number" ? {
kind: "value",
value,
window: {
from: at,
to: at
},
observedAt: at,
version,
source
} : value;
}
};
}
function nextCursor(link) {
let next = link?.split(",").find((part) => /rel="next"/.test(part) && /results="true"/.test(part));
return /cursor="([\w:.-]{1,100})"/.exec(next ?? "")?.[1];
}
export { sentryProvider };
