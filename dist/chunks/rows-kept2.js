const meant = "coalesce(to_regclass((select string_agg(quote_ident(part), '.') from unnest(string_to_array(wanted, '.')) part)), to_regclass(wanted))", namedTable = `
  select format('%I.%I', n.nspname, c.relname) as name
  from unnest($1::text[]) wanted join pg_class c on c.oid = ${meant}
    join pg_namespace n on n.oid = c.relnamespace`;
async function countRows(client, kept) {
	await client.query("begin isolation level repeatable read read only");
	try {
		let { rows } = await (kept === "all" ? client.query("\n  select format('%I.%I', n.nspname, c.relname) as name\n  from pg_class c join pg_namespace n on n.oid = c.relnamespace\n  where c.relkind = 'r' and c.relpersistence <> 't' and n.nspname not in ('pg_catalog', 'information_schema')\n    and n.nspname !~ '^pg_(toast|temp)' and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')") : client.query(namedTable, [kept])), counts = new Map(), from = kept === "all" ? "from only" : "from";
		for (let { name } of rows) {
			let counted = await client.query(`select count(*) as rows ${from} ${name}`);
			counts.set(name, Number(counted.rows[0]?.rows));
		}
		return counts;
	} finally {
		await client.query("rollback");
	}
}
async function verifyRowsKept(client, kept, before) {
	let now = await countRows(client, kept), missing = (kept === "all" ? [] : await unknownTables(client, kept)).map((name) => ({
		what: `rows of ${name}`,
		holds: !1,
		found: `There is no table ${name}, so nothing was counted. Correct the name under \`rows-kept\`.`
	}));
	return [...[...before].map(([name, rows]) => {
		let found = now.get(name), what = `rows of ${name}`;
		return found === void 0 ? {
			what,
			holds: !1,
			found: `The table is gone; it had ${rows} rows.`
		} : found >= rows ? {
			what,
			holds: !0,
			found: `${found}, before the migrations ${rows}`
		} : {
			what,
			holds: !1,
			found: `${`${rows - found} of ${rows} rows are gone.`} If users delete there, name the other tables under \`rows-kept\`; else look at what the files did.`
		};
	}), ...missing];
}
async function unknownTables(client, names) {
	let asked = `select wanted as name from unnest($1::text[]) wanted where ${meant} is null`, { rows } = await client.query(asked, [names]);
	return rows.map(({ name }) => name);
}
export { verifyRowsKept as n, countRows as t };
