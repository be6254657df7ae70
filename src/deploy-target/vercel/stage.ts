import type { StagedVersion, StageRequest } from "../../deploy-target.ts";
import { InputError, ProviderError } from "../../failure.ts";
import type { Ports } from "../../ports.ts";
import type { VercelTarget } from "../../target-spec.ts";
import { oneLine } from "../rest.ts";
import type { Deployment, Project } from "./answers.ts";
import { unreadable, type VercelApi } from "./api.ts";
import { deployLocalBuild } from "./local-build.ts";

/** Marks our deployments, so that a commit is built once and nothing else is ever removed. */
export const commitMark = "sluiceCommit";

/** Milliseconds a build may take: Vercel itself ends one after 45 minutes. */
const buildWithinMs = 46 * 60_000;
const lookEveryMs = 2_000;

const failedStates = ["ERROR", "CANCELED", "BLOCKED", "DELETED"];

/** Builds a production deployment that takes no domain, and proves that it stands beside production and not in it. */
export async function stageDeployment(
  api: VercelApi,
  spec: VercelTarget,
  request: StageRequest,
  ports: Ports,
): Promise<StagedVersion> {
  await configureShares(api, request.shares ?? [100]);
  const staged = (await alreadyStaged(api, request.commit)) ?? (await build(api, spec, request, ports));
  const ready = await untilReady(api, staged, ports);
  refuseUnlessBeside(ready, api.projectId);
  const address = addressOf(api, ready);
  if (address === undefined)
    throw unreadable(`Vercel gives no address for deployment ${ready.id}, so it cannot be tested. Run it again.`);
  return { version: ready.id, url: address };
}

/** Where a deployment answers by itself; a twin's deployments are on this machine, without TLS. */
export function addressOf(api: Pick<VercelApi, "isTwin">, { url }: Deployment): string | undefined {
  if (url === undefined || url === null || !/^[A-Za-z0-9.-]+(:\d{1,5})?$/.test(url)) return undefined;
  return `${api.isTwin ? "http" : "https"}://${url}`;
}

/** The rolling release's stages are the runbook's shares: they are set by us, and read back. */
async function configureShares(api: VercelApi, shares: readonly number[]): Promise<void> {
  const same = (stages: readonly number[]) => stages.join() === shares.join();
  const configured = async () => ((await api.rollingConfig())?.stages ?? []).map((stage) => stage.targetPercentage);
  if (shares.every((share) => share === 100)) {
    const left = await configured();
    if (left.length === 0) return;
    throw new InputError(
      `The project rolls every promotion out by ${left.join("%, ")}%, and this stage gives all traffic at once. Write shares for every stage that deploys, or for none. Nothing was deployed.`,
    );
  }
  if (same(await configured())) return;
  const written = await api.writeRollingConfig(shares);
  if (written.outcome === "refused") throw written.error;
  const read = await configured();
  if (same(read)) return;
  throw new ProviderError(
    "vercel",
    `The rolling release was to have the stages ${shares.join(", ")}, and Vercel shows ${read.join(", ") || "none"}. Nothing was deployed; run it again.`,
    { retryable: true },
  );
}

/** A re-run finds its deployment, unless it took traffic already or a variable changed since it was built. */
async function alreadyStaged(api: VercelApi, commit: string): Promise<string | undefined> {
  const candidates = (await api.deployments("all")).filter(
    ({ meta, readyState, readySubstate }) =>
      meta?.[commitMark] === commit &&
      readySubstate !== "PROMOTED" &&
      readySubstate !== "ROLLING" &&
      !failedStates.includes(readyState),
  );
  const [newest] = candidates;
  if (newest === undefined) return undefined;
  const changed = Math.max(
    0,
    ...(await api.variables()).map(({ updatedAt, createdAt }) => updatedAt ?? createdAt ?? 0),
  );
  return changed < newest.createdAt ? newest.id : undefined;
}

async function build(api: VercelApi, spec: VercelTarget, request: StageRequest, ports: Ports): Promise<string> {
  ports.cancelled.throwIfAborted();
  if (spec.build === "local") return deployLocalBuild(spec, request, { [commitMark]: request.commit }, ports);
  const project = await api.project();
  const written = await api.create({
    name: project.name,
    project: project.id,
    target: "production",
    gitSource: gitSourceOf(project, request.commit),
    meta: { [commitMark]: request.commit },
    autoAssignCustomDomains: false,
  });
  if (written.outcome === "accepted" && written.value !== undefined) return written.value.id;
  if (written.outcome === "refused") throw written.error;
  // It may have begun all the same: a second build of the commit would be found by no one.
  const begun = await alreadyStaged(api, request.commit);
  if (begun !== undefined) return begun;
  throw written.outcome === "unknown"
    ? written.error
    : unreadable("Vercel began a build and did not say which. Run it again.");
}

function gitSourceOf({ id, link }: Project, commit: string) {
  if (link === undefined || link === null || !/^github/.test(link.type))
    throw new InputError(
      `Project ${id} is not connected to a GitHub repository, so Vercel cannot build commit ${commit.slice(0, 12)} by itself. Connect it under Settings, Git, or write \`build: local\`.`,
    );
  const { type, repoId, org, repo } = link;
  const where = repoId !== undefined && repoId !== null ? { repoId } : { org: org ?? "", repo: repo ?? "" };
  return { type, ref: link.productionBranch ?? "main", sha: commit, ...where };
}

/** Polls until the build came to an end; a build that fails is the commit's or the project's fault. */
async function untilReady(api: VercelApi, id: string, ports: Ports): Promise<Deployment> {
  const startedAt = ports.clock.monotonic();
  for (;;) {
    ports.cancelled.throwIfAborted();
    const found = await api.deployment(id);
    if (found === undefined)
      throw new InputError(`Deployment ${id} was deleted while it was being built. Release the commit again.`);
    if (found.readyState === "READY") return found;
    if (failedStates.includes(found.readyState)) throw buildFailed(found);
    if (ports.clock.monotonic() - startedAt >= buildWithinMs)
      throw unreadable(
        `Deployment ${id} is ${found.readyState} after ${buildWithinMs / 60_000} minutes. Look at its build log on Vercel and run the step again.`,
      );
    await ports.clock.sleep(lookEveryMs, ports.cancelled);
  }
}

function buildFailed({ id, readyState, errorCode, errorMessage }: Deployment): InputError {
  const said = oneLine([errorCode, errorMessage].filter((part) => typeof part === "string").join(": "));
  return new InputError(
    `The build of deployment ${id} ended as ${readyState}${said === "" ? "" : ` (${said})`}; production was not touched. Read its build log on Vercel, fix the commit or the project's settings, and push again.`,
  );
}

/** A deployment that is not ours, is no production build, or took traffic by itself is no candidate. */
function refuseUnlessBeside({ id, projectId, target, readySubstate }: Deployment, ours: string): void {
  if (projectId !== undefined && projectId !== null && projectId !== ours)
    throw new InputError(`Deployment ${id} belongs to project ${projectId}, not to ${ours}. Check \`target.vercel\`.`);
  if (target !== "production")
    throw new InputError(
      `Deployment ${id} was built for ${target ?? "a preview"}, not for production: promoting it would build it anew. Deploy it with the target production.`,
    );
  if (readySubstate === "PROMOTED" || readySubstate === "ROLLING")
    throw new InputError(
      `Deployment ${id} took production traffic by itself, before anything was tested. Switch \`Auto-assign Custom Production Domains\` off under Settings, Environments, Production, roll back, and release again.`,
    );
}
