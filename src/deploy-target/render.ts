import type { Configured, DeployTarget, Outcome, PastVersion, Production } from "../deploy-target.ts";
import { InputError, ProviderError } from "../failure.ts";
import type { Ports } from "../ports.ts";
import { shortVersion } from "../short-version.ts";
import type { RenderTarget } from "../target-spec.ts";
import { type RenderDeploy, type RenderService, renderApi, type Sent } from "./render-api.ts";
import { linkOf, refuseSuspended, repositoryOf, serviceFindings, stopAutoDeploy } from "./render-settings.ts";
import { changeVariables, effectiveVariables, restoreVariables, variableMarks } from "./render-variables.ts";

type RenderPorts = Pick<Ports, "fetch" | "clock" | "random" | "cancelled" | "log" | "env">;

const deployWithinMs = 20 * 60_000;
/** Milliseconds in which a deploy that was accepted has to show in the list. */
const showWithinMs = 60_000;
const healthWithinMs = 60_000;
const healthAttemptMs = 5_000;
/** A rollback is over in seconds and worth asking often; a build is not. */
const quickLooks = 60;
const quickPauseMs = 1_000;
const slowPauseMs = 5_000;

/** How a deploy that is over ended. Any other word, also one that is new to us, means that it is still under way. */
const endings: Readonly<Record<string, "live" | "failed" | "canceled" | "superseded">> = {
  live: "live",
  deactivated: "superseded",
  build_failed: "failed",
  update_failed: "failed",
  pre_deploy_failed: "failed",
  canceled: "canceled",
};
const words: Readonly<Record<string, string>> = {
  build_failed: "the build failed",
  update_failed: "the new instances never became healthy",
  pre_deploy_failed: "the pre-deploy command failed",
};
const wasLive = (deploy: RenderDeploy): boolean => deploy.status === "live" || deploy.status === "deactivated";
const isUnderWay = ({ status }: RenderDeploy): boolean => endings[status] === undefined;

/** What tells versions apart: the commit, or the digest of an image. A rollback is a new deploy of the same version. */
const versionOf = ({ id, commit, image }: RenderDeploy): string =>
  image?.sha?.replace(/^sha256:/, "") ?? commit?.id ?? id;

const liveIn = (deploys: readonly RenderDeploy[]) => deploys.find(({ status }) => status === "live");

/** How one deploy came out, told only from what Render's list shows. */
type Followed =
  | { readonly ended: "live"; readonly deploys: readonly RenderDeploy[] }
  | { readonly ended: "failed" | "canceled" | "superseded"; readonly why: string }
  | { readonly ended: "late" | "unseen"; readonly why: string; readonly deploy?: RenderDeploy };

/**
 * A web service on Render. Render has no shares: a deploy replaces what serves, with no time between. A version is a
 * commit, or the digest of an image; the generation is the id of the deploy that serves, so that every accepted write
 * makes a new one.
 *
 * Render has no version without traffic either. With `candidate`, a second service of the same code gets every version
 * first and is what smoke and load tests ask; production gets the same commit, or the very same image, afterwards.
 * Without it `stage` prepares nothing, and the version meets its first request in production.
 */
