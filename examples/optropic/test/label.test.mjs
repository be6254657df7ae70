import assert from "node:assert/strict";
import { test } from "node:test";
import { labelOf } from "../app/label.mjs";

test("a label has four digits", () => {
  assert.match(labelOf(7), /^OPT-\d*0007$/);
});
