import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { concatenate, message, messageScanner } from "../../src/migration/wire.ts";

test("messages are found however their bytes are cut", () => {
  const messages = fc.array(fc.tuple(fc.constantFrom("D", "Z", "E", "C"), fc.uint8Array({ maxLength: 20 })));
  fc.assert(
    fc.property(messages, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (sent, cuts) => {
      const bytes = concatenate(sent.map(([type, body]) => message(type, body)));
      const scan = messageScanner();
      const found: string[] = [];
      for (let at = 0, i = 0; at < bytes.length; i++) {
        const cut = cuts[i % cuts.length] ?? 1;
        found.push(...scan(bytes.subarray(at, at + cut)));
        at += cut;
      }
      assert.deepEqual(
        found,
        sent.map(([type]) => type),
      );
    }),
  );
});
