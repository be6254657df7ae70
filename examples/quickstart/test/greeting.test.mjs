import assert from "node:assert/strict";
import { test } from "node:test";
import { greeting } from "../app/greeting.mjs";

test("a visitor is greeted by number", async () => {
  assert.match(await greeting(50), /visitor 50/);
});
