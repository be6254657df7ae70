import assert from "node:assert/strict";
import { test } from "node:test";
import { exitCodeOf, exitCodeOfError, exitCodes } from "../src/exit-code.ts";
import { InputError, ProviderError } from "../src/failure.ts";
import { fail, hold, pass } from "../src/verdict.ts";

test("the codes are a promise to scripts", () => {
  assert.deepEqual(exitCodes, {
    fine: 0,
    gateFailed: 1,
    configuration: 2,
    outsideSystem: 3,
    ambiguous: 4,
    held: 5,
  });
});

test("every verdict has its code", () => {
  const error = { verdict: "error", reason: "drift", message: "" } as const;
  const verdicts = [pass("a", ""), fail("b", ""), error, hold("c", "")];
  assert.deepEqual(verdicts.map(exitCodeOf), [0, 1, 4, 5]);
});

test("every exception has its code; what is none of ours counts as ambiguous", () => {
  const problems = [new InputError("x"), new ProviderError("github", "x"), new Error("x"), "x", undefined];
  assert.deepEqual(problems.map(exitCodeOfError), [2, 3, 4, 4, 4]);
});
