import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parse } from "yaml";
import { allWell } from "../../../src/rehearsal/workflow/expression.ts";
import { readWorkflow } from "../../../src/rehearsal/workflow/load.ts";
import { oneLineScalars } from "../../../src/rehearsal/workflow/one-line-scalars.ts";
import { fill } from "../../../src/rehearsal/workflow/template.ts";

const text = `on: push
jobs:
  a:
    runs-on: x
    if: >-
      github.actor == 'mona' ||
      \${{ true }}
    steps:
      - run: |
          cat <<'END'
            it's {0} "\${{ github.actor }}", 'isn''t' it\\n
          END
      - { run: "one
          two \${{ 1 }}", with: {} }
      - run: |
          no expression
      - run: last \${{ 2 }}
`;

describe("scalars that span lines and hold expressions", () => {
  it("keep their values, and every other thing its line", () => {
    const rewritten = oneLineScalars(text);
    assert.deepEqual(parse(rewritten), parse(text));
    assert.equal(rewritten.split("\n").length, text.split("\n").length);
    const lineOf = (whole: string): number => whole.split("\n").findIndex((line) => line.includes("last"));
    assert.equal(lineOf(rewritten), lineOf(text));
    assert.match(rewritten, /- run: \|\n {10}no expression/);
  });

  it("reach a script without their indentation and with their quotes", async () => {
    const valid = text.replace(/ {6}- \{ run: "one[\s\S]*?\}\n/, "").replace(/ {4}if: [\s\S]*?\n(?= {4}steps)/, "");
    const workflow = await readWorkflow("w.yml", valid);
    const job = workflow.jobs["a"];
    assert.ok(job?.kind === "ordinary");
    const script = fill(job.steps[0]?.run ?? null, { contexts: { github: { actor: "mona" } }, status: allWell });
    assert.equal(script, "cat <<'END'\n  it's {0} \"mona\", 'isn''t' it\\n\nEND\n");
  });
});
