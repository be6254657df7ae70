import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { parse, parseAllDocuments } from "yaml";
import * as z from "zod";
import { exitCodes } from "../src/exit-code.ts";
import { readWorkflow } from "../src/rehearsal/workflow/load.ts";
import { readRunbook } from "../src/runbook-file.ts";

const root = path.resolve(import.meta.dirname, "..");
const read = (file: string) => readFileSync(path.join(root, file), "utf8");
const pages = globSync(["*.md", "docs/**/*.md", "actions/*/README.md", "examples/*/README.md"], { cwd: root }).sort();

test("the README has the two commands, each one line that does everything", () => {
  const lines = read("README.md").split("\n");
  for (const command of ["npm ci && npm start", "npm ci && npm test"])
    assert.equal(lines.filter((line) => line === command).length, 1, command);
});

test("what continuous integration runs is the README's own test command", () => {
  assert.match(read(".ci/run"), /npm ci && npm test/);
  assert.match(read(".github/workflows/ci.yml"), /run: bash \.ci\/run/);
});

for (const page of pages) {
  test(`${page}: every link leads to a file`, () => {
    const links = [...read(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);
    const local = links.filter((link) => !/^(?:https?:|mailto:|#)/.test(link));
    const lost = local.filter((link) => !existsSync(path.join(root, path.dirname(page), link.replace(/#.*/, ""))));
    assert.deepEqual(lost, []);
  });
}

const snippets = pages.flatMap((page) =>
  [...read(page).matchAll(/^```ya?ml\n([\s\S]*?)^```/gm)].map(([, text = ""], index) => ({ page, index, text })),
);

test("every documented YAML snippet can be read, and a workflow or runbook among them is valid", async () => {
  assert.ok(snippets.length > 0);
  for (const { page, index, text } of snippets) {
    const place = `snippet ${index + 1} of ${page}`;
    const errors = parseAllDocuments(text).flatMap((document) => document.errors);
    assert.deepEqual(errors, [], place);
    if (/^on:/m.test(text)) await readWorkflow(place, text);
    if (/^runbook:/m.test(text)) assert.ok(readRunbook(text, place).ok, place);
    assert.doesNotMatch(text, /^\s*(?:- )?run:.*\$\{\{/m, place);
  }
});

const steps = z.array(z.looseObject({ uses: z.string(), with: z.record(z.string(), z.unknown()).default({}) }));
const metadata = z.object({ inputs: z.record(z.string(), z.object({ required: z.boolean() })) });

test("every documented step uses an action that exists, with inputs that it has", () => {
  for (const { page, index, text } of snippets) {
    const read_ = steps.safeParse(parse(text));
    for (const { uses, with: given } of read_.success ? read_.data : []) {
      const name = /^sluice-actions\/sluice\/actions\/([a-z-]+)@/.exec(uses)?.[1];
      if (name === undefined) continue;
      const { inputs } = metadata.parse(parse(read(`actions/${name}/action.yml`)));
      const unknown = Object.keys(given).filter((input) => inputs[input] === undefined);
      assert.deepEqual(unknown, [], `snippet ${index + 1} of ${page}`);
    }
  }
});

test("the example is a valid runbook", () => {
  for (const file of globSync("examples/*/.github/runbook*.yml", { cwd: root })) {
    const result = readRunbook(read(file), file);
    assert.ok(result.ok, JSON.stringify(result));
  }
});

const words = {
  fine: "fine",
  gateFailed: "gate failed",
  configuration: "configuration",
  outsideSystem: "outside system",
  ambiguous: "drift or ambiguous",
  held: "held",
} as const satisfies Record<keyof typeof exitCodes, string>;

test("the documented exit codes are the program's", () => {
  const text = read("README.md").replace(/\s+/g, " ");
  const [, list = ""] = /Exit codes: ([^.]+)\./.exec(text) ?? [];
  const documented = Object.fromEntries(
    [...list.matchAll(/(\d) ([a-z ]+)/g)].map(([, code, meaning = ""]) => [meaning.trim(), Number(code)]),
  );
  const expected = Object.entries(exitCodes).map(([name, code]) => [words[name as keyof typeof words], code] as const);
  assert.deepEqual(documented, Object.fromEntries(expected));
});

test("the documented secrets and variables are those of the workflows", () => {
  const page = read("docs/workflows.md");
  const used = new Set(
    globSync(".github/workflows/*.yml", { cwd: root }).flatMap((file) =>
      [...read(file).matchAll(/\b(?:secrets|vars)\.([A-Z_]+)/g)].map(([, name = ""]) => name),
    ),
  );
  const documented = [...page.matchAll(/^\| `([A-Z_]+)` \| (?:secret|variable) \|/gm)].map(([, name = ""]) => name);
  assert.deepEqual(documented.sort(), [...used].sort());
});

test("what only GitHub can confirm is asked by parity.yml and answered for in the documentation", () => {
  assert.ok(existsSync(path.join(root, ".github/workflows/parity.yml")));
  assert.match(read("docs/workflows.md"), /parity\.yml/);
});
