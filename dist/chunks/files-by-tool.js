import { a as toolEnvironment, i as runTool, n as lookBeforeTool, r as lastWords, t as applyByTool } from "./tool.js";
import { i as lockedEngine, n as limitsOf, r as lookingAtFiles } from "./files.js";
function filesByToolEngine(engine, { command, workspace }, ports) {
	let { address, options } = engine, limits = limitsOf(options), { alsoLock: _, check: __, ...seeing } = lookingAtFiles(engine);
	return lockedEngine({
		...seeing,
		look: (client) => lookBeforeTool(client, seeing.look),
		apply: (client, seen) => applyByTool(client, seen, {
			address,
			limits,
			name: `\`${command}\``,
			look: seeing.look,
			run: async (bounds) => {
				let url = new URL(address.url);
				url.searchParams.set("options", bounds.PGOPTIONS ?? ""), url.searchParams.set("application_name", bounds.PGAPPNAME ?? "");
				let bounded = url.href.replaceAll("+", "%20"), env = {
					...toolEnvironment(address, ports),
					...bounds,
					DATABASE_URL: bounded
				}, result = await runTool({
					command,
					args: [],
					directory: workspace,
					env
				}, ports);
				return { failure: result.code === 0 ? void 0 : `\`${command}\` ${lastWords(result, () => !1)}` };
			}
		}, ports)
	}, ports);
}
export { filesByToolEngine as t };
