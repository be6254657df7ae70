import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createMasks } from "../../../src/rehearsal/workflow/mask.ts";

describe("masks", () => {
  it("hide every secret, the longest first, and what is added later", () => {
    const masks = createMasks(["key", "key-of-mona", ""]);
    assert.equal(masks.hide("a key-of-mona, a key, none"), "a ***, a ***, none");
    masks.add("none");
    assert.equal(masks.hide("none"), "***");
    assert.ok(masks.finds("monkey"));
    assert.ok(!masks.finds("nothing"));
  });

  it("hide each line of a secret, and the secret with its ends trimmed", () => {
    const masks = createMasks(["first line\r\n\r\nsecond line\n"]);
    assert.equal(masks.hide("[first line] [second line]"), "[***] [***]");
  });

  for (const user of ["u", "us", "use", "x-access-token"]) {
    it(`hide the secret in the basic credentials of '${user}'`, () => {
      const secret = "correct horse battery";
      const basic = Buffer.from(`${user}:${secret}`).toString("base64");
      const shown = createMasks([secret]).hide(basic);
      assert.match(shown, /\*\*\*$/);
      assert.ok(!Buffer.from(shown, "base64").toString("latin1").includes("horse"));
    });
  }
});
