import * as z from "zod";
import { type Answered, type Asked, VercelRefusal } from "./api-server.ts";
import { createRequest, type TwinBuilds, type TwinDeployment } from "./deployments.ts";
import { configBody, deploymentBody, listedDeployment, type ProjectFacts, projectBody, rolloutBody } from "./shapes.ts";
import type { Permission } from "./tokens.ts";
import type { TwinTraffic } from "./traffic.ts";
import type { TwinVariables } from "./variables.ts";

type Params = Readonly<Record<string, string>>;

export interface Route {
  readonly method: string;
  /** `:name` takes one segment. */
  readonly path: string;
  /** What the token's owner must be allowed. */
  readonly may: Permission;
  answer(asked: Asked, params: Params): Answered | Promise<Answered>;
}

/** Everything the routes tell of and change. */
export interface TwinWorld {
  readonly project: ProjectFacts;
  readonly team: { readonly id: string; readonly slug: string };
  readonly domains: readonly string[];
  readonly plan: "hobby" | "pro";
  readonly builds: TwinBuilds;
  readonly traffic: TwinTraffic;
  readonly variables: TwinVariables;
}

const canary = z.strictObject({ canaryDeploymentId: z.string() });
const approval = z.strictObject({
  nextStageIndex: z.number().int(),
  canaryDeploymentId: z.string(),
  activeStageIndex: z.number().int().optional(),
});
const stage = z.strictObject({ targetPercentage: z.number().min(0).max(100), duration: z.number().optional() });
const configuration = z.strictObject({
  enabled: z.boolean(),
  advancementType: z.enum(["automatic", "manual-approval"]).optional(),
  stages: z.array(stage).min(2).max(10).optional(),
});
const nothing = z.strictObject({}).optional();

const fine = (body: unknown): Answered => ({ status: 200, body });
const get = (path: string, may: Permission, answer: Route["answer"]): Route => ({ method: "GET", path, may, answer });
const post = (path: string, may: Permission, answer: Route["answer"]): Route => ({ method: "POST", path, may, answer });

/** The routes a release and Vercel's command line call; `GET /v9/projects` and its newer versions answer alike. */
export function twinRoutes(world: TwinWorld): readonly Route[] {
  return [
    ...accountRoutes(world),
    ...projectRoutes(world),
    ...trafficRoutes(world),
    ...variableRoutes(world),
    ...deploymentRoutes(world),
  ];
}

const inProject = "/:version/projects/:project";

function accountRoutes({ team }: TwinWorld): Route[] {
  const user = { id: "usr_1", uid: "usr_1", username: "ada", email: "ada@example.com", name: "Ada" };
  const told = { ...team, name: "Acme" };
  return [
    get("/v2/user", "read", () => fine({ user: { ...user, version: "northstar", defaultTeamId: team.id } })),
    get("/v2/teams/:team", "read", () => fine(told)),
    get("/teams/:team", "read", () => fine(told)),
  ];
}

function projectRoutes({ project, traffic, domains }: TwinWorld): Route[] {
  const domain = (name: string) => ({
    name,
    apexName: name,
    projectId: project.id,
    redirect: null,
    gitBranch: null,
    verified: true,
  });
  return [
    get(inProject, "read", () => fine(projectBody(project, traffic))),
    get(`${inProject}/domains`, "read", () =>
      fine({ domains: domains.map(domain), pagination: { count: domains.length, next: null, prev: null } }),
    ),
  ];
}

function trafficRoutes({ plan, traffic, builds }: TwinWorld): Route[] {
  const rolloutNow = (): Answered => {
    const { rollout } = traffic.state;
    return fine({ rollingRelease: rollout === null ? null : rolloutBody(rollout, builds.find) });
  };
  const rolling = `${inProject}/rolling-release`;

  const configure = ({ body }: Asked): Answered => {
    const { enabled, stages = [] } = accepted(configuration, body);
    const shares = stages.map(({ targetPercentage }) => targetPercentage);
    if (plan === "hobby") throw new VercelRefusal(403, "forbidden", "Rolling releases are not available on this plan");
    if (enabled && (shares.at(-1) !== 100 || shares.some((share, i) => share <= (shares[i - 1] ?? -1))))
      throw new VercelRefusal(400, "bad_request", "Stages must rise and end with 100");
    traffic.configure(enabled ? shares : undefined);
    return fine({ rollingRelease: configBody(traffic.state.stages) });
  };
  const allowed =
    plan === "hobby"
      ? { availableSlots: 0, reason: "plan_not_supported", message: "Upgrade to Pro" }
      : { availableSlots: 1, reason: "available_slots", message: "1 slot" };

  return [
    get(rolling, "read", rolloutNow),
    get(`${rolling}/config`, "read", () => fine({ rollingRelease: configBody(traffic.state.stages) })),
    { method: "PATCH", path: `${rolling}/config`, may: "settings", answer: configure },
    get(`${rolling}/billing`, "read", () => fine(allowed)),
    post(`${rolling}/start`, "deploy", ({ body }) => {
      traffic.start(accepted(canary, body).canaryDeploymentId);
      return rolloutNow();
    }),
    post(`${rolling}/approve-stage`, "deploy", ({ body }) => {
      const { canaryDeploymentId, nextStageIndex, activeStageIndex } = accepted(approval, body);
      traffic.approve(canaryDeploymentId, nextStageIndex, activeStageIndex);
      return rolloutNow();
    }),
    post(`${rolling}/complete`, "deploy", ({ body }) => {
      traffic.complete(accepted(canary, body).canaryDeploymentId);
      return rolloutNow();
    }),
    post(`${inProject}/promote/:id`, "deploy", ({ body }, { id = "" }) => {
      accepted(nothing, body);
      return { status: traffic.promote(id) };
    }),
    post(`${inProject}/rollback/:id`, "deploy", ({ body }, { id = "" }) => {
      accepted(nothing, body);
      return { status: traffic.rollback(id) };
    }),
  ];
}

