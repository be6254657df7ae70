import * as z from "zod";
import { type Commit, encodeCommit, encodeTree, type GitObject, type Person, type TreeEntry } from "./git-objects.ts";
import { invalidField, notFound, Refusal, unprocessable } from "./refusal.ts";
import { get, page, type Route, remove, write } from "./route.ts";
import { isoSeconds, isRefName, nodeId, type TwinRepository } from "./twin-repository.ts";

const sha = z.string().regex(/^[0-9a-f]{40}$/, "is not a full sha");
const person = z.strictObject({
  name: z.string(),
  email: z.string(),
  date: z.iso.datetime({ offset: true }).optional(),
});

const treeChange = z.strictObject({
  path: z.string(),
  mode: z.enum(["100644", "100755", "040000", "160000", "120000"]),
  type: z.enum(["blob", "tree", "commit"]),
  sha: sha.nullish(),
  content: z.string().optional(),
});
type TreeChange = z.output<typeof treeChange>;

/** https://docs.github.com/rest/git: refs, blobs, trees and commits, on the real repository. */
export function gitDataRoutes(repository: TwinRepository): Route[] {
  return [...refRoutes(repository), ...objectRoutes(repository)];
}

function refRoutes(repository: TwinRepository): Route[] {
  const { git } = repository;
  const refBody = (ref: string, object: Pick<GitObject, "sha" | "type">) => ({
    ref,
    node_id: nodeId("Ref", ref),
    url: `${repository.url}/git/${ref}`,
    object: { type: object.type, sha: object.sha, url: `${repository.url}/git/${object.type}s/${object.sha}` },
  });
  const readRef = async (ref: string) => (isRefName(ref) ? await git.read(ref) : undefined);
  const objectNamed = async (name: string) => {
    const object = await git.read(name);
    if (object === undefined) throw unprocessable("Object does not exist");
    return object;
  };

  async function updateRef(ref: string, wanted: string, force: boolean) {
    const present = await readRef(ref);
    if (present === undefined) throw unprocessable("Reference does not exist");
    const object = await objectNamed(wanted);
    if (!force && !(await isAncestor(repository, present.sha, object.sha)))
      throw unprocessable("Update is not a fast forward");
    // Whoever else moves refs of this repository holds git's lock for a moment only.
    for (let tries = 1; (await git.git("update-ref", ref, object.sha, present.sha)).code !== 0; tries += 1)
      if (tries >= 3 || (await readRef(ref))?.sha !== present.sha) throw unprocessable("Update is not a fast forward");
    return { status: 200, body: refBody(ref, object) };
  }

  return [
    get("/git/ref/*ref", "contents=read", async ({ params }) => {
      const ref = `refs/${params["ref"]}`;
      const object = await readRef(ref);
      if (object === undefined) throw notFound();
      return { status: 200, body: refBody(ref, object) };
    }),
    get("/git/matching-refs/*ref", "contents=read", async (request) => {
      const prefix = `refs/${request.params["ref"]}`;
      const listed = await git.git("for-each-ref", "--format=%(refname)%00%(objectname)%00%(objecttype)");
      const refs = listed.stdout.split("\n").flatMap((line) => {
        const [name, objectName, type] = line.split("\0");
        const complete = name !== undefined && objectName !== undefined && isObjectType(type);
        return complete && name.startsWith(prefix) ? [refBody(name, { sha: objectName, type })] : [];
      });
      return page(refs, request);
    }),
    write("POST", "/git/refs", "contents=write", z.strictObject({ ref: z.string(), sha }), async (_request, body) => {
      const { ref } = body;
      if (!ref.startsWith("refs/") || ref.split("/").length < 3 || !isRefName(ref))
        throw unprocessable("Reference name must start with 'refs/' and have at least two slashes");
      const object = await objectNamed(body.sha);
      if ((await readRef(ref)) !== undefined) throw unprocessable("Reference already exists");
      const created = await git.git("update-ref", ref, object.sha, "0".repeat(40));
      if (created.code === 0) return { status: 201, body: refBody(ref, object) };
      throw unprocessable((await readRef(ref)) === undefined ? "Reference update failed" : "Reference already exists");
    }),
    write(
      "PATCH",
      "/git/refs/*ref",
      "contents=write",
      z.strictObject({ sha, force: z.boolean().default(false) }),
      ({ params }, body) => updateRef(`refs/${params["ref"]}`, body.sha, body.force),
    ),
    remove("/git/refs/*ref", "contents=write", async ({ params }) => {
      const ref = `refs/${params["ref"]}`;
      const present = await readRef(ref);
      if (present === undefined) throw unprocessable("Reference does not exist");
      await git.git("update-ref", "-d", ref, present.sha);
      return { status: 204 };
    }),
  ];
}

