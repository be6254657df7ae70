import assert from "node:assert/strict";
import { test } from "node:test";
import { expectedOf, listOfSample, sampleOf, toldOf } from "../../src/migration/sample.ts";

const table = (name: string, oid: number, megabytes: number) => ({
  name,
  rows: 1,
  hash: "1",
  oid,
  bytes: megabytes * 1_000_000,
});
const tables = [table("a", 1, 50), table("b", 2, 1), table("c", 3, 9)];
const namesOf = (some: readonly { readonly name: string }[] = []) => some.map(({ name }) => name).join(" ");

test("a sample has as many tables as fit, and there is none where all of them do", () => {
  const sizes: readonly (readonly [megabytes: number, taken: string, left: string])[] = [
    [0.5, "", "a c b"],
    [1, "b", "a c"],
    [10, "b c", "a"],
    [59.9, "b c", "a"],
  ];
  for (const [megabytes, taken, left] of sizes) {
    const sample = sampleOf(tables, megabytes * 1_000_000);
    assert.deepEqual([namesOf(sample?.tables), namesOf(sample?.left)], [taken, left], String(megabytes));
  }
  assert.equal(sampleOf(tables, 60_000_000), undefined);
  assert.equal(sampleOf([...tables, { name: "d", rows: 1, hash: "1" }], 1_000_000), undefined, "nobody knows its size");
});

const sample = sampleOf(tables, 10_000_000) ?? assert.fail("there is a sample");

test("of an archive's contents rows of the others, foreign keys and what is computed are left out", () => {
  const list = [
    "; Archive created at 2026-11-27",
    "200; 1259 1 TABLE public a app",
    "300; 0 1 TABLE DATA public a app",
    "301; 0 2 TABLE DATA public b TABLE DATA app",
    "302; 0 3 TABLE DATA public 0 1 TABLE DATA app",
    "303; 0 0 SEQUENCE SET public s app",
    "304; 2606 9 CONSTRAINT public a a_pkey app",
    "305; 2606 10 FK CONSTRAINT public b b_a_fkey app",
    "306; 0 11 MATERIALIZED VIEW DATA public m app",
    "307; 2613 12 BLOB - 12 app",
  ];
  const kept = listOfSample(list.join("\n"), sample).split("\n");
  assert.deepEqual(
    kept.map((line) => line.split(";")[0]),
    ["", "200", "301", "302", "303", "304"],
  );
});

test("what is compared and what is told say how far it goes", () => {
  const objects = { indexes: 2, constraints: 4 };
  const sequences = { "public.ids": { last: "7", grows: true } };
  const [shapes, largeObjects] = [
    { "constraint a_b of a": "0", "materialized view m": "0", "table a": "1" },
    { count: 1, hash: "1" },
  ];
  assert.deepEqual(expectedOf({ hashedBy: "columns", tables, objects, sequences, shapes, largeObjects }, sample), {
    hashedBy: "columns",
    tables: sample.tables,
    objects: { indexes: 2 },
    sequences: { "public.ids": { last: "7", grows: true } },
    shapes: { "table a": "1" },
  });
  assert.match(toldOf(sample), /without its foreign keys.* 2 of 3 tables \(10 MB of 60 MB\).* only, .*: a\.$/);
});
