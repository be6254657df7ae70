import type * as z from "zod";
import { InputError, ProviderError } from "../../failure.ts";
import type { Ports } from "../../ports.ts";
import type { VercelTarget } from "../../target-spec.ts";
import { type Refused, type RestClient, restClient, type Written } from "../rest.ts";
import {
  type AliasRequest,
  billing,
  type Deployment,
  deployment,
  deploymentList,
  domainList,
  type EnvVariable,
  envList,
  envVariable,
  envWritten,
  type Project,
  project,
  type RollingConfig,
  type RollingRelease,
  rollingConfig,
  rollingRelease,
} from "./answers.ts";

/** Vercel as this target sees it: one project of one team. Every method is one request. */
export interface VercelApi {
  readonly projectId: string;
  /** Whether the API is a twin on this machine, whose deployments answer under http. */
  readonly isTwin: boolean;
  /** Vercel's clock, milliseconds since the epoch. */
  now(): number;
  project(): Promise<Project>;
  /** Names of the project's production domains that are verified and no redirects, at most a hundred. */
  productionDomains(): Promise<readonly string[]>;
  /** By id, address or production domain; undefined when there is none that this token may see. */
  deployment(idOrUrl: string): Promise<Deployment | undefined>;
  /** Production deployments, newest first; those one can go back to, or all of them. */
  deployments(which: "all" | "rollback-candidates"): Promise<readonly Deployment[]>;
  rollingRelease(): Promise<RollingRelease | null>;
  rollingConfig(): Promise<RollingConfig | null>;
  /** Why rolling releases can or cannot be switched on. */
  billing(): Promise<z.infer<typeof billing>>;
  writeRollingConfig(stages: readonly number[]): Promise<Written<never>>;
  create(body: CreateDeployment): Promise<Written<Deployment>>;
  promote(id: string): Promise<Written<never>>;
  rollback(id: string): Promise<Written<never>>;
  startRollout(canary: string): Promise<Written<never>>;
  /** Compare-and-set: from this stage to that one. */
  approveStage(canary: string, from: number, to: number): Promise<Written<never>>;
  completeRollout(canary: string): Promise<Written<never>>;
  /** Every variable of the project, values only where `decrypt` is possible and asked for one by one. */
  variables(): Promise<readonly EnvVariable[]>;
  variable(id: string): Promise<EnvVariable | undefined>;
  writeVariables(variables: readonly WrittenVariable[]): Promise<Written<z.infer<typeof envWritten>>>;
  removeVariable(id: string): Promise<Written<never>>;
  remove(id: string): Promise<Written<never>>;
}

export interface CreateDeployment {
  readonly name: string;
  readonly project: string;
  readonly target: "production";
  readonly gitSource: {
    readonly type: string;
    readonly ref: string;
    readonly sha: string;
    readonly repoId?: string | number | undefined;
    readonly org?: string | undefined;
    readonly repo?: string | undefined;
  };
  readonly meta: Readonly<Record<string, string>>;
  /** Never takes a production domain by itself. */
  readonly autoAssignCustomDomains: false;
}

export interface WrittenVariable {
  readonly key: string;
  readonly value: string;
  readonly type: string;
  readonly target: readonly ["production"];
}

const official = "https://api.vercel.com";
/** Set by a rehearsal, to its twin on this machine; any other address is refused, because the token goes there. */
export const apiVariable = "SLUICE_VERCEL_API";

/** Where the API is: Vercel's own address, or a twin on the loopback interface. */
export function apiBase(env: Ports["env"]): URL {
  const address = env[apiVariable];
  if (address === undefined || address === "") return new URL(official);
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const here = url !== undefined && url.protocol === "http:" && /^(localhost|127\.\d+\.\d+\.\d+)$/.test(url.hostname);
  if (here && url.username === "" && url.password === "") return url;
  throw new InputError(
    `${apiVariable} may only be an http address of this machine, such as http://127.0.0.1:8080. Unset it to talk to Vercel itself.`,
  );
}

const tokenPage = "vercel.com/account/settings/tokens";

/** What a person has to change, by what Vercel said. */
function mend({ status, said, detail }: Refused, needs: string | undefined, scope: string): string {
  const isInvalid = typeof detail === "object" && detail !== null && "invalidToken" in detail;
  if (status === 401 || isInvalid || /token/i.test(said))
    return `The token is wrong or has expired: create one for ${scope} at ${tokenPage} and store it as the secret that \`target.vercel.token\` names.`;
  if (status === 403)
    return `The token's owner may not do this in ${scope}. It needs ${needs ?? "access to the project"}; give it that role, or use a token whose scope is that team.`;
  if (status === 402) return "The plan of this account does not include it.";
  if (status === 404 || status === 410)
    return `It does not exist (any more) in ${scope}. Compare \`target.vercel.project\` and \`team\` with the project's settings.`;
  return "";
}

const deploys = "the project role Project Developer or higher, or the permission Full Production Deployment";
const administers = "the project role Project Administrator";
const setsVariables = "the permission Environment Variable Manager";

