import type { Client } from "pg";
import { describeError } from "./connection.ts";

const insufficientPrivilege = "42501";

/**
 * Removes a database, where there is one, and ends the sessions in it.
 *
 * `with (force)` is refused as a whole where one session belongs to somebody greater than this login, and autovacuum's
 * does. An ordinary drop sends autovacuum away by itself, and gives five seconds to whoever is about to leave.
 * https://www.postgresql.org/docs/current/sql-dropdatabase.html
 */
export async function dropDatabase(admin: Client, name: string): Promise<void> {
  const drop = `drop database if exists ${admin.escapeIdentifier(name)}`;
  try {
    await admin.query(`${drop} with (force)`);
  } catch (error) {
    if (describeError(error).code !== insufficientPrivilege) throw error;
    await admin.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and usename = current_user",
      [name],
    );
    await admin.query(drop);
  }
}
