import path from "node:path";
import { filesOfCommit } from "./commit-files.ts";
import type { Prepared } from "./migrate-database.ts";
import { parseDatabaseUrl, withConnection } from "./migration/connection.ts";
import type { ReadMigration, Rehearsal } from "./migration-engine.ts";
import type { PlannedMigration, StageCommits } from "./plan.ts";
import type { Ports } from "./ports.ts";
import type { Workflow } from "./runner/workflow.ts";
import type { Session } from "./session.ts";
import type { Stage } from "./step.ts";
import { reachedThroughTarget } from "./through-target.ts";
import type { Verdict } from "./verdict.ts";

/** By the stage's name. */
export type PlannedMigrations = Readonly<Record<string, PlannedMigration>>;

export interface PlanMigrations {
  /** Which commit is checked out here, and where. */
  readonly workflow: Pick<Workflow, "workspace" | "sha">;
  /** The release's own commit. */
  readonly commit: string;
  /** Stages with a commit of their own, and those that production has already. */
  readonly stages: StageCommits;
}

type Step = NonNullable<Stage["migrate"]>;

const mostNamed = 20;
const longestLine = 300;

/**
 * What the migrations behind an approval would apply, found out before anybody is asked: an approval is for these files
 * on this database, and nothing else is applied under it. A verdict when they could not be applied as it stands.
 *
 * Only what files say that we read ourselves, Alembic's revisions too where they are one line of plain files: a command
 * would be the user's code, which a job that plans never runs. Where that does not tell what is pending, an approval is
 * for the tool, the commit it runs in and the database, and the log says so.
 */
export async function planMigrations(
  {
    runbook,
    stage: resolved,
    target,
    client,
  }: Pick<Session, "stage" | "target" | "client"> & { readonly runbook: Pick<Session["runbook"], "stages"> },
  { workflow, commit, stages: { commits, released } }: PlanMigrations,
  ports: Ports,
): Promise<PlannedMigrations | Verdict> {
  const planned: Record<string, PlannedMigration> = {};
  const first = runbook.stages.findIndex(({ approve }) => approve !== undefined);
  for (const { name, migrate, ref } of first < 0 ? [] : runbook.stages.slice(first)) {
    if (migrate === undefined || released.includes(name)) continue;
    const step = await reachedThroughTarget(resolved(name, "migrate").migrate, target);
    if (step === undefined) continue;
    const own = commits[name] ?? commit;
    const found = await pendingIn(step, own, ref);
    if (typeof found !== "string") {
      if ("verdict" in found) return found;
      planned[name] = found;
      continue;
    }
    ports.log.notice(
      `An approval of stage ${name} is for its tool, its commit and its database, and not for the migrations by name: ${found}.`,
    );
    planned[name] = await byTool(step, own, ports);
  }
  return planned;

  /** A sentence when nobody can say what is pending. */
  async function pendingIn(
    step: Step,
    own: string,
    ref: string | undefined,
  ): Promise<PlannedMigration | Verdict | string> {
    if (step.command !== undefined) return "only the command knows which these are";
    if (own === workflow.sha) return fromFiles(step, workflow.workspace, ports);
    await using files = await filesOfCommit({ client, commit: own, workspace: workflow.workspace });
    const { inWordsOfCommit } = await import("./words-of-commit.ts");
    return inWordsOfCommit(
      { directory: files.directory, ref, commit: own },
      ports,
      async (within) => (await bringMigrations(step, files)) ?? (await fromFiles(step, files.directory, within)),
    );
  }
}

/** A sentence why the stage's commit does not show them. */
async function bringMigrations(
  { sql, supabase, prisma, alembic }: Step,
  files: Awaited<ReturnType<typeof filesOfCommit>>,
): Promise<string | undefined> {
  const folder = sql ?? supabase ?? prisma;
  if (folder !== undefined) return files.bring(folder.directory);
  if (alembic === undefined) return undefined;
  const { versionsFolder } = await import("./migration/alembic-files.ts");
  const problem = await files.bring(alembic.config);
  if (problem !== undefined) return problem;
  const found = await versionsFolder(path.join(files.directory, alembic.config));
  if (typeof found === "string") return found;
  const within = path.relative(files.directory, found.folder);
  if (within.startsWith("..")) return `${alembic.config} leads out of the repository`;
  return (await files.bring(within)) ?? files.bring(path.join(within, "../env.py"));
}