export function vercelApi(spec: VercelTarget, ports: Ports): VercelApi {
  const { project: projectId, team, token } = spec;
  if (token === undefined || token === "")
    throw new InputError("`target.vercel.token` is empty. Store a token of Vercel as the secret VERCEL_TOKEN.");
  const base = apiBase(ports.env);
  const scope = team === undefined ? "the token's own account" : `team ${team}`;
  const rest: RestClient = restClient(
    {
      provider: "vercel",
      base,
      token,
      query: team === undefined ? {} : { teamId: team },
      mend: (refused, needs) => mend(refused, needs, scope),
    },
    ports,
  );
  const here = `/projects/${encodeURIComponent(projectId)}`;
  const rolling = `/v1${here}/rolling-release`;
  const notFound = () =>
    new InputError(
      `Vercel knows no project ${projectId} in ${scope}: it belongs to another team, or was deleted. ` +
        "Compare `target.vercel.project` and `target.vercel.team` with the ids under Settings, General.",
    );
  const found = <T>(value: T | undefined): T => {
    if (value === undefined) throw notFound();
    return value;
  };
  const post = (to: string, path: string, body: unknown, needs = deploys) =>
    rest.write({ to, needs, method: "POST", path, body });

  return {
    projectId,
    isTwin: base.origin !== official,
    now: rest.now,
    async project() {
      const path = `/v9${here}`;
      const read = found(
        await rest.read({ to: "read the project", path, query: { rollbackInfo: "true" }, schema: project }),
      );
      if (read.id !== projectId)
        throw new InputError(
          `\`target.vercel.project\` is ${projectId}, and Vercel answers with ${read.id}. Write the project's id, which begins with prj_.`,
        );
      return read;
    },
    async productionDomains() {
      const query = { production: "true", redirects: "false", verified: "true", limit: "100" };
      const call = { to: "list the production domains", path: `/v9${here}/domains`, query, schema: domainList };
      return found(await rest.read(call)).domains.map(({ name }) => name);
    },
    deployment: (idOrUrl) =>
      rest.read({
        to: `read deployment ${idOrUrl}`,
        path: `/v13/deployments/${encodeURIComponent(idOrUrl)}`,
        schema: deployment,
      }),
    async deployments(which) {
      const query = {
        projectId,
        target: "production",
        limit: "100",
        ...(which === "all" ? {} : { rollbackCandidate: "true" }),
      };
      const call = { to: "list the production deployments", path: "/v7/deployments", query, schema: deploymentList };
      return found(await rest.read(call)).deployments;
    },
    async rollingRelease() {
      const call = { to: "read the rolling release", path: rolling, schema: rollingRelease };
      return (await rest.read(call))?.rollingRelease ?? null;
    },
    async rollingConfig() {
      const call = { to: "read the rolling release's stages", path: `${rolling}/config`, schema: rollingConfig };
      return (await rest.read(call))?.rollingRelease ?? null;
    },
    billing: async () =>
      found(
        await rest.read({
          to: "read what the plan allows of rolling releases",
          path: `${rolling}/billing`,
          schema: billing,
        }),
      ),
    writeRollingConfig: (stages) =>
      rest.write({
        to: "set the rolling release's stages",
        needs: administers,
        method: "PATCH",
        path: `${rolling}/config`,
        body: {
          enabled: true,
          advancementType: "manual-approval",
          stages: stages.map((targetPercentage) => ({ targetPercentage })),
        },
      }),
    create: (body) =>
      rest.write({
        to: "build the deployment",
        needs: deploys,
        method: "POST",
        path: "/v13/deployments",
        query: { forceNew: "1", skipAutoDetectionConfirmation: "1" },
        body,
        schema: deployment,
      }),
    promote: (id) => post(`promote ${id}`, `/v10${here}/promote/${encodeURIComponent(id)}`, {}),
    rollback: (id) => post(`roll back to ${id}`, `/v1${here}/rollback/${encodeURIComponent(id)}`, {}),
    startRollout: (canaryDeploymentId) =>
      post(`start the rolling release of ${canaryDeploymentId}`, `${rolling}/start`, { canaryDeploymentId }),
    approveStage: (canaryDeploymentId, activeStageIndex, nextStageIndex) =>
      post(`approve stage ${nextStageIndex + 1} of the rolling release`, `${rolling}/approve-stage`, {
        activeStageIndex,
        nextStageIndex,
        canaryDeploymentId,
      }),
    completeRollout: (canaryDeploymentId) =>
      post(`complete the rolling release of ${canaryDeploymentId}`, `${rolling}/complete`, { canaryDeploymentId }),
    async variables() {
      const call = {
        to: "list the environment variables",
        path: `/v10${here}/env`,
        needs: setsVariables,
        schema: envList,
      };
      return found(await rest.read(call)).envs;
    },
    variable: (id) =>
      rest.read({
        to: "read an environment variable",
        needs: setsVariables,
        path: `/v1${here}/env/${encodeURIComponent(id)}`,
        schema: envVariable,
      }),
    writeVariables: (body) =>
      rest.write({
        to: "set environment variables",
        needs: setsVariables,
        method: "POST",
        path: `/v10${here}/env`,
        query: { upsert: "true" },
        body,
        schema: envWritten,
      }),
    removeVariable: (id) =>
      rest.write({
        to: "remove an environment variable",
        needs: setsVariables,
        method: "DELETE",
        path: `/v9${here}/env/${encodeURIComponent(id)}`,
      }),
    remove: (id) =>
      rest.write({
        to: `remove deployment ${id}`,
        needs: deploys,
        method: "DELETE",
        path: `/v13/deployments/${encodeURIComponent(id)}`,
      }),
  };
}

/** Why a request of alias moves is not over: Vercel's own states, and one it may add. */
export function isUnderWay(request: AliasRequest | null | undefined, now: number): boolean {
  if (request === null || request === undefined) return false;
  const ended = ["succeeded", "failed", "skipped"].includes(request.jobStatus);
  return !ended && now - request.requestedAt < longestAliasJobMs;
}

/** Vercel's own command line takes a request that is older for one that is not under way any more. */
const longestAliasJobMs = 3 * 60_000;

export const unreadable = (message: string) => new ProviderError("vercel", message, { retryable: true });
