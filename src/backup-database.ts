import { readFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { InputError } from "./failure.ts";
import { backup } from "./migration/backup.ts";
import type { Ports } from "./ports.ts";
import type { Stage } from "./step.ts";
import type { Verdict } from "./verdict.ts";

export interface BackupDatabase {
  readonly step: Stage["backup"];
  readonly ports: Ports;
  /** Folder for the dump; the runner's temporary folder unless given. */
  readonly directory?: string | undefined;
}

export interface DatabaseBackup {
  readonly verdict: Verdict;
  readonly file: string;
  /** JSON text of the manifest. */
  readonly manifest: string;
}

/** Dumps the database a runbook names and proves the dump. */
export async function backupDatabase({ step, ports, directory }: BackupDatabase): Promise<DatabaseBackup> {
  if (step === undefined) throw new InputError("The runbook has no backup step in this stage.");
  const folder = directory ?? path.join(ports.env["RUNNER_TEMP"] ?? os.tmpdir(), "sluice-backup");
  const { verdict, manifest } = await backup(
    {
      url: step.url,
      directory: folder,
      verify: step.verify,
      ...(step.scratch === undefined ? {} : { scratchUrl: step.scratch }),
    },
    ports,
  );
  const file = path.join(folder, manifest.file);
  return { verdict, file, manifest: await readFile(`${file}.json`, "utf8") };
}
