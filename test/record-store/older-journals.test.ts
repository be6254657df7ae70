import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fold } from "../../src/record/fold.ts";
import { type Entry, emptyRecord, entrySchema } from "../../src/record.ts";
import { parseRecord } from "../../src/record-store/journal-commit.ts";
import { admit } from "../../src/release/admit.ts";
import { decide } from "../../src/release.ts";
import { seeing } from "../proof/release-journal.ts";

// A release may wait for days while its team takes a newer Sluice: each file was written by the code of its day.
const folder = path.resolve(import.meta.dirname, "../data/journals");

for (const file of readdirSync(folder)) {
  const text = readFileSync(path.join(folder, file), "utf8");
  const written = JSON.parse(text) as { readonly entries: unknown[]; readonly record: unknown };
  const record = () => parseRecord("production", "a".repeat(40), JSON.stringify(written.record), "github");

  test(`${file}: its record is read, and its release goes on where it stands`, () => {
    const { release } = record();
    assert.deepEqual([release?.id, release?.traffic?.weight], [7, 5]);
    const observation = seeing("g2", "old 95, new 5");
    assert.equal(decide(record(), observation, 20).do, "judge");
    const abort = { reason: "cancelled", message: "The run was cancelled." };
    const back = decide(record(), { ...observation, abort }, 20);
    assert.equal(back.do === "restore" && back.to, "old");
    assert.equal(admit(record(), { release: 7, attempt: 2, commit: "c".repeat(40) }).admit, "resume");
  });

  test(`${file}: its entries are read, and come to the same record today`, () => {
    const entries: Entry[] = written.entries.map((entry) => entrySchema.parse(entry));
    assert.deepEqual(entries.reduce(fold, emptyRecord("production")), record());
  });
}

const newest = () => {
  const [file = ""] = readdirSync(folder).slice(-1);
  return (JSON.parse(readFileSync(path.join(folder, file), "utf8")) as { readonly record: object }).record;
};
const unread = (record: object): string => {
  try {
    parseRecord("production", "a".repeat(40), JSON.stringify(record), "github");
  } catch (problem) {
    return String(problem);
  }
  return "it was read";
};

test("a record that a newer Sluice wrote blocks, and nobody is told to put an older one in its place", () => {
  for (const [changes, what] of [
    [{ version: 2 }, /it has version 2, so a newer Sluice wrote it/],
    [{ sealed: true }, /it holds \["sealed"\], which this version does not know/],
  ] as const) {
    const told = unread({ ...newest(), ...changes });
    assert.match(told, what);
    assert.match(told, /Nothing moves until it can; use that one again .*, and restore nothing: the record is whole/);
  }
  for (const broken of [{ ...newest(), entries: "many", sealed: true }, { version: 1 }, { version: "2" }])
    assert.match(unread(broken), /has not the shape of a record\. .* restore the last good commit/);
});
