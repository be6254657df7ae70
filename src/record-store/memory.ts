import type { Entry } from "../record.ts";
import { emptyRecord } from "../record.ts";
import type { RecordSnapshot, RecordStore } from "../record-store.ts";
import { journalCommit, parseRecord } from "./journal-commit.ts";

export interface MemoryRecordStore extends RecordStore {
  /** Everything appended to an environment, oldest first. */
  entries(environment: string): readonly Entry[];
}

interface Journal {
  readonly head: string;
  readonly content: string;
  readonly entries: readonly Entry[];
}

/** A journal that lives as long as the process, for tests and simulations. */
export function memoryRecordStore(): MemoryRecordStore {
  const journals = new Map<string, Journal>();
  let commits = 0;

  const snapshot = (environment: string): RecordSnapshot => {
    const journal = journals.get(environment);
    if (journal === undefined) return { head: null, record: emptyRecord(environment) };
    return { head: journal.head, record: parseRecord(environment, journal.head, journal.content, "memory") };
  };

  return {
    entries: (environment) => journals.get(environment)?.entries ?? [],
    read: async (environment) => snapshot(environment),
    async append(environment, onto, entries) {
      const present = journals.get(environment);
      if ((present?.head ?? null) !== onto.head) return { appended: false, reason: "conflict" };
      commits += 1;
      const head = commits.toString(16).padStart(40, "0");
      const content = journalCommit(onto.record, entries, head).files["record.json"];
      journals.set(environment, { head, content, entries: [...(present?.entries ?? []), ...structuredClone(entries)] });
      return { appended: true, snapshot: snapshot(environment) };
    },
  };
}
