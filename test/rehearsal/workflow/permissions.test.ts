import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { loadOwnCallGraph } from "../../../src/rehearsal/workflow/call-graph.ts";
import { excess, neededPermissions, permissionScopes, unionOf } from "../../../src/rehearsal/workflow/permissions.ts";
import { type Files, mainWorkflow, smallWorld } from "./small-world.ts";

const body = "runs-on: x, steps: [{ run: echo ran }]";

/** A consumer that calls release, which calls rollback. */
function chain(granted: string, release: string, rollback: string): readonly [Files, Files] {
  return [
    mainWorkflow(`
on: push
permissions: {}
jobs:
  first: { ${body} }
  release: { needs: first, if: false, permissions: ${granted}, uses: acme/toolkit/.github/workflows/release.yml@v1 }
`),
    {
      ".github/workflows/release.yml": `on: workflow_call\njobs:\n  back: { ${release}uses: $/.github/workflows/back.yml }\n`,
      ".github/workflows/back.yml": `on: workflow_call\njobs:\n  write: { permissions: ${rollback}, ${body} }\n`,
    },
  ];
}

describe("permissions", () => {
  it("a callee that asks for more than its caller grants refuses the run before any job, whatever the conditions", async () => {
    using world = smallWorld(...chain("{ contents: read }", "", "{ contents: read, deployments: write }"));
    let begun = 0;
    await assert.rejects(
      world.rehearse({ onEvent: () => begun++ }),
      /Error calling workflow '\$\/\.github\/workflows\/back\.yml'\. The nested job 'write' is requesting 'deployments: write', but is only allowed 'deployments: none'\./,
    );
    assert.equal(begun, 0);
  });

  it("a job in the middle of the chain bounds what is below it", async () => {
    using world = smallWorld(
      ...chain("{ contents: write }", "permissions: { contents: read }, ", "{ contents: write }"),
    );
    await assert.rejects(world.rehearse(), /requesting 'contents: write', but is only allowed 'contents: read'/);
  });

  it("a callee's own top bounds nothing its jobs declare, but may not exceed the caller either", async () => {
    using world = smallWorld(
      mainWorkflow("on: push\npermissions: {}\njobs:\n  a: { uses: ./.github/workflows/b.yml }\n"),
      {},
    );
    using other = smallWorld({
      ...mainWorkflow("on: push\npermissions: {}\njobs:\n  a: { uses: ./.github/workflows/b.yml }\n"),
      ".github/workflows/b.yml": `on: workflow_call\npermissions: { issues: write }\njobs:\n  b: { permissions: {}, ${body} }\n`,
    });
    await assert.rejects(world.rehearse(), /There is no workflow file/);
    await assert.rejects(
      other.rehearse(),
      /The workflow is requesting 'issues: write', but is only allowed 'issues: none'/,
    );
  });

  it("each job's token holds exactly its own", async () => {
    using world = smallWorld({
      ...mainWorkflow(`
on: push
permissions: { contents: read, issues: write }
jobs:
  own: { permissions: { checks: write }, ${body} }
  none: { permissions: {}, ${body} }
  default: { ${body} }
  call: { permissions: { contents: write, checks: write }, uses: ./.github/workflows/b.yml }
`),
      ".github/workflows/b.yml": `on: workflow_call\njobs:\n  all: { ${body} }\n  some: { permissions: { contents: read }, ${body} }\n`,
    });
    const run = await world.rehearse();
    assert.deepEqual(run.tokens, {
      own: { checks: "write" },
      none: {},
      default: { contents: "read", issues: "write" },
      "call / all": { contents: "write", checks: "write" },
      "call / some": { contents: "read" },
    });
    const fork = await world.rehearse({ readOnlyToken: true });
    assert.deepEqual(fork.tokens["call / all"], { contents: "read", checks: "read" });
  });

  it("a file that declares none gets the repository's default", async () => {
    using world = smallWorld(mainWorkflow(`on: push\njobs:\n  a: { ${body} }\n`));
    assert.deepEqual((await world.rehearse()).tokens["a"], { contents: "read", packages: "read" });
    const wide = await world.rehearse({ defaultPermissions: { contents: "write" } });
    assert.deepEqual(wide.tokens["a"], { contents: "write" });
  });

  it("what a caller must grant is the union of everything below", async () => {
    using world = smallWorld(
      {},
      {
        ".github/workflows/release.yml": `
on: workflow_call
permissions: {}
jobs:
  plan: { permissions: { contents: read }, ${body} }
  back: { permissions: { deployments: read, issues: read }, uses: $/.github/workflows/back.yml }
`,
        ".github/workflows/back.yml": `on: workflow_call\njobs:\n  write: { permissions: { contents: write, issues: read }, ${body} }\n`,
      },
    );
    const node = await loadOwnCallGraph(world.toolkit, "acme/toolkit", ".github/workflows/release.yml");
    assert.deepEqual(neededPermissions(node), { contents: "write", deployments: "read", issues: "read" });
  });

  it("write covers read, and nothing covers write", () => {
    assert.deepEqual(
      excess({ contents: "read", issues: "write", checks: "read" }, { contents: "write", issues: "read" }),
      ["issues", "checks"],
    );
    assert.deepEqual(unionOf([{ a: "write" }, { a: "read", b: "read" }]), { a: "write", b: "read" });
    assert.ok(permissionScopes.includes("deployments"));
  });
});
