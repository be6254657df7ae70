import { _ as object, b as string, g as number, m as literal, s as _enum, v as record } from "./zod.js";
import { t as minimalEnv } from "./minimal-env.js";
import { _ as pass, g as hold, h as fail, u as quote } from "./words.js";
import { join } from "node:path";
import { access } from "node:fs/promises";
const levels = [
	"info",
	"low",
	"moderate",
	"high",
	"critical"
];
const level = _enum(levels);
const counts = object({
	low: number(),
	moderate: number(),
	high: number(),
	critical: number()
});
const npmReport = object({
	vulnerabilities: record(string(), object({ severity: level })),
	metadata: object({ vulnerabilities: counts })
});
const pnpmReport = object({
	advisories: record(string(), object({
		module_name: string(),
		severity: level
	})),
	metadata: object({ vulnerabilities: counts })
});
const refusal = object({ error: object({
	code: string().optional(),
	summary: string().optional()
}) });
const yarnAdvisory = object({
	type: literal("auditAdvisory"),
	data: object({ advisory: object({
		module_name: string(),
		severity: level
	}) })
});
const yarnSummary = object({
	type: literal("auditSummary"),
	data: object({ vulnerabilities: counts })
});
const berryLine = object({
	value: string(),
	children: object({ Severity: level })
});
function auditReport(dialect, printed) {
	if (dialect === "npm" || dialect === "pnpm") return fromDocument(dialect, printed);
	const entries = printed.split("\n").filter((line) => line.trim() !== "").map(parsed);
	return dialect === "yarn" ? fromYarn(entries) : fromBerry(entries);
}
function fromDocument(dialect, printed) {
	const json = parsed(printed);
	const refused = refusal.safeParse(json);
	if (refused.success) {
		const { code, summary } = refused.data.error;
		return { problem: `it says ${quote([code, summary].filter((part) => part !== void 0 && part !== "").join(": "))}` };
	}
	if (dialect === "npm") {
		const report = npmReport.safeParse(json);
		if (!report.success) return { problem: unread(json) };
		return complete(Object.entries(report.data.vulnerabilities).map(([name, { severity }]) => ({
			name,
			level: severity
		})), report.data.metadata.vulnerabilities, "package");
	}
	const report = pnpmReport.safeParse(json);
	if (!report.success) return { problem: unread(json) };
	return complete(Object.values(report.data.advisories).map((entry) => ({
		name: entry.module_name,
		level: entry.severity
	})), report.data.metadata.vulnerabilities, "advisory");
}
function fromYarn(entries) {
	const summary = entries.map((entry) => yarnSummary.safeParse(entry)).find(({ success }) => success);
	if (summary?.data === void 0) return { problem: "its list has no summary" };
	return complete(entries.flatMap((entry) => {
		const advisory = yarnAdvisory.safeParse(entry);
		if (!advisory.success) return [];
		const { module_name: name, severity } = advisory.data.data.advisory;
		return [{
			name,
			level: severity
		}];
	}), summary.data.data.vulnerabilities, "advisory");
}
function fromBerry(entries) {
	const found = [];
	for (const entry of entries) {
		const line = berryLine.safeParse(entry);
		if (!line.success) return { problem: unread(entry) };
		found.push({
			name: line.data.value,
			level: line.data.children.Severity
		});
	}
	return { found };
}
function complete(found, counted, unit) {
	const sum = counted.low + counted.moderate + counted.high + counted.critical;
	if (sum > 0 && found.length === 0) return { problem: `it counts ${sum} and lists no ${unit}` };
	return { found };
}
const unread = (json) => json === void 0 ? "it is not JSON" : "it has another form than documented";
function parsed(text) {
	try {
		return JSON.parse(text);
	} catch {
		return;
	}
}
const longestAuditMs = 18e4;
const mostNamed = 5;
const lockFiles = {
	npm: "package-lock.json",
	pnpm: "pnpm-lock.yaml",
	yarn: "yarn.lock"
};
const commandOf = (dialect, production) => {
	if (dialect === "npm") return [
		"npm",
		"audit",
		"--json",
		...production ? ["--omit=dev"] : []
	];
	if (dialect === "pnpm") return [
		"pnpm",
		"audit",
		"--json",
		...production ? ["--prod"] : []
	];
	if (dialect === "yarn") return [
		"yarn",
		"audit",
		"--json",
		...production ? ["--groups", "dependencies"] : []
	];
	return [
		"yarn",
		"npm",
		"audit",
		"--all",
		"--recursive",
		"--json",
		...production ? ["--environment", "production"] : []
	];
};
function auditCheck({ audit }, ports) {
	const title = `audit: no dependency with a known vulnerability of level ${audit.level}${audit.level === "critical" ? "" : " or worse"}`;
	return {
		title,
		async run({ directory }) {
			const dialect = await dialectIn(directory, audit.tool);
			if (dialect === void 0) return fail("no-lock-file", `${title}: there is no ${Object.values(lockFiles).join(", ")} in the repository's root, so nothing can be audited. Commit the lock file.`);
			const [file, ...args] = commandOf(dialect, audit.production ?? false);
			const result = await ports.exec(file, args, {
				cwd: directory,
				env: minimalEnv(ports.env),
				timeoutMs: longestAuditMs
			}).catch(() => void 0);
			if (result === void 0) return hold("no-data", `${title}: ${file} could not be started. Install it before this step, such as with actions/setup-node.`);
			const report = auditReport(dialect, result.stdout);
			if ("problem" in report) return hold("no-data", `${title}: ${file} gave no report (${report.problem}${lastWords(result)}). Run it again when the registry answers.`);
			const bad = report.found.filter(({ level }) => levels.indexOf(level) >= levels.indexOf(audit.level));
			const evidence = {
				tool: dialect,
				found: report.found.slice(0, 100)
			};
			if (bad.length === 0) return pass("audit-clean", `${title}: ${file} found none (${report.found.length} below it).`, evidence);
			const named = bad.slice(0, mostNamed).map(({ name, level }) => `${quote(name)} (${level})`);
			const more = bad.length > mostNamed ? ` and ${bad.length - mostNamed} more` : "";
			return fail("vulnerable-dependencies", `${title}: ${bad.length === 1 ? "1 has" : `${bad.length} have`}: ${named.join(", ")}${more}. Update them (\`${file} audit\` says to what), or raise \`level\` if the risk is accepted.`, evidence);
		}
	};
}
async function dialectIn(directory, wanted) {
	const exists = (name) => access(join(directory, name)).then(() => true, () => false);
	const tools = wanted === void 0 ? [
		"npm",
		"pnpm",
		"yarn"
	] : [wanted];
	for (const tool of tools) {
		if (!await exists(lockFiles[tool])) continue;
		return tool === "yarn" && await exists(".yarnrc.yml") ? "yarn-berry" : tool;
	}
}
function lastWords({ code, stderr }) {
	const last = stderr.trimEnd().split("\n").at(-1)?.trim();
	const ended = code === null ? "; it was ended at its deadline" : "";
	return last === void 0 || last === "" ? ended : `${ended}; its last line is ${quote(last)}`;
}
export { auditCheck };
