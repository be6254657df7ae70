import { randomBytes } from "node:crypto";
import { cp, mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { listenOnLoopback } from "../loopback.ts";
import { createRouter } from "../router.ts";
import { freePort, startVersion, type VersionProcess } from "../version-process.ts";
import { RenderRefusal } from "./api-server.ts";

/** The statuses of the official description, and what a test may invent. */
export type TwinStatus =
  | "created"
  | "queued"
  | "build_in_progress"
  | "update_in_progress"
  | "live"
  | "deactivated"
  | "build_failed"
  | "update_failed"
  | "canceled"
  | "pre_deploy_in_progress"
  | "pre_deploy_failed"
  | "warming_up_the_oven";

export type TwinTrigger = "api" | "new_commit" | "rollback" | "manual" | "service_updated";

export interface TwinDeploy {
  readonly id: string;
  readonly commit: string;
  /** Digest of an image, for a service that runs one. */
  readonly image?: { readonly ref: string; readonly sha: string } | undefined;
  readonly trigger: TwinTrigger;
  /** The service's variables when it was asked for; a rollback takes those of the deploy it goes back to. */
  readonly env: Readonly<Record<string, string>>;
  readonly createdAt: number;
  status: TwinStatus;
  updatedAt: number;
}

/** What the next deploy does instead of becoming live. */
export type Misbehaviour = "build_failed" | "update_failed" | "pre_deploy_failed" | "stuck" | "unknown-status";

export interface TwinServiceOptions {
  readonly id: string;
  readonly name: string;
  readonly ownerId: string;
  /** `ghcr.io/acme/api`, for a service that runs images instead of building its repository. */
  readonly imagePath?: string | undefined;
  readonly type?: string;
  readonly autoDeploy?: "yes" | "no";
  /** Scratch folder of this service's versions. */
  readonly directory: string;
  /** The tree of a commit; undefined when the repository has none such. */
  readonly checkout: (commit: string) => Promise<string | undefined>;
  /** Program and arguments that start a version. */
  readonly command: readonly [string, ...string[]];
  readonly healthCheckPath: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds a build and the start of new instances take besides what they really take. */
  readonly buildMs: number;
  readonly updateMs: number;
  /** What becomes of a deploy that is triggered while another is under way. */
  readonly overlap: "override" | "wait";
}

export interface TwinService {
  readonly id: string;
  readonly options: TwinServiceOptions;
  /** Where users' requests go. */
  url: string;
  autoDeploy: "yes" | "no";
  suspended: "suspended" | "not_suspended";
  variables: Map<string, string>;
  /** Newest first. */
  readonly deploys: TwinDeploy[];
  /** The build artifacts Render still keeps, by deploy; a rollback to any other is refused. */
  readonly artifacts: Set<string>;
  misbehave(next: Misbehaviour | undefined): void;
  /** Undefined when it waits behind another and is told without a body. */
  trigger(what: Pick<TwinDeploy, "commit" | "trigger" | "image"> & { env?: TwinDeploy["env"] }): TwinDeploy | undefined;
  cancel(deploy: string): TwinDeploy;
  /** A person's or a push's deploy of a commit, through to live. */
  live(): TwinDeploy | undefined;
  /** Resolves when nothing is under way. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

const graceMs = 2_000;
const startWithinMs = 20_000;
const underWay: ReadonlySet<TwinStatus> = new Set([
  "created",
  "queued",
  "build_in_progress",
  "pre_deploy_in_progress",
  "update_in_progress",
  "warming_up_the_oven",
]);

const newId = (prefix: string): string => `${prefix}-${randomBytes(10).toString("hex")}`;

/** One web service: its deploys are real processes, and a real router gives users the one that is live. */
export async function startTwinService(options: TwinServiceOptions): Promise<TwinService> {
  const router = createRouter({ answerWithinMs: 10_000 });
  const processes = new Map<string, VersionProcess>();
  const running = new Set<Promise<void>>();
  let behind: Parameters<TwinService["trigger"]>[0] | undefined;
  let misbehaviour: Misbehaviour | undefined;
  let lastCreated = 0;
  let closed = false;

  const port = await listenOnLoopback(router.server);

  const set = (deploy: TwinDeploy, status: TwinStatus): void => {
    deploy.status = status;
    deploy.updatedAt = Date.now();
  };
  const stillUnderWay = (deploy: TwinDeploy): boolean => underWay.has(deploy.status);

  const start = async (deploy: TwinDeploy): Promise<VersionProcess | undefined> => {
    const tree = await options.checkout(deploy.commit);
    if (tree === undefined) return undefined;
    const directory = join(options.directory, deploy.id);
    await mkdir(dirname(directory), { recursive: true });
    await cp(tree, directory, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => path !== join(tree, ".git"),
    });
    const result = await startVersion({
      version: deploy.commit,
      directory,
      command: options.command,
      env: deploy.env,
      searchPath: [dirname(process.execPath), process.env["PATH"] ?? ""].join(":"),
      choosePort: freePort,
      health: { path: options.healthCheckPath, withinMs: startWithinMs },
    });
    return result.started ? result.process : undefined;
  };

  const play = async (deploy: TwinDeploy, next: Misbehaviour | undefined): Promise<void> => {
    if (deploy.trigger !== "rollback") {
      set(deploy, "build_in_progress");
      await sleep(options.buildMs);
      if (!stillUnderWay(deploy)) return;
      if (next === "build_failed" || next === "pre_deploy_failed") return set(deploy, next);
    }
    if (next === "unknown-status") set(deploy, "warming_up_the_oven");
    if (next === "stuck" || next === "unknown-status") return;
    set(deploy, "update_in_progress");
    await sleep(options.updateMs);
    if (!stillUnderWay(deploy)) return;
    const started = next === "update_failed" ? undefined : await start(deploy);
    if (!stillUnderWay(deploy) || closed) return started?.stop(0);
    if (started === undefined) return set(deploy, "update_failed");
    const before = service.live();
    processes.set(deploy.id, started);
    router.serve([{ version: deploy.commit, port: started.port, weight: 100 }]);
    if (before !== undefined) set(before, "deactivated");
    set(deploy, "live");
    service.artifacts.add(deploy.id);
    const old = before === undefined ? undefined : processes.get(before.id);
    if (before !== undefined) processes.delete(before.id);
    // Requests under way finish where they are.
    if (old !== undefined) await sleep(100).then(() => old.stop(graceMs));
  };

  const run = (deploy: TwinDeploy, next: Misbehaviour | undefined): void => {
    const playing = play(deploy, next)
      .catch(() => set(deploy, "update_failed"))
      .finally(() => {
        running.delete(playing);
        const waiting = behind;
        if (waiting === undefined || closed || service.deploys.some(stillUnderWay)) return;
        behind = undefined;
        service.trigger(waiting);
      });
    running.add(playing);
  };

  const service: TwinService = {
    id: options.id,
    options,
    url: `http://127.0.0.1:${port}`,
    autoDeploy: options.autoDeploy ?? "no",
    suspended: "not_suspended",
    variables: new Map(Object.entries(options.env ?? {})),
    deploys: [],
    artifacts: new Set(),
    misbehave(next) {
      misbehaviour = next;
    },
    trigger(what) {
      const busy = service.deploys.filter(stillUnderWay);
      if (busy.length > 0 && options.overlap === "wait" && what.trigger !== "rollback") {
        behind = what;
        return undefined;
      }
      for (const other of busy) set(other, "canceled");
      // Two deploys of one millisecond could not be put in order by their times.
      lastCreated = Math.max(Date.now(), lastCreated + 1);
      const deploy: TwinDeploy = {
        id: newId("dep"),
        ...what,
        env: what.env ?? Object.fromEntries(service.variables),
        status: "created",
        createdAt: lastCreated,
        updatedAt: lastCreated,
      };
      service.deploys.unshift(deploy);
      const next = misbehaviour;
      misbehaviour = undefined;
      run(deploy, next);
      return deploy;
    },
    cancel(id) {
      const deploy = service.deploys.find((known) => known.id === id);
      if (deploy === undefined) throw new RenderRefusal(404, `not found: ${id}`);
      if (!stillUnderWay(deploy)) throw new RenderRefusal(400, "only a deploy in progress can be canceled");
      set(deploy, "canceled");
      const waiting = behind;
      behind = undefined;
      if (waiting !== undefined) service.trigger(waiting);
      return deploy;
    },
    live: () => service.deploys.find(({ status }) => status === "live"),
    async settled() {
      while (running.size > 0) await Promise.all(running);
    },
    async close() {
      closed = true;
      behind = undefined;
      for (const deploy of service.deploys.filter(stillUnderWay)) set(deploy, "canceled");
      await service.settled();
      await router.close();
      await Promise.all([...processes.values()].map((started) => started.stop(0)));
      await rm(options.directory, { recursive: true, force: true, maxRetries: 3 });
    },
  };
  return service;
}
