import { n as versionsFolder, t as revisionsInLine } from "./alembic-files2.js";
import { a as withConnection, i as parseDatabaseUrl } from "./connection.js";
import { r as planHash } from "./history.js";
import { i as identifyDatabase } from "./refusal2.js";
import path from "node:path";
import { readFile } from "node:fs/promises";
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
files: pending.map(({ file }) => file)
};
});
}
export { planRevisions };
