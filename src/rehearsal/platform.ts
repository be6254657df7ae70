import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import * as z from "zod";
import { composeTarget } from "../deploy-target/compose.ts";
import { localTarget } from "../deploy-target/local.ts";
import { renderTarget } from "../deploy-target/render.ts";
import { vercelTarget } from "../deploy-target/vercel.ts";
import type { Production } from "../deploy-target.ts";
import { InputError } from "../failure.ts";
import type { Ports } from "../ports.ts";
import { readRunbook } from "../runbook-file.ts";
import type { RenderTarget, TargetSpec } from "../target-spec.ts";
import { readVariables } from "../variables.ts";
import { accept, resolveParts } from "../written-runbook.ts";
import type { PlatformFaults } from "./act.ts";
import type { HostPlaces } from "./host-places.ts";

/** Where the versions of a rehearsal run: what a runbook's target stands for on one machine. */
export interface Platform {
  /** Where users' requests go. */
  readonly production: string;
  /** The version that serves when the world begins, by the commit it was built from. */
  readonly stable: string;
  /** What serves, each version named by the commit it was built from. */
  observe(): Promise<Production>;
  /** A person gives all traffic to the version that was built from a commit. */
  giveAll(commit: string): Promise<void>;
  /** Breaks the platform's API on purpose, and mends what is not named. */
  breakOnPurpose(faults: PlatformFaults): Promise<void>;
  /** Dotenv lines for the runbook's references. */
  readonly secrets: string;
  readonly vars: string;
  /** Variables of the machine that runs the jobs. */
  readonly env: Readonly<Record<string, string>>;
}

/** Where the Sentry of a rehearsal answers, and what it lets in. */
export interface SentryPlace {
  readonly url: string;
  readonly dsn: string;
  readonly token: string;
}

/** Starts a process of the world that says in its first line where it is; it ends with the world. */
type StartPart = <T>(script: string, env: Readonly<Record<string, string>>, said: z.ZodType<T>) => Promise<T>;

export interface PlatformOptions {
  readonly directory: string;
  readonly repository: string;
  readonly bare: string;
  /** Commit of the version that serves first. */
  readonly commit: string;
  readonly databaseUrl: string;
  /** The Sentry of the service, where its runbook asks one. */
  readonly sentry?: SentryPlace | undefined;
  /** Where the host of a `compose` target has its things. */
  readonly host?: HostPlaces | undefined;
  readonly startPart: StartPart;
}

/** Starts the platform that the consumer's runbook names, with one version that serves everything. */
export function startPlatform(target: TargetSpec, options: PlatformOptions, ports: Ports): Promise<Platform> {
  if ("local" in target) return startLocal(options, ports);
  if ("vercel" in target) return startVercel(target.vercel.domain, options, ports);
  if ("render" in target) return startRender(target.render, options, ports);
  if ("compose" in target) return startCompose(options, ports);
  throw new InputError(
    `A rehearsal cannot play the target ${Object.keys(target).join()}; it can play local, vercel, render and compose.`,
  );
}

const hostAddress = z.object({ production: z.string(), admin: z.string() });

async function startLocal(options: PlatformOptions, ports: Ports): Promise<Platform> {
  const { directory, repository, commit, databaseUrl, startPart } = options;
  const token = randomBytes(24).toString("hex");
  const hostDirectory = path.join(directory, "host");
  mkdirSync(hostDirectory);
  const env = { LOCAL_HOST_DIRECTORY: hostDirectory, LOCAL_HOST_TOKEN: token };
  const { admin, production } = await startPart("local-host-main.ts", env, hostAddress);
  const health = { path: "/api/health", withinMs: 20_000 };
  const target = localTarget({ admin, token, command: ["node", "app/server.mjs"], health }, ports);
  const staged = await target.stage({ commit, directory: repository, env: { DATABASE_URL: databaseUrl } });
  const serving = await target.restore({ to: staged.version });
  if (serving.outcome !== "applied") throw new InputError(`The first version does not serve: ${serving.message}`);
  return {
    production,
    stable: staged.version,
    observe: target.observe,
    async giveAll(to) {
      await target.restore({ to });
    },
    async breakOnPurpose(faults) {
      const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
      const body = JSON.stringify(faults);
      const answer = await fetch(new URL("/faults", admin), { method: "PUT", headers, body });
      if (!answer.ok) throw new InputError(`The local host refused its faults: ${await answer.text()}`);
    },
    secrets: `LOCAL_TOKEN=${token}\n`,
    vars: `LOCAL_ADMIN=${admin}\nAPP_URL=${production}\n`,
    env: {},
  };
}

