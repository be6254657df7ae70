/* Conditions of catalogue queries: what belongs to the users of a database. */

/** Of an object in a namespace `n`: whether it is neither the server's own nor a session's. */
export const ofUsers = `n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp)'`;

/** Of an object of `catalog`: whether no extension brought it. */
export const ofNoExtension = (catalog: string, alias: string): string => `not exists (
  select from pg_catalog.pg_depend d
  where d.classid = 'pg_catalog.${catalog}'::regclass and d.objid = ${alias}.oid and d.deptype = 'e')`;

/** Of an index `x` on a table `t`: whether pg_dump writes it; an INVALID one it leaves out (getIndexes in pg_dump.c). */
export const isDumped = "(x.indisvalid or t.relkind = 'p') and x.indisready";

/** Tables that migrators keep for themselves, also while they are at work. */
export const ofMigrators = [
  "sluice_migrations",
  "sluice_alembic",
  "sluice_begun",
  "sluice_rows_kept",
  "alembic_version",
  "_prisma_migrations",
];
