import { t as revisionsInLine } from "./alembic-files2.js";
import { a as withConnection, i as parseDatabaseUrl } from "./connection.js";
import { r as planHash } from "./history.js";
import { i as identifyDatabase } from "./refusal2.js";
import path from "node:path";
async function planRevisions({ alembic, url }, workspace, ports) {
if (alembic === void 0) return "it is not Alembic that migrates";
let line = await revisionsInLine(path.join(workspace, alembic.config));
return typeof line == "string" ? line : withConnection(parseDatabaseUrl(url, "Planning migrations"), "sluice", ports, async (client) => {
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
