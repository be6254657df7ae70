import { n as loadIsBehindProtection, t as isBehindProtection } from "./behind-protection2.js";
import { t as throughProtection } from "./through-protection.js";
function protectedProbe({ runbook, stage, target, directory, ports }) {
let { "smoke-test": lines = [], "load-test": load } = runbook.stages.find(({ name }) => name === stage) ?? {}, checks = lines.filter((check) => isBehindProtection(runbook, check)), wanted = load !== void 0 && loadIsBehindProtection(runbook, load) ? load : void 0, ask = async (url, commit) => {
let { runChecks } = await import("./run-checks2.js");
return runChecks(checks, {
directory,
url,
commit
}, {
ports: throughProtection(target, ports),
variables: {}
});
}, loadAt = async (url, step) => {
let { runLoadTest } = await import("./run-load-test.js"), headers = target.headersFor?.(new URL(url)) ?? {};
return runLoadTest(step, {
url,
allowed: [url],
directory,
headers
}, ports);
};
return checks.length === 0 ? wanted && ((url) => loadAt(url, wanted)) : async (url, commit) => {
let asked = await ask(url, commit);
if (wanted === void 0 || asked.verdict !== "pass") return asked;
let loaded = await loadAt(url, wanted);
return {
...loaded,
message: `${asked.message} ${loaded.message}`
};
};
}
export { protectedProbe as t };
