const everyTable = `
  select format('%I.%I', n.nspname, c.relname) as name
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind = 'r' and c.relpersistence <> 't' and n.nspname not in ('pg_catalog', 'information_schema')
    and n.nspname !~ '^pg_(toast|temp)' and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')`;
const namedTable = `
  select format('%I.%I', n.nspname, c.relname) as name
  from unnest($1::text[]) wanted join pg_class c on c.oid = to_regclass(wanted)
    join pg_namespace n on n.oid = c.relnamespace`;
async function countRows(client, kept) {
	await client.query("begin isolation level repeatable read read only");
	try {
		const { rows } = await (kept === "all" ? client.query(everyTable) : client.query(namedTable, [kept]));
		const counts = new Map();
		for (const { name } of rows) {
			const counted = await client.query(`select count(*) as rows from only ${name}`);
			counts.set(name, Number(counted.rows[0]?.rows));
		}
		return counts;
	} finally {
		await client.query("rollback");
	}
}
async function verifyRowsKept(client, kept, before) {
	const now = await countRows(client, kept);
	return [...before].map(([name, rows]) => {
		const found = now.get(name);
		const what = `rows of ${name}`;
		if (found === void 0) return {
			what,
			holds: false,
			found: `The table is gone; it had ${rows} rows.`
		};
		if (found >= rows) return {
			what,
			holds: true,
			found: `${found}, before the migrations ${rows}`
		};
		return {
			what,
			holds: false,
			found: `${`${rows - found} of ${rows} rows are gone.`} If users delete there, name the other tables under \`rows-kept\`; else look at what the files did.`
		};
	});
}
export { verifyRowsKept as n, countRows as t };
