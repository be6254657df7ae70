import { setTimeout as sleep } from "node:timers/promises";
import { VercelRefusal } from "./api-server.ts";
import type { TwinDeployment } from "./deployments.ts";

/** The newest request to move production's domains. */
export interface TwinAliasRequest {
  readonly fromDeploymentId: string;
  readonly toDeploymentId: string;
  readonly fromRollingReleaseId?: string;
  jobStatus: string;
  readonly requestedAt: number;
  readonly type: "promote" | "rollback";
}

export interface TwinStage {
  readonly index: number;
  readonly targetPercentage: number;
  readonly isFinalStage: boolean;
}

export interface TwinRollout {
  state: string;
  substate: string | null;
  readonly current: string;
  readonly canary: string;
  queued: string | null;
  readonly stages: readonly TwinStage[];
  active: number;
  readonly advancementType: string;
  readonly startedAt: number;
  updatedAt: number;
}

export interface TrafficOptions {
  readonly plan: "hobby" | "pro";
  readonly domains: readonly string[];
  readonly find: (id: string) => TwinDeployment | undefined;
  /** Called after every change of what production serves. */
  readonly onChange: (shares: readonly { readonly id: string; readonly weight: number }[]) => void;
  readonly now: () => number;
}

/** What production serves, and everything that may change it. */
export interface TwinTraffic {
  readonly state: {
    /** Which deployment each production domain points to. */
    readonly pointed: ReadonlyMap<string, string>;
    readonly request: TwinAliasRequest | null;
    readonly rollout: TwinRollout | null;
    /** Stages that the next rollout will have; undefined when rolling releases are off. */
    readonly stages: readonly number[] | undefined;
    readonly autoAssign: boolean;
  };
  /** Milliseconds an alias job waits, and takes for each domain. */
  aliasMs: number;
  /** Domains that cannot be moved, from now on. */
  failing: ReadonlySet<string>;
  promote(id: string): 201 | 202;
  rollback(id: string): 201;
  start(id: string): void;
  approve(id: string, next: number, active: number | undefined): void;
  complete(id: string): void;
  configure(stages: readonly number[] | undefined): void;
  autoAssign(on: boolean): void;
  /** A person points one domain somewhere by hand. */
  point(domain: string, id: string): void;
  /** The first version: everything points to it. */
  begin(id: string): void;
  /** Resolves when no job is under way. */
  settled(): Promise<void>;
}

const jobEnded = ["succeeded", "failed", "skipped"];

/**
 * Promotions and rollbacks are accepted first and happen later, one domain after the other. While a rolling release is
 * active a promotion queues behind it, and an accepted rollback aborts it.
 */
