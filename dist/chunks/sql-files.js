import { _ as fail, m as InputError, y as pass } from "./words.js";
import { n as lintMigrations, r as unanswered } from "./lint.js";
import { r as readBytes } from "./migration-files.js";
import path from "node:path";
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
const readable = new Set("assert assign block case execsql exit foreach_a fori fors getdiag if loop perform raise return while".split(" ")), loops = new Set("foreach_a fori fors loop while".split(" "));
function readBlock(node, sql, { parse, parseBlock }) {
if (!("DoStmt" in node) || languageOf(node.DoStmt.args) !== "plpgsql") return;
let left = !1, walk = (value, mayPass, isLoop = !1) => Array.isArray(value) ? mayPass ? [{
branch: list(value),
isLoop
}] : list(value) : typeof value != "object" || !value ? [] : Object.entries(value).flatMap(([key, part]) => {
if (key === "PLpgSQL_expr") return [read(part)];
if (!key.startsWith("PLpgSQL_stmt_")) return walk(part, mayPass, isLoop);
let kind = key.slice(13), has = (name) => name in part;
if (!readable.has(kind)) throw Error(`${kind} makes its SQL while it runs`);
return (kind === "exit" || kind === "return" && has("lineno")) && (left = !0), walk(part, kind !== "block" || has("exceptions"), loops.has(kind));
}), list = (values) => {
let parts = [];
for (let [i, value] of values.entries()) {
if (left) return [...parts, { branch: values.slice(i).flatMap((one) => walk(one, !0)) }];
parts.push(...walk(value, !0));
}
return parts;
}, read = ({ query, parseMode }) => {
let [first] = parse(parseMode === 0 ? query : query.replace(parseMode === 2 ? /^/ : /^.*?:?=/s, "select ")).stmts ?? [];
if (first?.stmt === void 0) throw Error("nothing stands here");
return {
node: first.stmt,
text: query
};
};
try {
return walk(parseBlock(sql), !1);
} catch {
return;
}
}
function languageOf(args) {
let said = args?.find((arg) => "DefElem" in arg && arg.DefElem.defname === "language");
if (said === void 0 || !("DefElem" in said)) return "plpgsql";
let { arg } = said.DefElem;
return arg !== void 0 && "String" in arg ? arg.String.sval : void 0;
}
async function sqlParser() {
let { setFlagsFromString } = await import("node:v8");
for (let flag of ["--no-wasm-tier-up", "--no-wasm-dynamic-tiering"]) setFlagsFromString(flag);
let { loadModule, parseSync, parsePlPgSQLSync } = await import("./libpg-query/index.cjs");
await loadModule();
let parsers = {
parse: parseSync,
parseBlock: parsePlPgSQLSync
};
return (sql) => {
if (sql.trim() === "") return {
ok: !0,
statements: []
};
try {
return {
ok: !0,
statements: placed(sql, parseSync(sql), parsers)
};
} catch (problem) {
let { message, sqlDetails } = problem;
return {
ok: !1,
message,
at: Math.min(sql.length, unitsOf(sql, Math.max(0, sqlDetails?.cursorPosition ?? 0)))
};
}
};
}
const unitsOf = (sql, points) => [...sql.slice(0, 2 * points)].slice(0, points).join("").length;
function placed(sql, { stmts = [] }, parsers) {
let units = unitsOfBytes(sql);
return stmts.flatMap(({ stmt, stmt_location = 0, stmt_len }) => {
if (stmt === void 0) return [];
let from = units(stmt_location), end = stmt_len === void 0 ? sql.length : units(stmt_location + stmt_len), start = from + lengthOfBlank(sql.slice(from, end));
return [{
node: stmt,
start,
end,
..."DoStmt" in stmt && { runs: readBlock(stmt, sql.slice(start, end), parsers) }
}];
});
}
function unitsOfBytes(sql) {
if (Buffer.byteLength(sql) === sql.length) return (bytes) => bytes;
let encoded = Buffer.from(sql);
return (bytes) => encoded.subarray(0, bytes).toString("utf8").length;
}
function lengthOfBlank(text) {
let at = 0;
for (;;) {
let blank = /^(?:\s+|--[^\n]*(?:\n|$))/.exec(text.slice(at));
if (blank !== null) at += blank[0].length;
else if (text.startsWith("/*", at)) at = endOfComment(text, at);
else return at;
}
}
function endOfComment(text, from) {
let depth = 0, mark = /\/\*|\*\//g;
mark.lastIndex = from;
for (let found = mark.exec(text); found !== null; found = mark.exec(text)) if (depth += found[0] === "/*" ? 1 : -1, depth === 0) return mark.lastIndex;
return text.length;
}
async function lintFiles(request, ports) {
let { histories, catalog, schema, generated = !1, unread = [] } = request, count = histories.reduce((sum, { files }) => sum + files.length, 0), parse = count === 0 ? void 0 : await sqlParser(), read = histories.flatMap(({ files, transaction }) => parse === void 0 ? [] : lintMigrations(files, parse, {
catalog,
schema,
transaction
})), findings = [...unread, ...read];
for (let { tier, rule, message, rewrite, file, line, column, acknowledged } of findings) acknowledged === void 0 ? generated || unread.length > 0 ? ports.log.warn(`${file}: ${rule}: ${message} ${rewrite}`) : ports.log[tier === "note" ? "notice" : "error"](`${rule}: ${message} ${rewrite}`, {
file,
line,
column
}) : ports.log.info(`${file}:${line}: ${rule} is acknowledged: ${acknowledged}`);
let open = unanswered(findings), [first] = open;
if (first === void 0) return {
findings,
open,
verdict: pass("migrations-safe", `${count} migration file(s) read, nothing needs an answer.`, { findings })
};
let others = open.length === 1 ? "" : `There are ${open.length - 1} more. `, message = `${first.file}:${first.line}:${first.column} ${first.rule}: ${first.message} ${first.rewrite} ` + `If it is meant so, write \`-- sluice: allow ${first.rule} because REASON\` above the statement. ${others}`.trimEnd();
return {
findings,
open,
verdict: fail("migration-hazard", message, { findings })
};
}
async function readSqlFiles(directory, workspace) {
let files = (await readdir(path.join(workspace, directory), { withFileTypes: !0 }).catch(() => {
throw new InputError(`The migrations directory ${directory} cannot be read. Check its path.`);
})).flatMap((entry) => entry.isDirectory() ? [`${entry.name}/migration.sql`] : entry.isFile() && entry.name.endsWith(".sql") ? [entry.name] : []).sort(asTheyRun).flatMap((name) => {
let file = path.posix.join(directory, name);
return existsSync(path.join(workspace, file)) ? [readSqlFile(file, workspace)] : [];
});
if (files.length === 0) throw new InputError(`${directory} holds no .sql file and no folder with a migration.sql. Check its path.`);
return files;
}
function asTheyRun(a, b) {
let [first, second] = [a, b].map((name) => BigInt(/^\d+/.exec(name)?.[0] ?? -1));
return first !== void 0 && second !== void 0 && first !== second ? first < second ? -1 : 1 : a < b ? -1 : 1;
}
function readSqlFile(file, workspace) {
let bytes = readBytes(path.join(workspace, file));
if (bytes.length > 8388608) throw new InputError(`${file} has ${bytes.length} bytes, which is no migration. Move it elsewhere.`);
return {
name: file,
sql: Buffer.from(bytes).toString("utf8")
};
}
const migrationFolders = ({ stages }) => new Map(stages.flatMap(({ migrate }) => {
let folder = migrate?.sql ?? migrate?.supabase ?? migrate?.prisma;
return migrate === void 0 || folder === void 0 ? [] : [[folder.directory, transactionUnder(migrate)]];
}));
function transactionUnder({ prisma, alembic }) {
return alembic === void 0 ? prisma?.run === void 0 ? "file" : "message" : "none";
}
const transactionOf = (files) => files.some(({ name }) => name.endsWith("/migration.sql")) ? "message" : "file";
export { transactionUnder as a, transactionOf as i, readSqlFile as n, lintFiles as o, readSqlFiles as r, sqlParser as s, migrationFolders as t };
