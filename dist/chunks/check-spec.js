import { S as union, b as string, g as number, m as literal, s as _enum, u as boolean, v as record, y as strictObject } from "./zod.js";
import { F as command, I as directory, L as duration, P as checkAddress, W as listOf, X as secretReference, Y as scalar, dt as expecting, et as sourceAddress, it as variableName, nt as textLike, pt as refusing, rt as urlPath, tt as status } from "./runbook-keys.js";
const hostName = textLike("asked-host", /^(?=.{1,253}$)(?:[A-Za-z0-9_](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$/), auditCheck = strictObject({ audit: strictObject({
level: _enum([
"low",
"moderate",
"high",
"critical"
]).meta({ description: "Fails on a known vulnerability of this level or a worse one." }),
tool: _enum([
"npm",
"pnpm",
"yarn"
]).optional(),
production: boolean().optional()
}) }), tlsCheck = strictObject({ tls: strictObject({
host: hostName.meta({ description: "The host whose certificate is looked at." }),
port: number().int().min(1).max(65535).optional(),
"valid-for": duration.optional()
}) }), records = listOf(string().min(1).max(2e3)), dnsCheck = strictObject({ dns: strictObject({
name: hostName.meta({ description: "The name that is looked up." }),
type: _enum([
"A",
"AAAA",
"CNAME",
"MX",
"NS",
"TXT"
]).default("A"),
is: records.optional(),
has: records.optional()
}).refine(({ is, has }) => is === void 0 || has === void 0, {
error: expecting("one-form"),
path: ["has"]
}) }), githubCheck = strictObject({ github: strictObject({
checks: union([literal("green"), listOf(string().min(1).max(200))], { error: expecting("checks") }).optional(),
reviews: number().int().min(1).max(20).optional(),
issues: strictObject({
label: string().min(1).max(50).meta({ description: "Issues with this label." }),
open: number().int().min(0).max(999).meta({ description: "How many may be open." })
}).optional(),
protected: textLike("name", /^[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$/).optional(),
token: secretReference.optional()
}).refine(({ checks, reviews, issues, ...rest }) => (checks ?? reviews ?? issues ?? rest.protected) !== void 0, { error: expecting("github-claim") }) }), sentryCheck = strictObject({ sentry: strictObject({
organization: textLike("slug", /^[a-z0-9][a-z0-9_-]{0,99}$/).meta({ description: "The organization's slug." }),
project: textLike("slug", /^[a-z0-9][a-z0-9_-]{0,99}$/).meta({ description: "The project's slug." }),
dsn: secretReference.optional(),
event: boolean().optional(),
token: secretReference.default("$SENTRY_AUTH_TOKEN"),
url: sourceAddress.default("https://sentry.io")
}).refine(({ event, dsn }) => event !== !0 || dsn !== void 0, {
error: expecting("sentry-dsn"),
path: ["event"]
}) }), must = boolean().optional(), envRule = strictObject({
url: _enum([
"https",
"http",
"postgres",
"redis"
]).optional(),
secret: boolean().optional(),
"min-length": number().int().min(1).max(1e4).optional(),
equals: string().max(1e3).optional(),
"differs-from": variableName.optional()
}).superRefine((rule, context) => {
rule.secret === !0 && rule.equals !== void 0 && context.addIssue(refusing({
code: "RB052",
message: "the value of a secret is written here (it is not shown)",
why: "Everybody who can read the repository can read this file.",
fix: "Remove `equals`, or `secret` when the value is none."
}, ["equals"]));
}), envContract = record(variableName, envRule.nullable().transform((rule) => rule ?? {})), answer = {
status: status.meta({ description: "The status it must answer with." }),
json: record(textLike("json-path", /^[^.\s]+(?:\.[^.\s]+){0,19}$/), scalar).optional(),
headers: record(string().regex(/^[A-Za-z0-9-]{1,100}$/), string().max(1e3)).optional(),
within: duration.optional(),
retry: duration.optional(),
must
}, runCheck = strictObject({
run: command.meta({ description: "A command; it proves its point by ending with 0." }),
within: duration.optional(),
must
}), getCheck = strictObject({
get: urlPath.meta({ description: "A path on the release that is being checked." }),
...answer
}), httpCheck = strictObject({ http: strictObject({
url: checkAddress.meta({ description: "A full address on the runbook's own site." }),
...answer
}) }), envCheck = strictObject({ env: envContract }), gitCheck = strictObject({ git: strictObject({
clean: boolean().optional(),
branch: textLike("name", /^[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$/).optional()
}) }), lintCheck = strictObject({ lint: strictObject({
directory: directory.meta({ description: "Folder with the migrations: .sql files, or folders with a migration.sql." }),
from: textLike("name", /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/).optional(),
must
}) }), check = union([
runCheck,
getCheck,
httpCheck,
envCheck,
gitCheck,
lintCheck,
auditCheck,
tlsCheck,
dnsCheck,
githubCheck,
sentryCheck
], { error: expecting("check") }), preflight = listOf(check).meta({ description: "What must hold before anything moves. Runs the repository's own code, without secrets." }), smokeTest = listOf(check).meta({ description: "What the new version must answer before it takes traffic." });
export { preflight as n, smokeTest as r, envContract as t };
