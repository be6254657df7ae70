import { E as NEVER, S as union, b as string, c as _null, g as number, l as array, m as literal, p as int, s as _enum, u as boolean, v as record, y as strictObject } from "./zod.js";
import { C as parseQuantity, D as parseDuration, E as formatDuration, S as parsePercentage, T as DURATION_EXAMPLES, l as problemAt, m as InputError, s as formatProblems, u as sortProblems, w as nearName, x as UNIT_NAMES } from "./words.js";
import path from "node:path";
function sha256(text) {
let { createHash } = process.getBuiltinModule("node:crypto");
return createHash("sha256").update(text).digest("hex");
}
const approvalRule = strictObject({
by: record(string(), array(string()).min(1)),
minimum: number().int().positive()
}), approval = strictObject({
stage: string(),
role: string(),
actor: string(),
digest: string(),
at: number()
});
function approvalDigest(commit, runbookHash, proven) {
return sha256(JSON.stringify([
commit,
runbookHash,
proven
])).slice(0, 16);
}
const rolesOf = ({ by }, login, teams = []) => {
let names = new Set([login, ...teams].map((known) => known.toLowerCase()));
return Object.entries(by).filter(([, people]) => people.some((person) => names.has(person.toLowerCase()))).map(([role]) => role);
}, mayHave = (rule, { actor, role }) => rolesOf(rule, actor).includes(role) || (rule.by[role] ?? []).some((person) => person.startsWith("@"));
function countApprovals(rule, approvals, stage, digest) {
let counted = approvals.filter((given) => given.stage === stage && given.digest === digest && mayHave(rule, given)), people = [...new Set(counted.map(({ actor }) => actor.toLowerCase()))], granted = people.length >= rule.minimum, roles = Object.entries(rule.by).map(([role, logins]) => `${role} (${logins.join(", ")})`);
return {
granted,
people,
message: granted ? `Approved by ${people.join(" and ")}.` : `${people.length} of ${rule.minimum} approvals for stage ${stage}${people.length === 0 ? "" : ` (${people.join(", ")})`}; comment \`/approve\` as one of ${roles.join(", ")}.`
};
}
const expectations = {
duration: {
code: "RB036",
expected: `a duration such as ${DURATION_EXAMPLES}`,
why: "A number alone does not say whether it means seconds or minutes.",
fix: "Write whole numbers with their units, largest first: d, h, m, s or ms, more than zero and at most 90d."
},
"tick-source": {
code: "RB072",
expected: "one of chain, wait-timer, cron, external",
why: "Somebody has to look again while a release waits for longer than a job may.",
fix: "Write chain to let each tick start the next one, wait-timer where the plan has environments with timers, or cron or external."
},
"new-commit": {
code: "RB073",
expected: "one of wait-latest, replace, refuse",
why: "A push may come while a release holds a share for days.",
fix: "Write wait-latest to begin the newest commit when that release has ended, replace to end it first, or refuse."
},
percentage: {
code: "RB031",
expected: "a whole percentage from 1% to 100%",
why: "Platforms divide traffic in whole percents, and a share of nothing proves nothing.",
fix: "Write a whole number with its sign, such as 5%."
},
person: {
code: "RB029",
expected: "a GitHub login such as ada, or a team such as @organisation/team",
why: "Whoever comments is compared with this list.",
fix: "Write the login without `@`, or the team with its organisation."
},
"watch-pace": {
code: "RB029",
expected: "a pace such as `every 1m for 1h` or `every 5m until 8h`",
why: "`for` lasts from where the line before it ended, `until` counts from the beginning of the watch.",
fix: "Write each line as `every TIME for TIME` or `every TIME until TIME`, each later than the one before it."
},
around: {
code: "RB029",
expected: "one of backup, migrate, configure, pause, deploy",
why: "Maintenance is for the steps that change something and give no traffic.",
fix: "Write `around: migrate`."
},
freeze: {
code: "RB029",
expected: "a window such as `Fri 16:00 - Mon 08:00 Europe/Madrid`",
why: "Two moments of the week and the place whose clocks they are on.",
fix: "Write days as Mon, Tue, Wed, Thu, Fri, Sat, Sun, times as HH:MM, and a time zone such as Europe/Madrid or UTC."
},
"signature-after": {
code: "RB029",
expected: "`deploy`, or a duration such as 24h",
why: "A signature is worth something once there is something to look at.",
fix: "Write `after: deploy`, or how long after the last stage, such as `after: 24h`."
},
"percent-sign": {
code: "RB035",
expected: "a percentage with its sign",
why: "A bare number may mean a percentage or a ratio (1 is 100 %).",
fix: "Add the percent sign, such as 5%."
},
size: {
code: "RB038",
expected: "a size such as 20GB",
why: "A number alone does not say whether it counts bytes, rows or tables.",
fix: "Write a number with its unit, MB or GB, more than zero, such as 20GB."
},
rate: {
code: "RB038",
expected: "a rate such as 50/s",
why: "Load is offered at a fixed number of requests a second.",
fix: "Write a number with its unit, more than zero and at most 5000/s, such as 50/s."
},
header: {
code: "RB052",
expected: "a header's value in one line, or a variable such as $API_KEY by itself",
why: "A variable inside of a longer text is not replaced, and would be sent as its name.",
fix: "Put the whole value into a variable and write its name here, such as $API_KEY."
},
method: {
code: "RB029",
expected: "one of GET, HEAD, POST, PUT, PATCH, DELETE",
why: "A request is sent exactly as it is written here.",
fix: "Write the method in capitals, such as GET."
},
version: {
code: "RB057",
expected: "the format version 1",
why: "This release of Sluice reads runbooks of version 1 only.",
fix: "Write `runbook: 1`; for a newer format use a newer release of Sluice."
},
name: {
code: "RB029",
expected: "a name of at most 60 letters, digits and single dots, dashes or underscores between them",
why: "Names become parts of git refs, log lines and addresses.",
fix: "Use plain ASCII letters and digits, such as `quickstart` or `release-1`."
},
"plan-hash": {
code: "RB029",
expected: "the hash of a migration plan, 64 hexadecimal digits, or a variable with it",
why: "Only the very plan that was approved may be applied.",
fix: "Copy the hash that the plan printed."
},
"metric-name": {
code: "RB029",
expected: "a metric name in lower case with dashes",
why: "Limits refer to metrics by this name.",
fix: "Write it like `error-rate` or `latency`."
},
"flag-name": {
code: "RB029",
expected: "the name of a flag: a variable in capitals, or a name such as voice-system",
why: "Variables are given to the versions; other flags are set by the commands under the runbook's `flags`.",
fix: "Write NEXT_PUBLIC_ENABLE_VOICE for a variable, or voice-system for a flag that a command sets."
},
"flag-value": {
code: "RB029",
expected: "the value of a flag, such as true or 25%",
why: "Flags are written in the open and into the record; they are no secrets and name none.",
fix: "Write the value itself in one line; use `configure` for what is a secret."
},
"git-ref": {
code: "RB029",
expected: "a tag, a branch or a commit, such as v1.4.0",
why: "It is looked up in the repository when the release begins, and pinned then.",
fix: "Write its name without blanks, such as `ref: v1.4.0`."
},
"variable-name": {
code: "RB029",
expected: "the name of a variable in capitals, such as DATABASE_URL",
why: "GitHub and shells accept only capitals, digits and underscores here.",
fix: "Use capitals, digits and underscores, beginning with a letter."
},
reference: {
code: "RB052",
expected: "the name of a secret, such as $DATABASE_URL",
why: "Secrets are named in a runbook, never written: everybody who can read the repository can read this file.",
fix: "Put the value into a GitHub secret and write its name here with a dollar sign, in capitals."
},
"render-service": {
code: "RB029",
expected: "the id of a service on Render, such as srv-cukd2nd6l47c73f2v3t0",
why: "A deploy (dep-) or a project (prj-) is not what takes traffic.",
fix: "Copy the part that begins with srv- from the address of the service's page."
},
"render-image": {
code: "RB029",
expected: "an image whose tag names the commit, such as ghcr.io/acme/api:$commit",
why: "Without the commit in its tag nobody could tell which version an image holds.",
fix: "Push images with the commit's full sha as their tag and write $commit in its place."
},
"asked-host": {
code: "RB050",
expected: "a host name such as shop.example.com",
why: "It is asked as it stands: no scheme, no port, no path.",
fix: "Write only the name."
},
"one-form": {
code: "RB029",
expected: "either `is` or `has`",
why: "`is` allows no other record, `has` does.",
fix: "Keep the one that you mean."
},
checks: {
code: "RB029",
expected: "`green`, or a list of names of checks",
why: "Either all checks of the commit count, or those that are named.",
fix: "Write `checks: green` or `checks: [test, lint]`."
},
"github-claim": {
code: "RB029",
expected: "at least one of `checks`, `reviews`, `issues` and `protected`",
why: "A check without a claim would always pass.",
fix: "Write what must hold, such as `checks: green`."
},
slug: {
code: "RB029",
expected: "a slug in lower case, as it stands in the address of the page",
why: "Sentry names organizations and projects by it in its API.",
fix: "Copy it from the address: https://acme.sentry.io/projects/shop has `acme` and `shop`."
},
"sentry-dsn": {
code: "RB029",
expected: "`event` beside a `dsn`",
why: "A test event is sent to the DSN.",
fix: "Add `dsn: $SENTRY_DSN`."
},
site: {
code: "RB050",
expected: "the https address of the site, such as https://example.com, or a variable such as $APP_URL",
why: "Checks send requests only to this address, so it must be one host, spelled plainly, without user or query.",
fix: "Write scheme and host name, nothing after them; http is for 127.0.0.1 and localhost only."
},
"host-name": {
code: "RB053",
expected: "a host name such as foco.mx, or a variable such as $DOMAIN",
why: "What answers under this name is what production serves.",
fix: "Write the bare name in lower case, without https:// and without a path."
},
"vercel-project": {
code: "RB054",
expected: "a project's id such as prj_Ab12Cd34, or a variable such as $VERCEL_PROJECT_ID",
why: "A name can be given to another project later, and a deployment's id is no project.",
fix: "Copy the id that begins with prj_ from the project's Settings, General."
},
"vercel-team": {
code: "RB055",
expected: "a team's id such as team_Ab12Cd34, or a variable such as $VERCEL_ORG_ID",
why: "Vercel answers with the projects of the team that is asked for, and of no other.",
fix: "Copy the id that begins with team_ from the team's Settings, General."
},
"admin-address": {
code: "RB050",
expected: "an http address of this machine such as http://127.0.0.1:8080, or a variable such as $LOCAL_ADMIN",
why: "Whoever reaches this address can move traffic.",
fix: "Name the variable that holds the address, such as $LOCAL_ADMIN."
},
"source-address": {
code: "RB050",
expected: "the https address of a metrics source, or a variable such as $PROMETHEUS_URL",
why: "The numbers a release is judged by come from here, and a credential may travel there.",
fix: "Write scheme, host and path without user or query; http is for 127.0.0.1 and localhost only."
},
"sql-window": {
code: "RB029",
expected: "a query bounded by $from and $to",
why: "Without the window every look would count the same events again.",
fix: "Add for example `where at >= $from and at < $to`."
},
"series-unit": {
code: "RB029",
expected: "a series whose name ends in its unit, or `unit` beside it",
why: "A bound of 0.5 may mean seconds or milliseconds, and limits name their unit.",
fix: "Add `unit: seconds` or `unit: milliseconds`."
},
"unit-of-value": {
code: "RB029",
expected: "`unit` only beside `gives: value`",
why: "Counts have no unit, and the bounds of buckets are milliseconds.",
fix: "Remove `unit`."
},
"line-pattern": {
code: "RB029",
expected: "a regular expression without look-around, back-references and repeated groups",
why: "Log lines come from outside; some patterns take forever on a line made for it.",
fix: "Write it plainer, such as `ERROR|FATAL`."
},
"one-container": {
code: "RB029",
expected: "either `container` or `via: target`, and `host` beside `container` only",
why: "A container is found by its name at a daemon, or by its version on the target's hosts.",
fix: "Write `{ via: target, measure: memory }`, or `{ container: app-$version, measure: memory }`."
},
"one-place": {
code: "RB029",
expected: "either `url`, `socket` or `via: target`",
why: "The numbers are read from one place.",
fix: "Keep the one that this job can reach."
},
"backend-or-target": {
code: "RB029",
expected: "`backend` beside `url` or `socket`, and `via: target` alone",
why: "The target knows its own backend, and in which slot a version runs.",
fix: "Write `{ via: target }`, or `{ url: https://proxy.example.com/stats, backend: web }`."
},
label: {
code: "RB029",
expected: "the name of a label, such as version",
why: "Versions are told apart by this label.",
fix: "Use letters, digits and underscores, as the label is called at its source."
},
"check-address": {
code: "RB050",
expected: "an https address without user, password or fragment",
why: "A check sends a request there from a machine that may reach more than the public does.",
fix: "Write a full address such as https://example.com/api/health, or only a path with `get:`."
},
path: {
code: "RB029",
expected: "a path that begins with one slash, such as /api/health",
why: "The host comes from the release itself, so that a check cannot ask another server.",
fix: "Leave scheme and host away and begin with a slash."
},
"host-destination": {
code: "RB029",
expected: "a host such as deploy@web-1.example.com, `local`, or a variable such as $WEB_1",
why: "Commands run there as this user, over one SSH connection.",
fix: "Write user, @ and host name, with :port where it is not 22."
},
"image-name": {
code: "RB029",
expected: "an image's name without a tag, such as ghcr.io/acme/backend",
why: "The tag is the commit that is released, and what runs is pinned by its digest.",
fix: "Leave the tag away and write the name in lower case."
},
"host-path": {
code: "RB029",
expected: "an absolute path on the host, such as /run/haproxy/admin.sock",
why: "Where a relative path begins depends on who logs in.",
fix: "Write the whole path, without `..`."
},
"slot-address": {
code: "RB050",
expected: "an https address in which $slot may stand for the slot's name, such as https://$slot.example.com",
why: "Checks of the new version send their requests there.",
fix: "Write scheme and host name, nothing after them."
},
"two-slots": {
code: "RB060",
expected: "two slots at least",
why: "A new version starts beside the one that serves; there has to be room for both.",
fix: "Name HAProxy's servers and their ports, such as `{ blue: 8101, green: 8102 }`."
},
directory: {
code: "RB025",
expected: "a path inside the repository",
why: "Absolute paths and `..` lead out of the commit that is released.",
fix: "Write it relative to the repository's root with forward slashes, such as `migrations`."
},
command: {
code: "RB029",
expected: "a shell command",
why: "An empty command always succeeds and proves nothing.",
fix: "Write the command as you would type it, such as `npm test`."
},
limit: {
code: "RB041",
expected: "a limit such as `error-rate < 1%`",
why: "A limit says in one line what must hold.",
fix: "Write metric, comparison, value and unit, such as `error-rate < 1%` or `p95 < 250ms`."
},
series: {
code: "RB029",
expected: "the name of a series, such as http_requests_total",
why: "The numbers are looked up by this name on the metrics page.",
fix: "Copy the series' name from the page, with labels in braces where only some of it counts."
},
status: {
code: "RB029",
expected: "an HTTP status from 200 to 599",
why: "A check that expects no particular status passes on an error page too.",
fix: "Write the status the page must answer with, such as 200."
},
"json-path": {
code: "RB029",
expected: "names joined by dots, such as services.database",
why: "The value is looked up name by name in the JSON answer.",
fix: "Join the names by single dots."
},
scalar: {
code: "RB029",
expected: "a text, a number, true, false or null",
why: "The value in the answer is compared with this one.",
fix: "Name the inner value by its path, such as `services.database: true`."
},
"notice-event": {
code: "RB029",
expected: "one of started, held, rolled-back, halted, finished, failed, interrupted, locked, unlocked",
why: "Nobody would ever be told about anything else.",
fix: "Write the names of the events as a list, such as [started, rolled-back, finished]."
},
check: {
code: "RB047",
expected: "a check that begins with run, get, http, env, git, lint, audit, tls, dns, github or sentry",
why: "Each line of the list proves one thing.",
fix: "Write for example `- run: npm test` or `- { get: /api/health, status: 200 }`."
},
"age-recipient": {
code: "RB061",
expected: "a public age key (X25519), which is age1 and 58 more characters",
why: "A private key or a passphrase in this file would open every backup to whoever reads it.",
fix: "Run `age-keygen -o key.txt`, keep key.txt away from here, and write the public key it prints."
},
"at-least-one": {
code: "RB060",
expected: "at least one entry",
why: "An empty list proves nothing, and nothing may pass unproven.",
fix: "Add an entry, or remove the key."
}
}, isExpectation = (name) => Object.hasOwn(expectations, name), expecting = (name) => (issue) => issue.input === void 0 ? void 0 : name, refusing = (refusal, path = []) => ({
code: "custom",
message: refusal.message,
path,
params: { refusal }
}), COMPARISONS = [
"<",
"<=",
">",
">=",
"="
], PERCENTILES = [
"p50",
"p75",
"p90",
"p95",
"p99"
], AGGREGATES = [
"mean",
...PERCENTILES,
"max",
"growth"
], RIVALS = ["stable", "before"], keeps = {
"<": (value, bound) => value < bound,
"<=": (value, bound) => value <= bound,
">": (value, bound) => value > bound,
">=": (value, bound) => value >= bound,
"=": (value, bound) => value === bound
}, BUILT_IN = new Map([
["error-rate", {
dimension: "share",
good: "low"
}],
["availability", {
dimension: "share",
good: "high"
}],
["checks", {
dimension: "share",
good: "high"
}],
["health", {
dimension: "share",
good: "high"
}],
["latency", {
dimension: "time",
good: "low"
}],
["throughput", {
dimension: "per-second",
good: "either"
}],
["restarts", {
dimension: "number",
good: "low"
}]
]), EXAMPLE = {
share: "1%",
points: "+0.5pp",
factor: "1.5x",
time: "500ms",
size: "512MB",
"per-second": "50/s",
"share-per-hour": "2%/h",
number: "3"
}, GRAMMAR = "`<metric> [aggregate] [vs stable | vs before] <op> <value><unit> [for <duration>]`", isOneOf = (list, text) => list.some((item) => item === text), quoted = (items) => items.map((item) => `\`${item}\``).join(", "), didYouMean = (near, otherwise) => near === void 0 ? otherwise : `Did you mean \`${near}\`?`;
function newReader(text) {
let tokens = [...text.matchAll(/[<>=!≤≥]+|[^\s<>=!≤≥]+/g)].map((m) => ({
text: m[0],
at: m.index
})), end = text.trimEnd().length, problems = [], next = 0, peek = () => tokens[next]?.text, take = () => tokens[next++];
return {
problems,
peek,
take,
skip: (word) => peek() === word ? take() : void 0,
problem: (token, message, hint) => problems.push({
at: token?.at ?? end,
length: token?.text.length ?? 0,
message,
hint
})
};
}
function readMetric(reader, declared) {
let token = reader.take();
if (token === void 0) {
reader.problem(token, "The limit is empty.", `Write ${GRAMMAR}, such as \`error-rate < 1%\`.`);
return;
}
let name = token.text;
if (isOneOf(PERCENTILES, name)) return {
token,
metric: "latency",
aggregate: name
};
let known = [...BUILT_IN.keys(), ...declared];
if (!known.includes(name)) {
let near = isOneOf(AGGREGATES, name) ? `latency ${name}` : nearName(name, [...known, ...PERCENTILES]), otherwise = `Declare it under \`metrics\`, or use one of ${quoted(known)}.`;
reader.problem(token, `The metric \`${name}\` is not known.`, didYouMean(near, otherwise));
}
let aggregate = readAggregate(reader);
return aggregate === void 0 ? {
token,
metric: name
} : {
token,
metric: name,
aggregate
};
}
function readAggregate(reader) {
let text = reader.peek();
if (text === void 0 || /^[<>=!≤≥]/.test(text) || text === "vs" || text === "not") return;
let token = reader.take();
if (isOneOf(AGGREGATES, text)) return text;
let hint = didYouMean(nearName(text, [...AGGREGATES, "vs"]), `Aggregates are ${quoted(AGGREGATES)}.`);
reader.problem(token, `\`${text}\` is neither an aggregate, \`vs\` nor a comparison.`, hint);
}
function readRival(reader) {
if (reader.skip("vs") === void 0) return;
let token = reader.take();
if (isOneOf(RIVALS, token?.text)) return token?.text;
let found = token === void 0 ? "nothing" : `\`${token.text}\``, near = nearName(token?.text ?? "", RIVALS), hint = didYouMean(near && `vs ${near}`, "Write `vs stable` or `vs before`.");
reader.problem(token, `After \`vs\` stands ${found}, not \`stable\` or \`before\`.`, hint);
}
const OTHER_SPELLINGS = new Map([
["==", "="],
["=<", "<="],
["=>", ">="],
["≤", "<="],
["≥", ">="]
]);
function readDemand(reader) {
let op = reader.take();
if (op?.text === "not" && reader.skip("worse")) return {
op,
demand: { op: "not-worse" }
};
if (!isOneOf(COMPARISONS, op?.text) || op === void 0) {
let found = op === void 0 ? "The limit ends before its comparison." : `\`${op.text}\` is not a comparison.`, hint = didYouMean(OTHER_SPELLINGS.get(op?.text ?? ""), `Comparisons are ${quoted(COMPARISONS)}.`);
reader.problem(op, found, hint);
return;
}
let value = reader.take(), quantity = parseQuantity(value?.text ?? "");
return quantity !== void 0 && value !== void 0 ? {
op,
value,
demand: {
op: op.text,
quantity
}
} : (reader.problem(value, valueMessage(value), valueHint(value, reader)), value === void 0 ? void 0 : {
op,
value
});
}
function valueMessage(token) {
return token === void 0 ? "The limit ends before its value." : token.text.startsWith("-") ? `\`${token.text}\` is negative; a limit is zero or more.` : `\`${token.text}\` is not a number with a unit.`;
}
function valueHint(token, reader) {
let unit = /^\+?[\d.]+(\D+)$/.exec(token?.text ?? "")?.[1], near = unit && UNIT_NAMES.find((known) => known.toLowerCase() === unit.toLowerCase());
return near ? `Did you mean \`${token?.text.slice(0, -near.length)}${near}\`?` : token?.text.includes(",") ? `Write decimals with a point: \`${token.text.replace(",", ".")}\`.` : reader.peek() === void 0 ? `Units are ${quoted(UNIT_NAMES)}.` : "Write number and unit without a space.";
}
function readFor(reader) {
if (reader.peek() === void 0) return;
let word = reader.take();
if (word?.text !== "for") {
let unit = UNIT_NAMES.find((known) => known === word?.text), hint = unit ? `Write number and unit without a space: \`500${unit}\`.` : "Only `for <duration>` may follow.";
reader.problem(word, `\`${word?.text}\` stands after the value.`, hint);
return;
}
let token = reader.take(), duration = parseDuration(token?.text ?? "");
if (duration === void 0 || duration === 0) {
let found = token === void 0 ? "The limit ends after `for`." : `\`${token.text}\` is not a duration above zero.`;
reader.problem(token, found, `Write one such as ${DURATION_EXAMPLES}.`);
}
let extra = reader.take();
return extra && reader.problem(extra, `\`${extra.text}\` stands after the end of the limit.`, `A limit is ${GRAMMAR}.`), duration;
}
function checkMeaning(reader, named, versus, demanded) {
let { demand, op, value } = demanded, builtIn = BUILT_IN.get(named.metric);
checkAggregate(reader, named, builtIn, versus), demand !== void 0 && (demand.op === "not-worse" ? versus === void 0 && reader.problem(op, "`not worse` needs somebody to compare with.", "Write `vs stable not worse`.") : (checkDirection(reader, op, named, builtIn, demand.op), versus === void 0 ? checkAbsolute(reader, named, value, builtIn, demand.quantity) : checkRelative(reader, op, value, builtIn, demand)));
}
function checkAggregate(reader, { token, metric, aggregate }, builtIn, versus) {
metric === "latency" && aggregate === void 0 && versus !== "stable" && reader.problem(token, "`latency` alone does not say which one.", "Write `p95`, `latency mean` or another aggregate."), builtIn && metric !== "latency" && aggregate !== void 0 && aggregate !== "growth" && reader.problem(token, `\`${metric}\` has no \`${aggregate}\`.`, `Write \`${metric}\` alone.`);
}
function checkDirection(reader, op, named, builtIn, sign) {
if (!(builtIn?.good === "low" && sign.startsWith(">") || builtIn?.good === "high" && sign.startsWith("<"))) return;
let turned = sign.startsWith(">") ? sign.replace(">", "<") : sign.replace("<", ">");
reader.problem(op, `A limit states what must hold, and this one demands a bad ${named.metric}.`, `Did you mean \`${turned}\`?`);
}
function checkRelative(reader, op, value, builtIn, demand) {
let { amount, dimension } = demand.quantity;
if (demand.op === "=" && reader.problem(op, "Two versions are never exactly equal.", "Write `<=`, `>=` or `not worse`."), builtIn?.dimension === "share" && builtIn.good === "high") reader.problem(value, "A success share is compared by `not worse`.", "Write `vs stable not worse`, or limit `error-rate`.");
else if (dimension === "points" && builtIn && builtIn.dimension !== "share") reader.problem(value, "Percentage points compare shares only.", "Compare by a factor, such as `1.5x`.");
else if (dimension === "factor" && amount === 0) reader.problem(value, "No version can be `0x` of another.", "Write a factor above zero, such as `1.5x`.");
else if (dimension !== "points" && dimension !== "factor") {
let hint = `Write \`+${amount}pp\` for a difference or \`${1 + amount / 100}x\` for a ratio.`;
reader.problem(value, "A comparison needs percentage points or a factor.", hint);
}
}
function checkAbsolute(reader, named, value, builtIn, found) {
let wanted = named.aggregate === "growth" ? "share-per-hour" : builtIn?.dimension;
if (found.dimension === "points" || found.dimension === "factor") reader.problem(value, `\`${found.unit}\` compares two versions.`, "Put `vs stable` or `vs before` before the comparison.");
else if (value?.text.startsWith("+")) reader.problem(value, "`+` belongs to a difference.", "Remove it, or compare with `vs stable <= +0.5pp`.");
else if (wanted === "share" && found.dimension === "number") reader.problem(value, `\`${value?.text}\` has no unit.`, rateHint(found.amount));
else if (wanted !== void 0 && wanted !== found.dimension) {
let name = named.aggregate === "growth" ? "growth" : named.metric;
reader.problem(value, `\`${value?.text}\` does not fit ${name}.`, `Write a value such as \`${EXAMPLE[wanted]}\`.`);
} else found.dimension === "share-per-hour" && named.aggregate !== "growth" ? reader.problem(value, "`%/h` is a slope.", `Write \`${named.metric} growth\`.`) : wanted === "share" && found.value > 1 && reader.problem(value, `\`${value?.text}\` is more than everything.`, "A share is at most `100%`.");
}
function rateHint(amount) {
let percent = Number((amount * 100).toPrecision(12));
return amount >= 1 ? `\`${amount}\` means ${percent} %: did you mean \`${amount}%\`?` : `\`${amount}\` could mean \`${percent}%\` or \`${amount}%\`: write the one you mean.`;
}
function parseLimit(text, knownMetrics) {
if (text.length > 200) return { problems: [{
at: 200,
length: text.length - 200,
message: "A limit is one short line.",
hint: GRAMMAR
}] };
let reader = newReader(text), named = readMetric(reader, new Set(knownMetrics)), versus = named && readRival(reader), demanded = named && readDemand(reader), duration = demanded && readFor(reader);
if (named && demanded && checkMeaning(reader, named, versus, demanded), reader.problems.length > 0 || !named || !demanded?.demand) return { problems: reader.problems };
let { metric, aggregate } = named;
return { limit: {
metric,
...aggregate && { aggregate },
...versus && { versus },
demand: demanded.demand,
...duration && { for: duration }
} };
}
function formatLimit(limit) {
let { metric, aggregate, versus, demand } = limit, words = metric === "latency" && isOneOf(PERCENTILES, aggregate) ? [aggregate] : [metric, aggregate];
return versus && words.push("vs", versus), demand.op === "not-worse" ? words.push("not worse") : words.push(demand.op, `${demand.quantity.unit === "pp" ? "+" : ""}${demand.quantity.amount}${demand.quantity.unit}`), limit.for !== void 0 && words.push("for", formatDuration(limit.for)), words.filter((word) => word !== void 0).join(" ");
}
const textLike = (name, pattern) => string({ error: expecting(name) }).regex(pattern, { error: name }), duration = string({ error: expecting("duration") }).transform((text, context) => {
let milliseconds = parseDuration(text);
return milliseconds !== void 0 && milliseconds > 0 && milliseconds <= 7776e6 ? milliseconds : (context.addIssue({
code: "custom",
message: "duration"
}), NEVER);
}).meta({ examples: [
"30s",
"15m",
"1h30m"
] }), percentage = string({ error: expecting("percent-sign") }).transform((text, context) => {
let percent = parsePercentage(text);
return percent !== void 0 && Number.isInteger(percent) && percent >= 1 ? percent : (context.addIssue({
code: "custom",
message: /^\d+$/.test(text) ? "percent-sign" : "percentage"
}), NEVER);
}).meta({ examples: [
"5%",
"25%",
"100%"
] }), rate = string({ error: expecting("rate") }).transform((text, context) => {
let quantity = text.startsWith("+") ? void 0 : parseQuantity(text);
return quantity?.unit === "/s" && quantity.amount > 0 && quantity.amount <= 5e3 ? quantity.amount : (context.addIssue({
code: "custom",
message: "rate"
}), NEVER);
}).meta({ examples: ["50/s", "0.5/s"] }), size = string({ error: expecting("size") }).transform((text, context) => {
let quantity = text.startsWith("+") ? void 0 : parseQuantity(text);
return quantity?.dimension === "size" && quantity.value > 0 ? quantity.value : (context.addIssue({
code: "custom",
message: "size"
}), NEVER);
}).meta({ examples: ["500MB", "20GB"] }), name = textLike("name", /^(?=.{1,60}$)[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*$/), variableName = textLike("variable-name", /^[A-Z][A-Z0-9_]{0,99}$/), gitRef = textLike("git-ref", /^(?!.*(?:\.\.|\/\/|@\{))[A-Za-z0-9][A-Za-z0-9._/-]{0,199}(?<![./])$/), referencePattern = /^\$(?!GITHUB_)[A-Z][A-Z0-9_]{0,99}$/, secretReference = textLike("reference", referencePattern), orReference = (field, allowed) => string({ error: expecting(field) }).refine((text) => referencePattern.test(text) || allowed(text), { error: field }), parsedUrl = (text) => URL.canParse(text) ? new URL(text) : void 0, isThisMachine = (url) => url.hostname === "localhost" || /^127\.\d+\.\d+\.\d+$/.test(url.hostname), isAddressLiteral = (url) => url.hostname.startsWith("[") || /^[\d.]+$/.test(url.hostname), isPlainlySpelled = (text, url) => text.toLowerCase().startsWith(`${url.protocol}//${url.host}`), isPublicOrLocal = (text, url) => {
if (url.username !== "" || url.password !== "" || url.hash !== "" || !isPlainlySpelled(text, url)) return !1;
if (isThisMachine(url)) return url.protocol === "http:" || url.protocol === "https:";
let port = url.port === "" ? 443 : Number(url.port), named = !isAddressLiteral(url) && url.hostname.includes(".") && !url.hostname.endsWith(".");
return url.protocol === "https:" && named && (port === 443 || port >= 1024);
}, isSite = (text) => {
let url = parsedUrl(text);
return url !== void 0 && isPublicOrLocal(text, url) && url.search === "" && url.pathname === "/";
}, isAdminAddress = (text) => {
let url = parsedUrl(text);
return url?.protocol === "http:" && isThisMachine(url) && url.username === "" && url.password === "";
}, site = orReference("site", isSite), adminAddress = orReference("admin-address", isAdminAddress), sourceAddress = orReference("source-address", (text) => {
let url = parsedUrl(text);
return url !== void 0 && isPublicOrLocal(text, url) && url.search === "";
}), isHostName = (text) => /^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/.test(text), hostName = orReference("host-name", isHostName), isVercelProject = (text) => /^prj_[A-Za-z0-9]{4,60}$/.test(text), isVercelTeam = (text) => /^team_[A-Za-z0-9]{4,60}$/.test(text), vercelProject = orReference("vercel-project", isVercelProject), vercelTeam = orReference("vercel-team", isVercelTeam), checkAddress = string({ error: expecting("check-address") }).refine((text) => {
let url = parsedUrl(text);
return url !== void 0 && isPublicOrLocal(text, url);
}, { error: "check-address" }), urlPath = textLike("path", /^\/(?!\/)[^\s\\#]{0,1000}$/), directory = textLike("directory", /^(?!.*(?:^|\/)\.{1,2}(?:\/|$))[A-Za-z0-9_@.][A-Za-z0-9_@. -]*(?:\/[A-Za-z0-9_@.][A-Za-z0-9_@. -]*)*$/), hostDestination = orReference("host-destination", (text) => text === "local" || /^[a-z_][a-z0-9._-]{0,31}@[A-Za-z0-9][A-Za-z0-9.-]{0,252}(?::\d{1,5})?$/.test(text)), imageName = textLike("image-name", /^[a-z0-9][a-z0-9._-]*(?::\d{1,5}(?=\/))?(?:\/[a-z0-9][a-z0-9._-]*)*$/), hostPath = textLike("host-path", /^\/(?!.*(?:^|\/)\.\.(?:\/|$))[A-Za-z0-9_@.+/-]{1,200}$/), slotAddress = orReference("slot-address", (text) => isSite(text.replaceAll("$slot", "slot"))), command = textLike("command", /\S/).max(4e3, { error: "command" }), listOf = (entry) => array(entry).min(1, { error: "at-least-one" }), firstWord = (text) => /^\s*([^\s<>=!]*)/.exec(text)?.[1] ?? "", limit = string({ error: expecting("limit") }).transform((text, context) => {
let { limit, problems } = parseLimit(text, [firstWord(text)]);
if (problems === void 0) return limit;
for (let { at, length, message, hint } of problems) context.addIssue(refusing({
code: "RB041",
message: message.replace(/\.$/, ""),
why: "A limit that can be read in two ways would judge something nobody meant.",
fix: hint,
within: {
at,
length
}
}));
return NEVER;
}).meta({ examples: [
"error-rate < 1%",
"p95 < 250ms",
"error-rate vs stable < +0.5pp"
] }), status = number({ error: expecting("status") }).int({ error: "status" }).min(200, { error: "status" }).max(599, { error: "status" }), scalar = union([
string(),
number(),
boolean(),
_null()
], { error: expecting("scalar") }), anyFlag = textLike("flag-name", /^(?:[A-Z][A-Z0-9_]{0,99}|[a-z][a-z0-9-]{0,59})$/), commandFlag = textLike("flag-name", /^[a-z][a-z0-9-]{0,59}$/), flagValue = union([
string(),
number(),
boolean()
]).transform(String).pipe(string().regex(/^(?!\$)[^\r\n\0]{1,200}$/, { error: "flag-value" })), flagValues = record(anyFlag, flagValue).refine((flags) => Object.keys(flags).length > 0, { error: "at-least-one" }).meta({ description: "What this stage turns on: `NEXT_PUBLIC_ENABLE_VOICE: true` is a variable of the versions it deploys, `voice: 5%` is set by the commands under the runbook's `flags`." }), commandsOfFlag = strictObject({
set: command.meta({ description: "A command that sets the flag to SLUICE_FLAG_VALUE; it may run twice." }),
read: command.meta({ description: "A command that prints the flag's value and nothing else." })
}), flagCommands = record(commandFlag, commandsOfFlag).meta({ description: "Feature flags that commands of yours set and read back, such as `voice: { set, read }`." }), pinnedFlagCommands = record(string(), commandsOfFlag), isVariableFlag = (name) => variableName.safeParse(name).success;
function reaches(present, wanted) {
let [is, goal] = [percentIn(present), percentIn(wanted)];
return is !== void 0 && goal !== void 0 ? is >= goal : present === wanted;
}
function sameFlag(one, other) {
let [a, b] = [percentIn(one), percentIn(other)];
return a !== void 0 && b !== void 0 ? a === b : one === other;
}
const percentIn = (text) => /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : parsePercentage(text), flagsBefore = record(string(), string().max(200).nullable()), handleOf = (before) => JSON.stringify(before);
function beforeIn(handle) {
try {
return flagsBefore.parse(JSON.parse(handle ?? "{}"));
} catch {
return;
}
}
const days = [
"Mon",
"Tue",
"Wed",
"Thu",
"Fri",
"Sat",
"Sun"
], dayMinutes = 1440, weekMinutes = 7 * dayMinutes, freezeWindow = strictObject({
from: number().int().min(0).max(weekMinutes),
until: number().int().min(0).max(weekMinutes),
zone: string(),
text: string()
});
function parseFreeze(text) {
let match = /^(\w{3})\s+(\d{2}):(\d{2})\s*-\s*(\w{3})\s+(\d{2}):(\d{2})\s+(\S+)$/.exec(text.trim());
if (match === null) return;
let [, fromDay, fromHour, fromMinute, untilDay, untilHour, untilMinute, zone = ""] = match, from = minuteOfWeek(fromDay, fromHour, fromMinute), until = minuteOfWeek(untilDay, untilHour, untilMinute);
if (from !== void 0 && until !== void 0 && from !== until && isZone(zone)) return {
from,
until,
zone,
text: text.trim()
};
}
const freeze = listOf(string({ error: expecting("freeze") }).transform((text, context) => {
let window = parseFreeze(text);
return window === void 0 ? (context.addIssue({
code: "custom",
message: "freeze"
}), NEVER) : window;
})).meta({ description: "Parts of the week in which nothing begins and no traffic is raised: `Fri 16:00 - Mon 08:00 Europe/Madrid`." });
function minuteOfWeek(day = "", hour = "", minute = "") {
let index = days.findIndex((known) => known.toLowerCase() === day.toLowerCase()), [h, m] = [Number(hour), Number(minute)];
return index < 0 || h > 23 || m > 59 ? void 0 : index * dayMinutes + h * 60 + m;
}
function isZone(zone) {
try {
return new Intl.DateTimeFormat("en-GB", { timeZone: zone }), /^[A-Za-z]/.test(zone);
} catch {
return !1;
}
}
function minuteThere(at, zone) {
let format = new Intl.DateTimeFormat("en-GB", {
timeZone: zone,
weekday: "short",
hour: "2-digit",
minute: "2-digit",
hourCycle: "h23"
}), parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]));
return minuteOfWeek(parts.get("weekday"), parts.get("hour"), parts.get("minute")) ?? 0;
}
const isWithin = ({ from, until }, minute) => from < until ? minute >= from && minute < until : minute >= from || minute < until;
function frozenAt(windows, now) {
for (let window of windows) {
let minute = minuteThere(now, window.zone);
if (!isWithin(window, minute)) continue;
let left = (window.until - minute + weekMinutes) % weekMinutes, guess = Math.floor(now / 6e4) * 6e4 + left * 6e4, off = (minuteThere(guess, window.zone) - window.until + weekMinutes) % weekMinutes;
return {
window,
until: guess - (off > weekMinutes / 2 ? off - weekMinutes : off) * 6e4
};
}
}
const everyShifts = [
"traffic",
"hosts",
"all-at-once"
], shiftsByPlatform = {
local: "traffic",
vercel: "traffic",
compose: "traffic",
render: "all-at-once"
}, isPlain = (value) => typeof value == "object" && !!value && !Array.isArray(value);
function shiftsOf(target) {
if (!isPlain(target)) return;
let { command } = target;
if (isPlain(command)) {
let { shifts = "traffic" } = command;
return everyShifts.find((known) => known === shifts);
}
let [platform = ""] = Object.keys(target);
return Object.hasOwn(shiftsByPlatform, platform) ? shiftsByPlatform[platform] : void 0;
}
function hostsIn(target) {
let compose = isPlain(target) ? target.compose : void 0, hosts = isPlain(compose) ? compose.hosts : void 0;
return isPlain(hosts) ? Math.max(1, Object.keys(hosts).length) : 1;
}
const pageLimits = union([listOf(limit).transform((limits) => ({ limits })), strictObject({
limits: listOf(limit).meta({ description: "What a person is asked about when it breaks." }),
"decide-within": duration.optional()
})]), limitLevels = {
limits: listOf(limit).optional(),
"page-limits": pageLimits.optional(),
"warn-limits": listOf(limit).optional()
}, pace = strictObject({
everyMs: number().positive(),
untilMs: number().positive()
});
function readPace(line, from) {
let [, every = "", word = "", time = ""] = /^every\s+(\S+)\s+(for|until)\s+(\S+)$/.exec(line.trim()) ?? [], everyMs = parseDuration(every), lasting = parseDuration(time);
if (everyMs === void 0 || lasting === void 0) return;
let untilMs = word === "for" ? from + lasting : lasting;
return everyMs > 0 && untilMs > from && everyMs <= untilMs - from && untilMs <= 7776e6 ? {
everyMs,
untilMs
} : void 0;
}
const schedule = listOf(string({ error: expecting("watch-pace") })).transform((lines, context) => {
let paces = [];
for (let [i, line] of lines.entries()) {
let read = readPace(line, paces.at(-1)?.untilMs ?? 0);
read === void 0 ? context.addIssue({
code: "custom",
message: "watch-pace",
path: [i]
}) : paces.push(read);
}
return paces;
}).meta({ examples: [[
"every 1m for 1h",
"every 5m until 8h",
"every 15m until 24h"
]] }), watch = strictObject({
for: duration.optional(),
every: duration.optional(),
schedule: schedule.optional(),
...limitLevels,
coverage: percentage.default(90),
"on-fail": _enum(["rollback", "ask"]).default("rollback"),
"on-short-evidence": _enum(["hold", "fail"]).default("hold"),
"decide-within": duration.optional()
}).superRefine((watch, context) => {
let { for: time, every, schedule, limits } = watch;
(schedule === void 0 ? time !== void 0 && every !== void 0 : time === void 0 && every === void 0) || context.addIssue(refusing({
code: "RB114",
message: schedule === void 0 ? "a watch without `for` and `every`" : "both `schedule` and `for` or `every`",
why: "A watch says how long it lasts and how often it looks, once.",
fix: "Write `for: 15m` and `every: 1m`, or `schedule: [every 1m for 1h, every 5m until 8h]`."
})), time !== void 0 && every !== void 0 && every > time && context.addIssue(refusing({
code: "RB040",
message: `a look every ${formatDuration(every)} does not fit into a watch of ${formatDuration(time)}`,
why: "The watch would end before the first look, so it could never pass.",
fix: `Look at least every ${formatDuration(time)}, or watch longer.`
}, ["every"])), limits === void 0 && context.addIssue(refusing({
code: "RB043",
message: "production is watched for nothing: `limits` is missing",
why: "A watch without a limit would always pass.",
fix: "Add limits, such as `limits: [error-rate < 1%]`."
}));
}).meta({ description: "Looks at what serves production for a while; it goes back when a limit is broken." }), pacesOf = ({ for: time, every, schedule }) => schedule ?? (time === void 0 || every === void 0 ? [] : [{
everyMs: every,
untilMs: time
}]), stepNames = [
"preflight",
"approve",
"backup",
"migrate",
"configure",
"pause",
"deploy",
"smoke-test",
"load-test",
"canary",
"watch",
"sign-off"
], isStageStep = (step) => step !== "sign-off", finalStage = "final", plannedSignature = strictObject({
role: string(),
by: array(string()).min(1),
afterMs: number().nonnegative().exactOptional(),
notAuthor: literal(!0).exactOptional()
}), plannedWatch = strictObject({
paces: array(pace).min(1),
coverage: number().min(0).max(1),
onFail: literal("ask").exactOptional(),
onShort: literal("fail").exactOptional(),
decideWithinMs: number().positive().exactOptional()
}), commandPair = strictObject({
on: string(),
off: string()
}), plannedMaintenance = strictObject({
via: literal("target").exactOptional(),
around: array(_enum(stepNames)).min(1),
page: commandPair.exactOptional(),
workers: commandPair.exactOptional()
}), plannedMigration = strictObject({
hash: string(),
files: array(string()).max(20),
count: int().nonnegative(),
by: string().exactOptional(),
breaks: literal(!0).exactOptional(),
unread: _enum(["until-applied", "promised"]).exactOptional(),
locks: array(string()).max(20).exactOptional()
}), planSchema = strictObject({
service: string(),
people: record(string(), array(string())).exactOptional(),
freeze: array(freezeWindow).min(1).exactOptional(),
maintenance: plannedMaintenance.exactOptional(),
flags: pinnedFlagCommands.exactOptional(),
stages: array(strictObject({
name: string(),
ref: string().exactOptional(),
commit: string().regex(/^[0-9a-f]{40}$/).exactOptional(),
flags: record(string(), string()).exactOptional(),
steps: array(_enum(stepNames)).min(1),
must: array(_enum(stepNames)).exactOptional(),
approve: approvalRule.exactOptional(),
migration: plannedMigration.exactOptional(),
pause: strictObject({
task: string(),
by: array(string()).min(1),
changed: record(string(), string().nullable()).exactOptional()
}).exactOptional(),
signOff: array(plannedSignature).min(1).exactOptional(),
watch: plannedWatch.exactOptional(),
shifts: array(strictObject({
weight: number().gt(0).max(100),
hosts: strictObject({
count: int().min(1),
of: int().min(1)
}).exactOptional(),
holdMs: number().nonnegative(),
everyMs: number().positive(),
judged: boolean()
})),
maxHoldMs: number().nonnegative(),
onShort: _enum([
"fail",
"synthetic",
"approve"
]).exactOptional(),
onFail: _enum(["step-back", "ask"]).exactOptional(),
decideWithinMs: number().positive().exactOptional()
})).min(1)
}), allAtOnce = {
weight: 100,
holdMs: 0,
everyMs: 1e3,
judged: !1
}, sharesOf = ({ shifts }) => shifts.map(({ weight }) => weight);
function flagsIn({ stages }, stage) {
let upTo = stages.slice(0, stages.findIndex(({ name }) => name === stage) + 1);
return Object.assign({}, ...upTo.map(({ flags }) => flags ?? {}));
}
function shareOf({ traffic, hosts }, target) {
if (hosts === void 0) return { weight: traffic };
let of = hostsIn(target), count = Math.ceil(hosts * of / 100);
return {
weight: 100 * count / of,
hosts: {
count,
of
}
};
}
function planOf(runbook, { commits, released } = {
commits: {},
released: []
}) {
let { people, freeze, maintenance, flags } = runbook;
return {
service: runbook.service,
...people !== void 0 && { people },
...freeze !== void 0 && { freeze },
...maintenance !== void 0 && { maintenance: maintenanceOf(maintenance) },
...flags !== void 0 && { flags },
stages: [...runbook.stages.filter(({ name }) => !released.includes(name)).map((stage) => plannedStage(stage, people ?? {}, runbook.target, commits[stage.name])), ...finalStageOf(runbook)]
};
}
const withMigrations = (plan, migrations) => ({
...plan,
stages: plan.stages.map((stage) => {
let migration = migrations[stage.name];
return migration === void 0 ? stage : {
...stage,
migration
};
})
}), toldToChange = ({ stages }) => [...new Set(stages.flatMap(({ pause }) => Object.keys(pause?.changed ?? {})))], withMarks = (plan, marks) => ({
...plan,
stages: plan.stages.map((stage) => {
let { pause } = stage;
if (pause?.changed === void 0) return stage;
let changed = Object.fromEntries(Object.keys(pause.changed).map((name) => [name, marks[name] ?? null]));
return {
...stage,
pause: {
...pause,
changed
}
};
})
});
function plannedStage(stage, people, target, commit) {
let wanted = (step) => step === "canary" ? stage.canary !== void 0 || stage.deploy !== void 0 : isStageStep(step) && stage[step] !== void 0, steps = stepNames.filter(wanted), must = mustOf(stage), { approve, pause, watch } = stage, shifts = (stage.canary?.shifts ?? []).map((shift) => ({
...shareOf(shift, target),
holdMs: shift.hold ?? 0,
everyMs: shift.every ?? 6e4,
judged: (shift.limits ?? []).length > 0
})), longestHold = Math.max(0, ...shifts.map((shift) => shift.holdMs));
return {
name: stage.name,
...stage.ref !== void 0 && { ref: stage.ref },
...commit !== void 0 && { commit },
...stage.flags !== void 0 && { flags: stage.flags },
steps,
...must.length > 0 && { must },
...approve !== void 0 && { approve: {
by: Object.fromEntries(approve.by.map((role) => [role, people[role] ?? []])),
minimum: approve.minimum
} },
...pause !== void 0 && { pause: {
task: pause.task,
by: pause.by,
...pause.changed !== void 0 && { changed: Object.fromEntries(pause.changed.map((name) => [name, null])) }
} },
...watch !== void 0 && { watch: watchOf(watch) },
shifts: shifts.length === 0 && wanted("canary") ? [allAtOnce] : shifts,
maxHoldMs: stage.canary?.["max-hold"] ?? 2 * longestHold,
...levelsOf(stage.canary)
};
}
function watchOf(watch) {
let page = watch["page-limits"], within = watch["decide-within"] ?? (page !== void 0 && "decide-within" in page ? page["decide-within"] : void 0);
return {
paces: pacesOf(watch),
coverage: watch.coverage / 100,
...watch["on-fail"] === "ask" && { onFail: "ask" },
...watch["on-short-evidence"] === "fail" && { onShort: "fail" },
...within !== void 0 && { decideWithinMs: within }
};
}
function maintenanceOf({ via, around, page, jobs }) {
return {
...via !== void 0 && { via },
around,
...page !== void 0 && { page },
...jobs !== void 0 && { workers: {
on: jobs.stop,
off: jobs.start
} }
};
}
function levelsOf(canary) {
let short = canary?.["on-short-evidence"] ?? "hold", onFail = canary?.["on-fail"] ?? "rollback", within = canary?.["decide-within"] ?? canary?.shifts.map(pageWithin).find((time) => time !== void 0);
return {
...short !== "hold" && { onShort: short },
...onFail !== "rollback" && { onFail },
...within !== void 0 && { decideWithinMs: within }
};
}
function pageWithin({ "page-limits": page }) {
return page !== void 0 && "decide-within" in page ? page["decide-within"] : void 0;
}
function mustOf(stage) {
let lists = {
preflight: stage.preflight,
"smoke-test": stage["smoke-test"]
};
return ["preflight", "smoke-test"].filter((step) => (lists[step] ?? []).some((check) => {
let { must } = "http" in check ? check.http : "must" in check ? check : { must: void 0 };
return must === !0;
}));
}
function finalStageOf(runbook) {
let { "sign-off": signOff, watch } = runbook;
if (signOff === void 0 && watch === void 0) return [];
let signatures = (signOff?.order ?? []).flatMap((role) => {
let rule = signOff?.roles[role];
return rule === void 0 ? [] : [{
role,
by: rule.by,
...typeof rule.after == "number" && { afterMs: rule.after },
...rule.not === "author" && { notAuthor: !0 }
}];
}), steps = [...watch === void 0 ? [] : ["watch"], ...signOff === void 0 ? [] : ["sign-off"]];
return [{
name: finalStage,
steps,
...watch !== void 0 && { watch: watchOf(watch) },
...signOff !== void 0 && { signOff: signatures },
shifts: [],
maxHoldMs: 0
}];
}
const commandKeys = new Set(["run", "start"]), isShellText = (path) => commandKeys.has(String(path.at(-1))) || path.at(-2) === "command", targetForms = {
"local.admin": {
expectation: "admin-address",
fits: isAdminAddress
},
"vercel.project": {
expectation: "vercel-project",
fits: isVercelProject
},
"vercel.team": {
expectation: "vercel-team",
fits: isVercelTeam
},
"vercel.domain": {
expectation: "host-name",
fits: isHostName
}
}, runbookForms = {
url: {
expectation: "site",
fits: isSite
},
...Object.fromEntries(Object.entries(targetForms).map(([path, form]) => [`target.${path}`, form]))
};
function judge(name, value, path, known, forms) {
if (value === void 0 || value === "") {
let near = nearName(name, known);
return {
code: "RB063",
message: `the variable ${name} is ${value === "" ? "empty" : "not set"}`,
why: "This job needs its value, and nothing may be guessed in its place.",
fix: near === void 0 || near === name ? `Add ${name} to the environment's variables or secrets, or to RUNBOOK_ENV.` : `There is a variable ${near}: did you mean that one? Otherwise add ${name}.`
};
}
let form = forms[path.join(".")];
if (form === void 0 || form.fits(value)) return;
let { code, expected, why, fix } = expectations[form.expectation];
return {
code,
message: `the value of ${name} (not shown) is not ${expected.replace(/, or a variable .*$/, "")}`,
why,
fix
};
}
function resolveReferences({ value, yaml }, variables, parts, forms = runbookForms) {
let problems = [], known = Object.keys(variables).filter((name) => variables[name] !== void 0 && variables[name] !== ""), isWanted = (path) => {
let dotted = path.join(".");
return parts === void 0 || parts.some((part) => dotted === part || dotted.startsWith(`${part}.`));
};
function resolveText(text, path) {
if (!referencePattern.test(text) || isShellText(path) || !isWanted(path)) return text;
let name = text.slice(1), value = variables[name], refusal = judge(name, value, path, known, forms);
return refusal !== void 0 && problems.push(problemAt(yaml.source, yaml.at(path), path, refusal)), value ?? text;
}
let resolved = mapTexts(value, [], resolveText);
return problems.length === 0 ? {
ok: !0,
value: resolved
} : {
ok: !1,
problems: sortProblems(problems)
};
}
function mapTexts(value, path, replace) {
return typeof value == "string" ? replace(value, path) : Array.isArray(value) ? value.map((inner, i) => mapTexts(inner, [...path, i], replace)) : typeof value != "object" || !value ? value : Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, mapTexts(inner, [...path, key], replace)]));
}
async function loadRunbook(file, workspace) {
let text = await readInside(file, workspace), { readRunbook } = await import("./runbook-file.js");
return accept(readRunbook(text, file));
}
function accept(read) {
return read.ok ? read : refuse(read.problems);
}
function refuse(problems) {
let places = problems.map(({ file, line, column, code, path: where, message, fix }) => ({
file,
line,
column,
message: `${code} ${where === "" ? "" : `${where}: `}${message}. ${fix}`
}));
throw new InputError(formatProblems(problems), problems[0], places);
}
async function readInside(file, workspace) {
let { lstat, readFile, realpath } = await import("node:fs/promises"), root = await realpath(workspace), full = path.resolve(root, file), found = await lstat(full).catch(() => void 0);
if (found === void 0) throw new InputError(`There is no runbook at ${file}. Check out the repository before this step, or name another path with \`runbook\`.`);
if (found.isDirectory()) throw new InputError(`${file} is a folder; name the runbook inside of it, such as ${path.join(file, "runbook.yml")}.`);
let inside = path.relative(root, await realpath(full));
if (inside.startsWith("..") || path.isAbsolute(inside)) throw new InputError(`The runbook ${file} lies outside of the repository; give a path inside of it.`);
return readFile(full, "utf8");
}
function resolveParts(written, variables, parts, forms = runbookForms) {
let resolved = resolveReferences(written, variables, parts, forms);
return resolved.ok ? resolved.value : refuse(resolved.problems);
}
function siteOf(written, variables) {
let resolved = resolveReferences(written, variables, ["url"]);
return resolved.ok ? resolved.value.url : void 0;
}
export { slotAddress as $, isVariableFlag as A, hostName as B, shiftsOf as C, flagCommands as D, beforeIn as E, command as F, name as G, imageName as H, directory as I, referencePattern as J, percentage as K, duration as L, sameFlag as M, adminAddress as N, flagValues as O, checkAddress as P, size as Q, gitRef as R, hostsIn as S, frozenAt as T, limit as U, hostPath as V, listOf as W, secretReference as X, scalar as Y, site as Z, withMarks as _, rolesOf as _t, resolveParts as a, vercelProject as at, watch as b, targetForms as c, keeps as ct, isStageStep as d, expecting as dt, sourceAddress as et, planOf as f, isExpectation as ft, toldToChange as g, countApprovals as gt, stepNames as h, approvalDigest as ht, refuse as i, variableName as it, reaches as j, handleOf as k, finalStage as l, parseLimit as lt, sharesOf as m, approval as mt, loadRunbook as n, textLike as nt, siteOf as o, vercelTeam as ot, planSchema as p, refusing as pt, rate as q, readInside as r, urlPath as rt, resolveReferences as s, formatLimit as st, accept as t, status as tt, flagsIn as u, expectations as ut, withMigrations as v, sha256 as vt, freeze as w, limitLevels as x, pacesOf as y, hostDestination as z };
