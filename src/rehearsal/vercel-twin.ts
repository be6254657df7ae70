import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Exchange, startVercelServer, type VercelFault, VercelRefusal } from "./vercel-twin/api-server.ts";
import { type Misbehaviour, type TwinDeployment, twinBuilds } from "./vercel-twin/deployments.ts";
import { startEdge } from "./vercel-twin/edge.ts";
import { routeMatcher, twinRoutes } from "./vercel-twin/routes.ts";
import { type TokenRequest, tokenBook } from "./vercel-twin/tokens.ts";
import { type TwinTraffic, twinTraffic } from "./vercel-twin/traffic.ts";
import { type TwinVariables, twinVariables } from "./vercel-twin/variables.ts";

export interface VercelTwinOptions {
  /** Scratch folder; the deployments' files are below it. */
  readonly directory: string;
  readonly project: { readonly id: string; readonly name: string };
  readonly team: { readonly id: string; readonly slug: string };
  /** Writes the tree of a commit into a folder; false when the repository has none such. */
  readonly checkout: (sha: string, into: string) => Promise<boolean>;
  /** Program and arguments that start a deployment, run inside its own files. */
  readonly command: readonly [string, ...string[]];
  readonly health?: { readonly path: string; readonly withinMs: number };
  readonly domains?: readonly string[];
  readonly plan?: "hobby" | "pro";
  /** Whether the project is connected to its repository; it is unless said otherwise. */
  readonly linked?: boolean;
  /** Whether pushes take the production domains; they do not unless said otherwise. */
  readonly autoAssign?: boolean;
  /** Secrets that pass the protection of the deployments' own addresses; none are protected without. */
  readonly bypass?: readonly string[];
  /** Milliseconds a build takes besides what it really takes. */
  readonly buildMs?: number;
  /** Milliseconds a move of the domains waits, and takes for each of them. */
  readonly aliasMs?: number;
  /** Requests a minute. */
  readonly rateLimit?: number;
  readonly now?: () => number;
}

export interface VercelTwin {
  /** The value of `SLUICE_VERCEL_API`. */
  readonly url: string;
  /** Where users' requests go. */
  readonly production: string;
  issueToken(request?: Partial<TokenRequest>): string;
  readonly traffic: TwinTraffic;
  readonly variables: TwinVariables;
  /** Newest first. */
  readonly deployments: readonly TwinDeployment[];
  /** What the next build does instead of becoming ready. */
  misbehave(next: Misbehaviour | undefined): void;
  /** A deployment a person makes, built to the end; a production one unless said otherwise. */
  deploy(sha: string, target?: "production" | "preview"): Promise<string>;
  /** The same, and it serves everything. */
  serve(sha: string): Promise<string>;
  remove(id: string): Promise<void>;
  /** Everything that was asked and answered, with its bodies. */
  readonly exchanges: readonly Exchange[];
  inject(fault: VercelFault): void;
  clearFaults(): void;
  /** Resolves when nothing is being built or moved. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

/** A budget no rehearsal reaches unless it asks in a busy loop. */
const ordinaryRate = 3_000;

/**
 * A stateful emulation of the part of Vercel's API that a release uses, and that Vercel's command line asks for a
 * prebuilt deployment. Deployments are real processes behind a real router, so what users get is what the API says.
 *
 * Strict where Vercel is: tokens, teams, projects, bodies, rate limits, promotions that queue, aliases that fail,
 * rollbacks to what never served. Not modelled: buckets by client (each request is divided by itself), checks, edge
 * configuration, and whatever no release of ours calls; that answers 404.
 */
export async function startVercelTwin(options: VercelTwinOptions): Promise<VercelTwin> {
  const { project, team, plan = "pro", linked = true, now = Date.now, domains = ["foco.example"] } = options;
  const bypass = options.bypass ?? [];
  const directory = join(options.directory, "deployments");
  await mkdir(directory, { recursive: true });
  const createdAt = now();
  const tokens = tokenBook(team);
  const variables = twinVariables(now);
  const edge = await startEdge({
    command: options.command,
    health: options.health ?? { path: "/", withinMs: 20_000 },
  });
  edge.protect(bypass.length === 0 ? undefined : bypass);
  const builds = twinBuilds({
    projectId: project.id,
    ownerId: team.id,
    directory,
    checkout: options.checkout,
    variables: () => variables.production(),
    edge,
    now,
  });
  const traffic = twinTraffic({ plan, domains, find: builds.find, onChange: edge.serve, now });
  traffic.autoAssign(options.autoAssign ?? false);
  traffic.aliasMs = options.aliasMs ?? traffic.aliasMs;
  builds.buildMs = options.buildMs ?? builds.buildMs;

  const match = routeMatcher(
    twinRoutes({
      project: { ...project, ownerId: team.id, linked, createdAt, bypass },
      team,
      domains,
      plan,
      builds,
      traffic,
      variables,
    }),
  );
  const server = await startVercelServer({
    rateLimit: options.rateLimit ?? ordinaryRate,
    async answer(asked) {
      const holder = tokens.holder(asked.headers.authorization, asked.query);
      const found = match(asked.method, asked.path);
      if (found === undefined) throw new VercelRefusal(404, "not_found", `Not found: ${asked.method} ${asked.path}`);
      tokens.require(holder, found.route.may, asked.path);
      const named = found.params["project"];
      if (named !== undefined && named !== project.id && named !== project.name)
        throw new VercelRefusal(404, "not_found", "Project not found");
      return found.route.answer(asked, found.params);
    },
  });

  const deploy = async (sha: string, target: "production" | "preview" = "production"): Promise<string> => {
    const made = await builds.create({
      name: project.name,
      target,
      gitSource: { type: "github", ref: "main", sha },
      meta: { githubCommitSha: sha },
      autoAssignCustomDomains: false,
    });
    await builds.settled();
    if ("missing" in made || made.readyState !== "READY")
      throw new Error(
        `The twin could not deploy ${sha}: ${"missing" in made ? "files are missing" : made.errorMessage}`,
      );
    return made.id;
  };
  return {
    url: server.url,
    production: edge.production,
    issueToken: tokens.issue,
    traffic,
    variables,
    deployments: builds.list,
    misbehave: builds.misbehave,
    deploy,
    async serve(sha) {
      const id = await deploy(sha);
      traffic.begin(id);
      return id;
    },
    remove: builds.remove,
    exchanges: server.exchanges,
    inject: server.inject,
    clearFaults: server.clearFaults,
    async settled() {
      await builds.settled();
      await traffic.settled();
    },
    async stop() {
      await server.stop();
      await builds.settled();
      await traffic.settled();
      await edge.stop();
      await rm(directory, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
