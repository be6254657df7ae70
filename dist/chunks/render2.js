import { _ as object, b as string, g as number, l as array, n as datetime } from "./zod.js";
import { i as below, n as askJson, r as bearer, t as apiAddress } from "./ask-json.js";
import { n as noData, t as isNoData } from "./no-data.js";
import { t as wholeMinutes } from "./whole-minutes.js";
const collection = array(object({
labels: array(object({
field: string(),
value: string()
})),
values: array(object({
timestamp: datetime({ offset: !0 }),
value: number().nonnegative()
})),
unit: string()
})), TIME = {
s: 1e3,
seconds: 1e3,
ms: 1,
milliseconds: 1
};
function renderMetricsProvider(config, ports, api = "https://api.render.com/v1") {
let { token, service, measure } = config, source = `Render's ${measure} of ${service}`, closed = wholeMinutes();
async function ask(metric, window, more) {
let url = below(apiAddress(api, token), `/metrics/${metric}`, {
resource: service,
startTime: new Date(window.from).toISOString(),
endTime: new Date(window.to).toISOString(),
resolutionSeconds: "60",
...more
}), found = await askJson(ports, {
provider: "render",
url,
headers: bearer(token)
});
if (isNoData(found)) return found;
let parsed = collection.safeParse(found.json);
return parsed.success ? parsed.data : noData("unparsable", `${source}: Render did not answer as documented.`);
}
async function count(window, version) {
let series = await ask("http-requests", window, { aggregateBy: "statusCode" });
if (isNoData(series)) return series;
let [bad, total] = [0, 0];
for (let one of series) {
let status = one.labels.find(({ field }) => field === "statusCode")?.value;
if (status === void 0 || !/^[1-5]\d\d$/.test(status)) return noData("unparsable", `${source}: a series names no status.`);
let sum = inside(one, window).reduce((all, { value }) => all + value, 0);
total += sum, status.startsWith("5") && (bad += sum);
}
return total === 0 ? noData("no-series", `${source} saw no request in these minutes.`) : {
kind: "counts",
bad,
total,
window,
observedAt: window.to,
version,
source
};
}
async function value(window, version) {
let [metric, quantile] = measure.split("-p"), series = quantile === void 0 ? await ask(measure, window, {}) : await ask(`http-${metric}`, window, { quantile: `0.${quantile}` });
if (isNoData(series)) return series;
let found = series.flatMap((one) => inside(one, window).map(({ value: amount }) => ({
amount,
unit: one.unit
})));
if (found.length === 0) return noData("no-series", `${source} has no number of these minutes.`);
let factor = quantile === void 0 ? 1 : TIME[found[0]?.unit ?? ""];
return factor === void 0 || found.some(({ unit }) => unit !== found[0]?.unit) ? noData("odd-number", `${source} is in the unit ${JSON.stringify(found[0]?.unit)}, which is no time.`) : {
kind: "value",
value: Math.max(...found.map(({ amount }) => amount)) * factor,
window,
observedAt: window.to,
version,
source
};
}
return {
kind: "render",
async measure(window, { version }) {
let minutes = closed.of(window, version, ports.clock.now());
if (isNoData(minutes)) return minutes;
let measured = await (measure === "errors" ? count(minutes, version) : value(minutes, version));
return measured.kind !== "no-data" && closed.counted(minutes, version), measured;
}
};
}
const inside = ({ values }, { from, to }) => values.filter(({ timestamp }) => Date.parse(timestamp) >= from && Date.parse(timestamp) < to);
export { renderMetricsProvider };
