import assert from "node:assert/strict";
import { after, test } from "node:test";
import { copyTree } from "./tree-copy.ts";

const tree = copyTree();
after(() => tree[Symbol.dispose]());
const generate = (...args: readonly string[]) => tree.run(".github/scripts/generate.ts", ...args);

test("what is generated is current", () => {
  const { code, stderr } = generate("--check");
  assert.equal(code, 0, stderr);
});

interface Change {
  readonly what: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** Files that are not current after it. */
  readonly stale: readonly string[];
}

const changes: readonly Change[] = [
  {
    what: "a description in a step's schema",
    file: "src/check-spec.ts",
    from: "The status it must answer with.",
    to: "The status that is expected.",
    stale: ["docs/runbook.schema.json"],
  },
  {
    what: "a key of a step's schema",
    file: "src/canary-spec.ts",
    from: '"max-hold": duration',
    to: '"longest-hold": duration',
    stale: ["docs/runbook.schema.json"],
  },
  {
    what: "an action's description",
    file: "src/actions/plan.ts",
    from: "Begin a release or take it up again",
    to: "Start a release or go on with it",
    stale: ["actions/plan/action.yml", "actions/plan/README.md", "README.md"],
  },
  {
    what: "an input that several actions share",
    file: "src/session.ts",
    from: "Environment whose record is read and written.",
    to: "Environment that is released to.",
    stale: ["actions/deploy/action.yml", "actions/deploy/README.md", "action.yml"],
  },
  {
    what: "a permission in a reusable workflow",
    file: ".github/workflows/watch.yml",
    from: "deployments: write",
    to: "issues: write",
    stale: ["docs/workflows.md"],
  },
  {
    what: "a generated file that somebody edited",
    file: "actions/plan/action.yml",
    from: "using: node24",
    to: "using: node20",
    stale: ["actions/plan/action.yml"],
  },
];

for (const { what, file, from, to, stale } of changes) {
  test(`${what}: the check fails and names what to generate again`, () => {
    const original = tree.read(file);
    assert.ok(original.includes(from), `${file} does not hold ${from} any more; change another place here`);
    tree.write(file, original.replace(from, to));
    try {
      const { code, stderr } = generate("--check");
      assert.equal(code, 1, stderr);
      for (const name of stale) assert.ok(stderr.includes(name), `${name} is not in: ${stderr}`);
      assert.match(stderr, /npm run generate/);
      assert.equal(tree.read(file), original.replace(from, to), "the check writes nothing");
    } finally {
      tree.write(file, original);
    }
  });
}

test("generating mends what the check complains about", () => {
  tree.write("actions/plan/README.md", "gone\n");
  assert.equal(generate("--check").code, 1);
  assert.equal(generate().code, 0);
  assert.equal(generate("--check").code, 0);
});
