import { b as worst, y as pass } from "./words.js";
async function checkOf(spec, { ports, variables, site, repository }) {
return "run" in spec ? optional(spec.must, (await import("./run.js")).runCheck(spec, ports)) : "get" in spec ? optional(spec.must, (await import("./http.js")).getCheck(spec, ports)) : "http" in spec ? optional(spec.http.must, (await import("./http.js")).httpCheck(spec, ports, site)) : "env" in spec ? (await import("./env.js")).envCheck(spec.env, variables) : "lint" in spec ? optional(spec.lint.must, (await import("./lint3.js")).lintCheck(spec, ports)) : "audit" in spec ? (await import("./audit.js")).auditCheck(spec, ports) : "tls" in spec ? (await import("./tls.js")).tlsCheck(spec, ports) : "dns" in spec ? (await import("./dns.js")).dnsCheck(spec, ports) : "github" in spec ? (await import("./github2.js")).githubCheck(spec, ports, repository) : "sentry" in spec ? (await import("./sentry.js")).sentryCheck(spec, ports) : (await import("./git.js")).gitCheck(spec, ports);
}
function optional(must, check) {
return must === !1 ? {
title: `${check.title} (not required)`,
async run(context) {
let verdict = await check.run(context);
return verdict.verdict === "fail" ? pass("failed-but-not-required", `Not required, and failed: ${verdict.message}`, verdict.evidence) : verdict;
}
} : check;
}
async function runChecks(specs, context, world) {
let verdicts = [];
for (let spec of specs) {
let check = await checkOf(spec, world), verdict = await check.run(context);
world.ports.log.info(`${verdict.verdict}: ${check.title}. ${verdict.verdict === "pass" ? "" : verdict.message}`.trimEnd()), verdicts.push(verdict);
}
let passed = verdicts.filter((verdict) => verdict.verdict === "pass").length, last = worst(verdicts), message = last.verdict === "pass" ? `All ${passed} checks passed.` : `${passed} of ${verdicts.length} checks passed. ${last.message}`;
return {
...last,
reason: last.verdict === "pass" ? "checks-passed" : last.reason,
message,
evidence: { checks: verdicts }
};
}
export { runChecks as t };
