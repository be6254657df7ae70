import { t as checkedOut } from "./checked-out.js";
import { A as isVariableFlag, m as sharesOf, u as flagsIn, vt as sha256 } from "./runbook-keys.js";
import { t as shortVersion } from "./short-version.js";
async function stageCandidate({ target, release, stage, workspace, variables, ports, tag, prove }) {
let commit = stage.commit ?? release.commit, found = await checkedOut(workspace, ports);
if (found !== commit) return {
verdict: "fail",
reason: "other-commit",
message: `The workspace holds ${shortVersion(found) || "no commit"}, stage ${stage.name} releases ${commit.slice(0, 12)}. Check out that commit before this step.`
};
let tagged = await tag?.();
if (tagged !== void 0 && tagged.verdict !== "pass") return tagged;
let flags = Object.fromEntries(Object.entries(flagsIn(release.plan, stage.name)).filter(([name]) => isVariableFlag(name))), staged = await target.stage({
commit,
directory: workspace,
env: {
...variables,
...flags
},
shares: sharesOf(stage),
...Object.keys(flags).length > 0 && { variant: variantOf(flags) }
});
if (staged.version === release.stable.version) return {
verdict: "fail",
reason: "serves-already",
message: `Version ${staged.version} of stage ${stage.name} serves production already, so there is nothing to release. Push a commit, or give the stage another \`ref\` or \`flags\`.`
};
let proven = await prove?.(staged.url, commit);
return proven !== void 0 && proven.verdict !== "pass" ? proven : {
verdict: "pass",
reason: "staged",
message: `${[tagged, proven].flatMap((verdict) => verdict === void 0 ? [] : [`${verdict.message} `]).join("")}Version ${shortVersion(staged.version)} answers at ${staged.url} and takes no traffic yet.`,
candidate: staged
};
}
const variantOf = (flags) => sha256(JSON.stringify(Object.entries(flags).sort(([a], [b]) => a < b ? -1 : 1))).slice(0, 8);
export { stageCandidate as t };