export function renderTarget(spec: RenderTarget, ports: RenderPorts): DeployTarget {
  const api = renderApi({ api: apiAddress(ports.env), key: spec.key }, ports);
  const { service: production, candidate } = spec;
  const within = spec.within ?? deployWithinMs;

  const observed = (service: RenderService, deploys: readonly RenderDeploy[]): Production => {
    const live = liveIn(deploys);
    if (live === undefined) return { generation: "none", serving: [] };
    const generation = service.suspended === "not_suspended" ? live.id : `${live.id}.${service.suspended}`;
    const serves = service.suspended === "not_suspended";
    return { generation, serving: serves ? [{ version: versionOf(live), weight: 100 }] : [] };
  };

  const look = async () => {
    const [service, deploys] = await Promise.all([api.service(production), api.deploys(production)]);
    return { service, deploys, production: observed(service, deploys) };
  };

  /** A request to a version's own health path, until it answers well or the time is over. */
  const healthy = async (service: RenderService, withinMs: number): Promise<{ healthy: boolean; message: string }> => {
    const path = spec.health ?? service.serviceDetails.healthCheckPath ?? "";
    const { url } = service.serviceDetails;
    if (url === undefined || path === "")
      return { healthy: true, message: "It has no health check path, so only Render's own word is known." };
    const address = new URL(path, url);
    const deadline = ports.clock.monotonic() + withinMs;
    for (;;) {
      const said = await answerOf(address, ports);
      if (typeof said === "number" && said >= 200 && said < 300)
        return { healthy: true, message: `${address.host}${path} answered ${said}.` };
      const left = deadline - ports.clock.monotonic();
      const message = `${address.host}${path} ${typeof said === "number" ? `answered ${said}` : `did not answer: ${said}`}.`;
      if (left <= 0 || ports.cancelled.aborted) return { healthy: false, message };
      await ports.clock.sleep(Math.min(quickPauseMs, left));
    }
  };

  /** Waits until the deploy is live and the newest, or over, or the time is. `known` are the deploys there were before. */
  const follow = async (
    service: string,
    sent: Sent,
    version: string | undefined,
    known: ReadonlySet<string>,
  ): Promise<Followed> => {
    const begun = ports.clock.monotonic();
    let id = sent.sent === "created" ? sent.deploy.id : undefined;
    for (let looks = 1; ; looks += 1) {
      const deploys = await api.deploys(service);
      const ours = deploys.find((deploy) =>
        id === undefined
          ? !known.has(deploy.id) && (version === undefined || versionOf(deploy) === version)
          : deploy.id === id,
      );
      id = ours?.id;
      const live = liveIn(deploys);
      const ended = ours === undefined ? undefined : endings[ours.status];
      if (ended === "live" && live?.id === id) return { ended, deploys };
      if (ended === "live" || ended === "superseded")
        return { ended: "superseded", why: `deploy ${live?.id ?? "of somebody else"} came after it` };
      if (ours !== undefined && ended !== undefined)
        return { ended, why: words[ours.status] ?? `it was ${ours.status.replaceAll("_", " ")}` };
      const waited = ports.clock.monotonic() - begun;
      if (ours === undefined && waited >= showWithinMs)
        return { ended: "unseen", why: `no such deploy shows in the list after ${showWithinMs / 1000} s` };
      if (ours !== undefined && waited >= within)
        return {
          ended: "late",
          why: `it is still ${ours.status.replaceAll("_", " ")} after ${within / 1000} s`,
          deploy: ours,
        };
      await ports.clock.sleep(looks < quickLooks ? quickPauseMs : slowPauseMs);
    }
  };

  /** Nothing that was given up may still become live later. True when it is known to be over. */
  const giveUp = async (service: string, deploy: RenderDeploy): Promise<boolean> => {
    await api.cancel(service, deploy.id).catch((problem) => {
      if (!(problem instanceof ProviderError)) throw problem;
    });
    const after = (await api.deploys(service)).find(({ id }) => id === deploy.id);
    return after?.status === "canceled";
  };

  const settled = async (sent: Sent, followed: Followed, wanted: string): Promise<Outcome> => {
    if (followed.ended === "live") {
      const { production: after } = await look();
      if (after.serving[0]?.version === wanted) return { outcome: "applied", production: after };
      const message = "The deploy became live, and Render shows another version by now. Read it and decide anew.";
      return { outcome: "not-applied", reason: "changed-meanwhile", message, production: after };
    }
    if (followed.ended === "late" && followed.deploy !== undefined) {
      const over = await giveUp(production, followed.deploy);
      if (!over)
        return {
          outcome: "unknown",
          message: `Deploy ${followed.deploy.id} is late (${followed.why}) and could not be canceled.`,
        };
    } else if (followed.ended === "late" || followed.ended === "unseen") {
      const said = sent.sent === "lost" ? sent.message : `Render answered that it was ${sent.sent}`;
      return { outcome: "unknown", message: `A deploy was asked for (${said}), and ${followed.why}.` };
    }
    const { production: after } = await look();
    const reason = followed.ended === "superseded" ? followed.ended : `deploy-${followed.ended}`;
    const message = `Version ${shortVersion(wanted)} did not become live: ${followed.why}. ${servingIn(after)}`;
    return { outcome: "not-applied", reason, message, production: after };
  };

  const imageOf = (version: string): string =>
    /^[0-9a-f]{64}$/.test(version) ? `${repositoryOf(spec.image ?? "")}@sha256:${version}` : version;

  const deployOf = (version: string) =>
    spec.image === undefined ? ({ commitId: version } as const) : ({ imageUrl: imageOf(version) } as const);

  return {
    kind: "render",
    // Render takes every deploy, whatever served when it was asked for; the generation is compared before, here.
    capabilities: { shifts: "all-at-once", compareAndSet: false },

    async findings() {
      const { service, deploys } = await look();
      const found = serviceFindings(service, spec, "service");
      const busy = deploys.find(isUnderWay);
      if (busy !== undefined)
        found.push({
          reason: "deploy-under-way",
          message: `Deploy ${busy.id} of ${service.name} is ${busy.status.replaceAll("_", " ")}. Wait until it is over, or cancel it, then release.`,
        });
      if (candidate === undefined) return found;
      return [...found, ...serviceFindings(await api.service(candidate), spec, "candidate")];
    },

    marks: (names) => variableMarks(api, production, names, spec.key),
    variables: () => effectiveVariables(api, production),

    async configure(variables): Promise<Configured> {
      return changeVariables(api, [production, ...(candidate === undefined ? [] : [candidate])], variables);
    },

    unconfigure: (before) => restoreVariables(api, before),

    async history(named): Promise<readonly PastVersion[]> {
      const deploys = await api.deploys(production);
      const past = new Map<string, PastVersion>();
      for (const deploy of deploys.filter(wasLive)) {
        const version = versionOf(deploy);
        if (!past.has(version)) past.set(version, { version, commit: deploy.commit?.id, at: deploy.createdAt });
      }
      if (named?.startsWith("srv-") === true)
        throw new InputError(
          `${named} is a service; name a version it served: one of ${[...past.keys()].slice(0, 5).join(", ")}.`,
        );
      const deploy = deploys.find(({ id }) => id === named);
      if (deploy !== undefined)
        throw new InputError(
          wasLive(deploy)
            ? `${deploy.id} is a deploy; name the version it served: ${versionOf(deploy)}.`
            : `${deploy.id} never served production (${deploy.status}), so there is nothing to go back to. Name one of ${[...past.keys()].slice(0, 5).join(", ")}.`,
        );
      return [...past.values()];
    },

    observe: async () => (await look()).production,

    async stage({ commit }) {
      ports.cancelled.throwIfAborted();
      const service = await api.service(candidate ?? production);
      const { url } = service.serviceDetails;
      if (url === undefined)
        throw new InputError(
          `${service.name} is a ${service.type} and has no address; only a web service can be released.`,
        );
      if (candidate === undefined) return { version: commit, url };
      refuseSuspended(service);
      const known = new Set((await api.deploys(candidate)).map(({ id }) => id));
      const what =
        spec.image === undefined ? { commitId: commit } : { imageUrl: spec.image.replaceAll("$commit", commit) };
      const sent = await api.deploy(candidate, what);
      const followed = await follow(candidate, sent, spec.image === undefined ? commit : undefined, known);
      if (followed.ended !== "live") {
        if (followed.ended === "late" && followed.deploy !== undefined) await giveUp(candidate, followed.deploy);
        throw notStaged(service, followed);
      }
      const live = liveIn(followed.deploys);
      const version = live === undefined ? undefined : versionOf(live);
      if (version === undefined || (spec.image === undefined && version !== commit))
        throw new ProviderError(
          "render",
          `${service.name} serves ${version ?? "nothing"} after ${commit.slice(0, 12)} was deployed to it.`,
        );
      const health = await healthy(service, healthWithinMs);
      if (!health.healthy)
        throw new InputError(
          `The new version runs on ${service.name} and is not well: ${health.message} Production was not touched; read its log, mend it and push again.`,
        );
      return { version, url };
    },

    async shift({ candidate: version, weight, ifGeneration }) {
      ports.cancelled.throwIfAborted();
      if (weight !== 100)
        throw new InputError(`Render cannot give a version ${weight}% of traffic; keep one shift of 100%.`);
      const { service, deploys, production: before } = await look();
      if (before.generation !== ifGeneration) return differs(before, ifGeneration);
      refuseSuspended(service);
      const known = new Set(deploys.map(({ id }) => id));
      const sent = await api.deploy(production, deployOf(version));
      const followed = await follow(production, sent, version, known);
      const outcome = await settled(sent, followed, version);
      // A build that fails once fails again: said at once, instead of trying it over and over.
      if (outcome.outcome === "not-applied" && /^deploy-/.test(outcome.reason))
        throw new ProviderError(
          "render",
          `${outcome.message} Read the deploy's log${linkOf(service)}, mend it and push again.`,
        );
      return outcome;
    },

    async restore({ to, ifGeneration }) {
      const { service, deploys, production: before } = await look();
      if (ifGeneration !== undefined && before.generation !== ifGeneration) return differs(before, ifGeneration);
      await stopAutoDeploy(api, service, ports.log);
      // Render may queue a new deploy behind one that is under way; what is going wrong is not waited for.
      for (const deploy of deploys.filter(isUnderWay)) await giveUp(production, deploy);
      const known = new Set(deploys.map(({ id }) => id));
      const past = deploys.find((deploy) => wasLive(deploy) && versionOf(deploy) === to);
      const sent = await sendBack(past, to);
      return settled(sent, await follow(production, sent, to, known), to);
    },

    async health(version) {
      const { service, deploys, production: now } = await look();
      if (now.serving.some((serving) => serving.version === version)) return healthy(service, healthAttemptMs);
      const past = deploys.find((deploy) => wasLive(deploy) && versionOf(deploy) === version);
      if (past === undefined)
        return {
          healthy: false,
          message: `Version ${shortVersion(version)} is not among the last ${deploys.length} deploys that served.`,
        };
      return {
        healthy: true,
        message: `Version ${shortVersion(version)} served as deploy ${past.id}; Render keeps what it built for a while.`,
      };
    },

    async address(version) {
      for (const id of [production, ...(candidate === undefined ? [] : [candidate])]) {
        const live = liveIn(await api.deploys(id));
        if (live !== undefined && versionOf(live) === version) return (await api.service(id)).serviceDetails.url;
      }
      return undefined;
    },

    // Render keeps and removes old builds by itself.
    cleanup: async () => [],
  };

  /** What was built once is deployed again; where Render does not keep it any more, it is built anew, and that is said. */
  async function sendBack(past: RenderDeploy | undefined, to: string): Promise<Sent> {
    if (past !== undefined) {
      try {
        return await api.rollback(production, past.id);
      } catch (problem) {
        if (!(problem instanceof ProviderError) || ![400, 404, 409].includes(Number(problem.status))) throw problem;
        ports.log.warn(
          `${problem.message} Version ${shortVersion(to)} is deployed anew instead; that takes as long as a build.`,
        );
      }
    }
    return api.deploy(production, deployOf(to));
  }
}

