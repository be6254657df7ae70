import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import path from "node:path";
import { createRunnerFiles } from "../../src/rehearsal/workflow/runner-files.ts";

/** As the runner starts it; the built action itself, alone and without a release. */
export function runBuiltMigrate(scratch: string, sql: { readonly folder: string; readonly url: string }) {
  const root = path.resolve(import.meta.dirname, "../..");
  mkdirSync(scratch, { recursive: true });
  const files = createRunnerFiles(scratch);
  const env = {
    PATH: process.env["PATH"] ?? "",
    HOME: scratch,
    RUNNER_TEMP: scratch,
    GITHUB_ACTIONS: "true",
    GITHUB_REPOSITORY: "octo/shop",
    GITHUB_WORKSPACE: path.dirname(sql.folder),
    GITHUB_ACTOR: "ada",
    GITHUB_EVENT_NAME: "push",
    GITHUB_REF_TYPE: "branch",
    GITHUB_REF_NAME: "main",
    GITHUB_RUN_ID: "1",
    GITHUB_RUN_ATTEMPT: "1",
    GITHUB_SHA: "0".repeat(40),
    GITHUB_API_URL: "http://127.0.0.1:1",
    ...files.env,
    INPUT_ENVIRONMENT: "production",
    INPUT_RECORD: "none",
    "INPUT_GITHUB-TOKEN": "none",
    INPUT_SQL: `{ directory: ${path.basename(sql.folder)} }`,
    "INPUT_DATABASE-URL": sql.url,
    "INPUT_ALLOW-HOLD": "false",
  };
  const { stdout } = spawnSync(process.execPath, [path.join(root, "dist/migrate.js")], { env, encoding: "utf8" });
  return { stdout, outputs: new Map(files.collect().outputs) };
}
