import * as z from "zod";
import type { Entry } from "../../record.ts";
import type { KillWorld } from "./kill-world.ts";

/** What is left when everybody has come to an end, without names and times that differ from run to run. */
export interface Aftermath {
  readonly ended: string | null;
  readonly passed: readonly string[];
  readonly shares: Readonly<Record<string, number>>;
  /** State of the newest deployment on GitHub's page, and whether an older one still looks alive. */
  readonly deployment: string | null;
  readonly olderAlive: readonly string[];
  readonly migrations: readonly string[];
  readonly indexes: readonly string[];
  /** Databases made for restoring a backup that nobody removed, on this world's own server. */
  readonly scratch: number;
  /** Rows that are there after a restore, and whether what it replaced is still kept; null where nothing was restored. */
  readonly restored: { readonly rows: readonly string[]; readonly keptLate: boolean } | null;
  /** Versions that a migration left behind. */
  readonly outgrown: readonly string[];
  /** Workflows that were started, each named once. */
  readonly started: readonly string[];
  readonly comments: readonly string[];
  readonly pulls: readonly string[];
}

export async function aftermathOf(
  world: KillWorld,
  environment: string,
  database: string | undefined,
): Promise<Aftermath> {
  const { release, outgrown } = await world.record(environment);
  const { serving } = await world.target.observe();
  const nameOf = (version: string) =>
    version === world.commit ? "candidate" : version === world.stable ? "stable" : version;
  const deployments = deploymentsOf(world, environment);
  const states = deployments.map(({ statuses }) => statuses.at(-1)?.state ?? "none");
  const kept = database === undefined ? undefined : await keptIn(world, database);
  const { started, comments, pulls } = world.told();
  return {
    ended: release?.ended?.as ?? null,
    passed: Object.entries(release?.steps ?? {})
      .filter(([, { outcome }]) => outcome === "passed")
      .map(([step]) => step)
      .sort(),
    shares: Object.fromEntries(
      serving.filter(({ weight }) => weight > 0).map((one) => [nameOf(one.version), one.weight]),
    ),
    deployment: states.at(-1) ?? null,
    olderAlive: states.slice(0, -1).filter((state) => state === "in_progress" || state === "success"),
    migrations: kept?.migrations ?? [],
    indexes: kept?.indexes ?? [],
    scratch: kept?.scratch ?? 0,
    restored: database === undefined ? null : await restoredIn(world, database),
    outgrown: outgrown.map(nameOf),
    started: [...new Set(started)],
    comments: comments.map((comment) => comment.replaceAll(environment, "the environment")),
    pulls: pulls.map((title) => title.replaceAll(world.commit.slice(0, 12), "the candidate")),
  };
}

/** Workflows that were started more than once. */
export function startedTwice(world: KillWorld): readonly string[] {
  const { started } = world.told();
  return started.filter((name, index) => started.indexOf(name) < index).map((name) => `${name} was started twice`);
}

const deploymentsOf = (world: KillWorld, environment: string) =>
  world.twin.state().deployments.filter((deployment) => deployment.environment === environment);

async function keptIn(world: KillWorld, database: string) {
  const [history] = await world.ask(database, "select to_regclass('public.sluice_migrations') as found");
  const applied =
    history?.["found"] === null
      ? []
      : await world.ask(
          database,
          "select name from public.sluice_migrations where applied_at is not null order by name",
        );
  const indexes = await world.ask(
    database,
    "select c.relname || case when i.indisvalid then '' else ' (invalid)' end as name from pg_index i " +
      "join pg_class c on c.oid = i.indexrelid where i.indrelid = to_regclass('orders') order by 1",
  );
  const texts = (rows: readonly Readonly<Record<string, unknown>>[]) => rows.map(({ name }) => String(name));
  return { migrations: texts(applied), indexes: texts(indexes), scratch: await scratchLeft(world) };
}

/** What was written behind the backup that is brought back: gone from the database, and kept beside it. */
export const lateRow = "late";

