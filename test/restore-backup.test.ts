import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import pg from "pg";
import { backupDatabase } from "../src/backup-database.ts";
import { backup as backupStep } from "../src/database-spec.ts";
import { InputError, ProviderError } from "../src/failure.ts";
import { decryptFile, encryptFile } from "../src/migration/age-file.ts";
import { createStatement, type DatabaseItself, readDatabaseItself } from "../src/migration/database-itself.ts";
import { restoreBackup } from "../src/restore-backup.ts";
import { startArtifactStore, withoutPython } from "./artifact-store.ts";
import { quietPorts } from "./migration/quiet-ports.ts";
import { startDatabases } from "./migration-engine/database.ts";
import { mainWorkflow, smallWorld } from "./rehearsal/workflow/small-world.ts";

const databases = await startDatabases("restore");
const scratch = await mkdtemp(path.join(tmpdir(), "sluice-restore-"));
const admin = new pg.Client({ connectionString: databases.server.adminUrl });
await admin.connect();
await admin.query("alter role app createdb");
after(async () => {
  await admin.end();
  await databases.stop();
  await rm(scratch, { recursive: true });
});

// Made for this test by age-keygen; opens nothing else.
const { generateX25519Identity, identityToRecipient } = await import("age-encryption");
const identity = await generateX25519Identity();
const recipient = await identityToRecipient(identity);

const ports = quietPorts({ env: { PATH: process.env["PATH"] } });

/** A shop's database, and a bucket that is a folder. */
async function shop(keys: Record<string, unknown> = {}, by: typeof ports = ports) {
  const project = await databases.project();
  await project.query(
    `create table users (id int primary key, name text, created_at timestamptz default now());
     insert into users (id, name) values (1, 'Ada'), (2, 'Bob'); create view names as select name from users;
     grant select on users to public;`,
  );
  const bucket = await mkdtemp(path.join(scratch, "bucket-"));
  const commands = {
    store: {
      run: `cp "$SLUICE_BACKUP_FILE" "$SLUICE_BACKUP_MANIFEST" "$BUCKET"; echo "$SLUICE_BACKUP_KEEP_DAYS" > "$BUCKET/days"`,
    },
    fetch: {
      run: 'cp "$BUCKET/$SLUICE_BACKUP_NAME" "$BUCKET/$(basename "$SLUICE_BACKUP_NAME" .age).json" "$SLUICE_BACKUP_DIRECTORY"',
    },
  };
  const parsed = backupStep.parse({ keep: "30d", encrypt: recipient, ...commands, ...keys });
  const withBucket = <C extends { env?: Record<string, string> | undefined }>(command: C | undefined) =>
    command === undefined ? {} : { ...command, env: { BUCKET: bucket } };
  const step = {
    ...parsed,
    url: project.url,
    ...(typeof parsed.store === "object" && { store: { ...parsed.store, ...withBucket(parsed.store) } }),
    ...(parsed.fetch !== undefined && { fetch: { ...parsed.fetch, ...withBucket(parsed.fetch) } }),
  };
  const directory = path.join(bucket, "../work", path.basename(bucket));
  const database = new URL(project.url).pathname.slice(1);
  const take = () => backupDatabase({ step, ports: by, workspace: scratch, directory });
  const stored = async () => (await readdir(bucket)).find((name) => /\.(age|dump|sql)$/.test(name)) ?? "";
  const restore = async (more: Partial<Parameters<typeof restoreBackup>[0]> = {}) =>
    restoreBackup({
      step,
      database,
      backup: await stored(),
      identity,
      mode: "restore",
      swap: true,
      workspace: scratch,
      directory: path.join(scratch, `bring-${path.basename(bucket)}`),
      ports: by,
      ...more,
    });
  return { ...project, bucket, step, database, take, stored, restore };
}

const names = async () =>
  (await admin.query<{ datname: string }>("select datname from pg_database order by 1")).rows.map(
    ({ datname }) => datname,
  );

/** One backup for everything that is refused; what a test spoils is put back before the next. */
const refusing = await shop({ verify: "read" });
await refusing.take();
const sound = await Promise.all(
  (await readdir(refusing.bucket)).map(async (name) => {
    const file = path.join(refusing.bucket, name);
    return { file, bytes: await readFile(file) };
  }),
);
const jobWithBackup = `on: push
permissions: {}
jobs:
  backup:
    runs-on: ubuntu-24.04
    steps:
      - uses: acme/toolkit/actions/backup@v0
        with:
          record: none
          database-url: \${{ secrets.DATABASE_URL }}
          encrypt: ${recipient}
          store: artifact
          keep: 30d
`;

