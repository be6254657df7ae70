import { h as looseObject, l as array } from "./zod.js";
import { r as smokeTest } from "./check-spec.js";
import { b as worst, g as messageOf, v as hold } from "./words.js";
import { Z as site, a as resolveParts, r as readInside } from "./runbook-keys.js";
import { t as runChecks } from "./run-checks.js";
const longestProofMs = 6e4, served = looseObject({
url: site,
stages: array(looseObject({ "smoke-test": smokeTest.optional() }))
});
async function proveRecovery(where, ports) {
let text = await readInside(where.runbook, where.workspace).catch(() => void 0);
if (text === void 0) return;
let late = new AbortController(), overdue = ports.clock.sleep(longestProofMs, late.signal).then(() => hold("not-proven", `The proof did not end within ${longestProofMs / 1e3} seconds.`)).catch(() => hold("not-proven", "The proof was stopped.")), proofs = [smokeTested(where, text, ports), limitsHold(where, text, ports)], proven = (await Promise.all(proofs.map((proof) => Promise.race([proof, overdue]))).finally(() => late.abort())).filter((verdict) => verdict !== void 0);
if (proven.length === 0) return;
let outcome = worst(proven);
return outcome.verdict === "pass" ? {
...outcome,
message: proven.map(({ message }) => message).join(" ")
} : outcome;
}
async function smokeTested({ runbook, workspace, variables }, text, ports) {
let { readBySchema } = await import("./read-by-schema2.js"), written = readBySchema(text, runbook, served);
if (!written.ok) return;
let { url, stages } = resolveParts(written, variables, ["url", "stages"]), checks = stages.flatMap((stage) => stage["smoke-test"] ?? []).filter(needsNoCode);
if (checks.length === 0) return;
let proof = await runChecks(checks, {
directory: workspace,
url,
commit: ""
}, {
ports,
variables,
site: url
});
return proof.verdict === "pass" ? {
...proof,
message: "Every smoke test passed."
} : proof;
}
async function limitsHold({ runbook, variables, target, release }, text, ports) {
if (release === void 0) return;
let { readRunbook } = await import("./runbook-file.js"), written = readRunbook(text, runbook);
if (!written.ok) return;
let { measureAgain } = await import("./measure-again.js");
return measureAgain({
runbook: resolveParts(written, variables, ["metrics"]),
target,
release
}, ports).catch((problem) => hold("not-proven", messageOf(problem)));
}
const needsNoCode = (check) => "get" in check || "http" in check;
export { proveRecovery };
