import { z } from "zod";
import {
  type DeployTarget,
  type Outcome,
  type Production,
  type Serving,
  type StagedVersion,
  versionNameOf,
} from "../deploy-target.ts";
import { InputError, ProviderError } from "../failure.ts";
import type { Ports } from "../ports.ts";
import type { LocalTarget } from "../target-spec.ts";
import { allOn, servesExactly, sharesOf } from "./shares.ts";

export interface LocalTargetOptions {
  /** Address of the local host's admin API, such as `http://127.0.0.1:4001`. */
  readonly admin: string;
  readonly token: string;
  /** Program and arguments that start a version, run inside its own copy of the commit. */
  readonly command: readonly [string, ...string[]];
  readonly health: {
    /** Path that answers 2xx once a version can take traffic. */
    readonly path: string;
    /** Milliseconds a new version has to become healthy. */
    readonly withinMs: number;
  };
  /** Milliseconds one question to the admin API, or to a version's health path, may take. */
  readonly answerWithinMs?: number;
}

const versionState = z.object({
  version: z.string(),
  /** Where the version answers directly; absent until it listens. */
  url: z.url().optional(),
  state: z.enum(["starting", "running", "exited"]),
  /** The last lines of a version that ended. */
  output: z.array(z.string()).optional(),
  pid: z.number().optional(),
  requests: z.number(),
  undelivered: z.number(),
});

/** What `GET /state` of the local host answers. */
export const localState = z.object({
  generation: z.string(),
  serving: z.array(z.object({ version: z.string(), weight: z.number() })),
  /** The version a rollback would return to: kept although it may serve nothing. */
  wayBack: z.string().optional(),
  versions: z.array(versionState),
});
export type LocalState = z.infer<typeof localState>;

/** What the local host answers when it refuses; `state` stands in every refusal of a write of weights. */
export const localRefusal = z.object({
  reason: z.string(),
  message: z.string(),
  output: z.array(z.string()).optional(),
  state: localState.optional(),
});
export type LocalRefusal = z.infer<typeof localRefusal>;

const startWithinMs = 60_000;

/** The adapter for `target.local`, all references resolved. */
export function openLocal({ admin, token, start, health }: LocalTarget, ports: Ports): DeployTarget {
  return localTarget(
    { admin, token: token ?? "", command: words(start), health: { path: health, withinMs: startWithinMs } },
    ports,
  );
}

/** A program and its arguments, split at blanks: no shell reads them. */
function words(command: string): LocalTargetOptions["command"] {
  const [program, ...args] = command.trim().split(/\s+/);
  if (program === undefined || program === "")
    throw new InputError("target.local.start names no program; write for example `start: node server.mjs`.");
  return [program, ...args];
}

type Answer =
  | { readonly arrived: true; readonly status: number; readonly body: unknown }
  | { readonly arrived: false; readonly message: string };

type LocalPorts = Pick<Ports, "fetch" | "clock" | "cancelled">;

const readAttempts = 3;
const firstPauseMs = 100;
/** What the host itself may add to a version's own deadline: copying the tree, the answer's way back. */
const stageMarginMs = 15_000;

/**
 * Versions that run as processes of one machine behind the rehearsal's router, driven through its admin API.
 * A write is compare-and-set on the generation and is followed by a read: only what was read is reported.
 */
