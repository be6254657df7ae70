import type { Client } from "pg";
import type { MigrationExpectation } from "../../database-spec.ts";
import type { Verified } from "../verify.ts";

type Probe = NonNullable<MigrationExpectation["probes"]>[number];

/** Asks as somebody would, in a transaction that can write nothing and is rolled back. */
export async function runProbe(
  client: Client,
  { sql, as, gives, "at-least": least }: Probe,
  name: string,
): Promise<Verified> {
  const what = `${as === undefined ? "" : `as ${as}: `}${sql.replace(/\s+/g, " ").slice(0, 120)}`;
  await client.query("begin transaction read only");
  try {
    await client.query("set local statement_timeout = '30s'");
    // A named statement goes by the extended protocol, which takes one only: so nothing can end the transaction that can write nothing.
    // `set local role` takes no parameter; the name was checked when the runbook was read.
    if (as !== undefined) await client.query(`set local role "${as}"`);
    const { rows } = await client.query({ name, text: sql, rowMode: "array" });
    const value: unknown = Array.isArray(rows[0]) ? rows[0][0] : undefined;
    const text = value === null || value === undefined ? "nothing" : String(value);
    const holds = gives !== undefined ? text === String(gives) : Number(text) >= (least ?? Number.NaN);
    const expected = gives !== undefined ? String(gives) : `at least ${least}`;
    return { what, holds, found: holds ? text : `It gives ${text.slice(0, 120)}, expected ${expected}.` };
  } finally {
    await client.query("rollback");
  }
}
