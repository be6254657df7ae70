/** Of a namespace `n`: whether it is not one of the server's own. */
export const ordinary = "n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp)'";

/** Of a relation `c`: whether no extension brought it. */
export const notOfAnExtension = "not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')";
