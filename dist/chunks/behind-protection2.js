import { y as pass } from "./words.js";
const isProtected = ({ target }) => "vercel" in target && typeof target.vercel == "object" && target.vercel !== null && "bypass" in target.vercel && target.vercel.bypass !== void 0, isBehindProtection = (runbook, check) => isProtected(runbook) && "get" in check, loadIsBehindProtection = (runbook, { k6 }) => isProtected(runbook) && k6 === void 0, loadedWhenDeployed = () => pass("loaded-when-deployed", "The version was loaded through its protection when it was deployed.");
function protectionWarnings(runbook) {
if (!isProtected(runbook)) return [];
let mend = "Sluice gives no secret to your code, so a request of it to the version's own address is answered by the protection";
return runbook.stages.flatMap(({ name, "smoke-test": lines = [], "load-test": load }) => [...lines.flatMap((line) => "run" in line ? [`Stage ${name}, smoke-test \`run: ${line.run}\`: deployments are protected (\`target.vercel.bypass\`). ${mend}. Write what it asks as \`get\` lines, or leave deployments of production unprotected.`] : []), ...load?.k6 === void 0 ? [] : [`Stage ${name}, load-test \`k6: ${load.k6}\`: deployments are protected (\`target.vercel.bypass\`). ${mend}. Write the load as \`requests\`, which pass it, or leave deployments of production unprotected.`]]);
}
export { protectionWarnings as i, loadIsBehindProtection as n, loadedWhenDeployed as r, isBehindProtection as t };
