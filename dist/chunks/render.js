import { h as ProviderError, m as InputError } from "./words.js";
import { S as union, _ as object, b as string, g as number, l as array, y as strictObject } from "./zod.js";
import { t as shortVersion } from "./short-version.js";
import { r as restClient } from "./rest.js";
import { createHmac } from "node:crypto";
const serviceAnswer = object({
id: string(),
name: string(),
ownerId: string(),
type: string(),
autoDeploy: string(),
autoDeployTrigger: string().optional(),
suspended: string(),
imagePath: string().optional(),
dashboardUrl: string().optional(),
serviceDetails: object({
url: string().optional(),
healthCheckPath: string().optional()
})
}), instant = string().transform(Date.parse).pipe(number()), deployAnswer = object({
id: string(),
status: string(),
trigger: string().optional(),
createdAt: instant,
commit: object({ id: string() }).optional(),
image: object({
ref: string().optional(),
sha: string().optional()
}).optional()
}), deployList = array(object({ deploy: deployAnswer })), variable = object({
key: string(),
value: string()
}), variableList = array(object({
envVar: variable,
cursor: string()
})), groupLinks = object({
id: string(),
serviceLinks: array(object({ id: string() }))
}), groupList = array(union([groupLinks, object({ envGroup: groupLinks }).transform((one) => one.envGroup)])), groupAnswer = object({
id: string(),
envVars: array(variable)
});
function renderApi(access, ports) {
let client = restClient({
provider: "render",
base: new URL(access.api),
token: access.key,
mend
}, ports), read = async (call) => {
let found = await client.read(call);
if (found !== void 0) return found;
throw new ProviderError("render", `Render refused to ${call.to} (404). ${mends[404]}`, { status: 404 });
}, write = async (call) => {
let written = await client.write(call);
if (written.outcome === "accepted") return written.value;
throw written.error;
}, send = async (to, path, body) => {
let schema = deployAnswer.optional(), written = await client.write({
to,
method: "POST",
path,
body,
schema
});
if (written.outcome === "refused") throw written.error;
return written.outcome === "unknown" ? {
sent: "lost",
message: written.error.message
} : written.value === void 0 ? { sent: "queued" } : {
sent: "created",
deploy: written.value
};
}, at = (service, ...rest) => `/services/${[service, ...rest].map(encodeURIComponent).join("/")}`, groupAt = (group) => `/env-groups/${encodeURIComponent(group)}`;
return {
service: (service) => read({
to: `read service ${service}`,
path: at(service),
schema: serviceAnswer
}),
async switchAutoDeployOff(service) {
let to = `switch autodeploy of ${service} off`;
await write({
to,
method: "PATCH",
path: at(service),
body: { autoDeploy: "no" }
});
},
async deploys(service) {
let path = at(service, "deploys");
return (await read({
to: `list the deploys of ${service}`,
path,
query: { limit: "100" },
schema: deployList
})).map(({ deploy }) => deploy).sort((a, b) => b.createdAt - a.createdAt);
},
deploy: (service, what) => send(`deploy to ${service}`, at(service, "deploys"), what),
rollback: (service, deploy) => send(`roll ${service} back to ${deploy}`, at(service, "rollback"), { deployId: deploy }),
async cancel(service, deploy) {
await write({
to: `cancel ${deploy}`,
method: "POST",
path: at(service, "deploys", deploy, "cancel")
});
},
async variables(service) {
let found = {}, to = `list the variables of ${service}`, cursor;
for (let page = 0; page < 20; page += 1) {
let query = {
limit: "100",
...cursor === void 0 ? {} : { cursor }
}, list = await read({
to,
path: at(service, "env-vars"),
query,
schema: variableList
});
for (let { envVar } of list) found[envVar.key] = envVar.value;
if (cursor = list.at(-1)?.cursor, list.length < 100) return found;
}
throw new ProviderError("render", `Service ${service} has more than 2000 variables. Remove some.`);
},
async setVariable(service, name, value) {
let path = at(service, "env-vars", name);
await write({
to: `set ${name} of ${service}`,
method: "PUT",
path,
body: { value }
});
},
async removeVariable(service, name) {
await write({
to: `remove ${name} of ${service}`,
method: "DELETE",
path: at(service, "env-vars", name)
});
},
async createGroup({ name, ownerId, values }) {
let body = {
name,
ownerId,
envVars: Object.entries(values).map(([key, value]) => ({
key,
value
}))
}, made = await write({
to: "keep the variables there were",
method: "POST",
path: "/env-groups",
body,
schema: groupAnswer
});
if (made === void 0) throw new ProviderError("render", "Render kept the variables there were and did not say where.");
return made.id;
},
async groupsOf({ id: service, ownerId }) {
let query = {
ownerId,
limit: "100"
}, to = `list the environment groups of ${service}`, list = await read({
to,
path: "/env-groups",
query,
schema: groupList
});
if (list.length === 100) throw new ProviderError("render", "There are 100 environment groups or more. Remove those nobody uses.");
return list.filter(({ serviceLinks }) => serviceLinks.some(({ id }) => id === service)).map(({ id }) => id);
},
async group(group) {
let to = `read the variables kept in ${group}`, found = await client.read({
to,
path: groupAt(group),
schema: groupAnswer
});
return found === void 0 ? void 0 : Object.fromEntries(found.envVars.map(({ key, value }) => [key, value]));
},
async removeGroup(group) {
await write({
to: `remove the variables kept in ${group}`,
method: "DELETE",
path: groupAt(group)
});
}
};
}
const mends = {
401: "The API key is wrong or was revoked: make one under Account Settings, API Keys, and store it as the secret that `target.render.key` names.",
402: "Look at the workspace's billing.",
403: "The key's owner may not do this: use a key of somebody who may change the service.",
404: "It does not exist, or the key belongs to another workspace: compare `target.render` with the address of the service's page.",
409: "Render is busy with something that excludes this: look at the service's events and try again.",
410: "It was deleted: name another."
}, mend = ({ status }) => mends[status] ?? "", repositoryOf = (image) => image.replace(/:[^/:]*$/, ""), linkOf = ({ dashboardUrl }) => dashboardUrl === void 0 ? "" : ` at ${dashboardUrl}`;
function refuseSuspended(service) {
if (service.suspended !== "not_suspended") throw new ProviderError("render", `${service.name} is suspended, so nothing can be deployed to it. Resume it${linkOf(service)} first.`);
}
async function stopAutoDeploy(api, service, log) {
if (deploysPushes(service)) try {
if (await api.switchAutoDeployOff(service.id), deploysPushes(await api.service(service.id))) throw new ProviderError("render", "it is still on when read back");
log.notice(`Autodeploy of ${service.name} was on and is off now, so that no push brings the replaced version back.`);
} catch (problem) {
if (!(problem instanceof ProviderError)) throw problem;
log.warn(`Autodeploy of ${service.name} could not be switched off (${problem.message}). Switch it off by hand${linkOf(service)}: a push may deploy the replaced version again.`);
}
}
const deploysPushes = ({ autoDeploy, autoDeployTrigger }) => autoDeployTrigger === void 0 ? autoDeploy !== "no" : autoDeployTrigger !== "off";
function serviceFindings(service, spec, key) {
let found = [], place = `target.render.${key} (${service.name})`;
service.suspended !== "not_suspended" && found.push({
reason: "suspended",
message: `${place} is suspended. Resume it${linkOf(service)}.`
}), service.type !== "web_service" && found.push({
reason: "no-web-service",
message: `${place} is a ${service.type}; only a web service has traffic to move. Name a web service.`
}), deploysPushes(service) && found.push({
reason: "auto-deploy-on",
message: `${place} deploys pushes by itself, past every gate. Set Auto-Deploy to Off in its settings${linkOf(service)}.`
});
let byImage = service.imagePath !== void 0 && service.imagePath !== "";
return byImage !== (spec.image !== void 0) && found.push({
reason: "other-source",
message: byImage ? `${place} runs an image (${service.imagePath}). Add \`image\`, such as \`image: ${repositoryOf(service.imagePath ?? "")}:$commit\`.` : `${place} is built from its repository. Remove \`image\`, or make it a service that runs an image.`
}), found;
}
const handleSchema = array(strictObject({
service: string(),
group: string().optional(),
absent: array(string())
}));
async function effectiveVariables(api, service) {
let [own, groups] = await Promise.all([api.variables(service), api.service(service).then((known) => api.groupsOf(known))]), lent = {}, unreadable = new Set();
for (let values of await Promise.all(groups.map((group) => api.group(group)))) for (let [name, value] of Object.entries(values ?? {})) own[name] === void 0 && lent[name] !== void 0 && lent[name] !== value && unreadable.add(name), lent[name] = value;
for (let name of unreadable) delete lent[name];
return {
values: {
...lent,
...own
},
unreadable: [...unreadable]
};
}
async function changeVariables(api, services, variables) {
let changed = new Set(), kept = [];
try {
for (let service of services) await changeIn(service);
} catch (problem) {
throw kept.length > 0 && await restoreVariables(api, JSON.stringify(kept)), problem;
}
let before = kept.length === 0 ? void 0 : JSON.stringify(kept);
return {
changed: [...changed].sort(),
unreadable: [],
before
};
async function changeIn(service) {
let before = await api.variables(service), wanted = Object.entries(variables).filter(([name, value]) => before[name] !== value);
if (wanted.length === 0) return;
kept.push(await keep(api, service, before, wanted.map(([name]) => name)));
for (let [name, value] of wanted) await api.setVariable(service, name, value);
let after = await api.variables(service), odd = wanted.filter(([name, value]) => after[name] !== value).map(([name]) => name), lost = Object.keys(before).filter((name) => after[name] === void 0);
if (odd.length > 0 || lost.length > 0) throw new ProviderError("render", `Variables of ${service} are not as they were set: ${[...odd, ...lost].join(", ")}. Look at the service's Environment page and mend them.`);
for (let [name] of wanted) changed.add(name);
}
}
async function variableMarks(api, service, names, key) {
let digest = (text, length) => createHmac("sha256", key).update(text).digest("hex").slice(0, length), maker = digest("maker", 8), values = await api.variables(service), set = names.flatMap((name) => {
let value = values[name];
return value === void 0 ? [] : [[name, `${maker}:${digest(`${name}=${value}`, 32)}`]];
});
return Object.fromEntries(set);
}
async function keep(api, service, before, names) {
let values = Object.fromEntries(names.flatMap((name) => before[name] === void 0 ? [] : [[name, before[name]]])), absent = names.filter((name) => before[name] === void 0);
if (Object.keys(values).length === 0) return {
service,
absent
};
let { ownerId } = await api.service(service), group = await api.createGroup({
name: `sluice-before-${service}`,
ownerId,
values
}), read = await api.group(group);
for (let [name, value] of Object.entries(values)) if (read?.[name] !== value) throw new ProviderError("render", `The old value of ${name} could not be kept, so nothing was changed. Try again.`);
return {
service,
group,
absent
};
}
async function restoreVariables(api, before) {
for (let { service, group, absent } of handleIn(before)) {
let values = group === void 0 ? {} : await api.group(group);
if (values === void 0) throw new ProviderError("render", `The values that ${service} had before are gone: group ${group} was removed. Set its variables by hand.`);
let now = await api.variables(service);
for (let [name, value] of Object.entries(values)) now[name] !== value && await api.setVariable(service, name, value);
for (let name of absent) now[name] !== void 0 && await api.removeVariable(service, name);
let after = await api.variables(service), odd = [...Object.entries(values).flatMap(([name, value]) => after[name] === value ? [] : [name]), ...absent.filter((name) => after[name] !== void 0)];
if (odd.length > 0) throw new ProviderError("render", `Variables of ${service} are not as they were: ${odd.join(", ")}. Set them by hand.`);
group !== void 0 && await api.removeGroup(group);
}
}
function handleIn(text) {
let json;
try {
json = JSON.parse(text);
} catch {
json = void 0;
}
let found = handleSchema.safeParse(json);
if (found.success) return found.data;
throw new InputError("The handle of the variables before is not one of Render's. Set the variables by hand.");
}
const showWithinMs = 6e4, healthAttemptMs = 5e3, quickPauseMs = 1e3, endings = {
live: "live",
deactivated: "superseded",
build_failed: "failed",
update_failed: "failed",
pre_deploy_failed: "failed",
canceled: "canceled"
}, words = {
build_failed: "the build failed",
update_failed: "the new instances never became healthy",
pre_deploy_failed: "the pre-deploy command failed"
}, wasLive = (deploy) => deploy.status === "live" || deploy.status === "deactivated", isUnderWay = ({ status }) => endings[status] === void 0, versionOf = ({ id, commit, image }) => image?.sha?.replace(/^sha256:/, "") ?? commit?.id ?? id, liveIn = (deploys) => deploys.find(({ status }) => status === "live");
function renderTarget(spec, ports) {
let api = renderApi({
api: apiAddress(ports.env),
key: spec.key
}, ports), { service: production, candidate } = spec, within = spec.within ?? 12e5, observed = (service, deploys) => {
let live = liveIn(deploys);
return live === void 0 ? {
generation: "none",
serving: []
} : {
generation: service.suspended === "not_suspended" ? live.id : `${live.id}.${service.suspended}`,
serving: service.suspended === "not_suspended" ? [{
version: versionOf(live),
weight: 100
}] : []
};
}, look = async () => {
let [service, deploys] = await Promise.all([api.service(production), api.deploys(production)]);
return {
service,
deploys,
production: observed(service, deploys)
};
}, healthy = async (service, withinMs) => {
let path = spec.health ?? service.serviceDetails.healthCheckPath ?? "", { url } = service.serviceDetails;
if (url === void 0 || path === "") return {
healthy: !0,
message: "It has no health check path, so only Render's own word is known."
};
let address = new URL(path, url), deadline = ports.clock.monotonic() + withinMs;
for (;;) {
let said = await answerOf(address, ports);
if (typeof said == "number" && said >= 200 && said < 300) return {
healthy: !0,
message: `${address.host}${path} answered ${said}.`
};
let left = deadline - ports.clock.monotonic(), message = `${address.host}${path} ${typeof said == "number" ? `answered ${said}` : `did not answer: ${said}`}.`;
if (left <= 0 || ports.cancelled.aborted) return {
healthy: !1,
message
};
await ports.clock.sleep(Math.min(quickPauseMs, left));
}
}, follow = async (service, sent, version, known) => {
let begun = ports.clock.monotonic(), id = sent.sent === "created" ? sent.deploy.id : void 0;
for (let looks = 1;; looks += 1) {
let deploys = await api.deploys(service), ours = deploys.find((deploy) => id === void 0 ? !known.has(deploy.id) && (version === void 0 || versionOf(deploy) === version) : deploy.id === id);
id = ours?.id;
let live = liveIn(deploys), ended = ours === void 0 ? void 0 : endings[ours.status];
if (ended === "live" && live?.id === id) return {
ended,
deploys
};
if (ended === "live" || ended === "superseded") return {
ended: "superseded",
why: `deploy ${live?.id ?? "of somebody else"} came after it`
};
if (ours !== void 0 && ended !== void 0) return {
ended,
why: words[ours.status] ?? `it was ${ours.status.replaceAll("_", " ")}`
};
let waited = ports.clock.monotonic() - begun;
if (ours === void 0 && waited >= showWithinMs) return {
ended: "unseen",
why: `no such deploy shows in the list after ${showWithinMs / 1e3} s`
};
if (ours !== void 0 && waited >= within) return {
ended: "late",
why: `it is still ${ours.status.replaceAll("_", " ")} after ${within / 1e3} s`,
deploy: ours
};
await ports.clock.sleep(looks < 60 ? quickPauseMs : 5e3);
}
}, giveUp = async (service, deploy) => (await api.cancel(service, deploy.id).catch((problem) => {
if (!(problem instanceof ProviderError)) throw problem;
}), (await api.deploys(service)).find(({ id }) => id === deploy.id)?.status === "canceled"), settled = async (sent, followed, wanted) => {
if (followed.ended === "live") {
let { production: after } = await look();
return after.serving[0]?.version === wanted ? {
outcome: "applied",
production: after
} : {
outcome: "not-applied",
reason: "changed-meanwhile",
message: "The deploy became live, and Render shows another version by now. Read it and decide anew.",
production: after
};
}
if (followed.ended === "late" && followed.deploy !== void 0) {
if (!await giveUp(production, followed.deploy)) return {
outcome: "unknown",
message: `Deploy ${followed.deploy.id} is late (${followed.why}) and could not be canceled.`
};
} else if (followed.ended === "late" || followed.ended === "unseen") return {
outcome: "unknown",
message: `A deploy was asked for (${sent.sent === "lost" ? sent.message : `Render answered that it was ${sent.sent}`}), and ${followed.why}.`
};
let { production: after } = await look();
return {
outcome: "not-applied",
reason: followed.ended === "superseded" ? followed.ended : `deploy-${followed.ended}`,
message: `Version ${shortVersion(wanted)} did not become live: ${followed.why}. ${servingIn(after)}`,
production: after
};
}, imageOf = (version) => /^[0-9a-f]{64}$/.test(version) ? `${repositoryOf(spec.image ?? "")}@sha256:${version}` : version, deployOf = (version) => spec.image === void 0 ? { commitId: version } : { imageUrl: imageOf(version) };
return {
kind: "render",
capabilities: {
shifts: "all-at-once",
compareAndSet: !1
},
async findings() {
let { service, deploys } = await look(), found = serviceFindings(service, spec, "service"), busy = deploys.find(isUnderWay);
return busy !== void 0 && found.push({
reason: "deploy-under-way",
message: `Deploy ${busy.id} of ${service.name} is ${busy.status.replaceAll("_", " ")}. Wait until it is over, or cancel it, then release.`
}), candidate === void 0 ? found : [...found, ...serviceFindings(await api.service(candidate), spec, "candidate")];
},
marks: (names) => variableMarks(api, production, names, spec.key),
variables: () => effectiveVariables(api, production),
async configure(variables) {
return changeVariables(api, [production, ...candidate === void 0 ? [] : [candidate]], variables);
},
unconfigure: (before) => restoreVariables(api, before),
async history(named) {
let deploys = await api.deploys(production), past = new Map();
for (let deploy of deploys.filter(wasLive)) {
let version = versionOf(deploy);
past.has(version) || past.set(version, {
version,
commit: deploy.commit?.id,
at: deploy.createdAt
});
}
if (named?.startsWith("srv-") === !0) throw new InputError(`${named} is a service; name a version it served: one of ${[...past.keys()].slice(0, 5).join(", ")}.`);
let deploy = deploys.find(({ id }) => id === named);
if (deploy !== void 0) throw new InputError(wasLive(deploy) ? `${deploy.id} is a deploy; name the version it served: ${versionOf(deploy)}.` : `${deploy.id} never served production (${deploy.status}), so there is nothing to go back to. Name one of ${[...past.keys()].slice(0, 5).join(", ")}.`);
return [...past.values()];
},
observe: async () => (await look()).production,
async stage({ commit }) {
ports.cancelled.throwIfAborted();
let service = await api.service(candidate ?? production), { url } = service.serviceDetails;
if (url === void 0) throw new InputError(`${service.name} is a ${service.type} and has no address; only a web service can be released.`);
if (candidate === void 0) return {
version: commit,
url
};
refuseSuspended(service);
let known = new Set((await api.deploys(candidate)).map(({ id }) => id)), what = spec.image === void 0 ? { commitId: commit } : { imageUrl: spec.image.replaceAll("$commit", commit) }, sent = await api.deploy(candidate, what), followed = await follow(candidate, sent, spec.image === void 0 ? commit : void 0, known);
if (followed.ended !== "live") throw followed.ended === "late" && followed.deploy !== void 0 && await giveUp(candidate, followed.deploy), notStaged(service, followed);
let live = liveIn(followed.deploys), version = live === void 0 ? void 0 : versionOf(live);
if (version === void 0 || spec.image === void 0 && version !== commit) throw new ProviderError("render", `${service.name} serves ${version ?? "nothing"} after ${commit.slice(0, 12)} was deployed to it.`);
let health = await healthy(service, 6e4);
if (!health.healthy) throw new InputError(`The new version runs on ${service.name} and is not well: ${health.message} Production was not touched; read its log, mend it and push again.`);
return {
version,
url
};
},
async shift({ candidate: version, weight, ifGeneration }) {
if (ports.cancelled.throwIfAborted(), weight !== 100) throw new InputError(`Render cannot give a version ${weight}% of traffic; keep one shift of 100%.`);
let { service, deploys, production: before } = await look();
if (before.generation !== ifGeneration) return differs(before, ifGeneration);
refuseSuspended(service);
let known = new Set(deploys.map(({ id }) => id)), sent = await api.deploy(production, deployOf(version)), followed = await follow(production, sent, version, known), outcome = await settled(sent, followed, version);
if (outcome.outcome === "not-applied" && /^deploy-/.test(outcome.reason)) throw new ProviderError("render", `${outcome.message} Read the deploy's log${linkOf(service)}, mend it and push again.`);
return outcome;
},
async restore({ to, ifGeneration }) {
let { service, deploys, production: before } = await look();
if (ifGeneration !== void 0 && before.generation !== ifGeneration) return differs(before, ifGeneration);
await stopAutoDeploy(api, service, ports.log);
for (let deploy of deploys.filter(isUnderWay)) await giveUp(production, deploy);
let known = new Set(deploys.map(({ id }) => id)), sent = await sendBack(deploys.find((deploy) => wasLive(deploy) && versionOf(deploy) === to), to);
return settled(sent, await follow(production, sent, to, known), to);
},
async health(version) {
let { service, deploys, production: now } = await look();
if (now.serving.some((serving) => serving.version === version)) return healthy(service, healthAttemptMs);
let past = deploys.find((deploy) => wasLive(deploy) && versionOf(deploy) === version);
return past === void 0 ? {
healthy: !1,
message: `Version ${shortVersion(version)} is not among the last ${deploys.length} deploys that served.`
} : {
healthy: !0,
message: `Version ${shortVersion(version)} served as deploy ${past.id}; Render keeps what it built for a while.`
};
},
async address(version) {
for (let id of [production, ...candidate === void 0 ? [] : [candidate]]) {
let live = liveIn(await api.deploys(id));
if (live !== void 0 && versionOf(live) === version) return (await api.service(id)).serviceDetails.url;
}
},
cleanup: async () => []
};
async function sendBack(past, to) {
if (past !== void 0) try {
return await api.rollback(production, past.id);
} catch (problem) {
if (!(problem instanceof ProviderError) || ![
400,
404,
409
].includes(Number(problem.status))) throw problem;
ports.log.warn(`${problem.message} Version ${shortVersion(to)} is deployed anew instead; that takes as long as a build.`);
}
return api.deploy(production, deployOf(to));
}
}
function apiAddress(env) {
let address = env.SLUICE_RENDER_API ?? "https://api.render.com/v1", url = URL.canParse(address) ? new URL(address) : void 0;
if (url?.protocol === "http:" && /^(?:localhost|127\.\d+\.\d+\.\d+)$/.test(url.hostname) || address === "https://api.render.com/v1") return address;
throw new InputError("SLUICE_RENDER_API is for rehearsals and must be an http address of this machine. Remove it.");
}
const servingIn = ({ serving }) => {
let [first] = serving;
return first === void 0 ? "Production serves nothing." : `Production still serves ${shortVersion(first.version)}.`;
};
function differs(production, asked) {
return {
outcome: "not-applied",
reason: "generation-differs",
message: `Production is at generation ${production.generation}, not ${asked}: somebody deployed meanwhile. Read it again and decide anew.`,
production
};
}
function notStaged(service, followed) {
let message = `The new version did not become live on ${service.name}: ${followed.why}. Production was not touched.`;
return followed.ended === "failed" ? new InputError(`${message} Read the deploy's log${linkOf(service)}, mend it and push again.`) : new ProviderError("render", `${message} Look at its events${linkOf(service)}, then release again.`);
}
async function answerOf(address, ports) {
let finished = new AbortController(), late = new AbortController();
ports.clock.sleep(healthAttemptMs, finished.signal).then(() => late.abort(), () => void 0);
try {
let response = await ports.fetch(address, {
redirect: "manual",
signal: late.signal
});
return await response.body?.cancel(), response.status;
} catch {
return late.signal.aborted ? `nothing came within ${healthAttemptMs / 1e3} s` : "no connection was accepted";
} finally {
finished.abort();
}
}
export { renderTarget };
