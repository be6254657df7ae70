import type { TwinDeployment } from "./deployments.ts";
import type { TwinRollout, TwinTraffic } from "./traffic.ts";

/** A deployment the way `GET /v13/deployments` tells it: the fields of the official description that it demands. */
export function deploymentBody(deployment: TwinDeployment, alias: readonly string[]) {
  const { id, name, url, target, source, meta, createdAt, projectId, ownerId, readyState, readySubstate } = deployment;
  return {
    id,
    uid: id,
    name,
    url,
    target,
    source,
    meta,
    createdAt,
    created: createdAt,
    projectId,
    ownerId,
    readyState,
    status: readyState,
    ...(readySubstate === undefined ? {} : { readySubstate }),
    ...(deployment.errorCode === undefined ? {} : { errorCode: deployment.errorCode }),
    ...(deployment.errorMessage === undefined ? {} : { errorMessage: deployment.errorMessage }),
    ...(ownerId.startsWith("team_") ? { team: { id: ownerId, name: "Acme", slug: "acme" } } : {}),
    alias,
    // A deployment that takes no domain has everything assigned that it is to have.
    aliasAssigned: readyState === "READY",
    autoAssignCustomDomains: deployment.autoAssignCustomDomains,
    bootedAt: createdAt,
    buildingAt: createdAt,
    build: { env: [] },
    buildSkipped: false,
    createdIn: "iad1",
    creator: { uid: "usr_1", username: "ada" },
    env: [],
    inspectorUrl: `https://vercel.com/acme/${name}/${id.slice(4)}`,
    isInConcurrentBuildsQueue: false,
    isInSystemBuildsQueue: false,
    plan: "pro",
    projectSettings: {},
    public: false,
    regions: ["iad1"],
    routes: [],
    type: "LAMBDAS",
    version: 2,
  };
}

/** One entry of `GET /v7/deployments`. */
export function listedDeployment(deployment: TwinDeployment, isRollbackCandidate: boolean) {
  const { id, name, url, target, source, meta, createdAt, projectId, readyState, readySubstate } = deployment;
  return {
    uid: id,
    name,
    projectId,
    url,
    created: createdAt,
    createdAt,
    source,
    state: readyState,
    readyState,
    ...(readySubstate === undefined ? {} : { readySubstate }),
    type: "LAMBDAS",
    creator: { uid: "usr_1", username: "ada" },
    meta,
    ...(target === null ? {} : { target }),
    inspectorUrl: `https://vercel.com/acme/${name}/${id.slice(4)}`,
    isRollbackCandidate,
  };
}

const side = ({ id, name, url, target, source, createdAt, readyState }: TwinDeployment) => ({
  id,
  name,
  url,
  ...(target === null ? {} : { target }),
  source,
  createdAt,
  readyState,
  readyStateAt: createdAt,
});

/** `GET /rolling-release`; a document that ended still carries its last stage. */
export function rolloutBody(rollout: TwinRollout, find: (id: string) => TwinDeployment | undefined) {
  const stage = (index: number) => {
    const found = rollout.stages[index];
    return found === undefined ? null : { ...found, requireApproval: true, duration: null };
  };
  const [current, canary] = [find(rollout.current), find(rollout.canary)];
  return {
    state: rollout.state,
    ...(rollout.substate === null ? {} : { substate: rollout.substate }),
    advancementType: rollout.advancementType,
    currentDeployment: current === undefined ? null : side(current),
    canaryDeployment: canary === undefined ? null : side(canary),
    queuedDeploymentId: rollout.queued,
    stages: rollout.stages.map(({ index }) => stage(index)),
    activeStage: stage(rollout.active),
    nextStage: stage(rollout.active + 1),
    currentCanaryPercentage: rollout.stages[rollout.active]?.targetPercentage ?? 0,
    startedAt: rollout.startedAt,
    updatedAt: rollout.updatedAt,
  };
}

export const configBody = (stages: readonly number[] | undefined) =>
  stages === undefined
    ? null
    : {
        target: "production",
        stages: stages.map((targetPercentage) => ({
          targetPercentage,
          ...(targetPercentage === 100 ? {} : { requireApproval: true }),
        })),
      };

export interface ProjectFacts {
  readonly id: string;
  readonly name: string;
  readonly ownerId: string;
  readonly linked: boolean;
  readonly createdAt: number;
  readonly bypass: readonly string[];
}

const currentTarget = (id: string, name: string, createdAt: number, alias: readonly string[]) => ({
  id,
  alias,
  name,
  createdAt,
  createdIn: "iad1",
  creator: { uid: "usr_1", username: "ada", email: "ada@example.com" },
  deploymentHostname: name,
  plan: "pro",
  private: false,
  readyState: "READY",
  type: "LAMBDAS",
  url: `${name}.vercel.app`,
  userId: "usr_1",
});

export function projectBody(facts: ProjectFacts, traffic: TwinTraffic) {
  const { id, name, ownerId, linked, createdAt, bypass } = facts;
  const { request, stages, autoAssign, rollout, pointed } = traffic.state;
  const [first] = pointed.values();
  return {
    id,
    name,
    accountId: ownerId,
    createdAt,
    updatedAt: createdAt,
    autoAssignCustomDomains: autoAssign,
    directoryListing: false,
    framework: null,
    nodeVersion: "22.x",
    buildCommand: null,
    devCommand: null,
    installCommand: null,
    outputDirectory: null,
    rootDirectory: null,
    resourceConfig: { functionDefaultRegions: ["iad1"] },
    defaultResourceConfig: { functionDefaultRegions: ["iad1"] },
    ...(linked
      ? {
          link: {
            type: "github",
            org: "octo",
            repo: name,
            repoId: 4711,
            gitCredentialId: "cred_1",
            productionBranch: "main",
            deployHooks: [],
          },
        }
      : {}),
    rollingRelease: configBody(stages),
    lastAliasRequest: request,
    lastRollbackTarget: request?.type === "rollback" ? {} : null,
    hasActiveRollout: rollout?.state === "ACTIVE",
    targets: first === undefined ? {} : { production: currentTarget(first, name, createdAt, [...pointed.keys()]) },
    protectionBypass: Object.fromEntries(
      bypass.map((secret) => [secret, { createdAt, createdBy: "usr_1", scope: "automation-bypass" }]),
    ),
    ssoProtection: bypass.length === 0 ? null : { deploymentType: "prod_deployment_urls_and_all_previews" },
  };
}
