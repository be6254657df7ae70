import assert from "node:assert/strict";
import * as z from "zod";
import type { Exchange } from "../../src/rehearsal/render-twin/api-server.ts";

/*
 * The slice of Render's public API that is asked here, transcribed from the types its owner generates from the official
 * description: render-oss/sdk, typescript/src/generated/schema.ts at 28824b647465b4816c1468406e61cb6c9b935c7f
 * (2026-08-21, MIT). Objects are strict, so that neither a request of ours nor an answer of the twin may hold a key the
 * description does not have.
 */
const instant = z.iso.datetime();
const yesNo = z.enum(["yes", "no"]);

const deploy = z.strictObject({
  id: z.string().startsWith("dep-"),
  artifactId: z.string().optional(),
  commit: z
    .strictObject({ id: z.string().optional(), message: z.string().optional(), createdAt: instant.optional() })
    .optional(),
  image: z
    .strictObject({ ref: z.string().optional(), sha: z.string().optional(), registryCredential: z.string().optional() })
    .optional(),
  status: z
    .enum([
      "created",
      "queued",
      "build_in_progress",
      "update_in_progress",
      "live",
      "deactivated",
      "build_failed",
      "update_failed",
      "canceled",
      "pre_deploy_in_progress",
      "pre_deploy_failed",
    ])
    .optional(),
  trigger: z
    .enum([
      "api",
      "blueprint_sync",
      "deploy_hook",
      "deployed_by_render",
      "manual",
      "other",
      "new_commit",
      "rollback",
      "service_resumed",
      "service_updated",
    ])
    .optional(),
  startedAt: instant.optional(),
  finishedAt: instant.optional(),
  createdAt: instant.optional(),
  updatedAt: instant.optional(),
});

const runtime = z.enum(["docker", "elixir", "go", "node", "python", "ruby", "rust", "image"]);
/** The keys of `webServiceDetails` that the twin gives; `env` is the deprecated name of `runtime`. */
const webServiceDetails = z.strictObject({
  buildPlan: z.string(),
  env: runtime,
  envSpecificDetails: z.strictObject({ buildCommand: z.string(), startCommand: z.string() }),
  healthCheckPath: z.string(),
  numInstances: z.number(),
  openPorts: z.array(z.strictObject({ port: z.number(), protocol: z.enum(["TCP", "UDP"]) })),
  plan: z.string(),
  region: z.enum(["frankfurt", "oregon", "ohio", "singapore", "virginia"]),
  runtime,
  url: z.string(),
});

const service = z.strictObject({
  id: z.string(),
  autoDeploy: yesNo,
  autoDeployTrigger: z.enum(["commit", "off", "checksPass"]).optional(),
  branch: z.string().optional(),
  createdAt: instant,
  dashboardUrl: z.string(),
  imagePath: z.string().optional(),
  name: z.string(),
  notifyOnFail: z.enum(["default", "notify", "ignore"]),
  ownerId: z.string(),
  repo: z.string().optional(),
  rootDir: z.string(),
  slug: z.string(),
  suspended: z.enum(["suspended", "not_suspended"]),
  suspenders: z.array(
    z.enum(["admin", "billing", "user", "parent_service", "stuck_crashlooping", "hipaa_enablement", "unknown"]),
  ),
  type: z.enum(["static_site", "web_service", "private_service", "background_worker", "cron_job"]),
  updatedAt: instant,
  serviceDetails: webServiceDetails,
});

const envVar = z.strictObject({ key: z.string(), value: z.string() });
const envGroupMeta = z.strictObject({
  id: z.string(),
  name: z.string(),
  ownerId: z.string(),
  createdAt: instant,
  updatedAt: instant,
  serviceLinks: z.array(
    z.strictObject({
      id: z.string(),
      name: z.string(),
      type: z.enum(["static", "web", "pserv", "worker", "cron"]),
    }),
  ),
});
const envGroup = envGroupMeta.extend({ envVars: z.array(envVar), secretFiles: z.array(z.never()) });
const nothing = z.undefined();
const error = z.strictObject({
  id: z.string().optional(),
  message: z.string().optional(),
  code: z.string().optional(),
});