function variableRoutes({ variables }: TwinWorld): Route[] {
  return [
    get(`${inProject}/env`, "variables", () => fine({ envs: variables.list() })),
    get(`${inProject}/env/:id`, "variables", (_, { id = "" }) => fine(variables.shown(id))),
    {
      method: "DELETE",
      path: `${inProject}/env/:id`,
      may: "variables",
      answer: (_, { id = "" }) => fine(variables.remove(id)),
    },
    post(`${inProject}/env`, "variables", ({ body, query }) => ({
      status: 201,
      body: variables.set(body, query.get("upsert") === "true"),
    })),
    get("/v3/env/pull/:project/:environment", "variables", () =>
      fine({ env: variables.production(), buildEnv: variables.production() }),
    ),
  ];
}

function deploymentRoutes({ project, traffic, builds }: TwinWorld): Route[] {
  const aliasesOf = (id: string) => [...traffic.state.pointed].flatMap(([domain, to]) => (to === id ? [domain] : []));
  const told = (deployment: TwinDeployment) => deploymentBody(deployment, aliasesOf(deployment.id));
  const isCandidate = ({ id, readyState, readySubstate }: TwinDeployment): boolean =>
    readyState === "READY" && readySubstate === "PROMOTED" && aliasesOf(id).length === 0;

  const list = ({ query }: Asked): Answered => {
    if (![project.id, null].includes(query.get("projectId")))
      throw new VercelRefusal(404, "not_found", "Project not found");
    const wanted = builds.list.filter(
      (deployment) =>
        (query.get("target") === null || deployment.target === query.get("target")) &&
        (query.get("rollbackCandidate") !== "true" || isCandidate(deployment)),
    );
    const deployments = wanted
      .slice(0, Number(query.get("limit") ?? "20"))
      .map((deployment) => listedDeployment(deployment, isCandidate(deployment)));
    return fine({ deployments, pagination: { count: deployments.length, next: null, prev: null } });
  };

  const create = async ({ body }: Asked): Promise<Answered> => {
    const request = accepted(createRequest, body);
    if (request.project !== undefined && request.project !== project.id && request.project !== project.name)
      throw new VercelRefusal(404, "not_found", "Project not found");
    const made = await builds.create(request);
    if ("missing" in made) throw new VercelRefusal(400, "missing_files", "Missing files", { missing: made.missing });
    if (made.target === "production" && made.autoAssignCustomDomains && traffic.state.autoAssign)
      void builds.settled().then(() => made.readyState === "READY" && traffic.promote(made.id));
    return fine(told(made));
  };

  return [
    get("/v6/deployments", "read", list),
    get("/v7/deployments", "read", list),
    post("/v13/deployments", "deploy", create),
    get("/v13/deployments/:id", "read", (_, { id = "" }) => {
      const found = builds.find(traffic.state.pointed.get(id) ?? id);
      if (found === undefined) throw new VercelRefusal(404, "not_found", "The deployment could not be found");
      return fine(told(found));
    }),
    {
      method: "DELETE",
      path: "/v13/deployments/:id",
      may: "deploy",
      async answer(_, { id = "" }) {
        await builds.remove(id);
        return fine({ uid: id, state: "DELETED" });
      },
    },
    post("/v2/files", "deploy", ({ body, headers }) => {
      const digest = headers["x-vercel-digest"] ?? headers["x-now-digest"];
      builds.upload(String(digest ?? ""), body instanceof Buffer ? body : Buffer.of());
      return fine({ urls: [] });
    }),
    get("/v3/now/deployments/:id/events", "read", () => fine("")),
  ];
}

function accepted<T extends z.ZodType>(schema: T, body: unknown): z.output<T> {
  const read = schema.safeParse(body);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const where = issue?.path.join(".") || "body";
  throw new VercelRefusal(400, "bad_request", `Invalid request: ${where} ${issue?.message ?? ""}`);
}

/** Finds the route and its decoded parameters. */
export function routeMatcher(routes: readonly Route[]) {
  const compiled = routes.map((route) => ({
    route,
    pattern: new RegExp(`^${route.path.replaceAll(/:(\w+)/g, "(?<$1>[^/]+)")}$`),
  }));
  return (method: string, path: string) => {
    for (const { route, pattern } of compiled) {
      const found = route.method === method ? pattern.exec(path) : null;
      if (found === null) continue;
      const params = Object.entries(found.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]);
      return { route, params: Object.fromEntries(params) as Record<string, string> };
    }
    return undefined;
  };
}
