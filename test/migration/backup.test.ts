import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, type TestContext, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { InputError, ProviderError } from "../../src/failure.ts";
import { type BackupOptions, backup, type UnverifiedManifest, verifyBackup } from "../../src/migration/backup.ts";
import { fingerprint } from "../../src/migration/fingerprint.ts";
import { archiveTools, chooseDumpTool, wasmMajor } from "../../src/migration/pg-dump.ts";
import { findPostgresBinaries, type PostgresBinaries } from "../../src/migration/postgres-binaries.ts";
import { startPostgresServer } from "../../src/migration/postgres-server.ts";
import { startPostgres } from "../../src/rehearsal/postgres.ts";
import { quietPorts } from "./quiet-ports.ts";

const scratch = await mkdtemp(join(tmpdir(), "sluice-backup-"));
const server = await startPostgres({ directory: join(scratch, "server") });
/** A folder without PostgreSQL programs: only the built-in pg_dump is left. */
const noPrograms = { SLUICE_POSTGRES_BIN: join(scratch, "no-programs") };
await mkdir(noPrograms.SLUICE_POSTGRES_BIN);
let databases = 0;
after(async () => {
  await server.stop();
  await rm(scratch, { recursive: true });
});

async function run(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>({ text: sql })).rows;
  } finally {
    await client.end();
  }
}

/** Content that is easy to get wrong: quotes, backslashes, line ends, nulls, odd names, types that read differently. */
const content = `
  create table note (id int primary key, body text, price numeric, data jsonb, at timestamptz, bytes bytea, t float8);
  insert into note select i, E'it''s; \\\\ line\\n' || i, i / 7.0, jsonb_build_object('k', i), now(), decode(md5(i::text), 'hex'),
    sqrt(i) from generate_series(1, 2000) i;
  insert into note (id) values (0), (-1);
  create table "odd; ""name" ("t" text); insert into "odd; ""name" values ('$$;$$'), (null), (''), ('\\.');
  create table nothing (); insert into nothing default values;
  create table parted (day date) partition by range (day);
  create table parted_1 partition of parted for values from ('2020-01-01') to ('2021-01-01');
  insert into parted values ('2020-02-02');
  create type mood as enum ('sad', 'glad'); create domain word as text check (value ~ '^\\w+$');
  create table typed (m mood default 'glad', w word, r int4range, i interval); insert into typed values ('sad', 'a', '[1,5)', '1 day 2 s');
  create view glad as select count(*) from note;
  create index note_body on note (md5(body));
  create function twice(i int) returns int language sql begin atomic select i; select i * 2; end;
  create function touch() returns trigger language plpgsql as $f$ begin new.body := 'x;'; return new; end $f$;
  create trigger touch before update on note for each row execute function touch();
  alter table note enable row level security; create policy own on note to app using (id > 0);
  create extension pg_trgm;
  create table place (id int generated always as identity primary key, kind varchar(9) check (kind in ('here', 'there')),
    name text collate "C" not null default 'a' || 'b', upper text generated always as (upper(name)) stored);
  insert into place (kind, name) select 'here', i::text from generate_series(1, 7) i;
  alter table place add constraint named check (name <> '') not valid;
  create table visit (place int references place on delete cascade deferrable, day date, primary key (place, day)) partition by range (day);
  create table visit_1 partition of visit for values from ('2020-01-01') to ('2021-01-01');
  create index visit_day on visit (day desc nulls last) where place > 3;
  create trigger touched after insert on visit for each row execute function touch();
  create sequence down increment -2 maxvalue 0 minvalue -1000 start -2; select nextval('down'), nextval('down');
  create sequence round maxvalue 3 cycle; create sequence unused;
  create materialized view cold as select name from place with no data; create materialized view warm as select name from place;
  create view guarded with (security_invoker = true, security_barrier = true) as select * from place;
  create rule no_delete as on delete to glad do instead nothing;
  create function said(variadic text[] default '{}') returns setof text language sql security definer set search_path = '' as $f$ select 'a' $f$;
  create domain small as int not null default 3; create type pair as (a int, b text); create type span as range (subtype = numeric);
  create table heir (extra int) inherits (place); create unlogged table fast (id int) with (fillfactor = 50);
  select lo_from_bytea(4711, decode(repeat('00ff', 600000), 'hex')), lo_from_bytea(4712, ''), lo_from_bytea(4713, 'abc');`;

