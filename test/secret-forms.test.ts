import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { secretForms } from "../src/secret-forms.ts";

test("a token is masked as it is, in base64url and in hexadecimal", () => {
  const forms = secretForms("ghs_0123456789");
  assert.ok(forms.includes("ghs_0123456789"));
  assert.ok(forms.includes(Buffer.from("ghs_0123456789").toString("base64url")));
  assert.ok(forms.includes(Buffer.from("ghs_0123456789").toString("hex")));
});

test("of a secret with several lines every line is masked: logs are written line by line", () => {
  const forms = secretForms("-----BEGIN KEY-----\nMIIEvQIBADANBgkq\r\nhkiG9w0BAQEF\n");
  for (const line of ["-----BEGIN KEY-----", "MIIEvQIBADANBgkq", "hkiG9w0BAQEF"]) assert.ok(forms.includes(line), line);
});

const addresses: readonly (readonly [string, readonly string[]])[] = [
  ["postgres://app:p%40ss%2Fw0rd@db:5432/shop", ["p%40ss%2Fw0rd", "p@ss/w0rd", "app:p%40ss%2Fw0rd"]],
  ["DATABASE=postgres://app:hunter22@db/shop\nOTHER=redis://:queue-pass@cache", ["hunter22", "queue-pass"]],
  ["postgres://app:raw@sign-in-it@db/shop", ["raw@sign-in-it"]],
  ["https://user:100%sure@host", ["100%sure"]],
];
for (const [address, expected] of addresses) {
  test(`the password of ${address.slice(0, 24)}… is masked as written and as decoded`, () => {
    const forms = secretForms(address);
    for (const form of expected) assert.ok(forms.includes(form), `${form} is not among ${forms.join(", ")}`);
  });
}

test("a driver may print the decoded password of any address: it is always masked", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 6, unit: "grapheme-ascii" }), (password) => {
      fc.pre(password.trim() === password);
      const forms = secretForms(`postgres://app:${encodeURIComponent(password)}@127.0.0.1:5432/shop`);
      assert.ok(forms.includes(password));
    }),
  );
});

test("what is too short to be a secret is not masked: the log would be unreadable", () => {
  assert.deepEqual(secretForms(""), []);
  assert.ok(!secretForms("A=1\nB=postgres://a:b@c").some((form) => form.length < 6));
});
