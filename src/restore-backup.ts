import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import * as z from "zod";
import { backupDatabase, runBackupCommand } from "./backup-database.ts";
import { InputError } from "./failure.ts";
import { decryptFile } from "./migration/age-file.ts";
import type { BackupManifest } from "./migration/backup.ts";
import { parseDatabaseUrl, withConnection } from "./migration/connection.ts";
import { estimateLoss, lossInWords } from "./migration/loss-estimate.ts";
import { refuseHalfSwapped, restoreDatabase } from "./migration/restore-database.ts";
import type { Ports } from "./ports.ts";
import type { Stage } from "./step.ts";
import { pass, type Verdict } from "./verdict.ts";

export interface RestoreBackup {
  readonly step: NonNullable<Stage["backup"]>;
  /** The database's name, typed by whoever asks: a restore of the wrong one cannot be asked for by habit. */
  readonly database: string;
  /** File name of the backup, as `store` was given it. */
  readonly backup: string;
  /** The age key that opens it. */
  readonly identity?: string | undefined;
  /** `estimate` says what would be lost and changes nothing. */
  readonly mode: "estimate" | "restore";
  /** Whether the restored database takes the present one's name. */
  readonly swap: boolean;
  readonly workspace: string;
  /** Private folder for the files; removed afterwards. */
  readonly directory: string;
  readonly ports: Ports;
}

/**
 * Brings a backup back: what would be lost is said first, the present state is dumped, the backup is restored beside it
 * and compared with its manifest, and only then the names are swapped. The database of before is kept.
 */
export async function restoreBackup(request: RestoreBackup): Promise<Verdict> {
  const { step, database, directory, ports, mode, swap } = request;
  const address = parseDatabaseUrl(step.url, "Restoring");
  if (address.database !== database)
    throw new InputError(
      `The database is called ${address.database}, and ${JSON.stringify(database)} was typed. Type the name of the database that is to be replaced.`,
    );
  await refuseHalfSwapped(step.url, ports);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  try {
    const { file, manifest } = await bring(request);
    if (manifest.database !== address.name)
      ports.log.warn(`The backup is of ${manifest.database}, and ${address.name} is to be replaced.`);
    const losses = await withConnection(address, "sluice restore", ports, async (client) => {
      await client.query("begin isolation level repeatable read read only");
      return estimateLoss(client, manifest);
    });
    const words = lossInWords(losses);
    const lost =
      words.length === 0
        ? "No table differs in its number of rows from the backup; rows that were only changed are not seen."
        : `What was written since ${manifest.takenAt} would be lost, as far as it can be counted: ${words.slice(0, 20).join("; ")}.`;
    ports.log.info(lost);
    const evidence = { backup: manifest.file, takenAt: manifest.takenAt, losses };
    if (mode === "estimate")
      return pass(
        "loss-estimated",
        `${lost} Nothing was changed. Run it again with mode restore to go back.`,
        evidence,
      );
    const safety = await backupDatabase({
      step: { ...step, verify: "read", supabase: undefined, "restore-within": undefined },
      workspace: request.workspace,
      directory: path.join(directory, "safety"),
      ports,
    });
    if (safety.verdict.verdict !== "pass") return safety.verdict;
    const restored = await restoreDatabase({ url: step.url, file, manifest, swap }, ports);
    const outage = `Nobody could connect for ${Math.round(restored.outageMs ?? 0)} ms.`;
    const message =
      restored.kept === undefined
        ? `The backup is in database ${restored.database}, compared table by table; ${address.database} was not touched. Point the application at it, or drop it.`
        : `${address.database} is the backup of ${manifest.takenAt} now, compared table by table. ${outage} What was there before is kept as ${restored.kept}, closed to connections; drop it when nobody needs it any more.`;
    return pass("restored", `${message} ${lost}`, { ...evidence, restored });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

const plainName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/;

/** The dump, opened and whole, and what its manifest says of it. */
async function bring({ step, backup, identity, directory, workspace, ports }: RestoreBackup) {
  if (!plainName.test(backup) || backup.endsWith(".json"))
    throw new InputError(
      `${JSON.stringify(backup)} is no backup's file name; write it as it was stored, such as app-20261127T101500000Z.dump.age.`,
    );
  if (step.fetch === undefined)
    throw new InputError("The runbook's `backup` has no `fetch` command that brings a backup back. Add one.");
  const told = { SLUICE_BACKUP_NAME: backup, SLUICE_BACKUP_DIRECTORY: directory };
  const failed = await runBackupCommand(step.fetch, told, workspace, ports);
  if (failed !== undefined)
    throw new InputError(`The command that brings the backup back ${failed}. Nothing was changed.`);
  const there = await readdir(directory);
  // A second artifact of the same backup has a number behind its name; the files in it have none.
  const name = backup.replace(/\.age(\.\d)?$/, "");
  const file = path.join(directory, name);
  if (identity !== undefined) ports.mask(identity);
  for (const open of [name, `${name}.json`]) {
    // Whatever came open as well needs no key; its sha256 is compared below.
    if (there.includes(open)) continue;
    const encrypted = `${open}.age`;
    if (!there.includes(encrypted))
      throw new InputError(
        `\`backup.fetch\` ended well and left neither ${open} nor ${encrypted} in SLUICE_BACKUP_DIRECTORY. Nothing was changed.`,
      );
    if (identity === undefined)
      throw new InputError(
        `${encrypted} is encrypted: give its age key in the secret BACKUP_KEY, or let \`backup.fetch\` bring ${open} too. Nothing was changed.`,
      );
    await decryptFile(path.join(directory, encrypted), path.join(directory, open), identity);
  }
  const manifest = readManifest(await readFile(`${file}.json`, "utf8"), name);
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  if (hash.digest("hex") !== manifest.sha256)
    throw new InputError(
      `${name} is not the file its manifest was written for: its sha256 differs. Nothing was changed.`,
    );
  return { file, manifest };
}

const manifestSchema = z.object({
  file: z.string(),
  format: z.enum(["custom", "plain"]),
  sha256: z.string(),
  bytes: z.number(),
  seconds: z.number(),
  takenAt: z.iso.datetime(),
  database: z.string(),
  serverVersion: z.string(),
  dumpedWith: z.string(),
  lsn: z.string(),
  snapshot: z.string(),
  extensions: z.array(z.string()),
  roles: z.array(z.string()),
  hashedBy: z.literal("columns").optional(),
  tables: z.array(z.object({ name: z.string(), rows: z.number(), hash: z.string() })),
  objects: z.record(z.string(), z.number()),
  shapes: z.record(z.string(), z.string()).optional(),
  sequences: z.record(z.string(), z.object({ last: z.string().nullable(), grows: z.boolean().optional() })).optional(),
  largeObjects: z.object({ count: z.number(), hash: z.string() }).optional(),
  verified: z.looseObject({
    level: z.enum(["restored", "sampled", "read-only", "none"]),
    damaged: z.boolean(),
    message: z.string(),
    differences: z.array(z.string()),
  }),
});

function readManifest(text: string, name: string): BackupManifest {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  const read = manifestSchema.safeParse(json);
  if (!read.success || read.data.file !== name)
    throw new InputError(`${name}.json is not the manifest that was written beside ${name}. Nothing was changed.`);
  return read.data;
}
