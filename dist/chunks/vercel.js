import { h as ProviderError, m as InputError, r as plainText } from "./words.js";
import { C as unknown, E as NEVER, S as union, b as string, g as number, h as looseObject, l as array, u as boolean, v as record } from "./zod.js";
import { n as oneLine, r as restClient, t as defaultPatience } from "./rest.js";
import { r as looksSecret } from "./release.js";
import path from "node:path";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { parseEnv } from "node:util";
const aliasRequest = looseObject({
fromDeploymentId: string().nullish(),
toDeploymentId: string(),
jobStatus: string(),
requestedAt: number(),
type: string()
}), project = looseObject({
id: string(),
name: string(),
autoAssignCustomDomains: boolean().nullish(),
link: looseObject({
type: string(),
org: string().nullish(),
repo: string().nullish(),
repoId: union([string(), number()]).nullish(),
productionBranch: string().nullish()
}).nullish(),
lastAliasRequest: aliasRequest.nullish()
}), domainList = looseObject({ domains: array(looseObject({ name: string() })) }), deployment = looseObject({
id: string().optional(),
uid: string().optional(),
projectId: string().nullish(),
url: string().nullish(),
target: string().nullish(),
readyState: string().optional(),
state: string().optional(),
readySubstate: string().nullish(),
createdAt: number().optional(),
created: number().optional(),
errorCode: string().nullish(),
errorMessage: string().nullish(),
meta: record(string(), unknown()).nullish()
}).transform((found, context) => {
let id = found.id ?? found.uid, readyState = found.readyState ?? found.state;
if (id === void 0 || readyState === void 0) return context.addIssue({
code: "custom",
message: "missing",
path: [id === void 0 ? "id" : "readyState"]
}), NEVER;
let { projectId, url, target, readySubstate, errorCode, errorMessage } = found;
return {
id,
projectId,
url,
target,
readyState,
readySubstate,
createdAt: found.createdAt ?? found.created ?? 0,
errorCode,
errorMessage,
meta: found.meta
};
}), deploymentList = looseObject({ deployments: array(deployment) }), stage = looseObject({
index: number(),
targetPercentage: number()
}), rollout = looseObject({
state: string(),
advancementType: string().nullish(),
currentDeployment: looseObject({ id: string() }).nullish(),
canaryDeployment: looseObject({ id: string() }).nullish(),
queuedDeploymentId: string().nullish(),
stages: array(stage).nullish(),
activeStage: stage.nullish(),
currentCanaryPercentage: number().nullish()
}), rollingRelease = looseObject({ rollingRelease: rollout.nullable() }), config = looseObject({ stages: array(looseObject({
targetPercentage: number(),
duration: number().nullish()
})).nullish() }), rollingConfig = looseObject({ rollingRelease: config.nullable() }), billing = looseObject({
reason: string(),
message: string().nullish(),
enabledProjects: array(string()).nullish()
}), envVariable = looseObject({
id: string().optional(),
key: string(),
value: string().nullish(),
type: string(),
target: union([string(), array(string())]).nullish(),
gitBranch: string().nullish(),
createdAt: number().nullish(),
updatedAt: number().nullish()
}), envList = looseObject({ envs: array(envVariable) }), envWritten = looseObject({ failed: array(looseObject({ error: looseObject({
code: string(),
message: string().nullish(),
key: string().nullish(),
envVarKey: string().nullish()
}) })) }), official = "https://api.vercel.com", apiVariable = "SLUICE_VERCEL_API";
function apiBase(env) {
let address = env[apiVariable];
if (address === void 0 || address === "") return new URL(official);
let url = URL.canParse(address) ? new URL(address) : void 0;
if (url !== void 0 && url.protocol === "http:" && /^(localhost|127\.\d+\.\d+\.\d+)$/.test(url.hostname) && url.username === "" && url.password === "") return url;
throw new InputError(`${apiVariable} may only be an http address of this machine, such as http://127.0.0.1:8080. Unset it to talk to Vercel itself.`);
}
function mend({ status, said, detail }, needs, scope) {
let isInvalid = typeof detail == "object" && !!detail && "invalidToken" in detail;
return status === 401 || isInvalid || /token/i.test(said) ? `The token is wrong or has expired: create one for ${scope} at vercel.com/account/settings/tokens and store it as the secret that \`target.vercel.token\` names.` : status === 403 ? `The token's owner may not do this in ${scope}. It needs ${needs ?? "access to the project"}; give it that role, or use a token whose scope is that team.` : status === 402 ? "The plan of this account does not include it." : status === 404 || status === 410 ? `It does not exist (any more) in ${scope}. Compare \`target.vercel.project\` and \`team\` with the project's settings.` : "";
}
const deploys = "the project role Project Developer or higher, or the permission Full Production Deployment", setsVariables = "the permission Environment Variable Manager";
function vercelApi(spec, ports) {
let { project: projectId, team, token } = spec;
if (token === void 0 || token === "") throw new InputError("`target.vercel.token` is empty. Store a token of Vercel as the secret VERCEL_TOKEN.");
let base = apiBase(ports.env), scope = team === void 0 ? "the token's own account" : `team ${team}`, rest = restClient({
provider: "vercel",
base,
token,
query: team === void 0 ? {} : { teamId: team },
mend: (refused, needs) => mend(refused, needs, scope)
}, ports), here = `/projects/${encodeURIComponent(projectId)}`, rolling = `/v1${here}/rolling-release`, notFound = () => new InputError(`Vercel knows no project ${projectId} in ${scope}: it belongs to another team, or was deleted. Compare \`target.vercel.project\` and \`target.vercel.team\` with the ids under Settings, General.`), found = (value) => {
if (value === void 0) throw notFound();
return value;
}, post = (to, path, body, needs = deploys) => rest.write({
to,
needs,
method: "POST",
path,
body
});
return {
projectId,
isTwin: base.origin !== official,
now: rest.now,
async project() {
let path = `/v9${here}`, read = found(await rest.read({
to: "read the project",
path,
query: { rollbackInfo: "true" },
schema: project
}));
if (read.id !== projectId) throw new InputError(`\`target.vercel.project\` is ${projectId}, and Vercel answers with ${read.id}. Write the project's id, which begins with prj_.`);
return read;
},
async productionDomains() {
let call = {
to: "list the production domains",
path: `/v9${here}/domains`,
query: {
production: "true",
redirects: "false",
verified: "true",
limit: "100"
},
schema: domainList
};
return found(await rest.read(call)).domains.map(({ name }) => name);
},
deployment: (idOrUrl) => rest.read({
to: `read deployment ${idOrUrl}`,
path: `/v13/deployments/${encodeURIComponent(idOrUrl)}`,
schema: deployment
}),
async deployments(which) {
let call = {
to: "list the production deployments",
path: "/v7/deployments",
query: {
projectId,
target: "production",
limit: "100",
...which === "all" ? {} : { rollbackCandidate: "true" }
},
schema: deploymentList
};
return found(await rest.read(call)).deployments;
},
async rollingRelease() {
let call = {
to: "read the rolling release",
path: rolling,
schema: rollingRelease
};
return (await rest.read(call))?.rollingRelease ?? null;
},
async rollingConfig() {
let call = {
to: "read the rolling release's stages",
path: `${rolling}/config`,
schema: rollingConfig
};
return (await rest.read(call))?.rollingRelease ?? null;
},
billing: async () => found(await rest.read({
to: "read what the plan allows of rolling releases",
path: `${rolling}/billing`,
schema: billing
})),
writeRollingConfig: (stages) => rest.write({
to: "set the rolling release's stages",
needs: "the project role Project Administrator",
method: "PATCH",
path: `${rolling}/config`,
body: {
enabled: !0,
advancementType: "manual-approval",
stages: stages.map((targetPercentage) => ({ targetPercentage }))
}
}),
create: (body) => rest.write({
to: "build the deployment",
needs: deploys,
method: "POST",
path: "/v13/deployments",
query: {
forceNew: "1",
skipAutoDetectionConfirmation: "1"
},
body,
schema: deployment
}),
promote: (id) => post(`promote ${id}`, `/v10${here}/promote/${encodeURIComponent(id)}`, {}),
rollback: (id) => post(`roll back to ${id}`, `/v1${here}/rollback/${encodeURIComponent(id)}`, {}),
startRollout: (canaryDeploymentId) => post(`start the rolling release of ${canaryDeploymentId}`, `${rolling}/start`, { canaryDeploymentId }),
approveStage: (canaryDeploymentId, activeStageIndex, nextStageIndex) => post(`approve stage ${nextStageIndex + 1} of the rolling release`, `${rolling}/approve-stage`, {
activeStageIndex,
nextStageIndex,
canaryDeploymentId
}),
completeRollout: (canaryDeploymentId) => post(`complete the rolling release of ${canaryDeploymentId}`, `${rolling}/complete`, { canaryDeploymentId }),
async variables() {
let call = {
to: "list the environment variables",
path: `/v10${here}/env`,
needs: setsVariables,
schema: envList
};
return found(await rest.read(call)).envs;
},
variable: (id) => rest.read({
to: "read an environment variable",
needs: setsVariables,
path: `/v1${here}/env/${encodeURIComponent(id)}`,
schema: envVariable
}),
writeVariables: (body) => rest.write({
to: "set environment variables",
needs: setsVariables,
method: "POST",
path: `/v10${here}/env`,
query: { upsert: "true" },
body,
schema: envWritten
}),
removeVariable: (id) => rest.write({
to: "remove an environment variable",
needs: setsVariables,
method: "DELETE",
path: `/v9${here}/env/${encodeURIComponent(id)}`
}),
remove: (id) => rest.write({
to: `remove deployment ${id}`,
needs: deploys,
method: "DELETE",
path: `/v13/deployments/${encodeURIComponent(id)}`
})
};
}
function isUnderWay(request, now) {
return request != null && ![
"succeeded",
"failed",
"skipped"
].includes(request.jobStatus) && now - request.requestedAt < longestAliasJobMs;
}
const longestAliasJobMs = 18e4, unreadable = (message) => new ProviderError("vercel", message, { retryable: !0 }), answerWithinMs = 1e4, bypassHeaders = (secret) => secret === void 0 ? {} : { "x-vercel-protection-bypass": secret };
function isProtection(status, headers) {
let location = headers.get("location") ?? "", cookie = headers.get("set-cookie") ?? "";
return status >= 300 && status < 400 ? /^https:\/\/vercel\.com\/(sso|login)/.test(location) : status === 401 && (/_vercel_sso_nonce/.test(cookie) || headers.get("x-vercel-protection") !== null || headers.get("server") === "Vercel");
}
async function probeDeployment(version, address, { health: path, bypass }, ports) {
if (address === void 0) return {
healthy: !0,
message: `Deployment ${version} is READY; it has no address of its own.`
};
let deadline = new AbortController(), done = new AbortController();
ports.clock.sleep(answerWithinMs, done.signal).then(() => deadline.abort(), () => void 0);
let url = new URL(path, address);
try {
let headers = bypassHeaders(bypass), { status, headers: given } = await ports.fetch(url, {
headers,
redirect: "manual",
signal: deadline.signal
});
return isProtection(status, given) ? {
healthy: !0,
message: bypass === void 0 ? `Deployment ${version} is READY; its own address is protected, so ${path} was not asked (set \`target.vercel.bypass\`).` : `Deployment ${version} is READY; its protection refused the bypass secret, so ${path} was not asked. Renew the secret under Settings, Deployment Protection.`
} : {
healthy: status >= 200 && status < 300,
message: `Deployment ${version} answered ${status} at ${url}.`
};
} catch (error) {
return {
healthy: !1,
message: `Deployment ${version} did not answer at ${url}: ${deadline.signal.aborted ? `nothing within ${answerWithinMs / 1e3} s` : error instanceof Error ? error.message : "nothing"}.`
};
} finally {
done.abort();
}
}
const isActive = (rollout) => rollout?.state === "ACTIVE", endedStates = ["COMPLETE", "ABORTED"];
function rolloutShares(rollout) {
let { currentDeployment, canaryDeployment, activeStage, currentCanaryPercentage } = rollout, percent = currentCanaryPercentage ?? activeStage?.targetPercentage;
if (!currentDeployment || !canaryDeployment || percent === void 0 || percent < 0 || percent > 100) throw unreadable("Vercel says that a rolling release is active and not which deployments share production, so nothing is known. Look at the project's dashboard.");
return {
base: currentDeployment.id,
canary: canaryDeployment.id,
percent
};
}
function productionOf({ project, rollout, domains }) {
if (rollout !== null && !isActive(rollout) && !endedStates.includes(rollout.state)) throw unreadable(`Vercel says that the rolling release is ${JSON.stringify(rollout.state.slice(0, 40))}, a state this version of Sluice does not know. Update Sluice, or finish the rolling release by hand.`);
let shares = isActive(rollout) ? rolloutShares(rollout) : void 0, weights = new Map(), add = (version, weight) => weights.set(version, (weights.get(version) ?? 0) + weight);
for (let { deployment } of domains) shares !== void 0 && (deployment === shares.base || deployment === shares.canary) ? (add(shares.base, (100 - shares.percent) / domains.length), add(shares.canary, shares.percent / domains.length)) : add(deployment, 100 / domains.length);
let serving = [...weights].map(([version, weight]) => ({
version,
weight: Math.round(weight * 1e3) / 1e3
})).filter(({ weight }) => weight > 0);
return {
generation: generationOf(project.lastAliasRequest, rollout, domains),
serving
};
}
function generationOf(request, rollout, domains) {
let event = request ? `${request.type}-${request.requestedAt}` : "first", pointed = [...new Set(domains.map(({ deployment }) => deployment))].sort().join("+");
if (!isActive(rollout)) return `${event}/${pointed}`;
let { canary, percent } = rolloutShares(rollout);
return `${event}/${pointed}/${canary}@${rollout.activeStage?.index ?? "-"}:${percent}`;
}
const servesAlone = ({ serving }) => serving.length === 1 && serving[0]?.weight === 100 ? serving[0].version : void 0;
function productionReader(api, domain, ports) {
let domains = domain === void 0 ? void 0 : [domain];
async function domainNames() {
if (domains ??= await api.productionDomains(), domains.length === 0) throw new InputError("The project has no verified production domain, so nothing says what production is. Add one under Settings, Domains.");
if (domains.length > mostDomains) throw new InputError(`The project has ${domains.length} production domains; name the one that is read back with \`target.vercel.domain\`.`);
return domains;
}
async function pointed(name) {
let found = await api.deployment(name);
if (found === void 0) throw new InputError(`No deployment answers at ${name}: it is no production domain of this project, or nothing was ever promoted. Check \`target.vercel.domain\`, and deploy the first version by hand.`);
if (found.projectId !== void 0 && found.projectId !== null && found.projectId !== api.projectId) throw new InputError(`${name} serves project ${found.projectId}, not ${api.projectId}. Correct \`target.vercel.domain\` or \`target.vercel.project\`.`);
return {
domain: name,
deployment: found.id
};
}
async function look() {
let [project, rollout, found] = await Promise.all([
api.project(),
api.rollingRelease(),
domainNames().then((names) => Promise.all(names.map(pointed)))
]);
return {
project,
rollout,
domains: found
};
}
return {
look,
async settled() {
let startedAt = ports.clock.monotonic();
for (;;) {
let facts = await look(), request = facts.project.lastAliasRequest;
if (!request || !isUnderWay(request, api.now())) return facts;
if (ports.clock.monotonic() - startedAt >= 3e4) throw stillMoving(request);
await ports.clock.sleep(500);
}
}
};
}
const mostDomains = 10, stillMoving = ({ type, toDeploymentId, requestedAt }) => unreadable(`Vercel is moving the production domains to ${toDeploymentId} (${type}, since ${new Date(requestedAt).toISOString()}) and has not finished. Look at vercel-status.com, and run it again.`);
async function findingsOf(api, shares) {
let [project, rollout, config] = await Promise.all([
api.project(),
api.rollingRelease(),
api.rollingConfig()
]), findings = [];
project.link && project.autoAssignCustomDomains !== !1 && findings.push({
reason: "auto-assign-on",
message: `Project ${project.name} ships every push to ${project.link.productionBranch ?? "its production branch"} by itself. Switch \`Auto-assign Custom Production Domains\` off under Settings, Environments, Production, so that nothing reaches users before it was tested.`
}), isActive(rollout) && findings.push({
reason: "rolling-release-active",
message: `Vercel is in the middle of a rolling release of ${rollout.canaryDeployment?.id ?? "another deployment"}. Complete or abort it on Vercel first: every promotion would queue behind it.`
});
let configured = (config?.stages ?? []).map(({ targetPercentage }) => targetPercentage);
return shares.some((share) => share < 100) ? findings.push(...await slotFindings(api, configured)) : configured.length > 0 && findings.push({
reason: "rolling-releases-on",
message: `The project rolls every promotion out by ${configured.join("%, ")}%, and the runbook gives all traffic at once. Write these shares as \`canary.shifts\`, or switch rolling releases off under Settings, Build and Deployment.`
}), findings;
}
async function slotFindings(api, configured) {
let { reason, message, enabledProjects } = await api.billing(), alternatives = "Keep only `- { traffic: 100% }` with its limits: the deployment is tested at its own address, gets all traffic at once, and is judged right after.", said = message ? ` (${oneLine(message)})` : "";
if (reason === "plan_not_supported") return [{
reason: "no-rolling-releases",
message: `The plan of this account has no rolling releases${said}, so a candidate gets all traffic or none. ${alternatives} Or move the team to Pro or Enterprise.`
}];
let holdsPlace = configured.length > 0 || enabledProjects?.includes(api.projectId) === !0;
return reason === "no_available_slots" && !holdsPlace ? [{
reason: "no-rolling-release-slot",
message: `The team's rolling releases are used up by other projects${said}. Switch one of them off, or ${alternatives.charAt(0).toLowerCase()}${alternatives.slice(1)}`
}] : [];
}
const targetsOf = ({ target }) => typeof target == "string" ? [target] : target ?? [], isReadable = ({ type }) => type === "plain" || type === "encrypted";
async function configureVariables(api, variables, shown = !1) {
let before = await productionVariables(api);
for (let name of Object.keys(variables)) refuseShared(name, before.get(name));
let differing = [];
for (let [name, value] of Object.entries(variables)) {
let known = before.get(name);
(known === void 0 || await shownValue(api, known) !== value) && differing.push({
name,
value,
type: known?.type ?? (looksSecret(value) && !shown ? "sensitive" : "encrypted")
});
}
if (differing.length === 0) return {
changed: [],
unreadable: []
};
let body = differing.map(({ name: key, value, type }) => ({
key,
value,
type,
target: ["production"]
})), written = await api.writeVariables(body);
if (written.outcome === "refused") throw written.error;
written.outcome === "accepted" && refuseFailed(written.value?.failed ?? []);
let unread = await readBack(api, differing);
return {
changed: differing.map(({ name }) => name),
unreadable: unread
};
}
async function removeVariables(api, names) {
let before = await productionVariables(api);
for (let name of names) {
let known = before.get(name);
if (known?.id === void 0) continue;
refuseShared(name, known);
let written = await api.removeVariable(known.id);
if (written.outcome === "refused") throw written.error;
}
let left = await productionVariables(api), stayed = names.filter((name) => left.has(name));
if (stayed.length > 0) throw unreadable(`Vercel was to remove ${stayed.join(", ")} and still shows it. Run it again, or remove it by hand.`);
}
async function readVariables(api) {
let values = {}, unreadable = [];
for (let [name, variable] of await productionVariables(api)) {
let value = await shownValue(api, variable);
value === void 0 ? unreadable.push(name) : values[name] = value;
}
return {
values,
unreadable
};
}
async function variableMarks(api, names) {
let marks = {}, known = await productionVariables(api);
for (let name of names) {
let variable = known.get(name);
if (variable !== void 0) {
if (typeof variable.updatedAt != "number") throw unreadable(`Vercel does not say when the variable ${name} was set, so nothing tells whether it changed.`);
marks[name] = `set:${variable.updatedAt}`;
}
}
return marks;
}
async function productionVariables(api) {
let found = (await api.variables()).filter((variable) => targetsOf(variable).includes("production") && !variable.gitBranch);
return new Map(found.map((variable) => [variable.key, variable]));
}
function refuseShared(name, known) {
let others = known === void 0 ? [] : targetsOf(known).filter((target) => target !== "production");
if (others.length !== 0) throw new InputError(`The variable ${name} is shared by production and ${others.join(", ")}, so setting it here would change it there too. Split it on Vercel into one variable for each environment.`);
}
async function shownValue(api, variable) {
if (isReadable(variable) && variable.id !== void 0) return (await api.variable(variable.id))?.value ?? void 0;
}
function refuseFailed(failed) {
if (failed.length === 0) return;
let told = failed.map(({ error }) => {
let name = error.envVarKey ?? error.key;
return `${typeof name == "string" ? `${oneLine(name)}: ` : ""}${oneLine(String(error.code))}`;
});
throw new InputError(`Vercel did not set ${failed.length} of the variables (${told.join("; ")}) although it answered as if it had. Correct them on Vercel or in the runbook and run it again.`);
}
async function readBack(api, sent) {
let after = await productionVariables(api), unread = [];
for (let { name, value } of sent) {
let known = after.get(name);
if (known === void 0) throw unreadable(`Vercel accepted the variable ${name} and does not show it. Run it again.`);
if (!isReadable(known)) unread.push(name);
else if (await shownValue(api, known) !== value) throw unreadable(`Vercel accepted the variable ${name} and shows another value. Run it again.`);
}
return unread;
}
const cliVersion = "60.1.3", deployed = looseObject({ deployment: looseObject({ id: string() }) });
async function deployLocalBuild(spec, { directory }, meta, ports) {
let cli = await findCli(directory, ports), config = await mkdtemp(path.join(tmpdir(), "sluice-vercel-"));
try {
let api = apiBase(ports.env).href.replace(/\/$/, ""), settings = ports.env.SLUICE_VERCEL_API === void 0 ? {} : { api };
await writeFile(path.join(config, "config.json"), JSON.stringify(settings));
let run = (name, args) => command(cli, name, args, {
spec,
directory,
config
}, ports);
await run("pull", ["--environment=production"]), await maskPulled(directory, ports), await run("build", ["--prod"]);
let { stdout } = await run("deploy", [
"--prebuilt",
"--prod",
"--skip-domain",
"--archive=tgz",
"--json",
...Object.entries(meta).flatMap(([key, value]) => ["-m", `${key}=${value}`])
]);
return idIn(stdout);
} finally {
await rm(config, {
recursive: !0,
force: !0
}), await rm(path.join(directory, ".vercel"), {
recursive: !0,
force: !0
});
}
}
async function maskPulled(directory, ports) {
let pulled = await readFile(path.join(directory, ".vercel", ".env.production.local"), "utf8").catch(() => "");
for (let value of Object.values(parseEnv(pulled))) value !== void 0 && value.length >= 4 && looksSecret(value) && ports.mask(value);
}
async function findCli(directory, ports) {
let env = {
PATH: ports.env.PATH ?? "",
HOME: ports.env.HOME ?? "",
VERCEL_TELEMETRY_DISABLED: "1"
}, found = await ports.exec("vercel", ["--version"], {
cwd: directory,
env,
timeoutMs: 6e4
}).catch(() => void 0);
return found?.code === 0 && found.stdout.trim().split(/\s+/).at(-1) === "60.1.3" ? ["vercel"] : [
"npx",
"--yes",
"--package",
`vercel@${cliVersion}`,
"--",
"vercel"
];
}
async function command([file, ...before], name, args, { spec, directory, config }, ports) {
ports.cancelled.throwIfAborted();
let env = {
PATH: ports.env.PATH ?? "",
HOME: config,
VERCEL_TOKEN: spec.token,
VERCEL_PROJECT_ID: spec.project,
...spec.team === void 0 ? {} : { VERCEL_ORG_ID: spec.team },
VERCEL_TELEMETRY_DISABLED: "1",
CI: "1",
FORCE_COLOR: "0"
}, common = [
"--yes",
"--non-interactive",
"--cwd",
directory,
"--global-config",
config
], result = await ports.exec(file, [
...before,
name,
...args,
...common
], {
cwd: directory,
env,
timeoutMs: 27e5
}).catch((problem) => {
throw new InputError(`Vercel's command line cannot be started (${oneLine(problem.message)}). Install vercel@${cliVersion} before this step, or write \`build: remote\`.`);
});
if (result.code === 0) return result;
let how = result.code === null ? `was ended (${result.signal})` : `ended with ${result.code}`, last = plainText(result.stderr).split("\n").filter((line) => line.trim() !== "").slice(-10), said = last.length === 0 ? "" : `\nIts last lines:\n${last.map((line) => `  ${line.slice(0, 300)}`).join("\n")}`;
throw new InputError(`\`vercel ${name}\` ${how}; production was not touched. Fix what it says and push again.${said}`);
}
function idIn(stdout) {
let start = stdout.indexOf("{"), parsed;
try {
parsed = JSON.parse(start < 0 ? "" : stdout.slice(start));
} catch {
parsed = void 0;
}
let found = deployed.safeParse(parsed);
if (found.success && /^dpl_[A-Za-z0-9]+$/.test(found.data.deployment.id)) return found.data.deployment.id;
throw new ProviderError("vercel", "Vercel's command line uploaded a build and did not say which deployment it made. Run the step again.", { retryable: !0 });
}
const commitMark = "sluiceCommit", buildWithinMs = 276e4, failedStates = [
"ERROR",
"CANCELED",
"BLOCKED",
"DELETED"
];
async function stageDeployment(api, spec, request, ports) {
await configureShares(api, request.shares ?? [100]);
let ready = await untilReady(api, await alreadyStaged(api, request.commit) ?? await build(api, spec, request, ports), ports);
refuseUnlessBeside(ready, api.projectId);
let address = addressOf(api, ready);
if (address === void 0) throw unreadable(`Vercel gives no address for deployment ${ready.id}, so it cannot be tested. Run it again.`);
return {
version: ready.id,
url: address
};
}
function addressOf(api, { url }) {
if (url != null && /^[A-Za-z0-9.-]+(:\d{1,5})?$/.test(url)) return `${api.isTwin ? "http" : "https"}://${url}`;
}
async function configureShares(api, shares) {
let same = (stages) => stages.join() === shares.join(), configured = async () => ((await api.rollingConfig())?.stages ?? []).map((stage) => stage.targetPercentage);
if (shares.every((share) => share === 100)) {
let left = await configured();
if (left.length === 0) return;
throw new InputError(`The project rolls every promotion out by ${left.join("%, ")}%, and this stage gives all traffic at once. Write shares for every stage that deploys, or for none. Nothing was deployed.`);
}
if (same(await configured())) return;
let written = await api.writeRollingConfig(shares);
if (written.outcome === "refused") throw written.error;
let read = await configured();
if (!same(read)) throw new ProviderError("vercel", `The rolling release was to have the stages ${shares.join(", ")}, and Vercel shows ${read.join(", ") || "none"}. Nothing was deployed; run it again.`, { retryable: !0 });
}
async function alreadyStaged(api, commit) {
let [newest] = (await api.deployments("all")).filter(({ meta, readyState, readySubstate }) => meta?.sluiceCommit === commit && readySubstate !== "PROMOTED" && readySubstate !== "ROLLING" && !failedStates.includes(readyState));
if (newest !== void 0) return Math.max(0, ...(await api.variables()).map(({ updatedAt, createdAt }) => updatedAt ?? createdAt ?? 0)) < newest.createdAt ? newest.id : void 0;
}
async function build(api, spec, request, ports) {
if (ports.cancelled.throwIfAborted(), spec.build === "local") return deployLocalBuild(spec, request, { [commitMark]: request.commit }, ports);
let project = await api.project(), written = await api.create({
name: project.name,
project: project.id,
target: "production",
gitSource: gitSourceOf(project, request.commit),
meta: { [commitMark]: request.commit },
autoAssignCustomDomains: !1
});
if (written.outcome === "accepted" && written.value !== void 0) return written.value.id;
if (written.outcome === "refused") throw written.error;
let begun = await alreadyStaged(api, request.commit);
if (begun !== void 0) return begun;
throw written.outcome === "unknown" ? written.error : unreadable("Vercel began a build and did not say which. Run it again.");
}
function gitSourceOf({ id, link }, commit) {
if (link == null || !/^github/.test(link.type)) throw new InputError(`Project ${id} is not connected to a GitHub repository, so Vercel cannot build commit ${commit.slice(0, 12)} by itself. Connect it under Settings, Git, or write \`build: local\`.`);
let { type, repoId, org, repo } = link, where = repoId == null ? {
org: org ?? "",
repo: repo ?? ""
} : { repoId };
return {
type,
ref: link.productionBranch ?? "main",
sha: commit,
...where
};
}
async function untilReady(api, id, ports) {
let startedAt = ports.clock.monotonic();
for (;;) {
ports.cancelled.throwIfAborted();
let found = await api.deployment(id);
if (found === void 0) throw new InputError(`Deployment ${id} was deleted while it was being built. Release the commit again.`);
if (found.readyState === "READY") return found;
if (failedStates.includes(found.readyState)) throw buildFailed(found);
if (ports.clock.monotonic() - startedAt >= buildWithinMs) throw unreadable(`Deployment ${id} is ${found.readyState} after ${buildWithinMs / 6e4} minutes. Look at its build log on Vercel and run the step again.`);
await ports.clock.sleep(2e3, ports.cancelled);
}
}
function buildFailed({ id, readyState, errorCode, errorMessage }) {
let said = oneLine([errorCode, errorMessage].filter((part) => typeof part == "string").join(": "));
return new InputError(`The build of deployment ${id} ended as ${readyState}${said === "" ? "" : ` (${said})`}; production was not touched. Read its build log on Vercel, fix the commit or the project's settings, and push again.`);
}
function refuseUnlessBeside({ id, projectId, target, readySubstate }, ours) {
if (projectId != null && projectId !== ours) throw new InputError(`Deployment ${id} belongs to project ${projectId}, not to ${ours}. Check \`target.vercel\`.`);
if (target !== "production") throw new InputError(`Deployment ${id} was built for ${target ?? "a preview"}, not for production: promoting it would build it anew. Deploy it with the target production.`);
if (readySubstate === "PROMOTED" || readySubstate === "ROLLING") throw new InputError(`Deployment ${id} took production traffic by itself, before anything was tested. Switch \`Auto-assign Custom Production Domains\` off under Settings, Environments, Production, roll back, and release again.`);
}
const settleWithinMs = 18e4, quickLooksMs = 1e4, quietMs = defaultPatience.requestMs + 5e3, percents = (stages) => (stages ?? []).map(({ targetPercentage }) => targetPercentage), asPercents = (shares) => shares.map((share) => `${share}%`).join(", ") || "none";
function nextMove(facts, configured, request) {
let { rollout } = facts, { candidate, weight } = request;
if (!isActive(rollout)) return configured.length === 0 ? weight === 100 ? { call: "promote" } : stagesDiffer(configured, weight, "has no rolling release configured") : configured[0] === weight ? { call: "start" } : stagesDiffer(configured, weight, `would begin its rolling release with ${configured[0]}%`);
let { canary } = rolloutShares(rollout);
if (canary !== candidate) return {
reason: "rolling-release-active",
message: `Vercel is rolling out ${canary}, which is not the candidate. Complete or abort that rolling release on Vercel, then release again.`
};
if (weight === 100) return { call: "complete" };
let from = rollout.activeStage?.index, next = rollout.stages?.find(({ index }) => index === (from ?? 0) + 1);
return from === void 0 || next?.targetPercentage !== weight ? stagesDiffer(percents(rollout.stages), weight, "is in the middle of a rolling release whose next stage is another") : {
call: "approve",
from,
to: next.index
};
}
function stagesDiffer(stages, weight, how) {
return {
reason: "rolling-release-stages-differ",
message: `The candidate cannot get ${weight}%: the project ${how} (its stages: ${asPercents(stages)}). Sluice sets the stages when it deploys; somebody changed them since. Release again.`
};
}
function trafficMover(api, reader, ports) {
async function settle(before, wanted) {
let startedAt = ports.clock.monotonic(), seen;
for (;;) {
let passed = ports.clock.monotonic() - startedAt, facts = await reader.settled().catch(unlessUnreadable), production = facts === void 0 ? void 0 : productionOf(facts), there = facts !== void 0 && production !== void 0 && wanted(facts, production);
if (there && production.generation === seen) return production;
if (facts !== void 0 && !there && hasFailed(facts, before) && passed > quickLooksMs || (seen = there ? production.generation : void 0, passed >= settleWithinMs)) return;
await ports.clock.sleep(there || passed < quickLooksMs ? 250 : 2e3);
}
}
let send = (move, candidate) => {
switch (move.call) {
case "start": return api.startRollout(candidate);
case "approve": return api.approveStage(candidate, move.from, move.to);
case "complete": return api.completeRollout(candidate);
case "promote": return api.promote(candidate);
}
}, present = async () => reader.settled().then(productionOf).catch(unlessUnreadable);
async function takeBack(stable, why) {
ports.log.warn(`${why} Traffic goes back to ${stable}.`);
let back = await restore({ to: stable });
return {
outcome: "unknown",
message: `${why} ${back.outcome === "applied" ? "Production is back on stable." : `Taking it back failed too: ${back.message}`}`
};
}
async function shift(request) {
let { candidate, stable, weight, ifGeneration } = request, facts = await reader.settled(), before = productionOf(facts);
if (before.generation !== ifGeneration) return movedMeanwhile(before, ifGeneration);
let move = nextMove(facts, percents((await api.rollingConfig())?.stages), request);
if ("reason" in move) return {
outcome: "not-applied",
...move,
production: before
};
let written = await send(move, candidate);
if (written.outcome === "refused") return {
outcome: "not-applied",
reason: "refused",
message: written.error.message,
...optional("production", await present())
};
let after = await settle(facts, (now, production) => hasShares(production, candidate, stable, weight) && (weight < 100 || !isActive(now.rollout)));
if (after !== void 0) return {
outcome: "applied",
production: after
};
let said = written.outcome === "unknown" ? written.error.message : `Vercel accepted it (${written.status}).`, shown = await reader.settled().catch(unlessUnreadable);
if (shown !== void 0 && hasFailed(shown, facts) && !servesAlone(productionOf(shown))) return takeBack(stable, `Vercel could not move every production domain to ${candidate}.`);
let queued = shown?.rollout?.queuedDeploymentId === candidate ? ` It queued ${candidate} behind another rolling release: dismiss it there.` : "";
return {
outcome: "unknown",
message: `The candidate was to get ${weight}%, and production does not show it after ${settleWithinMs / 6e4} minutes. ${said}${queued}`
};
}
async function quiet(before) {
let { generation } = productionOf(before), startedAt = ports.clock.monotonic(), facts = before;
for (; productionOf(facts).generation === generation && ports.clock.monotonic() - startedAt < quietMs;) await ports.clock.sleep(2e3), facts = await reader.settled();
return facts;
}
async function restore({ to, ifGeneration }) {
let facts = await reader.settled(), before = productionOf(facts);
if (ifGeneration !== void 0 && before.generation !== ifGeneration) return movedMeanwhile(before, ifGeneration);
if (servesAlone(before) === to) {
facts = await quiet(facts);
let after = productionOf(facts);
if (servesAlone(after) === to) return {
outcome: "applied",
production: after,
settled: !0
};
}
let written = await goBack(to);
if (written.outcome === "refused") return {
outcome: "not-applied",
reason: "refused",
message: written.error.message,
production: before
};
let after = await settle(facts, (now, production) => servesAlone(production) === to && !isActive(now.rollout));
return after === void 0 ? {
outcome: "unknown",
message: `Production was to go back to ${to} and does not show it yet. ${written.outcome === "unknown" ? written.error.message : `Vercel accepted it (${written.status}).`}`
} : (after.generation !== before.generation && ports.log.notice(autoAssignmentIsOff), {
outcome: "applied",
production: after
});
}
async function goBack(to) {
let first = await api.rollback(to);
if (first.outcome !== "refused") return first;
if (first.refused.status === 402) return api.promote(to);
if (first.refused.status !== 409) return first;
let facts = await reader.settled();
return servesAlone(productionOf(facts)) === to && !isActive(facts.rollout) ? {
outcome: "accepted",
status: 409,
value: void 0
} : api.rollback(to);
}
return {
shift,
restore
};
}
const autoAssignmentIsOff = "Vercel's instant rollback switches the automatic assignment of production domains off: from now on a push does not reach production by itself. Sluice's next release promotes explicitly, so nothing has to be done; without Sluice, promote once on the dashboard.", unlessUnreadable = (error) => {
if (!(error instanceof ProviderError && error.retryable)) throw error;
}, movedMeanwhile = (production, ifGeneration) => ({
outcome: "not-applied",
reason: "generation-differs",
message: `Production is at ${production.generation}, not at ${ifGeneration}: somebody moved traffic meanwhile. Nothing was written.`,
production
}), hasFailed = ({ project: { lastAliasRequest: request } }, before) => request?.jobStatus === "failed" && request.requestedAt !== before.project.lastAliasRequest?.requestedAt;
function hasShares({ serving }, candidate, stable, weight) {
let share = (version) => serving.find((entry) => entry.version === version)?.weight ?? 0;
return share(candidate) === weight && share(stable) === 100 - weight;
}
const optional = (key, value) => value === void 0 ? {} : { [key]: value };
function vercelTarget(spec, ports) {
ports.mask(spec.token), spec.bypass !== void 0 && ports.mask(spec.bypass);
let api = vercelApi(spec, ports), reader = productionReader(api, spec.domain, ports), traffic = trafficMover(api, reader, ports), own = new Set(), given = (address) => (address !== void 0 && own.add(new URL(address).host), address);
return {
kind: "vercel",
capabilities: {
shifts: "traffic",
compareAndSet: !1
},
findings: ({ shares }) => findingsOf(api, shares),
variables: () => readVariables(api),
marks: (names) => variableMarks(api, names),
configure: (variables, options) => configureVariables(api, variables, options?.shown),
unset: (names) => removeVariables(api, names),
observe: async () => productionOf(await reader.settled()),
async stage(request) {
let staged = await stageDeployment(api, spec, request, ports);
return {
...staged,
url: given(staged.url)
};
},
shift: traffic.shift,
restore: traffic.restore,
async history(named) {
let known = (await api.deployments("rollback-candidates")).filter(({ readyState }) => readyState === "READY");
return named === void 0 || known.some(({ id }) => id === named) ? known.map(pastVersion) : [pastVersion(await namedDeployment(api, named)), ...known.map(pastVersion)];
},
async health(version) {
let found = await api.deployment(version);
return found === void 0 ? {
healthy: !1,
message: `Deployment ${version} does not exist any more.`
} : found.readyState === "READY" ? probeDeployment(version, addressOf(api, found), spec, ports) : {
healthy: !1,
message: `Deployment ${version} is ${found.readyState}, not READY.`
};
},
async address(version) {
let found = await api.deployment(version);
return found?.readyState === "READY" ? given(addressOf(api, found)) : void 0;
},
headersFor: ({ host }) => own.has(host) ? bypassHeaders(spec.bypass) : {},
async cleanup(keep) {
let production = productionOf(await reader.settled()), spared = new Set([...keep, ...production.serving.map(({ version }) => version)]), superfluous = (await api.deployments("all")).filter(({ id, meta, readySubstate }) => meta?.sluiceCommit !== void 0 && readySubstate === "STAGED" && !spared.has(id)), removed = [];
for (let { id } of superfluous) (await api.remove(id)).outcome === "accepted" && removed.push(id);
return removed;
}
};
}
function pastVersion({ id, createdAt, meta }) {
let commit = meta?.sluiceCommit ?? meta?.githubCommitSha;
return {
version: id,
at: createdAt,
...typeof commit == "string" ? { commit } : {}
};
}
async function namedDeployment(api, named) {
let { projectId } = api;
if (named.startsWith("prj_")) throw new InputError(`${named} is a project, not a deployment. Name the deployment to go back to; its id begins with dpl_.`);
if (!/^dpl_[A-Za-z0-9]{1,60}$/.test(named)) throw new InputError(`${JSON.stringify(named.slice(0, 80))} is no deployment's id; one begins with dpl_. The project's dashboard shows it under Deployments.`);
let found = await api.deployment(named);
if (found === void 0) throw new InputError(`Deployment ${named} does not exist, or was deleted, or belongs to another team. Nothing was moved; name one that the project's dashboard shows.`);
if (found.projectId !== void 0 && found.projectId !== null && found.projectId !== projectId) throw new InputError(`Deployment ${named} belongs to project ${found.projectId}, not to ${projectId}. Nothing was moved.`);
if (found.target !== "production") throw new InputError(`Deployment ${named} is a preview, not a production build: going back to it would build it anew. Nothing was moved; name a production deployment.`);
if (found.readyState !== "READY") throw new InputError(`Deployment ${named} is ${found.readyState}, not READY. Nothing was moved; name another one.`);
if (found.readySubstate === "STAGED") throw new InputError(`Deployment ${named} never served production, so there is nothing to go back to. Nothing was moved; release its commit instead.`);
return found;
}
export { vercelTarget };
