import * as z from "zod";
import type { DeploymentState, GitHubClient, NewDeployment, NewDeploymentStatus } from "../github.ts";
import type { EnvironmentRecord, ReleaseState } from "../record.ts";
import type { RecordSnapshot } from "../record-store.ts";

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
  candidate: z.string(),
  stable: z.string(),
});

export interface DeploymentPlaces {
  /** Page of the run, for the log link. */
  readonly runUrl: string;
  /** Where people meet the service. */
  readonly url?: string | undefined;
}

/**
 * The deployment of a record's newest release; undefined as long as nothing is staged, for its payload cannot be
 * changed afterwards and has to name the candidate.
 */
export function deploymentFor(record: EnvironmentRecord): NewDeployment | undefined {
  const { release, environment } = record;
  const deployed = release?.candidate ?? release?.promoted;
  if (release === null || deployed === null || deployed === undefined) return undefined;
  const payload: z.output<typeof deploymentPayload> = {
    sluice: 1,
    release: release.id,
    candidate: deployed.version,
    stable: release.before,
  };
  return {
    commit: release.commit,
    environment,
    task: deploymentTask,
    description: shorten(`Release ${release.id} of ${release.plan.service}`, longestDescription),
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

/** The status line with its witness: the record's head at that time, which no later head may fail to descend from. */
export function witnessed(description: string, head: string): string {
  const witness = ` @${head}`;
  return shorten(description, longestDescription - witness.length) + witness;
}

/** The head a status line bears witness to. */
export const witnessIn = (description: string): string | undefined => /@([0-9a-f]{40})$/.exec(description)?.[1];

/** The record's head that the newest deployment of our own bears witness to; undefined when there is none. */
export async function witnessOf(
  client: Pick<GitHubClient, "listDeployments" | "latestDeploymentStatus">,
  environment: string,
): Promise<string | undefined> {
  const deployments = await client.listDeployments({ environment, task: deploymentTask });
  const newest = deployments.find(({ payload }) => deploymentPayload.safeParse(payload).success);
  const status = newest && (await client.latestDeploymentStatus(newest.id));
  return status ? witnessIn(status.description) : undefined;
}

function shorten(text: string, length: number): string {
  const characters = [...text];
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join("")}…`;
}

interface Projected {
  readonly release: number;
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
  const release = record.release?.id;
  if (head === null || release === undefined || deployment === undefined || status === undefined) return undefined;
  const before = shown.get(client) ?? new Map<string, Projected>();
  shown.set(client, before);
  const last = before.get(record.environment);
  if (last?.release === release && last.description === status.description) return undefined;
  try {
    const { id, shows } =
      last?.release === release
        ? { id: last.deployment, shows: undefined }
        : await findOrCreate(client, deployment, release);
    const description = witnessed(status.description, head);
    if (shows !== description)
      await settle(
        client.createDeploymentStatus(id, {
          state: status.state,
          description,
          logUrl: places.runUrl,
          environmentUrl: places.url,
        }),
      );
    before.set(record.environment, { release, deployment: id, description: status.description });
    if (status.state === "success") await retireReplaced(client, deployment, id, places);
    return undefined;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return `GitHub's deployment page does not show the newest state of release ${release}; the release itself goes on. ${why}`;
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
  const ours = deployments.find(({ commit, payload }) => {
    const parsed = deploymentPayload.safeParse(payload);
    return parsed.success && parsed.data.release === release && commit === wanted.commit;
  });
  return ours?.id;
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
