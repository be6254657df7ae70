import { i as ofUsers, n as ofMigrators, r as ofNoExtension } from "./users-objects.js";
const memory = "public.sluice_rows_kept", everyTable = `
  select format('%I.%I', n.nspname, c.relname) as name
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind = 'r' and c.relpersistence <> 't' and ${ofUsers} and ${ofNoExtension("pg_class", "c")}
    and c.relname not in (${ofMigrators.map((name) => `'${name}'`).join(", ")})`, meant = "coalesce(to_regclass((select string_agg(quote_ident(part), '.') from unnest(string_to_array(wanted, '.')) part)), to_regclass(wanted))", namedTable = `
  select format('%I.%I', n.nspname, c.relname) as name
  from unnest($1::text[]) wanted join pg_class c on c.oid = ${meant}
    join pg_namespace n on n.oid = c.relnamespace`;
async function countRows(client, kept) {
await client.query("begin isolation level repeatable read read only");
try {
let { rows } = await (kept === "all" ? client.query(everyTable) : client.query(namedTable, [kept])), counts = new Map(), from = kept === "all" ? "from only" : "from";
for (let { name } of rows) {
let counted = await client.query(`select count(*) as rows ${from} ${name}`);
counts.set(name, Number(counted.rows[0]?.rows));
}
return counts;
} finally {
await client.query("rollback");
}
}
async function rowsBefore(client, kept, { applies }) {
let earlier = await recall(client);
if (!applies && earlier === void 0) return;
let now = await countRows(client, kept);
applies && now.size > 0 && await remember(client, now);
let known = [...earlier?.counts ?? []].filter(([name]) => kept === "all" || now.has(name) || isNamed(name, kept));
return {
counts: new Map([...now, ...known]),
countedBy: earlier?.countedBy
};
}
function isNamed(table, kept) {
let plain = table.replaceAll("\"", "");
return kept.some((name) => [name, name.toLowerCase()].some((one) => plain === one || plain.endsWith(`.${one}`)));
}
async function recall(client) {
if (!await isRemembered(client)) return;
let { rows } = await client.query(`select name, rows, min(counted_at) over () as at from ${memory}`);
return {
counts: new Map(rows.map((row) => [row.name, Number(row.rows)])),
countedBy: rows[0]?.at
};
}
async function isRemembered(client) {
let { rows } = await client.query("select to_regclass($1) is not null as there", [memory]);
return rows[0]?.there === !0;
}
async function remember(client, counts) {
await isRemembered(client) || await client.query(`
      create table if not exists ${memory} (
        name text primary key, rows bigint not null, counted_at timestamptz not null default clock_timestamp());
      alter table ${memory} enable row level security;
      comment on table ${memory} is 'Rows that Sluice counted before migrations; dropped once they were found to be there still.'`), await client.query(`insert into ${memory} (name, rows) select * from unnest($1::text[], $2::bigint[]) on conflict (name) do nothing`, [[...counts.keys()], [...counts.values()]]);
}
async function forgetRows(client) {
await isRemembered(client) && await client.query(`drop table ${memory}`);
}
async function verifyRowsKept(client, kept, before) {
let now = await countRows(client, kept), unknown = kept === "all" ? [] : await unknownTables(client, kept), gone = [...before.counts.keys()].filter((name) => !now.has(name)), missing = unknown.filter((name) => !gone.some((table) => isNamed(table, [name]))).map((name) => ({
what: `rows of ${name}`,
holds: !1,
found: `There is no table ${name}, so nothing was counted. Correct the name under \`rows-kept\`.`
})), { counts, countedBy } = before, when = countedBy === void 0 ? "" : ` (counted ${countedBy.toISOString()}, before an attempt that did not end well)`, accept = `Every run says so until somebody accepts it: drop table ${memory};`;
return [...[...counts].map(([name, rows]) => {
let found = now.get(name), what = `rows of ${name}`;
return found === void 0 ? {
what,
holds: !1,
found: `The table is gone; it had ${rows} rows${when}. ${accept}`
} : found >= rows ? {
what,
holds: !0,
found: `${found}, before the migrations ${rows}${when}`
} : {
what,
holds: !1,
found: `${`${rows - found} of ${rows} rows${when} are gone.`} If users delete there, name the other tables under \`rows-kept\`; else look at what the files did. ${accept}`
};
}), ...missing];
}
async function unknownTables(client, names) {
let asked = `select wanted as name from unnest($1::text[]) wanted where ${meant} is null`, { rows } = await client.query(asked, [names]);
return rows.map(({ name }) => name);
}
export { rowsBefore as n, verifyRowsKept as r, forgetRows as t };
