import type { StepRequest } from "./advance.ts";
import { checkedOut } from "./checked-out.ts";
import { InputError } from "./failure.ts";
import { lintPending } from "./lint-pending.ts";
import { parseDatabaseUrl, withConnection } from "./migration/connection.ts";
import { breaksOldVersion } from "./migration/lint.ts";
import type { RowsBefore } from "./migration/rows-kept.ts";
import type { ToolPlace } from "./migration/tool-environment.ts";
import { verifySchema } from "./migration/verify.ts";
import { openEngine } from "./migration-engine/open.ts";
import type { MigrationEngine, MigrationPlan, Rehearsal } from "./migration-engine.ts";
import type { Ports } from "./ports.ts";
import { schemaMovedOn, schemaMovesOn, schemaStays } from "./record.ts";
import type { Stage } from "./step.ts";
import { fail, pass, type Verdict } from "./verdict.ts";

type Step = NonNullable<Stage["migrate"]>;

/** Reason of an announcement of what a tool says is pending, where people approved the tool and not these. */
const migrationsListed = "migrations-listed";

export interface PrepareMigration {
  readonly step: Step;
  readonly workspace: string;
  /** The release this is part of. */
  readonly release?: string | undefined;
  /** Hash of the plan that people agreed to when the release began. */
  readonly agreed?: string | undefined;
  /** Where the project's tool runs; this machine when undefined. */
  readonly place?: ToolPlace | undefined;
  readonly ports: Ports;
}

export interface MigrateDatabase extends Omit<PrepareMigration, "step"> {
  readonly step: Stage["migrate"];
  /** Writes down, before anything is applied, what must be known should this process die in it. */
  readonly announce?: StepRequest["announce"] | undefined;
  /** Whether an attempt before this one announced in the record, or did, what breaks the version that serves. */
  readonly schemaMoves?: boolean | undefined;
}

/** A plan that may be applied, read and tried as far as that is possible without touching anything. */
export interface Prepared {
  readonly engine: MigrationEngine;
  readonly plan: MigrationPlan;
  /** Whether the version that serves cannot be relied on to work with what it leaves. */
  readonly breaks: boolean;
  /** The hash that people approved, where it stands for a tool, its commit and its database: nobody was told what is pending. */
  readonly approvedTool: string | undefined;
  readonly rehearsal: Rehearsal | undefined;
  readonly evidence: object;
}

/** Plans and applies what is pending; a history that does not fit the files is refused with the repair commands. */
export async function migrateDatabase({ step, announce, schemaMoves, ...context }: MigrateDatabase): Promise<Verdict> {
  if (step === undefined) throw new InputError("The runbook has no migrate step in this stage.");
  const { ports } = context;
  const prepared = await prepareMigration({ step, ...context });
  if ("verdict" in prepared) return prepared;
  const { engine, plan, breaks, approvedTool, rehearsal, evidence } = prepared;
  if (plan.pending.length === 0) {
    const before = await rowsBefore(step, ports, { applies: false });
    return expected(
      step,
      pass("nothing-pending", "The database has every migration already.", evidence),
      ports,
      before,
    );
  }
  // Before it is said that the schema moves: counting may fail, and then nothing moved.
  const before = await rowsBefore(step, ports, { applies: true });
  if (breaks || approvedTool !== undefined)
    try {
      await announce?.(
        breaks ? schemaMovesOn : migrationsListed,
        `About to apply ${namesOf(plan.pending)}${breaks ? ", which the version that serves now cannot be relied on to work with" : ""}.` +
          (approvedTool === undefined
            ? ""
            : " People approved the tool, its commit and the database, not these names."),
        { engine: engine.kind, hash: plan.hash, ...(approvedTool !== undefined && { approved: approvedTool }) },
      );
    } catch (problem) {
      // Nothing was applied, so that the next run counts anew.
      if (before !== undefined) await rowsLost(step, before, "not-announced", ports);
      throw problem;
    }
  const result = await engine.apply(plan.hash);
  if (result.outcome === "failed") {
    // What the engine says is believed once the database's own history says it too.
    const untouched = breaks && schemaMoves !== true && result.leftNothing === true;
    const now = untouched ? await engine.plan().catch(() => undefined) : undefined;
    if (now?.hash === plan.hash)
      await announce?.(
        schemaStays,
        `${result.failed} was rolled back and nothing was applied before it: the schema is as it was.`,
      );
    const stay =
      result.mayBeLost === true
        ? "; if the server crashed it may have lost the newest of them, which the next run reads from the history."
        : " and stay.";
    const lost = before === undefined ? "" : await rowsLost(step, before, result.reason, ports);
    return fail(
      result.reason,
      `${result.message} ${result.applied.length} of ${plan.pending.length} pending migrations were applied before it${stay}${lost}`,
      { ...evidence, rehearsal, result },
    );
  }
  const message = `Applied ${namesOf(result.applied)}; ${stallOf(result.longestStallMs)}.`;
  const migrated = pass(breaks ? schemaMovedOn : "migrated", message, { ...evidence, rehearsal, result });
  return expected(step, migrated, ports, before);
}

