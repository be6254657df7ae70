import { _ as object, b as string, g as number, m as literal, s as _enum, v as record } from "./zod.js";
import { t as minimalEnv } from "./minimal-env.js";
import { _ as fail, d as quote, v as hold, y as pass } from "./words.js";
import { join } from "node:path";
import { access } from "node:fs/promises";
const levels = [
"info",
"low",
"moderate",
"high",
"critical"
], level = _enum(levels), counts = object({
low: number(),
moderate: number(),
high: number(),
critical: number()
}), npmReport = object({
vulnerabilities: record(string(), object({ severity: level })),
metadata: object({ vulnerabilities: counts })
}), pnpmReport = object({
advisories: record(string(), object({
module_name: string(),
severity: level
})),
metadata: object({ vulnerabilities: counts })
}), refusal = object({ error: object({
code: string().optional(),
summary: string().optional()
}) }), yarnAdvisory = object({
type: literal("auditAdvisory"),
data: object({ advisory: object({
module_name: string(),
severity: level
}) })
}), yarnSummary = object({
type: literal("auditSummary"),
data: object({ vulnerabilities: counts })
}), berryLine = object({
value: string(),
children: object({ Severity: level })
});
function auditReport(dialect, printed) {
if (dialect === "npm" || dialect === "pnpm") return fromDocument(dialect, printed);
let entries = printed.split("\n").filter((line) => line.trim() !== "").map(parsed);
return dialect === "yarn" ? fromYarn(entries) : fromBerry(entries);
}
function fromDocument(dialect, printed) {
let json = parsed(printed), refused = refusal.safeParse(json);
if (refused.success) {
let { code, summary } = refused.data.error;
return { problem: `it says ${quote([code, summary].filter((part) => part !== void 0 && part !== "").join(": "))}` };
}
if (dialect === "npm") {
let report = npmReport.safeParse(json);
return report.success ? complete(Object.entries(report.data.vulnerabilities).map(([name, { severity }]) => ({
name,
level: severity
})), report.data.metadata.vulnerabilities, "package") : { problem: unread(json) };
}
let report = pnpmReport.safeParse(json);
return report.success ? complete(Object.values(report.data.advisories).map((entry) => ({
name: entry.module_name,
level: entry.severity
})), report.data.metadata.vulnerabilities, "advisory") : { problem: unread(json) };
}
function fromYarn(entries) {
let summary = entries.map((entry) => yarnSummary.safeParse(entry)).find(({ success }) => success);
return summary?.data === void 0 ? { problem: "its list has no summary" } : complete(entries.flatMap((entry) => {
let advisory = yarnAdvisory.safeParse(entry);
if (!advisory.success) return [];
let { module_name: name, severity } = advisory.data.data.advisory;
return [{
name,
level: severity
}];
}), summary.data.data.vulnerabilities, "advisory");
}
function fromBerry(entries) {
let found = [];
for (let entry of entries) {
let line = berryLine.safeParse(entry);
if (!line.success) return { problem: unread(entry) };
found.push({
name: line.data.value,
level: line.data.children.Severity
});
}
return { found };
}
function complete(found, counted, unit) {
let sum = counted.low + counted.moderate + counted.high + counted.critical;
return sum > 0 && found.length === 0 ? { problem: `it counts ${sum} and lists no ${unit}` } : { found };
}
const unread = (json) => json === void 0 ? "it is not JSON" : "it has another form than documented";
function parsed(text) {
try {
return JSON.parse(text);
} catch {
return;
}
}
const lockFiles = {
npm: "package-lock.json",
pnpm: "pnpm-lock.yaml",
yarn: "yarn.lock"
}, commandOf = (dialect, production) => dialect === "npm" ? [
"npm",
"audit",
"--json",
...production ? ["--omit=dev"] : []
] : dialect === "pnpm" ? [
"pnpm",
"audit",
"--json",
...production ? ["--prod"] : []
] : dialect === "yarn" ? [
"yarn",
"audit",
"--json",
...production ? ["--groups", "dependencies"] : []
] : [
"yarn",
"npm",
"audit",
"--all",
"--recursive",
"--json",
...production ? ["--environment", "production"] : []
];
function auditCheck({ audit }, ports) {
let title = `audit: no dependency with a known vulnerability of level ${audit.level}${audit.level === "critical" ? "" : " or worse"}`;
return {
title,
async run({ directory }) {
let dialect = await dialectIn(directory, audit.tool);
if (dialect === void 0) return fail("no-lock-file", `${title}: there is no ${Object.values(lockFiles).join(", ")} in the repository's root, so nothing can be audited. Commit the lock file.`);
let [file, ...args] = commandOf(dialect, audit.production ?? !1), result = await ports.exec(file, args, {
cwd: directory,
env: minimalEnv(ports.env),
timeoutMs: 18e4
}).catch(() => void 0);
if (result === void 0) return hold("no-data", `${title}: ${file} could not be started. Install it before this step, such as with actions/setup-node.`);
let report = auditReport(dialect, result.stdout);
if ("problem" in report) return hold("no-data", `${title}: ${file} gave no report (${report.problem}${lastWords(result)}). Run it again when the registry answers.`);
let bad = report.found.filter(({ level }) => levels.indexOf(level) >= levels.indexOf(audit.level)), evidence = {
tool: dialect,
found: report.found.slice(0, 100)
};
if (bad.length === 0) return pass("audit-clean", `${title}: ${file} found none (${report.found.length} below it).`, evidence);
let named = bad.slice(0, 5).map(({ name, level }) => `${quote(name)} (${level})`), more = bad.length > 5 ? ` and ${bad.length - 5} more` : "";
return fail("vulnerable-dependencies", `${title}: ${bad.length === 1 ? "1 has" : `${bad.length} have`}: ${named.join(", ")}${more}. Update them (\`${file} audit\` says to what), or raise \`level\` if the risk is accepted.`, evidence);
}
};
}
async function dialectIn(directory, wanted) {
let exists = (name) => access(join(directory, name)).then(() => !0, () => !1), tools = wanted === void 0 ? [
"npm",
"pnpm",
"yarn"
] : [wanted];
for (let tool of tools) if (await exists(lockFiles[tool])) return tool === "yarn" && await exists(".yarnrc.yml") ? "yarn-berry" : tool;
}
function lastWords({ code, stderr }) {
let last = stderr.trimEnd().split("\n").at(-1)?.trim(), ended = code === null ? "; it was ended at its deadline" : "";
return last === void 0 || last === "" ? ended : `${ended}; its last line is ${quote(last)}`;
}
export { auditCheck };
