import { createHash, randomBytes } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import {
  type Answered,
  type Asked,
  type Exchange,
  type RenderFault,
  RenderRefusal,
  startRenderServer,
} from "./render-twin/api-server.ts";
import {
  startTwinService,
  type TwinDeploy,
  type TwinService,
  type TwinServiceOptions,
} from "./render-twin/hosted-app.ts";

export interface RenderTwinOptions {
  /** Scratch folder; each service has one in it. */
  readonly directory: string;
  /** The key of the workspace; every other is refused. */
  readonly key: string;
  readonly services: readonly (Pick<TwinServiceOptions, "id" | "name" | "checkout" | "command"> &
    Partial<Omit<TwinServiceOptions, "directory" | "ownerId">>)[];
  /** Requests a minute; Render's own unless given. */
  readonly limits?: { readonly reads: number; readonly writes: number };
}

export interface RenderTwin {
  /** What `target.render.api` is set to. */
  readonly url: string;
  service(id: string): TwinService;
  /** Everything that was asked and answered, with its bodies. */
  readonly exchanges: readonly Exchange[];
  /** Groups of values, by their ids. */
  readonly groups: ReadonlyMap<string, TwinGroup>;
  /** What a person does in the dashboard: a group whose values a service gets. */
  linkGroup(service: string, values: Readonly<Record<string, string>>): void;
  inject(fault: RenderFault): void;
  /** What a push to the linked branch does. */
  push(service: string, commit: string): void;
  stop(): Promise<void>;
}

interface TwinGroup {
  readonly name: string;
  readonly ownerId: string;
  readonly values: Map<string, string>;
  readonly links: readonly { readonly id: string; readonly name: string; readonly type: string }[];
}

const ownerId = "tea-c0ffee00c0ffee00c0ff";
/** https://api-docs.render.com/reference/rate-limiting: reads and other requests a minute. */
const ordinaryLimits = { reads: 400, writes: 30 };

const deployBody = z.strictObject({
  clearCache: z.enum(["clear", "do_not_clear"]).optional(),
  commitId: z.string().optional(),
  imageUrl: z.string().optional(),
  artifactId: z.string().optional(),
  deployMode: z.enum(["deploy_only", "build_and_deploy"]).optional(),
});
const rollbackBody = z.strictObject({ deployId: z.string() });
const servicePatch = z.strictObject({ autoDeploy: z.enum(["yes", "no"]).optional() });
const variableBody = z.strictObject({ value: z.string() });
const groupBody = z.strictObject({
  name: z.string().min(1),
  ownerId: z.string(),
  envVars: z.array(z.strictObject({ key: z.string(), value: z.string() })),
});

const newGroupId = () => `evg-${randomBytes(10).toString("hex")}`;
const iso = (at: number) => new Date(at).toISOString();
/** An image has the digest of what was built from its tag's commit. */
const digestOf = (commit: string) => createHash("sha256").update(commit).digest("hex");

/**
 * A stateful emulation of the part of Render's API that a release uses. Deploys are real processes behind a real
 * router, so what users get is what the API says. Strict where Render is: keys, workspaces, bodies, rate limits,
 * rollbacks to builds that are not kept, deploys that override each other or wait.
 */
