import type { Client } from "pg";

/**
 * What belongs to a database and to nothing in it: its locale, its settings, who may connect, how many at once. A dump
 * has none of it unless it creates the database itself (https://www.postgresql.org/docs/current/app-pgdump.html, `-C`).
 */
export interface DatabaseItself {
  readonly owner: string;
  readonly encoding: string;
  readonly connectionLimit: number;
  readonly collate: string;
  readonly ctype: string;
  /** `i` is ICU, `b` the built-in one of PostgreSQL 17, `c` the C library's; null before 15, which has no other. */
  readonly provider: "b" | "c" | "i" | null;
  /** Of ICU and of the built-in provider. */
  readonly locale: string | null;
  /** `name=value`, for every session or those of one role. */
  readonly settings: readonly { readonly role: string | null; readonly setting: string }[];
  /** Undefined while nobody changed what everybody may do; a grantee that is null is everybody. */
  readonly grants:
    | readonly { readonly grantee: string | null; readonly privilege: string; readonly grantable: boolean }[]
    | undefined;
}

/** Undefined when there is no database of that name. */
export async function readDatabaseItself(client: Client, name: string): Promise<DatabaseItself | undefined> {
  const { rows } = await client.query<{ itself: DatabaseItself | null }>(
    `select jsonb_build_object(
       'owner', pg_get_userbyid(d.datdba), 'encoding', pg_encoding_to_char(d.encoding),
       'connectionLimit', d.datconnlimit, 'collate', d.datcollate, 'ctype', d.datctype,
       'provider', to_jsonb(d)->>'datlocprovider',
       'locale', coalesce(to_jsonb(d)->>'datlocale', to_jsonb(d)->>'daticulocale'),
       'settings', (select coalesce(jsonb_agg(jsonb_build_object('role', r.rolname, 'setting', one) order by r.rolname, one), '[]')
                    from pg_db_role_setting s left join pg_roles r on r.oid = s.setrole, unnest(s.setconfig) one
                    where s.setdatabase = d.oid))
       || case when d.datacl is null then '{}'::jsonb else jsonb_build_object('grants',
            (select coalesce(jsonb_agg(jsonb_build_object('grantee', g.rolname, 'privilege', a.privilege_type, 'grantable', a.is_grantable)
                                       order by g.rolname, a.privilege_type), '[]')
             from aclexplode(d.datacl) a left join pg_roles g on g.oid = a.grantee)) end as itself
     from pg_database d where d.datname = $1`,
    [name],
  );
  return rows[0]?.itself ?? undefined;
}

type Quote = Pick<Client, "escapeIdentifier" | "escapeLiteral">;

/** An empty database whose texts are compared and sorted as in the one it is made after. */
export function createStatement(name: string, itself: DatabaseItself, quote: Quote): string {
  const literal = (text: string) => quote.escapeLiteral(text);
  const locale = literal(itself.locale ?? "");
  const providers = {
    b: ` locale_provider builtin builtin_locale ${locale}`,
    c: " locale_provider libc",
    i: ` locale_provider icu icu_locale ${locale}`,
  };
  const provider = itself.provider === null ? "" : providers[itself.provider];
  return (
    `create database ${quote.escapeIdentifier(name)} template template0 encoding ${literal(itself.encoding)} ` +
    `lc_collate ${literal(itself.collate)} lc_ctype ${literal(itself.ctype)}${provider} ` +
    `owner ${quote.escapeIdentifier(itself.owner)} connection limit ${itself.connectionLimit}`
  );
}

/** Settings whose value is a list of names, each quoted by itself: GUC_LIST_QUOTE in PostgreSQL's guc_tables.c. */
const lists = new Set(["local_preload_libraries", "search_path", "session_preload_libraries", "temp_tablespaces"]);

interface Likening {
  readonly statement: string;
  /** What it is for, without the value, which may be a secret. */
  readonly what: string;
}

/** Gives the database `name` the settings and the rights of another, one statement for each. */
export function likeItself(
  name: string,
  { owner, settings, grants }: DatabaseItself,
  quote: Quote,
): readonly Likening[] {
  const id = (text: string) => quote.escapeIdentifier(text);
  const set = settings.map(({ role, setting }) => {
    const [variable = ""] = setting.split("=", 1);
    const value = setting.slice(variable.length + 1);
    const parts = lists.has(variable) ? namesIn(value) : [value];
    const whose = role === null ? `alter database ${id(name)}` : `alter role ${id(role)} in database ${id(name)}`;
    const to = parts.map((part) => quote.escapeLiteral(part)).join(", ");
    const statement = `${whose} set ${variable.split(".").map(id).join(".")} to ${to}`;
    return { statement, what: `the setting ${variable}${role === null ? "" : ` of ${role}`}` };
  });
  if (grants === undefined) return set;
  const others = grants.filter(({ grantee }) => grantee !== owner);
  const granted = others.map(({ grantee, privilege, grantable }) => ({
    statement: `grant ${privilege} on database ${id(name)} to ${grantee === null ? "public" : id(grantee)}${grantable ? " with grant option" : ""}`,
    what: `${privilege} of ${grantee ?? "everybody"}`,
  }));
  const closed = { statement: `revoke all on database ${id(name)} from public`, what: "what everybody may not do" };
  return [...set, closed, ...granted];
}

/** The names of a list as the server writes it: `"$user", public`. */
function namesIn(list: string): readonly string[] {
  const found = list.matchAll(/"((?:[^"]|"")*)"|[^",\s]+/g);
  const names = Array.from(found, ([whole, quoted]) => quoted?.replaceAll('""', '"') ?? whole);
  return names.length === 0 ? [""] : names;
}
