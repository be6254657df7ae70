import type { DeployTarget, Outcome, Production, Serving } from "../../src/deploy-target.ts";
import type { Ports } from "../../src/ports.ts";

/** What the next write of weights meets instead of a healthy platform. */
export type Trouble =
  /** Taken, and the answer is lost. */
  | "lost"
  /** Never arrives. */
  | "silent"
  /** Is never sent: what has to be read before fails. */
  | "unreachable"
  /** Answered 503. */
  | "unavailable"
  /** Somebody else gave all traffic to another version just before. */
  | "overtaken"
  /** Somebody else gave another version a share just before, and ours less. */
  | "joined"
  /** Only a part of production follows, which the answer tells. */
  | "partly"
  /** The same, and the answer is lost. */
  | "partly, lost";

export interface Platform extends DeployTarget {
  production: Production;
  /** Taken in order, one for each write. */
  readonly troubles: Trouble[];
  /** Looks that fail before one succeeds. */
  unreadable: number;
  healthy: boolean;
  readonly writes: string[];
}

/** Weights in memory that behave as the platforms do: every write is compare-and-set and makes a new generation. */
export function memoryPlatform(...serving: readonly Serving[]): Platform {
  const wants = (wanted: readonly Serving[]) => (version: string) =>
    wanted.find((share) => share.version === version)?.weight ?? 0;
  const put = (wanted: readonly Serving[]): void => {
    const changes = Number(platform.production.generation.slice(1)) + 1;
    const versions = new Set([...platform.production.serving, ...wanted].map(({ version }) => version));
    const shares = [...versions].map((version) => ({ version, weight: wants(wanted)(version) }));
    platform.production = { generation: `g${changes}`, serving: shares };
  };
  const write = (wanted: readonly Serving[], ifGeneration: string | undefined): Outcome => {
    platform.writes.push(wanted.map(({ version, weight }) => `${version} ${weight}`).join(", "));
    const trouble = platform.troubles.shift();
    if (trouble === "overtaken") put([{ version: "other", weight: 100 }]);
    if (trouble === "joined")
      put([
        { version: "other", weight: 10 },
        { version: "new", weight: 10 },
        { version: "old", weight: 80 },
      ]);
    if (trouble === "unreachable") throw new Error("A host does not answer.");
    if (trouble === "silent") return { outcome: "unknown", message: "No answer came." };
    const { production } = platform;
    const shown = production.serving.every(({ version, weight }) => weight === wants(wanted)(version));
    // As the targets do: what production shows after a write counts, not the answer.
    if (trouble === "unavailable" && shown) return { outcome: "applied", production };
    if (trouble === "unavailable")
      return { outcome: "not-applied", reason: "unavailable", message: "It answered 503.", production };
    if (ifGeneration !== undefined && ifGeneration !== production.generation)
      return { outcome: "not-applied", reason: "generation-differs", message: "Somebody was faster.", production };
    if (trouble === "partly" || trouble === "partly, lost") {
      const before = production.serving;
      put(before.map(({ version, weight }) => ({ version, weight: (weight + wants(wanted)(version)) / 2 })));
      if (trouble === "partly, lost") return { outcome: "unknown", message: "The answer was lost." };
      const shown = { production: platform.production, partly: true } as const;
      return { outcome: "not-applied", reason: "host-unreached", message: "One host did not answer.", ...shown };
    }
    put(wanted);
    return trouble === "lost"
      ? { outcome: "unknown", message: "The answer was lost." }
      : { outcome: "applied", production: platform.production };
  };
  const platform: Platform = {
    kind: "memory",
    capabilities: { shifts: "traffic", compareAndSet: true },
    production: { generation: "g1", serving },
    troubles: [],
    unreadable: 0,
    healthy: true,
    writes: [],
    async observe() {
      if (platform.unreadable > 0) {
        platform.unreadable -= 1;
        throw new Error("It answered 502.");
      }
      return platform.production;
    },
    async stage({ commit }) {
      return { version: commit, url: "http://new" };
    },
    shift: async ({ candidate, stable, weight, ifGeneration }) =>
      write(
        [
          { version: candidate, weight },
          { version: stable, weight: 100 - weight },
        ],
        ifGeneration,
      ),
    restore: async ({ to, ifGeneration }) => write([{ version: to, weight: 100 }], ifGeneration),
    health: async () => ({ healthy: platform.healthy, message: platform.healthy ? "200" : "503" }),
    address: async () => undefined,
    cleanup: async () => [],
  };
  return platform;
}

export interface VirtualPorts extends Ports {
  readonly said: string[];
  readonly cancel: () => void;
  /** Milliseconds pass. */
  readonly pass: (ms: number) => void;
}

/** Time that moves only when somebody sleeps. */
export function virtualPorts(): VirtualPorts {
  let now = 0;
  const said: string[] = [];
  const cancel = new AbortController();
  const say = (message: string) => void said.push(message);
  return {
    clock: {
      now: () => now,
      monotonic: () => now,
      async sleep(ms) {
        now += Math.round(ms);
      },
    },
    random: () => 0.5,
    fetch: globalThis.fetch,
    exec: async () => ({ code: 0, signal: null, stdout: "", stderr: "" }),
    env: {},
    log: { info: say, notice: say, warn: say, error: say },
    cancelled: cancel.signal,
    mask() {},
    said,
    cancel: () => cancel.abort(new Error("The job was cancelled.")),
    pass: (ms) => {
      now += ms;
    },
  };
}
