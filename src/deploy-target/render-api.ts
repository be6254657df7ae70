import * as z from "zod";
import { ProviderError } from "../failure.ts";
import type { Ports } from "../ports.ts";
import { type ReadCall, type Refused, restClient, type WriteCall } from "./rest.ts";

/**
 * The part of Render's REST API that a release needs. Shapes: render-oss/sdk, typescript/src/generated/schema.ts at
 * 28824b6 (MIT). Fields that we do not use are ignored and values that are new to us are texts: only what a decision
 * rests on has to be there.
 */
const serviceAnswer = z.object({
  id: z.string(),
  name: z.string(),
  ownerId: z.string(),
  type: z.string(),
  autoDeploy: z.string(),
  autoDeployTrigger: z.string().optional(),
  suspended: z.string(),
  imagePath: z.string().optional(),
  dashboardUrl: z.string().optional(),
  serviceDetails: z.object({ url: z.string().optional(), healthCheckPath: z.string().optional() }),
});
export type RenderService = z.infer<typeof serviceAnswer>;

const instant = z.string().transform(Date.parse).pipe(z.number());
const deployAnswer = z.object({
  id: z.string(),
  status: z.string(),
  trigger: z.string().optional(),
  createdAt: instant,
  commit: z.object({ id: z.string() }).optional(),
  image: z.object({ ref: z.string().optional(), sha: z.string().optional() }).optional(),
});
export type RenderDeploy = z.infer<typeof deployAnswer>;

const deployList = z.array(z.object({ deploy: deployAnswer }));
const variable = z.object({ key: z.string(), value: z.string() });
const variableList = z.array(z.object({ envVar: variable, cursor: z.string() }));
const groupLinks = z.object({ id: z.string(), serviceLinks: z.array(z.object({ id: z.string() })) });
/** The description gives groups as they are; other lists of Render's wrap each with a cursor. */
const groupList = z.array(z.union([groupLinks, z.object({ envGroup: groupLinks }).transform((one) => one.envGroup)]));
const groupAnswer = z.object({ id: z.string(), envVars: z.array(variable) });

/** What sending a write came to; a refusal is thrown. `lost`: it may have arrived, only production can tell. */
export type Sent =
  | { readonly sent: "created"; readonly deploy: RenderDeploy }
  | { readonly sent: "queued" }
  | { readonly sent: "lost"; readonly message: string };

export interface RenderApi {
  service(service: string): Promise<RenderService>;
  switchAutoDeployOff(service: string): Promise<void>;
  /** The newest 100, newest first. */
  deploys(service: string): Promise<readonly RenderDeploy[]>;
  deploy(service: string, what: { readonly commitId: string } | { readonly imageUrl: string }): Promise<Sent>;
  /** Deploys again what an earlier deploy built. */
  rollback(service: string, deploy: string): Promise<Sent>;
  cancel(service: string, deploy: string): Promise<void>;
  variables(service: string): Promise<Readonly<Record<string, string>>>;
  setVariable(service: string, name: string, value: string): Promise<void>;
  removeVariable(service: string, name: string): Promise<void>;
  /** A group that no service uses, as a place where values are kept that must not leave Render; answers its id. */
  createGroup(group: { name: string; ownerId: string; values: Readonly<Record<string, string>> }): Promise<string>;
  /** Groups that lend a service their variables. */
  groupsOf(service: RenderService): Promise<readonly string[]>;
  /** Values of a group; undefined when there is none. */
  group(group: string): Promise<Readonly<Record<string, string>> | undefined>;
  removeGroup(group: string): Promise<void>;
}

const pageSize = 100;
const mostPages = 20;

