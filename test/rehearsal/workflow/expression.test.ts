import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import {
  allWell,
  asksForStatus,
  evaluate,
  holds,
  type Json,
  membersRead,
  type Scope,
} from "../../../src/rehearsal/workflow/expression.ts";

const scope: Scope = {
  contexts: {
    github: { event: { number: 3 }, actor: "Mona" },
    needs: { a: { result: "success", outputs: { list: "[5,25]" } }, b: { result: "skipped", outputs: {} } },
  },
  status: allWell,
};

const values: readonly (readonly [string, Json])[] = [
  ["github.event.number", 3],
  ["GITHUB.Event.Number", 3],
  ["github.actor == 'mona'", true],
  ["github.event.nothing.at.all", null],
  ["inputs.nothing", null],
  ["contains(needs.*.result, 'skipped')", true],
  ["contains(needs.*.result, 'failure')", false],
  ["fromJSON(needs.a.outputs.list)[1]", 25],
  ["toJSON(needs.b.result)", '"skipped"'],
  ["format('{0}-{1}', github.actor, true)", "Mona-true"],
  ["github.event.number && 'yes' || 'no'", "yes"],
  ["case(false, 'a', 'b')", "b"],
  ["success() && !failure() && !cancelled() && always()", true],
];

describe("an expression", () => {
  for (const [text, value] of values) {
    it(`${text} is ${JSON.stringify(value)}`, () => assert.deepEqual(evaluate(text, scope), value));
  }

  it("asks the status where it stands", () => {
    const cancelled: Scope = { ...scope, status: { success: false, failure: false, cancelled: true } };
    assert.equal(holds("success()", cancelled), false);
    assert.equal(holds("cancelled()", cancelled), true);
    assert.equal(holds("always()", cancelled), true);
  });

  for (const [text, held] of [
    ["''", false],
    ["'false'", true],
    ["0", false],
    ["null", false],
    ["github", true],
    ["format('{0} && x', false)", true],
  ] as const) {
    it(`as a condition ${text} ${held ? "holds" : "does not hold"}`, () => assert.equal(holds(text, scope), held));
  }

  it("tells which members of a context it reads", () => {
    assert.deepEqual(membersRead("needs.a.result == 'x' && contains(needs['b'].outputs.c, needs.*.result)", "needs"), [
      "a",
      "b",
    ]);
    assert.deepEqual(membersRead("'needs.a'", "needs"), []);
  });

  it("tells whether it calls a status function itself", () => {
    assert.equal(asksForStatus("contains('always()', 'x')"), false);
    assert.equal(asksForStatus("!(inputs.a && Always())"), true);
  });

  it("hashes the files of the workspace", () => {
    const workspace = mkdtempSync(join(tmpdir(), "hash-"));
    try {
      const hash = (): Json => evaluate("hashFiles('*.lock')", { ...scope, workspace });
      assert.equal(hash(), "");
      writeFileSync(join(workspace, "a.lock"), "one");
      const first = hash();
      assert.match(String(first), /^[0-9a-f]{64}$/);
      writeFileSync(join(workspace, "a.lock"), "two");
      assert.notEqual(hash(), first);
    } finally {
      rmSync(workspace, { recursive: true });
    }
  });
});
