import { n as versionsFolder, t as revisionsInLine } from "./alembic-files2.js";
import { a as withConnection, i as parseDatabaseUrl } from "./connection.js";
import { r as planHash } from "./history.js";
import { i as identifyDatabase } from "./refusal2.js";
import { t as revisionSql } from "./revision-sql.js";
import path from "node:path";
import { readFile } from "node:fs/promises";
function revisionText(python) {
let text = python.replaceAll("\r\n", "\n"), code = withoutStrings(text), opening = /^def upgrade\(\)(?:[ \t]*->[ \t]*None)?:[ \t]*\n/m.exec(code);
if (opening === null || !isPlain(code)) return;
let at = opening.index + opening[0].length, next = (pattern) => {
pattern.lastIndex = at;
let found = pattern.exec(text);
return found !== null && (at = pattern.lastIndex), found;
}, run = [], block, closeBlock = (indent) => {
block === void 0 || indent > block || (run.push("BEGIN"), block = void 0);
};
for (; next(blank), !(at >= text.length || !/[ \t]/.test(text.charAt(at)));) {
let [, indent = "", , ...strings] = next(execute) ?? next(executeText) ?? [], sql = strings.find((one) => one !== void 0);
if (sql !== void 0) {
if (bound.test(sql)) return;
closeBlock(indent.length), run.push(sql.trim());
continue;
}
let opened = next(autocommit);
if (opened === null && next(nothing) === null) return;
if (opened === null) continue;
let [, margin = ""] = opened;
closeBlock(margin.length), run.push("COMMIT"), block = margin.length;
}
closeBlock(0);
let sql = run.map((one) => `${one}\n;`).join("\n\n");
return revisionSql({
sql,
table: "alembic_version",
transactional: !0
});
}
const end = String.raw`[ \t]*;?[ \t]*(?:#.*)?(?:\n|$)`, blank = /(?:[ \t]*(?:#.*)?\n)*/y, autocommit = /([ \t]+)with op\.get_context\(\)\.autocommit_block\(\):[ \t]*(?:#.*)?\n/y, string = String.raw`r?()(?:"""((?:(?!""")[^\\])*)"""|'''((?:(?!''')[^\\])*)'''|"([^"\\\n]*)"|'([^'\\\n]*)')`, nothing = RegExp(`[ \\t]+(?:pass|${string})${end}`, "y"), execute = new RegExp(String.raw`([ \t]+)op\.execute\(\s*${string}\s*,?\s*\)${end}`, "y"), executeText = new RegExp(String.raw`([ \t]+)op\.execute\(\s*(?:sa\.)?text\(\s*${string}\s*,?\s*\)\s*,?\s*\)${end}`, "y"), bound = /(?<![:\w]):\w/;
function withoutStrings(text) {
return text.replace(/#[^\n]*|("""|''')(?:[^\\]|\\[\s\S])*?\1|(["'])(?:(?!\2)[^\\\n]|\\[\s\S])*\2/g, (one) => one.replaceAll(/[^\n]/g, one.startsWith("#") ? " " : "_"));
}
function isPlain(code) {
return /[\f\v\r]|^\s*@|\b[rR]?[fF][rR]?__|\bimport[\s\\]*\*/m.test(code) || code.match(/\bupgrade\b/g)?.length !== 1 || !importOp.test(code) ? !1 : !/\bop\b(?!\.\w+\()/.test(code.replace(importOp, "")) && !/\bsa\b(?!\.[\w.]+(?![\w.]|\s*[=:]))/.test(code.replace(/^import sqlalchemy as sa[ \t]*$/m, "")) && !/\b(?:def|class)\s+text\b|\btext\b(?!\()/.test(code.replace(importText, ""));
}
const importOp = /^from alembic import op[ \t]*$/m, importText = /^from sqlalchemy(?:\.sql)? import (?:\w+, )*text(?:, \w+)*[ \t]*$/m;
async function planRevisions({ alembic, url }, workspace, ports) {
if (alembic === void 0) return "it is not Alembic that migrates";
let config = path.join(workspace, alembic.config), line = await revisionsInLine(config);
if (typeof line == "string") return line;
let versions = await versionsFolder(config);
if (typeof versions == "string") return versions;
let env = await readFile(path.join(versions.folder, "../env.py"), "utf8").catch(() => void 0);
return env === void 0 ? "its env.py cannot be read" : env.includes("version_table") ? "its env.py names a version_table of its own" : withConnection(parseDatabaseUrl(url, "Planning migrations"), "sluice", ports, async (client) => {
let target = await identifyDatabase(client), { rows } = await client.query("select to_regclass('alembic_version')::text as table,\n              exists (select from pg_tables where schemaname not in ('pg_catalog', 'information_schema')) as used"), [{ table, used } = {
table: null,
used: !0
}] = rows;
if (table === null && used) return "the database has tables and no alembic_version that its login finds";
let [head, second] = table === null ? [] : (await client.query(`select version_num as id from ${table}`)).rows;
if (second !== void 0) return "the database stands at several revisions";
let at = head === void 0 ? -1 : line.findIndex(({ id }) => id === head.id);
if (head !== void 0 && at < 0) return `the database stands at revision ${head.id}, which no file has`;
let pending = line.slice(at + 1), hashed = pending.map(({ id, checksum }) => ({
name: id,
checksum
}));
return {
hash: planHash(hashed, target),
files: pending.map(asSql)
};
});
}
function asSql({ file: name, text }) {
let sql = revisionText(text);
return sql === void 0 ? {
name,
unread: "Its Python says what it runs"
} : {
name,
sql
};
}
export { planRevisions };
