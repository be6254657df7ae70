import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import fc from "fast-check";
import { InputError } from "../../src/failure.ts";
import { environmentOf, recordRef } from "../../src/record-store/record-ref.ts";

test("plain names stay readable", () => {
  assert.equal(recordRef("production"), "refs/sluice/production");
  assert.equal(recordRef("eu-west_2"), "refs/sluice/eu-west_2");
  assert.equal(recordRef("preview/pr 7"), "refs/sluice/preview=2Fpr=207");
});

test("every name has a ref of its own, one segment below refs/sluice/, and comes back from it", () => {
  const name = fc.string({ unit: "binary", minLength: 1, maxLength: 16 });
  fc.assert(
    fc.property(name, (environment) => {
      const ref = recordRef(environment);
      assert.match(ref, /^refs\/sluice\/[A-Za-z0-9_=-]+$/);
      assert.equal(environmentOf(ref), environment);
    }),
  );
});

test("git accepts the refs of awkward names", () => {
  for (const name of ["..", ".lock", "a.lock", "@", "@{", "-", "~^:", "\u0000", "ü/é"])
    execFileSync("git", ["check-ref-format", recordRef(name)]);
});

test("names that no ref can hold are the user's to change", () => {
  for (const name of ["", "x".repeat(201), "/".repeat(67), "\ud800"]) assert.throws(() => recordRef(name), InputError);
});

test("a ref that holds no record has no environment", () => {
  for (const ref of ["refs/heads/main", "refs/sluice/", "refs/sluice/a/b", "refs/sluice/=2f", "refs/sluice/=4"])
    assert.equal(environmentOf(ref), undefined);
});