/** Render's own API, or one of this machine in a rehearsal: the key travels nowhere else. */
function apiAddress(env: Ports["env"]): string {
  const address = env["SLUICE_RENDER_API"] ?? "https://api.render.com/v1";
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const here = url?.protocol === "http:" && /^(?:localhost|127\.\d+\.\d+\.\d+)$/.test(url.hostname);
  if (here || address === "https://api.render.com/v1") return address;
  throw new InputError("SLUICE_RENDER_API is for rehearsals and must be an http address of this machine. Remove it.");
}

const servingIn = ({ serving }: Production): string => {
  const [first] = serving;
  return first === undefined ? "Production serves nothing." : `Production still serves ${shortVersion(first.version)}.`;
};

function differs(production: Production, asked: string): Outcome {
  const message = `Production is at generation ${production.generation}, not ${asked}: somebody deployed meanwhile. Read it again and decide anew.`;
  return { outcome: "not-applied", reason: "generation-differs", message, production };
}

function notStaged(service: RenderService, followed: Exclude<Followed, { ended: "live" }>): InputError | ProviderError {
  const message = `The new version did not become live on ${service.name}: ${followed.why}. Production was not touched.`;
  if (followed.ended === "failed")
    return new InputError(`${message} Read the deploy's log${linkOf(service)}, mend it and push again.`);
  return new ProviderError("render", `${message} Look at its events${linkOf(service)}, then release again.`);
}

/** The status of one answer, or why there was none. */
async function answerOf(address: URL, ports: Pick<Ports, "fetch" | "clock">): Promise<number | string> {
  const finished = new AbortController();
  const late = new AbortController();
  ports.clock.sleep(healthAttemptMs, finished.signal).then(
    () => late.abort(),
    () => undefined,
  );
  try {
    const response = await ports.fetch(address, { redirect: "manual", signal: late.signal });
    await response.body?.cancel();
    return response.status;
  } catch {
    return late.signal.aborted ? `nothing came within ${healthAttemptMs / 1000} s` : "no connection was accepted";
  } finally {
    finished.abort();
  }
}
