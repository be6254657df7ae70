import { n as shapeOfMetric } from "./metric-shape.js";
async function openMetric(spec, ports, target, totals) {
if ("exposition" in spec) return (await import("./exposition.js")).expositionProvider(spec.exposition, ports, { totals });
if ("prometheus" in spec) return (await import("./prometheus.js")).prometheusProvider(spec.prometheus, ports);
if ("json" in spec) return (await import("./json.js")).jsonProvider(spec.json, ports, totals);
if ("probe" in spec) return (await import("./probe.js")).probeProvider(spec.probe, ports);
if ("command" in spec) return (await import("./command2.js")).commandProvider(spec.command, ports);
if ("haproxy" in spec) {
let { via, backend = "", ...place } = spec.haproxy, { haproxyProvider, routerProvider } = await import("./haproxy.js");
return via === void 0 ? haproxyProvider({
...place,
backend
}, ports, totals) : routerProvider(target, ports, totals);
}
if ("redis" in spec) {
let { url, via, ...redis } = spec.redis, server = {
...redis,
via,
url: await reached(url, via, target)
};
return (await import("./redis.js")).redisProvider(server, ports, totals);
}
if ("sql" in spec) {
let { database, via, ...sql } = spec.sql, question = {
...sql,
via,
database: await reached(database, via, target)
};
return (await import("./sql.js")).sqlProvider(question, ports, totals);
}
if ("logs" in spec) return (await import("./logs.js")).logsProvider(spec.logs, ports);
if ("docker" in spec) {
let ask = spec.docker.container === void 0 ? await askTarget(target) : void 0;
return (await import("./docker.js")).dockerProvider(spec.docker, ports, ask);
}
return "container-logs" in spec ? (await import("./container-logs.js")).containerLogsProvider(spec["container-logs"], await askTarget(target)) : "render-logs" in spec ? (await import("./render-logs.js")).renderLogsProvider(spec["render-logs"], ports) : "vercel-logs" in spec ? (await import("./vercel-logs.js")).vercelLogsProvider(spec["vercel-logs"], ports) : "sentry" in spec ? (await import("./sentry2.js")).sentryProvider(spec.sentry, ports) : "vercel" in spec ? (await import("./vercel2.js")).vercelMetricsProvider(spec.vercel, ports) : "render" in spec ? (await import("./render2.js")).renderMetricsProvider(spec.render, ports) : (await import("./page.js")).pageProvider(spec.page, ports);
}
async function reached(url, via, target) {
if (via === void 0) return url;
let { reachedThroughTarget } = await import("./through-target.js");
return (await reachedThroughTarget({
url,
via
}, async () => target))?.url ?? url;
}
const askTarget = async (target) => (await import("./containers.js")).containersOf(target);
function shapeOf(spec) {
let shape = shapeOfMetric(spec);
if (shape === void 0) throw Error("A metric that was accepted says nothing about what it gives.");
return shape;
}
export { shapeOf as n, openMetric as t };
