import { parseDatabaseUrl } from "../migration/connection.ts";
import { numberedHistory } from "../migration/history/numbered.ts";
import { readNumberedFiles } from "../migration/migration-files.ts";
import type { MigrationEngine } from "../migration-engine.ts";
import type { Ports } from "../ports.ts";
import { type ApplyOptions, filesEngine } from "./files.ts";

export interface SqlEngineOptions extends ApplyOptions {
  /** Folder of numbered files such as `0001_create_users.sql`. */
  readonly directory: string;
  /** Direct connection or session pooler; never a transaction pooler. */
  readonly url: string;
  /** `schema.table`; default `public.sluice_migrations`. */
  readonly historyTable?: string;
}

/** Plain numbered SQL files with a history of our own. Throws `InputError` for a URL or files that cannot work. */
export function sqlEngine(
  { directory, url, historyTable, ...options }: SqlEngineOptions,
  ports: Ports,
): MigrationEngine {
  const address = parseDatabaseUrl(url, "Applying migrations");
  const history = numberedHistory(historyTable ?? "public.sluice_migrations");
  const read = () => readNumberedFiles(directory);
  return filesEngine({ kind: "sql", address, directory, read, history, options }, ports);
}
