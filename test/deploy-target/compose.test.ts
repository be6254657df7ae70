import assert from "node:assert/strict";
import { test } from "node:test";
import type { Outcome, Production } from "../../src/deploy-target.ts";
import { missingForHosts } from "../../src/rehearsal/host-twin.ts";
import { fleet } from "./host-fleet.ts";

const skip = missingForHosts() ?? false;

function applied(outcome: Outcome): Production {
  assert.ok(outcome.outcome === "applied", JSON.stringify(outcome));
  return outcome.production;
}

const weightsIn = ({ serving }: Production) =>
  Object.fromEntries(serving.map(({ version, weight }) => [version, weight]));

test("a release to a compose host: staged without traffic, raised share by share, and back", { skip }, async () => {
  await using hosts = await fleet();
  const {
    target,
    hosts: [host],
  } = hosts;
  assert.ok(host !== undefined);
  assert.deepEqual(await target.findings?.({ shares: [100] }), []);
  const v1 = hosts.commit("fine");
  await hosts.stage(v1);
  assert.deepEqual(weightsIn(await target.observe()), { [v1]: 0 });
  applied(await target.restore({ to: v1 }));
  assert.equal(await (await fetch(host.production)).text(), v1);

  const v2 = hosts.commit("fine too");
  const before = await target.observe();
  const url = await hosts.stage(v2, { COLOUR: "it's $blue" });
  const staged = await target.observe();
  assert.equal(staged.generation, before.generation, "staging moves no traffic");
  assert.deepEqual(weightsIn(staged), { [v1]: 100, [v2]: 0 });
  assert.equal(await (await fetch(url)).text(), v2);
  const env = await (await fetch(`${await target.address(v2)}/env`)).text();
  assert.match(env, /"COLOUR":"it's \$blue"/);
  assert.equal(await hosts.stage(v2), url, "staging again is the same version");

  let { generation } = staged;
  for (const weight of [5, 25, 100]) {
    const production = applied(await target.shift({ candidate: v2, stable: v1, weight, ifGeneration: generation }));
    assert.notEqual(production.generation, generation);
    assert.deepEqual(production, await target.observe());
    assert.deepEqual(weightsIn(production), { [v1]: 100 - weight, [v2]: weight });
    generation = production.generation;
  }
  const late = await target.shift({ candidate: v2, stable: v1, weight: 5, ifGeneration: staged.generation });
  assert.ok(late.outcome === "not-applied" && late.reason === "generation-differs");

  assert.deepEqual(await target.cleanup([]), [], "the way back stays");
  const back = applied(await target.restore({ to: v1, ifGeneration: generation }));
  assert.deepEqual(weightsIn(back), { [v1]: 100, [v2]: 0 });
  assert.equal((await target.health(v1)).healthy, true);
  assert.deepEqual(
    (await target.history?.())?.map(({ version }) => version),
    [v2, v1],
  );
  assert.deepEqual(await target.cleanup([]), [v2]);
  assert.deepEqual(weightsIn(await target.observe()), { [v1]: 100 });
});
