import { readFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { BackupCommand } from "./database-spec.ts";
import { formatDuration } from "./duration.ts";
import { InputError } from "./failure.ts";
import type { Artifacts } from "./github/artifact.ts";
import { encryptFile } from "./migration/age-file.ts";
import { type BackupManifest, backup } from "./migration/backup.ts";
import { supabaseBackups } from "./migration/supabase-backups.ts";
import { minimalEnv } from "./minimal-env.ts";
import { plainText } from "./plain-text.ts";
import type { Ports } from "./ports.ts";
import type { Stage } from "./step.ts";
import { fail, type Verdict } from "./verdict.ts";

export interface BackupDatabase {
  readonly step: Stage["backup"];
  readonly ports: Ports;
  /** Where the repository's own commands run. */
  readonly workspace: string;
  /** Folder for the dump; the runner's temporary folder unless given. */
  readonly directory?: string | undefined;
}

export interface DatabaseBackup {
  readonly verdict: Verdict;
  /** What is to be kept: the encrypted file where a key was given. */
  readonly file: string;
  /** JSON text of the manifest. */
  readonly manifest: string;
}

type Step = NonNullable<Stage["backup"]>;

/** Dumps the database a runbook names, proves the dump, and brings it to where it is kept. */
export async function backupDatabase({ step, ports, workspace, directory }: BackupDatabase): Promise<DatabaseBackup> {
  if (step === undefined) throw new InputError("The runbook has no backup step in this stage.");
  const days = step.keep === undefined ? undefined : Math.ceil(step.keep / dayMs);
  const artifacts =
    step.store === "artifact" ? (await import("./github/artifact.ts")).openArtifacts(days, ports) : undefined;
  const folder = directory ?? path.join(ports.env["RUNNER_TEMP"] ?? os.tmpdir(), "sluice-backup");
  if (step.supabase !== undefined) {
    const platform = await supabaseBackups(step.supabase, ports);
    if (platform.verdict !== "pass") return { verdict: platform, file: "", manifest: "" };
    ports.log.info(platform.message);
  }
  const { verdict: proven, manifest } = await backup(
    {
      url: step.url,
      directory: folder,
      verify: step.verify,
      sampleAbove: step["sample-above"],
      ...(step.scratch === undefined ? {} : { scratchUrl: step.scratch }),
    },
    ports,
  );
  const plain = path.join(folder, manifest.file);
  const verdict = withinTime(proven, manifest, step["restore-within"]);
  const described = { file: plain, manifest: await readFile(`${plain}.json`, "utf8") };
  if (verdict.verdict !== "pass") return { verdict, ...described };
  const file = step.encrypt === undefined ? plain : `${plain}.age`;
  if (step.encrypt !== undefined) await encryptFile(plain, file, step.encrypt);
  const files = { file, manifest: `${plain}.json`, workspace, days };
  const kept = artifacts === undefined ? await store(step, files, ports) : await upload(step, files, artifacts);
  return { verdict: kept ?? verdict, ...described, file };
}

/** How long a restore took when it was tried is how long it would take when it is needed. */
function withinTime(verdict: Verdict, { verified }: BackupManifest, longest: number | undefined): Verdict {
  if (longest === undefined || verdict.verdict !== "pass") return verdict;
  const { seconds } = verified;
  if (seconds === undefined)
    return fail(
      "restore-untimed",
      "`restore-within` needs a whole restore (`verify: restore`, and no more than `sample-above`): only one that was tried has a time.",
      verdict.evidence,
    );
  if (seconds * 1000 <= longest) return verdict;
  return fail(
    "restore-too-slow",
    `Restoring and comparing took ${seconds.toFixed(1)} s, and ${formatDuration(longest)} is the longest it may take. Make the database smaller, or the promise larger.`,
    verdict.evidence,
  );
}

const storeWithinMs = 30 * 60_000;
const dayMs = 86_400_000;

interface ToKeep {
  readonly file: string;
  readonly manifest: string;
  readonly workspace: string;
  readonly days: number | undefined;
}

/** Encrypted, and so is its manifest, which has the names of all tables and what they hold as hashes. */
async function upload(
  { encrypt }: Step,
  { file, manifest }: ToKeep,
  artifacts: Artifacts,
): Promise<Verdict | undefined> {
  if (encrypt === undefined) throw new InputError("`backup.store: artifact` needs `encrypt`.");
  await encryptFile(manifest, `${manifest}.age`, encrypt);
  const why = await artifacts.keep(path.basename(file), [file, `${manifest}.age`]);
  if (why === undefined) return undefined;
  return fail(
    "backup-not-stored",
    `The backup is proven, but not kept as an artifact: ${why}. Run the step again, or write a command for \`backup.store\`.`,
  );
}

/** Undefined when it is kept, or nobody asked for it. */
async function store(
  { store: command }: Step,
  { file, manifest, workspace, days }: ToKeep,
  ports: Ports,
): Promise<Verdict | undefined> {
  if (command === undefined || command === "artifact") return undefined;
  const told = {
    SLUICE_BACKUP_FILE: file,
    SLUICE_BACKUP_MANIFEST: manifest,
    ...(days !== undefined && { SLUICE_BACKUP_KEEP_DAYS: String(days) }),
  };
  const failed = await runBackupCommand(command, told, workspace, ports);
  if (failed === undefined) return undefined;
  return fail(
    "backup-not-stored",
    `The backup is proven, but the command that keeps it ${failed}. Correct \`backup.store\`.`,
  );
}

/** Runs one of the user's commands around a backup; how it failed, or undefined. */
export async function runBackupCommand(
  { run, env, within = storeWithinMs }: BackupCommand,
  told: Readonly<Record<string, string>>,
  workspace: string,
  ports: Ports,
): Promise<string | undefined> {
  const { code, signal, stderr } = await ports.exec("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", run], {
    cwd: workspace,
    env: { ...minimalEnv(ports.env), ...env, ...told },
    timeoutMs: within,
    onLine: (line) => ports.log.info(`  | ${plainText(line).replaceAll("\n", " ")}`),
  });
  if (code === 0) return undefined;
  const last = plainText(stderr).trimEnd().split("\n").at(-1)?.trim() ?? "";
  return `${code === null ? `was ended by ${signal}` : `ended with ${code}`}${last === "" ? "" : `: ${last.slice(0, 200)}`}`;
}
