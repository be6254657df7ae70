import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryRecordStore } from "../../src/record-store/memory.ts";
import { appended, recordStoreConformance, started, verdict } from "./conformance.ts";

recordStoreConformance("memory", 200, async (scene) => {
  const store = memoryRecordStore();
  await scene({ open: () => store });
});

test("memory: every entry can be looked at, oldest first", async () => {
  const store = memoryRecordStore();
  const first = await appended(store, "production", await store.read("production"), started(7));
  await appended(store, "production", first, verdict(7, 5));
  assert.deepEqual(store.entries("production"), [started(7), verdict(7, 5)]);
  assert.deepEqual(store.entries("staging"), []);
});
