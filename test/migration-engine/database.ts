import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import type { ApplyResult, MigrationEngine } from "../../src/migration-engine.ts";
import { startPostgres } from "../../src/rehearsal/postgres.ts";

/** Paths below a migrations folder, and what they hold. */
export type Files = Readonly<Record<string, string>>;

/** A real server for a test file, and a fresh database with a folder of migrations for each test. */
export async function startDatabases(name: string) {
  const scratch = await mkdtemp(join(tmpdir(), `sluice-${name}-`));
  const server = await startPostgres({ directory: join(scratch, "server") });
  let made = 0;
  return {
    server,
    scratch,
    project: async (files: Files = {}) => {
      made += 1;
      // Tests of one file may ask for theirs at the same time.
      const name = `test${made}`;
      const directory = join(scratch, name);
      await mkdir(directory);
      const url = await server.databases.create(name);
      const add = (more: Files) => writeFiles(directory, more);
      await add(files);
      return {
        directory,
        url,
        add,
        remove: (path: string) => rm(join(directory, path), { recursive: true }),
        query: (sql: string) => query(url, sql),
        rows: (sql: string) => rows(url, sql),
      };
    },
    stop: async () => {
      await server.stop();
      await rm(scratch, { recursive: true });
    },
  };
}

export async function writeFiles(directory: string, files: Files): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
  }
}

export async function rows(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    // Several statements give several results, of which the last one counts.
    const results = [await client.query<Record<string, unknown>>(sql)].flat();
    return results.at(-1)?.rows ?? [];
  } finally {
    await client.end();
  }
}

/** The first column. */
export async function query(url: string, sql: string): Promise<unknown[]> {
  return (await rows(url, sql)).map((row) => Object.values(row)[0]);
}

export async function eventually(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!(await holds())) {
    if (performance.now() > deadline) assert.fail(`It never came true that ${what}.`);
    await delay(20);
  }
}

/** Plans and applies, as the step does. */
export async function applyAll(engine: MigrationEngine): Promise<ApplyResult> {
  return engine.apply((await engine.plan()).hash);
}

export function failure(result: ApplyResult): Extract<ApplyResult, { outcome: "failed" }> {
  if (result.outcome !== "failed") assert.fail(`expected a failure, got ${JSON.stringify(result)}`);
  return result;
}

export function names(result: ApplyResult): readonly string[] {
  assert.equal(result.outcome, "applied", JSON.stringify(result));
  return result.applied.map(({ name }) => name);
}

export async function states(engine: MigrationEngine): Promise<Readonly<Record<string, string>>> {
  const { migrations } = await engine.status();
  return Object.fromEntries(migrations.map(({ name, state }) => [name, state]));
}

export async function reasons(engine: MigrationEngine): Promise<readonly string[]> {
  return (await engine.status()).problems.map(({ reason }) => reason);
}
