import assert from "node:assert/strict";
import { test } from "node:test";
import { ProviderError } from "../../src/failure.ts";
import { fold } from "../../src/record/fold.ts";
import { type Entry, type EntryOf, emptyRecord } from "../../src/record.ts";
import type { RecordSnapshot, RecordStore } from "../../src/record-store.ts";

export interface StoreUnderTest {
  /** Another writer on the same journals, as another job would have it. */
  open(): RecordStore;
  /** Makes the newest record of an environment something else than a record; absent where nothing can. */
  readonly ruin?: (environment: string, content: string) => Promise<void>;
}

export const started = (release: number, at = release): EntryOf<"started"> => ({
  kind: "started",
  at,
  by: { run: release, attempt: 1, actor: "ada" },
  release,
  commit: release.toString(16).padStart(40, "0"),
  runbookHash: "hash",
  plan: { service: "shop", stages: [{ name: "release", steps: ["deploy"], shifts: [], maxHoldMs: 0 }] },
  stable: "v1",
  generation: "g1",
});

export const verdict = (release: number, weight: number): EntryOf<"verdict"> => ({
  kind: "verdict",
  at: release,
  by: { run: release, attempt: 1, actor: "ada" },
  release,
  stage: "release",
  shift: 0,
  weight,
  generation: "g1",
  verdict: "pass",
  reason: "limits-kept",
  message: "The error rate was 0.2 % of 900 answers, below 2 %.",
});

/** Appends, failing the test on a conflict. */
export async function appended(
  store: RecordStore,
  environment: string,
  onto: RecordSnapshot,
  ...entries: readonly Entry[]
): Promise<RecordSnapshot> {
  const result = await store.append(environment, onto, entries);
  assert(result.appended, "nobody else appended");
  return result.snapshot;
}

const awkwardNames = [
  "production",
  "preview/pr-7",
  "eu west",
  "..",
  ".",
  "a..b",
  "x.lock",
  "-dash",
  "@{u}",
  "~^:?*[\\",
  "100%",
  "=41",
  "Überprüfung 🚀",
  "refs/heads/main",
];

/**
 * What every record store promises. `withStore` gives each test a place of its own; `appends` says how many appends in
 * a row the order is tested with.
 */
export function recordStoreConformance(
  kind: string,
  appends: number,
  withStore: (scene: (under: StoreUnderTest) => Promise<void>) => Promise<void>,
): void {
  const promise = (what: string, scene: (under: StoreUnderTest) => Promise<void>) =>
    test(`${kind}: ${what}`, () => withStore(scene));

  promise("an environment without a record reads as empty, with no head", async ({ open }) => {
    assert.deepEqual(await open().read("production"), { head: null, record: emptyRecord("production") });
  });

  promise("what was appended is what another writer reads", async ({ open }) => {
    const store = open();
    const first = await appended(store, "production", await store.read("production"), started(7));
    const second = await appended(store, "production", first, verdict(7, 5), verdict(7, 25));
    const expected = [started(7), verdict(7, 5), verdict(7, 25)].reduce(fold, emptyRecord("production"));
    assert.deepEqual(second.record, expected);
    assert.deepEqual(await open().read("production"), second);
    assert.deepEqual(await store.read("production"), second);
    assert.notEqual(first.head, second.head);
  });

  promise("of writers racing onto one head exactly one wins, also at the very first entry", async ({ open }) => {
    const stores = Array.from({ length: 4 }, () => open());
    let head = await open().read("production");
    for (const release of [1, 2]) {
      const onto = head;
      // The entries are equal on purpose: two appends must not pass for one.
      const results = await Promise.all(stores.map((store) => store.append("production", onto, [started(release)])));
      assert.deepEqual(results.map((result) => result.appended).sort(), [false, false, false, true]);
      for (const result of results) assert(result.appended || result.reason === "conflict");
      head = await open().read("production");
      assert.equal(head.record.entries, release);
    }
  });

  promise("an append onto an old head is a conflict, and changes nothing", async ({ open }) => {
    const store = open();
    const empty = await store.read("production");
    const first = await appended(store, "production", empty, started(1));
    const second = await appended(store, "production", first, started(2));
    for (const stale of [empty, first]) {
      assert.deepEqual(await open().append("production", stale, [started(3)]), {
        appended: false,
        reason: "conflict",
      });
    }
    assert.deepEqual(await open().read("production"), second);
  });

  promise("every name is an environment of its own", async ({ open }) => {
    const store = open();
    for (const [index, name] of awkwardNames.entries())
      await appended(store, name, await store.read(name), started(index + 1));
    for (const [index, name] of awkwardNames.entries()) {
      const { environment, entries, highest } = (await open().read(name)).record;
      assert.deepEqual([environment, entries, highest], [name, 1, index + 1]);
    }
  });

  promise(`${appends} appends keep their order`, async ({ open }) => {
    const store = open();
    let snapshot = await store.read("production");
    for (let release = 1; release <= appends; release += 1) {
      snapshot = await appended(store, "production", snapshot, started(release));
      assert.deepEqual([snapshot.record.entries, snapshot.record.release?.id], [release, release]);
    }
    assert.deepEqual(await open().read("production"), snapshot);
  });

  promise("what could not be read again is not written", async ({ open }) => {
    const store = open();
    const onto = await store.read("production");
    await assert.rejects(store.append("production", onto, []), /at least one entry/);
    await assert.rejects(store.append("production", onto, [{ ...started(1), commit: "main" }]));
    assert.deepEqual(await open().read("production"), onto);
  });

  promise("a record that is none blocks; it never reads as empty", async ({ open, ruin }) => {
    if (ruin === undefined) return;
    for (const content of ["", "{", "[]", '{"version":2}', JSON.stringify(emptyRecord("staging"))]) {
      await ruin("production", content);
      await assert.rejects(open().read("production"), (error) => {
        assert(error instanceof ProviderError, String(error));
        assert.match(error.message, /record of production at [0-9a-f]{12} cannot be read/);
        return true;
      });
    }
  });
}