/** A client for one workspace's key. */
export function renderApi(
  access: { readonly api: string; readonly key: string },
  ports: Pick<Ports, "fetch" | "clock" | "random" | "cancelled">,
): RenderApi {
  const client = restClient({ provider: "render", base: new URL(access.api), token: access.key, mend }, ports);

  const read = async <T>(call: ReadCall<T>): Promise<T> => {
    const found = await client.read(call);
    if (found !== undefined) return found;
    throw new ProviderError("render", `Render refused to ${call.to} (404). ${mends[404]}`, { status: 404 });
  };

  /** A write whose effect the caller reads back. */
  const write = async <T>(call: WriteCall<T>): Promise<T | undefined> => {
    const written = await client.write(call);
    if (written.outcome === "accepted") return written.value;
    throw written.error;
  };

  const send = async (to: string, path: string, body: unknown): Promise<Sent> => {
    // 202 has no body at all: the deploy is found in the list. Half of a body is treated the same way.
    const schema = deployAnswer.optional();
    const written = await client.write({ to, method: "POST", path, body, schema });
    if (written.outcome === "refused") throw written.error;
    if (written.outcome === "unknown") return { sent: "lost", message: written.error.message };
    return written.value === undefined ? { sent: "queued" } : { sent: "created", deploy: written.value };
  };

  const at = (service: string, ...rest: readonly string[]) =>
    `/services/${[service, ...rest].map(encodeURIComponent).join("/")}`;
  const groupAt = (group: string) => `/env-groups/${encodeURIComponent(group)}`;

  return {
    service: (service) => read({ to: `read service ${service}`, path: at(service), schema: serviceAnswer }),

    async switchAutoDeployOff(service) {
      const to = `switch autodeploy of ${service} off`;
      await write({ to, method: "PATCH", path: at(service), body: { autoDeploy: "no" } });
    },

    async deploys(service) {
      const path = at(service, "deploys");
      const query = { limit: String(pageSize) };
      const list = await read({ to: `list the deploys of ${service}`, path, query, schema: deployList });
      return list.map(({ deploy }) => deploy).sort((a, b) => b.createdAt - a.createdAt);
    },

    deploy: (service, what) => send(`deploy to ${service}`, at(service, "deploys"), what),
    rollback: (service, deploy) =>
      send(`roll ${service} back to ${deploy}`, at(service, "rollback"), { deployId: deploy }),

    async cancel(service, deploy) {
      await write({ to: `cancel ${deploy}`, method: "POST", path: at(service, "deploys", deploy, "cancel") });
    },

    async variables(service) {
      const found: Record<string, string> = {};
      const to = `list the variables of ${service}`;
      let cursor: string | undefined;
      for (let page = 0; page < mostPages; page += 1) {
        const query = { limit: String(pageSize), ...(cursor === undefined ? {} : { cursor }) };
        const list = await read({ to, path: at(service, "env-vars"), query, schema: variableList });
        for (const { envVar } of list) found[envVar.key] = envVar.value;
        cursor = list.at(-1)?.cursor;
        if (list.length < pageSize) return found;
      }
      throw new ProviderError(
        "render",
        `Service ${service} has more than ${mostPages * pageSize} variables. Remove some.`,
      );
    },

    async setVariable(service, name, value) {
      const path = at(service, "env-vars", name);
      await write({ to: `set ${name} of ${service}`, method: "PUT", path, body: { value } });
    },

    async removeVariable(service, name) {
      await write({ to: `remove ${name} of ${service}`, method: "DELETE", path: at(service, "env-vars", name) });
    },

    async createGroup({ name, ownerId, values }) {
      const envVars = Object.entries(values).map(([key, value]) => ({ key, value }));
      const body = { name, ownerId, envVars };
      const to = "keep the variables there were";
      const made = await write({ to, method: "POST", path: "/env-groups", body, schema: groupAnswer });
      if (made === undefined)
        throw new ProviderError("render", "Render kept the variables there were and did not say where.");
      return made.id;
    },

    async groupsOf({ id: service, ownerId }) {
      const query = { ownerId, limit: String(pageSize) };
      const to = `list the environment groups of ${service}`;
      const list = await read({ to, path: "/env-groups", query, schema: groupList });
      if (list.length === pageSize)
        throw new ProviderError(
          "render",
          `There are ${pageSize} environment groups or more. Remove those nobody uses.`,
        );
      return list.filter(({ serviceLinks }) => serviceLinks.some(({ id }) => id === service)).map(({ id }) => id);
    },

    async group(group) {
      const to = `read the variables kept in ${group}`;
      const found = await client.read({ to, path: groupAt(group), schema: groupAnswer });
      return found === undefined ? undefined : Object.fromEntries(found.envVars.map(({ key, value }) => [key, value]));
    },

    async removeGroup(group) {
      await write({ to: `remove the variables kept in ${group}`, method: "DELETE", path: groupAt(group) });
    },
  };
}

const mends: Readonly<Record<number, string>> = {
  401: "The API key is wrong or was revoked: make one under Account Settings, API Keys, and store it as the secret that `target.render.key` names.",
  402: "Look at the workspace's billing.",
  403: "The key's owner may not do this: use a key of somebody who may change the service.",
  404: "It does not exist, or the key belongs to another workspace: compare `target.render` with the address of the service's page.",
  409: "Render is busy with something that excludes this: look at the service's events and try again.",
  410: "It was deleted: name another.",
};

const mend = ({ status }: Refused): string => mends[status] ?? "";
