import { base64Lines } from "./git-data.ts";
import type { Commit, Person, TreeEntry } from "./git-objects.ts";
import { notFound, Refusal } from "./refusal.ts";
import { type Answer, get, page, type Route, type TwinRequest } from "./route.ts";
import { isoSeconds, nodeId, resolveCommit, type TwinRepository, user } from "./twin-repository.ts";

const largestInline = 1024 * 1024;

/** https://docs.github.com/rest/repos: the repository itself, its files, branches, commits and comparisons. */
export function contentRoutes(repository: TwinRepository, protectedBranches: readonly string[]): Route[] {
  return [
    get("", "metadata=read", () => ({ status: 200, body: repositoryBody(repository) })),
    get("/contents", "contents=read", (request) => contents(repository, request)),
    get("/contents/*path", "contents=read", (request) => contents(repository, request)),
    get("/branches/*branch", "contents=read", async ({ params }) => {
      const commit = await repository.git.readCommit(`refs/heads/${params["branch"]}`);
      if (commit === undefined) throw new Refusal(404, "Branch not found");
      return {
        status: 200,
        body: {
          name: params["branch"],
          commit: commitBody(repository, commit),
          protected: protectedBranches.includes(params["branch"] ?? ""),
        },
      };
    }),
    get("/commits", "contents=read", async (request) => page(await listCommits(repository, request), request)),
    get("/commits/*ref", "contents=read", async ({ params }) => {
      const commit = await commitAt(repository, params["ref"] ?? "");
      return { status: 200, body: commitBody(repository, commit) };
    }),
    get("/compare/*basehead", "contents=read", async ({ params }) => {
      const [base = "", head = ""] = (params["basehead"] ?? "").split("...");
      return { status: 200, body: await comparison(repository, base, head) };
    }),
  ];
}

export const repositoryBody = ({ owner, name, url, htmlUrl, defaultBranch }: TwinRepository) => ({
  id: 1,
  node_id: nodeId("Repository", 1),
  name,
  full_name: `${owner}/${name}`,
  owner: user(owner),
  private: true,
  visibility: "private",
  html_url: htmlUrl,
  url,
  fork: false,
  archived: false,
  disabled: false,
  default_branch: defaultBranch,
});

async function commitAt(repository: TwinRepository, name: string): Promise<Commit> {
  const sha = await resolveCommit(repository, name);
  const commit = sha === undefined ? undefined : await repository.git.readCommit(sha);
  if (commit === undefined) throw new Refusal(422, `No commit found for SHA: ${name}`);
  return commit;
}

async function contents(repository: TwinRepository, { params, query, accept }: TwinRequest): Promise<Answer> {
  const ref = query.get("ref") ?? repository.defaultBranch;
  const commit = await resolveCommit(repository, ref);
  if (commit === undefined) throw new Refusal(404, `No commit found for the ref ${ref}`);
  const path = (params["path"] ?? "").replace(/\/+$/, "");
  const object = await repository.git.read(path === "" ? `${commit}^{tree}` : `${commit}:${path}`);
  if (object === undefined) throw notFound();
  if (object.type === "tree") {
    const entries = (await repository.git.readTree(object.sha)) ?? [];
    return { status: 200, body: entries.map((entry) => directoryLine(repository, path, ref, entry)) };
  }
  if (accept.includes("raw")) return { status: 200, body: object.content };
  const inline = object.content.length <= largestInline;
  return {
    status: 200,
    body: {
      ...fileLine(repository, path, ref, object.sha),
      size: object.content.length,
      content: inline ? base64Lines(object.content) : "",
      encoding: inline ? "base64" : "none",
    },
  };
}

function fileLine(repository: TwinRepository, path: string, ref: string, sha: string) {
  const url = `${repository.url}/contents/${path}?ref=${ref}`;
  const gitUrl = `${repository.url}/git/blobs/${sha}`;
  const htmlUrl = `${repository.htmlUrl}/blob/${ref}/${path}`;
  return {
    type: "file",
    name: path.slice(path.lastIndexOf("/") + 1),
    path,
    sha,
    url,
    git_url: gitUrl,
    html_url: htmlUrl,
    download_url: null,
    _links: { self: url, git: gitUrl, html: htmlUrl },
  };
}