test("a job keeps its backup as an artifact, which shows neither rows nor names of tables; a command brings it back", {
  skip: withoutPython,
}, async () => {
  await using store = await startArtifactStore();
  using world = smallWorld(mainWorkflow(jobWithBackup));
  const unzip = 'python3 -m zipfile -e "$BUCKET/$SLUICE_BACKUP_NAME" "$SLUICE_BACKUP_DIRECTORY"';
  const { url, restore, bucket, query } = await shop(
    { store: "artifact", fetch: { run: unzip } },
    {
      ...ports,
      env: { ...ports.env, ...store.env },
    },
  );
  const toolkit = path.resolve(import.meta.dirname, "..");
  const secrets = { DATABASE_URL: url };
  const run = await world.rehearse({ toolkit, secrets, env: store.env, server: "https://github.com" });
  assert.equal(run.result("backup"), "success", run.log());
  for (const secret of store.secrets) assert.ok(!run.written.includes(secret));
  const [kept, ...others] = store.kept();
  assert.ok(kept !== undefined && others.length === 0);
  assert.match(kept.name, /\.age$/);
  assert.doesNotMatch(kept.bytes.toString("latin1"), /users|Ada|"tables"/);
  assert.equal(Math.round((Date.parse(kept.expires ?? "") - Date.now()) / 86_400_000), 30);
  await writeFile(path.join(bucket, kept.name), kept.bytes);
  await query("delete from users");
  const restored = await restore({ backup: kept.name });
  assert.equal(restored.verdict, "pass", restored.message);
  assert.deepEqual(await query("select name from users order by 1"), ["Ada", "Bob"]);
  assert.equal(store.kept().length, 2, "what was there before the restore is kept in the same way");
});

test("a backup is stored encrypted, and comes back over a table that was added since and refers to it", async () => {
  const { take, restore, query, rows, bucket, stored, database } = await shop();
  const taken = await take();
  assert.equal(taken.verdict.verdict, "pass", taken.verdict.message);
  assert.match(await stored(), /\.age$/);
  assert.equal((await readFile(path.join(bucket, "days"), "utf8")).trim(), "30");
  assert.doesNotMatch(await readFile(path.join(bucket, await stored()), "latin1"), /Ada/);
  // What stops `pg_restore --clean` in place.
  await query(
    "create table orders (id int, user_id int references users (id)); insert into orders values (1, 1); delete from users where id = 2; insert into users (id, name) values (3, 'Eve')",
  );
  const estimate = await restore({ mode: "estimate" });
  assert.equal(estimate.reason, "loss-estimated");
  assert.match(estimate.message, /public\.users: 2 rows in the backup, 2 now, 1 of them newer/);
  assert.match(estimate.message, /public\.orders: 0 rows in the backup, 1 now/);
  assert.equal((await rows("select 1 from orders")).length, 1, "an estimate changes nothing");
  const restored = await restore();
  assert.equal(restored.reason, "restored", restored.message);
  assert.deepEqual(await rows("select name from users order by id"), [{ name: "Ada" }, { name: "Bob" }]);
  assert.deepEqual(await rows("select has_table_privilege('public', 'users', 'select') as may"), [{ may: true }]);
  const kept = (await names()).find((name) => name.startsWith(`${database}_before_`));
  assert.ok(kept !== undefined && restored.message.includes(kept), "the database of before is kept and named");
});

test("a plain dump comes back as well, and one whose end was cut away is refused whatever the manifest says", async () => {
  const none = path.join(scratch, "no-programs");
  await mkdir(none);
  const { take, restore, query, rows, bucket, stored } = await shop(
    { encrypt: undefined },
    quietPorts({ env: { PATH: process.env["PATH"], SLUICE_POSTGRES_BIN: none } }),
  );
  await query("create sequence tickets; select nextval('tickets'), nextval('tickets')");
  assert.equal((await take()).verdict.verdict, "pass");
  assert.match(await stored(), /\.sql$/);
  await query("drop view names; insert into users (id, name) values (3, 'Eve')");
  const file = path.join(bucket, await stored());
  const whole = await readFile(file);
  for (const [cut, says] of [
    [whole.subarray(0, whole.length - 100), /the dump does not reach its end/i],
    [
      Buffer.from(whole.toString().replace(/SELECT pg_catalog\.setval.*/, "")),
      /public\.tickets stands at its beginning/,
    ],
    [
      Buffer.from(whole.toString().replace(/CREATE VIEW[^;]*;|ALTER VIEW[^;]*;|GRANT[^;]*;/g, "")),
      /view public\.names is missing/,
    ],
  ] as const) {
    await writeFile(file, cut);
    await assert.rejects(restore(), /its sha256 differs/);
    const manifest = await readFile(`${file}.json`, "utf8");
    const sha256 = createHash("sha256").update(cut).digest("hex");
    await writeFile(`${file}.json`, manifest.replace(/"sha256": "\w+"/, `"sha256": "${sha256}"`));
    await assert.rejects(restore(), says);
    await writeFile(`${file}.json`, manifest);
    assert.equal((await rows("select 1 from users")).length, 3, "the present database was not touched");
  }
  await writeFile(file, whole);
  const restored = await restore();
  assert.equal(restored.reason, "restored", restored.message);
  assert.deepEqual(await rows("select name, nextval('tickets')::int as next from names order by 1 limit 1"), [
    { name: "Ada", next: 3 },
  ]);
});

