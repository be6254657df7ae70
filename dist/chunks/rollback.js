function chooseRollback(request) {
let { to, record, production, force, history = [], witness } = request, serving = production.serving.filter((version) => version.weight > 0), known = [...new Set([...production.serving, ...history].map(({ version }) => version))], told = to === void 0 && record === void 0 ? wayBackTold(witness, production, force) : void 0, target = to ?? told?.to ?? wayBack(record);
if (target === void 0) return {
choice: "refuse",
reason: "no-target",
message: `${told?.why ?? "The record names no version to return to."} Name one yourself with \`to\`; the platform knows ${known.join(", ") || "none"}.`
};
let matches = known.includes(target) ? [target] : known.filter((version) => target.length >= 7 && version.startsWith(target)), [version, ...others] = matches;
if (version === void 0) return {
choice: "refuse",
reason: "target-missing",
message: `Version ${target} does not exist on the platform any more; it knows ${known.join(", ") || "none"}. Name one of these with \`to\`.`
};
if (others.length > 0) return {
choice: "refuse",
reason: "target-ambiguous",
message: `${target} could be any of ${matches.join(", ")}. Give the whole identifier.`
};
if (record?.outgrown.includes(version) === !0 && force !== !0) return {
choice: "refuse",
reason: "schema-outgrown",
message: `Version ${version} served before a migration that it cannot be relied on to work with (the release's record says what it was). Release a fix instead, restore the database first, or go back all the same with \`force\`, and say why in the reason.`
};
let underWay = record?.release != null && record.release.ended === null || told !== void 0 && witness?.stands === "under way", { release } = record ?? {}, undoes = release?.ended?.as === "done" && version === release.before && release.changes.length > 0;
return serving.length === 1 && serving[0]?.version === version && !underWay && !undoes ? {
choice: "nothing-to-do",
to: version,
message: `Version ${version} already serves all traffic.` + (to === void 0 ? ` It is what the newest release goes back to; to go back further, name a version with \`to\`: the platform knows ${known.join(", ")}.` : "")
} : {
choice: "restore",
to: version,
from: serving.find((candidate) => candidate.version !== version)?.version ?? null,
why: told?.why ?? (to === void 0 ? "it served before the newest release" : "it was named")
};
}
function wayBackTold(witness, { serving }, force) {
if (witness === void 0) return;
let { release, candidate, stable, before, stands, contradicted, movesSchema } = witness, to = stands === "gone back" ? stable : before, says = `GitHub's deployment of release ${release} says that ${to} served before it`, named = [
candidate,
stable,
before
], foreign = serving.filter(({ version, weight }) => weight > 0 && !named.includes(version));
return contradicted === !0 ? { why: `The record is not the one that GitHub's deployment bears witness to. ${says}: look whether it is right.` } : foreign.length > 0 ? { why: `The record cannot be read. ${says}, but production serves ${foreign.map(({ version }) => version).join(" and ")}, which that release did not bring.` } : stands === "done" && movesSchema && force !== !0 ? { why: `The record cannot be read. ${says}, and that a migration since then may have left it behind: go back to it with \`force\`, or release a fix.` } : {
to,
why: `the record cannot be read, and ${says}`
};
}
function secondLineTold(release, witness, { serving }) {
let refuse = (reason, message) => ({
choice: "refuse",
reason,
message
}), byHand = "Nothing is moved; look at what serves, and dispatch the rollback workflow with the version you want.";
if (witness === void 0 || witness.release < release) return refuse("no-witness", `The record cannot be read, and no deployment on GitHub says what release ${release} staged. ${byHand}`);
let { candidate, stable, stands, contradicted } = witness;
if (witness.release > release) return refuse("superseded", `Release ${release} was followed by release ${witness.release}, which answers for what serves.`);
if (contradicted === !0) return refuse("record-differs", `The record is not the one that GitHub's deployment of release ${release} bears witness to. ${byHand} The deployment says that ${stable} served before.`);
if (stands === "done" || stands === "gone back") return {
choice: "nothing-to-do",
to: stable,
message: `GitHub's deployment shows that release ${release} has ended.`
};
if (stands === "unclear") return refuse("unclear", `GitHub's deployment shows that release ${release} ended, and not on one version. ${byHand}`);
let foreign = serving.filter(({ version, weight }) => weight > 0 && version !== candidate && version !== stable);
return foreign.length > 0 ? refuse("drift", `The record cannot be read, and production serves ${foreign.map(({ version }) => version).join(" and ")}, which release ${release} did not bring. ${byHand}`) : {
choice: "restore",
to: stable,
from: serving.some(({ version, weight }) => version === candidate && weight > 0) ? candidate : null,
why: `the record cannot be read, and GitHub's deployment of release ${release} says that it served before`
};
}
function wayBack(record) {
let release = record?.release;
return release == null ? record?.lastGood?.version : release.ended === null ? release.before : wentBack.has(release.ended.as) ? record?.lastGood?.version : release.before;
}
const wentBack = new Set([
"rolled-back",
"rolled-back-unhealthy",
"rollback-incomplete",
"held"
]);
export { secondLineTold as n, wentBack as r, chooseRollback as t };
