import path from "node:path";
import type { Client } from "pg";
import * as z from "zod";
import { InputError } from "../failure.ts";
import { alembicProgram } from "../migration/alembic-program.ts";
import { parseDatabaseUrl, withConnection } from "../migration/connection.ts";
import {
  acceptRevision,
  forgetRevisions,
  planRevisions,
  type RecordedRevision,
  readRevisions,
  recordRevisions,
} from "../migration/history/alembic.ts";
import { cancelledWithin, databaseIdentity, identifyDatabase } from "../migration/refusal.ts";
import { revisionSql } from "../migration/revision-sql.ts";
import { guardSessions, toolSession } from "../migration/session-guard.ts";
import { lastWords, onThisMachine } from "../migration/tool-environment.ts";
import type {
  ApplyResult,
  Migration,
  MigrationEngine,
  MigrationStatus,
  ReadMigration,
  Rehearsal,
} from "../migration-engine.ts";
import type { Ports } from "../ports.ts";
import { type ApplyOptions, limitsOf } from "./files.ts";
import { type Look, lockedEngine } from "./locked.ts";
import { applyByTool, boundedBy, lookBeforeTool, type ToolRun } from "./tool.ts";

export interface AlembicEngineOptions extends ApplyOptions {
  /** The project's alembic.ini; commands run in its folder. */
  readonly config: string;
  /** The Python that has the project's packages, such as `poetry run python`. */
  readonly python: string;
  readonly url: string;
}

const revision = z.object({ id: z.string(), after: z.array(z.string()), path: z.string(), checksum: z.string() });
const answers = z.discriminatedUnion("event", [
  z.object({ event: z.literal("revisions"), revisions: z.array(revision), heads: z.array(z.string()) }),
  z.object({ event: z.literal("database"), heads: z.array(z.string()), answer: z.string().nullable() }),
  z.object({
    event: z.literal("sql"),
    revision: z.string(),
    printed: z.object({ sql: z.string(), table: z.string(), transactional: z.boolean() }).nullable(),
    message: z.string().optional(),
  }),
  z.object({ event: z.literal("applied"), revision: z.string(), seconds: z.number(), retries: z.number() }),
  z.object({
    event: z.literal("failed"),
    revision: z.string().nullable(),
    sqlstate: z.string().nullable(),
    message: z.string(),
    gaveWay: z.boolean(),
  }),
]);
type Answer = z.infer<typeof answers>;
type Revision = z.infer<typeof revision>;

interface AlembicLook extends Look {
  readonly revisions: readonly Revision[];
  /** Where the database stands: one revision, `base`, or several heads in order, joined by `+`. */
  readonly before: string;
  readonly recorded: readonly RecordedRevision[];
}

/** The revisions of `before`, which Alembic knows one by one. */
const single = (before: string): readonly string[] => before.split("+");
const downgradeTo = (before: string): string =>
  single(before)
    .map((revision) => `alembic downgrade ${revision}`)
    .join(" && ");

const invalidIndexes = "select count(*) from pg_index where not indisvalid";

/**
 * The project's own Alembic, revision by revision, each in the transaction its env.py gives it. What Alembic does not
 * keep (sha256 of a revision, where a release began) is kept beside its table.
 *
 * Throws `InputError` for a URL that cannot work, and from its methods when Alembic cannot read its own project.
 */
