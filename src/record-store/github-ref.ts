import { ProviderError } from "../failure.ts";
import type { Written } from "../github/exchange.ts";
import type { GitHubClient } from "../github.ts";
import { emptyRecord } from "../record.ts";
import type { RecordSnapshot, RecordStore } from "../record-store.ts";
import { journalAuthor, journalCommit, parseRecord } from "./journal-commit.ts";
import { recordRef } from "./record-ref.ts";

/** How often an update without an answer is sent again, after looking. */
const sends = 3;

/**
 * The journal on `refs/sluice/<environment>` through GitHub's API. A read is two requests, or one when nothing
 * changed since the last; an append is three writes: tree, commit, ref.
 */
export function githubRefStore(client: GitHubClient, newNonce: () => string = () => crypto.randomUUID()): RecordStore {
  /** What a commit holds never changes, so the newest snapshot of each environment need not be fetched again. */
  const known = new Map<string, RecordSnapshot>();

  /** Whether the ref was moved to `commit`, from `before`. */
  async function move(ref: string, before: string | null, commit: string): Promise<boolean> {
    let unanswered = false;
    for (let sent = 1; ; sent += 1) {
      const moved = before === null ? await client.createRef(ref, commit) : await client.updateRef(ref, commit);
      if (moved.outcome === "applied") return true;
      unanswered ||= moved.outcome === "unknown";
      const head = await client.readRef(ref);
      if (head === commit) return true;
      // An update that got no answer may have been applied, and others may have appended to it since.
      if (head !== before) return unanswered && head !== null && (await client.isAncestor(commit, head));
      // Sending it again is safe: it names the commit before, so at most one of several sends moves the ref.
      if (moved.outcome === "not-applied" || sent >= sends) throw unmoved(ref, moved);
    }
  }

  return {
    async read(environment) {
      const head = await client.readRef(recordRef(environment));
      const remembered = known.get(environment);
      if (head === null && remembered !== undefined) throw vanished(environment, remembered);
      if (head === null) return { head, record: emptyRecord(environment) };
      if (remembered?.head === head) return remembered;
      const content = await client.readFile(head, "record.json");
      const snapshot = { head, record: parseRecord(environment, head, content, "github") };
      known.set(environment, snapshot);
      return snapshot;
    },

    async append(environment, onto, entries) {
      const { record, files, message, at } = journalCommit(onto.record, entries, newNonce());
      const tree = await client.createTree(files);
      const parents = onto.head === null ? [] : [onto.head];
      const commit = await client.createCommit({ message, tree, parents, at, author: journalAuthor });
      if (!(await move(recordRef(environment), onto.head, commit))) return { appended: false, reason: "conflict" };
      const snapshot = { head: commit, record };
      known.set(environment, snapshot);
      return { appended: true, snapshot };
    },
  };
}

const vanished = (environment: string, { head }: RecordSnapshot): ProviderError =>
  new ProviderError(
    "github",
    `The record of ${environment} was there a moment ago and is gone: somebody deleted ${recordRef(environment)}. ` +
      `Put it back with: git push origin ${head}:${recordRef(environment)}`,
  );

function unmoved(ref: string, { error }: Exclude<Written<void>, { outcome: "applied" }>): ProviderError {
  return new ProviderError("github", `The record could not be appended to ${ref}. ${error.message}`, {
    ...(error.status === undefined ? {} : { status: error.status }),
    retryable: error.retryable,
    cause: error,
  });
}
