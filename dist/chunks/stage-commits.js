import { _ as fail } from "./words.js";
async function stageCommits({ stages }, { client, commit, released }) {
let commits = {}, left = [], before;
for (let { name, ref } of stages) {
if (ref === void 0) continue;
let found = await client.commitOf(ref);
if (found === null) return fail("no-such-ref", `Stage ${name} releases \`${ref}\`, which is no tag, branch or commit of this repository. Push it, or correct \`ref\`.`);
let next = {
name,
commit: found
};
if (before !== void 0 && !await contains(client, before.commit, found)) return fail("refs-out-of-order", outOfOrder(before, next, ref));
if (!await contains(client, found, commit)) return fail("ref-not-released", `Stage ${name} releases \`${ref}\` (${found.slice(0, 12)}), which the release's commit ${commit.slice(0, 12)} does not contain. Merge it first, or correct \`ref\`.`);
commits[name] = found, before = next, released !== null && await contains(client, found, released) && left.push(name);
}
return left.length === stages.length ? fail("serves-already", "Every stage's commit is in production already, so there is nothing to release.") : {
commits,
released: left
};
}
const contains = async (client, older, newer) => older === newer || client.isAncestor(older, newer), outOfOrder = (before, next, ref) => `Stage ${next.name} releases \`${ref}\` (${next.commit.slice(0, 12)}), which does not contain ${before.commit.slice(0, 12)} of stage ${before.name}: it would take back what that one released. Order the stages from the oldest commit to the newest.`;
export { stageCommits };