/** Plans, lints and rehearses what is pending; the verdict when it must not be applied. */
export async function prepareMigration(request: PrepareMigration): Promise<Prepared | Verdict> {
  const { step, workspace, release, agreed, place, ports } = request;
  const engine = await openEngine(step, { workspace, release, place }, ports);
  const plan = await engine.plan();
  const { problems } = plan;
  const [problem] = problems;
  if (problem !== undefined)
    return fail(problem.reason, problems.map(({ message }) => message).join("\n"), { problems });
  const planned = { engine: engine.kind, plan: { pending: plan.pending, hash: plan.hash } };
  let approvedTool: string | undefined;
  for (const approved of [step.approved, agreed]) {
    if (approved === undefined || plan.isRestOf(approved)) continue;
    if (!(await standsForTool(approved, request, plan)))
      return fail(
        "plan-changed",
        `The plan that was approved (${approved.slice(0, 12)}) is not what would be applied now (${plan.hash.slice(0, 12)}): ` +
          `${namesOf(plan.pending)}. Nothing was applied. Look at it and approve it, or bring the approved files back.`,
        planned,
      );
    approvedTool = approved;
  }
  if (plan.pending.length === 0)
    return { engine, plan, breaks: false, approvedTool, rehearsal: undefined, evidence: planned };
  const linted = await lintPending(step, engine, plan, workspace, ports);
  // What the rollback asks later: whether the version that served before can serve on this schema.
  const breaks = step["old-version"] === "breaks" || breaksOldVersion(linted.findings);
  const evidence = { ...planned, findings: linted.findings, "breaks-old-version": breaks };
  // A revision in Python or a command has no place for an answer to a finding, so there findings are only told.
  const enforced = step.lint !== "report" && engine.readSql === undefined && step.command === undefined;
  if (enforced && linted.verdict.verdict !== "pass")
    return fail(linted.verdict.reason, `${linted.verdict.message} Nothing was applied.`, evidence);
  const rehearsal = await rehearsed(step, engine, ports);
  return refusedByRehearsal(rehearsal, evidence) ?? { engine, plan, breaks, approvedTool, rehearsal, evidence };
}

/** Where people agreed to a tool that alone knows what is pending: the same one, in the same commit, and this database. */
async function standsForTool(
  approved: string,
  { step, workspace, ports }: PrepareMigration,
  { database }: MigrationPlan,
): Promise<boolean> {
  const { toolPlanHash } = await import("./tool-plan.ts");
  return approved === toolPlanHash(step, { commit: await checkedOut(workspace, ports), database });
}

export function refusedByRehearsal(rehearsal: Rehearsal | undefined, evidence: object): Verdict | undefined {
  if (rehearsal?.outcome !== "rehearsed" || rehearsal.failure === undefined) return undefined;
  return fail(
    "rehearsal-failed",
    `On an empty copy of the schema the migrations fail: ${rehearsal.failure} Nothing was applied. Correct the file and release again.`,
    { ...evidence, rehearsal },
  );
}

