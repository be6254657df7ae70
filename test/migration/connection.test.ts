import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { InputError } from "../../src/failure.ts";
import { connectionFailure, parseDatabaseUrl } from "../../src/migration/connection.ts";
import { databaseVariables } from "../../src/migration/tool-environment.ts";
import { prismaEngine } from "../../src/migration-engine/prisma.ts";
import { quietPorts } from "./quiet-ports.ts";

const refused: readonly [title: string, url: string, said: RegExp][] = [
  ["another scheme", "mysql://u:p@db.example.org/app", /starts with mysql:.*DATABASE_URL/],
  ["a # in the password that is not encoded", "postgresql://u:p#word@db.example.org/app", /is not a URL|encode|%23/],
  ["a % that begins no encoded character", "postgresql://u:100%@db.example.org/app", /%25/],
  ["a transaction pooler's port", "postgresql://u:p@aws-0.pooler.supabase.com:6543/postgres", /session pooler.*5432/],
  ["no database", "postgresql://u:p@db.example.org", /names no database/],
  ["its password in the query", "postgresql://u@db.example.org/app?password=p@ss", /password behind the question mark/],
  [
    "another user in the query",
    "postgresql://u:p@ss@db.example.org/app?user=postgres",
    /user behind the question mark/,
  ],
  ["no scheme", "u:p@ss@db.example.org/app?schema=app", /expected postgresql/],
];

for (const [title, url, said] of refused)
  test(`B73: a database URL with ${title} is refused with what to write, and without its password`, () => {
    for (const read of [
      () => parseDatabaseUrl(url, "Applying migrations"),
      () => prismaEngine({ url, directory: "prisma/migrations" }, quietPorts()),
    ])
      assert.throws(
        read,
        (error) => error instanceof InputError && said.test(error.message) && !/p@ss|p#word|100%/.test(inspect(error)),
      );
  });

test("the address that a tool may have in its arguments holds no password, not that of the client's key either", () => {
  const url = "postgresql://u:p%2Bss@db.example.org/app?sslmode=verify-full&sslpassword=p%2Bss";
  const found = databaseVariables(parseDatabaseUrl(url, "Applying migrations"));
  assert.equal(found["DATABASE_ADDRESS"], "postgresql://u@db.example.org/app?sslmode=verify-full");
  assert.equal(found["PGPASSWORD"], "p+ss");
});

test("an @ in the password is read the way the driver reads it", () => {
  const { password, host } = parseDatabaseUrl("postgresql://u:p@ss@db.example.org/app", "Applying migrations");
  assert.deepEqual([password, host], ["p@ss", "db.example.org"]);
});

test("Supabase's direct address, which has no IPv4, is told to be reached by its session pooler", () => {
  const address = parseDatabaseUrl(
    "postgresql://postgres:p@db.abcdefghijklmnop.supabase.co/postgres",
    "Applying migrations",
  );
  for (const code of ["ENETUNREACH", "ENOTFOUND", "EHOSTUNREACH"]) {
    const { message } = connectionFailure(address, Object.assign(new Error("connect failed"), { code }));
    assert.match(message, /runners have no IPv6.*session pooler.*port 5432/);
  }
  const refused = connectionFailure(address, Object.assign(new Error("password"), { code: "28P01" }));
  assert.doesNotMatch(refused.message, /IPv6/);
});
