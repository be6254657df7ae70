import type { Prepared } from "./migrate-database.ts";
import type { PlannedMigration } from "./plan.ts";
import type { Ports } from "./ports.ts";
import type { Session } from "./session.ts";
import { reachedThroughTarget } from "./through-target.ts";
import type { Verdict } from "./verdict.ts";

/** By the stage's name. */
export type PlannedMigrations = Readonly<Record<string, PlannedMigration>>;

const mostNamed = 20;
const longestLine = 300;

/**
 * What the migrations behind an approval would apply, found out before anybody is asked: an approval is for these files
 * on this database, and nothing else is applied under it. A verdict when they could not be applied as it stands.
 *
 * Only what files say that we read ourselves, Alembic's revisions too where they are one line of plain files: a command
 * would be the user's code, which a job that plans never runs. A stage with a `ref` of its own has its files in another
 * commit. There an approval binds the commit only, and the log says so.
 */
export async function planMigrations(
  { runbook, stage: resolved, target }: Session,
  workspace: string,
  ports: Ports,
): Promise<PlannedMigrations | Verdict> {
  const planned: Record<string, PlannedMigration> = {};
  const first = runbook.stages.findIndex(({ approve }) => approve !== undefined);
  for (const { name, migrate, ref } of first < 0 ? [] : runbook.stages.slice(first)) {
    if (migrate === undefined) continue;
    const unbound = (why: string) =>
      ports.log.notice(`An approval of stage ${name} binds its commit, and not the migrations it will apply: ${why}.`);
    if (ref !== undefined || migrate.command !== undefined) {
      unbound(ref === undefined ? "only the command knows which these are" : "they are in the stage's own commit");
      continue;
    }
    const step = await reachedThroughTarget(resolved(name, "migrate").migrate, target);
    if (step === undefined) continue;
    if (step.alembic !== undefined) {
      const { planRevisions } = await import("./plan-revisions.ts");
      const found = await planRevisions(step, workspace, ports);
      if (typeof found === "string") unbound(found);
      else planned[name] = { hash: found.hash, ...named(found.files) };
      continue;
    }
    const { prepareMigration } = await import("./migrate-database.ts");
    const prepared = await prepareMigration({ step, workspace, ports });
    if ("verdict" in prepared) return prepared;
    planned[name] = await inShort(prepared);
  }
  return planned;
}

/** What people are told and what binds them, small enough for the record. */
async function inShort({ plan, breaks, rehearsal }: Prepared): Promise<PlannedMigration> {
  const { rehearsalLines } = await import("./migration/rehearse.ts");
  const locks = rehearsal?.outcome === "rehearsed" ? rehearsalLines(rehearsal) : [];
  return {
    hash: plan.hash,
    ...named(plan.pending.map(({ name }) => name)),
    ...(breaks && { breaks: true }),
    ...(locks.length > 0 && { locks: locks.slice(0, mostNamed).map((line) => line.slice(0, longestLine)) }),
  };
}

const named = (names: readonly string[]) => ({
  files: names.slice(0, mostNamed).map((name) => name.slice(0, longestLine)),
  count: names.length,
});
