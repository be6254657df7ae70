import assert from "node:assert/strict";
import { test } from "node:test";
import { type Approval, approvalDigest, countApprovals, rolesOf } from "../src/approval.ts";

const rule = { by: { cto: ["Ada"], qa: ["bob", "carol"] }, minimum: 2 };
const digest = approvalDigest("c".repeat(40), "hash", ["release/preflight"]);
const given = (actor: string, role: string, more: Partial<Approval> = {}): Approval => ({
  stage: "release",
  role,
  actor,
  digest,
  at: 1,
  ...more,
});
const count = (...approvals: Approval[]) => countApprovals(rule, approvals, "release", digest);

test("two different people with a role are enough for two", () => {
  assert.deepEqual(count(given("Ada", "cto"), given("bob", "qa")).people, ["ada", "bob"]);
  assert.equal(count(given("Ada", "cto"), given("bob", "qa")).granted, true);
});

test("one person counts once, however often and however spelled", () => {
  assert.equal(count(given("bob", "qa"), given("BOB", "qa")).granted, false);
});

const worthless: readonly (readonly [string, Approval])[] = [
  ["somebody without the role", given("mallory", "qa")],
  ["a role the person does not have", given("bob", "cto")],
  ["another stage", given("bob", "qa", { stage: "database" })],
  ["other evidence", given("bob", "qa", { digest: approvalDigest("c".repeat(40), "hash", []) })],
];
for (const [what, approval] of worthless)
  test(`an approval does not count: ${what}`, () => {
    const { granted, people, message } = count(given("Ada", "cto"), approval);
    assert.equal(granted, false);
    assert.deepEqual(people, ["ada"]);
    assert.match(
      message,
      /^1 of 2 approvals for stage release \(ada\); comment `\/approve` as one of cto \(Ada\), qa \(bob, carol\)\.$/,
    );
  });

test("the digest changes with the commit, the runbook and what was proven", () => {
  const digests = [
    approvalDigest("a", "h", ["x"]),
    approvalDigest("b", "h", ["x"]),
    approvalDigest("a", "i", ["x"]),
    approvalDigest("a", "h", ["x", "y"]),
  ];
  assert.equal(new Set(digests).size, digests.length);
});

test("roles are found whatever the case of the login", () => {
  assert.deepEqual(rolesOf(rule, "ADA"), ["cto"]);
  assert.deepEqual(rolesOf(rule, "mallory"), []);
});
