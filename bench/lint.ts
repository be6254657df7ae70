import { readdir } from "node:fs/promises";
import path from "node:path";
import { tiers } from "../src/migration/lint/rules.ts";
import { lintMigrations, type SqlFile } from "../src/migration/lint.ts";
import { readSqlFiles, transactionOf } from "../src/migration/sql-files.ts";
import { sqlParser } from "../src/migration/sql-parser.ts";
import { table } from "./table.ts";

/**
 * Which share of a history's files each tier would stop, and how long a cold start with all of them takes.
 * `npm run bench -- lint FOLDER [FOLDER ...]`; without a folder, 1,000 small files made here.
 */
export async function run(folders: readonly string[]): Promise<void> {
  const histories =
    folders.length === 0
      ? [{ name: "1,000 made files", files: made(1000) }]
      : await Promise.all(folders.map(async (folder) => ({ name: await nameOf(folder), files: await read(folder) })));
  const rows = [];
  for (const { name, files } of histories) {
    const started = performance.now();
    const parse = await sqlParser();
    // Each file as the one that is pending: what the files before it created is in use by then.
    const findings = files.flatMap((file) => lintMigrations([file], parse, { transaction: transactionOf(files) }));
    const ms = performance.now() - started;
    const share = (wanted: string) => {
      const hit = new Set(findings.filter(({ tier }) => tier === wanted).map(({ file }) => file)).size;
      return `${hit} (${((100 * hit) / files.length).toFixed(0)} %)`;
    };
    const unread = new Set(findings.filter(({ rule }) => rule === "syntax").map(({ file }) => file)).size;
    rows.push([name, String(files.length), ...tiers.map(share), String(unread), `${ms.toFixed(0)} ms`]);
  }
  process.stdout.write(table(["history", "files", ...tiers, "unreadable", "time"], rows));
}

const read = (folder: string): Promise<readonly SqlFile[]> =>
  readSqlFiles(path.basename(folder), path.resolve(folder, ".."));

/** The last two parts of a path tell histories apart; a folder that cannot be read is named by the reader. */
async function nameOf(folder: string): Promise<string> {
  await readdir(folder);
  return path.resolve(folder).split(path.sep).slice(-3).join("/");
}

const made = (count: number): readonly SqlFile[] =>
  Array.from({ length: count }, (_, i) => ({
    name: `${String(i + 1).padStart(4, "0")}_made.sql`,
    sql: `create table t${i} (id bigint generated always as identity primary key, name text not null);\n\nalter table t${Math.max(0, i - 1)} add column note${i} text;\n`,
  }));
