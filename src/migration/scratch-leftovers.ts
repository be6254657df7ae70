import type { Client } from "pg";
import { dropDatabase } from "./drop-database.ts";

/**
 * Held for as long as the maker of a scratch database lives: what nobody holds was left by one that was killed. It is
 * looked for and never taken by others, so that two who look do not take each other for the maker; and in the server's
 * list of locks, because a lock itself is known in one database only and makers may be connected to several.
 * https://www.postgresql.org/docs/current/view-pg-locks.html
 */
export async function holdScratch(admin: Client, database: string): Promise<void> {
  await admin.query("select pg_advisory_lock(hashtextextended($1, 0))", [database]);
}

const scratch = "datname ~ '^sluice_scratch_[0-9a-f]{12}$'";
const held =
  "exists (select from pg_locks where locktype = 'advisory' and objsubid = 1 " +
  "and ((classid::bigint << 32) | objid::bigint) = hashtextextended(datname, 0))";

/** A backup that was killed could not remove its scratch database; the next one does. */
export async function removeAbandoned(admin: Client): Promise<void> {
  const { rows } = await admin.query<{ name: string }>(
    `select datname as name from pg_database where ${scratch} and not ${held}`,
  );
  // Another role's database stays; it is not ours to remove, and it is in nobody's way.
  for (const { name } of rows) await dropDatabase(admin, name).catch(() => undefined);
}

/** What tells the roles that were made for a restore from everybody else's, also when their maker was killed. */
const mark = "Made by sluice for a scratch database and removed with the last one.";
const marked = `shobj_description(oid, 'pg_authid') = '${mark}'`;
/** Taken by who removes roles: a restore that comes meanwhile must not count on one that is about to go. */
const removing = "hashtextextended('sluice_scratch', 0)";

/** Makes those roles that the server lacks. The scratch database is there already, and held. */
export async function createRoles(admin: Client, names: readonly string[]): Promise<void> {
  // Whoever removes roles by now does not know of our database yet; whoever comes later does, and leaves them.
  await admin.query(`select pg_advisory_xact_lock_shared(${removing})`);
  const { rows } = await admin.query<{ name: string }>(
    "select name from unnest($1::text[]) name where name not in (select rolname from pg_roles)",
    [names],
  );
  if (rows.length === 0) return;
  const list = admin.escapeLiteral(JSON.stringify(rows.map(({ name }) => name)));
  const body = `
    declare made text;
    begin
      for made in select json_array_elements_text(${list}) loop
        begin
          execute format('create role %I', made);
          execute format('comment on role %I is %L', made, '${mark}');
        exception when duplicate_object or unique_violation then null;
        end;
      end loop;
    end`;
  await admin.query(`do ${admin.escapeLiteral(body)}`);
}

/** Removes the roles that were made, by whomever, unless somebody else still restores; names those that could not go. */
export async function removeRoles(admin: Client, own: string): Promise<readonly string[]> {
  const others = `exists (select from pg_database where ${scratch} and datname <> '${own}' and ${held})`;
  const left = async () => {
    const sql = `select rolname as name from pg_roles where ${marked} and not ${others}`;
    return (await admin.query<{ name: string }>(sql)).rows.map(({ name }) => name);
  };
  if ((await left()).length === 0) return [];
  const body = `
    declare made text;
    begin
      perform pg_advisory_xact_lock(${removing});
      for made in select rolname from pg_roles where ${marked} and not ${others} loop
        begin
          execute format('drop role %I', made);
        exception when dependent_objects_still_exist or insufficient_privilege then null;
        end;
      end loop;
    end`;
  await admin.query(`do ${admin.escapeLiteral(body)}`);
  return left();
}
