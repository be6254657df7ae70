import assert from "node:assert/strict";
import { test } from "node:test";
import { InputError } from "../src/failure.ts";
import { looksSecret, readVariables, variablesOf } from "../src/variables.ts";

test("dotenv lines: quotes, comments, blanks and several lines in quotes", () => {
  const text = "# the shop\nA=1\n\nB = two words \nexport C='three # no comment'\nD=\"first\nsecond\"\nEMPTY=\n";
  assert.deepEqual(readVariables(text), { A: "1", B: "two words", C: "three # no comment", D: "first\nsecond" });
  assert.deepEqual(readVariables(undefined), {});
  assert.deepEqual(readVariables(""), {});
});

for (const [text, line] of [
  ["A=1\nmy-very-secret-token\n", 2],
  ["postgres://app:hunter22@db/shop", 1],
  ["A=1\nB C=2", 2],
] as const) {
  test(`line ${line} of ${JSON.stringify(text.slice(0, 12))}… is refused by its number and not shown`, () => {
    assert.throws(
      () => readVariables(text),
      (problem) =>
        problem instanceof InputError &&
        problem.message.includes(`Line ${line} `) &&
        !/secret-token|hunter22|B C/.test(problem.message),
    );
  });
}

test("a quote that is never closed is refused: it would swallow the variables after it", () => {
  assert.throws(() => readVariables('A="one\nB=2\n'), InputError);
});

test("secrets win over variables of the same name, and only they are masked", () => {
  const masked: string[] = [];
  const variables = variablesOf(
    {
      runbookVars: "TOKEN=from-the-variables\nAPP_URL=https://shop.example\n",
      runbookEnv: "TOKEN=from-the-secrets\nDEBUG=true\n",
      databaseUrl: "postgres://app:hunter22@db/shop",
    },
    { mask: (secret) => masked.push(secret) },
  );
  assert.deepEqual(variables, {
    TOKEN: "from-the-secrets",
    APP_URL: "https://shop.example",
    DEBUG: "true",
    DATABASE_URL: "postgres://app:hunter22@db/shop",
  });
  assert.deepEqual(masked, ["from-the-secrets", "postgres://app:hunter22@db/shop"]);
});

test("a secret with an input of its own wins over a line of the same name, and keeps its lines", () => {
  const masked: string[] = [];
  const key = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1r\n-----END OPENSSH PRIVATE KEY-----";
  const variables = variablesOf(
    {
      runbookEnv: "VERCEL_TOKEN=old-one\nADMIN_TOKEN=mine\n",
      vercelToken: "vcp_new",
      renderApiKey: "rnd_key",
      sshKey: key,
      sentryAuthToken: "sntrys_token",
    },
    { mask: (secret) => masked.push(secret) },
  );
  assert.deepEqual(variables, {
    ADMIN_TOKEN: "mine",
    VERCEL_TOKEN: "vcp_new",
    RENDER_API_KEY: "rnd_key",
    SSH_KEY: key,
    SENTRY_AUTH_TOKEN: "sntrys_token",
  });
  assert.deepEqual(masked.toSorted(), Object.values(variables).toSorted());
});

test("what looks like a secret", () => {
  const secret = [
    "hunter22",
    "postgres://app:pass@db/shop",
    "https://token@host/x",
    "https://host/x?sig=abc",
    "https://hooks.example/services/T0/B0/x",
  ];
  const ordinary = ["true", "false", "8080", "1.5", "https://shop.example/", "http://127.0.0.1:4000"];
  assert.deepEqual(secret.filter(looksSecret), secret);
  assert.deepEqual(ordinary.filter(looksSecret), []);
});
