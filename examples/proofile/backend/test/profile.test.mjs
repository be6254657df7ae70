import assert from "node:assert/strict";
import { test } from "node:test";
import { greetingFor } from "../app/profile.mjs";

test("a profile greets by name, without blanks around it", () => {
  assert.match(greetingFor(" Ada "), /\bAda$/);
});