export function localTarget(options: LocalTargetOptions, ports: LocalPorts): DeployTarget {
  const answerWithinMs = options.answerWithinMs ?? 5_000;

  const ask = async (
    method: "GET" | "PUT" | "POST" | "DELETE",
    path: string,
    body?: unknown,
    withinMs = answerWithinMs,
  ): Promise<Answer> => {
    const url = new URL(path, options.admin);
    const headers = { authorization: `Bearer ${options.token}`, "content-type": "application/json" };
    const init: RequestInit = { method, headers, redirect: "error" };
    if (body !== undefined) init.body = JSON.stringify(body);
    return withDeadline(ports, withinMs, async (signal) => {
      const answer = await ports.fetch(url, { ...init, signal });
      return { arrived: true, status: answer.status, body: parsedJson(await answer.text()) } as const;
    });
  };

  const readState = async (): Promise<LocalState> => {
    const answer = await ask("GET", "/state");
    if (!answer.arrived) throw unreachable(options.admin, answer.message);
    if (answer.status !== 200) throw refused(answer.status, answer.body);
    const state = localState.safeParse(answer.body);
    if (!state.success) {
      throw new ProviderError("local", `${options.admin}/state gave an answer that cannot be read.`, {
        status: answer.status,
        cause: state.error,
      });
    }
    return state.data;
  };

  /** Reads may be repeated, and what a write came to is worth a second and a third look. */
  const readPatiently = async (): Promise<LocalState> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await readState();
      } catch (error) {
        if (!(error instanceof ProviderError && error.retryable) || attempt === readAttempts) throw error;
        await ports.clock.sleep(firstPauseMs * 2 ** (attempt - 1));
      }
    }
  };

  const setWeights = async (
    wanted: readonly Serving[],
    wayBack: string | undefined,
    ifGeneration: string | undefined,
  ): Promise<Outcome> => {
    const weights = Object.fromEntries(wanted.map(({ version, weight }) => [version, weight]));
    const answer = await ask("PUT", "/weights", { weights, wayBack, ifGeneration });
    if (answer.arrived && (answer.status === 401 || answer.status === 403)) throw refused(answer.status, answer.body);
    const refusal = answer.arrived && answer.status < 500 ? localRefusal.safeParse(answer.body) : undefined;
    if (refusal?.success && refusal.data.state !== undefined) {
      const { reason, message, state } = refusal.data;
      return { outcome: "not-applied", reason, message, production: productionOf(state) };
    }
    return settle(answer, wanted, readPatiently);
  };

  const versionOf = async (version: string): Promise<LocalState["versions"][number] | undefined> =>
    (await readState()).versions.find((known) => known.version === version);

  const stagedIn = (state: LocalState, wanted: string): StagedVersion | undefined => {
    const found = state.versions.find(({ version }) => version === wanted);
    return found?.state === "running" && found.url !== undefined ? { version: wanted, url: found.url } : undefined;
  };

  return {
    kind: "local",
    capabilities: { shifts: "traffic", compareAndSet: true },

    observe: async () => productionOf(await readState()),

    async stage({ commit, variant, directory, env }) {
      ports.cancelled.throwIfAborted();
      const { command, health } = options;
      const version = versionNameOf({ commit, variant });
      const request = { version, directory, command, env, health };
      const answer = await ask("POST", "/versions", request, health.withinMs + stageMarginMs);
      if (answer.arrived && answer.status >= 400 && answer.status < 500) throw cannotStage(answer.status, answer.body);
      const staged = stagedIn(await readPatiently(), version);
      if (staged !== undefined) return staged;
      const why = answer.arrived ? `it answered ${answer.status}` : answer.message;
      throw new ProviderError(
        "local",
        `Version ${version} is not running after it was staged: ${why}. Stage it again.`,
        {
          retryable: true,
        },
      );
    },

    shift({ candidate, stable, weight, ifGeneration }) {
      return setWeights(sharesOf(candidate, stable, weight), stable, ifGeneration);
    },

    restore: ({ to, ifGeneration }) => setWeights(allOn(to), undefined, ifGeneration),

    async health(version) {
      const known = await versionOf(version);
      if (known === undefined) return { healthy: false, message: `Version ${version} does not exist any more.` };
      if (known.state !== "running" || known.url === undefined) {
        const last = known.output?.at(-1);
        const said = last === undefined ? "" : ` Its last line was: ${last}`;
        return { healthy: false, message: `Version ${version} does not run, it is ${known.state}.${said}` };
      }
      const url = new URL(options.health.path, known.url);
      const answer = await withDeadline(ports, answerWithinMs, async (signal) => {
        const { status } = await ports.fetch(url, { signal, redirect: "manual" });
        return { arrived: true, status, body: undefined } as const;
      });
      if (!answer.arrived)
        return { healthy: false, message: `Version ${version} did not answer ${url}: ${answer.message}.` };
      const healthy = answer.status >= 200 && answer.status < 300;
      return { healthy, message: `Version ${version} answered ${answer.status} at ${url}.` };
    },

    async address(version) {
      const known = await versionOf(version);
      return known?.state === "running" ? known.url : undefined;
    },

    async cleanup(keep) {
      const before = await readState();
      const spared = new Set([...keep, ...before.serving.filter(({ weight }) => weight > 0).map((s) => s.version)]);
      const superfluous = before.versions.map(({ version }) => version).filter((version) => !spared.has(version));
      // The host refuses one that serves by now, or that is the way back; it then simply stays.
      for (const version of superfluous) await ask("DELETE", `/versions/${encodeURIComponent(version)}`);
      const left = new Set((await readPatiently()).versions.map(({ version }) => version));
      return superfluous.filter((version) => !left.has(version));
    },
  };
}

