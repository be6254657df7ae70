import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Json, JsonObject } from "../../../src/rehearsal/workflow/expression.ts";
import { combinations, legName } from "../../../src/rehearsal/workflow/matrix.ts";
import { mainWorkflow, smallWorld } from "./small-world.ts";

const table: Readonly<Record<string, readonly [matrix: Json, legs: readonly JsonObject[]]>> = {
  "the first axis turns slowest": [
    { a: [1, 2], b: ["x", "y"] },
    [
      { a: 1, b: "x" },
      { a: 1, b: "y" },
      { a: 2, b: "x" },
      { a: 2, b: "y" },
    ],
  ],
  "exclude removes by partial match": [
    { a: [1, 2], b: ["x", "y"], exclude: [{ a: 1 }, { a: 2, b: "x" }] },
    [{ a: 2, b: "y" }],
  ],
  // The example of GitHub's page "Running variations of jobs in a workflow".
  "include joins or stands alone": [
    {
      fruit: ["apple", "pear"],
      animal: ["cat", "dog"],
      include: [
        { color: "green" },
        { color: "pink", animal: "cat" },
        { fruit: "apple", shape: "circle" },
        { fruit: "banana" },
        { fruit: "banana", animal: "cat" },
      ],
    },
    [
      { fruit: "apple", animal: "cat", color: "pink", shape: "circle" },
      { fruit: "apple", animal: "dog", color: "green", shape: "circle" },
      { fruit: "pear", animal: "cat", color: "pink" },
      { fruit: "pear", animal: "dog", color: "green" },
      { fruit: "banana" },
      { fruit: "banana", animal: "cat" },
    ],
  ],
  "include alone": [{ include: [{ a: 1 }, { a: 2 }] }, [{ a: 1 }, { a: 2 }]],
};

describe("a matrix", () => {
  for (const [rule, [matrix, legs]] of Object.entries(table)) {
    it(rule, () => assert.deepEqual(combinations(matrix), legs));
  }

  it("without values is refused", () => {
    assert.throws(() => combinations({ a: [] }), /Matrix vector 'a' does not contain any values/);
    assert.throws(() => combinations({ a: "x" }), /Matrix vector 'a' must be a list/);
    assert.throws(() => combinations({ a: [1], exclude: [{ a: 1 }] }), /no combination/);
    assert.throws(() => combinations("x"), /must be a mapping/);
  });

  it("names its legs by their values", () => {
    assert.equal(legName({ stage: { name: "db", steps: ["a", 2] }, weight: 5 }), " (db, a, 2, 5)");
  });

  it("stops what comes after the first failed leg", async () => {
    using world = smallWorld(
      mainWorkflow(`
on: push
jobs:
  canary:
    strategy: { max-parallel: 1, matrix: { weight: [5, 25, 100] } }
    runs-on: x
    outputs: { last: "\${{ matrix.weight }}" }
    steps:
      - run: echo leg $((\${{ strategy.job-index }} + 1)) of \${{ strategy.job-total }}
      - run: exit \${{ matrix.weight == 25 && '1' || '0' }}
  after: { needs: canary, runs-on: x, steps: [{ run: "true" }] }
`),
    );
    const run = await world.rehearse();
    assert.equal(run.conclusion, "failure");
    assert.deepEqual(["canary (5)", "canary (25)", "canary (100)", "canary", "after"].map(run.result), [
      "success",
      "failure",
      "cancelled",
      "failure",
      "skipped",
    ]);
    assert.match(run.log("canary (5)"), /leg 1 of 3/);
    assert.equal(run.log("canary (100)"), "\n");
    assert.equal(run.jobs["canary"]?.outputs["last"], "25");
  });

  it("without fail-fast runs every leg, of ordinary jobs and of calls, the limit at a time", async () => {
    using world = smallWorld({
      ...mainWorkflow(`
on: push
jobs:
  call:
    strategy: { fail-fast: false, max-parallel: 2, matrix: { n: [1, 2, 3, 4] } }
    uses: ./.github/workflows/leg.yml
    with: { n: "\${{ matrix.n }}" }
`),
      ".github/workflows/leg.yml": `
on: { workflow_call: { inputs: { n: { type: number, required: true } } } }
jobs:
  one: { runs-on: x, steps: [{ run: "exit \${{ inputs.n == 1 && 1 || 0 }}" }] }
`,
    });
    let now = 0;
    let most = 0;
    const run = await world.rehearse({
      onEvent: (event) => {
        if (!("job" in event) || !event.job.endsWith("/ one")) return;
        if (event.type === "job-started") most = Math.max(most, ++now);
        if (event.type === "job-ended") now--;
      },
    });
    assert.deepEqual(
      [1, 2, 3, 4].map((n) => run.result(`call (${n}) / one`)),
      ["failure", "success", "success", "success"],
    );
    assert.equal(run.result("call"), "failure");
    assert.equal(most, 2);
  });

  it("stops running legs when one fails under fail-fast", async () => {
    using world = smallWorld(
      mainWorkflow(`
on: push
jobs:
  both:
    strategy: { matrix: { kind: [fails, waits] } }
    runs-on: x
    steps:
      - if: matrix.kind == 'waits'
        run: exec node -e 'console.log("waiting"); setTimeout(() => {}, 60000)'
      - if: matrix.kind == 'fails'
        run: exit 1
      - if: cancelled()
        run: echo cleaned up
`),
    );
    const run = await world.rehearse();
    assert.deepEqual(["both (fails)", "both (waits)", "both"].map(run.result), ["failure", "cancelled", "failure"]);
    assert.match(run.log("both (waits)"), /^cleaned up$/m);
  });

  it("whose leg cannot even be called fails that leg and waits for the others", async () => {
    using world = smallWorld({
      ...mainWorkflow(`
on: push
jobs:
  call:
    strategy: { fail-fast: false, matrix: { n: [wrong, 2] } }
    uses: ./.github/workflows/leg.yml
    with: { n: "\${{ matrix.n }}" }
`),
      ".github/workflows/leg.yml": `
on: { workflow_call: { inputs: { n: { type: number, required: true } } } }
jobs:
  one: { runs-on: x, steps: [{ run: echo ran }] }
`,
    });
    const run = await world.rehearse();
    assert.deepEqual(["call (wrong)", "call (2)", "call"].map(run.result), ["failure", "success", "failure"]);
    assert.match(run.log("call (wrong)"), /Input n must be a number, but the call gives 'wrong'/);
    assert.match(run.log("call (2) / one"), /^ran$/m);
  });
});
