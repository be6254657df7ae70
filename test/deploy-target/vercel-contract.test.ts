import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import * as z from "zod";
import type { Exchange } from "../../src/rehearsal/vercel-twin/api-server.ts";
import { applied, commits, vercelScene } from "./vercel-scene.ts";

type JsonSchema = Parameters<typeof z.fromJSONSchema>[0];

interface Operation {
  readonly request?: JsonSchema;
  readonly query: readonly string[];
  readonly responses: Readonly<Record<string, JsonSchema>>;
}

/** Vercel's own description of the calls a release makes (test/data/SOURCES.md), newer versions of a path included. */
const { operations }: { operations: Readonly<Record<string, Operation>> } = JSON.parse(
  readFileSync(path.join(import.meta.dirname, "../data/vercel/api-slice.json"), "utf8"),
);

const compiled = Object.entries(operations).map(([name, operation]) => {
  const [method = "", where = ""] = name.split(" ");
  // A call is versioned in its path, and a newer version of it is the same call.
  const pattern = new RegExp(`^${where.replace(/^\/v\d+/, "/v\\d+").replaceAll(/\{\w+\}/g, "[^/]+")}$`);
  return { name, method, pattern, operation };
});

/** What Vercel's own command line sends for `--skip-domain` and the description leaves out. */
const undescribed = ["autoAssignCustomDomains"];

/** Every error of Vercel's: https://vercel.com/docs/rest-api/reference/errors */
const refusal: JsonSchema = {
  type: "object",
  required: ["error"],
  properties: {
    error: {
      type: "object",
      required: ["code", "message"],
      properties: { code: { type: "string" }, message: { type: "string" } },
    },
  },
};

function violations({ method, path: asked, query, sent, status, body }: Exchange): readonly string[] {
  const call = `${method} ${asked}`;
  const found = compiled.find((known) => known.method === method && known.pattern.test(asked));
  if (found === undefined) return [`${call} is not described`];
  const { operation } = found;
  const odd = [...new URLSearchParams(query).keys()].filter(
    (key) => !operation.query.includes(key) && !(key === "rollbackInfo" && /\/projects\/[^/]+$/.test(asked)),
  );
  const wrong = odd.map((key) => `${call}: the parameter ${key} is not described`);
  if (operation.request !== undefined && sent !== undefined && sent !== null) {
    const described = Object.fromEntries(Object.entries(sent).filter(([key]) => !undescribed.includes(key)));
    wrong.push(...problems(operation.request, Array.isArray(sent) ? sent : described, `${call} sends`));
  }
  const answer = operation.responses[String(status)];
  if (answer === undefined) wrong.push(`${call} answers ${status}, which is not described`);
  else if (body !== undefined) wrong.push(...problems(status < 300 ? answer : refusal, body, `${call} answers`));
  return wrong;
}

function problems(schema: JsonSchema, value: unknown, what: string): readonly string[] {
  const read = z.fromJSONSchema(schema).safeParse(value);
  return read.success ? [] : [`${what}: ${z.prettifyError(read.error)}`];
}

test("everything Sluice asks and everything the twin answers is as Vercel describes it", async () => {
  await using small = await vercelScene();
  const { target, twin, stable } = small;
  twin.variables.put({ key: "MODE", value: "old", type: "encrypted", target: ["production"] });
  await target.configure?.({ MODE: "new", TOKEN: "hunter2" });
  await target.unset?.(["TOKEN"]);
  await target.findings?.({ shares: [5, 25, 100] });
  const request = { directory: "/nowhere", env: {} };
  const { version: candidate } = await target.stage({ ...request, commit: commits.two, shares: [5, 25, 100] });
  await target.stage({ ...request, commit: commits.three, shares: [5, 25, 100] });
  let { generation } = await small.targetWith({ domain: undefined }).observe();
  for (const weight of [5, 25, 100])
    ({ generation } = applied(await target.shift({ candidate, stable, weight, ifGeneration: generation })));
  await target.history?.();
  applied(await target.restore({ to: stable }));
  assert.equal((await target.cleanup([])).length, 1);
  await assert.rejects(target.history?.("dpl_nobodyhasthisone") ?? Promise.resolve());
  const other = await target.shift({
    candidate: "dpl_nobodyhasthisone",
    stable,
    weight: 100,
    ifGeneration: generation,
  });
  assert.equal(other.outcome, "not-applied");
  twin.traffic.configure(undefined);
  const { version: next } = await target.stage({ ...request, commit: commits.two });
  ({ generation } = await target.observe());
  applied(await target.shift({ candidate: next, stable, weight: 100, ifGeneration: generation }));
  assert.deepEqual([...new Set(twin.exchanges.flatMap(violations))], []);
  const asked = new Set(
    twin.exchanges.flatMap(({ method, path: where }) =>
      compiled.flatMap((known) => (known.method === method && known.pattern.test(where) ? [known.name] : [])),
    ),
  );
  const never = compiled.flatMap(({ name }) => (asked.has(name) ? [] : [name]));
  assert.deepEqual(never, [], "every described call was made");
});

test("the comparison notices a wrong answer, a wrong body, an unknown parameter and an undescribed call", async () => {
  const exchange = { at: 0, query: "", sent: undefined, status: 200, method: "GET" };
  const rolling = "/v1/projects/p/rolling-release";
  for (const wrong of [
    { ...exchange, path: rolling, body: { rollingRelease: { state: "SIDEWAYS" } } },
    {
      ...exchange,
      method: "POST",
      path: `${rolling}/approve-stage`,
      sent: { nextStageIndex: "1", canaryDeploymentId: "d" },
    },
    { ...exchange, path: rolling, query: "?teamid=t", body: { rollingRelease: null } },
    { ...exchange, path: "/v9/projects/p/rollback/d" },
    { ...exchange, path: rolling, status: 404, body: { message: "not found" } },
  ])
    assert.ok(violations(wrong).length > 0, JSON.stringify(wrong));
});
