import { _ as object, b as string, l as array, n as datetime, u as boolean } from "./zod.js";
import { i as below, n as askJson, r as bearer, t as apiAddress } from "./ask-json.js";
import { t as matchingLines } from "./matching-lines.js";
import { n as noData, t as isNoData } from "./no-data.js";
import { t as wholeMinutes } from "./whole-minutes.js";
const page = object({
hasMore: boolean(),
nextStartTime: datetime({ offset: !0 }).optional(),
nextEndTime: datetime({ offset: !0 }).optional(),
logs: array(object({
id: string(),
message: string(),
timestamp: datetime({ offset: !0 })
}))
});
function renderLogsProvider(config, ports, api = "https://api.render.com/v1") {
let { token, workspace, service } = config, count = matchingLines(config), source = `Render's log of ${service}`, closed = wholeMinutes();
async function ask({ from, to }) {
let url = below(apiAddress(api, token), "/logs", {
ownerId: workspace,
resource: service,
startTime: from,
endTime: to,
direction: "forward",
limit: "100"
});
for (let type of ["app", "request"]) url.searchParams.append("type", type);
let found = await askJson(ports, {
provider: "render",
url,
headers: bearer(token)
});
if (isNoData(found)) return found;
let parsed = page.safeParse(found.json);
return parsed.success ? parsed.data : noData("unparsable", `${source}: Render did not answer as documented.`);
}
async function linesIn(window) {
let lines = new Map(), from = new Date(window.from).toISOString(), to = new Date(window.to).toISOString();
for (let asked = 0; asked < 50; asked++) {
let found = await ask({
from,
to
});
if (isNoData(found)) return found;
for (let { id, message, timestamp } of found.logs) {
let at = Date.parse(timestamp);
at >= window.from && at < window.to && lines.set(id, message);
}
if (!found.hasMore) return [...lines.values()];
let { nextStartTime = from, nextEndTime = to } = found;
if (nextStartTime === from && nextEndTime === to) break;
[from, to] = [nextStartTime, nextEndTime];
}
return noData("too-large", `${source} has more than 5000 lines since the last look.`);
}
return {
kind: "render-logs",
async measure(window, { version }) {
let minutes = closed.of(window, version, ports.clock.now());
if (isNoData(minutes)) return minutes;
let lines = await linesIn(minutes);
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
export { renderLogsProvider };
