import { sha256 } from "./sha256.ts";
import type { Stage } from "./step.ts";

type Step = NonNullable<Stage["migrate"]>;

/**
 * What an approval is for where only a tool knows what is pending: this tool as the runbook calls it, the commit that it
 * runs in, and this database. Any of them another one, and the approval is not for it.
 */
export function toolPlanHash(
  { sql, supabase, prisma, alembic, command, inside }: Step,
  { commit, database }: { readonly commit: string; readonly database: string },
): string {
  return sha256(JSON.stringify(["tool", sql, supabase, prisma, alembic, command, inside, commit, database]));
}
