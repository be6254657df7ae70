import type { Client } from "pg";
import type { DetachedPartition } from "./statement-rule.ts";

/** What became of a partition that was to be detached. */
export type Detachment = "attached" | "half" | "detached";

/**
 * DETACH PARTITION CONCURRENTLY is two transactions: after the first the parent leaves the partition out of new queries,
 * and only the second makes it a table of its own. https://www.postgresql.org/docs/current/catalog-pg-inherits.html
 */
export async function detachment(client: Client, { parent, partition }: DetachedPartition): Promise<Detachment> {
  const { rows } = await client.query<{ pending: boolean }>(
    "select inhdetachpending as pending from pg_inherits where inhparent = to_regclass($1) and inhrelid = to_regclass($2)",
    [parent, partition],
  );
  const [found] = rows;
  return found === undefined ? "detached" : found.pending ? "half" : "attached";
}

/** What is left, and how it is finished, as sentences. `finished` records the file. */
export const halfDetached = ({ parent, partition }: DetachedPartition, finished: string): string =>
  `${partition} is half detached from ${parent} (pg_inherits.inhdetachpending): queries of ${parent} leave it out, and it ` +
  `can be neither attached nor detached. Finish it: alter table ${parent} detach partition ${partition} finalize; Then ` +
  `record the file: ${finished}`;
