import * as z from "zod";
import { ProviderError } from "../failure.ts";
import { named, shaped, withoutValue } from "./answer.ts";
import type { Exchange, Written } from "./exchange.ts";

export interface NewCommit {
  readonly message: string;
  readonly tree: string;
  readonly parents: readonly string[];
  /** Milliseconds since the epoch. Fixed by the caller, so that storing the commit again gives the same sha. */
  readonly at: number;
  readonly author: { readonly name: string; readonly email: string };
}

export type TreeEntry = z.infer<typeof treeEntry>;
const treeEntry = z.object({ path: z.string(), mode: z.string(), type: z.string(), sha: z.string() });

/** What a repository holds: files, trees, commits, and the refs that name them. Every method throws `ProviderError`. */
export interface CommitsAndRefs {
  /** Sha of a full ref such as `refs/sluice/production`; null when there is none. */
  readRef(ref: string): Promise<string | null>;
  /** Full names of the refs that begin with these letters, such as `refs/sluice/`. */
  listRefs(prefix: string): Promise<readonly string[]>;
  /** Text of a file at a commit; null when either does not exist. */
  readFile(commit: string, path: string): Promise<string | null>;
  /** What a commit, or a tree by its sha, holds; `recursive` with everything below. */
  listTree(tree: string, depth?: "recursive"): Promise<readonly TreeEntry[]>;
  /** Full sha of the commit that a tag, branch or sha names; null when there is none. */
  commitOf(ref: string): Promise<string | null>;
  /** Whether `ancestor` is `descendant` or one of its ancestors. */
  isAncestor(ancestor: string, descendant: string): Promise<boolean>;
  /** Stores a tree that holds exactly these files; answers its sha. */
  createTree(files: Readonly<Record<string, string>>): Promise<string>;
  /** Stores a commit that no ref names yet; answers its sha. */
  createCommit(commit: NewCommit): Promise<string>;
  /** Sha of a commit's tree. */
  treeOf(commit: string): Promise<string>;
  createRef(ref: string, sha: string): Promise<Written<void>>;
  /** Moves a ref forward; refused when `sha` does not descend from what the ref names. */
  updateRef(ref: string, sha: string): Promise<Written<void>>;
}

const refAnswer = z.object({ object: named });
const refList = z.array(refAnswer.extend({ ref: z.string() }));

const withoutRefs = (ref: string): string => ref.replace(/^refs\//, "");

export function commitsAndRefs({ read, store, write, here }: Exchange): CommitsAndRefs {
  async function refsLike(ref: string) {
    const answer = await store({
      to: `look for ${ref}`,
      send: (octokit, request) => octokit.rest.git.listMatchingRefs({ ...here, ref: withoutRefs(ref), request }),
    });
    return shaped(refList, answer, "list of refs");
  }

  /** A 404 may also mean a repository this token cannot see; only a list without the ref proves that it is absent. */
  async function confirmAbsent(ref: string): Promise<string | null> {
    const found = (await refsLike(ref)).find((candidate) => candidate.ref === ref);
    return found?.object.sha ?? null;
  }

  return {
    async readRef(ref) {
      const answer = await read({
        to: `read ${ref}`,
        send: (octokit, request) => octokit.rest.git.getRef({ ...here, ref: withoutRefs(ref), request }),
      });
      return answer === undefined ? confirmAbsent(ref) : shaped(refAnswer, answer, "ref").object.sha;
    },

    listRefs: async (prefix) => (await refsLike(prefix)).map(({ ref }) => ref),

    async readFile(commit, path) {
      const answer: unknown = await read({
        to: `read ${path} at ${commit.slice(0, 12)}`,
        send: (octokit, request) =>
          octokit.rest.repos.getContent({ ...here, path, ref: commit, mediaType: { format: "raw" }, request }),
      });
      if (answer === undefined) return null;
      return answer instanceof ArrayBuffer ? new TextDecoder().decode(answer) : shaped(z.string(), answer, "file");
    },

    async listTree(tree, depth) {
      const answer = await read({
        to: `list the files of ${tree.slice(0, 12)}`,
        send: (octokit, request) =>
          octokit.rest.git.getTree({
            ...here,
            tree_sha: tree,
            ...(depth !== undefined && { recursive: "1" }),
            request,
          }),
      });
      const listed = shaped(z.object({ tree: z.array(treeEntry), truncated: z.boolean() }), answer, "tree");
      if (listed.truncated)
        throw new ProviderError(
          "github",
          `GitHub lists only a part of the files of ${tree.slice(0, 12)}: there are too many.`,
        );
      return listed.tree;
    },

    async commitOf(ref) {
      const answer = await read({
        to: `find commit ${ref}`,
        send: (octokit, request) => octokit.rest.repos.getCommit({ ...here, ref, per_page: 1, request }),
      }).catch((error: unknown) => {
        // GitHub's answer for a name that is no commit; 404 is for a repository that is not there.
        if (error instanceof ProviderError && error.status === 422) return undefined;
        throw error;
      });
      return answer === undefined ? null : shaped(named, answer, "commit").sha;
    },

    async isAncestor(ancestor, descendant) {
      const answer = await read({
        to: `compare ${ancestor.slice(0, 12)} with ${descendant.slice(0, 12)}`,
        send: (octokit, request) =>
          octokit.rest.repos.compareCommitsWithBasehead({
            ...here,
            basehead: `${ancestor}...${descendant}`,
            per_page: 1,
            request,
          }),
      });
      return answer !== undefined && (answer.status === "ahead" || answer.status === "identical");
    },

    async createTree(files) {
      const tree = Object.entries(files).map(([path, content]) => ({
        path,
        content,
        mode: "100644" as const,
        type: "blob" as const,
      }));
      const answer = await store({
        to: "store a tree",
        send: (octokit, request) => octokit.rest.git.createTree({ ...here, tree, request }),
      });
      return shaped(named, answer, "tree").sha;
    },

    async createCommit({ message, tree, parents, at, author }) {
      const person = { ...author, date: new Date(at).toISOString() };
      const answer = await store({
        to: "store a commit",
        send: (octokit, request) =>
          octokit.rest.git.createCommit({
            ...here,
            message,
            tree,
            parents: [...parents],
            author: person,
            committer: person,
            request,
          }),
      });
      return shaped(named, answer, "commit").sha;
    },

    async treeOf(commit) {
      const answer = await store({
        to: `read commit ${commit.slice(0, 12)}`,
        send: (octokit, request) => octokit.rest.git.getCommit({ ...here, commit_sha: commit, request }),
      });
      return shaped(z.object({ tree: named }), answer, "commit").tree.sha;
    },

    createRef: async (ref, sha) =>
      withoutValue(
        await write({
          to: `create ${ref}`,
          send: (octokit, request) => octokit.rest.git.createRef({ ...here, ref, sha, request }),
        }),
      ),

    updateRef: async (ref, sha) =>
      withoutValue(
        await write({
          to: `move ${ref} to ${sha.slice(0, 12)}`,
          send: (octokit, request) =>
            octokit.rest.git.updateRef({ ...here, ref: withoutRefs(ref), sha, force: false, request }),
        }),
      ),
  };
}
