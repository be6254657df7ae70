import pg from "pg";
import type { MigrationExpectation } from "../../src/database-spec.ts";
import { verifySchema } from "../../src/migration/verify.ts";

/** Seconds in which everything that can be expected is looked for in a database of so many secured and indexed tables. */
export async function verifyTables(url: string, tables: number): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (let i = 0; i < tables; i++)
      await client.query(
        `create table v${i} (id int primary key, owner text, parent int); create index v${i}_owner on v${i} (owner);
         alter table v${i} add constraint v${i}_positive check (id > 0);
         alter table v${i} enable row level security; create policy own on v${i} using (owner = current_user)`,
      );
    const expected: MigrationExpectation = {
      indexes: Array.from({ length: tables }, (_, i) => ({ name: `v${i}_owner`, table: `v${i}` })),
      "row-level-security": "all",
      constraints: "validated",
      probes: [{ sql: "select count(*) from v0", gives: 0 }],
    };
    const began = performance.now();
    const broken = (await verifySchema(client, expected)).filter(({ holds }) => !holds);
    if (broken.length > 0) throw new Error(`${broken.length} expectations do not hold`);
    return (performance.now() - began) / 1000;
  } finally {
    await client.end();
  }
}
