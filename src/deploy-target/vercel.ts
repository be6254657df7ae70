import type { DeployTarget, PastVersion } from "../deploy-target.ts";
import { InputError } from "../failure.ts";
import type { Ports } from "../ports.ts";
import type { VercelTarget } from "../target-spec.ts";
import type { Deployment } from "./vercel/answers.ts";
import { type VercelApi, vercelApi } from "./vercel/api.ts";
import { bypassHeaders, probeDeployment } from "./vercel/probe.ts";
import { productionOf, productionReader } from "./vercel/production.ts";
import { configureVariables, findingsOf, readVariables, removeVariables, variableMarks } from "./vercel/settings.ts";
import { addressOf, commitMark, stageDeployment } from "./vercel/stage.ts";
import { trafficMover } from "./vercel/traffic.ts";

/**
 * Deployments of a Vercel project. Shares are stages of a rolling release that Sluice sets and approves one by one;
 * without shares a tested deployment is promoted, and gets all traffic at once.
 *
 * Everything is done through the REST API and is true because production was read back. Only a `local` build needs
 * Vercel's command line. Vercel refuses no late promotion, so `compareAndSet` is false: see `traffic.ts`.
 */
export function vercelTarget(spec: VercelTarget, ports: Ports): DeployTarget {
  ports.mask(spec.token);
  if (spec.bypass !== undefined) ports.mask(spec.bypass);
  const api = vercelApi(spec, ports);
  const reader = productionReader(api, spec.domain, ports);
  const traffic = trafficMover(api, reader, ports);
  /** Hosts of deployments that were given out here: the secret travels to no other. */
  const own = new Set<string>();
  const given = <T extends string | undefined>(address: T): T => {
    if (address !== undefined) own.add(new URL(address).host);
    return address;
  };
  return {
    kind: "vercel",
    capabilities: { shifts: "traffic", compareAndSet: false },
    findings: ({ shares }) => findingsOf(api, shares),
    variables: () => readVariables(api),
    marks: (names) => variableMarks(api, names),
    configure: (variables, options) => configureVariables(api, variables, options?.shown),
    unset: (names) => removeVariables(api, names),
    observe: async () => productionOf(await reader.settled()),
    async stage(request) {
      const staged = await stageDeployment(api, spec, request, ports);
      return { ...staged, url: given(staged.url) };
    },
    shift: traffic.shift,
    restore: traffic.restore,
    async history(named) {
      const known = (await api.deployments("rollback-candidates")).filter(({ readyState }) => readyState === "READY");
      if (named === undefined || known.some(({ id }) => id === named)) return known.map(pastVersion);
      return [pastVersion(await namedDeployment(api, named)), ...known.map(pastVersion)];
    },
    async health(version) {
      const found = await api.deployment(version);
      if (found === undefined) return { healthy: false, message: `Deployment ${version} does not exist any more.` };
      if (found.readyState !== "READY")
        return { healthy: false, message: `Deployment ${version} is ${found.readyState}, not READY.` };
      return probeDeployment(version, addressOf(api, found), spec, ports);
    },
    async address(version) {
      const found = await api.deployment(version);
      return found?.readyState === "READY" ? given(addressOf(api, found)) : undefined;
    },
    headersFor: ({ host }) => (own.has(host) ? bypassHeaders(spec.bypass) : {}),
    async cleanup(keep) {
      const production = productionOf(await reader.settled());
      const spared = new Set([...keep, ...production.serving.map(({ version }) => version)]);
      // What served once is a way back, and what somebody else built is theirs.
      const superfluous = (await api.deployments("all")).filter(
        ({ id, meta, readySubstate }) =>
          meta?.[commitMark] !== undefined && readySubstate === "STAGED" && !spared.has(id),
      );
      const removed: string[] = [];
      for (const { id } of superfluous) if ((await api.remove(id)).outcome === "accepted") removed.push(id);
      return removed;
    },
  };
}

function pastVersion({ id, createdAt, meta }: Deployment): PastVersion {
  const commit = meta?.[commitMark] ?? meta?.["githubCommitSha"];
  return { version: id, at: createdAt, ...(typeof commit === "string" ? { commit } : {}) };
}

/** A deployment a person names as the way back; an InputError says why it cannot be one. */
async function namedDeployment(api: VercelApi, named: string): Promise<Deployment> {
  const { projectId } = api;
  if (named.startsWith("prj_"))
    throw new InputError(
      `${named} is a project, not a deployment. Name the deployment to go back to; its id begins with dpl_.`,
    );
  if (!/^dpl_[A-Za-z0-9]{1,60}$/.test(named))
    throw new InputError(
      `${JSON.stringify(named.slice(0, 80))} is no deployment's id; one begins with dpl_. The project's dashboard shows it under Deployments.`,
    );
  const found = await api.deployment(named);
  if (found === undefined)
    throw new InputError(
      `Deployment ${named} does not exist, or was deleted, or belongs to another team. Nothing was moved; name one that the project's dashboard shows.`,
    );
  if (found.projectId !== undefined && found.projectId !== null && found.projectId !== projectId)
    throw new InputError(
      `Deployment ${named} belongs to project ${found.projectId}, not to ${projectId}. Nothing was moved.`,
    );
  if (found.target !== "production")
    throw new InputError(
      `Deployment ${named} is a preview, not a production build: going back to it would build it anew. Nothing was moved; name a production deployment.`,
    );
  if (found.readyState !== "READY")
    throw new InputError(`Deployment ${named} is ${found.readyState}, not READY. Nothing was moved; name another one.`);
  if (found.readySubstate === "STAGED")
    throw new InputError(
      `Deployment ${named} never served production, so there is nothing to go back to. Nothing was moved; release its commit instead.`,
    );
  return found;
}