const isObjectType = (type: string | undefined): type is GitObject["type"] =>
  type === "blob" || type === "tree" || type === "commit" || type === "tag";

async function isAncestor(repository: TwinRepository, ancestor: string, descendant: string): Promise<boolean> {
  if (ancestor === descendant) return true;
  const commit = await repository.git.readCommit(descendant);
  if (commit?.parents.includes(ancestor)) return true;
  return (await repository.git.git("merge-base", "--is-ancestor", ancestor, descendant)).code === 0;
}

function objectRoutes(repository: TwinRepository): Route[] {
  const { git } = repository;
  const existing = async (name: string | undefined, type: GitObject["type"]) => {
    const object = sha.safeParse(name).success ? await git.read(name ?? "") : undefined;
    if (object?.type !== type) throw notFound();
    return object;
  };

  return [
    write(
      "POST",
      "/git/blobs",
      "contents=write",
      z.strictObject({ content: z.string(), encoding: z.enum(["utf-8", "base64"]).default("utf-8") }),
      async (_request, body) => {
        const written = await git.write(
          "blob",
          Buffer.from(body.content, body.encoding === "base64" ? "base64" : "utf8"),
        );
        return { status: 201, body: { sha: written, url: `${repository.url}/git/blobs/${written}` } };
      },
    ),
    get("/git/blobs/:sha", "contents=read", async ({ params, accept }) => {
      const { sha: name, content } = await existing(params["sha"], "blob");
      if (accept.includes("raw")) return { status: 200, body: content };
      return {
        status: 200,
        body: {
          sha: name,
          node_id: nodeId("Blob", name),
          size: content.length,
          url: `${repository.url}/git/blobs/${name}`,
          content: base64Lines(content),
          encoding: "base64",
        },
      };
    }),
    write(
      "POST",
      "/git/trees",
      "contents=write",
      z.strictObject({ tree: z.array(treeChange).min(1), base_tree: z.string().optional() }),
      async (_request, body) => {
        const base = body.base_tree === undefined ? [] : await git.readTree(body.base_tree);
        if (base === undefined) throw unprocessable("base_tree is not a valid tree oid");
        const written = await writeTree(repository, base, body.tree.map(checkedPath));
        if (written === undefined) throw unprocessable("Invalid tree info");
        return { status: 201, body: await treeBody(repository, written, false) };
      },
    ),
    get("/git/trees/*sha", "contents=read", async ({ params, query }) => {
      if ((await git.readTree(params["sha"] ?? "")) === undefined) throw notFound();
      return { status: 200, body: await treeBody(repository, params["sha"] ?? "", query.has("recursive")) };
    }),
    write(
      "POST",
      "/git/commits",
      "contents=write",
      z.strictObject({
        message: z.string().min(1),
        tree: sha,
        parents: z.array(sha).default([]),
        author: person.optional(),
        committer: person.partial().optional(),
        signature: z.string().optional(),
      }),
      async ({ holder }, body) => {
        if ((await git.read(body.tree))?.type !== "tree") throw unprocessable("Tree SHA does not exist");
        for (const parent of body.parents)
          if ((await git.read(parent))?.type !== "commit")
            throw unprocessable("Parent SHA does not exist or is not a commit object");
        const author = personFrom(body.author, self(holder.actor), repository);
        const committer = personFrom(body.committer, author, repository);
        const { message, tree, parents } = body;
        const written = await git.write("commit", encodeCommit({ tree, parents, author, committer, message }));
        const commit = { sha: written, tree, parents, author, committer, message };
        return { status: 201, body: gitCommitBody(repository, commit) };
      },
    ),
    get("/git/commits/:sha", "contents=read", async ({ params }) => {
      await existing(params["sha"], "commit");
      const commit = await git.readCommit(params["sha"] ?? "");
      if (commit === undefined) throw notFound();
      return { status: 200, body: gitCommitBody(repository, commit) };
    }),
  ];
}

/** GitHub breaks base64 into lines of 60 characters. */
export const base64Lines = (content: Buffer): string => content.toString("base64").replace(/.{60}(?=.)/g, "$&\n");

const self = (login: string): Person => ({
  name: login,
  email:
    login === "github-actions[bot]"
      ? "41898282+github-actions[bot]@users.noreply.github.com"
      : `${login}@users.noreply.github.com`,
  seconds: 0,
});

function personFrom(
  given: { name?: string | undefined; email?: string | undefined; date?: string | undefined } | undefined,
  fallback: Person,
  repository: TwinRepository,
): Person {
  const now = Date.parse(repository.timestamp()) / 1000;
  const seconds = given?.date === undefined ? fallback.seconds || now : Math.floor(Date.parse(given.date) / 1000);
  return { name: given?.name ?? fallback.name, email: given?.email ?? fallback.email, seconds };
}