export function alembicEngine(options: AlembicEngineOptions, ports: Ports): MigrationEngine {
  const address = parseDatabaseUrl(options.url, "Applying migrations");
  const limits = limitsOf(options);
  const directory = path.dirname(options.config);
  const place = options.place ?? onThisMachine(address, ports);

  const ask = async (order: object, env: Readonly<Record<string, string>>) => {
    const marker = `sluice-${Math.floor(ports.random() * 2 ** 32).toString(16)}:`;
    const found: Answer[] = [];
    const take = (line: string) => {
      const answer = answers.safeParse(line.startsWith(marker) ? parseJson(line.slice(marker.length)) : undefined);
      if (answer.success) found.push(answer.data);
      return answer.success;
    };
    const args = ["-c", alembicProgram, marker, JSON.stringify({ config: path.basename(options.config), ...order })];
    const result = await place.run({ command: options.python, args, directory, env, take });
    const failed = found.find((each) => each.event === "failed");
    return {
      found,
      failed,
      failure: result.code === 0 ? undefined : lastWords(result, (line) => line.startsWith(marker)),
    };
  };

  const look = async (client: Client): Promise<AlembicLook> => {
    const target = await identifyDatabase(client);
    const env = { PGAPPNAME: "sluice", PGOPTIONS: `-c lock_timeout=${limits.lockTimeoutMs}ms` };
    const { found, failed, failure } = await ask({ do: "status", identify: databaseIdentity }, env);
    const project = found.find((each) => each.event === "revisions");
    const database = found.find((each) => each.event === "database");
    if (project === undefined || database === undefined)
      throw new InputError(
        `Alembic could not say where ${options.config} and its database stand: ${failed?.message ?? `it ${failure ?? "said neither."}`} ` +
          "Run `alembic current` in that folder; the Python is the one named by `python`.",
      );
    if (database.answer !== target)
      throw new InputError(
        `env.py of ${options.config} connects to another database than the migrate step's url (${place.address.name}). Let it ` +
          'take its address from the environment: config.set_main_option("sqlalchemy.url", os.environ["DATABASE_URL"]).',
      );
    const recorded = await readRevisions(client);
    const seen = new Map(recorded.filter((one) => one.seen).map((one) => [one.revision, one.checksum]));
    return { ...compare(project, database.heads, seen, options), revisions: project.revisions, recorded, target };
  };

  const upgrade = async (env: Readonly<Record<string, string>>, pending: Look["pending"]): Promise<ToolRun> => {
    const order = { retryFor: limits.retryForMs / 1000, pause: limits.lockTimeoutMs / 1000, invalid: invalidIndexes };
    const revisions = pending.map(({ name }) => name);
    const { found, failed, failure } = await ask({ do: "upgrade", revisions, ...order }, env);
    const seconds = Object.fromEntries(
      found.flatMap((each) => (each.event === "applied" ? [[each.revision, each.seconds]] : [])),
    );
    return { failure: told(failed, failure), gaveWay: failed?.gaveWay ?? false, seconds };
  };

  /** What the pending revisions would run, where they can say so without running. */
  const readSql = async (pending: readonly Pick<Migration, "name">[]): Promise<readonly ReadMigration[]> => {
    const seen = await withConnection(address, "sluice", ports, look);
    const order = { do: "sql", from: seen.before, revisions: pending.map(({ name }) => name) };
    const { found, failed } = await ask(order, { PGAPPNAME: "sluice" });
    const files = new Map(seen.revisions.map(({ id, path: file }) => [id, path.basename(file)]));
    return pending.map(({ name: id }) => {
      const name = files.get(id) ?? id;
      const said = found.find((each) => each.event === "sql" && each.revision === id);
      if (said?.event === "sql" && said.printed !== null) return { name, sql: revisionSql(said.printed) };
      const why = said?.event === "sql" ? said.message : failed?.message;
      return { name, unread: `It cannot be read before it runs (alembic upgrade --sql: ${why ?? "nothing was said"})` };
    });
  };

  const engine = lockedEngine<AlembicLook>(
    {
      kind: "alembic",
      address,
      waitForLockMs: options.waitForLockMs,
      look: (client) => lookBeforeTool(client, look),
      apply: async (client, seen) => {
        const tool = { address, limits, name: "alembic upgrade", look, run: upgrade };
        const before = beforeRelease(seen, options.release);
        const { release } = options;
        const planned = seen.pending.map(({ name, checksum = "" }) => ({ revision: name, checksum }));
        await planRevisions(client, planned, { before, release });
        const result = await applyByTool(client, seen, tool, ports);
        const pending = new Set(seen.pending.map(({ name }) => name));
        const earlier = seen.all.filter(({ name }) => !pending.has(name));
        const applied = [...earlier, ...result.applied].map(({ name }) => name);
        await recordRevisions(client, applied, { complete: result.outcome === "applied" });
        return withWayBack(result, before, before !== seen.before);
      },
      revert: async (client, asked) => {
        const seen = await look(client);
        const before = single(asked).toSorted().join("+");
        const known = new Set(seen.revisions.map(({ id }) => id));
        // `base` beside another would take everything back first.
        const unknown = before === "base" ? undefined : single(before).find((id) => !known.has(id));
        if (unknown !== undefined) {
          const message = `${options.config} has no revision ${unknown}. Write it whole, as \`alembic history\` shows it. Nothing was changed.`;
          return { outcome: "failed", applied: [], failed: unknown, reason: "migration-not-reverted", message };
        }
        const taken = seen.revisions.filter(({ id }) => !ancestry(seen.revisions, single(before)).has(id));
        const order = { retryFor: limits.retryForMs / 1000, pause: 0.1, invalid: invalidIndexes };
        const applicationName = `${toolSession}${Math.floor(ports.random() * 2 ** 32).toString(16)}`;
        const guard = await guardSessions({ applicationName }, address, ports);
        const { failed, failure } = await ask(
          { do: "downgrade", revisions: single(before), ...order },
          await boundedBy(client, applicationName, limits),
        ).finally(() => guard.release());
        if (ports.cancelled.aborted) return cancelledWithin();
        const now = await look(client);
        if (now.before !== before)
          return {
            outcome: "failed",
            applied: [],
            failed: now.before,
            reason: "migration-not-reverted",
            message: `${downgradeTo(before)} left the database at ${now.before}: ${told(failed, failure) ?? "it said nothing"} Nothing newer was touched; mend the revision's downgrade() and run it again.`,
          };
        await forgetRevisions(
          client,
          taken.map(({ id }) => id),
        );
        return { outcome: "applied", applied: [], longestStallMs: undefined, before: seen.before };
      },
    },
    ports,
  );
  const rehearse = async (scratchUrl: string | undefined): Promise<Rehearsal> => {
    const { pending } = await withConnection(address, "sluice rehearsal", ports, look);
    const { rehearseRevisions } = await import("../migration/rehearse-revisions.ts");
    return rehearseRevisions(await readSql(pending), { address, scratchUrl }, ports);
  };
  return { ...engine, readSql, rehearse };
}