async function fromFiles(step: Step, directory: string, ports: Ports): Promise<PlannedMigration | Verdict | string> {
  if (step.alembic !== undefined) {
    const { planRevisions } = await import("./plan-revisions.ts");
    const found = await planRevisions(step, directory, ports);
    if (typeof found === "string") return found;
    const { hash, files } = found;
    const more = files.length === 0 ? {} : await foreseen(step, files, ports);
    return "verdict" in more ? more : { hash, ...named(files.map(({ name }) => name)), ...more };
  }
  const { prepareMigration } = await import("./migrate-database.ts");
  const prepared = await prepareMigration({ step, workspace: directory, ports });
  return "verdict" in prepared ? prepared : inShort(prepared);
}

async function byTool(step: Step, commit: string, ports: Ports): Promise<PlannedMigration> {
  const { toolPlanHash } = await import("./tool-plan.ts");
  const { identifyDatabase } = await import("./migration/refusal.ts");
  const address = parseDatabaseUrl(step.url, "Planning migrations");
  const database = await withConnection(address, "sluice", ports, identifyDatabase);
  const by = step.command === undefined ? "its tool" : `\`${step.command} migrate\``;
  const hash = toolPlanHash(step, { commit, database });
  return { hash, files: [], count: 0, by: by.slice(0, longestLine), ...unread(step) };
}

/** Of revisions that are nothing but SQL as much as of files; the others are read when their Python may run. */
async function foreseen(
  step: Step,
  files: readonly ReadMigration[],
  ports: Ports,
): Promise<Pick<PlannedMigration, "breaks" | "unread" | "locks"> | Verdict> {
  const read = files.filter((each) => "sql" in each);
  if (read.length === 0) return unread(step);
  const { lintPending } = await import("./lint-pending.ts");
  const { breaksOldVersion } = await import("./migration/lint.ts");
  const { refusedByRehearsal, rehearsed } = await import("./migrate-database.ts");
  const { rehearseRevisions } = await import("./migration/rehearse-revisions.ts");
  const { findings } = await lintPending(step, { readSql: async () => read }, { pending: [] }, "", ports);
  const address = parseDatabaseUrl(step.url, "Rehearsing revisions");
  const rehearse = (scratchUrl: string | undefined) => rehearseRevisions(files, { address, scratchUrl }, ports);
  const rehearsal = await rehearsed(step, { kind: "alembic", rehearse }, ports);
  const refused = refusedByRehearsal(rehearsal, { findings });
  if (refused !== undefined) return refused;
  const locks = await locksOf(rehearsal);
  if (breaksOldVersion(findings)) return { breaks: true, ...locks };
  return { ...locks, ...((read.length < files.length || step["old-version"] === "breaks") && unread(step)) };
}

/**
 * What the job that migrates will make of it: a revision's SQL is read there, before it runs, and a command's never, so
 * that only the runbook's word counts.
 */
function unread({ command, "old-version": word }: Step): Pick<PlannedMigration, "breaks" | "unread"> {
  if (word === "breaks" || (command !== undefined && word === undefined)) return { breaks: true };
  return { unread: command === undefined ? "until-applied" : "promised" };
}

/** What people are told and what binds them, small enough for the record. */
const inShort = async ({ plan, breaks, rehearsal }: Prepared): Promise<PlannedMigration> => ({
  hash: plan.hash,
  ...named(plan.pending.map(({ name }) => name)),
  ...(breaks && { breaks: true }),
  ...(await locksOf(rehearsal)),
});

async function locksOf(rehearsal: Rehearsal | undefined): Promise<Pick<PlannedMigration, "locks">> {
  if (rehearsal?.outcome !== "rehearsed") return {};
  const { rehearsalLines } = await import("./migration/rehearse.ts");
  const locks = rehearsalLines(rehearsal);
  return locks.length === 0 ? {} : { locks: locks.slice(0, mostNamed).map((line) => line.slice(0, longestLine)) };
}

const named = (names: readonly string[]) => ({
  files: names.slice(0, mostNamed).map((name) => name.slice(0, longestLine)),
  count: names.length,
});
