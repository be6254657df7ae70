import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import pg from "pg";
import { prismaEngine } from "../src/migration-engine/prisma.ts";
import { sqlEngine } from "../src/migration-engine/sql.ts";
import { supabaseEngine } from "../src/migration-engine/supabase.ts";
import { startPostgres } from "../src/rehearsal/postgres.ts";
import { terminalPorts } from "../src/runner/ports.ts";
import { table } from "./table.ts";

const readerMs = 5_000;
const manyFiles = 1_000;
const parts = path.resolve(import.meta.dirname, "../test/parts");
const python = "/usr/bin/python3";

interface Tool {
  readonly name: string;
  /** Why it cannot run here. */
  readonly missing?: string;
  /** Writes SQL as this tool's files, in order, below `folder`. */
  write(folder: string, sql: readonly string[]): Promise<void>;
  apply(folder: string, url: string): Promise<void>;
}

const ports = terminalPorts(new AbortController().signal);
const stamp = (i: number) => String(20240101000000 + i);

/** Longest stall of live traffic behind a reader, and the time of many files, ours beside the tools' own programs. */
export async function run(): Promise<void> {
  const scratch = await mkdtemp(path.join(tmpdir(), "sluice-bench-migration-"));
  const server = await startPostgres({ directory: path.join(scratch, "server") });
  try {
    const rows: string[][] = [];
    for (const [i, tool] of tools.entries()) {
      if (tool.missing !== undefined) {
        process.stdout.write(`${tool.name}: ${tool.missing}\n`);
        continue;
      }
      const folder = path.join(scratch, `tool${i}`);
      const stall = await behindReader(tool, `${folder}-stall`, await server.databases.create(`stall${i}`));
      const files = Array.from({ length: manyFiles }, (_, n) => `create table t${n} (id int primary key, note text);`);
      await tool.write(`${folder}-many`, files);
      const url = await server.databases.create(`many${i}`);
      const applied = await timed(() => tool.apply(`${folder}-many`, url));
      const again = await timed(() => tool.apply(`${folder}-many`, url));
      rows.push([tool.name, `${stall.longestMs} ms`, `${stall.failed} of ${stall.sent}`, applied, again]);
    }
    const head = ["tool", "longest stall", "traffic that failed", `${manyFiles} files`, "nothing to do"];
    process.stdout.write(
      `One ALTER TABLE behind a reader of ${readerMs / 1000} s, one transaction of traffic every 5 ms:\n${table(head, rows)}`,
    );
  } finally {
    await server.stop();
    await rm(scratch, { recursive: true, force: true });
  }
}

async function timed(what: () => Promise<unknown>): Promise<string> {
  const began = performance.now();
  await what();
  return `${((performance.now() - began) / 1000).toFixed(2)} s`;
}

/** What the sessions of live traffic saw while one column was added behind a reader. */
async function behindReader(tool: Tool, folder: string, url: string) {
  const setup = new pg.Client({ connectionString: url });
  await setup.connect();
  await tool.write(folder, ["create table users (id int primary key, email text);"]);
  await tool.apply(folder, url);
  await setup.query("insert into users select n, 'x' from generate_series(1, 1000) n");
  await tool.write(folder, [
    "create table users (id int primary key, email text);",
    "alter table users add column note text;",
  ]);
  await setup.query("begin; select count(*) from users");
  const release = delay(readerMs).then(() => setup.query("commit"));

  const pool = new pg.Pool({ connectionString: url, max: 20 });
  let open = true;
  let longestMs = 0;
  let failed = 0;
  const sent: Promise<void>[] = [];
  const traffic = (async () => {
    while (open) {
      const began = performance.now();
      const one = pool.query("update users set email = 'y' where id = $1", [1 + (sent.length % 1000)]);
      sent.push(
        one.then(
          () => {
            longestMs = Math.max(longestMs, performance.now() - began);
          },
          () => {
            failed += 1;
          },
        ),
      );
      await delay(5);
    }
  })();
  await tool.apply(folder, url);
  open = false;
  await traffic;
  await Promise.all(sent);
  await release;
  await Promise.all([pool.end(), setup.end()]);
  return { longestMs: Math.round(longestMs), failed, sent: sent.length };
}

async function writeAll(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [file, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
    await writeFile(path.join(folder, file), text);
  }
}

const named = (sql: readonly string[], name: (i: number) => string) =>
  Object.fromEntries(sql.map((text, i) => [name(i), text]));

async function applyOurs(engine: ReturnType<typeof sqlEngine>): Promise<void> {
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

const tools: readonly Tool[] = [
  {
    name: "Sluice, sql",
    write: (folder, sql) =>
      writeAll(
        folder,
        named(sql, (i) => `${i + 1}_change.sql`),
      ),
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
