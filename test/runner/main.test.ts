import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { createRunnerFiles } from "../../src/rehearsal/workflow/runner-files.ts";

const directory = mkdtempSync(path.join(os.tmpdir(), "sluice-main-"));
after(() => rmSync(directory, { recursive: true, force: true }));

function run(how: string) {
  const files = createRunnerFiles(directory);
  const env = {
    ...{ PATH: process.env["PATH"] ?? "", GITHUB_ACTIONS: "true", GITHUB_REPOSITORY: "octo/shop", GITHUB_ACTOR: "ada" },
    ...{ GITHUB_WORKSPACE: directory, GITHUB_EVENT_NAME: "push", GITHUB_RUN_ID: "1", GITHUB_RUN_ATTEMPT: "1" },
    ...{ GITHUB_SHA: "a".repeat(40), GITHUB_API_URL: "http://127.0.0.1:9", INPUT_HOW: how },
    ...files.env,
  };
  const program = path.join(import.meta.dirname, "throwing-action.ts");
  const { status, stdout, stderr } = spawnSync(process.execPath, [program], { env, encoding: "utf8", timeout: 60_000 });
  return { status, said: stdout + stderr, outputs: Object.fromEntries(files.collect().outputs) };
}

test("F35: an exception of our own is an error with its place, and asked to be reported", () => {
  const { status, said, outputs } = run("throws");
  assert.notEqual(status, 0);
  assert.deepEqual([outputs["verdict"], outputs["reason"]], ["error", "defect"]);
  assert.match(
    said,
    /This is a defect of Sluice; please report it.*TypeError: nobody foresaw this.*throwing-action\.ts/s,
  );
});

test("F35: a rejection that nobody awaits ends the step as failed, and no output looks like a pass", () => {
  const { status, said, outputs } = run("rejects later");
  assert.notEqual(status, 0);
  assert.notEqual(outputs["verdict"], "pass");
  assert.match(said, /nobody awaited this/);
});