export function gitCommitBody(repository: TwinRepository, commit: Commit) {
  const when = ({ name, email, seconds }: Person) => ({ name, email, date: isoSeconds(seconds * 1000) });
  return {
    sha: commit.sha,
    node_id: nodeId("Commit", commit.sha),
    url: `${repository.url}/git/commits/${commit.sha}`,
    html_url: `${repository.htmlUrl}/commit/${commit.sha}`,
    author: when(commit.author),
    committer: when(commit.committer),
    message: commit.message,
    tree: { sha: commit.tree, url: `${repository.url}/git/trees/${commit.tree}` },
    parents: commit.parents.map((parent) => ({
      sha: parent,
      url: `${repository.url}/git/commits/${parent}`,
      html_url: `${repository.htmlUrl}/commit/${parent}`,
    })),
    verification: { verified: false, reason: "unsigned", signature: null, payload: null, verified_at: null },
  };
}

function checkedPath(change: TreeChange): TreeChange {
  const parts = change.path.split("/");
  if (change.path.startsWith("/")) throw unprocessable("tree.path cannot start with a slash");
  if (parts.some((part) => part === "" || part === "." || part === ".." || part.toLowerCase() === ".git"))
    throw unprocessable("tree.path contains a malformed path component");
  if (change.content !== undefined && change.sha !== undefined)
    throw invalidField("Tree", "tree", "Must supply either tree.sha or tree.content");
  if (change.content === undefined && change.sha === undefined)
    throw invalidField("Tree", "tree", "tree.sha or tree.content must be supplied");
  return change;
}

/** Writes `base` with the changes made to it; undefined when nothing is left, for git keeps no empty directory. */
async function writeTree(
  repository: TwinRepository,
  base: readonly TreeEntry[],
  changes: readonly TreeChange[],
): Promise<string | undefined> {
  const entries = new Map(base.map((entry) => [entry.name, entry]));
  const nested = Map.groupBy(changes, ({ path }) => path.split("/", 1)[0] ?? "");
  for (const [name, inside] of nested) {
    const entry = await changedEntry(repository, name, entries.get(name), inside);
    if (entry === undefined) entries.delete(name);
    else entries.set(name, entry);
  }
  return entries.size === 0 ? undefined : repository.git.write("tree", encodeTree([...entries.values()]));
}

async function changedEntry(
  repository: TwinRepository,
  name: string,
  present: TreeEntry | undefined,
  changes: readonly TreeChange[],
): Promise<TreeEntry | undefined> {
  const itself = changes.findLast(({ path }) => path === name);
  if (itself !== undefined) return leaf(repository, name, itself);
  const base = present?.mode === "40000" ? await repository.git.readTree(present.sha) : [];
  const inside = changes.map((change) => ({ ...change, path: change.path.slice(name.length + 1) }));
  const written = await writeTree(repository, base ?? [], inside);
  return written === undefined ? undefined : { mode: "40000", name, sha: written };
}

async function leaf(repository: TwinRepository, name: string, change: TreeChange): Promise<TreeEntry | undefined> {
  if (change.sha === null) return undefined;
  const mode = change.mode === "040000" ? "40000" : change.mode;
  if (change.content !== undefined)
    return { mode, name, sha: await repository.git.write("blob", Buffer.from(change.content)) };
  const written = change.sha ?? "";
  if (mode !== "160000" && (await repository.git.read(written))?.type !== change.type)
    throw new Refusal(422, `tree.sha ${written} is not a valid ${change.type}`);
  return { mode, name, sha: written };
}

async function treeBody(repository: TwinRepository, name: string, recursive: boolean) {
  const object = await repository.git.read(`${name}^{tree}`);
  const treeSha = object?.sha ?? name;
  return {
    sha: treeSha,
    url: `${repository.url}/git/trees/${treeSha}`,
    tree: await treeLines(repository, treeSha, "", recursive),
    truncated: false,
  };
}

async function treeLines(
  repository: TwinRepository,
  tree: string,
  prefix: string,
  recursive: boolean,
): Promise<object[]> {
  const entries = (await repository.git.readTree(tree)) ?? [];
  const lines = await Promise.all(
    entries.map(async (entry) => {
      const type = entry.mode === "40000" ? "tree" : entry.mode === "160000" ? "commit" : "blob";
      const object = type === "blob" ? await repository.git.read(entry.sha) : undefined;
      const line = {
        path: `${prefix}${entry.name}`,
        mode: entry.mode.padStart(6, "0"),
        type,
        sha: entry.sha,
        ...(object === undefined ? {} : { size: object.content.length }),
        url: `${repository.url}/git/${type}s/${entry.sha}`,
      };
      const below = recursive && type === "tree" ? await treeLines(repository, entry.sha, `${line.path}/`, true) : [];
      return [line, ...below];
    }),
  );
  return lines.flat();
}
