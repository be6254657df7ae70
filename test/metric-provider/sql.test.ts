import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import pg from "pg";
import { InputError, ProviderError } from "../../src/failure.ts";
import { type SqlConfig, sqlProvider } from "../../src/metric-provider/sql.ts";
import type { Ports } from "../../src/ports.ts";
import { startPostgres } from "../../src/rehearsal/postgres.ts";
import { realPorts, told } from "./real-part.ts";

const masked: string[] = [];
const log = () => undefined;
const ports: Ports = {
  ...realPorts(),
  random: Math.random,
  log: { info: log, notice: log, warn: log, error: log },
  mask: (secret) => void masked.push(secret),
};
const window = { from: Date.parse("2026-01-01T10:00:00Z"), to: Date.parse("2026-01-01T10:01:00Z") };

const directory = await mkdtemp(path.join(tmpdir(), "sluice-sql-metric-"));
const postgres = await startPostgres({ directory });
after(async () => {
  await postgres.stop();
  await rm(directory, { recursive: true, force: true });
});
const client = new pg.Client({ connectionString: postgres.url });
await client.connect();
await client.query(`create table jobs (version text, at timestamptz, failed boolean);
    insert into jobs values
      ('v2', '2026-01-01T09:59:59Z', true), ('v2', '2026-01-01T10:00:00Z', true), ('v2', '2026-01-01T10:00:30Z', false),
      ('v2', '2026-01-01T10:00:59Z', false), ('v2', '2026-01-01T10:01:00Z', true), ('v1', '2026-01-01T10:00:30Z', true)`);
await client.end();

const open = (config: Partial<SqlConfig>) => sqlProvider({ database: postgres.url, ...config }, ports);
const measure = (config: Partial<SqlConfig>, version = "v2") => open(config).measure(window, { version });

test("counts of one version inside the window, its end left to the next look", async () => {
  const counts = `select count(*) filter (where failed) as bad, count(*) as total from jobs
    where version = $version and at >= $from and at < $to`;
  assert.equal(told(await measure({ counts })), "counts 1/3");
  assert.equal(told(await measure({ counts }, "v1'; drop table jobs; --")), "counts 0/0");
});

test("totals that only ever grow: the first look remembers, the next one compares, and a reset says nothing", async () => {
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  await client.query("create table tally (bad int, total int); insert into tally values (3, 100)");
  const { measure: look } = open({ totals: "select bad, total from tally" });
  const seen = async () => told(await look(window, { version: "v2" }));
  assert.match(await seen(), /first-look/);
  await client.query("update tally set bad = 5, total = 140");
  assert.equal(await seen(), "counts 2/40");
  await client.query("update tally set bad = 0, total = 1");
  assert.match(await seen(), /counter-reset/);
  await client.end();
});

test("the questions about PostgreSQL itself that the documentation has are answered", async () => {
  const page = await readFile(new URL("../../docs/metrics.md", import.meta.url), "utf8");
  const asked = [...page.matchAll(/(value|totals): "?(select [^\n"]*pg_stat_[^\n"]*)/g)];
  assert.equal(asked.length, 3);
  for (const [, kind = "", query = ""] of asked)
    assert.match(told(await measure({ [kind]: query })), kind === "value" ? /^value / : /first-look/, query);
});

test("one number is a value", async () => {
  assert.equal(told(await measure({ value: "select count(*) from jobs" })), "value 6");
  assert.equal(told(await measure({ value: "select 0.25::numeric" })), "value 0.25");
});

const odd: readonly (readonly [string, string, string])[] = [
  ["no row", "select 1 where false", "no-series"],
  ["two rows", "select * from generate_series(1, 2)", "ambiguous"],
  ["two columns", "select 1 as a, 2 as b", "odd-number"],
  ["null", "select null::int", "odd-number"],
  ["NaN", "select 'NaN'::float8", "odd-number"],
  ["an infinity", "select 'Infinity'::float8", "odd-number"],
  ["a negative number", "select -1", "odd-number"],
  ["a text with a unit", "select '12 MB'", "odd-number"],
  ["an empty text", "select ''", "odd-number"],
  ["a list", "select array[]::int[]", "odd-number"],
];
for (const [name, value, reason] of odd)
  test(`${name} is no data`, async () => assert.equal(told(await measure({ value })), reason));

test("a slow query is ended, and is no data", async () => {
  assert.equal(told(await measure({ value: "select count(*) from pg_sleep(30)", within: 100 })), "late");
});

const refused = [
  "insert into jobs values (null, null, null) returning 1",
  "select 1; drop table jobs",
  "commit; drop table jobs",
  "select nonsense from jobs",
  "selec 1",
];
for (const value of refused)
  test(`\`${value}\` is refused, and changes nothing`, async () => {
    await assert.rejects(measure({ value }), ProviderError);
    assert.equal(told(await measure({ value: "select count(*) from jobs" })), "value 6");
  });

test("a server that is away is no data; a refused login is an error; the password is masked", async () => {
  const away = new URL(postgres.url);
  away.port = "1";
  assert.equal(told(await measure({ value: "select 1", database: away.href })), "unreachable");
  const stranger = new URL(postgres.url);
  stranger.password = "other";
  await assert.rejects(measure({ value: "select 1", database: stranger.href }), ProviderError);
  assert.ok(masked.includes("other"));
});

test("counts without their window are refused: every look would count the same events", () => {
  assert.throws(() => open({ counts: "select 0 as bad, 1 as total" }), InputError);
});
