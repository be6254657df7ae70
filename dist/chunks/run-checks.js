import { _ as pass, v as worst } from "./words.js";
async function checkOf(spec, { ports, variables, site, repository }) {
	if ("run" in spec) return optional(spec.must, (await import("./run.js")).runCheck(spec, ports));
	if ("get" in spec) return optional(spec.must, (await import("./http.js")).getCheck(spec, ports));
	if ("http" in spec) return optional(spec.http.must, (await import("./http.js")).httpCheck(spec, ports, site));
	if ("env" in spec) return (await import("./env.js")).envCheck(spec.env, variables);
	if ("lint" in spec) return optional(spec.lint.must, (await import("./lint.js")).lintCheck(spec, ports));
	if ("audit" in spec) return (await import("./audit.js")).auditCheck(spec, ports);
	if ("tls" in spec) return (await import("./tls.js")).tlsCheck(spec, ports);
	if ("dns" in spec) return (await import("./dns.js")).dnsCheck(spec, ports);
	if ("github" in spec) return (await import("./github2.js")).githubCheck(spec, ports, repository);
	if ("sentry" in spec) return (await import("./sentry.js")).sentryCheck(spec, ports);
	return (await import("./git.js")).gitCheck(spec, ports);
}
function optional(must, check) {
	if (must !== false) return check;
	return {
		title: `${check.title} (not required)`,
		async run(context) {
			const verdict = await check.run(context);
			if (verdict.verdict !== "fail") return verdict;
			return pass("failed-but-not-required", `Not required, and failed: ${verdict.message}`, verdict.evidence);
		}
	};
}
async function runChecks(specs, context, world) {
	const verdicts = [];
	for (const spec of specs) {
		const check = await checkOf(spec, world);
		const verdict = await check.run(context);
		world.ports.log.info(`${verdict.verdict}: ${check.title}. ${verdict.verdict === "pass" ? "" : verdict.message}`.trimEnd());
		verdicts.push(verdict);
	}
	const passed = verdicts.filter((verdict) => verdict.verdict === "pass").length;
	const last = worst(verdicts);
	const message = last.verdict === "pass" ? `All ${passed} checks passed.` : `${passed} of ${verdicts.length} checks passed. ${last.message}`;
	return {
		...last,
		reason: last.verdict === "pass" ? "checks-passed" : last.reason,
		message,
		evidence: { checks: verdicts }
	};
}
export { runChecks as t };
