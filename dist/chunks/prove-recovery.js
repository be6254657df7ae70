import { l as array, m as looseObject } from "./zod.js";
import { T as site } from "./metric-spec.js";
import { t as runChecks } from "./run-checks.js";
import { a as resolveParts, b as smokeTest, r as readInside, s as readBySchema } from "./written-runbook.js";
import { n as hold } from "./verdict.js";

// src/prove-recovery.ts
/** Longest a person waits to hear whether users are served again; traffic has long been given back. */
const longestProofMs = 6e4;
const served = looseObject({
	url: site,
	stages: array(looseObject({ "smoke-test": smokeTest.optional() }))
});
/**
* Proves after a rollback that what serves does its work: the runbook's smoke tests against the address people use, as
* far as they need no code of the repository. Undefined where the runbook cannot be read or has no such test: then the
* platform's own health check is all there is. Never part of giving traffic back.
*/
async function proveRecovery(where, ports) {
	const { runbook, workspace, variables } = where;
	const text = await readInside(runbook, workspace).catch(() => void 0);
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