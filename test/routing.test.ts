import assert from "node:assert/strict";
import { test } from "node:test";
import { routingOf } from "../src/routing.ts";

const cases: readonly (readonly [string, unknown, "sticky" | "per-request" | undefined])[] = [
  ["Vercel keeps visitors", { vercel: { project: "prj_1" } }, "sticky"],
  ["the local router chooses per request", { local: {} }, "per-request"],
  ["HAProxy chooses per request", { compose: { haproxy: { backend: "app" } } }, "per-request"],
  ["unless its backend is sticky", { compose: { haproxy: { backend: "app", sticky: true } } }, "sticky"],
  ["Render divides nobody", { render: { service: "srv-1" } }, undefined],
  ["of a platform behind commands nothing is known", { command: {} }, undefined],
  ["of no target neither", undefined, undefined],
];
for (const [name, target, expected] of cases) {
  test(`how users are divided: ${name}`, () => {
    assert.equal(routingOf(target), expected);
  });
}
