import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { parseDatabaseUrl, withConnection } from "../../src/migration/connection.ts";
import { prismaEngine } from "../../src/migration-engine/prisma.ts";
import { sqlEngine } from "../../src/migration-engine/sql.ts";
import { supabaseEngine } from "../../src/migration-engine/supabase.ts";
import type { MigrationEngine } from "../../src/migration-engine.ts";
import { terminalPorts } from "../../src/runner/ports.ts";

const parts = path.resolve(import.meta.dirname, "../../test/parts");
const python = "/usr/bin/python3";

/** Something that applies migrations to a database: an engine of ours, or a tool's own program. */
export interface Tool {
  readonly name: string;
  /** Why it cannot run here. */
  readonly missing?: string;
  /** Keeps no history, so that a second run has everything to do again. */
  readonly forgets?: boolean;
  /** Writes SQL as this tool's files, in order, below `folder`. */
  write(folder: string, sql: readonly string[]): Promise<void>;
  apply(folder: string, url: string): Promise<void>;
}

/** What a job would print is kept from the terminal: it would be between the tables. */
const terminal = terminalPorts(new AbortController().signal);
export const ports = { ...terminal, log: { ...terminal.log, info: () => {} } };
const stamp = (i: number) => String(20240101000000 + i);

async function writeAll(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [file, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
    await writeFile(path.join(folder, file), text);
  }
}

const named = (sql: readonly string[], name: (i: number) => string) =>
  Object.fromEntries(sql.map((text, i) => [name(i), text]));

async function applyOurs(engine: MigrationEngine): Promise<void> {
  const result = await engine.apply((await engine.plan()).hash);
  if (result.outcome === "failed") throw new Error(result.message);
}

const supabaseFiles = (folder: string, sql: readonly string[]) =>
  writeAll(
    folder,
    named(sql, (i) => `supabase/migrations/${stamp(i)}_change.sql`),
  );
const prismaFiles = (folder: string, sql: readonly string[]) =>
  writeAll(
    folder,
    named(sql, (i) => `${stamp(i)}_change/migration.sql`),
  );
const inParts = (name: string) =>
  existsSync(`${parts}/${name}/node_modules`)
    ? {}
    : { missing: `not run: npm install --no-save --prefix test/parts/${name}` };

const env = `
import os
from alembic import context
from sqlalchemy import create_engine, pool
engine = create_engine(os.environ["DATABASE_URL"], poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=None)
    with context.begin_transaction():
        context.run_migrations()
`;

const numbered = (folder: string, sql: readonly string[]) =>
  writeAll(
    folder,
    named(sql, (i) => `${i + 1}_change.sql`),
  );

async function inOrder(folder: string): Promise<readonly string[]> {
  const files = (await readdir(folder)).toSorted((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
  return files.map((file) => path.join(folder, file));
}

/**
 * What the server itself takes, each file a transaction that waits for no disk: everything is in its hands at once, and
 * nobody asks, answers or writes down anything between. No tool gets below it.
 */
export const serverAlone: Tool = {
  name: "the server alone: one message, each file a transaction",
  forgets: true,
  write: numbered,
  apply: async (folder, url) => {
    const files = await Promise.all((await inOrder(folder)).map((file) => readFile(file, "utf8")));
    const each = files.map((sql) => `begin; set local synchronous_commit to off; ${sql}\n; commit;`);
    await withConnection(parseDatabaseUrl(url, "The floor"), "floor", ports, (client) => client.query(each.join("\n")));
  },
};

/**
 * What the server and a round trip each for BEGIN, a file and COMMIT cost: no history, no lock, no limit, no watch. Below
 * it nothing gets that waits for each file.
 */
export const floor: Tool = {
  name: "psql, each file in BEGIN and COMMIT, nothing else",
  forgets: true,
  ...(existsSync("/usr/bin/psql") ? {} : { missing: "not run: Debian's postgresql-client is not installed" }),
  write: numbered,
  apply: async (folder, url) => {
    const each = (await inOrder(folder)).flatMap((file) => ["-c", "begin", "-f", file, "-c", "commit"]);
    const { hostname, port, username, password, pathname } = new URL(url);
    const login = { PGHOST: hostname, PGPORT: port, PGUSER: username, PGPASSWORD: decodeURIComponent(password) };
    await promisify(execFile)("/usr/bin/psql", ["-X", "-q", "-v", "ON_ERROR_STOP=1", ...each], {
      env: { ...login, PGDATABASE: pathname.slice(1), PATH: process.env["PATH"] },
    });
  },
};

/** Ours beside those whose files they read; each on files of its own, with the same SQL. */
export const tools: readonly Tool[] = [
  {
    name: "Sluice, sql",
    write: numbered,
    apply: (directory, url) => applyOurs(sqlEngine({ directory, url }, ports)),
  },
  {
    name: "Sluice, supabase",
    write: supabaseFiles,
    apply: (folder, url) =>
      applyOurs(supabaseEngine({ directory: path.join(folder, "supabase/migrations"), url }, ports)),
  },
  {
    name: "Sluice, prisma",
    write: prismaFiles,
    apply: (directory, url) => applyOurs(prismaEngine({ directory, url }, ports)),
  },
  {
    name: "Supabase CLI 3.1.0",
    ...inParts("supabase"),
    write: supabaseFiles,
    apply: async (folder, url) => {
      const program = `${parts}/supabase/node_modules/.bin/supabase`;
      const own = { PATH: process.env["PATH"], HOME: folder, SUPABASE_TELEMETRY_DISABLED: "1", CI: "1" };
      await promisify(execFile)(program, ["db", "push", "--yes", "--remote", url], {
        cwd: folder,
        env: own,
        maxBuffer: 2 ** 26,
      });
    },
  },
  {
    name: "Prisma schema engine 8.1 (WebAssembly)",
    ...inParts("prisma"),
    write: prismaFiles,
    apply: async (folder, url) => {
      const program = path.join(import.meta.dirname, "prisma-schema-engine.mjs");
      await promisify(execFile)(process.execPath, [program, `${parts}/prisma`, folder], { env: { DATABASE_URL: url } });
    },
  },
  {
    name: "Alembic 1.8",
    ...(existsSync("/usr/bin/alembic") ? {} : { missing: "not run: Debian's alembic is not installed" }),
    write: (folder, sql) =>
      writeAll(folder, {
        "alembic.ini": "[alembic]\nscript_location = migrations\n",
        "migrations/env.py": env,
        ...Object.fromEntries(
          sql.map((text, i) => [
            `migrations/versions/r${i}.py`,
            `from alembic import op\nrevision = "r${i}"\ndown_revision = ${i === 0 ? "None" : `"r${i - 1}"`}\n` +
              `def upgrade():\n    op.execute("""${text}""")\n`,
          ]),
        ),
      }),
    apply: async (cwd, url) => {
      await promisify(execFile)(python, ["-m", "alembic", "upgrade", "head"], { cwd, env: { DATABASE_URL: url } });
    },
  },
];
