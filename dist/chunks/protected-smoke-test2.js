import { t as throughProtection } from "./through-protection.js";
const isBehindProtection = ({ target }, check) => "vercel" in target && target.vercel.bypass !== void 0 && "get" in check;
function protectedSmokeTest({ runbook, stage, target, directory, ports }) {
	const checks = (runbook.stages.find(({ name }) => name === stage)?.["smoke-test"] ?? []).filter((check) => isBehindProtection(runbook, check));
	if (checks.length === 0) return void 0;
	return async (url, commit) => {
		const { runChecks } = await import("./run-checks2.js");
		const world = {
			ports: throughProtection(target, ports),
			variables: {}
		};
		return runChecks(checks, {
			directory,
			url,
			commit
		}, world);
	};
}
export { protectedSmokeTest as n, isBehindProtection as t };
