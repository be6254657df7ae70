import assert from "node:assert/strict";
import { join } from "node:path";
import * as z from "zod";
import { renderTarget } from "../../src/deploy-target/render.ts";
import type { DeployTarget, Outcome } from "../../src/deploy-target.ts";
import type { Clock, Ports } from "../../src/ports.ts";
import type { TwinService, TwinServiceOptions } from "../../src/rehearsal/render-twin/hosted-app.ts";
import { type RenderTwin, type RenderTwinOptions, startRenderTwin } from "../../src/rehearsal/render-twin.ts";
import type { RenderTarget } from "../../src/target-spec.ts";
import { tinyCommit } from "../rehearsal/tiny-commit.ts";
import { swiftPorts } from "../swift-ports.ts";

export const key = "rnd_0123456789abcdefghijklmnopqr";
export const ids = { production: "srv-aaaaaaaaaaaaaaaaaaaa", candidate: "srv-bbbbbbbbbbbbbbbbbbbb" } as const;
export const v1 = "1".repeat(40);
export const v2 = "2".repeat(40);
/** No such commit in the repository. */
export const unknownCommit = "f".repeat(40);

/**
 * Pauses pass quickly; deadlines leave a busy machine the time that real processes and real requests need: they pass
 * eight times as fast as on the wall, pauses fifty times.
 */
function patientClock(): Clock {
  const { clock } = swiftPorts();
  const started = performance.now();
  const longestPauseMs = 5_000;
  return {
    ...clock,
    monotonic: () => (performance.now() - started) * 8,
    sleep: (ms, signal) => clock.sleep(ms >= longestPauseMs ? ms * 6 : ms, signal),
  };
}

export interface RenderWorld extends AsyncDisposable {
  readonly twin: RenderTwin;
  readonly production: TwinService;
  readonly candidate: TwinService;
  readonly target: DeployTarget;
  readonly said: string[];
  targetWith(more: Partial<RenderTarget>, ports?: Partial<Ports>): DeployTarget;
  /** Which version a user meets. */
  served(): Promise<string>;
  /** What the account's owner sees of one variable inside of the running process. */
  inProcess(name: string): Promise<string | undefined>;
}

export interface RenderWorldOptions {
  readonly service?: Partial<TwinServiceOptions>;
  readonly limits?: RenderTwinOptions["limits"];
  readonly candidate?: boolean;
  readonly spec?: Partial<RenderTarget>;
}

/** A workspace with a production service that serves v1, and a second service of the same code. */
export async function renderWorld(options: RenderWorldOptions = {}): Promise<RenderWorld> {
  const commit = await tinyCommit();
  const common = {
    command: ["node", "server.mjs"] as const,
    checkout: async (sha: string) =>
      /^[0-9a-f]{40}$/.test(sha) && sha !== unknownCommit ? commit.directory : undefined,
    ...options.service,
  };
  const twin = await startRenderTwin({
    directory: join(commit.scratch, "render"),
    key,
    limits: options.limits ?? { reads: 100_000, writes: 100_000 },
    services: [
      { id: ids.production, name: "shop", ...common },
      { id: ids.candidate, name: "shop-candidate", ...common, buildMs: 5 },
    ],
  });
  const production = twin.service(ids.production);
  production.trigger({
    commit: v1,
    trigger: "manual",
    image: options.service?.imagePath === undefined ? undefined : { ref: "first", sha: `sha256:${"1".repeat(64)}` },
  });
  await production.settled();
  assert.equal(production.live()?.commit, v1);
  const said: string[] = [];
  const log = {
    info: () => undefined,
    notice: (text: string) => void said.push(text),
    warn: (text: string) => void said.push(text),
    error: () => undefined,
  };
  const spec: RenderTarget = {
    service: ids.production,
    key,
    ...(options.candidate === false ? {} : { candidate: ids.candidate }),
    ...options.spec,
  };
  const targetWith = (more: Partial<RenderTarget>, ports: Partial<Ports> = {}) =>
    renderTarget(
      { ...spec, ...more },
      { ...swiftPorts({ log, clock: patientClock(), env: { SLUICE_RENDER_API: twin.url } }), ...ports },
    );
  return {
    twin,
    production,
    candidate: twin.service(ids.candidate),
    target: targetWith({}),
    said,
    targetWith,
    served: async () => (await fetch(production.url)).text(),
    async inProcess(name) {
      const env = z.record(z.string(), z.string()).parse(await (await fetch(`${production.url}/env`)).json());
      return env[name];
    },
    async [Symbol.asyncDispose]() {
      await twin.stop();
      await commit[Symbol.asyncDispose]();
    },
  };
}

export function applied(outcome: Outcome) {
  assert.ok(outcome.outcome === "applied", JSON.stringify(outcome));
  return outcome.production;
}

export function notApplied(outcome: Outcome) {
  assert.ok(outcome.outcome === "not-applied", JSON.stringify(outcome));
  return outcome;
}

/** Gives v2 everything, as the last step of a release does. */
export async function promote(world: RenderWorld, target = world.target) {
  const { generation } = await target.observe();
  return applied(await target.shift({ candidate: v2, stable: v1, weight: 100, ifGeneration: generation }));
}
