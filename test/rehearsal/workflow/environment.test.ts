import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { mainWorkflow, smallWorld } from "./small-world.ts";

const show =
  'env: { KEY: "${{ secrets.KEY }}", TOP: "${{ secrets.TOP }}", WHERE: "${{ vars.WHERE }}" }, run: \'echo "key ${#KEY} top ${#TOP} where $WHERE"\'';

describe("a job's environment", () => {
  it("brings its secrets and variables, over the repository's", async () => {
    using world = smallWorld(
      mainWorkflow(`
on: push
jobs:
  in: { environment: { name: "\${{ github.ref_name }}-site", deployment: false, url: "https://\${{ vars.WHERE }}" }, runs-on: x, steps: [{ ${show} }] }
  short: { environment: production, runs-on: x, steps: [{ ${show} }] }
  out: { environment: "", runs-on: x, steps: [{ ${show} }] }
  new: { environment: unknown, runs-on: x, steps: [{ ${show} }] }
`),
    );
    const run = await world.rehearse({
      secrets: { TOP: "top-secret" },
      vars: { WHERE: "nowhere" },
      environments: {
        "main-site": { secrets: { KEY: "site-key", TOP: "site-top-secret" }, vars: { WHERE: "site" } },
        production: { secrets: { KEY: "production-key" } },
      },
    });
    assert.match(run.log("in"), /^key 8 top 15 where site$/m);
    assert.match(run.log("short"), /^key 14 top 10 where nowhere$/m);
    assert.match(run.log("out"), /^key 0 top 10 where nowhere$/m);
    assert.match(run.log("new"), /^key 0 top 10/m);
    const environments = run.events.filter((event) => event.type === "environment");
    assert.deepEqual(environments.map(({ job, name, deployment }) => [job, name, deployment]).sort(), [
      ["in", "main-site", false],
      ["new", "unknown", true],
      ["short", "production", true],
    ]);
    assert.ok(run.events.some((event) => event.type === "environment-url" && event.url === "https://site"));
  });

  it("that a reviewer rejects fails the job before any step", async () => {
    using world = smallWorld(
      mainWorkflow(`on: push\njobs:\n  a: { environment: production, runs-on: x, steps: [{ run: echo no }] }\n`),
    );
    const run = await world.rehearse({ environments: { production: { approve: false } } });
    assert.equal(run.result("a"), "failure");
    assert.deepEqual(run.tokens, {});
    assert.match(run.annotations[0]?.message ?? "", /rejected the environment 'production'/);
  });

  it("gives its secrets to a called workflow only under the names passed to it, or when all are inherited", async () => {
    const called = `
on: { workflow_call: { secrets: { KEY: {}, TOP: {} } } }
jobs:
  deploy: { environment: production, runs-on: x, steps: [{ ${show} }] }
`;
    using world = smallWorld({
      ...mainWorkflow(`
on: push
jobs:
  named: { uses: ./.github/workflows/c.yml, secrets: { KEY: "\${{ secrets.KEY }}" } }
  unnamed: { uses: ./.github/workflows/c.yml }
  inherited: { uses: ./.github/workflows/c.yml, secrets: inherit }
`),
      ".github/workflows/c.yml": called,
    });
    const run = await world.rehearse({
      secrets: { TOP: "top-secret" },
      environments: { production: { secrets: { KEY: "production-key" } } },
    });
    assert.match(run.log("named / deploy"), /^key 14 top 0/m);
    assert.match(run.log("unnamed / deploy"), /^key 0 top 0/m);
    assert.match(run.log("inherited / deploy"), /^key 14 top 10/m);
  });
});
