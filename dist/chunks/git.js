import { t as minimalEnv } from "./minimal-env.js";
import { _ as pass, g as hold, h as fail, u as quote, v as worst } from "./words.js";
const mostFiles = 10;
function gitCheck({ git }, ports) {
	const title = `git: ${[
		"the tree is the commit under release",
		...git.clean === true ? ["no file differs"] : [],
		...git.branch === void 0 ? [] : [`the branch is ${git.branch}`]
	].join(", ")}`;
	return {
		title,
		async run(context) {
			const ask = (...args) => ports.exec("git", [
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
			});
			const verdicts = [await commitVerdict(context, await ask("rev-parse", "--verify", "HEAD"))];
			if (verdicts[0]?.reason === "no-repository") return worst(verdicts);
			if (git.clean === true) verdicts.push(cleanVerdict(await ask("status", "--porcelain", "--untracked-files=normal")));
			if (git.branch !== void 0) verdicts.push(branchVerdict(git.branch, context, await ask("symbolic-ref", "--quiet", "--short", "HEAD")));
			const all = worst(verdicts);
			return all.verdict === "pass" ? pass("git-as-expected", `${title}: all of it holds.`, { commit: context.commit }) : all;
		}
	};
}
function commitVerdict({ commit }, head) {
	if (head.code !== 0) return hold("no-repository", `git: the checked-out tree cannot be read (${quote(head.stderr.trim())}). Check the commit out with actions/checkout first.`);
	const found = head.stdout.trim();
	if (found === commit) return pass("commit-as-expected", "git: the tree is the commit under release.");
	return fail("other-commit", `git: the tree is at ${found.slice(0, 12)}, and ${commit.slice(0, 12)} is being released. Check out the commit under release.`, {
		found,
		expected: commit
	});
}
function cleanVerdict(status) {
	if (status.code !== 0) return hold("no-data", `git: the state of the tree cannot be read (${quote(status.stderr.trim())}). Run the job again.`);
	const files = status.stdout.split("\n").filter((line) => line !== "").map((line) => line.slice(3));
	if (files.length === 0) return pass("tree-clean", "git: no file differs from the commit.");
	const shown = files.slice(0, mostFiles).map(quote).join(", ");
	const left = files.length > mostFiles ? ` and ${files.length - mostFiles} more` : "";
	return fail("dirty-tree", `git: ${files.length === 1 ? "1 file differs" : `${files.length} files differ`} from the commit: ${shown}${left}. Commit what belongs to the release, and have the others ignored or removed.`, { files: files.slice(0, 100) });
}
function branchVerdict(wanted, { branch }, symbolic) {
	const found = branch ?? (symbolic.code === 0 ? symbolic.stdout.trim() : void 0);
	if (found === void 0) return hold("branch-unknown", `git: the commit is checked out without a branch and none was given, so nobody can tell whether it comes from ${wanted}. Start the release from a branch.`);
	if (found === wanted) return pass("branch-as-expected", `git: the branch is ${wanted}.`);
	return fail("other-branch", `git: the branch is ${quote(found)}, and releases come from ${wanted}. Merge first, then release.`, { found });
}
export { gitCheck };