interface Operation {
  readonly route: RegExp;
  readonly sends: z.ZodType;
  /** What it answers by status; errors have one form. */
  readonly answers: Readonly<Record<number, z.ZodType>>;
}

const operations: readonly Operation[] = [
  { route: /^GET \/services\/[^/]+$/, sends: nothing, answers: { 200: service } },
  {
    route: /^PATCH \/services\/[^/]+$/,
    sends: z.strictObject({ autoDeploy: yesNo.optional(), autoDeployTrigger: z.string().optional() }),
    answers: { 200: service },
  },
  {
    route: /^GET \/services\/[^/]+\/deploys$/,
    sends: nothing,
    answers: { 200: z.array(z.strictObject({ deploy: deploy.optional(), cursor: z.string().optional() })) },
  },
  {
    route: /^POST \/services\/[^/]+\/deploys$/,
    sends: z
      .strictObject({
        artifactId: z.string().optional(),
        clearCache: z.enum(["clear", "do_not_clear"]).optional(),
        commitId: z.string().optional(),
        imageUrl: z.string().optional(),
        deployMode: z.enum(["deploy_only", "build_and_deploy"]).optional(),
      })
      .refine(
        ({ deployMode, commitId, imageUrl, clearCache }) =>
          deployMode === undefined || (commitId ?? imageUrl ?? clearCache) === undefined,
      ),
    answers: { 201: deploy, 202: nothing },
  },
  { route: /^POST \/services\/[^/]+\/deploys\/[^/]+\/cancel$/, sends: nothing, answers: { 200: deploy } },
  {
    route: /^POST \/services\/[^/]+\/rollback$/,
    sends: z.strictObject({ deployId: z.string() }),
    answers: { 201: deploy },
  },
  {
    route: /^GET \/services\/[^/]+\/env-vars$/,
    sends: nothing,
    answers: { 200: z.array(z.strictObject({ envVar, cursor: z.string() })) },
  },
  {
    route: /^PUT \/services\/[^/]+\/env-vars\/[^/]+$/,
    sends: z.union([z.strictObject({ value: z.string() }), z.strictObject({ generateValue: z.boolean() })]),
    answers: { 200: envVar },
  },
  { route: /^DELETE \/services\/[^/]+\/env-vars\/[^/]+$/, sends: nothing, answers: { 204: nothing } },
  {
    route: /^POST \/env-groups$/,
    sends: z.strictObject({ name: z.string(), ownerId: z.string(), envVars: z.array(envVar) }),
    answers: { 201: envGroup },
  },
  { route: /^GET \/env-groups$/, sends: nothing, answers: { 200: z.array(envGroupMeta) } },
  { route: /^GET \/env-groups\/[^/]+$/, sends: nothing, answers: { 200: envGroup } },
  { route: /^DELETE \/env-groups\/[^/]+$/, sends: nothing, answers: { 204: nothing } },
];

/** Every request of ours and every answer of the twin is one the official description has. */
export function assertAsDescribed(exchanges: readonly Exchange[]): void {
  assert.ok(exchanges.length > 0);
  for (const { method, path, sent, status, body } of exchanges) {
    const line = `${method} ${path}`;
    const operation = operations.find(({ route }) => route.test(line));
    assert.ok(operation, `${line} is not in the slice of the description`);
    const request = operation.sends.safeParse(sent);
    assert.ok(request.success, `${line} sends ${JSON.stringify(sent)}: ${request.error}`);
    const answer = (status >= 400 ? error : operation.answers[status])?.safeParse(body);
    assert.ok(answer?.success, `${line} answers ${status} ${JSON.stringify(body)}: ${answer?.error}`);
  }
}