/** Which locks the pending migrations will take, found out where they hurt nobody. */
export async function rehearsed(
  step: Step,
  engine: Pick<MigrationEngine, "kind" | "rehearse">,
  ports: Ports,
): Promise<Rehearsal | undefined> {
  if (step.rehearse !== true) return undefined;
  const why = `the ${engine.kind} engine cannot be rehearsed`;
  const rehearsal = (await engine.rehearse?.(step.scratch)) ?? ({ outcome: "not-rehearsed", why } as const);
  if (rehearsal.outcome === "not-rehearsed") {
    ports.log.warn(`The migrations were not rehearsed: ${rehearsal.why}`);
    return rehearsal;
  }
  const { rehearsalLines } = await import("./migration/rehearse.ts");
  ports.log.info(
    `Rehearsed on ${rehearsal.origin}${rehearsal.sameMajor ? "" : ", another major version than production's"}.`,
  );
  for (const line of rehearsalLines(rehearsal)) ports.log.info(line);
  return rehearsal;
}

/** How many rows the tables had that are to keep them; undefined when nobody asked, or there is nothing to compare. */
async function rowsBefore({ expect, url }: Step, ports: Ports, how: { readonly applies: boolean }) {
  const kept = expect?.["rows-kept"];
  if (kept === undefined) return undefined;
  const counting = await import("./migration/rows-kept.ts");
  const address = parseDatabaseUrl(url, "Counting rows");
  return withConnection(address, "sluice verify", ports, (client) => counting.rowsBefore(client, kept, how));
}

/** What an apply that failed took with it, as a sentence with a space in front; what cannot be asked now the next run asks. */
async function rowsLost({ expect, url }: Step, before: RowsBefore, reason: string, ports: Ports): Promise<string> {
  const kept = expect?.["rows-kept"];
  // Another migrator may be at work, whose counts these are too.
  if (kept === undefined || reason === "migration-locked" || ports.cancelled.aborted) return "";
  const { forgetRows, verifyRowsKept } = await import("./migration/rows-kept.ts");
  try {
    return await withConnection(parseDatabaseUrl(url, "Counting rows"), "sluice verify", ports, async (client) => {
      const broken = (await verifyRowsKept(client, kept, before)).filter(({ holds }) => !holds);
      if (broken.length === 0) await forgetRows(client);
      return broken.map(({ what, found }) => ` ${what}: ${found}`).join("");
    });
  } catch (error) {
    ports.log.warn(`Whether rows are gone could not be asked; the next run compares with the same counts: ${error}`);
    return "";
  }
}

/** Applied is what the engine says; what the runbook expects is looked for in the database itself. */
async function expected(step: Step, migrated: Verdict, ports: Ports, before?: RowsBefore): Promise<Verdict> {
  const { expect, url } = step;
  if (expect === undefined) return migrated;
  const address = parseDatabaseUrl(url, "Looking at what the migrations left");
  const verified = await withConnection(address, "sluice verify", ports, async (client) => {
    const found = await verifySchema(client, expect, before);
    if (before !== undefined && found.every(({ holds }) => holds))
      await (await import("./migration/rows-kept.ts")).forgetRows(client);
    return found;
  });
  if (verified.length === 0) return migrated;
  for (const { what, holds, found } of verified)
    ports.log.info(`${holds ? "holds" : "does not hold"}: ${what}. ${found}`);
  const broken = verified.filter(({ holds }) => !holds);
  const evidence = { ...(migrated.evidence as object), verified };
  if (broken.length === 0)
    return pass(migrated.reason, `${migrated.message} All ${verified.length} expectations hold.`, evidence);
  const told = broken.slice(0, 10).map(({ what, found }) => `${what}: ${found}`);
  const message = `${migrated.message} But ${broken.length} of ${verified.length} expectations do not hold. ${told.join(" ")}`;
  return fail("expectation-broken", message, evidence);
}

const namesOf = (migrations: readonly { readonly name: string }[]): string =>
  migrations.map(({ name }) => name).join(", ") || "none";

const stallOf = (ms: number | undefined): string =>
  ms === undefined
    ? "whether other sessions waited for it could not be seen"
    : `other sessions waited for us at most ${ms} ms`;
