import { createHash, randomBytes } from "node:crypto";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { VercelRefusal } from "./api-server.ts";
import type { Edge } from "./edge.ts";

export interface TwinDeployment {
  readonly id: string;
  readonly projectId: string;
  readonly ownerId: string;
  readonly name: string;
  readonly target: "production" | "staging" | null;
  readonly source: "cli" | "api-trigger-git-deploy" | "git";
  readonly meta: Readonly<Record<string, string>>;
  readonly createdAt: number;
  /** The production variables it was built with; they stay with it. */
  readonly env: Readonly<Record<string, string>>;
  readonly autoAssignCustomDomains: boolean;
  url: string;
  readyState: string;
  readySubstate: "STAGED" | "ROLLING" | "PROMOTED" | undefined;
  errorCode?: string;
  errorMessage?: string;
}

/** What the next build does instead of becoming ready. */
export type Misbehaviour = "error" | "canceled" | "stuck" | "preview" | "takes-traffic";

const file = z.strictObject({
  file: z.string().regex(/^(?!\/)(?!.*(?:^|\/)\.\.(?:\/|$)).+$/),
  sha: z.string().optional(),
  size: z.number().optional(),
  mode: z.number().optional(),
  data: z.string().optional(),
  encoding: z.enum(["base64", "utf-8"]).optional(),
});

const gitSource = z.strictObject({
  type: z.enum(["github", "github-limited"]),
  ref: z.string(),
  sha: z.string().optional(),
  repoId: z.union([z.string(), z.number()]).optional(),
  org: z.string().optional(),
  repo: z.string().optional(),
});

/** https://vercel.com/docs/rest-api/reference/endpoints/deployments/create-a-new-deployment and what the CLI sends. */
export const createRequest = z.looseObject({
  name: z.string().max(100),
  project: z.string().optional(),
  target: z.string().optional(),
  deploymentId: z.string().optional(),
  gitSource: gitSource.optional(),
  files: z.array(file).optional(),
  meta: z.record(z.string(), z.string()).default({}),
  autoAssignCustomDomains: z.boolean().optional(),
});
export type CreateRequest = z.infer<typeof createRequest>;

export interface BuildOptions {
  readonly projectId: string;
  readonly ownerId: string;
  /** Scratch folder; each deployment's files are in it. */
  readonly directory: string;
  /** Writes the tree of a commit into a folder; false when the repository has none such. */
  readonly checkout: (sha: string, into: string) => Promise<boolean>;
  /** The variables of the production environment as they are now. */
  readonly variables: () => Readonly<Record<string, string>>;
  readonly edge: Edge;
  readonly now: () => number;
}

/** Files that were uploaded, by SHA-1; builds that happen in the background. */
export interface TwinBuilds {
  readonly list: readonly TwinDeployment[];
  /** Milliseconds a build takes besides what it really takes. */
  buildMs: number;
  misbehave(next: Misbehaviour | undefined): void;
  upload(digest: string, bytes: Buffer): void;
  find(idOrUrl: string): TwinDeployment | undefined;
  /** Answers the digests that are missing, or the deployment that is being built. */
  create(request: CreateRequest): Promise<TwinDeployment | { readonly missing: readonly string[] }>;
  remove(id: string): Promise<void>;
  settled(): Promise<void>;
}

export const newId = (prefix: string): string => `${prefix}_${randomBytes(14).toString("hex")}`;

export function twinBuilds(options: BuildOptions): TwinBuilds {
  const list: TwinDeployment[] = [];
  const files = new Map<string, Buffer>();
  const running = new Set<Promise<void>>();
  let misbehaviour: Misbehaviour | undefined;
  let last = 0;

  const build = async (deployment: TwinDeployment, request: CreateRequest, next: Misbehaviour | undefined) => {
    const fail = (code: string, message: string, state = "ERROR") => {
      deployment.readyState = state;
      deployment.errorCode = code;
      deployment.errorMessage = message;
    };
    deployment.readyState = "BUILDING";
    await sleep(builds.buildMs);
    if (next === "error") return fail("BUILD_FAILED", 'Command "npm run build" exited with 1');
    if (next === "canceled") return fail("CANCELED", "Canceled by a person", "CANCELED");
    if (next === "stuck") return;
    const directory = join(options.directory, deployment.id);
    await mkdir(directory, { recursive: true });
    if (request.gitSource !== undefined) {
      const sha = request.gitSource.sha ?? request.gitSource.ref;
      if (!(await options.checkout(sha, directory))) return fail("GIT_SHA_NOT_FOUND", `Commit ${sha} does not exist`);
    }
    for (const { file: name, sha, data, encoding } of request.files ?? []) {
      const bytes = sha === undefined ? Buffer.from(data ?? "", encoding ?? "utf-8") : (files.get(sha) ?? Buffer.of());
      await mkdir(dirname(join(directory, name)), { recursive: true });
      await writeFile(join(directory, name), bytes);
    }
    const started = await options.edge.start(deployment.id, directory, {
      ...deployment.env,
      VERCEL: "1",
      VERCEL_ENV: deployment.target ?? "preview",
      VERCEL_DEPLOYMENT_ID: deployment.id,
      VERCEL_GIT_COMMIT_SHA: request.gitSource?.sha ?? "",
    });
    if ("failed" in started) return fail("BUILD_FAILED", started.failed);
    deployment.url = started.host;
    deployment.readySubstate = next === "takes-traffic" ? "PROMOTED" : "STAGED";
    deployment.readyState = "READY";
  };

  const builds: TwinBuilds = {
    list,
    buildMs: 20,
    misbehave(next) {
      misbehaviour = next;
    },
    upload(digest, bytes) {
      if (createHash("sha1").update(bytes).digest("hex") !== digest)
        throw new VercelRefusal(400, "invalid_digest", "The digest does not match the file");
      files.set(digest, bytes);
    },
    find: (idOrUrl) => list.find(({ id, url }) => id === idOrUrl || url === idOrUrl),
    async create(request) {
      const missing = (request.files ?? []).flatMap(({ sha }) => (sha !== undefined && !files.has(sha) ? [sha] : []));
      if (missing.length > 0) return { missing };
      const next = misbehaviour;
      misbehaviour = undefined;
      last = Math.max(options.now(), last + 1);
      const target = next === "preview" ? null : request.target === "production" ? "production" : null;
      const id = newId("dpl");
      const deployment: TwinDeployment = {
        id,
        projectId: options.projectId,
        ownerId: options.ownerId,
        name: request.name,
        target,
        source: request.gitSource === undefined ? "cli" : "api-trigger-git-deploy",
        meta: request.meta,
        createdAt: last,
        env: options.variables(),
        autoAssignCustomDomains: request.autoAssignCustomDomains ?? true,
        url: `${request.name}-${id.slice(4, 13)}.vercel.app`,
        readyState: "QUEUED",
        readySubstate: undefined,
      };
      list.unshift(deployment);
      const work = build(deployment, request, next)
        .catch((problem: Error) => {
          deployment.readyState = "ERROR";
          deployment.errorMessage = problem.message;
        })
        .finally(() => running.delete(work));
      running.add(work);
      return deployment;
    },
    async remove(id) {
      const at = list.findIndex((known) => known.id === id);
      if (at < 0) throw new VercelRefusal(404, "not_found", "Deployment not found");
      list.splice(at, 1);
      await options.edge.remove(id);
      await rm(join(options.directory, id), { recursive: true, force: true });
    },
    async settled() {
      while (running.size > 0) await Promise.all(running);
    },
  };
  return builds;
}