async function database(sql = content): Promise<{ url: string; directory: string }> {
  databases += 1;
  const url = await server.databases.create(`backup ${databases}`);
  await run(url, sql);
  return { url, directory: join(scratch, `backups-${databases}`) };
}

const make = (options: Omit<BackupOptions, "verify"> & Partial<BackupOptions>) =>
  backup({ verify: "restore", ...options }, quietPorts({ env: noPrograms }));

test("a backup by the built-in pg_dump is restored and equals its snapshot table by table", async () => {
  const { url, directory } = await database();
  // What a failed build left is in no dump, and makes none a damaged one.
  await assert.rejects(
    run(url, "create unique index concurrently once on note ((1))"),
    /could not create unique index/,
  );
  const { verdict, manifest } = await make({ url, directory });
  assert.equal(verdict.verdict, "pass", verdict.message);
  assert.equal(verdict.reason, "backup-restored");
  assert.equal(manifest.format, "plain");
  assert.match(manifest.dumpedWith, new RegExp(`^pg_dump \\(PostgreSQL\\) ${wasmMajor}\\.`));
  assert.deepEqual(
    manifest.tables.map(({ name, rows }) => [name, rows]),
    [
      ['public."odd; ""name"', 4],
      ["public.fast", 0],
      ["public.heir", 0],
      ["public.note", 2002],
      ["public.nothing", 1],
      ["public.parted_1", 1],
      ["public.place", 7],
      ["public.typed", 1],
      ["public.visit_1", 0],
    ],
  );
  assert.deepEqual(manifest.sequences, {
    "public.down": { last: "-4", grows: false },
    "public.place_id_seq": { last: "7", grows: true },
    "public.round": { last: null },
    "public.unused": { last: null, grows: true },
  });
  assert.equal(manifest.largeObjects?.count, 3);
  assert.deepEqual([manifest.objects["policies"], manifest.objects["triggers"], manifest.objects["views"]], [1, 3, 4]);
  assert.deepEqual((await readdir(directory)).toSorted(), [manifest.file, `${manifest.file}.json`].toSorted());
  for (const file of await readdir(directory)) {
    assert.equal((await stat(join(directory, file))).mode & 0o077, 0, `${file} is for its owner only`);
  }
  const written: unknown = JSON.parse(await readFile(join(directory, `${manifest.file}.json`), "utf8"));
  assert.deepEqual(written, manifest);
});

test("rows written during the backup are in neither the dump nor its proof", async () => {
  const { url, directory } = await database();
  let stopped = false;
  let written = 0;
  const writer = new pg.Client({ connectionString: url });
  await writer.connect();
  const writing = (async () => {
    for (; !stopped; written++) await writer.query("insert into note (id) select max(id) + 1 from note");
  })();
  const { verdict, manifest } = await make({ url, directory });
  stopped = true;
  await writing;
  await writer.end();
  assert.equal(verdict.verdict, "pass", verdict.message);
  const [live] = await run(url, "select count(*)::int as rows from note");
  const inDump = manifest.tables.find(({ name }) => name === "public.note")?.rows ?? 0;
  assert.ok(inDump < Number(live?.["rows"]), `${inDump} rows in the dump, ${written} written meanwhile`);
});

/** Changes a dump and passes it off as what was written. */
async function forged(
  manifest: UnverifiedManifest,
  directory: string,
  change: (dump: Buffer) => Buffer,
): Promise<UnverifiedManifest> {
  const dump = change(await readFile(join(directory, manifest.file)));
  await writeFile(join(directory, manifest.file), dump);
  return { ...manifest, sha256: createHash("sha256").update(dump).digest("hex") };
}

const flip = (text: string) => (dump: Buffer) => {
  const changed = Buffer.from(dump);
  const at = changed.indexOf(text);
  assert.notEqual(at, -1);
  changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
  return changed;
};

