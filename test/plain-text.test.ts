import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { markdownText, plainText } from "../src/plain-text.ts";
import { readCommand } from "../src/rehearsal/workflow/command.ts";

/** Pieces from which orders to a terminal or a runner are made, in any order. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "::",
        "##[",
        "error",
        "]",
        "\n",
        "\r",
        "\r\n",
        " ",
        "\t",
        "\u001b[31m",
        "\u001b]0;x\u0007",
        "\u0000",
      ),
      fc.constantFrom("::set-output name=a::b", "::add-mask::x", "\u202e", "\u2066", "\u0085", "\u001b[", "#", "["),
      fc.string({ maxLength: 5 }),
    ),
    { maxLength: 30 },
  )
  .map((pieces) => pieces.join(""));

test("no text becomes an order to the runner", () => {
  fc.assert(
    fc.property(hostile, (text) => {
      for (const line of plainText(text).split("\n")) {
        assert.equal(readCommand(line), undefined);
        assert.doesNotMatch(line, /^\s*::/);
        assert.doesNotMatch(line, /##\[/);
      }
    }),
  );
});

test("no text moves a cursor, rings a bell or turns its direction", () => {
  fc.assert(
    fc.property(hostile, (text) => {
      assert.doesNotMatch(plainText(text), /[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069]/u);
    }),
  );
});

test("what is plain already stays as it is", () => {
  fc.assert(fc.property(hostile, (text) => assert.equal(plainText(plainText(text)), plainText(text))));
  const ordinary = "p95 = 212 ms (limit <= 250 ms), 5 % of traffic\n  at file.ts:3::4 [ok] # done\tüber";
  assert.equal(plainText(ordinary), ordinary);
});

test("a hostile line can still be read by a person", () => {
  assert.equal(plainText("  ::error file=x::boo"), "· ::error file=x::boo");
  assert.equal(plainText("all good ##[error]boo"), "all good ## [error]boo");
  assert.equal(plainText("\u001b[31mred\u001b[0m\rnext"), "red\nnext");
});

const cases: readonly (readonly [string, string, string])[] = [
  ["HTML", '<img src=x onerror="a()">', '&lt;img src=x onerror="a()"&gt;'],
  ["a mention", "thanks @octo-org/team", "thanks @\u200bocto-org/team"],
  ["an issue reference", "fixes #12", "fixes #\u200b12"],
  ["a link", "[here](https://evil.example)", "\\[here\\](https:\u200b//evil.example)"],
  ["a bare link", "see www.evil.example", "see www\u200b.evil.example"],
  ["a table cell", "a | b", "a \\| b"],
  ["a code fence", "x\n```js\ny", "x \\`\\`\\`js y"],
  ["emphasis", "**bold** _it_ ~no~", "\\*\\*bold\\*\\* \\_it\\_ \\~no\\~"],
  ["a heading", "# Approved", "\\# Approved"],
  ["a list", "- item", "\\- item"],
  ["a numbered list", "1. item", "1\\. item"],
  ["the line under a heading", "\n\n===", "\\==="],
  ["an entity", "&lt;b&gt;", "&amp;lt;b&amp;gt;"],
];
for (const [what, text, shown] of cases) {
  test(`in Markdown ${what} is only text`, () => assert.equal(markdownText(text), shown));
}

test("Markdown text is one line without tags, whatever comes in", () => {
  fc.assert(fc.property(hostile, (text) => assert.doesNotMatch(markdownText(text), /[\n<>]|(?<!\\)[`|[\]]/)));
});