export function twinTraffic(options: TrafficOptions): TwinTraffic {
  const { domains, find, now } = options;
  const pointed = new Map<string, string>();
  /** What served production before, oldest first. */
  const served: string[] = [];
  const jobs = new Set<Promise<void>>();
  let request: TwinAliasRequest | null = null;
  let rollout: TwinRollout | null = null;
  let stages: readonly number[] | undefined;
  let autoAssign = false;
  let assignsBeforeRollback: boolean | undefined;
  let last = 0;

  /** Two events of one millisecond could not be told apart by their times. */
  const instant = (): number => {
    last = Math.max(now(), last + 1);
    return last;
  };
  const active = () => (rollout?.state === "ACTIVE" ? rollout : undefined);
  const current = () => pointed.get(domains[0] ?? "") ?? "";

  const changed = (): void => {
    const weights = new Map<string, number>();
    const add = (id: string, weight: number) => weights.set(id, (weights.get(id) ?? 0) + weight);
    const rolling = active();
    const share = rolling?.stages[rolling.active]?.targetPercentage ?? 0;
    for (const id of pointed.values()) {
      if (rolling !== undefined && id === rolling.current) {
        add(id, 100 - share);
        add(rolling.canary, share);
      } else add(id, 100);
    }
    options.onChange([...weights].map(([id, weight]) => ({ id, weight })));
  };

  const deployment = (id: string): TwinDeployment => {
    const found = find(id);
    if (found === undefined) throw new VercelRefusal(404, "not_found", "Deployment not found");
    if (found.readyState !== "READY") throw new VercelRefusal(400, "bad_request", `The deployment ${id} is not ready`);
    return found;
  };

  const refuseBusy = (): void => {
    if (request !== null && !jobEnded.includes(request.jobStatus))
      throw new VercelRefusal(409, "conflict", `A ${request.type} is already in progress for this project`);
  };

  const move = (
    to: string,
    type: "promote" | "rollback",
    more: { fromRollingReleaseId?: string } = {},
    end: () => void = () => undefined,
  ): void => {
    const job: TwinAliasRequest = {
      fromDeploymentId: current(),
      toDeploymentId: to,
      ...more,
      jobStatus: "pending",
      requestedAt: instant(),
      type,
    };
    request = job;
    const work = async (): Promise<void> => {
      await sleep(traffic.aliasMs);
      job.jobStatus = "in-progress";
      let failed = false;
      for (const domain of domains) {
        await sleep(traffic.aliasMs);
        if (traffic.failing.has(domain)) failed = true;
        else {
          pointed.set(domain, to);
          changed();
        }
      }
      const found = find(to);
      if (found !== undefined) found.readySubstate = "PROMOTED";
      served.push(to);
      end();
      changed();
      job.jobStatus = failed ? "failed" : "succeeded";
    };
    const running = work().finally(() => jobs.delete(running));
    jobs.add(running);
  };

  const traffic: TwinTraffic = {
    get state() {
      return { pointed, request, rollout, stages, autoAssign };
    },
    aliasMs: 10,
    failing: new Set(),
    promote(id) {
      const found = deployment(id);
      if (found.target !== "production")
        throw new VercelRefusal(422, "unprocessable_entity", `The deployment ${id} is not a production deployment`);
      const rolling = active();
      if (rolling !== undefined) {
        rolling.queued = id;
        return 202;
      }
      refuseBusy();
      if (id === current() && [...pointed.values()].every((other) => other === id))
        throw new VercelRefusal(
          409,
          "conflict",
          `The provided deploymentId (${id}) is already the current production deployment.`,
        );
      if (stages === undefined) move(id, "promote");
      else begin(id, stages);
      autoAssign = assignsBeforeRollback ?? autoAssign;
      assignsBeforeRollback = undefined;
      return 201;
    },
    rollback(id) {
      const found = deployment(id);
      const rolling = active();
      if (found.target !== "production" || found.readySubstate !== "PROMOTED")
        throw new VercelRefusal(422, "unprocessable_entity", `The deployment ${id} is not eligible for a rollback`);
      refuseBusy();
      if (rolling === undefined && [...pointed.values()].every((other) => other === id))
        throw new VercelRefusal(
          409,
          "conflict",
          `The provided deploymentId (${id}) is already the current production deployment.`,
        );
      const previous = served.filter((other) => other !== current()).at(-1);
      if (options.plan === "hobby" && id !== previous && id !== current())
        throw new VercelRefusal(
          402,
          "payment_required",
          "To roll back further than the previous production deployment, upgrade to pro",
        );
      if (rolling !== undefined) {
        rolling.state = "ABORTED";
        rolling.updatedAt = instant();
        changed();
      }
      // https://vercel.com/docs/instant-rollback: pushes do not take the domains any more, until a promotion.
      assignsBeforeRollback ??= autoAssign;
      autoAssign = false;
      move(id, "rollback", rolling === undefined ? {} : { fromRollingReleaseId: rolling.canary });
      return 201;
    },
    start(id) {
      const found = deployment(id);
      if (found.target !== "production")
        throw new VercelRefusal(422, "unprocessable_entity", `The deployment ${id} is not a production deployment`);
      const rolling = active();
      if (rolling?.canary === id) return;
      if (rolling !== undefined) throw new VercelRefusal(409, "conflict", "A rolling release is already in progress");
      if (stages === undefined)
        throw new VercelRefusal(422, "unprocessable_entity", "Rolling releases are not enabled for this project");
      if (id === current()) throw new VercelRefusal(409, "conflict", "The deployment already serves production");
      begin(id, stages);
    },
    approve(id, next, from) {
      const rolling = active();
      if (rolling === undefined || rolling.canary !== id)
        throw new VercelRefusal(409, "conflict", "There is no active rolling release of this deployment");
      if (from !== undefined && from !== rolling.active)
        throw new VercelRefusal(409, "conflict", `The active stage is ${rolling.active}, not ${from}`);
      const stage = rolling.stages[next];
      if (next !== rolling.active + 1 || stage === undefined || stage.isFinalStage)
        throw new VercelRefusal(400, "bad_request", `Stage ${next} is not the next stage that can be approved`);
      rolling.active = next;
      rolling.updatedAt = instant();
      changed();
    },
    complete(id) {
      const rolling = active();
      if (rolling === undefined || rolling.canary !== id)
        throw new VercelRefusal(409, "conflict", "There is no active rolling release of this deployment");
      rolling.active = rolling.stages.length - 1;
      rolling.updatedAt = instant();
      changed();
      move(id, "promote", {}, () => {
        rolling.state = "COMPLETE";
      });
    },
    configure(these) {
      stages = these;
    },
    autoAssign(on) {
      autoAssign = on;
    },
    point(domain, id) {
      pointed.set(domain, id);
      changed();
    },
    begin(id) {
      for (const domain of domains) pointed.set(domain, id);
      const found = find(id);
      if (found !== undefined) found.readySubstate = "PROMOTED";
      served.push(id);
      changed();
    },
    async settled() {
      while (jobs.size > 0) await Promise.all(jobs);
    },
  };

  const begin = (id: string, these: readonly number[]): void => {
    const found = find(id);
    if (found !== undefined) found.readySubstate = "ROLLING";
    rollout = {
      state: "ACTIVE",
      substate: null,
      current: current(),
      canary: id,
      queued: null,
      stages: these.map((targetPercentage, index) => ({
        index,
        targetPercentage,
        isFinalStage: index === these.length - 1,
      })),
      active: 0,
      advancementType: "manual-approval",
      startedAt: instant(),
      updatedAt: last,
    };
    changed();
  };
  return traffic;
}