const twinAddress = z.object({
  api: z.string(),
  production: z.string(),
  token: z.string(),
  project: z.object({ id: z.string() }),
  team: z.object({ id: z.string() }),
});
const deploymentList = z.looseObject({
  deployments: z.array(z.looseObject({ uid: z.string(), meta: z.record(z.string(), z.string()) })),
});

/** Dotenv lines of a file of the consumer's, where it has one. */
const linesIn = (repository: string, file: string): string =>
  existsSync(path.join(repository, file)) ? readFileSync(path.join(repository, file), "utf8") : "";

/** What stands in the platform's own settings: `rehearsal.env` of the consumer. */
const variablesIn = (repository: string): Readonly<Record<string, string>> =>
  readVariables(linesIn(repository, "rehearsal.env"));

/** What the secret RUNBOOK_ENV holds besides the platform's token: `rehearsal.secrets.env` of the consumer. */
const secretsIn = (repository: string): string => linesOf(readVariables(linesIn(repository, "rehearsal.secrets.env")));

const linesOf = (variables: Readonly<Record<string, string>>): string =>
  Object.entries(variables)
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");

async function startVercel(domain: string | undefined, options: PlatformOptions, ports: Ports): Promise<Platform> {
  const { directory, repository, bare, commit, databaseUrl, startPart } = options;
  const twinDirectory = path.join(directory, "vercel");
  mkdirSync(twinDirectory);
  const served = domain ?? "rehearsal.example";
  const told = await startPart(
    "vercel-twin-main.ts",
    {
      TWIN_DIRECTORY: twinDirectory,
      TWIN_REPOSITORY: bare,
      TWIN_COMMIT: commit,
      TWIN_DOMAIN: served,
      TWIN_VARIABLES: JSON.stringify({ ...variablesIn(repository), DATABASE_URL: databaseUrl }),
    },
    twinAddress,
  );
  const { api, production, token, project, team } = told;
  const env = { SLUICE_VERCEL_API: api };
  const spec = { project: project.id, team: team.id, token, build: "remote", domain: served, health: "/" } as const;
  const target = vercelTarget(spec, { ...ports, env: { ...ports.env, ...env } });

  /** Users see commits in their answers; Vercel names deployments. */
  const deployments = async () => {
    const url = new URL(`/v7/deployments?projectId=${project.id}&teamId=${team.id}&limit=100`, api);
    const answer = await ports.fetch(url, { headers: { authorization: `Bearer ${token}` } });
    return deploymentList.parse(await answer.json()).deployments.map(({ uid, meta }) => ({
      version: uid,
      commit: meta["sluiceCommit"] ?? meta["githubCommitSha"] ?? uid,
    }));
  };
  return {
    production,
    stable: commit,
    async observe() {
      const { generation, serving } = await target.observe();
      const known = new Map((await deployments()).map(({ version, commit: of }) => [version, of]));
      return {
        generation,
        serving: serving.map(({ version, weight }) => ({ version: known.get(version) ?? version, weight })),
      };
    },
    async giveAll(to) {
      const found = (await deployments()).find(({ commit: of }) => of === to);
      if (found !== undefined) await target.restore({ to: found.version });
    },
    breakOnPurpose() {
      throw new InputError("This scenario breaks the platform's API, which a rehearsal only does to the local one.");
    },
    secrets: `VERCEL_TOKEN=${token}\n${secretsIn(repository)}`,
    vars: `VERCEL_PROJECT_ID=${project.id}\nVERCEL_ORG_ID=${team.id}\nAPP_URL=${production}\n`,
    env,
  };
}

