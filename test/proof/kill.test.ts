import assert from "node:assert/strict";
import { test } from "node:test";
import pg from "pg";
import { scratchLeft } from "../../src/proof/kill/aftermath.ts";
import { actionNames } from "../../src/proof/kill/built-action.ts";
import { changeIn, openDatabaseDoor } from "../../src/proof/kill/database-door.ts";
import { journeys } from "../../src/proof/kill/journeys.ts";
import { blowsFor, killMatrix } from "../../src/proof/kill/kill-matrix.ts";
import { few, journeysOf, withServers } from "../../src/proof/kill/prove-kills.ts";
import type { Blow, Change } from "../../src/proof/kill/turnstile.ts";
import { terminalPorts } from "../../src/runner/ports.ts";

const ports = terminalPorts(new AbortController().signal);

test("every action is hit in some journey", () => {
  assert.deepEqual(
    actionNames().filter((name) => journeysOf(name).length === 0),
    [],
  );
});

test("a few blows are of every signal and of both sides", () => {
  const chosen = few(blowsFor(70));
  assert.equal(chosen.length, 5);
  assert.equal(new Set(chosen.map(({ signal }) => signal)).size, 3);
  assert.equal(new Set(chosen.map(({ side }) => side)).size, 2);
  assert.deepEqual(few([]), []);
});

test("a statement that may change the database is told from one that reads", () => {
  const statements = {
    "select 1": undefined,
    "-- why\n/* and how */ create table a ()": "create table",
    "set x = 1; insert into a values (1)": "insert into",
    "with b as (select 1) select * from b": undefined,
    "with b as (delete from a returning 1) select * from b": "with b",
    "copy a to stdout": undefined,
    "copy a from stdin": "copy a",
    commit: "commit",
    "": undefined,
  };
  for (const [sql, change] of Object.entries(statements)) assert.equal(changeIn(sql), change, sql);
});

test("the end of each change is noticed, also of one sent ahead of the answer to the one before", async () => {
  await withServers(1, async ([postgres = assert.fail("no server")]) => {
    const url = new URL(await postgres.databases.create("ahead"));
    const [begun, ended]: [string[], number[]] = [[], []];
    const turnstile = {
      watch: () => undefined,
      leave: () => ({ changes: [], struck: false }),
      before: async ({ what }: Change) => begun.push(what) - 1,
      behind: async (index: number) => ended.push(index) > 0,
    };
    const door = await openDatabaseDoor({ port: Number(url.port), turnstile });
    url.host = door.url;
    const client = new pg.Client({ connectionString: url.href, pipeline: true });
    await client.connect();
    await Promise.all(["create table a (x int)", "select 1", "create table b ()"].map((sql) => client.query(sql)));
    await client.query("insert into a values ($1)", [1]);
    await client.end();
    await door.close();
    assert.deepEqual(begun, ["create table", "create table", "insert into"]);
    assert.deepEqual(ended, [0, 1, 2]);
  });
});

test("a scratch database that stays is counted whoever holds it, and what another world left is not", async () => {
  await withServers(2, async ([own = assert.fail("no server"), another = assert.fail("no server")]) => {
    const holder = new pg.Client({ connectionString: own.adminUrl });
    await holder.connect();
    const ask = async (_: string, sql: string) => (await holder.query<Record<string, unknown>>(sql)).rows;
    await another.databases.create("sluice_scratch_0123456789ab");
    assert.equal(await scratchLeft({ ask }), 0);
    await own.databases.create("sluice_scratch_ba9876543210");
    await holder.query("select pg_advisory_lock(hashtextextended('sluice_scratch_ba9876543210', 0))");
    assert.equal(await scratchLeft({ ask }), 1);
    await holder.end();
  });
});

/** Behind the last file that was applied, and in front of the entry that says so: the re-run finds nothing pending. */
function andBehindTheMigration(blows: readonly Blow[], changes: readonly Change[]): readonly Blow[] {
  const last = changes.findLastIndex(({ where }) => where === "database");
  const killed = blows.filter(
    ({ change, side, signal }) => change === last && side === "after" && signal === "SIGKILL",
  );
  return [...few(blows), ...killed];
}

// The whole matrix is part of the nightly run; its figures stand in docs/status.md.
test("F09, F12: hit in front of and behind its changes, and run again, each action comes to the same end", async () => {
  await withServers(2, async (servers) => {
    const counted = new Map<string, number>();
    const { kills, failures } = await killMatrix({
      ports,
      servers,
      journeys,
      choose: andBehindTheMigration,
      write: () => undefined,
      onRow: ({ journey, changes }) => void counted.set(journey, changes),
    });
    assert.deepEqual(failures, []);
    assert.ok(kills >= 2 * (journeys.length - 1));
    assert.deepEqual(
      [...counted].filter(([, changes]) => changes === 0).map(([journey]) => journey),
      ["check"],
    );
  });
});
