import type { DeployTarget, Outcome, Production, Serving } from "../deploy-target.ts";
import { ProviderError } from "../failure.ts";
import type { Ports } from "../ports.ts";
import { fold } from "../record/fold.ts";
import { type Entry, type EnvironmentRecord, emptyRecord } from "../record.ts";
import type { RecordStore } from "../record-store.ts";
import type { Actor, Timeline } from "./timeline.ts";

export type System = "platform-read" | "platform-write" | "record" | "metrics" | "machines";

/** What the adversary has set up. Each field is one knob; the schedule turns one of them. */
export interface Knobs {
  readonly down: { readonly of: ReadonlySet<System>; readonly from: number; readonly until: number };
  readonly slow: { readonly eachMs: number; readonly from: number; readonly until: number };
  /** Writes (of weights or of the record) that happen and are not answered: numbers of effects, counted from 0. */
  readonly lostFrom: number;
  readonly lostTo: number;
  /** Milliseconds until an acknowledged write of weights happens. */
  readonly ackMs: number;
  /** This write of weights gets no answer, and happens so much later. */
  readonly late: { readonly write: number; readonly afterMs: number } | undefined;
  /** Called in front of and behind the n-th effect of the world. */
  readonly onEffect: (count: number, side: "before" | "after", actor: Actor, what: Effect) => void;
  /** Share that the candidate keeps although a restore was acknowledged, for so many restores. */
  readonly partialRestores: number;
  readonly targetGoneFrom: number;
  readonly unreadableFrom: number;
  readonly unreadableUntil: number;
}

export type Effect = "read" | "append" | "observe" | "shift" | "restore" | "step" | "look";

export const calm: Knobs = {
  down: { of: new Set(), from: 0, until: 0 },
  slow: { eachMs: 0, from: 0, until: 0 },
  lostFrom: 0,
  lostTo: 0,
  ackMs: 0,
  late: undefined,
  onEffect: () => undefined,
  partialRestores: 0,
  targetGoneFrom: Number.POSITIVE_INFINITY,
  unreadableFrom: Number.POSITIVE_INFINITY,
  unreadableUntil: Number.POSITIVE_INFINITY,
};

export const stableVersion = "stable";
export const candidateOf = (commit: string): string => `candidate-${commit.slice(0, 8)}`;

/** What happened to traffic: from `at` on, these shares. */
export interface Change {
  readonly at: number;
  readonly shares: readonly Serving[];
  readonly by: string;
}

export interface SimulatedWorld {
  readonly history: readonly Change[];
  record(): EnvironmentRecord;
  readonly entries: readonly Entry[];
  shares(): readonly Serving[];
  store(actor: Actor): RecordStore;
  target(actor: Actor): DeployTarget;
  ports(actor: Actor, cancelled: AbortSignal): Ports;
  /** One thing an actor does that takes time, such as a step or a look. */
  effect(actor: Actor, what: Effect, ms: number): Promise<void>;
  isDown(system: System): boolean;
  /** A person, or a write that was on its way, changes traffic. */
  setShares(shares: readonly Serving[], by: string): void;
}

const callMs = 250;
/** How an acknowledged write is followed until production shows it. */
const pollMs = 5_000;
const effectWithinMs = 120_000;

