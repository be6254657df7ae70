import assert from "node:assert/strict";
import { test } from "node:test";
import { titleOf } from "../app/title.mjs";

test("a task's title has no blanks around it, and one between its words", async () => {
  assert.equal(await titleOf(" write  the runbook "), "write the runbook");
});
