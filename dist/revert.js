import { n as markdownText, y as pass } from "./chunks/words.js";
import { r as defineAction, t as main } from "./chunks/main.js";
import { a as text, i as secret } from "./chunks/input.js";
import { t as openRecord } from "./chunks/session.js";
const revertBranch = (commit) => `sluice/revert-${commit.slice(0, 12)}`, wentBack = new Set([
"rolled-back",
"rolled-back-unhealthy",
"rollback-incomplete"
]);
async function prepareRevert({ client, record, branch, author }) {
let { release } = record, rejected = record.rejected.find(({ commit }) => commit === release?.commit);
if (release === null || release.ended === null || rejected === void 0 || !wentBack.has(release.ended.as)) return pass("nothing-to-revert", "The newest release was not rolled back for a fault of its commit.");
let { commit, ended } = release, name = revertBranch(commit), base = baseOf(record), byHand = (why) => pass("revert-by-hand", `${why} By hand:\n${commands(name, branch, base, commit)}`);
if (base === void 0) return byHand("Which commit served before is not known.");
let head = await client.readRef(`refs/heads/${branch}`);
if (head !== commit) return byHand(`${branch} has moved on since ${commit.slice(0, 12)}, so a person has to decide what to revert.`);
if (!await client.isAncestor(base, commit)) return byHand(`${base.slice(0, 12)} is no ancestor of ${commit.slice(0, 12)}.`);
let message = `Revert to ${base.slice(0, 12)}: ${commit.slice(0, 12)} was rolled back\n\nRelease ${release.id}, ${rejected.reason}.`, tree = await client.treeOf(base), sha = await client.createCommit({
message,
tree,
parents: [head],
at: ended.at,
author
}), created = await client.createRef(`refs/heads/${name}`, sha), prepared = created.outcome !== "applied" && await client.readRef(`refs/heads/${name}`) === sha;
if (created.outcome === "not-applied" && !prepared) return byHand(`The branch ${name} could not be made (${created.error.message}).`);
let pull = await client.createPullRequest({
title: `Revert ${commit.slice(0, 12)}, which was rolled back`,
body: [`Release ${release.id} of ${commit} to ${markdownText(record.environment)} was rolled back: ${markdownText(ended.message)}`, `This takes the branch back to ${base}, which serves now. Migrations stay applied; their files go with the revert.`].join("\n\n"),
head: name,
base: branch
});
return pull.outcome === "not-applied" && prepared && pull.error.status === 422 ? pass("revert-prepared", `The branch ${name} was prepared before. ${pull.error.message}`) : pull.outcome === "applied" ? pass("revert-prepared", `Pull request ${pull.value.number} takes ${commit.slice(0, 12)} out of ${branch}.`) : byHand(`The branch ${name} is prepared, and its pull request could not be opened (${pull.error.message}).`);
}
function baseOf({ lastGood, release }) {
return [
lastGood?.commit,
lastGood?.version,
release?.before
].find((one) => one != null && /^[0-9a-f]{40}$/.test(one));
}
const commands = (name, branch, base, commit) => [
`  git fetch origin && git switch -c ${name} origin/${branch}`,
`  git revert --no-edit ${base === void 0 ? commit : `${base}..${commit}`}`,
`  git push -u origin ${name}   # then open a pull request to ${branch}`
].join("\n");
var revert_default = defineAction({
name: "revert",
description: "Prepare the pull request that takes a rolled-back commit out of the branch, or say how to do it by hand.",
inputs: {
environment: text("Environment whose newest release was rolled back.").prefault("production"),
"github-token": secret("Token that makes the branch and opens the pull request.").meta({ default: "${{ github.token }}" })
},
outputs: {},
async run(inputs, ports, workflow) {
let { client, store } = openRecord(inputs, ports, workflow), { record } = await store.read(inputs.environment);
return { verdict: await prepareRevert({
client,
record,
branch: workflow.branch ?? "main",
author: {
name: "github-actions[bot]",
email: "41898282+github-actions[bot]@users.noreply.github.com"
}
}) };
}
});
await main(revert_default);
export {};