function directoryLine(repository: TwinRepository, directory: string, ref: string, entry: TreeEntry) {
  const path = directory === "" ? entry.name : `${directory}/${entry.name}`;
  return { ...fileLine(repository, path, ref, entry.sha), type: entry.mode === "40000" ? "dir" : "file", size: 0 };
}

const when = ({ name, email, seconds }: Person) => ({ name, email, date: isoSeconds(seconds * 1000) });

function commitBody(repository: TwinRepository, commit: Commit) {
  const url = `${repository.url}/commits/${commit.sha}`;
  return {
    sha: commit.sha,
    node_id: nodeId("Commit", commit.sha),
    url,
    html_url: `${repository.htmlUrl}/commit/${commit.sha}`,
    comments_url: `${url}/comments`,
    commit: {
      url: `${repository.url}/git/commits/${commit.sha}`,
      author: when(commit.author),
      committer: when(commit.committer),
      message: commit.message,
      tree: { sha: commit.tree, url: `${repository.url}/git/trees/${commit.tree}` },
      comment_count: 0,
    },
    author: null,
    committer: null,
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${repository.url}/commits/${sha}`,
      html_url: `${repository.htmlUrl}/commit/${sha}`,
    })),
  };
}

async function listCommits(repository: TwinRepository, { query }: TwinRequest) {
  const start = await resolveCommit(repository, query.get("sha") ?? repository.defaultBranch);
  if (start === undefined) throw notFound();
  const path = query.get("path");
  return commitsIn(repository, start, ...(path === null ? [] : ["--", path]));
}

async function commitsIn(repository: TwinRepository, ...revisions: string[]) {
  const { stdout } = await repository.git.git("rev-list", ...revisions);
  const commits = await Promise.all(lines(stdout).map((sha) => repository.git.readCommit(sha)));
  return commits.filter((commit) => commit !== undefined).map((commit) => commitBody(repository, commit));
}

const lines = (text: string): string[] => text.split("\n").filter((line) => line !== "");

/** What the files of a pull request and of a comparison are listed from. */
export async function changedBetween(repository: TwinRepository, base: string, head: string) {
  const mergeBase = (await repository.git.git("merge-base", base, head)).stdout.trim();
  const files = await repository.git.git("diff", "--name-status", "--no-renames", mergeBase, head);
  return lines(files.stdout).map(changedFile);
}

async function comparison(repository: TwinRepository, baseName: string, headName: string) {
  const [base, head] = await Promise.all([resolveCommit(repository, baseName), resolveCommit(repository, headName)]);
  if (base === undefined || head === undefined) throw notFound();
  const mergeBase = (await repository.git.git("merge-base", base, head)).stdout.trim();
  if (mergeBase === "") throw new Refusal(404, `No common ancestor between ${baseName} and ${headName}.`);
  const counts = await repository.git.git("rev-list", "--left-right", "--count", `${base}...${head}`);
  const [behind = 0, ahead = 0] = counts.stdout.trim().split("\t").map(Number);
  const commits = (await commitsIn(repository, `${base}..${head}`)).reverse();
  return {
    url: `${repository.url}/compare/${baseName}...${headName}`,
    html_url: `${repository.htmlUrl}/compare/${baseName}...${headName}`,
    base_commit: commitBody(repository, await commitAt(repository, base)),
    merge_base_commit: commitBody(repository, await commitAt(repository, mergeBase)),
    status: ahead > 0 ? (behind > 0 ? "diverged" : "ahead") : behind > 0 ? "behind" : "identical",
    ahead_by: ahead,
    behind_by: behind,
    total_commits: ahead,
    commits,
    files: await changedBetween(repository, base, head),
  };
}

function changedFile(line: string) {
  const [letter = "M", filename = ""] = line.split("\t");
  return { filename, status: { A: "added", D: "removed" }[letter] ?? "modified" };
}