const damages: readonly [title: string, change: (dump: Buffer) => Buffer, finding: RegExp][] = [
  ["cut in half", (dump) => dump.subarray(0, dump.length / 2), /does not reach its end/],
  ["cut in half with its end kept", (dump) => cutMiddle(dump), /could not be restored|differs from its snapshot/],
  ["one bit of a row flipped", flip("line\n1999"), /public\.note has other content in its 2002 rows/],
  ["one row missing", (dump) => drop(dump, /\n\t\('\\\.'\)|,\n\t\('\\\.'\)/), /odd; ""name" has 3 rows instead of 4/],
  ["one policy missing", (dump) => drop(dump, /CREATE POLICY [^;]*;/), /the policy own of public\.note is missing/],
  ["a policy for another role", swap("TO app USING", "TO public USING"), /the policy own of .* is another one/],
  [
    "one letter of a function",
    swap("new.body := 'x;'", "new.body := 'y;'"),
    /the function public\.touch\(\) is another/,
  ],
  ["a view with its owner's rights", swap("security_invoker='true', ", ""), /the view public\.guarded is another one/],
  [
    "a sequence that begins again",
    (dump) => drop(dump, /SELECT pg_catalog\.setval\('public\.down'.*;/),
    /down stands at its beginning instead of -4/,
  ],
  ["a sequence that is behind", swap("place_id_seq', 7", "place_id_seq', 6"), /place_id_seq stands at 6 instead of 7/],
  ["one large object changed", swap("\\x616263", "\\x616264"), /the 3 large objects have other content/],
];

function swap(part: string, by: string): (dump: Buffer) => Buffer {
  return (dump) => {
    const text = dump.toString();
    assert.ok(text.includes(part), `${part} is in the dump`);
    return Buffer.from(text.replace(part, () => by));
  };
}

function cutMiddle(dump: Buffer): Buffer {
  return Buffer.concat([dump.subarray(0, dump.length / 2), dump.subarray(-200)]);
}

function drop(dump: Buffer, part: RegExp): Buffer {
  const text = dump.toString();
  assert.match(text, part);
  return Buffer.from(text.replace(part, ""));
}

test("F31: a damaged dump is caught, whatever its checksum says", async (t) => {
  const { url, directory } = await database();
  const { manifest } = await make({ url, directory, verify: "read" });
  const original = await readFile(join(directory, manifest.file));
  for (const [title, change, finding] of damages) {
    await t.test(title, async () => {
      await writeFile(join(directory, manifest.file), original);
      const pretending = await forged(manifest, directory, change);
      const ports = quietPorts({ env: noPrograms });
      const verified = await verifyBackup(pretending, { directory, verify: "restore" }, ports);
      assert.equal(verified.damaged, true, verified.message);
      assert.equal(verified.level, "none");
      assert.match(verified.message, finding);
      const honest = await verifyBackup(manifest, { directory, verify: "read" }, ports);
      assert.match(honest.message, /sha256 differs/);
    });
  }
});

test("values that are equal and written differently have different hashes, and so have the same in other columns", async () => {
  const pairs: readonly (readonly [type: string, a: string, b: string])[] = [
    ["numeric", "1.0", "1.00"],
    ["float8", "0", "-0"],
    ["interval", "1 day", "24:00"],
    ["jsonb", '{"a": 1.0}', '{"a": 1.00}'],
    ["citext", "a", "A"],
    ["numeric[]", "{1.0}", "{1.00}"],
    ["char(3)", "a", "b"],
    ["mood", "sad", "glad"],
    ["timestamptz", "2020-01-01 00:00:00+00", "2020-01-01 00:00:00.000001+00"],
    ["text", "", "a"],
  ];
  const values = (n: 1 | 2) => pairs.map((pair, i) => `('${pair[n]}'::${pair[0]})`.replace(/^/, `/*${i}*/`));
  const tables = pairs.flatMap((_, i) => [
    `create table a${i} as select v from (values ${values(1)[i]}) x (v);`,
    `create table b${i} as select v from (values ${values(2)[i]}) x (v);`,
  ]);
  const { url } = await database(
    `create extension citext; create type mood as enum ('sad', 'glad'); ${tables.join("\n")}
     create table a as select 1 as x, 2 as y; create table b as select 2 as x, 1 as y;
     create table a_null as select 'x'::text as x, null::text as y; create table b_null as select null::text as x, 'x'::text as y;`,
  );
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query("begin");
  const { tables: found } = await fingerprint(client, { hashedBy: "columns" });
  await client.end();
  const hashOf = (name: string) => found.find((table) => table.name === `public.${name}`)?.hash ?? assert.fail(name);
  for (const name of ["", "_null", ...pairs.keys()])
    assert.notEqual(hashOf(`a${name}`), hashOf(`b${name}`), String(pairs[Number(name)] ?? name));
});

test("a manifest from before rows were hashed by their columns is still proven", async () => {
  const { url, directory } = await database();
  const { manifest } = await make({ url, directory, verify: "read" });
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query("begin");
  const old = { ...manifest, ...(await fingerprint(client, { hashedBy: undefined })) };
  await client.end();
  assert.notDeepEqual(old.tables, manifest.tables);
  const { level, message } = await verifyBackup(old, { directory, verify: "restore" }, quietPorts({ env: noPrograms }));
  assert.equal(level, "restored", message);
});

test("a dump that is only read is never called restored", async () => {
  const { url, directory } = await database();
  const { verdict, manifest } = await make({ url, directory, verify: "read" });
  assert.deepEqual([verdict.verdict, verdict.reason], ["pass", "backup-read"]);
  assert.equal(manifest.verified.level, "read-only");
});

test("F31: a dump that cannot be restored anywhere holds, and says what is missing", async () => {
  const { url, directory } = await database();
  // The owner of the database may not create others.
  const { verdict, manifest } = await make({ url, directory, scratchUrl: url });
  assert.deepEqual([verdict.verdict, verdict.reason], ["hold", "backup-unverified"]);
  assert.equal(manifest.verified.level, "read-only");
  assert.match(verdict.message, /not proven.*permission denied to create database/);
});

test("a given scratch server is left as it was", async () => {
  const { url, directory } = await database();
  const other = await startPostgres({ directory: join(scratch, "other") });
  try {
    const look = "select datname as name from pg_database union all select rolname from pg_roles order by 1";
    await run(other.adminUrl, "drop database app");
    await run(other.adminUrl, "drop role app");
    const was = await run(other.adminUrl, look);
    const { verdict, manifest } = await make({ url, directory, scratchUrl: other.adminUrl });
    assert.equal(verdict.verdict, "pass", verdict.message);
    assert.equal(manifest.verified.scratch, "the given scratch server");
    assert.deepEqual(await run(other.adminUrl, look), was);
  } finally {
    await other.stop();
  }
});

test("a login that row security hides rows from is refused, and no half backup stays", async () => {
  const { url, directory } = await database(`${content} alter table note force row level security;`);
  await assert.rejects(make({ url, directory }), (error) => {
    return error instanceof ProviderError && /row-level security policy/.test(error.message);
  });
  assert.deepEqual(await readdir(directory), []);
});

test("without a fitting pg_dump nothing is touched", async () => {
  const { url, directory } = await database();
  await assert.rejects(make({ url, directory, wasmLimitBytes: 1_000 }), (error) => {
    return error instanceof InputError && /Install postgresql-client-18.*Nothing was touched/.test(error.message);
  });
  assert.equal(existsSync(directory), false);
});

test("pg_dump is never older than the server, and the nearest version is taken", async (t) => {
  const folder = join(scratch, "pretended");
  await mkdir(folder);
  const pretend = async (version: string) => {
    await writeFile(join(folder, "pg_dump"), `#!/bin/sh\necho "pg_dump (PostgreSQL) ${version}"\n`, { mode: 0o755 });
  };
  const ports = quietPorts({ env: { SLUICE_POSTGRES_BIN: folder } });
  const choose = (major: number, bytes = 0) => chooseDumpTool({ major, bytes }, { wasmLimitBytes: 10 }, ports);
  await pretend("16.2");
  assert.equal((await choose(16, 1_000)).kind, "native");
  assert.equal((await choose(15, 1_000)).kind, "native");
  assert.equal((await choose(17)).kind, "wasm");
  await assert.rejects(choose(17, 1_000), /found pg_dump \(PostgreSQL\) 16\.2 in .*Install postgresql-client-17/);
  await assert.rejects(choose(wasmMajor + 1), InputError);
  const reads = async (dumpedWith: string) => (await archiveTools({ dumpedWith }, ports))?.version;
  assert.equal(await reads("pg_dump (PostgreSQL) 16.1 (Debian 16.1-1)"), "pg_dump (PostgreSQL) 16.2");
  assert.equal(await reads("pg_dump (PostgreSQL) 15.9"), "pg_dump (PostgreSQL) 16.2");
  assert.equal(await reads("pg_dump (PostgreSQL) 17.0"), undefined);
  assert.equal(await reads("something else"), undefined);
  t.diagnostic("versions are read from a program that only says its version");
});

test("cancelling a backup that waits leaves no file and no session", async () => {
  const { url, directory } = await database();
  const locker = new pg.Client({ connectionString: url });
  await locker.connect();
  await locker.query("begin; lock table note in access exclusive mode");
  const cancel = new AbortController();
  const ports = quietPorts({ env: noPrograms, cancelled: cancel.signal });
  const making = backup({ url, directory, verify: "read" }, ports);
  const rejected = assert.rejects(making, ProviderError);
  const sessions = async (wait: string) =>
    (await run(url, `select 1 from pg_stat_activity where application_name like 'sluice backup%' ${wait}`)).length;
  await eventually("the backup waits", async () => (await sessions("and wait_event_type = 'Lock'")) > 0);
  cancel.abort();
  await rejected;
  assert.deepEqual(await readdir(directory), []);
  await eventually("its sessions are gone", async () => (await sessions("")) === 0);
  await locker.end();
});

async function eventually(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!(await holds())) {
    if (performance.now() > deadline) assert.fail(`It never came true that ${what}.`);
    await delay(20);
  }
}

test("with a pg_dump of the server's version: archive, restored, and no password in any argument list", async (t) => {
  const binaries = await installed(t);
  if (binaries === undefined) return;
  const directory = join(scratch, "native");
  const native = await startPostgresServer({ binaries, directory });
  try {
    const login = { user: "owner", password: "p'a s%s=\\word-in-plain-sight" };
    await run(native.adminUrl, `create role owner login password ${pg.escapeLiteral(login.password)}`);
    await run(native.adminUrl, "create role app");
    await run(native.adminUrl, `create database "odd=na'me" owner owner`);
    const url = native.url("odd=na'me", login);
    await run(url, content);
    await run(url, "create table line (note int references note); insert into line values (1)");
    const quiet = quietPorts({ env: { ...noPrograms, SLUICE_POSTGRES_BIN: binaries.directory } });
    const started: string[] = [];
    const ports: typeof quiet = {
      ...quiet,
      exec: (file, args, options) => {
        started.push([file, ...args].join(" "));
        return quiet.exec(file, args, options);
      },
    };
    const { verdict, manifest } = await backup(
      { url, directory: join(directory, "backups"), verify: "restore" },
      ports,
    );
    const seen = started.join("\n");
    assert.equal(verdict.verdict, "pass", verdict.message);
    assert.equal(manifest.format, "custom");
    assert.match(seen, /pg_dump[\s\S]*pg_restore/);
    assert.ok(!seen.includes("word-in-plain-sight"));
    assert.ok(ports.masked.includes(login.password));
    const row =
      "true, 1::int2, 2, 3::int8, '\\x01'::bytea, '00000000-0000-0000-0000-000000000001'::uuid, '2020-01-01'::date, " +
      "'2020-01-01'::timestamp, '2020-01-01Z'::timestamptz, 'a'::text, 'b'::varchar, '1.0'::numeric::text, row('{1}'::int[])::text";
    const hash = `select hash_record_extended(row(${row}), 0)::text as hash`;
    assert.deepEqual(await run(url, hash), await run(server.url, hash), "servers of two versions hash alike");
    const where = { directory: join(directory, "backups"), verify: "restore" } as const;
    const sampled = await verifyBackup(manifest, { ...where, sampleAbove: 100_000 }, ports);
    assert.deepEqual([sampled.level, sampled.damaged, sampled.seconds], ["sampled", false, undefined], sampled.message);
    assert.match(sampled.message, /rows and hashes of 9 of 10 tables .* Read to their end only.*: public\.note\.$/);
    for (const change of [(dump: Buffer) => dump.subarray(0, dump.length - 2_000), flipMiddle]) {
      const original = await readFile(join(directory, "backups", manifest.file));
      const pretending = await forged(manifest, join(directory, "backups"), change);
      const verified = await verifyBackup(
        pretending,
        { directory: join(directory, "backups"), verify: "restore" },
        ports,
      );
      assert.equal(verified.damaged, true, verified.message);
      await writeFile(join(directory, "backups", manifest.file), original);
    }
  } finally {
    await native.stop();
  }
});

function flipMiddle(dump: Buffer): Buffer {
  const changed = Buffer.from(dump);
  const at = Math.floor(changed.length / 2);
  changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
  return changed;
}

/** An installation with both server and pg_dump; the test is skipped, with the reason, where there is none. */
async function installed(t: TestContext): Promise<PostgresBinaries | undefined> {
  const servers = await findPostgresBinaries("postgres", process.env);
  const dumps = await findPostgresBinaries("pg_dump", process.env);
  const both = servers.find(({ directory }) => dumps.some((dump) => dump.directory === directory));
  if (both === undefined) t.skip("this machine has no PostgreSQL installation with both server and pg_dump");
  return both;
}
