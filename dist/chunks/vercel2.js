import { C as unknown, _ as object, b as string, g as number, l as array, v as record } from "./zod.js";
import { i as below, n as askJson, r as bearer, t as apiAddress } from "./ask-json.js";
import { n as noData, t as isNoData } from "./no-data.js";
import { t as wholeMinutes } from "./whole-minutes.js";
const REQUESTS = "vercel.request.count", answer = object({ summary: array(object({
dimensions: record(string(), unknown()),
values: object({ value: number().nullish() })
})) });
function vercelMetricsProvider(config, ports, api = "https://api.vercel.com") {
let { token, project, team, measure } = config, url = below(apiAddress(api, token), "/metrics/v1", team === void 0 ? {} : { teamId: team }), source = `Vercel's metrics of ${project}`, closed = wholeMinutes();
async function ask(metric, aggregation, { from, to }, filter) {
let body = {
scope: {
...team !== void 0 && { ownerId: team },
projectIds: [project]
},
timeRange: {
start: new Date(from).toISOString(),
end: new Date(to).toISOString()
},
bucketSeconds: 60,
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
}, found = await askJson(ports, {
provider: "vercel",
url,
headers: bearer(token),
body
});
if (isNoData(found)) return found;
let parsed = answer.safeParse(found.json);
if (!parsed.success) return noData("unparsable", `${source}: Vercel did not answer as its own command reads it.`);
let rows = new Map();
for (let { dimensions, values } of parsed.data.summary) {
let { deploymentId } = dimensions;
if (typeof deploymentId != "string") return noData("unparsable", `${source}: a row names no deployment.`);
if (rows.has(deploymentId)) return noData("ambiguous", `${source}: two rows of ${deploymentId}.`);
typeof values.value == "number" && rows.set(deploymentId, values.value);
}
return rows;
}
async function count(window, subject) {
let production = "environment:production", all = await ask(REQUESTS, "sum", window, production);
if (isNoData(all)) return all;
let failed = await ask(REQUESTS, "sum", window, `(httpStatus >= 500) AND (${production})`);
if (isNoData(failed)) return failed;
let total = of(all, subject);
return total === void 0 ? unseen(subject) : {
kind: "counts",
bad: of(failed, subject) ?? 0,
total,
...stamp(window, subject)
};
}
async function duration(window, subject) {
let rows = await ask("vercel.function_invocation.function_duration_ms", measure.slice(9), window, "environment:production");
if (isNoData(rows)) return rows;
let value = rows.get(subject.version);
return value === void 0 ? unseen(subject) : {
kind: "value",
value,
...stamp(window, subject)
};
}
let of = (rows, { version, everyone }) => everyone === !0 ? rows.size === 0 ? void 0 : [...rows.values()].reduce((sum, value) => sum + value, 0) : rows.get(version), unseen = ({ version }) => noData("no-series", `${source} has no row of ${version} in these minutes; nobody asked it, or it is not known yet.`), stamp = (window, { version }) => ({
window,
observedAt: window.to,
version,
source
});
return {
kind: "vercel",
async measure(window, subject) {
let minutes = closed.of(window, subject.version, ports.clock.now());
if (isNoData(minutes)) return minutes;
let measured = await (measure === "errors" ? count(minutes, subject) : duration(minutes, subject));
return measured.kind !== "no-data" && closed.counted(minutes, subject.version), measured;
}
};
}
export { vercelMetricsProvider };
