import { a as withConnection, i as parseDatabaseUrl } from "./connection.js";
import { n as reachedThroughTarget } from "./through-target2.js";
import path from "node:path";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import os from "node:os";
async function filesOfCommit({ client, commit, workspace }) {
let directory = await mkdtemp(path.join(os.tmpdir(), "sluice-commit-")), put = async (file, sha) => {
let here = await readFile(path.join(workspace, file)).catch(() => void 0), bytes = (here !== void 0 && blobSha(here) === sha ? here : void 0) ?? Buffer.from(await client.readFile(commit, file) ?? "");
if (blobSha(bytes) !== sha) return `${file} is no plain text`;
await mkdir(path.dirname(path.join(directory, file)), { recursive: !0 }), await writeFile(path.join(directory, file), bytes);
};
return {
directory,
async bring(wanted) {
let found = await entryAt(client, commit, wanted.split("/"));
if (found === void 0) return `${wanted} is not there`;
let entries = found.type === "tree" ? (await client.listTree(found.sha, "recursive")).map((one) => ({
...one,
path: `${wanted}/${one.path}`
})) : [{
...found,
path: wanted
}];
for (let { path: file, type, mode, sha } of entries) {
if (type === "tree") continue;
if (type !== "blob" || !mode.startsWith("100")) return `${file} is no file of its own`;
let problem = await put(file, sha);
if (problem !== void 0) return problem;
}
},
[Symbol.asyncDispose]: () => rm(directory, {
recursive: !0,
force: !0
})
};
}
async function entryAt(client, tree, [first, ...rest]) {
let found = (await client.listTree(tree)).find((entry) => entry.path === first);
return found === void 0 || rest.length === 0 ? found : found.type === "tree" ? entryAt(client, found.sha, rest) : void 0;
}
const blobSha = (bytes) => createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
async function planMigrations({ runbook, stage: resolved, target, client }, { workflow, commit, stages: { commits, released } }, ports) {
let planned = {}, first = runbook.stages.findIndex(({ approve }) => approve !== void 0);
for (let { name, migrate, ref } of first < 0 ? [] : runbook.stages.slice(first)) {
if (migrate === void 0 || released.includes(name)) continue;
let step = await reachedThroughTarget(resolved(name, "migrate").migrate, target);
if (step === void 0) continue;
let own = commits[name] ?? commit, found = await pendingIn(step, own, ref);
if (typeof found != "string") {
if ("verdict" in found) return found;
planned[name] = found;
} else ports.log.notice(`An approval of stage ${name} is for its tool, its commit and its database, and not for the migrations by name: ${found}.`), planned[name] = await byTool(step, own, ports);
}
return planned;
async function pendingIn(step, own, ref) {
if (step.command !== void 0) return "only the command knows which these are";
if (own === workflow.sha) return fromFiles(step, workflow.workspace, ports);
await using files = await filesOfCommit({
client,
commit: own,
workspace: workflow.workspace
});
let { inWordsOfCommit } = await import("./words-of-commit.js");
return inWordsOfCommit({
directory: files.directory,
ref,
commit: own
}, ports, async (within) => await bringMigrations(step, files) ?? await fromFiles(step, files.directory, within));
}
}
async function bringMigrations({ sql, supabase, prisma, alembic }, files) {
let folder = sql ?? supabase ?? prisma;
if (folder !== void 0) return files.bring(folder.directory);
if (alembic === void 0) return;
let { versionsFolder } = await import("./alembic-files.js"), problem = await files.bring(alembic.config);
if (problem !== void 0) return problem;
let found = await versionsFolder(path.join(files.directory, alembic.config));
if (typeof found == "string") return found;
let within = path.relative(files.directory, found.folder);
return within.startsWith("..") ? `${alembic.config} leads out of the repository` : await files.bring(within) ?? files.bring(path.join(within, "../env.py"));
}
async function fromFiles(step, directory, ports) {
if (step.alembic !== void 0) {
let { planRevisions } = await import("./plan-revisions.js"), found = await planRevisions(step, directory, ports);
if (typeof found == "string") return found;
let { hash, files } = found, more = files.length === 0 ? {} : await foreseen(step, files, ports);
return "verdict" in more ? more : {
hash,
...named(files.map(({ name }) => name)),
...more
};
}
let { prepareMigration } = await import("./migrate-database.js"), prepared = await prepareMigration({
step,
workspace: directory,
ports
});
return "verdict" in prepared ? prepared : inShort(prepared);
}
async function byTool(step, commit, ports) {
let { toolPlanHash } = await import("./tool-plan.js"), { identifyDatabase } = await import("./refusal.js"), address = parseDatabaseUrl(step.url, "Planning migrations"), database = await withConnection(address, "sluice", ports, identifyDatabase), by = step.command === void 0 ? "its tool" : `\`${step.command} migrate\``;
return {
hash: toolPlanHash(step, {
commit,
database
}),
files: [],
count: 0,
by: by.slice(0, 300),
...unread(step)
};
}
async function foreseen(step, files, ports) {
let read = files.filter((each) => "sql" in each);
if (read.length === 0) return unread(step);
let { lintPending } = await import("./lint-pending2.js"), { breaksOldVersion } = await import("./lint2.js"), { refusedByRehearsal, rehearsed } = await import("./migrate-database.js"), { rehearseRevisions } = await import("./rehearse-revisions.js"), { findings } = await lintPending(step, { readSql: async () => read }, { pending: [] }, "", ports), address = parseDatabaseUrl(step.url, "Rehearsing revisions"), rehearsal = await rehearsed(step, {
kind: "alembic",
rehearse: (scratchUrl) => rehearseRevisions(files, {
address,
scratchUrl
}, ports)
}, ports), refused = refusedByRehearsal(rehearsal, { findings });
if (refused !== void 0) return refused;
let locks = await locksOf(rehearsal);
return breaksOldVersion(findings) ? {
breaks: !0,
...locks
} : {
...locks,
...(read.length < files.length || step["old-version"] === "breaks") && unread(step)
};
}
function unread({ command, "old-version": word }) {
return word === "breaks" || command !== void 0 && word === void 0 ? { breaks: !0 } : { unread: command === void 0 ? "until-applied" : "promised" };
}
const inShort = async ({ plan, breaks, rehearsal }) => ({
hash: plan.hash,
...named(plan.pending.map(({ name }) => name)),
...breaks && { breaks: !0 },
...await locksOf(rehearsal)
});
async function locksOf(rehearsal) {
if (rehearsal?.outcome !== "rehearsed") return {};
let { rehearsalLines } = await import("./rehearse.js"), locks = rehearsalLines(rehearsal);
return locks.length === 0 ? {} : { locks: locks.slice(0, 20).map((line) => line.slice(0, 300)) };
}
const named = (names) => ({
files: names.slice(0, 20).map((name) => name.slice(0, 300)),
count: names.length
});
export { planMigrations };
