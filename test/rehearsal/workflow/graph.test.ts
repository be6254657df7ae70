import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { mainWorkflow, smallWorld } from "./small-world.ts";

const ok = 'runs-on: x, steps: [{ run: "true" }]';
const bad = "runs-on: x, steps: [{ run: exit 3 }]";

/** Jobs in YAML, and what each comes to. */
const table: Readonly<Record<string, readonly [jobs: readonly string[], results: Readonly<Record<string, string>>]>> = {
  "what needs a failed job is skipped, and what needs that": [
    [`a: { ${bad} }`, `b: { needs: a, ${ok} }`, `c: { needs: b, ${ok} }`, `d: { ${ok} }`],
    { a: "failure", b: "skipped", c: "skipped", d: "success" },
  ],
  "a skipped ancestor skips a job even past one that ran": [
    [
      `a: { if: false, ${ok} }`,
      `b: { needs: a, if: "!failure()", ${ok} }`,
      `c: { needs: b, ${ok} }`,
      `d: { needs: [a, b], if: "!cancelled() && needs.b.result == 'success'", ${ok} }`,
    ],
    { a: "skipped", b: "success", c: "skipped", d: "success" },
  ],
  "status functions look at every ancestor": [
    [
      `a: { ${bad} }`,
      `b: { needs: a, if: always(), ${ok} }`,
      `c: { needs: b, if: failure(), ${ok} }`,
      `d: { needs: b, if: success(), ${ok} }`,
      `e: { needs: b, if: needs.b.result == 'success', ${ok} }`,
      `f: { needs: [a, b], if: "always() && contains(needs.*.result, 'failure')", ${ok} }`,
    ],
    { a: "failure", b: "success", c: "success", d: "skipped", e: "skipped", f: "success" },
  ],
  "continue-on-error makes a failed job a success": [
    [`a: { continue-on-error: true, ${bad} }`, `b: { needs: a, ${ok} }`],
    { a: "success", b: "success" },
  ],
};

describe("the jobs of a workflow", () => {
  for (const [rule, [jobs, results]] of Object.entries(table)) {
    it(rule, async () => {
      using world = smallWorld(mainWorkflow(`on: push\njobs:\n  ${jobs.join("\n  ")}\n`));
      const run = await world.rehearse();
      assert.deepEqual(Object.fromEntries(Object.keys(results).map((id) => [id, run.result(id)])), results);
      assert.equal(run.conclusion, Object.values(results).includes("failure") ? "failure" : "success");
    });
  }

  it("pass outputs on", async () => {
    using world = smallWorld(
      mainWorkflow(`
on: push
jobs:
  a:
    runs-on: x
    outputs: { list: "\${{ steps.s.outputs.list }}", empty: "\${{ steps.s.outputs.none }}" }
    steps: [{ id: s, run: 'echo "list=[1,2]" >> "$GITHUB_OUTPUT"' }]
  b:
    needs: a
    runs-on: x
    steps: [{ run: "echo second is \${{ fromJSON(needs.a.outputs.list)[1] }}, \${{ needs.a.result }}" }]
`),
    );
    const run = await world.rehearse();
    assert.deepEqual(run.jobs["a"]?.outputs, { list: "[1,2]" });
    assert.match(run.log("b"), /^second is 2, success$/m);
  });

  it("run side by side when nothing stands between them", async () => {
    const wait = (own: string, other: string): string =>
      `touch "$MEETING/${own}"; for i in $(seq 200); do [ -e "$MEETING/${other}" ] && exit 0; sleep 0.05; done; exit 1`;
    using world = smallWorld(
      mainWorkflow(`
on: push
jobs:
  a: { runs-on: x, steps: [{ run: '${wait("a", "b")}' }] }
  b: { runs-on: x, steps: [{ run: '${wait("b", "a")}' }] }
`),
    );
    const run = await world.rehearse({ env: { MEETING: world.toolkit } });
    assert.equal(run.conclusion, "success");
  });

  it("whose condition cannot be evaluated fail", async () => {
    using world = smallWorld(mainWorkflow(`on: push\njobs:\n  a: { if: "fromJSON('[') == 1", ${ok} }\n`));
    const run = await world.rehearse();
    assert.equal(run.result("a"), "failure");
    assert.equal(run.annotations[0]?.level, "error");
  });

  it("are not begun when the event does not start the workflow", async () => {
    using world = smallWorld(mainWorkflow(`on: pull_request\njobs:\n  a: { ${ok} }\n`));
    await assert.rejects(world.rehearse(), /does not run on 'push'/);
  });

  it("see the inputs of a dispatch with their types, and wrong ones are refused", async () => {
    using world = smallWorld(
      mainWorkflow(`
on:
  workflow_dispatch:
    inputs:
      dry: { type: boolean, default: true }
      n: { type: number, default: 5 }
      where: { type: choice, options: [staging, production], required: true }
jobs:
  a: { runs-on: x, env: { GIVEN: "\${{ toJSON(inputs) }} \${{ github.event.inputs.where }}" }, steps: [{ run: 'echo "$GIVEN"' }] }
`),
    );
    const dispatch = (inputs: Readonly<Record<string, string>>) =>
      world.rehearse({ event: { name: "workflow_dispatch", payload: {}, inputs } });
    const run = await dispatch({ where: "staging", dry: "false" });
    const shown = run.log().replace(/\s+/g, " ");
    assert.match(shown, /\{ "dry": false, "n": 5, "where": "staging" \} staging/);
    await assert.rejects(dispatch({ where: "moon" }), /not in the list of allowed values/);
    await assert.rejects(dispatch({}), /Required input 'where' not provided/);
    await assert.rejects(dispatch({ where: "staging", n: "many" }), /is not a number/);
    await assert.rejects(dispatch({ where: "staging", x: "1" }), /Unexpected inputs provided: \["x"\]/);
  });
});
