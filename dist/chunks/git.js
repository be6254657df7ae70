import { t as minimalEnv } from "./minimal-env.js";
import { _ as fail, b as worst, d as quote, v as hold, y as pass } from "./words.js";
function gitCheck({ git }, ports) {
let title = `git: ${[
"the tree is the commit under release",
...git.clean === !0 ? ["no file differs"] : [],
...git.branch === void 0 ? [] : [`the branch is ${git.branch}`]
].join(", ")}`;
return {
title,
async run(context) {
let ask = (...args) => ports.exec("git", [
"-c",
"core.quotePath=true",
"-c",
"core.fsmonitor=false",
...args
], {
cwd: context.directory,
env: {
...minimalEnv(ports.env),
GIT_OPTIONAL_LOCKS: "0",
GIT_TERMINAL_PROMPT: "0"
},
timeoutMs: 6e4
}), verdicts = [await commitVerdict(context, await ask("rev-parse", "--verify", "HEAD"))];
if (verdicts[0]?.reason === "no-repository") return worst(verdicts);
git.clean === !0 && verdicts.push(cleanVerdict(await ask("status", "--porcelain", "--untracked-files=normal"))), git.branch !== void 0 && verdicts.push(branchVerdict(git.branch, context, await ask("symbolic-ref", "--quiet", "--short", "HEAD")));
let all = worst(verdicts);
return all.verdict === "pass" ? pass("git-as-expected", `${title}: all of it holds.`, { commit: context.commit }) : all;
}
};
}
function commitVerdict({ commit }, head) {
if (head.code !== 0) return hold("no-repository", `git: the checked-out tree cannot be read (${quote(head.stderr.trim())}). Check the commit out with actions/checkout first.`);
let found = head.stdout.trim();
return found === commit ? pass("commit-as-expected", "git: the tree is the commit under release.") : fail("other-commit", `git: the tree is at ${found.slice(0, 12)}, and ${commit.slice(0, 12)} is being released. Check out the commit under release.`, {
found,
expected: commit
});
}
function cleanVerdict(status) {
if (status.code !== 0) return hold("no-data", `git: the state of the tree cannot be read (${quote(status.stderr.trim())}). Run the job again.`);
let files = status.stdout.split("\n").filter((line) => line !== "").map((line) => line.slice(3));
if (files.length === 0) return pass("tree-clean", "git: no file differs from the commit.");
let shown = files.slice(0, 10).map(quote).join(", "), left = files.length > 10 ? ` and ${files.length - 10} more` : "";
return fail("dirty-tree", `git: ${files.length === 1 ? "1 file differs" : `${files.length} files differ`} from the commit: ${shown}${left}. Commit what belongs to the release, and have the others ignored or removed.`, { files: files.slice(0, 100) });
}
function branchVerdict(wanted, { branch }, symbolic) {
let found = branch ?? (symbolic.code === 0 ? symbolic.stdout.trim() : void 0);
return found === void 0 ? hold("branch-unknown", `git: the commit is checked out without a branch and none was given, so nobody can tell whether it comes from ${wanted}. Start the release from a branch.`) : found === wanted ? pass("branch-as-expected", `git: the branch is ${wanted}.`) : fail("other-branch", `git: the branch is ${quote(found)}, and releases come from ${wanted}. Merge first, then release.`, { found });
}
export { gitCheck };
