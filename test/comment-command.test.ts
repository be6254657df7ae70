import assert from "node:assert/strict";
import { test } from "node:test";
import { readComment } from "../src/comment-command.ts";

const rows: readonly (readonly [string, string])[] = [
  ["/approve", "approve:"],
  ["  /approve  ", "approve:"],
  ["/rollback users see errors\nmore text", "rollback:users see errors"],
  ["/hold", "hold:"],
  ["/continue\r\nok", "continue:"],
  ["please /approve", "none"],
  ["", "none"],
  ["/", "none"],
  ["//approve", "none"],
  ["/Approve", "none"],
  ["/usr/bin/env", "none"],
  ["thanks!\n/approve", "none"],
];

for (const [body, expected] of rows)
  test(`${JSON.stringify(body)} is ${expected}`, () => {
    const read = readComment(body);
    assert.equal(read.kind === "command" ? `${read.name}:${read.rest}` : read.kind, expected);
  });

test("a near miss is told, and nothing happens", () => {
  const read = readComment("/aprove");
  assert.deepEqual(read, {
    kind: "unknown",
    message:
      "There is no command /aprove; did you mean /approve? Commands are /approve, /sign-off, /hold, /continue, /rollback, /abort, /skip.",
  });
});
