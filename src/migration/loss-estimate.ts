import type { Client } from "pg";
import type { BackupManifest } from "./backup.ts";

/** What going back to a backup would cost one table. */
export interface TableLoss {
  readonly name: string;
  readonly rowsInBackup: number;
  /** Undefined when the table came after the backup. */
  readonly rowsNow: number | undefined;
  /** Rows that a column of time says are newer than the backup; undefined where no column says so. */
  readonly newer: number | undefined;
}

const timeColumns = ["updated_at", "created_at", "inserted_at", "updatedAt", "createdAt"];

/**
 * What was written since a backup was taken, table by table: rows then and now, and rows whose own time is later. An
 * estimate: a row that was changed and carries no time is not seen. The client's transaction must be read only.
 */
export async function estimateLoss(client: Client, manifest: BackupManifest): Promise<readonly TableLoss[]> {
  const { rows: present } = await client.query<{ name: string; columns: string[] }>(
    `select format('%I.%I', n.nspname, c.relname) as name,
       array(select a.attname::text from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
         and a.attname = any($1) and a.atttypid in ('timestamptz'::regtype, 'timestamp'::regtype)) as columns
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp)'`,
    [timeColumns],
  );
  const now = new Map(present.map(({ name, columns }) => [name, columns]));
  const then = new Map(manifest.tables.map(({ name, rows }) => [name, rows]));
  const losses: TableLoss[] = [];
  for (const name of [...new Set([...then.keys(), ...now.keys()])].sort()) {
    const columns = now.get(name);
    losses.push({
      name,
      rowsInBackup: then.get(name) ?? 0,
      rowsNow: columns === undefined ? undefined : await count(client, name),
      newer:
        columns === undefined || columns.length === 0
          ? undefined
          : await newerRows(client, name, columns, manifest.takenAt),
    });
  }
  return losses;
}

/** `name` is the catalog's own, quoted by `format('%I')`. */
async function count(client: Client, name: string): Promise<number> {
  const { rows } = await client.query<{ rows: string }>(`select count(*) as rows from only ${name}`);
  return Number(rows[0]?.rows);
}

async function newerRows(client: Client, name: string, columns: readonly string[], since: string): Promise<number> {
  const later = columns.map((column) => `${client.escapeIdentifier(column)} > $1`).join(" or ");
  const { rows } = await client.query<{ rows: string }>(`select count(*) as rows from only ${name} where ${later}`, [
    since,
  ]);
  return Number(rows[0]?.rows);
}

/** In words, the largest losses first; tables that lose nothing are left out. */
export function lossInWords(losses: readonly TableLoss[]): readonly string[] {
  const size = ({ rowsInBackup, rowsNow, newer }: TableLoss) =>
    Math.max(newer ?? 0, Math.abs((rowsNow ?? 0) - rowsInBackup));
  return losses
    .filter((loss) => size(loss) > 0)
    .toSorted((a, b) => size(b) - size(a))
    .map(({ name, rowsInBackup, rowsNow, newer }) => {
      if (rowsNow === undefined) return `${name}: dropped since, ${rowsInBackup} rows come back`;
      const since = newer === undefined ? "no column says which are newer" : `${newer} of them newer than the backup`;
      return `${name}: ${rowsInBackup} rows in the backup, ${rowsNow} now, ${since}`;
    });
}
