import { b as firstOpen, x as commitIn } from "./release.js";
import { _ as object, b as string, g as number, m as literal } from "./zod.js";
import { g as messageOf } from "./words.js";
import { i as secret } from "./input.js";
const attemptAt = (release, { run, attempt }) => (run - release) * 100 + attempt;
async function openTarget(spec, ports) {
return "compose" in spec ? (await import("./compose.js")).composeTarget(spec.compose, ports) : "command" in spec ? (await import("./command.js")).commandTarget(spec.command, ports) : "vercel" in spec ? (await import("./vercel.js")).vercelTarget(spec.vercel, ports) : "render" in spec ? (await import("./render.js")).renderTarget(spec.render, ports) : (await import("./local.js")).openLocal(spec.local, ports);
}
const platformSecrets = {
"vercel-token": secret("Token of Vercel: `$VERCEL_TOKEN`.").optional(),
"render-api-key": secret("API key of Render: `$RENDER_API_KEY`.").optional(),
"ssh-key": secret("Private key that the hosts let in: `$SSH_KEY`.").optional(),
"sentry-auth-token": secret("Token that reads Sentry: `$SENTRY_AUTH_TOKEN`.").optional()
}, recordDiffers = "record-differs", deploymentTask = "release", deploymentPayload = object({
sluice: literal(1),
release: number().int(),
candidate: string(),
stable: string(),
before: string().optional()
});
function deploymentFor(record) {
let { release, environment } = record, deployed = release?.candidate ?? release?.promoted;
if (release === null || deployed == null) return;
let { candidate, promotions, stable, replaced, before } = release, stage = candidate === null ? promotions.at(-1)?.stage : firstOpen(release)?.stage.name, payload = {
sluice: 1,
release: release.id,
candidate: deployed.version,
stable: candidate === null ? replaced?.version ?? before : stable.version,
before
}, of = promotions.length === 0 ? "" : `, stage ${stage}`;
return {
commit: commitIn(release, stage),
environment,
task: deploymentTask,
description: shorten(`Release ${release.id} of ${release.plan.service}${of}`, 140),
payload,
production: environment === "production"
};
}
function deploymentStatusFor(record) {
let { release } = record;
if (release !== null && (release.candidate ?? release.promoted) !== null) {
if (release.ended !== null) {
let { as, reason } = release.ended;
return {
state: stateOf[as],
description: `${as} (${reason})`
};
}
return {
state: "in_progress",
description: underWay(release)
};
}
}
const stateOf = {
done: "success",
failed: "failure",
"rolled-back": "failure",
"rolled-back-unhealthy": "error",
"rollback-incomplete": "error",
held: "inactive",
halted: "error",
superseded: "inactive"
};
function underWay({ interrupted, traffic, verdict, steps }) {
if (interrupted !== null) return `interrupted (${interrupted.reason})`;
if (traffic !== null) {
let judged = verdict === null ? "" : `: ${verdict.verdict} (${verdict.reason})`;
return `canary ${traffic.weight}%${judged}`;
}
let [newest] = Object.entries(steps).toSorted(([, a], [, b]) => b.at - a.at);
return newest === void 0 ? "started" : `${newest[0]}: ${newest[1].outcome} (${newest[1].reason})`;
}
const schemaMark = " [schema moved]";
function witnessed(description, head, movesSchema = !1) {
let witness = `${movesSchema ? schemaMark : ""} @${head}`;
return shorten(description, 140 - witness.length) + witness;
}
const witnessIn = (description) => /@([0-9a-f]{40})$/.exec(description)?.[1], standing = {
success: "done",
failure: "gone back",
inactive: "gone back",
error: "unclear"
};
async function witnessOf(client, environment) {
let deployments = await client.listDeployments({
environment,
task: deploymentTask
});
for (let { id, payload } of deployments) {
let ours = deploymentPayload.safeParse(payload);
if (!ours.success) continue;
let { release, candidate, stable, before = stable } = ours.data, { state, description = "" } = await client.latestDeploymentStatus(id) ?? {};
return {
release,
candidate,
stable,
before,
movesSchema: description.includes(schemaMark),
stands: state === void 0 ? "under way" : standing[state] ?? "under way",
head: witnessIn(description)
};
}
}
function shorten(text, length) {
let characters = [...text];
return characters.length <= length ? text : `${characters.slice(0, length - 1).join("")}…`;
}
const shown = new WeakMap();
async function projectDeployment(client, { head, record }, places) {
let deployment = deploymentFor(record), status = deploymentStatusFor(record), { release } = record;
if (head === null || release === null || deployment === void 0 || status === void 0) return;
let before = shown.get(client) ?? new Map();
shown.set(client, before);
let { candidate } = deployment.payload, last = before.get(record.environment), same = last?.release === release.id && last.candidate === candidate ? last : void 0;
if (same?.description !== status.description) try {
let { id, shows } = same === void 0 ? await findOrCreate(client, deployment, release.id) : {
id: same.deployment,
shows: void 0
}, description = witnessed(status.description, head, release.movesSchema);
shows !== description && await settle(client.createDeploymentStatus(id, {
state: status.state,
description,
logUrl: places.runUrl,
environmentUrl: places.url
})), before.set(record.environment, {
release: release.id,
candidate,
deployment: id,
description: status.description
}), (same === void 0 || release.ended !== null) && await settleStages(client, release, record, deployment, id, places), status.state === "success" && await retireReplaced(client, deployment, id, places);
return;
} catch (error) {
let why = messageOf(error);
return `GitHub's deployment page does not show the newest state of release ${release.id}; the release itself goes on. ${why}`;
}
}
async function findOrCreate(client, wanted, release) {
let present = await find(client, wanted, release);
if (present !== void 0) return {
id: present,
shows: (await client.latestDeploymentStatus(present))?.description
};
let created = await client.createDeployment(wanted);
if (created.outcome === "applied") return {
id: created.value.id,
shows: void 0
};
let found = created.outcome === "unknown" ? await find(client, wanted, release) : void 0;
if (found === void 0) throw created.error;
return {
id: found,
shows: void 0
};
}
async function find(client, wanted, release) {
return (await client.listDeployments(wanted)).find(({ payload }) => {
let parsed = deploymentPayload.safeParse(payload);
return parsed.success && parsed.data.release === release && parsed.data.candidate === wanted.payload.candidate;
})?.id;
}
async function settleStages(client, { id: release, ended, promotions, candidate, stable }, { lastGood }, by, newest, places) {
if (promotions.length + (candidate === null ? 0 : 1) < 2 || ended?.as === "halted" || ended?.as === "rollback-incomplete") return;
let serving = ended === null || ended.as === "done" || ended.as === "failed" ? stable.version : lastGood?.version;
for (let { id, payload } of await client.listDeployments(by)) {
let ours = deploymentPayload.safeParse(payload);
if (id >= newest || !ours.success || ours.data.release !== release) continue;
let state = ours.data.candidate === serving ? "success" : "inactive";
if ((await client.latestDeploymentStatus(id))?.state === state) continue;
let description = state === "success" ? `serves, brought by a stage of release ${release}` : `does not serve any more, after release ${release}`;
await settle(client.createDeploymentStatus(id, {
state,
description,
logUrl: places.runUrl
})), state === "success" && await retireReplaced(client, by, id, places);
}
}
async function retireReplaced(client, by, id, { runUrl }) {
if (!by.production) return;
let earlier = (await client.listDeployments(by)).filter((deployment) => deployment.id < id), inactive = {
state: "inactive",
description: `replaced by release ${by.payload.release}`,
logUrl: runUrl
};
for (let deployment of earlier.slice(0, 10)) if ((await client.latestDeploymentStatus(deployment.id))?.state === "success") {
await settle(client.createDeploymentStatus(deployment.id, inactive));
return;
}
}
async function settle(writing) {
let written = await writing;
if (written.outcome !== "applied") throw written.error;
}
export { openTarget as a, platformSecrets as i, witnessOf as n, attemptAt as o, recordDiffers as r, projectDeployment as t };
