import path from "node:path";
import { backup } from "../src/database-spec.ts";
import { restoreBackup } from "../src/restore-backup.ts";
import { quietPorts } from "./migration/quiet-ports.ts";

/** Restores what lies in a folder that stands for a bucket. */
export function restoreFrom(bucket: string, file: string, url: string) {
  const run = 'cp "$BUCKET/$SLUICE_BACKUP_NAME" "$BUCKET/$SLUICE_BACKUP_NAME.json" "$SLUICE_BACKUP_DIRECTORY"';
  const step = backup.parse({ verify: "read", fetch: { run } });
  return restoreBackup({
    step: { ...step, url, fetch: { run, env: { BUCKET: bucket } } },
    database: new URL(url).pathname.slice(1),
    backup: file,
    mode: "restore",
    swap: true,
    workspace: bucket,
    directory: path.join(bucket, "work"),
    ports: quietPorts({ env: { PATH: process.env["PATH"] } }),
  });
}

// A restore in a process of its own, for a test that kills it.
const [bucket, file, url] = process.argv.slice(2);
if (import.meta.main && bucket !== undefined && file !== undefined && url !== undefined)
  await restoreFrom(bucket, file, url);
