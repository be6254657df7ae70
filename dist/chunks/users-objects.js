const ofUsers = "n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp)'", ofNoExtension = (catalog, alias) => `not exists (
  select from pg_catalog.pg_depend d
  where d.classid = 'pg_catalog.${catalog}'::regclass and d.objid = ${alias}.oid and d.deptype = 'e')`, isDumped = "(x.indisvalid or t.relkind = 'p') and x.indisready", ofMigrators = [
"sluice_migrations",
"sluice_alembic",
"sluice_begun",
"sluice_rows_kept",
"alembic_version",
"_prisma_migrations"
];
export { ofUsers as i, ofMigrators as n, ofNoExtension as r, isDumped as t };