async function restoredIn(world: KillWorld, database: string): Promise<Aftermath["restored"]> {
  const sql = `select datname as name from pg_database where datname ~ '^${database}_before_\\d+$' order by 1`;
  const kept = (await world.ask("postgres", sql)).map(({ name }) => String(name));
  if (kept.length === 0) return null;
  const rowsOf = async (name: string) =>
    (await world.ask(name, "select name from applied order by 1")).map(({ name: row }) => String(row));
  let keptLate = false;
  for (const name of kept) {
    await world.ask("postgres", `alter database "${name}" allow_connections true`);
    keptLate ||= (await rowsOf(name)).includes(lateRow);
  }
  return { rows: await rowsOf(database), keptLate };
}

/** Whoever holds them: all actions of a world have ended by now, and no other world has its server. */
export async function scratchLeft({ ask }: Pick<KillWorld, "ask">): Promise<number> {
  return (await ask("postgres", "select from pg_database where datname like 'sluice_scratch%'")).length;
}

/** Every effect that happened more than once, counted by who received it and not by who sent it. */
export async function repeatedEffects(
  world: KillWorld,
  environment: string,
  database: string | undefined,
): Promise<string[]> {
  const repeated = [
    ...repeatedFacts(await world.journal(environment)),
    ...repeatedShares(world),
    ...Object.entries(world.starts())
      .filter(([, count]) => count > 1)
      .map(([version, count]) => `version ${version.slice(0, 12)} was started ${count} times`),
    ...repeatedOnPage(world, environment),
  ];
  if (database === undefined) return repeated;
  const rows = await world.ask(
    database,
    "select name, count(*)::int as count from applied group by name having count(*) > 1",
  );
  return [...repeated, ...rows.map(({ name, count }) => `${name} was applied ${count} times`)];
}

/** What an entry says happened; announcements ("begun", "intent", "resumed") are not effects. */
function factOf(entry: Entry): string | undefined {
  switch (entry.kind) {
    case "step":
      return entry.outcome === "begun" ? undefined : `${entry.stage}/${entry.step} ${entry.outcome}`;
    case "result":
      return entry.outcome === "applied" ? `a share of ${entry.weight}% applied` : undefined;
    case "verdict":
      return entry.verdict === "pass" ? `a share of ${entry.weight}% passed` : undefined;
    case "rollback":
      return "rolled back";
    case "started":
    case "ended":
      return entry.kind;
    default:
      return undefined;
  }
}

/** Within one beginning of a release each fact is written once; a release that begins anew does its work anew. */
function repeatedFacts(entries: readonly Entry[]): readonly string[] {
  const repeated: string[] = [];
  let seen = new Set<string>();
  for (const entry of entries) {
    const fact = factOf(entry);
    if (fact === undefined) continue;
    if (entry.kind === "started" && !seen.has("started")) seen = new Set();
    if (seen.has(fact)) repeated.push(`the record says twice: ${fact}`);
    seen.add(fact);
    if (entry.kind === "ended" || entry.kind === "rollback") seen.delete("started");
  }
  return repeated;
}

const weightsBody = z.object({ weights: z.record(z.string(), z.number()) });

/**
 * The same shares accepted twice in a row from one run. The next release begins with what serves once more, so that
 * the platform counts on from there: that changes nothing, and is its own.
 */
function repeatedShares({ written, commit }: KillWorld): readonly string[] {
  const accepted = written
    .filter(({ method, path, status }) => method === "PUT" && path === "/weights" && status === 200)
    .map(({ body, runId }) => ({ runId, weight: weightsBody.parse(JSON.parse(body)).weights[commit] ?? 0 }));
  return accepted
    .filter(({ runId, weight }, index) => {
      const before = accepted[index - 1];
      return before?.runId === runId && before.weight === weight;
    })
    .map(({ weight }) => `the platform took ${weight}% for the candidate twice in a row`);
}

const payload = z.looseObject({ release: z.number(), candidate: z.string() });

function repeatedOnPage(world: KillWorld, environment: string): readonly string[] {
  const deployments = deploymentsOf(world, environment);
  const brought = deployments.map((deployment) => {
    const { release, candidate } = payload.parse(deployment.payload);
    return `release ${release} of ${candidate}`;
  });
  const twice = brought.filter((one, index) => brought.indexOf(one) < index);
  const lines = deployments.flatMap(({ statuses }) => {
    const texts = statuses.map(({ description }) => description);
    return texts.filter((text, index) => texts.indexOf(text) < index);
  });
  return [
    ...twice.map((one) => `${one} has two deployments`),
    ...lines.map((line) => `GitHub's page says twice: ${line}`),
  ];
}
