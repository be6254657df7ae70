import path from "node:path";
import type { ToolPlace } from "../migration/tool-environment.ts";
import type { MigrationEngine } from "../migration-engine.ts";
import type { Ports } from "../ports.ts";
import type { Stage } from "../step.ts";
import type { ApplyOptions } from "./files.ts";

export interface Surroundings {
  readonly workspace: string;
  /** Written beside each migration, where the history has a place for it. */
  readonly release?: string | undefined;
  /** Where tools of the project run, when the step says `inside`. */
  readonly place?: ToolPlace | undefined;
}

/** The engine that a runbook names under `migrate`, all references resolved; only its own code is loaded. */
export async function openEngine(
  step: NonNullable<Stage["migrate"]>,
  { workspace, release, place }: Surroundings,
  ports: Ports,
): Promise<MigrationEngine> {
  const { url, sql, supabase, prisma, alembic, command } = step;
  const options: ApplyOptions = {
    lockTimeoutMs: step["lock-timeout"],
    retryForMs: step["retry-for"],
    statementTimeoutMs: step["statement-timeout"],
    outOfOrder: step["out-of-order"],
    release,
    place,
  };
  const inside = (directory: string) => path.join(workspace, directory);
  // In a container the image's own folder is where the project lies.
  const project = place === undefined ? workspace : ".";
  if (sql !== undefined) {
    const { sqlEngine } = await import("./sql.ts");
    return sqlEngine({ ...options, directory: inside(sql.directory), url }, ports);
  }
  if (supabase !== undefined) {
    const { supabaseEngine } = await import("./supabase.ts");
    const directory = inside(supabase.directory);
    return supabaseEngine({ ...options, directory, url, run: supabase.run, workspace: project }, ports);
  }
  if (prisma !== undefined) {
    const { prismaEngine } = await import("./prisma.ts");
    const { run, engine } = prisma;
    const directory = inside(prisma.directory);
    return prismaEngine(
      { ...options, directory, url, engine, run, project: inside(prisma.project ?? "."), workspace: project },
      ports,
    );
  }
  if (alembic !== undefined) {
    const { alembicEngine } = await import("./alembic.ts");
    return alembicEngine(
      { ...options, config: path.join(project, alembic.config), python: alembic.python, url },
      ports,
    );
  }
  if (command !== undefined) {
    const { commandEngine } = await import("./command.ts");
    return commandEngine({ ...options, command, directory: project, url }, ports);
  }
  throw new Error("the schema lets exactly one engine through");
}
