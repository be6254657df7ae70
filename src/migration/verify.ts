import type { Client } from "pg";
import type { MigrationExpectation } from "../database-spec.ts";
import { type RowsBefore, verifyRowsKept } from "./rows-kept.ts";
import { verifyConstraints } from "./verify/constraints.ts";
import { verifyIndexes } from "./verify/indexes.ts";
import { runProbe } from "./verify/probe.ts";
import { verifyRowSecurity } from "./verify/row-security.ts";

/** One thing a runbook expects of the schema, and how it was found. */
export interface Verified {
  readonly what: string;
  readonly holds: boolean;
  /** What was found, and how to mend it when it does not hold. */
  readonly found: string;
}

/**
 * Looks at what is really there after a migration: an index that exists and is invalid, a table whose row level
 * security lets nobody or everybody through, and a constraint that was never validated all look fine to the tools that
 * made them.
 *
 * `rowsBefore` is what tables had before anything was applied; without it nothing is said about rows.
 *
 * Throws what the server throws: a query of the runbook's that cannot run proves nothing.
 */
export async function verifySchema(
  client: Client,
  expected: MigrationExpectation,
  rowsBefore?: RowsBefore,
): Promise<readonly Verified[]> {
  const found: Verified[] = [];
  if (expected.indexes !== undefined) found.push(...(await verifyIndexes(client, expected.indexes)));
  const secured = expected["row-level-security"];
  if (secured !== undefined) found.push(...(await verifyRowSecurity(client, secured, expected["open-policies"] ?? [])));
  if (expected.constraints !== undefined) found.push(await verifyConstraints(client));
  const kept = expected["rows-kept"];
  if (kept !== undefined && rowsBefore !== undefined) found.push(...(await verifyRowsKept(client, kept, rowsBefore)));
  for (const [i, probe] of (expected.probes ?? []).entries()) found.push(await runProbe(client, probe, `probe ${i}`));
  return found;
}
