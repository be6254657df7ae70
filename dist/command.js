import { h as ProviderError, n as markdownText, r as plainText, w as nearName, y as pass } from "./chunks/words.js";
import { b as string, g as number, h as looseObject, n as datetime } from "./chunks/zod.js";
import { t as answerTo } from "./chunks/release.js";
import { t as githubClient } from "./chunks/github.js";
import { r as defineAction, t as main } from "./chunks/main.js";
import { a as text, i as secret } from "./chunks/input.js";
import { t as openRecord } from "./chunks/session.js";
const commandNames = [
"approve",
"sign-off",
"hold",
"continue",
"rollback",
"abort",
"skip"
];
function readComment(body) {
let [line = ""] = body.trimStart().split(/\r?\n/), match = /^\/([a-z][a-z-]{0,30})(?:\s+(.*))?$/.exec(line.trimEnd());
if (match === null) return { kind: "none" };
let [, word = "", rest = ""] = match, name = commandNames.find((known) => known === word);
if (name !== void 0) return {
kind: "command",
name,
rest: rest.slice(0, 500)
};
let near = nearName(word, commandNames);
return near === void 0 ? { kind: "none" } : {
kind: "unknown",
message: `There is no command /${word}; did you mean /${near}? Commands are ${commandNames.map((other) => `/${other}`).join(", ")}.`
};
}
const commentEvent = looseObject({
action: string(),
issue: looseObject({ number: number().int().positive() }),
comment: looseObject({
id: number().int().positive(),
body: string().max(7e4),
created_at: datetime({ offset: !0 }).optional(),
user: looseObject({
login: string().regex(/^[A-Za-z0-9-]{1,39}(?:\[bot\])?$/),
type: string()
})
})
});
async function answerComment(scene) {
let parsed = commentEvent.safeParse(scene.event);
if (!parsed.success || parsed.data.action !== "created") return pass("no-comment", "This event is not a new comment, so nobody said anything.");
let { issue, comment } = parsed.data, read = readComment(comment.body);
if (read.kind === "none" || comment.user.type === "Bot") return pass("no-command", "The comment is conversation; nothing was asked for.");
let reply = replyTo(scene, issue.number, comment.id);
if (read.kind === "unknown") return reply("confused", "unknown-command", read.message);
let actor = comment.user.login;
if (![
"write",
"maintain",
"admin"
].includes(await scene.client.permissionOf(actor))) return reply("-1", "not-a-writer", `${actor} may not write to this repository, so nothing was done.`);
let written = comment.created_at === void 0 ? {} : { at: Date.parse(comment.created_at) + 999 }, heard = {
said: {
name: read.name,
rest: plainText(read.rest),
...written
},
actor
}, { answer, record } = await append(scene, heard);
if (answer.answer === "append") {
let problem = await start(scene, scene.workflows.watch, {});
return reply("+1", "done", problem === void 0 ? answer.message : `${answer.message} But nobody looks yet: ${problem.message}`);
}
return read.name === "rollback" && answer.reason === "nothing-under-way" ? goBack(scene, heard, reply, record) : reply("-1", answer.reason, answer.message);
}
async function goBack(scene, { said, actor }, reply, { environment }) {
let reason = said.rest === "" ? `asked for by ${actor}` : said.rest, problem = await start(scene, scene.workflows.rollback, { reason });
return problem?.certain === !0 ? reply("-1", "not-started", `The rollback of ${environment} did not begin: ${problem.message}`) : problem === void 0 ? reply("+1", "rollback-started", `The rollback of ${environment} was started; nothing is under way besides.`) : reply("confused", "not-started", `Nobody knows whether the rollback of ${environment} began: ${problem.message}`);
}
async function append(scene, heard) {
let { store, environment, ports, run } = scene;
for (let attempt = 1; attempt <= 5; attempt++) {
let snapshot = await store.read(environment), { record } = snapshot, now = ports.clock.now(), answer = answerTo(record, heard.said, await speaker(scene, record, heard.actor), now);
if (answer.answer === "refuse") return {
answer,
record
};
let by = {
run: run.id,
attempt: run.attempt,
actor: heard.actor
}, entry = {
...answer.fact,
at: now,
by
}, appended = await store.append(environment, snapshot, [entry]);
if (appended.appended) return await scene.onEntry?.(entry, appended.snapshot), {
answer,
record: appended.snapshot.record
};
await ports.clock.sleep(200 * attempt * (.5 + ports.random()));
}
throw new ProviderError("github", `Others appended to the record of ${environment} each of 5 times. Write the comment again.`, { retryable: !0 });
}
async function speaker(scene, { release }, actor) {
let named = new Set(Object.values(release?.plan.people ?? {}).flat());
for (let { approve } of release?.plan.stages ?? []) for (let who of Object.values(approve?.by ?? {}).flat()) named.add(who);
let teams = [];
for (let team of [...named].filter((name) => name.startsWith("@"))) {
let member = await scene.isInTeam(team, actor);
member === !0 && teams.push(team), member === null && scene.ports.log.warn(`Whether ${actor} is in ${team} may not be asked with this token; give \`team-token\`.`);
}
return {
actor,
teams
};
}
async function start(scene, workflow, inputs) {
let started = await scene.client.dispatchWorkflow({
workflow,
ref: scene.branch,
inputs
});
if (started.outcome === "applied") return;
let certain = started.outcome === "not-applied", message = `${workflow} ${certain ? "could not be started" : "may not have been started"} (${started.error.message}). Look under Actions, and run it there by hand.`;
return scene.ports.log.warn(message), {
certain,
message
};
}
function replyTo({ client, environment, ports }, issue, comment) {
return async (reaction, reason, message) => {
let body = `**${markdownText(environment)}**: ${markdownText(message)}`, told = await Promise.all([client.react(comment, reaction), client.upsertComment({
issue,
marker: `<!-- sluice ${environment} answer -->`,
body
})]);
for (let written of told) written.outcome !== "applied" && ports.log.warn(`The answer was not told: ${written.error.message}`);
return pass(reason, message);
};
}
var command_default = defineAction({
name: "command",
description: "Do what a comment says: /approve, /sign-off, /hold, /continue, /rollback, /abort or /skip, if its author may say it.",
inputs: {
environment: text("Environment whose release is spoken to.").prefault("production"),
"watch-workflow": text("Your workflow that calls watch.yml, below `.github/workflows`; it acts on the word.").prefault("watch.yml"),
"rollback-workflow": text("Your workflow that calls rollback.yml, below `.github/workflows`; for /rollback when nothing is under way.").prefault("rollback.yml"),
"github-token": secret("Token that appends to the record, answers, and starts workflows.").meta({ default: "${{ github.token }}" }),
"team-token": secret("Token that may read the members of teams named in the runbook; logins need none.").optional()
},
outputs: {},
async run(inputs, ports, workflow) {
let { client, store } = openRecord(inputs, ports, workflow), { repository, apiUrl } = workflow, teams = githubClient({
token: inputs.teamToken ?? inputs.githubToken ?? "",
repository,
apiUrl
}, ports);
return { verdict: await answerComment({
event: workflow.event,
environment: inputs.environment,
run: {
id: workflow.runId,
attempt: workflow.attempt
},
client,
isInTeam: teams.isInTeam,
store,
branch: workflow.branch ?? "main",
workflows: {
watch: inputs.watchWorkflow,
rollback: inputs.rollbackWorkflow
},
ports
}) };
}
});
await main(command_default);
export {};