export async function startRenderTwin(options: RenderTwinOptions): Promise<RenderTwin> {
  const services = new Map<string, TwinService>();
  const groups = new Map<string, TwinGroup>();
  for (const service of options.services) {
    const directory = join(options.directory, service.id);
    const defaults = { healthCheckPath: "/health", buildMs: 20, updateMs: 10, overlap: "override" } as const;
    services.set(service.id, await startTwinService({ ...defaults, ...service, ownerId, directory }));
  }
  const images = new Map<string, string>();

  const serviceIn = (id: string): TwinService => {
    const found = services.get(id);
    if (found === undefined) throw new RenderRefusal(404, `not found: ${id}`);
    return found;
  };

  const deployed = async (service: TwinService, body: unknown): Promise<Answered> => {
    const { commitId, imageUrl, deployMode, clearCache } = accepted(deployBody, body ?? {});
    if (deployMode !== undefined && (commitId ?? imageUrl ?? clearCache) !== undefined)
      throw new RenderRefusal(400, "deployMode cannot be combined with commitId, imageUrl or clearCache");
    if (service.suspended === "suspended") throw new RenderRefusal(409, "the service is suspended");
    const { imagePath } = service.options;
    if ((imagePath !== undefined) !== (imageUrl !== undefined))
      throw new RenderRefusal(
        400,
        imagePath === undefined ? "the service is not backed by an image" : "imageUrl is required",
      );
    const image = imageUrl === undefined ? undefined : imageIn(imagePath ?? "", imageUrl, images);
    const commit = image?.commit ?? commitId ?? "";
    if ((await service.options.checkout(commit)) === undefined)
      throw new RenderRefusal(400, `invalid commit ${commit}`);
    return answerTo(service.trigger({ commit, trigger: "api", image: image?.image }));
  };

  const rolledBack = (service: TwinService, body: unknown): Answered => {
    const { deployId } = accepted(rollbackBody, body);
    const past = service.deploys.find(({ id }) => id === deployId);
    if (past === undefined) throw new RenderRefusal(404, `not found: ${deployId}`);
    if (!["live", "deactivated"].includes(past.status)) throw new RenderRefusal(400, "the deploy was never live");
    if (!service.artifacts.has(past.id))
      throw new RenderRefusal(400, "the build artifact of this deploy is not available");
    if (service.suspended === "suspended") throw new RenderRefusal(409, "the service is suspended");
    return answerTo(service.trigger({ commit: past.commit, trigger: "rollback", image: past.image, env: past.env }));
  };

  const answer = async ({ method, path, query, body }: Asked): Promise<Answered> => {
    const [, kind = "", id = "", part, item, verb] = path.split("/").map(decodeURIComponent);
    const route = `${method} /${kind}${id === "" ? "" : "/{id}"}${part === undefined ? "" : `/${part}`}${item === undefined ? "" : "/{item}"}${verb === undefined ? "" : `/${verb}`}`;
    if (kind === "env-groups") return groupAnswer(route, id, body);
    if (kind !== "services") throw new RenderRefusal(404, "not found");
    const service = serviceIn(id);
    switch (route) {
      case "GET /services/{id}":
        return { status: 200, body: described(service) };
      case "PATCH /services/{id}": {
        const { autoDeploy } = accepted(servicePatch, body);
        if (autoDeploy !== undefined) service.autoDeploy = autoDeploy;
        return { status: 200, body: described(service) };
      }
      case "GET /services/{id}/deploys":
        return {
          status: 200,
          body: paged(service.deploys, query).map((deploy) => ({ deploy: deployOf(deploy), cursor: deploy.id })),
        };
      case "POST /services/{id}/deploys":
        return deployed(service, body);
      case "POST /services/{id}/deploys/{item}/cancel":
        return { status: 200, body: deployOf(service.cancel(item ?? "")) };
      case "POST /services/{id}/rollback":
        return rolledBack(service, body);
      case "GET /services/{id}/env-vars": {
        const all = [...service.variables].map(([key, value]) => ({ id: key, key, value }));
        return {
          status: 200,
          body: paged(all, query).map(({ key, value }) => ({ envVar: { key, value }, cursor: key })),
        };
      }
      case "PUT /services/{id}/env-vars/{item}": {
        const { value } = accepted(variableBody, body);
        service.variables.set(item ?? "", value);
        return { status: 200, body: { key: item, value } };
      }
      case "DELETE /services/{id}/env-vars/{item}":
        if (!service.variables.delete(item ?? "")) throw new RenderRefusal(404, `not found: ${item}`);
        return { status: 204 };
      default:
        throw new RenderRefusal(404, "not found");
    }
  };

  const groupAnswer = (route: string, id: string, body: unknown): Answered => {
    if (route === "POST /env-groups") {
      const group = accepted(groupBody, body);
      if (group.ownerId !== ownerId) throw new RenderRefusal(404, `not found: ${group.ownerId}`);
      const values = new Map(group.envVars.map(({ key, value }) => [key, value]));
      const made = newGroupId();
      groups.set(made, { name: group.name, ownerId, values, links: [] });
      return { status: 201, body: groupOf(made) };
    }
    if (route === "GET /env-groups")
      return {
        status: 200,
        body: [...groups.keys()].map((group) => {
          const { envVars: _values, secretFiles: _files, ...meta } = groupOf(group);
          return meta;
        }),
      };
    if (!groups.has(id)) throw new RenderRefusal(404, `not found: ${id}`);
    if (route === "GET /env-groups/{id}") return { status: 200, body: groupOf(id) };
    if (route !== "DELETE /env-groups/{id}") throw new RenderRefusal(404, "not found");
    groups.delete(id);
    return { status: 204 };
  };

  const groupOf = (id: string) => {
    const group = groups.get(id);
    const envVars = [...(group?.values ?? [])].map(([key, value]) => ({ key, value }));
    const at = iso(Date.now());
    return {
      id,
      name: group?.name,
      ownerId,
      createdAt: at,
      updatedAt: at,
      serviceLinks: group?.links ?? [],
      envVars,
      secretFiles: [],
    };
  };

  const server = await startRenderServer({ key: options.key, limits: options.limits ?? ordinaryLimits, answer });
  return {
    url: server.url,
    service: serviceIn,
    exchanges: server.exchanges,
    groups,
    inject: server.inject,
    linkGroup(id, values) {
      const links = [{ id, name: serviceIn(id).options.name, type: "web" }];
      groups.set(newGroupId(), { name: "shared", ownerId, values: new Map(Object.entries(values)), links });
    },
    push(id, commit) {
      const service = serviceIn(id);
      if (service.autoDeploy === "yes") service.trigger({ commit, trigger: "new_commit" });
    },
    async stop() {
      await server.stop();
      await Promise.all([...services.values()].map((service) => service.close()));
    },
  };
}

