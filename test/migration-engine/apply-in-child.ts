import { alembicEngine } from "../../src/migration-engine/alembic.ts";
import { commandEngine } from "../../src/migration-engine/command.ts";
import { prismaEngine } from "../../src/migration-engine/prisma.ts";
import { sqlEngine } from "../../src/migration-engine/sql.ts";
import { supabaseEngine } from "../../src/migration-engine/supabase.ts";
import type { MigrationEngine } from "../../src/migration-engine.ts";
import { quietPorts } from "../migration/quiet-ports.ts";
import { python } from "./alembic-project.ts";
import { part } from "./parts.ts";

export const ports = quietPorts();

/** The engines that a test kills, by name: a project's folder and its database. */
export const killable = {
  sql: (directory: string, url: string) => sqlEngine({ directory, url }, ports),
  supabase: (directory: string, url: string) => supabaseEngine({ directory, url }, ports),
  prisma: (directory: string, url: string) => prismaEngine({ directory, url }, ports),
  "prisma's own": (directory: string, url: string) =>
    prismaEngine({ directory, url, engine: "schema-engine", project: part("prisma").folder }, ports),
  alembic: (directory: string, url: string) =>
    alembicEngine({ config: `${directory}/alembic.ini`, python, url }, ports),
  command: (directory: string, url: string) =>
    commandEngine({ command: `'${process.execPath}' migrate.cjs`, directory, url }, ports),
} satisfies Record<string, (directory: string, url: string) => MigrationEngine>;
export type Killable = keyof typeof killable;

// A migrator in a process of its own, for a test that kills it.
const [name = "", directory = "", url = ""] = process.argv.slice(2);
if (import.meta.main && name in killable) {
  const engine = killable[name as Killable](directory, url);
  await engine.apply((await engine.plan()).hash);
}
