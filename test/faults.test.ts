import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";

const root = path.resolve(import.meta.dirname, "..");
const read = (file: string) => readFileSync(path.join(root, file), "utf8");

interface Row {
  readonly id: string;
  /** Test files, or why there is none yet. */
  readonly proof: string;
}

const rows: readonly Row[] = read("docs/faults.md")
  .split("\n")
  .flatMap((line) => {
    const [, id, , , proof] = line.split("|").map((cell) => cell.trim());
    return id !== undefined && proof !== undefined && /^[FB]\d\d$/.test(id) ? [{ id, proof }] : [];
  });
const filesIn = (proof: string): readonly string[] =>
  [...proof.matchAll(/`(test\/[^`]+\.test\.ts)`/g)].map(([, file = ""]) => file);

/** Ids with which the name of a test begins, such as `F09, F12: hit in front of ...`. */
function idsIn(file: string): ReadonlySet<string> {
  const names = read(file).matchAll(/(?:\btest\(\s*|^\s*)["`]((?:[A-Z]\d\d[ ,:]+)+)/gm);
  return new Set([...names].flatMap(([, ids = ""]) => ids.match(/[FB]\d\d/g) ?? []));
}

test("every fault F01 to F42 and every odd answer B74 to B88 has one row", () => {
  const numbered = (letter: string, from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, number) => `${letter}${String(from + number).padStart(2, "0")}`);
  assert.deepEqual(
    rows.map(({ id }) => id),
    [...numbered("F", 1, 42), ...numbered("B", 74, 88)],
  );
});

for (const { id, proof } of rows)
  test(`the row ${id} names tests whose names begin with it, or says that it is open`, () => {
    const files = filesIn(proof);
    if (files.length === 0) assert.match(proof, /^open: .{20}/);
    for (const file of files) assert.ok(idsIn(file).has(id), `${file} has no test whose name begins with ${id}`);
  });

test("every test that names a fault stands in the fault's row", () => {
  const listed = new Set(rows.flatMap(({ id, proof }) => filesIn(proof).map((file) => `${id} ${file}`)));
  const found = globSync("test/**/*.test.ts", { cwd: root })
    .map((file) => file.split(path.sep).join("/"))
    .flatMap((file) => [...idsIn(file)].map((id) => `${id} ${file}`))
    .filter((entry) => rows.some(({ id }) => entry.startsWith(`${id} `)));
  assert.deepEqual(
    found.filter((entry) => !listed.has(entry)),
    [],
  );
});
