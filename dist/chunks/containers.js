import { d as quote, h as ProviderError, m as InputError } from "./words.js";
import { n as noData } from "./no-data.js";
function containersOf(target) {
let asked = target?.askContainers?.bind(target);
if (asked === void 0) {
let which = target === void 0 ? "none is open here" : `\`${target.kind}\` has none to be asked about`;
throw new InputError(`A metric of containers over the target's session needs \`target.compose\`; ${which}.`);
}
return async (version, question) => {
let [command = ""] = question("");
try {
let answers = await asked(version, question);
if (answers.length === 0) return noData("no-series", `No host runs a container of version ${version}.`);
let failed = answers.find(({ code }) => code !== 0);
if (failed === void 0) return answers;
let last = failed.stderr.trimEnd().split("\n").at(-1) ?? "", message = `\`docker ${command}\` on host ${failed.host} ended with ${failed.code}: ${quote(last)}.`;
return noData("unreachable", message);
} catch (problem) {
if (!(problem instanceof ProviderError)) throw problem;
return noData("unreachable", `\`docker ${command}\` was not answered: ${problem.message}`);
}
};
}
export { containersOf };
