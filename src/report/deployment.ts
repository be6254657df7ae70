import * as z from "zod";
import { messageOf } from "../failure.ts";
import type { DeploymentState, NewDeployment, NewDeploymentStatus } from "../github/deployments.ts";
import type { GitHubClient } from "../github.ts";
import { commitIn, type EnvironmentRecord, type ReleaseState } from "../record.ts";
import type { RecordSnapshot } from "../record-store.ts";
import { firstOpen } from "../release/due.ts";
import type { Witness } from "../rollback.ts";

/** Keeps our deployments apart from those GitHub makes for jobs with an `environment`. */
export const deploymentTask = "release";

/** GitHub refuses longer descriptions with 422. */
const longestDescription = 140;

/** How many earlier deployments are looked at for the one this release replaces. */
const earlierLookedAt = 10;

/** What a deployment says about its release, so that a rollback can find its way when the record cannot be read. */
export const deploymentPayload = z.object({
  sluice: z.literal(1),
  release: z.number().int(),
  /** The version that this deployment brings, and what served before its stage. */
  candidate: z.string(),
  stable: z.string(),
  /** What served before the release; older deployments name it as `stable`. */
  before: z.string().optional(),
});

export interface DeploymentPlaces {
  /** Page of the run, for the log link. */
  readonly runUrl: string;
  /** Where people meet the service. */
  readonly url?: string | undefined;
}

/**
 * The deployment of the newest candidate of a record's newest release; undefined as long as nothing is staged, for its
 * payload cannot be changed afterwards and has to name the candidate. A release whose stages bring versions of their own
 * is a deployment for each.
 */
export function deploymentFor(record: EnvironmentRecord): NewDeployment | undefined {
  const { release, environment } = record;
  const deployed = release?.candidate ?? release?.promoted;
  if (release === null || deployed === null || deployed === undefined) return undefined;
  const { candidate, promotions, stable, replaced, before } = release;
  const stage = candidate === null ? promotions.at(-1)?.stage : firstOpen(release)?.stage.name;
  const payload: z.output<typeof deploymentPayload> = {
    sluice: 1,
    release: release.id,
    candidate: deployed.version,
    stable: candidate === null ? (replaced?.version ?? before) : stable.version,
    before,
  };
  const of = promotions.length === 0 ? "" : `, stage ${stage}`;
  return {
    commit: commitIn(release, stage),
    environment,
    task: deploymentTask,
    description: shorten(`Release ${release.id} of ${release.plan.service}${of}`, longestDescription),
    payload,
    production: environment === "production",
  };
}

/** How the newest release stands, for GitHub's deployment page; undefined as long as it has no deployment. */
export function deploymentStatusFor(
  record: EnvironmentRecord,
): { readonly state: DeploymentState; readonly description: string } | undefined {
  const { release } = record;
  if (release === null || (release.candidate ?? release.promoted) === null) return undefined;
  if (release.ended !== null) {
    const { as, reason } = release.ended;
    return { state: stateOf[as], description: `${as} (${reason})` };
  }
  return { state: "in_progress", description: underWay(release) };
}

const stateOf: Record<NonNullable<ReleaseState["ended"]>["as"], DeploymentState> = {
  done: "success",
  failed: "failure",
  "rolled-back": "failure",
  "rolled-back-unhealthy": "error",
  "rollback-incomplete": "error",
  held: "inactive",
  halted: "error",
  superseded: "inactive",
};

function underWay({ interrupted, traffic, verdict, steps }: ReleaseState): string {
  if (interrupted !== null) return `interrupted (${interrupted.reason})`;
  if (traffic !== null) {
    const judged = verdict === null ? "" : `: ${verdict.verdict} (${verdict.reason})`;
    return `canary ${traffic.weight}%${judged}`;
  }
  const [newest] = Object.entries(steps).toSorted(([, a], [, b]) => b.at - a.at);
  return newest === undefined ? "started" : `${newest[0]}: ${newest[1].outcome} (${newest[1].reason})`;
}

const schemaMark = " [schema moved]";

/**
 * The status line with its witness: the record's head at that time, which no later head may fail to descend from, and
 * whether a migration leaves earlier versions behind.
 */
export function witnessed(description: string, head: string, movesSchema = false): string {
  const witness = `${movesSchema ? schemaMark : ""} @${head}`;
  return shorten(description, longestDescription - witness.length) + witness;
}

/** The head a status line bears witness to. */
export const witnessIn = (description: string): string | undefined => /@([0-9a-f]{40})$/.exec(description)?.[1];

const standing: Readonly<Record<string, Witness["stands"]>> = {
  success: "done",
  failure: "gone back",
  inactive: "gone back",
  error: "unclear",
};

/** What the newest deployment of our own says of its release, and the record's head at that time. */
export async function witnessOf(
  client: Pick<GitHubClient, "listDeployments" | "latestDeploymentStatus">,
  environment: string,
): Promise<(Witness & { readonly head: string | undefined }) | undefined> {
  const deployments = await client.listDeployments({ environment, task: deploymentTask });
  for (const { id, payload } of deployments) {
    const ours = deploymentPayload.safeParse(payload);
    if (!ours.success) continue;
    const { release, candidate, stable, before = stable } = ours.data;
    const { state, description = "" } = (await client.latestDeploymentStatus(id)) ?? {};
    return {
      ...{ release, candidate, stable, before },
      movesSchema: description.includes(schemaMark),
      stands: state === undefined ? "under way" : (standing[state] ?? "under way"),
      head: witnessIn(description),
    };
  }
  return undefined;
}

