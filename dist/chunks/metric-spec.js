import { S as union, b as string, g as number, m as literal, s as _enum, v as record, y as strictObject } from "./zod.js";
import { F as command, G as name, L as duration, X as secretReference, et as sourceAddress, it as variableName, nt as textLike, rt as urlPath } from "./runbook-keys.js";
import { t as parseSelector } from "./exposition-selector.js";
import { t as lineProblem } from "./line-pattern.js";
import { i as seriesUnits, n as scaleOf } from "./series-unit.js";
const series = textLike("series", /^[a-zA-Z_:][\s\S]{0,499}$/).refine((text) => parseSelector(text).selector !== void 0, {
error: "series",
abort: !0
}), label = textLike("label", /^[a-zA-Z_][a-zA-Z0-9_]{0,99}$/), jsonPath = textLike("json-path", /^[^.\s]+(?:\.[^.\s]+){0,19}$/), unit = _enum(seriesUnits).optional(), nameIn = (selector) => parseSelector(selector).selector?.name ?? "", hasUnit = ({ histogram, unit }) => scaleOf(nameIn(histogram), unit) !== void 0, noUnit = {
error: "series-unit",
path: ["histogram"]
}, lastBucket = duration.optional(), textPage = {
path: urlPath.meta({ description: "Path of the metrics page." }),
by: label.optional()
}, exposition = union([
strictObject({
...textPage,
bad: series,
total: series
}),
strictObject({
...textPage,
histogram: series,
unit,
"last-bucket": lastBucket
}).refine(hasUnit, noUnit),
strictObject({
...textPage,
value: series,
unit
})
]), server = {
url: sourceAddress.meta({ description: "Where the Prometheus server answers." }),
token: secretReference.optional(),
by: label.meta({ description: "The label that tells versions apart." })
}, prometheus = union([
strictObject({
...server,
bad: series,
total: series
}),
strictObject({
...server,
histogram: series,
unit,
"last-bucket": lastBucket
}).refine(hasUnit, noUnit),
strictObject({
...server,
value: series,
unit
})
]), jsonPage = {
path: urlPath.meta({ description: "Path of the JSON page on the version itself." }),
version: jsonPath.optional(),
instance: jsonPath.optional(),
instances: number().int().min(1).max(20).optional()
}, json = union([strictObject({
...jsonPage,
bad: jsonPath,
total: jsonPath
}), strictObject({
...jsonPage,
value: jsonPath,
unit
})]), probe = strictObject({
get: urlPath.meta({ description: "A path on the version that is measured." }),
status: number().int().min(200, { error: "status" }).max(599, { error: "status" }).default(200),
requests: number().int().min(1).max(200).default(5),
within: duration.prefault("5s"),
measure: _enum(["failures", "latency"]).default("failures")
}), program = {
run: command.meta({ description: "A command as one would type it; it learns the question from SLUICE_VERSION." }),
env: record(variableName, secretReference).optional(),
within: duration.optional()
}, commandMetric = strictObject({
...program,
gives: _enum([
"counts",
"histogram",
"value"
]).meta({ description: "What the JSON it prints holds." }),
unit
}).refine(({ gives, unit }) => unit === void 0 || gives === "value", {
error: "unit-of-value",
path: ["unit"]
}), versioned = string().min(1).max(500), haproxy = strictObject({
url: sourceAddress.optional(),
login: secretReference.optional(),
socket: string().regex(/^\/[^\0\s]{1,100}$/).optional(),
via: literal("target").optional(),
backend: name.optional(),
server: versioned.optional()
}).refine(({ url, socket, via }) => [
url,
socket,
via
].filter((place) => place !== void 0).length === 1, { error: "one-place" }).refine(({ via, login, backend, server }) => via ? !(login ?? backend ?? server) : backend !== void 0, { error: "backend-or-target" }), redis = strictObject({
url: secretReference.meta({ description: "The secret with the address: redis://user:password@host:6379." }),
via: literal("target").optional(),
measure: _enum([
"misses",
"memory",
"clients"
]).meta({ description: "What is measured." })
}), question = {
database: secretReference.default("$DATABASE_MONITOR_URL"),
via: literal("target").optional(),
within: duration.optional()
}, query = string().min(1).max(4e3), sql = union([
strictObject({
...question,
value: query.meta({ description: "Gives one row with one number." }),
unit
}),
strictObject({
...question,
counts: query.regex(/\$from\b[\s\S]*\$to\b|\$to\b[\s\S]*\$from\b/, { error: "sql-window" }).meta({ description: "Gives one row with `bad` and `total` of `$from` to `$to`." })
}),
strictObject({
...question,
totals: query.meta({ description: "Gives one row with `bad` and `total` that only ever grow; what was added since the last look counts." })
})
]), log = {
...program,
lines: versioned.optional()
}, pattern = string().min(1).refine((text) => lineProblem(text) === void 0, { error: "line-pattern" }), linesOf = (place) => union([strictObject({
...place,
value: pattern.meta({ description: "Lines that match are counted." })
}), strictObject({
...place,
bad: pattern.meta({ description: "Lines that match are bad." }),
total: pattern.meta({ description: "Among the lines that match this." })
})]), logs = linesOf(log), containerLogs = linesOf({ via: literal("target").meta({ description: "Where the containers run." }) }), docker = strictObject({
container: versioned.optional(),
via: literal("target").optional(),
host: secretReference.optional(),
measure: _enum([
"memory",
"memory-bytes",
"cpu",
"restarts"
]).meta({ description: "What is measured." })
}).refine(({ container, via, host }) => via === void 0 ? container !== void 0 : !(container ?? host), { error: "one-container" }), sentry = strictObject({
url: sourceAddress.default("https://sentry.io"),
token: secretReference.default("$SENTRY_AUTH_TOKEN"),
organization: name.meta({ description: "The organization's slug." }),
project: name.meta({ description: "The project's slug." }),
release: versioned.default("$version"),
environment: name.optional(),
query: string().min(1).max(1e3).optional(),
measure: _enum([
"errors",
"new-issues",
"crash-free-sessions"
]).meta({ description: "What is measured, since the share of traffic began." })
}), page = strictObject({
path: urlPath.meta({ description: "A path on the version that is measured." }),
measure: _enum([
"load",
"fcp",
"lcp",
"tti",
"cls"
]).meta({ description: "What is measured." })
}), vercel = strictObject({
token: secretReference.default("$VERCEL_TOKEN"),
project: textLike("name", /^prj_[A-Za-z0-9]{5,60}$/).meta({ description: "The project's id." }),
team: textLike("name", /^team_[A-Za-z0-9]{5,60}$/).optional(),
measure: _enum([
"errors",
"duration-p50",
"duration-p95",
"duration-p99"
]).default("errors")
}), render = strictObject({
token: secretReference.default("$RENDER_API_KEY"),
service: textLike("name", /^srv-[a-z0-9]{10,40}$/).meta({ description: "The service." }),
measure: _enum([
"errors",
"latency-p50",
"latency-p95",
"latency-p99",
"memory",
"cpu"
]).default("errors")
}), vercelLogs = linesOf({
token: secretReference.default("$VERCEL_TOKEN"),
project: textLike("name", /^prj_[A-Za-z0-9]{5,60}$/).meta({ description: "The project's id." }),
team: textLike("name", /^team_[A-Za-z0-9]{5,60}$/).optional()
}), renderLogs = linesOf({
token: secretReference.default("$RENDER_API_KEY"),
workspace: textLike("name", /^(?:tea|own|usr)-[a-z0-9]{10,40}$/).meta({ description: "The workspace's id." }),
service: textLike("name", /^srv-[a-z0-9]{10,40}$/).meta({ description: "The service." })
}), every = {
count: _enum(["requests", "users"]).optional(),
before: union([literal("last-week"), duration]).optional()
}, metric = union([
strictObject({
exposition,
...every
}),
strictObject({
prometheus,
...every
}),
strictObject({
json,
...every
}),
strictObject({
probe,
...every
}),
strictObject({
command: commandMetric,
...every
}),
strictObject({
haproxy,
...every
}),
strictObject({
redis,
...every
}),
strictObject({
sql,
...every
}),
strictObject({
logs,
...every
}),
strictObject({
docker,
...every
}),
strictObject({
sentry,
...every
}),
strictObject({
page,
...every
}),
strictObject({
vercel,
...every
}),
strictObject({
render,
...every
}),
strictObject({
"container-logs": containerLogs,
...every
}),
strictObject({
"vercel-logs": vercelLogs,
...every
}),
strictObject({
"render-logs": renderLogs,
...every
})
]);
export { metric as n, every as t };
