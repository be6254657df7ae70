import { ProviderError } from "../failure.ts";
import type { ExecResult, Ports } from "../ports.ts";
import { type Entry, emptyRecord } from "../record.ts";
import type { RecordSnapshot, RecordStore } from "../record-store.ts";
import { journalCommit, parseRecord } from "./journal-commit.ts";
import { journalHistory } from "./journal-history.ts";
import { recordRef } from "./record-ref.ts";
import { storeCommit } from "./store-commit.ts";

export interface RemoteGitOptions {
  /** The clone's git directory. */
  readonly directory: string;
  /** Name of the remote that holds the record. */
  readonly remote: string;
  /** Whom the commits of the journal are from. */
  readonly author: { readonly name: string; readonly email: string };
  /** Milliseconds one exchange with the remote may take. */
  readonly withinMs?: number;
}

export interface RemoteGitStore extends RecordStore {
  /** The record as this clone fetched it last, without asking the remote; undefined when it never did. */
  lastSeen(environment: string): Promise<RecordSnapshot | undefined>;
  /** What the newest commits that were fetched added, oldest first. */
  history(environment: string, newest: number): Promise<readonly Entry[]>;
}

/** A person is waiting, perhaps at night: a remote that hangs must be told from one that is slow. */
const usualPatienceMs = 15_000;

/**
 * The journal on the remote of a clone, reached with the user's own git and its credentials. What is fetched lies under
 * a ref of this clone's own, so that branches, tags and work tree stay as they are; an append is a push that names the
 * head it was made for.
 */
export function remoteGitStore(
  options: RemoteGitOptions,
  ports: Pick<Ports, "exec" | "env">,
  newNonce: () => string = () => crypto.randomUUID(),
): RemoteGitStore {
  const { directory, remote, author, withinMs = usualPatienceMs } = options;
  // Everything of the user's is kept, since credentials come from it; but nobody is there to answer a prompt.
  const own = Object.entries(ports.env).filter((pair): pair is [string, string] => pair[1] !== undefined);
  const env = { ...Object.fromEntries(own), LC_ALL: "C", GIT_TERMINAL_PROMPT: "0" };

  const run = (args: readonly string[], stdin = "", more: Readonly<Record<string, string>> = {}) =>
    ports.exec("git", ["--git-dir", directory, ...args], { env: { ...env, ...more }, stdin, timeoutMs: withinMs });

  const failed = (what: string, { code, stderr }: ExecResult) =>
    new ProviderError("git", `git could not ${what} (${remote}): ${whyOf(code, stderr, withinMs)}`, {
      status: code ?? "signal",
      retryable: true,
    });

  async function git(what: string, args: readonly string[], stdin = "", more: Readonly<Record<string, string>> = {}) {
    const result = await run(args, stdin, more);
    if (result.code !== 0) throw failed(what, result);
    return result.stdout;
  }

  const ownRef = (environment: string) => recordRef(environment).replace("refs/sluice/", `refs/sluice-seen/${remote}/`);

  async function remoteHead(environment: string): Promise<string | null> {
    const ref = recordRef(environment);
    const listed = await git("read the record", ["ls-remote", "--refs", remote, ref]);
    const line = listed.split("\n").find((candidate) => candidate.endsWith(`\t${ref}`));
    return line === undefined ? null : line.slice(0, line.indexOf("\t"));
  }

  async function ownHead(environment: string): Promise<string | null> {
    const found = await run(["rev-parse", "--verify", "--quiet", `${ownRef(environment)}^{commit}`]);
    return found.code === 0 ? found.stdout.trim() : null;
  }

  async function fetchRecord(environment: string): Promise<void> {
    // `+`: a journal that was put back by hand must be readable too; whether it may be believed is for people.
    const refspec = `+${recordRef(environment)}:${ownRef(environment)}`;
    const quietly = ["--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules"];
    await git("fetch the record", ["fetch", ...quietly, remote, refspec]);
  }

  const holds = async (commit: string) => (await run(["cat-file", "-e", `${commit}^{commit}`])).code === 0;

  /** A push without an answer may have arrived, and others may have appended to it since. */
  async function arrived(environment: string, commit: string): Promise<boolean> {
    await fetchRecord(environment);
    return (await run(["merge-base", "--is-ancestor", commit, ownRef(environment)])).code === 0;
  }

  async function snapshotAt(environment: string, head: string): Promise<RecordSnapshot> {
    const file = await run(["cat-file", "blob", `${head}:record.json`]);
    return { head, record: parseRecord(environment, head, file.code === 0 ? file.stdout : null, "git") };
  }

  return {
    async read(environment) {
      const head = await remoteHead(environment);
      if (head === null) return { head, record: emptyRecord(environment) };
      if ((await ownHead(environment)) !== head) await fetchRecord(environment);
      const fetched = await ownHead(environment);
      return fetched === null ? { head: null, record: emptyRecord(environment) } : snapshotAt(environment, fetched);
    },

    async append(environment, onto, entries) {
      const ref = recordRef(environment);
      const { record, files, message, at } = journalCommit(onto.record, entries, newNonce());
      if (onto.head !== null && !(await holds(onto.head))) await fetchRecord(environment);
      const commit = await storeCommit(git, { files, parent: onto.head, message, at, author });
      const lease = `--force-with-lease=${ref}:${onto.head ?? ""}`;
      const pushed = await run([
        "push",
        "--quiet",
        "--no-verify",
        "--no-follow-tags",
        lease,
        remote,
        `${commit}:${ref}`,
      ]);
      const head = pushed.code === 0 ? commit : await remoteHead(environment);
      if (head === onto.head) throw failed(`append to ${ref}`, pushed);
      if (head === commit) await run(["update-ref", ownRef(environment), commit]);
      else if (head === null || !(await arrived(environment, commit))) return { appended: false, reason: "conflict" };
      return { appended: true, snapshot: { head: commit, record } };
    },

    async lastSeen(environment) {
      const head = await ownHead(environment);
      return head === null ? undefined : snapshotAt(environment, head);
    },

    history: (environment, newest) =>
      journalHistory(directory, environment, ports, { ref: ownRef(environment), newest }),
  };
}

function whyOf(code: number | null, stderr: string, withinMs: number): string {
  if (code === null) return `no answer within ${withinMs / 1000} s.`;
  // An address may hold a token: https://user:token@host
  return stderr
    .trim()
    .replaceAll(/:\/\/[^\s/@]*@/g, "://***@")
    .slice(0, 300);
}
