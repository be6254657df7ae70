/** Runs git in one repository; throws when it fails. `what` completes "git could not ...". */
export type Git = (
  what: string,
  args: readonly string[],
  stdin?: string,
  env?: Readonly<Record<string, string>>,
) => Promise<string>;

export interface CommitContent {
  readonly files: Readonly<Record<string, string>>;
  readonly parent: string | null;
  readonly message: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly author: { readonly name: string; readonly email: string };
}

/** Stores a commit that no ref names yet, without an index or a work tree; answers its sha. */
export async function storeCommit(git: Git, { files, parent, message, at, author }: CommitContent): Promise<string> {
  const lines: string[] = [];
  for (const [name, content] of Object.entries(files)) {
    const blob = await git("store a file", ["hash-object", "-w", "--stdin"], content);
    lines.push(`100644 blob ${blob.trim()}\t${name}\n`);
  }
  const tree = await git("store a tree", ["mktree"], lines.join(""));
  const parents = parent === null ? [] : ["-p", parent];
  const date = `@${Math.floor(at / 1000)} +0000`;
  const identity = {
    GIT_AUTHOR_NAME: author.name,
    GIT_AUTHOR_EMAIL: author.email,
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: author.name,
    GIT_COMMITTER_EMAIL: author.email,
    GIT_COMMITTER_DATE: date,
  };
  const commit = await git("store a commit", ["commit-tree", tree.trim(), ...parents], message, identity);
  return commit.trim();
}
