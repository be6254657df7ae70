import { D as parseDuration, S as parsePercentage, d as quote, w as nearName } from "./words.js";
import { n as gateProblems } from "./config.js";
import { A as isVariableFlag, C as shiftsOf, S as hostsIn, h as stepNames, l as finalStage, lt as parseLimit, st as formatLimit } from "./runbook-keys.js";
import { n as shapeOfMetric, t as forgetsBefore } from "./metric-shape.js";
const within = (value) => typeof value == "string" ? parseDuration(value) : void 0;
function afterRules({ after, environment }) {
if (typeof after != "object" || !after) return [];
let wanted = { ...after };
if (typeof environment == "string" && wanted.environment === environment) return [{
path: ["after", "environment"],
refusal: {
code: "RB129",
message: `${environment} waits for itself`,
why: "A commit begins here only after another environment is done with it, so nothing would ever begin.",
fix: "Name the environment that goes first, such as staging, or leave `after` away."
}
}];
let [watched, oldest] = [within(wanted.watched), within(wanted.within)];
return watched === void 0 || oldest === void 0 || oldest > watched ? [] : [{
path: ["after", "within"],
refusal: {
code: "RB130",
message: "a release is too old before it was watched for long enough",
why: "It has to serve in the other environment for `watched`, and counts for `within` only.",
fix: "Give `within` more time than `watched`, or leave it away."
}
}];
}
const mapOf$4 = (value) => typeof value == "object" && value && !Array.isArray(value) ? value : {};
function containerRules(runbook) {
return "compose" in mapOf$4(runbook.target) ? [] : Object.entries(mapOf$4(runbook.metrics)).flatMap(([name, metric]) => [
"docker",
"container-logs",
"haproxy"
].flatMap((source) => mapOf$4(mapOf$4(metric)[source]).via === "target" ? [{
path: [
"metrics",
name,
source,
"via"
],
refusal: {
code: "RB129",
message: "`via: target` without hosts to ask",
why: "The metric is read over the session to the hosts of `target.compose`.",
fix: "Use `docker: { container: … }`, `logs: { run: … }` or `haproxy: { url: … }`, or release to `target.compose`."
}
}] : []));
}
function unitInDoubt(limit, shape) {
let { demand, versus } = limit;
if (shape?.kind === "value" && shape.dimension === void 0 && versus === void 0 && demand.op !== "not-worse" && [
"time",
"size",
"share"
].includes(demand.quantity.dimension)) return {
code: "RB106",
message: `nothing says in which unit ${quote(limit.metric)} is, and \`${formatLimit(limit)}\` has one`,
why: "A number in another unit than the limit's would pass, or break the limit, by mistake.",
fix: "Add `unit: seconds`, `milliseconds`, `bytes`, `ratio` or `percent` to the metric, or limit it by a plain number."
};
}
const mapOf$3 = (value) => typeof value == "object" && value && !Array.isArray(value) ? value : {}, listOf$3 = (value) => Array.isArray(value) ? value : [];
function roleRules(written, known, path) {
return listOf$3(written).flatMap((role, i) => {
if (typeof role != "string" || known.includes(role)) return [];
let near = nearName(role, known), names = known.map((name) => `\`${name}\``).join(", ");
return [{
path: [...path, i],
refusal: {
code: "RB110",
message: `nobody is ${quote(role)}${near === void 0 ? "" : `, did you mean \`${near}\`?`}`,
why: names === "" ? "There is no `people`, so nobody could answer." : `\`people\` declares ${names}.`,
fix: `Say who it is: \`people: { ${near ?? role}: [login] }\`.`
}
}];
});
}
function minimumRule(approve, people, path) {
let { minimum, by } = approve, asked = listOf$3(by).flatMap((role) => typeof role == "string" ? listOf$3(people[role]) : []), logins = new Set(asked.map((person) => String(person).toLowerCase())), teams = [...logins].some((person) => person.startsWith("@"));
return typeof minimum != "number" || teams || logins.size === 0 || logins.size >= minimum ? [] : [{
path: [...path, "minimum"],
refusal: {
code: "RB111",
message: `${minimum} approvals of ${logins.size} people`,
why: "Everybody counts once, so the stage could never be approved.",
fix: `Ask for at most ${logins.size}, or name more people under \`people\`.`
}
}];
}
function orderRules(signOff) {
let order = listOf$3(signOff.order), declared = Object.keys(signOff).filter((key) => key !== "order"), path = ["sign-off"], unknown = order.flatMap((role, i) => typeof role != "string" || declared.includes(role) ? [] : [{
path: [
...path,
"order",
i
],
refusal: {
code: "RB112",
message: `no signature ${quote(role)} is described`,
why: "A name in the order that nobody may sign would wait for ever.",
fix: `Say who signs it: \`${role}: { by: [role] }\`.`
}
}]), left = declared.filter((role) => order.length > 0 && !order.includes(role)).map((role) => ({
path: [...path, role],
refusal: {
code: "RB112",
message: `${quote(role)} is missing in \`order\``,
why: "Signatures are given one after the other.",
fix: `Add \`${role}\` to \`order\`, or remove it here.`,
atKey: !0
}
}));
return [...unknown, ...left];
}
function nameRule(stages) {
return stages.flatMap(({ name }, i) => name === "final" ? [{
path: [
"stages",
i,
"name"
],
refusal: {
code: "RB113",
message: `a stage of its own is called ${quote(finalStage)}`,
why: "What comes after the last stage (`watch`, `sign-off`) goes by this name in the record.",
fix: "Give this stage another name."
}
}] : []);
}
const keepVariables = ["vercel", "render"];
function changedRule(stage, target, path) {
if (mapOf$3(stage.pause).changed === void 0) return [];
let [kind = ""] = Object.keys(target), refuse = (message, why, fix) => [{
path: [
...path,
"pause",
"changed"
],
refusal: {
code: "RB143",
message,
why,
fix,
atKey: !0
}
}];
return "deploy" in stage ? keepVariables.includes(kind) || kind === "" ? [] : refuse(`the target ${quote(kind)} keeps no variables of a service`, "What its versions run with are secrets of the job, and nothing tells when those were set.", "Remove `changed`, and let the person who does the task say so.") : refuse("variables are set anew without a deploy", "Only versions staged after it run with them, and the deploy is what looks at them.", "Add `deploy: {}` below it, or move the pause into the stage that deploys.");
}
function peopleRules(data) {
let runbook = mapOf$3(data), people = mapOf$3(runbook.people), known = Object.keys(people), stages = listOf$3(runbook.stages).map(mapOf$3), signOff = mapOf$3(runbook["sign-off"]);
return [
...nameRule(stages),
...stages.flatMap((stage, i) => {
let path = ["stages", i], approve = mapOf$3(stage.approve);
return [
...roleRules(approve.by, known, [
...path,
"approve",
"by"
]),
...minimumRule(approve, people, [...path, "approve"]),
...roleRules(mapOf$3(stage.pause).by, known, [
...path,
"pause",
"by"
]),
...changedRule(stage, mapOf$3(runbook.target), path)
];
}),
...orderRules(signOff),
...Object.entries(signOff).flatMap(([role, rule]) => role === "order" ? [] : roleRules(mapOf$3(rule).by, known, [
"sign-off",
role,
"by"
]))
];
}
const mapOf$2 = (value) => typeof value == "object" && value && !Array.isArray(value) ? value : {}, listOf$2 = (value) => Array.isArray(value) ? value : [], variablesIn = (stage) => Object.keys(mapOf$2(stage.flags)).filter(isVariableFlag), commandFlagsIn = (stage) => Object.keys(mapOf$2(stage.flags)).filter((name) => !isVariableFlag(name));
function commitRules(stages) {
return stages.flatMap((stage, i) => {
let before = stages.slice(0, i), newest = before.findIndex((earlier) => "deploy" in earlier && !("ref" in earlier)), older = newest >= 0 && "ref" in stage, same = before.findIndex((earlier) => "deploy" in earlier && earlier.ref === stage.ref);
if (older) return [{
path: [
"stages",
i,
"ref"
],
refusal: {
code: "RB115",
message: `stage ${newest + 1} released the newest commit already`,
why: "Each stage contains the one before it; this one would take back what that one brought.",
fix: "Move the stage above it, or remove `ref`.",
atKey: !0
}
}];
if (!("deploy" in stage) || same < 0 || variablesIn(stage).length > 0) return [];
let refusal = {
code: "RB109",
message: `stage ${same + 1} deploys this commit already`,
why: "A second deploy of the same commit with the same flags would change nothing.",
fix: "Give the stages their own `ref`, turn something on with `flags`, or keep one `deploy` with its canary.",
atKey: !0
};
return [{
path: [
"stages",
i,
"deploy"
],
refusal
}];
});
}
function flagRules(runbook) {
let stages = listOf$2(runbook.stages).map(mapOf$2), declared = Object.keys(mapOf$2(runbook.flags)), onRender = "render" in mapOf$2(runbook.target);
return stages.flatMap((stage, i) => {
let path = [
"stages",
i,
"flags"
], breach = (refusal, name) => ({
path: name === void 0 ? path : [...path, name],
refusal
}), variables = variablesIn(stage), commandFlags = commandFlagsIn(stage), found = commandFlags.filter((name) => !declared.includes(name)).map((name) => breach(undeclared(name, declared), name));
variables.length > 0 && !("deploy" in stage) && found.push(breach(withoutDeploy)), commandFlags.length > 0 && "deploy" in stage ? found.push(breach(besideDeploy)) : commandFlags.length > 0 && !("watch" in stage) && found.push(breach(unwatched)), variables.length > 0 && onRender && found.push(breach(onlyByCommand));
for (let name of Object.keys(mapOf$2(stage.flags))) {
let lower = lowerThanBefore(stages.slice(0, i), stage, name);
lower !== void 0 && found.push(breach(lower, name));
}
return found;
});
}
function undeclared(name, declared) {
let near = nearName(name, declared);
return {
code: "RB118",
message: `nothing says how the flag ${quote(name)} is set${near === void 0 ? "" : `, did you mean \`${near}\`?`}`,
why: "A flag that is no variable is set and read back by commands of yours.",
fix: `Add \`flags: { ${name}: { set: ..., read: ... } }\` at the top of the runbook.`,
atKey: !0
};
}
const withoutDeploy = {
code: "RB116",
message: "a variable as a flag without a deploy",
why: "Only versions staged after it run with it, so nothing would change.",
fix: "Add `deploy: {}` to the stage, or use a flag that a command sets.",
atKey: !0
}, besideDeploy = {
code: "RB117",
message: "a flag that a command sets, in a stage that deploys",
why: "When something breaks, nobody could tell the new version from what was turned on.",
fix: "Put it into a later stage of its own, with a `watch`.",
atKey: !0
}, unwatched = {
code: "RB119",
message: "a flag is turned on and nobody watches",
why: "Without limits nothing could set it back.",
fix: "Add `watch: { for: 30m, every: 1m, limits: [error-rate < 1%] }` to the stage.",
atKey: !0
}, onlyByCommand = {
code: "RB128",
message: "a variable as a flag on Render",
why: "Render names a version by its commit, so the one with the flag could not be told from the one without.",
fix: "Set the flag by a command: declare it under the runbook's `flags`, and give it a stage of its own.",
atKey: !0
};
function lowerThanBefore(before, stage, name) {
let percentIn = ({ flags }) => {
let value = mapOf$2(flags)[name];
return typeof value == "string" ? parsePercentage(value) : void 0;
}, now = percentIn(stage), earlier = before.map(percentIn).findLast((percent) => percent !== void 0);
if (!(now === void 0 || earlier === void 0 || now > earlier)) return {
code: "RB127",
message: `${now}% of ${name} does not follow ${earlier}%`,
why: "Every stage turns a flag on for more people; it is taken from them only when something breaks.",
fix: "Sort the stages from the smallest share to the largest."
};
}
const mapOf$1 = (value) => typeof value == "object" && value && !Array.isArray(value) ? value : {}, listOf$1 = (value) => Array.isArray(value) ? value : [];
function hostRules(target, canary, path) {
let of = hostsIn(target), counts = listOf$1(canary.shifts).map((shift) => {
let { hosts } = mapOf$1(shift), percent = typeof hosts == "string" ? parsePercentage(hosts) : void 0;
return percent === void 0 ? void 0 : Math.ceil(percent * of / 100);
});
return counts.flatMap((count, s) => {
if (count === void 0) return [];
let place = [
...path,
"shifts",
s,
"hosts"
];
if (of === 1) return [{
path: place,
refusal: {
code: "RB126",
message: "`hosts` on a target that is one host",
why: "There is nothing between none of its hosts and all of them.",
fix: "Write `traffic` instead, or name several hosts under `target.compose.hosts`."
}
}];
let before = counts[s - 1];
return before === void 0 || count > before ? [] : [{
path: place,
refusal: {
code: "RB126",
message: `rounded up this is ${count} of ${of} hosts, as in the shift before`,
why: "The candidate would get nothing that it did not have already.",
fix: "Remove this shift, or ask for more."
}
}];
});
}
function shareRules(shifts, canary, path) {
return shifts === "all-at-once" ? listOf$1(canary.shifts).flatMap((shift, s) => {
let { traffic } = mapOf$1(shift);
if (typeof traffic != "string" || traffic === "100%") return [];
let refusal = {
code: "RB120",
message: `this target serves one version at a time, so it cannot give a candidate ${traffic}`,
why: "The platform has no traffic splitting: a new version gets all requests at once, or none.",
fix: "Keep only `- { traffic: 100% }` with its limits, so that the new version is judged right after it took over; or hide what is new behind a feature flag and roll the flag out; or put a router in front that divides traffic (`target.compose`)."
};
return [{
path: [
...path,
"shifts",
s,
"traffic"
],
refusal
}];
}) : [];
}
function renderRules(target, stage, path) {
let render = mapOf$1(target.render);
return !("render" in target) || "candidate" in render ? [] : ["smoke-test", "load-test"].flatMap((step) => {
if (!(step in stage)) return [];
let refusal = {
code: "RB121",
message: `\`${step}\` has no version to ask before it takes traffic`,
why: "On Render a deploy replaces what serves; the step would ask the old version and prove nothing of the new one.",
fix: "Name a second service of the same code as `target.render.candidate`; it gets every version first.",
atKey: !0
};
return [{
path: [...path, step],
refusal
}];
});
}
function renderImageRules(target) {
let render = mapOf$1(target.render);
return !("image" in render) || "candidate" in render ? [] : [{
path: [
"target",
"render",
"image"
],
refusal: {
code: "RB122",
message: "an image without a `candidate` service",
why: "A tag may be moved; the digest that serves production is known only after another service ran it.",
fix: "Name a second service that runs the same image as `target.render.candidate`.",
atKey: !0
}
}];
}
function rollingRules(target, stages) {
if (!("vercel" in target)) return [];
let dividing = stages.findIndex((stage) => "deploy" in stage && listOf$1(mapOf$1(stage.canary).shifts).some((shift) => mapOf$1(shift).traffic !== "100%"));
return stages[dividing] === void 0 ? [] : stages.flatMap((stage, i) => {
let shifts = listOf$1(mapOf$1(stage.canary).shifts);
if (!("deploy" in stage) || shifts.some((shift) => mapOf$1(shift).traffic !== "100%")) return [];
let refusal = {
code: "RB131",
message: `this stage gives all traffic at once, and stage ${dividing + 1} gives shares`,
why: "Vercel rolls every promotion of a project out by the same stages, so this one would not get all traffic at once.",
fix: "Give this stage shares too, such as `canary: { shifts: [{ traffic: 50%, hold: 10m, every: 1m, limits: [...] }, { traffic: 100% }] }`, or remove them from every stage.",
atKey: !0
};
return [{
path: [
"stages",
i,
shifts.length > 0 ? "canary" : "deploy"
],
refusal
}];
});
}
function slotRules(target, stages) {
let slots = Object.keys(mapOf$1(mapOf$1(target.compose).slots)).length, versions = new Set(stages.filter((stage) => "deploy" in stage).map(({ ref, flags }) => JSON.stringify([ref, flags]))).size;
return slots < 2 || versions < slots ? [] : [{
path: [
"target",
"compose",
"slots"
],
refusal: {
code: "RB133",
message: `${slots} slots for the ${versions} versions of this release and the one before it`,
why: "The last version would start in the slot of what served before the release, which then has no way back.",
fix: `Add servers to the backend and name them here, until there are ${versions + 1} slots.`,
atKey: !0
}
}];
}
function maintenanceRules(target, maintenance) {
return maintenance.via !== "target" || Object.keys(target).length === 0 || "compose" in target ? [] : [{
path: ["maintenance", "via"],
refusal: {
code: "RB132",
message: "`via: target` on a target without hosts",
why: "Only hosts of `target.compose` run commands of yours.",
fix: "Remove `via`, so that the commands run in the job.",
atKey: !0
}
}];
}
function databaseRules(target, stage, path) {
return Object.keys(target).length === 0 || "compose" in target ? [] : ["backup", "migrate"].flatMap((step) => {
if (mapOf$1(stage[step]).via !== "target") return [];
let refusal = {
code: "RB132",
message: "`via: target` on a target without hosts",
why: "Only the session to hosts of `target.compose` leads into a network of the target's own.",
fix: "Remove `via`, and let the job reach the database itself.",
atKey: !0
};
return [{
path: [
...path,
step,
"via"
],
refusal
}];
});
}
function targetRules(runbook, stages) {
let target = mapOf$1(runbook.target);
return [
...renderImageRules(target),
...rollingRules(target, stages),
...slotRules(target, stages),
...maintenanceRules(target, mapOf$1(runbook.maintenance))
];
}
function targetStageRules(target, stage, path) {
let canary = mapOf$1(stage.canary);
return [
...shareRules(shiftsOf(target), canary, [...path, "canary"]),
...renderRules(mapOf$1(target), stage, path),
...databaseRules(mapOf$1(target), stage, path),
...hostRules(target, canary, [...path, "canary"])
];
}
const mapOf = (value) => typeof value == "object" && value && !Array.isArray(value) ? value : {}, listOf = (value) => Array.isArray(value) ? value : [], changing = [
"migrate",
"deploy",
"flags"
];
function stageRules(stage, path) {
let breaches = [], steps = Object.keys(stage).filter((key) => stepNames.some((step) => step === key)), rank = (step) => stepNames.indexOf(step);
for (let [i, step] of steps.entries()) {
let before = steps[i - 1];
before === void 0 || rank(before) < rank(step) || breaches.push({
path: [...path, step],
refusal: {
code: "RB107",
message: `\`${step}\` stands below \`${before}\`, yet it runs before it`,
why: `Steps of a stage always run in this order: ${stepNames.join(", ")}.`,
fix: `Move \`${step}\` above \`${before}\`, or put it into a stage of its own.`,
atKey: !0
}
});
}
return "load-test" in stage && !("deploy" in stage) && breaches.push({
path: [...path, "load-test"],
refusal: {
code: "RB105",
message: "a load test without a deploy",
why: "There is no new version that could be loaded.",
fix: "Add `deploy: {}` above it, or move the load test into the stage that deploys.",
atKey: !0
}
}), "configure" in stage && !("deploy" in stage) && breaches.push({
path: [...path, "configure"],
refusal: {
code: "RB105",
message: "variables are set without a deploy",
why: "Only versions staged after it run with them, so nothing would change.",
fix: "Add `deploy: {}` below it, or move `configure` into the stage that deploys.",
atKey: !0
}
}), "canary" in stage && !("deploy" in stage) ? breaches.push({
path: [...path, "canary"],
refusal: {
code: "RB105",
message: "a canary without a deploy",
why: "There is no new version that could take traffic.",
fix: "Add `deploy: {}` above it, or remove the canary.",
atKey: !0
}
}) : steps.length > 0 && !changing.some((key) => key in stage) && breaches.push({
path,
refusal: {
code: "RB103",
message: "a stage that changes nothing",
why: "It neither migrates nor deploys nor sets a flag, so passing it would say nothing about the release.",
fix: "Add `migrate`, `deploy` or `flags`, or move its checks into the preflight of the next stage."
}
}), breaches;
}
function stageNameRules(stages) {
let first = new Map();
return stages.flatMap(({ name }, i) => {
if (typeof name != "string") return [];
let before = first.get(name);
return before === void 0 && first.set(name, i), before === void 0 ? [] : [{
path: [
"stages",
i,
"name"
],
refusal: {
code: "RB102",
message: `stage ${before + 1} is called ${quote(name)} already`,
why: "The record tells stages apart by their names.",
fix: "Give this stage another name."
}
}];
});
}
function shapesOf(metrics) {
return Object.fromEntries(Object.entries(metrics).flatMap(([name, metric]) => {
let shape = shapeOfMetric(metric);
return shape === void 0 ? [] : [[name, shape]];
}));
}
function aroundOf(shift, canary) {
let milliseconds = (value) => typeof value == "string" ? parseDuration(value) : void 0, hold = milliseconds(shift.hold) || 6e4;
return {
hold,
every: milliseconds(shift.every) || 1e3,
maxHold: Math.max(hold, milliseconds(canary["max-hold"]) ?? 2 * hold),
hasStable: (shift.traffic ?? shift.hosts) !== "100%"
};
}
function limitRules(written, metrics, around, path) {
if (typeof written != "string") return [];
let [start = "", word = ""] = /^\s*([^\s<>=!]*)/.exec(written) ?? [], { limit } = parseLimit(written, [word]);
if (limit === void 0) return [];
let within = {
at: start.length - word.length,
length: word.length
}, measured = limit.metric === "availability" && "error-rate" in metrics ? "error-rate" : limit.metric, declared = Object.keys(metrics);
if (!declared.includes(measured)) {
let near = nearName(word, declared), names = declared.map((name) => `\`${name}\``).join(", ");
return [{
path,
refusal: {
code: "RB101",
message: `no metric ${quote(limit.metric)} is declared${near === void 0 ? "" : `, did you mean \`${near}\`?`}`,
why: names === "" ? "There is no `metrics` at all, so nobody provides numbers." : `\`metrics\` declares ${names}.`,
fix: near === void 0 ? `Declare \`${limit.metric}\` under \`metrics\`.` : `Write \`${near}\`.`,
within
}
}];
}
let shapes = shapesOf(metrics);
if (!Object.hasOwn(shapes, measured)) return [];
let undecidable = (message, fix) => ({
path,
refusal: {
code: "RB106",
message,
why: "A limit that can never be decided would hold every release until it is given up.",
fix,
within
}
}), forgotten = limit.versus === "before" ? forgetsBefore(metrics[measured]) : void 0;
if (forgotten !== void 0) return [undecidable(`\`${written.trim()}\` cannot be judged here: ${forgotten}`, "Compare `vs stable`, or read this metric from a source that keeps its past, such as `prometheus`.")];
let doubt = unitInDoubt(limit, shapes[measured]);
if (doubt !== void 0) return [{
path,
refusal: {
...doubt,
within
}
}];
let { hasStable, ...times } = around, gate = {
limits: [limit],
metrics: shapes,
before: { [measured]: LATER },
candidate: "candidate",
startedAt: 0,
...times
};
return gateProblems(hasStable ? {
...gate,
stable: "stable"
} : gate).map((problem) => undecidable(problem.replace(/\.$/, ""), `Change the limit, or what \`metrics.${measured}\` reads: \`bad\` and \`total\`, a \`histogram\`, or a \`value\`.`));
}
const LATER = {
kind: "no-data",
reason: "later",
message: "Measured when the gate begins."
};
function writtenLimits(place) {
let page = place["page-limits"];
return [
[["limits"], place.limits],
[["warn-limits"], place["warn-limits"]],
Array.isArray(page) ? [["page-limits"], page] : [["page-limits", "limits"], mapOf(page).limits]
].flatMap(([path, list]) => listOf(list).map((limit, i) => [[...path, i], limit]));
}
function watchRules(watch, metrics, path) {
let hold = (typeof watch.for == "string" ? parseDuration(watch.for) : void 0) || 36e5, every = (typeof watch.every == "string" ? parseDuration(watch.every) : void 0) || 6e4, around = {
hold,
every: Math.min(every, hold),
maxHold: 2 * hold,
hasStable: !1
};
return writtenLimits(watch).flatMap(([at, limit]) => limitRules(limit, metrics, around, [...path, ...at]));
}
const hostOf = (url) => typeof url == "string" && URL.canParse(url) ? new URL(url).host : void 0;
function addressRules(checks, site, path) {
return checks.flatMap((check, i) => {
let host = hostOf(mapOf(mapOf(check).http).url);
return host === void 0 || site === void 0 || host === site ? [] : [{
path: [
...path,
i,
"http",
"url"
],
refusal: {
code: "RB050",
message: `${quote(host)} is not the host of this runbook's \`url\``,
why: "A check runs inside a release; it asks the site that is released and nobody else.",
fix: "Use the host of `url`, or only a path with `get:`."
}
}];
});
}
function secretRules(stage, path) {
return listOf(stage["smoke-test"]).flatMap((check, i) => {
let [kind] = Object.keys(mapOf(check)).filter((key) => key === "github" || key === "sentry");
if (kind === void 0) return [];
let refusal = {
code: "RB123",
message: `\`${kind}\` needs a token, and a smoke test has none`,
why: "Smoke tests run the repository's own code, which must not reach a secret.",
fix: "Move it into the `preflight`: it is checked before anything moves.",
atKey: !0
};
return [{
path: [
...path,
"smoke-test",
i,
kind
],
refusal
}];
});
}
function runbookRules(data) {
let runbook = mapOf(data), metrics = mapOf(runbook.metrics), stages = listOf(runbook.stages).map(mapOf), site = hostOf(runbook.url);
return [
...stageNameRules(stages),
...afterRules(runbook),
...commitRules(stages),
...flagRules(runbook),
...targetRules(runbook, stages),
...containerRules(runbook),
...peopleRules(data),
...watchRules(mapOf(runbook.watch), metrics, ["watch"]),
...stages.flatMap((stage, i) => {
let path = ["stages", i], canary = mapOf(stage.canary), shifts = listOf(canary.shifts).map(mapOf);
return [
...stageRules(stage, path),
...targetStageRules(runbook.target, stage, path),
...secretRules(stage, path),
...shifts.flatMap((shift, s) => writtenLimits(shift).flatMap(([at, limit]) => limitRules(limit, metrics, aroundOf(shift, canary), [
...path,
"canary",
"shifts",
s,
...at
]))),
...watchRules(mapOf(stage.watch), metrics, [...path, "watch"]),
...addressRules(listOf(stage.preflight), site, [...path, "preflight"]),
...addressRules(listOf(stage["smoke-test"]), site, [...path, "smoke-test"])
];
})
];
}
export { runbookRules as n, LATER as t };