/** What a write came to, decided from what production reads after it and not from the answer alone. */
async function settle(answer: Answer, wanted: readonly Serving[], read: () => Promise<LocalState>): Promise<Outcome> {
  const said = answer.arrived ? `the answer was ${answer.status}` : answer.message;
  let production: Production;
  try {
    production = productionOf(await read());
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    const message = `The weights were sent (${said}), and production cannot be read: ${error.message}`;
    return { outcome: "unknown", message };
  }
  if (servesExactly(production, wanted)) return { outcome: "applied", production };
  if (!answer.arrived || (answer.status >= 500 && answer.status !== 503)) {
    // It may still arrive: without a refusal, unchanged weights prove nothing.
    return { outcome: "unknown", message: `The weights were sent and production does not show them: ${said}.` };
  }
  if (answer.status === 200) {
    const message =
      "The weights were taken, and production shows others: it was changed meanwhile. Read it and decide anew.";
    return { outcome: "not-applied", reason: "changed-meanwhile", message, production };
  }
  const message = `The local host did not take the weights: ${said}. They may be sent again.`;
  return { outcome: "not-applied", reason: "unavailable", message, production };
}

const productionOf = ({ generation, serving }: LocalState): Production => ({ generation, serving });

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function withDeadline(
  ports: LocalPorts,
  withinMs: number,
  send: (signal: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
  const deadline = new AbortController();
  const answered = new AbortController();
  const expiry = ports.clock.sleep(withinMs, answered.signal).then(
    () => deadline.abort(),
    () => undefined,
  );
  try {
    return await send(deadline.signal);
  } catch (error) {
    return {
      arrived: false,
      message: deadline.signal.aborted ? `no answer came within ${withinMs} ms` : reasonOf(error),
    };
  } finally {
    answered.abort();
    await expiry;
  }
}

/** The built-in fetch says only "fetch failed" and hides the system's own code in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error && "code" in cause ? String(cause.code) : error.message;
}

function unreachable(admin: string, message: string): ProviderError {
  const text = `The local host at ${admin} cannot be reached: ${message}. Is the rehearsal still running?`;
  return new ProviderError("local", text, { retryable: true });
}

function refused(status: number, body: unknown): ProviderError {
  const said = localRefusal.safeParse(body);
  const message = said.success ? said.data.message : `The local host answered ${status}.`;
  return new ProviderError("local", message, { status, retryable: status >= 500 || status === 429 });
}

/** A version that cannot start is the commit's or the runbook's fault; a taken port or a wrong token is not. */
function cannotStage(status: number, body: unknown): InputError | ProviderError {
  const said = localRefusal.safeParse(body);
  if (!said.success || status !== 422 || said.data.reason === "port-taken") return refused(status, body);
  const { message, output = [] } = said.data;
  const lines = output.length === 0 ? "" : `\nIts last lines:\n${output.map((line) => `  ${line}`).join("\n")}`;
  return new InputError(message + lines);
}
