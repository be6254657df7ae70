import type { Client } from "pg";
import { ofUsers } from "../users-objects.ts";
import type { Verified } from "../verify.ts";

/** Whether old rows were looked at for every constraint there is, those of domains too. */
export async function verifyConstraints(client: Client): Promise<Verified> {
  const { rows } = await client.query<{ command: string }>(
    `select case when k.contypid <> 0 then format('ALTER DOMAIN %I.%I', n.nspname, y.typname)
         else format('ALTER TABLE %I.%I', n.nspname, c.relname) end || format(' VALIDATE CONSTRAINT %I', k.conname) as command
     from pg_constraint k left join pg_class c on c.oid = k.conrelid left join pg_type y on y.oid = k.contypid
       join pg_namespace n on n.oid = coalesce(c.relnamespace, y.typnamespace)
     where not k.convalidated and ${ofUsers} order by 1`,
  );
  const unproven = rows.map(({ command }) => command);
  return {
    what: "every constraint is validated",
    holds: unproven.length === 0,
    found: unproven.length === 0 ? "all are" : `Old rows were never looked at. Run: ${unproven.join("; ")}.`,
  };
}