/** 202 without any body when the deploy waits behind another one. */
const answerTo = (deploy: TwinDeploy | undefined): Answered =>
  deploy === undefined ? { status: 202 } : { status: 201, body: deployOf(deploy) };

function accepted<T>(schema: z.ZodType<T>, body: unknown): T {
  const found = schema.safeParse(body);
  if (found.success) return found.data;
  throw new RenderRefusal(400, `invalid request: ${found.error.issues[0]?.path.join(".") || "body"}`);
}

/** Host, repository and name must be the configured image's; a digest must be one that was pushed. */
function imageIn(path: string, url: string, pushed: Map<string, string>) {
  const [, repository = "", tag, digest] = /^([^@]*?)(?::([^/:@]+))?(?:@sha256:([0-9a-f]{64}))?$/.exec(url) ?? [];
  if (repository !== path) throw new RenderRefusal(400, "the image must match the service's configured image");
  const commit = digest === undefined ? (tag ?? "") : pushed.get(digest);
  if (commit === undefined) throw new RenderRefusal(400, `unable to fetch image ${url}`);
  const sha = digest ?? digestOf(commit);
  pushed.set(sha, commit);
  return { commit, image: { ref: url, sha: `sha256:${sha}` } };
}

function paged<T extends { readonly id: string }>(all: readonly T[], query: URLSearchParams): readonly T[] {
  const limit = Number(query.get("limit") ?? 20);
  if (!Number.isInteger(limit) || limit < 1 || limit > 100) throw new RenderRefusal(400, "limit must be from 1 to 100");
  const cursor = query.get("cursor");
  const from = cursor === null ? 0 : all.findIndex(({ id }) => id === cursor) + 1;
  return all.slice(from, from + limit);
}

function deployOf(deploy: TwinDeploy) {
  const over = ["live", "deactivated", "build_failed", "update_failed", "canceled", "pre_deploy_failed"].includes(
    deploy.status,
  );
  return {
    id: deploy.id,
    ...(deploy.image === undefined
      ? { commit: { id: deploy.commit, message: "A commit", createdAt: iso(deploy.createdAt) } }
      : { image: deploy.image }),
    status: deploy.status,
    trigger: deploy.trigger,
    createdAt: iso(deploy.createdAt),
    updatedAt: iso(deploy.updatedAt),
    ...(deploy.status === "created" || deploy.status === "queued" ? {} : { startedAt: iso(deploy.createdAt) }),
    ...(over ? { finishedAt: iso(deploy.updatedAt) } : {}),
  };
}

function described(service: TwinService) {
  const { options } = service;
  const at = iso(Date.now());
  const runtime = options.imagePath === undefined ? "node" : "image";
  return {
    id: service.id,
    autoDeploy: service.autoDeploy,
    autoDeployTrigger: service.autoDeploy === "yes" ? "commit" : "off",
    ...(options.imagePath === undefined
      ? { repo: "https://github.com/octo/shop", branch: "main" }
      : { imagePath: options.imagePath }),
    createdAt: at,
    updatedAt: at,
    dashboardUrl: `https://dashboard.render.com/web/${service.id}`,
    name: options.name,
    notifyOnFail: "default",
    ownerId: options.ownerId,
    rootDir: "",
    slug: options.name,
    suspended: service.suspended,
    suspenders: service.suspended === "suspended" ? ["user"] : [],
    type: options.type ?? "web_service",
    serviceDetails: {
      buildPlan: "starter",
      env: runtime,
      envSpecificDetails: { buildCommand: "npm ci", startCommand: options.command.join(" ") },
      healthCheckPath: options.healthCheckPath,
      numInstances: 1,
      openPorts: [{ port: 10000, protocol: "TCP" }],
      plan: "starter",
      region: "oregon",
      runtime,
      url: service.url,
    },
  };
}
