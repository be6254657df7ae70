import { m as InputError } from "./words.js";
import { n as lastWords, r as onThisMachine } from "./tool-environment.js";
import { a as lockedEngine, i as rehearsingFiles, n as limitsOf, r as lookingAtFiles } from "./files.js";
import { r as lookBeforeTool, t as applyByTool } from "./tool.js";
function filesByToolEngine(engine, { command, workspace }, ports) {
let { address, options } = engine, limits = limitsOf(options), place = options.place ?? onThisMachine(address, ports), { alsoLock: _, check: __, ...seeing } = lookingAtFiles(engine), engineByTool = lockedEngine({
...seeing,
look: (client) => lookBeforeTool(client, seeing.look),
apply: (client, seen) => applyByTool(client, seen, {
address,
limits,
name: `\`${command}\``,
look: seeing.look,
run: async (bounds) => {
let url = new URL(place.address.url);
url.searchParams.set("options", bounds.PGOPTIONS ?? ""), url.searchParams.set("application_name", bounds.PGAPPNAME ?? ""), url.search = url.search.replaceAll("+", "%20");
let env = {
...bounds,
DATABASE_URL: url.href
}, result = await place.run({
command,
args: [],
directory: workspace,
env
});
return { failure: result.code === 0 ? void 0 : `\`${command}\` ${lastWords(result, () => !1)}` };
}
}, ports)
}, ports), rehearseWhatCanBe = (scratchUrl) => rehearsingFiles(engine, seeing.look, ports)(scratchUrl).catch((problem) => {
if (problem instanceof InputError) return {
outcome: "not-rehearsed",
why: problem.message
};
throw problem;
});
return {
...engineByTool,
rehearse: rehearseWhatCanBe
};
}
export { filesByToolEngine as t };