/** A platform with compare-and-set, a record, and everything that can be wrong with them. */
export function createWorld(timeline: Timeline, knobs: Knobs, environment: string): SimulatedWorld {
  let shares: readonly Serving[] = [{ version: stableVersion, weight: 100 }];
  const staged = new Set([stableVersion]);
  let generation = 1;
  let head = 0;
  let record = emptyRecord(environment);
  const entries: Entry[] = [];
  const history: Change[] = [{ at: 0, shares, by: "start" }];
  let effects = 0;
  let writes = 0;
  let partials = knobs.partialRestores;

  const isDown = (system: System) => {
    const { of, from, until } = knobs.down;
    return of.has(system) && timeline.now() >= from && timeline.now() < until;
  };
  const setShares = (next: readonly Serving[], by: string): void => {
    shares = next.filter(({ weight }) => weight > 0);
    generation += 1;
    history.push({ at: timeline.now(), shares, by });
  };
  /** Time passes on the way there and on the way back; in between `happen` is done, whoever still lives. */
  const effect = async <T>(actor: Actor, what: Effect, ms: number, happen: (count: number) => T): Promise<T> => {
    const count = effects++;
    const slow = timeline.now() >= knobs.slow.from && timeline.now() < knobs.slow.until ? knobs.slow.eachMs : 0;
    knobs.onEffect(count, "before", actor, what);
    await timeline.sleep(actor, (ms + slow) / 2);
    const result = happen(count);
    knobs.onEffect(count, "after", actor, what);
    await timeline.sleep(actor, (ms + slow) / 2);
    return result;
  };
  const unavailable = (what: string) => new ProviderError("simulation", `The ${what} is down.`, { retryable: true });
  const lost = (count: number) => count >= knobs.lostFrom && count < knobs.lostTo;
  const production = (): Production => {
    const known = new Map([...staged].map((version) => [version, 0]));
    for (const { version, weight } of shares) known.set(version, weight);
    return {
      generation: `g${generation}`,
      serving: [...known].map(([version, weight]) => ({ version, weight })),
    };
  };

  const store = (actor: Actor): RecordStore => {
    const readable = () => {
      const broken = timeline.now() >= knobs.unreadableFrom && timeline.now() < knobs.unreadableUntil;
      if (isDown("record")) throw unavailable("record");
      if (broken) throw new ProviderError("simulation", "The record cannot be read: it has not the shape of a record.");
    };
    const snapshot = () => ({ head: head === 0 ? null : String(head), record });
    return {
      read: async () =>
        effect(actor, "read", callMs, () => {
          readable();
          return snapshot();
        }),
      append: async (_environment, onto, added) => {
        const answer = await effect(actor, "append", callMs * 3, (count) => {
          readable();
          if (Number(onto.head ?? 0) !== head) return undefined;
          head += 1;
          record = added.reduce(fold, record);
          entries.push(...added);
          if (lost(count)) throw unavailable("answer of the record");
          return snapshot();
        });
        return answer === undefined ? { appended: false, reason: "conflict" } : { appended: true, snapshot: answer };
      },
    };
  };

  const target = (actor: Actor): DeployTarget => {
    const serves = (wanted: readonly Serving[]) =>
      [...wanted, ...shares].every(({ version }) => weightOf(wanted, version) === weightOf(shares, version));
    const write = async (
      what: "shift" | "restore",
      wanted: readonly Serving[],
      ifGeneration?: string,
    ): Promise<Outcome> => {
      const said = await effect(actor, what, 2 * callMs, (count): Outcome | "sent" => {
        const number = writes++;
        if (isDown("platform-write"))
          return { outcome: "not-applied", reason: "unavailable", message: "The platform asks to come back later." };
        const gone = wanted.find(({ version, weight }) => weight > 0 && isGone(version));
        if (gone !== undefined)
          return {
            outcome: "not-applied",
            reason: "unknown-version",
            message: `${gone.version} does not exist any more.`,
          };
        const refused = () => ifGeneration !== undefined && ifGeneration !== `g${generation}`;
        const apply = () => {
          if (!refused()) setShares(partly(what, wanted), actor.name);
        };
        if (knobs.late?.write === number) {
          timeline.at(timeline.now() + knobs.late.afterMs, apply);
          return { outcome: "unknown", message: "No answer came." };
        }
        if (refused())
          return {
            outcome: "not-applied",
            reason: "generation-differs",
            message: "It differs.",
            production: production(),
          };
        if (knobs.ackMs > 0) timeline.at(timeline.now() + knobs.ackMs, apply);
        else apply();
        return lost(count) ? { outcome: "unknown", message: "No answer came." } : "sent";
      });
      if (said !== "sent" && said.outcome !== "unknown") return said;
      // As every target does: what a write came to is read from production, for as long as it was only acknowledged.
      const before = ifGeneration ?? "";
      for (let looks = 1; ; looks++) {
        const seen = await effect(actor, "observe", callMs, (): Outcome => {
          if (isDown("platform-read")) return { outcome: "unknown", message: "Production cannot be read." };
          const now = production();
          if (serves(wanted)) return { outcome: "applied", production: now };
          if (said !== "sent" || now.generation === before)
            return { outcome: "unknown", message: "Production does not show it yet." };
          const partly = history.at(-1)?.by === actor.name ? { partly: true as const } : {};
          const message = "A part of production serves something else.";
          return { outcome: "not-applied", reason: "changed-meanwhile", message, production: now, ...partly };
        });
        if (said !== "sent" || seen.outcome !== "unknown" || looks * pollMs > effectWithinMs) return seen;
        await timeline.sleep(actor, pollMs);
      }
    };
    return {
      kind: "simulation",
      capabilities: { shifts: "traffic", compareAndSet: true },
      observe: () =>
        effect(actor, "observe", callMs, () => {
          if (isDown("platform-read")) throw unavailable("platform");
          return production();
        }),
      async stage({ commit }) {
        staged.add(candidateOf(commit));
        return { version: candidateOf(commit), url: "https://candidate.invalid" };
      },
      shift: ({ candidate, stable, weight, ifGeneration }) =>
        write(
          "shift",
          [
            { version: candidate, weight },
            { version: stable, weight: 100 - weight },
          ],
          ifGeneration,
        ),
      restore: ({ to, ifGeneration }) => write("restore", [{ version: to, weight: 100 }], ifGeneration),
      health: async (version) => ({
        healthy: !isGone(version),
        message: isGone(version) ? "It is gone." : "It answered 200.",
      }),
      address: async () => undefined,
      cleanup: async () => [],
    };
  };
  /** A platform removes old versions, never one that serves. */
  const isGone = (version: string) =>
    version === stableVersion && timeline.now() >= knobs.targetGoneFrom && weightOf(shares, version) === 0;
  /** Of a fleet, one part may not follow. */
  const partly = (what: Effect, wanted: readonly Serving[]): readonly Serving[] => {
    const before = shares.find(({ version, weight }) => weight > 0 && weightOf(wanted, version) === 0);
    if (what !== "restore" || before === undefined || partials === 0) return wanted;
    partials -= 1;
    const kept = before.weight / 2;
    return [...wanted.map((one) => ({ ...one, weight: one.weight - kept })), { ...before, weight: kept }];
  };

  const quiet = () => undefined;
  return {
    history,
    entries,
    record: () => record,
    shares: () => shares,
    store,
    target,
    isDown,
    setShares,
    effect: (actor, what, ms) => effect(actor, what, ms, quiet),
    ports: (actor, cancelled) => ({
      clock: {
        now: () => Math.round(timeline.now() + actor.skewMs),
        monotonic: timeline.now,
        sleep: (ms, signal) => timeline.sleep(actor, ms, signal),
      },
      random: () => 0.5,
      fetch: async () => {
        throw new Error("A simulation has no network.");
      },
      exec: async () => ({ code: 0, signal: null, stdout: "", stderr: "" }),
      env: {},
      log: { info: quiet, notice: quiet, warn: quiet, error: quiet },
      cancelled,
      mask: quiet,
    }),
  };
}

export const weightOf = (shares: readonly Serving[], version: string): number =>
  shares.find((share) => share.version === version)?.weight ?? 0;