/** What env.py prints may look like an answer and be none. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function told(
  failed: Extract<Answer, { event: "failed" }> | undefined,
  failure: string | undefined,
): string | undefined {
  if (failed === undefined) return failure === undefined ? undefined : `Alembic ${failure}`;
  const where = failed.revision === null ? "Alembic" : `Revision ${failed.revision}`;
  const state = failed.sqlstate === null ? "" : ` (SQLSTATE ${failed.sqlstate})`;
  return `${where}: ${failed.message}${state}.`;
}

/** A partial release has its way back named; the whole one keeps it for later. */
function withWayBack(result: ApplyResult, before: string, goneOn: boolean): ApplyResult {
  if (result.outcome === "applied" || (result.applied.length === 0 && !goneOn)) return { ...result, before };
  return { ...result, message: `${result.message} To go back to before this release: ${downgradeTo(before)}`, before };
}

/**
 * Where the release began that this apply is part of. An attempt that was killed or failed wrote down what it was to
 * apply and from where; while some of that is not applied, or the release is the same, this apply goes on with it. It is
 * believed as long as everything applied since is of that attempt: else somebody went another way.
 */
function beforeRelease(
  { recorded, revisions, before, pending, all }: AlembicLook,
  release: string | undefined,
): string {
  const left = new Set(pending.map(({ name }) => name));
  const applied = new Set(all.map(({ name }) => name).filter((name) => !left.has(name)));
  const planned = recorded.filter(({ seen }) => !seen);
  const open = planned.find((one) => !applied.has(one.revision) || (release !== undefined && one.release === release));
  if (open === undefined) return before;
  const origin = open.before === "base" ? [] : single(open.before);
  const known = ancestry(revisions, origin);
  const since = [...applied].filter((id) => !known.has(id));
  const sameOrigin = new Set(recorded.flatMap((one) => (one.before === open.before ? [one.revision] : [])));
  const ours = origin.every((id) => applied.has(id)) && since.every((id) => sameOrigin.has(id));
  return ours ? open.before : before;
}

/** The revisions given and everything they build on. */
function ancestry(revisions: readonly Revision[], heads: readonly string[]): ReadonlySet<string> {
  const byId = new Map(revisions.map((each) => [each.id, each]));
  const known = new Set<string>();
  const open = [...heads];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const found = byId.get(id);
    if (found === undefined || known.has(id)) continue;
    known.add(id);
    open.push(...found.after);
  }
  return known;
}

function compare(
  { revisions, heads }: Extract<Answer, { event: "revisions" }>,
  current: readonly string[],
  recorded: ReadonlyMap<string, string>,
  { config }: AlembicEngineOptions,
): Omit<AlembicLook, "target" | "revisions" | "recorded"> {
  const applied = ancestry(revisions, current);
  const known = new Set(revisions.map(({ id }) => id));
  const migrations: Migration[] = [];
  const problems: { reason: string; message: string }[] = [];
  for (const id of current) {
    if (known.has(id)) continue;
    migrations.push({ name: id, checksum: undefined, state: "missing" });
    problems.push({
      reason: "migration-missing",
      message:
        `The database stands at revision ${id}, which ${config} does not have. Bring its file back (git log ` +
        `--diff-filter=D --name-only finds it). Only if it was removed on purpose: alembic stamp --purge REVISION`,
    });
  }
  for (const { id, checksum, path: file } of revisions) {
    const was = recorded.get(id);
    const edited = applied.has(id) && was !== undefined && was !== checksum;
    migrations.push({ name: id, checksum, state: edited ? "edited" : applied.has(id) ? "applied" : "pending" });
    if (edited)
      problems.push({
        reason: "migration-edited",
        message:
          `${path.basename(file)} was changed after it was applied. Bring the applied version back and put the change into ` +
          `a new revision. Only if the change has no effect, accept it: ${acceptRevision(id, checksum)}`,
      });
  }
  if (heads.length > 1)
    problems.push({
      reason: "migration-heads",
      message:
        `${config} has ${heads.length} heads (${heads.join(", ")}): nothing says which of them comes first. ` +
        `Join them and commit the file: alembic merge -m "merge heads" ${heads.join(" ")}`,
    });
  const pending = migrations.filter(({ state }) => state === "pending");
  const status: MigrationStatus = { migrations, problems };
  return {
    all: migrations.filter(({ state }) => state !== "missing"),
    pending,
    status,
    before: current.toSorted().join("+") || "base",
  };
}
