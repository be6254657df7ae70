import assert from "node:assert/strict";
import { test } from "node:test";
import type { Configured } from "../src/deploy-target.ts";
import { setVariables } from "../src/set-variables.ts";
import { memoryPlatform } from "./proof/platform.ts";

const variables = { SENTRY_DSN: "https://k3y@sentry.example/1", API_URL: "https://api.example" };

function setting(configured: Configured) {
  const given: Readonly<Record<string, string>>[] = [];
  const target = {
    ...memoryPlatform(),
    configure: async (values: Readonly<Record<string, string>>) => {
      given.push(values);
      return configured;
    },
  };
  return { target, given };
}

test("values, variables and secrets by their name are set; what is told holds names only", async () => {
  const { target, given } = setting({ changed: ["MODE", "SENTRY_DSN"], unreadable: ["SENTRY_DSN"], before: "b1" });
  const step = { MODE: "live", API: "$API_URL", SENTRY_DSN: "secret" };
  const outcome = await setVariables(step, { target, variables });
  assert.deepEqual(given, [{ MODE: "live", API: variables.API_URL, SENTRY_DSN: variables.SENTRY_DSN }]);
  assert.equal(outcome.verdict, "pass");
  assert.equal(outcome.message, "Changed: MODE, SENTRY_DSN. Set without reading back: SENTRY_DSN.");
  assert.equal(outcome.configured?.before, "b1");
  assert.doesNotMatch(JSON.stringify(outcome), /k3y/);
});

test("nothing that differs is nothing to change", async () => {
  const { target } = setting({ changed: [], unreadable: [] });
  assert.equal((await setVariables({ MODE: "live" }, { target, variables })).message, "Nothing had to change.");
});

test("a value that nobody set stops the step before anything is written, and every one is named", async () => {
  const { target, given } = setting({ changed: [], unreadable: [] });
  const outcome = await setVariables({ A: "$NOWHERE", B: "secret", C: "1" }, { target, variables });
  assert.deepEqual([outcome.verdict, outcome.reason, given], ["fail", "missing-variables", []]);
  assert.match(outcome.message, /the values of NOWHERE, B\./);
});

test("a target that keeps no variables is a mistake in the runbook", async () => {
  await assert.rejects(setVariables({ A: "1" }, { target: memoryPlatform(), variables }), /Remove `configure`/);
});
