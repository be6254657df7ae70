import type { Production, Serving } from "../../deploy-target.ts";
import { InputError, type ProviderError } from "../../failure.ts";
import type { Ports } from "../../ports.ts";
import type { AliasRequest, Project, RollingRelease } from "./answers.ts";
import { isUnderWay, unreadable, type VercelApi } from "./api.ts";

/** Everything that says what production serves, read at about the same time. */
export interface Facts {
  readonly project: Project;
  readonly rollout: RollingRelease | null;
  /** Which deployment each production domain points to. */
  readonly domains: readonly { readonly domain: string; readonly deployment: string }[];
}

/** Traffic is divided only while this state is read: the rest of the document may stand after the end. */
type ActiveRollout = RollingRelease & { readonly state: "ACTIVE" };
export const isActive = (rollout: RollingRelease | null): rollout is ActiveRollout => rollout?.state === "ACTIVE";

const endedStates = ["COMPLETE", "ABORTED"];

/** Base and canary of a rolling release with the percent the canary has; throws when Vercel does not say. */
export function rolloutShares(rollout: RollingRelease): { base: string; canary: string; percent: number } {
  const { currentDeployment, canaryDeployment, activeStage, currentCanaryPercentage } = rollout;
  const percent = currentCanaryPercentage ?? activeStage?.targetPercentage;
  if (!currentDeployment || !canaryDeployment || percent === undefined || percent < 0 || percent > 100)
    throw unreadable(
      "Vercel says that a rolling release is active and not which deployments share production, so nothing is known. Look at the project's dashboard.",
    );
  return { base: currentDeployment.id, canary: canaryDeployment.id, percent };
}

/**
 * What production serves, from the facts alone. Domains that do not all point to one deployment count for equal parts:
 * a promotion that Vercel left half done is shared production, not a finished one.
 *
 * Vercel counts no generations, so one is derived from everything a write of traffic changes: the newest request to
 * move the domains, where the domains point, and the stage of a rolling release. Staging a deployment changes none.
 */
export function productionOf({ project, rollout, domains }: Facts): Production {
  if (rollout !== null && !isActive(rollout) && !endedStates.includes(rollout.state))
    throw unreadable(
      `Vercel says that the rolling release is ${JSON.stringify(rollout.state.slice(0, 40))}, a state this version of Sluice does not know. Update Sluice, or finish the rolling release by hand.`,
    );
  const shares = isActive(rollout) ? rolloutShares(rollout) : undefined;
  const weights = new Map<string, number>();
  const add = (version: string, weight: number) => weights.set(version, (weights.get(version) ?? 0) + weight);
  for (const { deployment } of domains) {
    if (shares !== undefined && (deployment === shares.base || deployment === shares.canary)) {
      add(shares.base, (100 - shares.percent) / domains.length);
      add(shares.canary, shares.percent / domains.length);
    } else add(deployment, 100 / domains.length);
  }
  const serving: readonly Serving[] = [...weights]
    .map(([version, weight]) => ({ version, weight: Math.round(weight * 1000) / 1000 }))
    .filter(({ weight }) => weight > 0);
  return { generation: generationOf(project.lastAliasRequest, rollout, domains), serving };
}

function generationOf(
  request: AliasRequest | null | undefined,
  rollout: RollingRelease | null,
  domains: Facts["domains"],
): string {
  const event = request ? `${request.type}-${request.requestedAt}` : "first";
  const pointed = [...new Set(domains.map(({ deployment }) => deployment))].sort().join("+");
  if (!isActive(rollout)) return `${event}/${pointed}`;
  const { canary, percent } = rolloutShares(rollout);
  return `${event}/${pointed}/${canary}@${rollout.activeStage?.index ?? "-"}:${percent}`;
}

/** The version that serves everything, when no rolling release is under way. */
export const servesAlone = ({ serving }: Production): string | undefined =>
  serving.length === 1 && serving[0]?.weight === 100 ? serving[0].version : undefined;

/** Milliseconds an alias job that is under way is waited for before production counts as unreadable. */
const jobPatienceMs = 30_000;
const lookEveryMs = 500;

type ProductionPorts = Pick<Ports, "clock">;

/** Reads the facts, and waits while Vercel is moving the domains: in the middle of it nothing is true for long. */
export function productionReader(api: VercelApi, domain: string | undefined, ports: ProductionPorts) {
  let domains: readonly string[] | undefined = domain === undefined ? undefined : [domain];

  async function domainNames(): Promise<readonly string[]> {
    domains ??= await api.productionDomains();
    if (domains.length === 0)
      throw new InputError(
        "The project has no verified production domain, so nothing says what production is. Add one under Settings, Domains.",
      );
    if (domains.length > mostDomains)
      throw new InputError(
        `The project has ${domains.length} production domains; name the one that is read back with \`target.vercel.domain\`.`,
      );
    return domains;
  }

  async function pointed(name: string) {
    const found = await api.deployment(name);
    if (found === undefined)
      throw new InputError(
        `No deployment answers at ${name}: it is no production domain of this project, or nothing was ever promoted. Check \`target.vercel.domain\`, and deploy the first version by hand.`,
      );
    if (found.projectId !== undefined && found.projectId !== null && found.projectId !== api.projectId)
      throw new InputError(
        `${name} serves project ${found.projectId}, not ${api.projectId}. Correct \`target.vercel.domain\` or \`target.vercel.project\`.`,
      );
    return { domain: name, deployment: found.id };
  }

  /** The facts as they are right now, whatever is under way. */
  async function look(): Promise<Facts> {
    const [project, rollout, found] = await Promise.all([
      api.project(),
      api.rollingRelease(),
      domainNames().then((names) => Promise.all(names.map(pointed))),
    ]);
    return { project, rollout, domains: found };
  }

  return {
    look,
    /** Facts while no alias job is under way; a ProviderError when one does not come to an end. */
    async settled(): Promise<Facts> {
      const startedAt = ports.clock.monotonic();
      for (;;) {
        const facts = await look();
        const request = facts.project.lastAliasRequest;
        if (!request || !isUnderWay(request, api.now())) return facts;
        if (ports.clock.monotonic() - startedAt >= jobPatienceMs) throw stillMoving(request);
        await ports.clock.sleep(lookEveryMs);
      }
    },
  };
}
export type ProductionReader = ReturnType<typeof productionReader>;

/** A look reads each of them. */
const mostDomains = 10;

const stillMoving = ({ type, toDeploymentId, requestedAt }: AliasRequest): ProviderError =>
  unreadable(
    `Vercel is moving the production domains to ${toDeploymentId} (${type}, since ${new Date(requestedAt).toISOString()}) and has not finished. Look at vercel-status.com, and run it again.`,
  );
