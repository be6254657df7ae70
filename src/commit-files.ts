import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { TreeEntry } from "./github/commits-and-refs.ts";
import type { GitHubClient } from "./github.ts";

/** Files of a commit that is not the one checked out, brought to a folder of their own. */
export interface CommitFiles extends AsyncDisposable {
  readonly directory: string;
  /** Brings a file or a whole folder, by its path in the repository; a sentence why that cannot be. */
  bring(path: string): Promise<string | undefined>;
}

export interface CommitSource {
  readonly client: Pick<GitHubClient, "listTree" | "readFile">;
  readonly commit: string;
  /** Another commit's tree: what is the same there is copied, and not asked for. */
  readonly workspace: string;
}

/** Migrations that were applied once never change, so hardly a file of an older or newer commit has to be asked for. */
export async function filesOfCommit({ client, commit, workspace }: CommitSource): Promise<CommitFiles> {
  const directory = await mkdtemp(path.join(os.tmpdir(), "sluice-commit-"));
  const put = async (file: string, sha: string): Promise<string | undefined> => {
    const here = await readFile(path.join(workspace, file)).catch(() => undefined);
    const same = here !== undefined && blobSha(here) === sha ? here : undefined;
    const bytes = same ?? Buffer.from((await client.readFile(commit, file)) ?? "");
    // What is no plain text comes back as something else.
    if (blobSha(bytes) !== sha) return `${file} is no plain text`;
    await mkdir(path.dirname(path.join(directory, file)), { recursive: true });
    await writeFile(path.join(directory, file), bytes);
    return undefined;
  };
  return {
    directory,
    async bring(wanted) {
      const found = await entryAt(client, commit, wanted.split("/"));
      if (found === undefined) return `${wanted} is not there`;
      const entries =
        found.type === "tree"
          ? (await client.listTree(found.sha, "recursive")).map((one) => ({ ...one, path: `${wanted}/${one.path}` }))
          : [{ ...found, path: wanted }];
      for (const { path: file, type, mode, sha } of entries) {
        if (type === "tree") continue;
        // A link or a submodule leads to files that these entries do not show.
        if (type !== "blob" || !mode.startsWith("100")) return `${file} is no file of its own`;
        const problem = await put(file, sha);
        if (problem !== undefined) return problem;
      }
      return undefined;
    },
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}

async function entryAt(
  client: CommitSource["client"],
  tree: string,
  [first, ...rest]: readonly string[],
): Promise<TreeEntry | undefined> {
  const found = (await client.listTree(tree)).find((entry) => entry.path === first);
  if (found === undefined || rest.length === 0) return found;
  return found.type === "tree" ? entryAt(client, found.sha, rest) : undefined;
}

/** As git names a file's content: https://git-scm.com/book/en/v2/Git-Internals-Git-Objects */
const blobSha = (bytes: Uint8Array): string =>
  createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