function shorten(text: string, length: number): string {
  const characters = [...text];
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join("")}…`;
}

interface Projected {
  readonly release: number;
  readonly candidate: unknown;
  readonly deployment: number;
  readonly description: string;
}

/** What this process already showed of each environment, so that an unchanged picture costs no request. */
const shown = new WeakMap<GitHubClient, Map<string, Projected>>();

/**
 * Shows the newest release of a record as a GitHub deployment. The record decides, this only displays it: what goes
 * wrong is answered as a warning, never thrown.
 */
export async function projectDeployment(
  client: GitHubClient,
  { head, record }: RecordSnapshot,
  places: DeploymentPlaces,
): Promise<string | undefined> {
  const deployment = deploymentFor(record);
  const status = deploymentStatusFor(record);
  const { release } = record;
  if (head === null || release === null || deployment === undefined || status === undefined) return undefined;
  const before = shown.get(client) ?? new Map<string, Projected>();
  shown.set(client, before);
  const { candidate } = deployment.payload;
  const last = before.get(record.environment);
  const same = last?.release === release.id && last.candidate === candidate ? last : undefined;
  if (same?.description === status.description) return undefined;
  try {
    const { id, shows } =
      same === undefined
        ? await findOrCreate(client, deployment, release.id)
        : { id: same.deployment, shows: undefined };
    const description = witnessed(status.description, head, release.movesSchema);
    if (shows !== description)
      await settle(
        client.createDeploymentStatus(id, {
          state: status.state,
          description,
          logUrl: places.runUrl,
          environmentUrl: places.url,
        }),
      );
    before.set(record.environment, {
      release: release.id,
      candidate,
      deployment: id,
      description: status.description,
    });
    if (same === undefined || release.ended !== null)
      await settleStages(client, release, record, deployment, id, places);
    if (status.state === "success") await retireReplaced(client, deployment, id, places);
    return undefined;
  } catch (error) {
    const why = messageOf(error);
    return `GitHub's deployment page does not show the newest state of release ${release.id}; the release itself goes on. ${why}`;
  }
}

/** The release's deployment and the line that an earlier process left on it. */
async function findOrCreate(
  client: GitHubClient,
  wanted: NewDeployment,
  release: number,
): Promise<{ readonly id: number; readonly shows: string | undefined }> {
  const present = await find(client, wanted, release);
  if (present !== undefined) return { id: present, shows: (await client.latestDeploymentStatus(present))?.description };
  const created = await client.createDeployment(wanted);
  if (created.outcome === "applied") return { id: created.value.id, shows: undefined };
  const found = created.outcome === "unknown" ? await find(client, wanted, release) : undefined;
  if (found === undefined) throw created.error;
  return { id: found, shows: undefined };
}

async function find(client: GitHubClient, wanted: NewDeployment, release: number): Promise<number | undefined> {
  const deployments = await client.listDeployments(wanted);
  const ours = deployments.find(({ payload }) => {
    const parsed = deploymentPayload.safeParse(payload);
    return parsed.success && parsed.data.release === release && parsed.data.candidate === wanted.payload["candidate"];
  });
  return ours?.id;
}

/**
 * What earlier stages of a release brought, beside its newest candidate: the version that serves, or would again, reads
 * as success, and the others as inactive. Where nobody knows what serves nothing is said.
 */
async function settleStages(
  client: GitHubClient,
  { id: release, ended, promotions, candidate, stable }: ReleaseState,
  { lastGood }: EnvironmentRecord,
  by: NewDeployment,
  newest: number,
  places: DeploymentPlaces,
): Promise<void> {
  if (promotions.length + (candidate === null ? 0 : 1) < 2) return;
  if (ended?.as === "halted" || ended?.as === "rollback-incomplete") return;
  const serving = ended === null || ended.as === "done" || ended.as === "failed" ? stable.version : lastGood?.version;
  for (const { id, payload } of await client.listDeployments(by)) {
    const ours = deploymentPayload.safeParse(payload);
    if (id >= newest || !ours.success || ours.data.release !== release) continue;
    const state = ours.data.candidate === serving ? "success" : "inactive";
    if ((await client.latestDeploymentStatus(id))?.state === state) continue;
    const description =
      state === "success"
        ? `serves, brought by a stage of release ${release}`
        : `does not serve any more, after release ${release}`;
    await settle(client.createDeploymentStatus(id, { state, description, logUrl: places.runUrl }));
    if (state === "success") await retireReplaced(client, by, id, places);
  }
}

/** GitHub retires replaced deployments by itself (`auto_inactive`), but never those of a production environment. */
async function retireReplaced(client: GitHubClient, by: NewDeployment, id: number, { runUrl }: DeploymentPlaces) {
  if (!by.production) return;
  const earlier = (await client.listDeployments(by)).filter((deployment) => deployment.id < id);
  const inactive: NewDeploymentStatus = {
    state: "inactive",
    description: `replaced by release ${by.payload["release"]}`,
    logUrl: runUrl,
  };
  for (const deployment of earlier.slice(0, earlierLookedAt)) {
    if ((await client.latestDeploymentStatus(deployment.id))?.state !== "success") continue;
    await settle(client.createDeploymentStatus(deployment.id, inactive));
    return;
  }
}

async function settle(writing: ReturnType<GitHubClient["createDeploymentStatus"]>): Promise<void> {
  const written = await writing;
  if (written.outcome !== "applied") throw written.error;
}
