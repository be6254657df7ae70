import assert from "node:assert/strict";
import { test } from "node:test";
import * as z from "zod";
import { InputError } from "../../src/failure.ts";
import { readInputs } from "../../src/runner/define-action.ts";
import { flag, oneOf, secret, text, yaml } from "../../src/runner/input.ts";

const fields = {
  environment: text("Environment to release to.").prefault("production"),
  "github-token": secret("Token of the job."),
  record: oneOf(["append", "read"], "How the record is used.").prefault("append"),
  "allow-hold": flag("Whether a hold is a good end.").prefault("false"),
  checks: yaml("Checks of this step.").optional(),
};
const read = (given: Readonly<Record<string, string>>) => readInputs(fields, (name) => given[name] ?? "");

test("an empty input counts as absent and takes its default", () => {
  assert.deepEqual(read({ "github-token": "t" }), {
    environment: "production",
    githubToken: "t",
    record: "append",
    allowHold: false,
    checks: undefined,
  });
});

test("a flag is the word true or false, nothing that merely looks like it", () => {
  assert.equal(read({ "github-token": "t", "allow-hold": "true" }).allowHold, true);
  for (const word of ["yes", "1", "TRUE", "on", " true"])
    assert.throws(
      () => read({ "github-token": "t", "allow-hold": word }),
      /`allow-hold` is not usable: write true or false/,
    );
});

test("all problems are reported at once, each by its input", () => {
  assert.throws(
    () => read({ record: "maybe", "allow-hold": "yes" }),
    (problem) => {
      assert.ok(problem instanceof InputError);
      assert.deepEqual(problem.message.split("\n"), [
        "Input `github-token` is required: Token of the job.",
        "Input `record` is not usable: write one of append, read.",
        "Input `allow-hold` is not usable: write true or false.",
      ]);
      return true;
    },
  );
});

test("a value that is refused is not repeated: it may be a secret in the wrong place", () => {
  assert.throws(
    () => read({ "github-token": "t", record: "hunter22" }),
    (problem) => problem instanceof InputError && !problem.message.includes("hunter22"),
  );
  const short = { token: z.string().min(20).meta({ description: "A token.", secret: true }) };
  assert.throws(
    () => readInputs(short, () => "hunter22"),
    (problem) => problem instanceof InputError && !problem.message.includes("hunter22"),
  );
});