test("what belongs to the database itself, and is in no dump of it, is the restored one's too", async () => {
  const { take, restore, rows, database } = await shop();
  await admin.query(
    `alter database ${database} set search_path to "$user", public, "Odd, ""name"""; alter database ${database} connection limit 7;
     alter database ${database} set "app.jwt_secret" to 'it''s "mine"'; revoke connect on database ${database} from public;
     grant connect on database ${database} to app with grant option; alter database ${database} set default_transaction_read_only to on;
     alter role postgres in database ${database} set statement_timeout to '7s'`,
  );
  const itself = async (name: string) => {
    const found = await readDatabaseItself(admin, name);
    return { ...found, grants: found?.grants?.filter(({ grantee }) => grantee !== found.owner) };
  };
  const before = await itself(database);
  assert.equal(before.settings?.length, 4);
  await admin.query("alter role app superuser");
  try {
    assert.equal((await take()).verdict.verdict, "pass");
    const restored = await restore();
    assert.equal(restored.reason, "restored", restored.message);
  } finally {
    await admin.query("alter role app nosuperuser");
  }
  assert.deepEqual(await itself(database), before);
  assert.equal((await rows("select 1 from users")).length, 2);
});

test("a database is made with the locale of the one it is made after", async () => {
  const like = {
    owner: "o",
    encoding: "UTF8",
    connectionLimit: -1,
    collate: "C",
    ctype: "C.UTF-8",
    settings: [],
    grants: undefined,
  };
  const made = async (more: Pick<DatabaseItself, "provider" | "locale">) => {
    const name = `made_${more.provider}`;
    await admin.query(createStatement(name, { ...like, owner: "app", ...more }, admin));
    const found = await readDatabaseItself(admin, name);
    await admin.query(`drop database ${name}`);
    return found;
  };
  for (const itself of [
    { provider: "c", locale: null },
    { provider: "i", locale: "de" },
  ] as const)
    assert.deepEqual({ ...(await made(itself)), grants: undefined }, { ...like, owner: "app", ...itself });
});

test("beside the present database, without a swap, nothing of it is touched", async () => {
  const { take, restore, query, rows, database } = await shop();
  await take();
  await query("insert into users (id, name) values (3, 'Eve')");
  const beside = await restore({ swap: false });
  assert.match(beside.message, new RegExp(`in database ${database}_restored_`));
  assert.equal((await rows("select 1 from users")).length, 3);
});

const fileOf = async (kind: "backup" | "manifest") => {
  const name = await refusing.stored();
  return path.join(refusing.bucket, kind === "backup" ? name : `${name.replace(/\.age$/, "")}.json`);
};

interface Refused {
  readonly asked?: Parameters<typeof refusing.restore>[0];
  readonly spoil?: () => Promise<void>;
  readonly says: RegExp;
}

const unchanged = (what: string, { asked = {}, spoil, says }: Refused) =>
  test(`${what} is refused, and nothing is changed`, async () => {
    const before = await names();
    await spoil?.();
    await assert.rejects(refusing.restore(asked), (problem) => {
      assert.ok(problem instanceof InputError || problem instanceof ProviderError, String(problem));
      assert.match(problem.message, says);
      return true;
    });
    for (const { file, bytes } of sound) await writeFile(file, bytes);
    await admin.query("alter role app createdb");
    assert.deepEqual(await names(), before);
    assert.equal((await refusing.rows("select 1 from users")).length, 2);
  });

const edit = (kind: "backup" | "manifest", change: (bytes: Buffer) => Buffer) => async () => {
  const file = await fileOf(kind);
  await writeFile(file, change(await readFile(file)));
};
const inText = (from: RegExp | string, to: string) => (bytes: Buffer) =>
  Buffer.from(bytes.toString().replace(from, to));

