import { n as loadIsBehindProtection, t as isBehindProtection } from "./behind-protection2.js";
import { t as throughProtection } from "./through-protection.js";
function protectedProbe({ runbook, stage, target, directory, ports }) {
	let { "smoke-test": lines = [], "load-test": load } = runbook.stages.find(({ name }) => name === stage) ?? {}, checks = lines.filter((check) => isBehindProtection(runbook, check)), loaded = load !== void 0 && loadIsBehindProtection(runbook, load);
	if (checks.length === 0 && !loaded) return;
	let ask = async (url, commit) => {
		let { runChecks } = await import("./run-checks2.js");
		return runChecks(checks, {
			directory,
			url,
			commit
		}, {
			ports: throughProtection(target, ports),
			variables: {}
		});
	};
	return async (url, commit) => {
		let asked = checks.length === 0 ? void 0 : await ask(url, commit);
		if (!loaded || asked !== void 0 && asked.verdict !== "pass") return asked ?? nothingToAsk();
		let { runLoadTest } = await import("./run-load-test.js"), headers = target.headersFor?.(new URL(url)) ?? {}, verdict = await runLoadTest(load, {
			url,
			allowed: [url],
			directory,
			headers
		}, ports);
		return asked === void 0 ? verdict : {
			...verdict,
			message: `${asked.message} ${verdict.message}`
		};
	};
}
function nothingToAsk() {
	throw Error("a version with neither a line to ask nor a load");
}
export { protectedProbe as t };
