import { S as union, _ as object, b as string, g as number, l as array, u as boolean } from "./zod.js";
import { i as below, n as askJson, r as bearer, t as apiAddress } from "./ask-json.js";
import { t as matchingLines } from "./matching-lines.js";
import { n as noData, t as isNoData } from "./no-data.js";
import { t as wholeMinutes } from "./whole-minutes.js";
const page = object({
hasMoreRows: boolean().optional(),
rows: array(object({
requestId: string().min(1),
timestamp: union([string(), number()]),
deploymentId: string().min(1),
requestMethod: string().optional(),
requestPath: string().optional(),
statusCode: number().optional(),
logs: array(object({
level: string().optional(),
message: string().optional()
})).optional()
}))
});
function linesOf({ requestMethod = "-", requestPath = "-", statusCode = 0, logs = [] }) {
let about = `${requestMethod} ${requestPath} ${statusCode}`;
return logs.length === 0 ? [`info ${about}`] : logs.map(({ level = "info", message = "" }) => `${level} ${about} ${message.replace(/\s+/g, " ")}`);
}
function vercelLogsProvider(config, ports, site = "https://vercel.com") {
let { token, project, team } = config, count = matchingLines(config), source = `Vercel's log of ${project}`, closed = wholeMinutes();
async function ask({ from, to }, version, number) {
let url = below(apiAddress(site, token), "/api/logs/request-logs", {
projectId: project,
...team !== void 0 && { ownerId: team },
deploymentId: version,
startDate: String(from),
endDate: String(to),
page: String(number)
}), found = await askJson(ports, {
provider: "vercel",
url,
headers: bearer(token)
});
if (isNoData(found)) return found;
let parsed = page.safeParse(found.json);
return parsed.success ? parsed.data : noData("unparsable", `${source}: Vercel did not answer as its own command reads it.`);
}
async function linesIn(window, version) {
let rows = new Map();
for (let number = 0; number < 50; number++) {
let found = await ask(window, version, number);
if (isNoData(found)) return found;
for (let row of found.rows) {
let at = typeof row.timestamp == "number" ? row.timestamp : Date.parse(row.timestamp);
if (Number.isNaN(at)) return noData("unparsable", `${source}: a request has no time.`);
if (row.deploymentId !== version) return noData("version-changed", `${source} answered with requests to ${row.deploymentId}.`);
at >= window.from && at < window.to && rows.set(row.requestId, row);
}
if (found.hasMoreRows !== !0) return [...rows.values()].flatMap(linesOf);
}
return noData("too-large", `${source} has more than 50 pages of requests since the last look.`);
}
return {
kind: "vercel-logs",
async measure(window, { version }) {
let minutes = closed.of(window, version, ports.clock.now());
if (isNoData(minutes)) return minutes;
let lines = await linesIn(minutes, version);
if (isNoData(lines)) return lines;
let measured = count(lines, {
window: minutes,
observedAt: minutes.to,
version,
source
});
return measured.kind !== "no-data" && closed.counted(minutes, version), measured;
}
};
}
export { vercelLogsProvider };