unchanged("another database's name", { asked: { database: "production" }, says: /"production" was typed/ });
unchanged("a name that leads out of the folder", {
  asked: { backup: "../users.dump" },
  says: /is no backup's file name/,
});
unchanged("a key that is another", {
  asked: { identity: await generateX25519Identity() },
  says: /cannot be opened with this key/,
});
unchanged("no key", { asked: { identity: undefined }, says: /BACKUP_KEY/ });
unchanged("a truncated encrypted file", {
  spoil: edit("backup", (bytes) => bytes.subarray(0, 300)),
  says: /cannot be opened with this key/,
});
unchanged("a manifest of another backup", {
  spoil: edit("manifest", inText(/"sha256": "../, '"sha256": "00')),
  says: /its sha256 differs/,
});
unchanged("a login that may make no database", {
  spoil: async () => void (await admin.query("alter role app nocreatedb")),
  says: /No database could be made beside .*permission denied to create database.*`alter role NAME createdb`/,
});
unchanged("a backup that is not what its manifest counted", {
  spoil: edit("manifest", inText('"rows": 2', '"rows": 7')),
  says: /is not what the manifest says: public\.users has 2 rows instead of 7/,
});

test("whatever `fetch` brings serves, open or encrypted, and what is missing is named", async () => {
  const { bucket, step, restore } = refusing;
  const all = { run: 'cp "$BUCKET"/* "$SLUICE_BACKUP_DIRECTORY"', env: { BUCKET: bucket } };
  const bring = (more: Parameters<typeof restore>[0] = {}) =>
    restore({ mode: "estimate", step: { ...step, fetch: all }, ...more });
  const [manifest, stored] = [await fileOf("manifest"), await refusing.stored()];
  const plain = stored.replace(/\.age$/, "");
  await encryptFile(manifest, `${manifest}.age`, recipient);
  assert.equal((await bring()).reason, "loss-estimated", "the manifest came open and encrypted");
  await rm(manifest);
  for (const backup of [stored, plain, `${stored}.2`])
    assert.equal((await bring({ backup })).reason, "loss-estimated", backup);
  await decryptFile(path.join(bucket, stored), path.join(bucket, plain), identity);
  await assert.rejects(
    bring({ backup: plain, identity: undefined }),
    /\.json\.age is encrypted: .*BACKUP_KEY.*Nothing was changed/,
  );
  await rm(`${manifest}.age`);
  await assert.rejects(bring({ backup: stored }), /left neither .*\.json nor .*\.json\.age in/);
  await rm(path.join(bucket, plain));
  for (const { file, bytes } of sound) await writeFile(file, bytes);
});

test("a restore that was stopped in its swap says how to finish and how to undo it", async () => {
  const { restore, database } = await shop();
  const rename = (from: string, to: string) => admin.query(`alter database ${from} rename to ${to}`);
  await rename(database, `${database}_before_20260101000000`);
  await assert.rejects(
    restore(),
    /between its two renames.*To undo it: alter database "\w+_before_20260101000000" rename to/,
  );
  await rename(`${database}_before_20260101000000`, database);
  await admin.query(`alter database ${database} allow_connections false`);
  await assert.rejects(restore(), /Nothing is lost\. Run: alter database "\w+" allow_connections true;/);
});

test("a restore slower than it may be fails the step; one nobody timed cannot be promised", async () => {
  const slow = await (await shop({ "restore-within": "1ms" })).take();
  assert.deepEqual([slow.verdict.verdict, slow.verdict.reason], ["fail", "restore-too-slow"]);
  const untimed = await (await shop({ "restore-within": "1h", verify: "read" })).take();
  assert.ok(["restore-untimed", "backup-unverified"].includes(untimed.verdict.reason), untimed.verdict.message);
});

test("a command that does not keep the backup fails the step", async () => {
  const { take } = await shop({ verify: "read", store: { run: "echo no room >&2; exit 3" } });
  const { verdict } = await take();
  assert.deepEqual([verdict.verdict, verdict.reason], ["fail", "backup-not-stored"]);
  assert.match(verdict.message, /ended with 3: no room/);
});

const hasAge = (() => {
  try {
    execFileSync("age", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

test("the age program opens what is written here, and the other way round", {
  skip: hasAge ? false : "the age program is not installed",
}, async () => {
  const folder = path.join(scratch, "age");
  await mkdir(folder);
  const [plain, ours, theirs, back] = ["plain", "ours.age", "theirs.age", "back"].map((name) =>
    path.join(folder, name),
  ) as [string, string, string, string];
  // Longer than one chunk of 64 KiB.
  await writeFile(plain, Buffer.alloc(200_000, "sluice "));
  await writeFile(path.join(folder, "key.txt"), `# created: today\n${identity}\n`, { mode: 0o600 });
  await encryptFile(plain, ours, recipient);
  assert.ok(
    (await readFile(plain)).equals(
      execFileSync("age", ["-d", "-i", path.join(folder, "key.txt"), ours], { maxBuffer: 1e6 }),
    ),
  );
  execFileSync("age", ["-r", recipient, "-o", theirs, plain]);
  await decryptFile(theirs, back, await readFile(path.join(folder, "key.txt"), "utf8"));
  assert.ok((await readFile(plain)).equals(await readFile(back)));
});