const renderAddress = z.object({ api: z.string(), production: z.string(), key: z.string() });

async function startRender(spec: RenderTarget, options: PlatformOptions, ports: Ports): Promise<Platform> {
  const { directory, bare, commit, databaseUrl, sentry, startPart } = options;
  const twinDirectory = path.join(directory, "render");
  mkdirSync(twinDirectory);
  const variables = {
    DATABASE_URL: databaseUrl,
    NODE_ENV: "production",
    ...(sentry !== undefined && { SENTRY_DSN: sentry.dsn }),
    OPENAI_API_KEY: `sk-${randomBytes(16).toString("hex")}`,
  };
  const { api, production, key } = await startPart(
    "render-twin-main.ts",
    {
      TWIN_DIRECTORY: twinDirectory,
      TWIN_REPOSITORY: bare,
      TWIN_COMMIT: commit,
      TWIN_SERVICE: spec.service,
      TWIN_CANDIDATE: spec.candidate ?? "",
      TWIN_HEALTH: spec.health ?? "/health",
      TWIN_VARIABLES: JSON.stringify(variables),
    },
    renderAddress,
  );
  const env = { SLUICE_RENDER_API: api };
  const target = renderTarget({ ...spec, key }, { ...ports, env: { ...ports.env, ...env } });
  return {
    production,
    stable: commit,
    // A version on Render is the commit itself.
    observe: target.observe,
    async giveAll(to) {
      await target.restore({ to });
    },
    breakOnPurpose() {
      throw new InputError("This scenario breaks the platform's API, which a rehearsal only does to the local one.");
    },
    secrets: `RENDER_API_KEY=${key}\n${sentry === undefined ? "" : `SENTRY_AUTH_TOKEN=${sentry.token}\n`}`,
    vars: `APP_URL=${production}\n${sentry === undefined ? "" : `SENTRY_URL=${sentry.url}\nSENTRY_DSN=${sentry.dsn}\n`}`,
    env,
  };
}

const hostSaid = z.object({ destination: z.string(), knownHosts: z.string(), key: z.string(), production: z.string() });

/** One host, reached over SSH like any other; its runbook names it `$WEB_1`. */
async function startCompose(options: PlatformOptions, ports: Ports): Promise<Platform> {
  const { repository, commit, databaseUrl, host, startPart } = options;
  if (host === undefined) throw new InputError("The host of the rehearsal has no place.");
  const runbookFile = ".github/runbook.yml";
  const written = accept(readRunbook(readFileSync(path.join(repository, runbookFile), "utf8"), runbookFile));
  const label = "compose" in written.value.target ? Object.keys(written.value.target.compose.hosts).join() : "";
  const { destination, knownHosts, key, production } = await startPart(
    "host-twin-main.ts",
    { TWIN_DIRECTORY: host.directory, TWIN_LABEL: label, TWIN_SLOTS: JSON.stringify(host.slots) },
    hostSaid,
  );
  const secrets = `SSH_KEY="${key.trim()}"\n${secretsIn(repository)}`;
  const vars = `WEB_1=${destination}\nSSH_KNOWN_HOSTS=${knownHosts}\nAPP_URL=${production}\n${linesOf(variablesIn(repository))}`;
  const variables = { ...readVariables(vars), ...readVariables(secrets), DATABASE_URL: databaseUrl };
  const { target: spec } = resolveParts(written, variables, ["target"]);
  if (!("compose" in spec)) throw new InputError("The rehearsal has a host, and the runbook names none.");
  const target = await composeTarget(spec.compose, ports);
  const staged = await target.stage({ commit, directory: repository, env: variables });
  const serving = await target.restore({ to: staged.version });
  if (serving.outcome !== "applied") throw new InputError(`The first version does not serve: ${serving.message}`);
  return {
    production,
    stable: staged.version,
    observe: target.observe,
    async giveAll(to) {
      await target.restore({ to });
    },
    breakOnPurpose() {
      throw new InputError("This scenario breaks the platform's API, which a rehearsal only does to the local one.");
    },
    secrets,
    vars,
    env: {},
  };
}
