import { a as sharesOf } from "./plan.js";
async function stageCandidate({ target, release, workspace, variables, ports }) {
	const { commit, plan } = release;
	const head = await ports.exec("git", [
		"-c",
		`safe.directory=${workspace}`,
		"rev-parse",
		"HEAD"
	], {
		cwd: workspace,
		env: {
			PATH: ports.env["PATH"] ?? "",
			GIT_CONFIG_NOSYSTEM: "1",
			GIT_CONFIG_GLOBAL: "/dev/null",
			LC_ALL: "C"
		}
	});
	const checkedOut = head.stdout.trim();
	if (checkedOut !== commit) return {
		verdict: "fail",
		reason: "other-commit",
		message: `The workspace holds ${checkedOut.slice(0, 12) || `no commit (git: ${head.stderr.trim().slice(0, 200)})`}, the release is of ${commit.slice(0, 12)}. Check out the release's commit before this step.`
	};
	const staged = await target.stage({
		commit,
		directory: workspace,
		env: variables,
		shares: sharesOf(plan)
	});
	return {
		verdict: "pass",
		reason: "staged",
		message: `Version ${staged.version.slice(0, 12)} answers at ${staged.url} and takes no traffic yet.`,
		candidate: staged
	};
}
export { stageCandidate as t };
