import { InputError } from "../failure.ts";
import type { ReadMigration, Rehearsal } from "../migration-engine.ts";
import type { Ports } from "../ports.ts";
import { type MigrationScript, parseScript } from "./migration-script.ts";
import type { RehearsalRequest } from "./rehearse.ts";
import { transactionsIn } from "./revision-sql.ts";

/** Rehearses the SQL of Alembic's revisions, transaction by transaction; none of them where one cannot say what it runs. */
export async function rehearseRevisions(
  revisions: readonly ReadMigration[],
  where: Pick<RehearsalRequest, "address" | "scratchUrl">,
  ports: Ports,
): Promise<Rehearsal> {
  const scripts: MigrationScript[] = [];
  for (const { name, ...read } of revisions) {
    if ("unread" in read) return { outcome: "not-rehearsed", why: `${name}: ${read.unread}.` };
    try {
      for (const sql of transactionsIn(read.sql)) scripts.push(parseScript({ name, path: name, checksum: "", sql }));
    } catch (problem) {
      // Such as a transaction that is rolled back by hand.
      if (!(problem instanceof InputError)) throw problem;
      return { outcome: "not-rehearsed", why: problem.message };
    }
  }
  const { rehearse } = await import("./rehearse.ts");
  return rehearse({ ...where, scripts, searchPath: undefined }, ports);
}
