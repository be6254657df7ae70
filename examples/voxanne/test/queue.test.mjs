import assert from "node:assert/strict";
import { test } from "node:test";
import { queueOf } from "../app/queue.mjs";

test("the queue of an organization is told by status", async () => {
  const database = { query: async () => ({ rows: [{ status: "waiting", jobs: 3 }] }) };
  assert.deepEqual(await queueOf(database), { queue: [{ status: "waiting", jobs: 3 }] });
});
