import { ProviderError } from "../failure.ts";
import type { ExecResult, Ports } from "../ports.ts";
import { emptyRecord } from "../record.ts";
import type { RecordStore } from "../record-store.ts";
import { journalAuthor, journalCommit, parseRecord } from "./journal-commit.ts";
import { recordRef } from "./record-ref.ts";
import { storeCommit } from "./store-commit.ts";

const noCommit = "0".repeat(40);
const gitDeadlineMs = 30_000;

/** The journal in a git repository on this machine; `git update-ref` compares and sets under git's own lock. */
export function localGitStore(
  directory: string,
  ports: Pick<Ports, "exec" | "env">,
  newNonce: () => string = () => crypto.randomUUID(),
): RecordStore {
  // Nothing of the user's configuration may change how a record is stored (hooks, signing, line ends).
  const env = { PATH: ports.env["PATH"] ?? "", GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null", LC_ALL: "C" };

  const run = (args: readonly string[], stdin = "", more: Readonly<Record<string, string>> = {}) =>
    ports.exec("git", ["--git-dir", directory, ...args], {
      env: { ...env, ...more },
      stdin,
      timeoutMs: gitDeadlineMs,
    });

  const failed = (what: string, { code, stderr }: ExecResult) =>
    new ProviderError("git", `git could not ${what} in ${directory}: ${stderr.trim().slice(0, 300)}`, {
      status: code ?? "signal",
    });

  async function git(what: string, args: readonly string[], stdin = "", more: Readonly<Record<string, string>> = {}) {
    const result = await run(args, stdin, more);
    if (result.code !== 0) throw failed(what, result);
    return result.stdout;
  }

  /** Exits 0 with nothing to say when the ref is absent, unlike `rev-parse`: absent and unreadable stay apart. */
  async function readHead(environment: string): Promise<string | null> {
    const ref = recordRef(environment);
    const listed = await git(`read ${ref}`, ["for-each-ref", "--format=%(objectname) %(refname)", ref]);
    const [line = ""] = listed.split("\n").filter((candidate) => candidate.endsWith(` ${ref}`));
    return line === "" ? null : line.slice(0, 40);
  }

  return {
    async read(environment) {
      const head = await readHead(environment);
      if (head === null) return { head, record: emptyRecord(environment) };
      const file = await run(["cat-file", "blob", `${head}:record.json`]);
      const content = file.code === 0 ? file.stdout : null;
      return { head, record: parseRecord(environment, head, content, "git") };
    },

    async append(environment, onto, entries) {
      const ref = recordRef(environment);
      const { record, files, message, at } = journalCommit(onto.record, entries, newNonce());
      const commit = await storeCommit(git, { files, parent: onto.head, message, at, author: journalAuthor });
      for (let tries = 1; ; tries += 1) {
        const moved = await run(["update-ref", ref, commit, onto.head ?? noCommit]);
        const head = moved.code === 0 ? commit : await readHead(environment);
        if (head === commit) return { appended: true, snapshot: { head: commit, record } };
        if (head !== onto.head) return { appended: false, reason: "conflict" };
        // Another writer held the lock: comparing and setting again is safe, and now its outcome shows.
        if (tries >= 3) throw failed(`move ${ref}`, moved);
      }
    },
  };
}
