import assert from "node:assert/strict";
import { test } from "node:test";
import * as z from "zod";
import { flag, metaOf, secret, text } from "../../src/runner/input.ts";

test("a secret stays one, however its field is wrapped: what is not known as a secret is not masked", () => {
  const fields = [
    secret("A token."),
    secret("A token.").optional(),
    secret("A token.").prefault("none-given"),
    secret("A token.").default("none-given"),
    secret("A token.").optional().meta({ default: "${{ github.token }}" }),
    secret("A token.").meta({ default: "${{ github.token }}" }).optional(),
  ];
  for (const field of fields) assert.equal(metaOf(field)["secret"], true);
});

test("a field that says nothing is no secret", () => {
  for (const field of [text("A text."), flag("A switch.").prefault("false"), z.string(), z.string().optional()])
    assert.equal(metaOf(field)["secret"], undefined);
});
