import { h as looseObject, l as array } from "./zod.js";
import { r as smokeTest } from "./check-spec.js";
import { J as site, a as resolveParts, r as readInside } from "./runbook-keys.js";
import { t as runChecks } from "./run-checks.js";
import { g as hold } from "./words.js";
const longestProofMs = 6e4;
const served = looseObject({
	url: site,
	stages: array(looseObject({ "smoke-test": smokeTest.optional() }))
});
async function proveRecovery(where, ports) {
	const { runbook, workspace, variables } = where;
	const text = await readInside(runbook, workspace).catch(() => void 0);
	const { readBySchema } = await import("./runbook-file.js");
	const written = text === void 0 ? void 0 : readBySchema(text, runbook, served);
	if (written === void 0 || !written.ok) return void 0;
	const { url, stages } = resolveParts(written, variables, ["url", "stages"]);
	const checks = stages.flatMap((stage) => stage["smoke-test"] ?? []).filter(needsNoCode);
	if (checks.length === 0) return void 0;
	const proof = runChecks(checks, {
		directory: workspace,
		url,
		commit: ""
	}, {
		ports,
		variables,
		site: url
	});
	const late = new AbortController();
	const overdue = ports.clock.sleep(longestProofMs, late.signal).then(() => hold("not-proven", `The smoke tests did not end within ${longestProofMs / 1e3} seconds.`)).catch(() => hold("not-proven", "The proof was stopped."));
	return Promise.race([proof, overdue]).finally(() => late.abort());
}
const needsNoCode = (check) => "get" in check || "http" in check;
export { proveRecovery };
