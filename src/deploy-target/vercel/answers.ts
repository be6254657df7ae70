import * as z from "zod";

/*
 * What is read of Vercel's answers: loose, because fields are added, and with texts where Vercel has enumerations,
 * because a value that is added must not stop a rollback. Only what a decision rests on is demanded.
 */

/** https://vercel.com/docs/rest-api/reference/endpoints/projects/find-a-project-by-id-or-name */
export const aliasRequest = z.looseObject({
  fromDeploymentId: z.string().nullish(),
  toDeploymentId: z.string(),
  /** `pending`, `in-progress`, `succeeded`, `failed`, `skipped`. */
  jobStatus: z.string(),
  requestedAt: z.number(),
  /** `promote` or `rollback`. */
  type: z.string(),
});
export type AliasRequest = z.infer<typeof aliasRequest>;

export const project = z.looseObject({
  id: z.string(),
  name: z.string(),
  /** Absent means that pushes take the production domains. */
  autoAssignCustomDomains: z.boolean().nullish(),
  link: z
    .looseObject({
      type: z.string(),
      org: z.string().nullish(),
      repo: z.string().nullish(),
      repoId: z.union([z.string(), z.number()]).nullish(),
      productionBranch: z.string().nullish(),
    })
    .nullish(),
  lastAliasRequest: aliasRequest.nullish(),
});
export type Project = z.infer<typeof project>;

export const domainList = z.looseObject({ domains: z.array(z.looseObject({ name: z.string() })) });

/** One deployment calls itself `id`, a list of them says `uid`. */
export const deployment = z
  .looseObject({
    id: z.string().optional(),
    uid: z.string().optional(),
    projectId: z.string().nullish(),
    /** Host without a scheme. */
    url: z.string().nullish(),
    /** `production`, `staging`; null of a preview. */
    target: z.string().nullish(),
    readyState: z.string().optional(),
    state: z.string().optional(),
    /** `STAGED` never served production, `ROLLING` takes a share, `PROMOTED` has served. */
    readySubstate: z.string().nullish(),
    createdAt: z.number().optional(),
    created: z.number().optional(),
    errorCode: z.string().nullish(),
    errorMessage: z.string().nullish(),
    meta: z.record(z.string(), z.unknown()).nullish(),
  })
  .transform((found, context) => {
    const id = found.id ?? found.uid;
    const readyState = found.readyState ?? found.state;
    if (id === undefined || readyState === undefined) {
      context.addIssue({ code: "custom", message: "missing", path: [id === undefined ? "id" : "readyState"] });
      return z.NEVER;
    }
    const { projectId, url, target, readySubstate, errorCode, errorMessage } = found;
    const createdAt = found.createdAt ?? found.created ?? 0;
    return {
      id,
      projectId,
      url,
      target,
      readyState,
      readySubstate,
      createdAt,
      errorCode,
      errorMessage,
      meta: found.meta,
    };
  });
export type Deployment = z.infer<typeof deployment>;

export const deploymentList = z.looseObject({ deployments: z.array(deployment) });

const stage = z.looseObject({ index: z.number(), targetPercentage: z.number() });

/** https://vercel.com/docs/rest-api/reference/endpoints/rolling-release */
const rollout = z.looseObject({
  /** `ACTIVE`, `COMPLETE`, `ABORTED`; only this says whether traffic is divided: the rest may stand after the end. */
  state: z.string(),
  advancementType: z.string().nullish(),
  currentDeployment: z.looseObject({ id: z.string() }).nullish(),
  canaryDeployment: z.looseObject({ id: z.string() }).nullish(),
  queuedDeploymentId: z.string().nullish(),
  stages: z.array(stage).nullish(),
  activeStage: stage.nullish(),
  currentCanaryPercentage: z.number().nullish(),
});
export type RollingRelease = z.infer<typeof rollout>;
export const rollingRelease = z.looseObject({ rollingRelease: rollout.nullable() });

const config = z.looseObject({
  stages: z.array(z.looseObject({ targetPercentage: z.number(), duration: z.number().nullish() })).nullish(),
});
export type RollingConfig = z.infer<typeof config>;
export const rollingConfig = z.looseObject({ rollingRelease: config.nullable() });

export const billing = z.looseObject({
  /** `available_slots`, `no_available_slots`, `unlimited_slots`, `plan_not_supported`. */
  reason: z.string(),
  message: z.string().nullish(),
  enabledProjects: z.array(z.string()).nullish(),
});

export const envVariable = z.looseObject({
  id: z.string().optional(),
  key: z.string(),
  value: z.string().nullish(),
  /** `plain`, `encrypted`, `sensitive`, `system`, `secret`; a sensitive value is never shown again. */
  type: z.string(),
  target: z.union([z.string(), z.array(z.string())]).nullish(),
  gitBranch: z.string().nullish(),
  createdAt: z.number().nullish(),
  updatedAt: z.number().nullish(),
});
export type EnvVariable = z.infer<typeof envVariable>;
export const envList = z.looseObject({ envs: z.array(envVariable) });

/** A 201 does not say that everything was set: what was not stands in `failed`. */
export const envWritten = z.looseObject({
  failed: z.array(
    z.looseObject({
      error: z.looseObject({
        code: z.string(),
        message: z.string().nullish(),
        key: z.string().nullish(),
        envVarKey: z.string().nullish(),
      }),
    }),
  ),
});
