import { _ as object, b as string, g as number } from "./chunks/zod.js";
import { h as ProviderError, n as markdownText, y as pass } from "./chunks/words.js";
import { t as githubClient } from "./chunks/github.js";
import { i as transactionOf, o as lintFiles, r as readSqlFiles, t as migrationFolders } from "./chunks/sql-files.js";
import { n as summaryOf, r as defineAction, t as main } from "./chunks/main.js";
import { a as text, i as secret } from "./chunks/input.js";
import { n as loadRunbook } from "./chunks/runbook-keys.js";
import path from "node:path";
const event = object({ pull_request: object({
number: number().int().positive(),
head: object({ repo: object({ full_name: string() }).nullish() }),
base: object({ repo: object({ full_name: string() }) })
}) });
function pullRequestOf(payload) {
let read = event.safeParse(payload);
if (!read.success) return;
let { number, head, base } = read.data.pull_request;
return {
number,
fork: head.repo?.full_name !== base.repo.full_name
};
}
const marks = {
block: "⛔",
acknowledge: "✋",
note: "ℹ️"
};
function lintReport(files, findings) {
let open = findings.filter(({ tier, acknowledged }) => tier !== "note" && acknowledged === void 0).length, head = findings.length === 0 ? `✅ **Migrations**: nothing to say about ${files} file(s).` : `${open === 0 ? "✅" : "❌"} **Migrations**: ${open} of ${findings.length} finding(s) in ${files} file(s) need an answer.`;
if (findings.length === 0) return `${head}\n`;
let order = {
block: 0,
acknowledge: 1,
note: 2
}, sorted = findings.toSorted((a, b) => Number(a.acknowledged !== void 0) - Number(b.acknowledged !== void 0) || order[a.tier] - order[b.tier]), rows = sorted.slice(0, 60).map(({ tier, rule, file, line, message, rewrite, acknowledged }) => {
let answer = acknowledged === void 0 ? rewrite : `Acknowledged: ${acknowledged.slice(0, 300)}`, cells = [
`${file}:${line}`,
rule,
`${message.slice(0, 600)} ${answer}`
].map(markdownText);
return `| ${acknowledged === void 0 ? marks[tier] : "✔️"} | ${cells.join(" | ")} |`;
}), left = sorted.length - rows.length, more = left > 0 ? [`\n${left} further finding(s) are in the log.`] : [], how = open === 0 ? [] : ["\n⛔ is refused and ✋ wants a reason: rewrite it as the table says, or write `-- sluice: allow RULE because REASON` above the statement."];
return [
head,
"",
"| | place | rule | what it does, and what to do |",
"| --- | --- | --- | --- |",
...rows,
...more,
...how
].join("\n").concat("\n");
}
var lint_default = defineAction({
name: "lint",
description: "Read the migrations of a pull request with PostgreSQL's own parser, and say what would stop live traffic, break the version that serves, or lose data.",
inputs: {
directory: text("Folder with the migrations; those of the runbook's stages when empty.").optional(),
runbook: text("Path of the runbook in the repository.").prefault(".github/runbook.yml"),
"github-token": secret("Token that reads the pull request's files; with the right to write it keeps one comment up to date.").meta({ default: "${{ github.token }}" })
},
outputs: { findings: "How many findings need an answer." },
async run({ directory, runbook, githubToken }, ports, { workspace, repository, apiUrl, event }) {
let folders = directory === void 0 ? migrationFolders((await loadRunbook(runbook, workspace)).value) : new Map([[directory, void 0]]);
if (folders.size === 0) return { verdict: pass("no-migrations", "No stage migrates with SQL files, so there is nothing to lint.") };
let client = githubClient({
token: githubToken ?? "",
repository,
apiUrl
}, ports), pull = pullRequestOf(event), changed = pull === void 0 ? null : await client.changedFiles(pull.number);
pull !== void 0 && changed === null && ports.log.notice("GitHub does not say which files this pull request changes, so every migration is read.");
let read = [...folders].map(async ([folder, known]) => {
let files = (await readSqlFiles(folder, workspace)).filter(({ name }) => changed === null || changed.includes(path.posix.normalize(name)));
return {
files,
transaction: known ?? transactionOf(files)
};
}), histories = await Promise.all(read), { verdict, findings, open } = await lintFiles({ histories }, ports), report = lintReport(histories.reduce((sum, { files }) => sum + files.length, 0), findings);
if (pull !== void 0 && !pull.fork) {
let comment = {
issue: pull.number,
marker: "<!-- sluice lint -->",
body: report
}, told = await client.upsertComment({
...comment,
onlyIfPresent: findings.length === 0
}).catch((error) => {
if (error instanceof ProviderError) return {
outcome: "failed",
error
};
throw error;
});
told.outcome !== "applied" && ports.log.warn(`The comment was not written: ${told.error.message}`);
}
return {
verdict,
summary: `${summaryOf("lint", verdict)}\n${report}`,
outputs: { findings: String(open.length) }
};
}
});
await main(lint_default);
export {};
