import { advance, type ProgramStep, type StepRequest } from "../advance.ts";
import { begin } from "../begin.ts";
import type { DeployTarget, Outcome, Production, Serving } from "../deploy-target.ts";
import { ProviderError } from "../failure.ts";
import type { Ports } from "../ports.ts";
import type { RecordSnapshot, RecordStore } from "../record-store.ts";
import type { Runbook } from "../runbook.ts";
import { commitOf } from "./modelled-process/next-place.ts";
import { settle } from "./modelled-process/writes.ts";
import type { Role } from "./modelled-process.ts";
import type { Reply, Request, Snapshot, World, Write } from "./world.ts";

/** The code that a process of ours runs: the real one, or a mutant of it. */
export interface Program {
  readonly advance: typeof advance;
  readonly begin: typeof begin;
}

export const realProgram: Program = { advance, begin };

/** One process running the real code, stopped in front of each request until it is answered. */
export interface RealProcess {
  readonly name: string;
  readonly role: Role;
  readonly release: number;
  readonly attempt: number;
  readonly cancelled: () => boolean;
  /** What it asks next, or how it ended. */
  readonly stopped: () => Promise<Stopped>;
  readonly answer: (reply: Reply) => void;
  readonly cancel: () => void;
}

export type Stopped = { readonly asks: Request } | { readonly ended: string };

export interface Running {
  readonly program: Program;
  readonly runbook: Runbook;
  readonly now: () => number;
  /** Virtual time passes; nobody waits. */
  readonly pass: (ms: number) => void;
}

/** Virtual time moves when somebody sleeps, and never otherwise. */
export const runningOn = (stage: { world: World }, program: Program, runbook: Runbook): Running => ({
  program,
  runbook,
  now: () => stage.world.clock,
  pass(ms) {
    stage.world = { ...stage.world, clock: stage.world.clock + Math.round(ms) };
  },
});

const down = (what: string) => new ProviderError("proof", `The ${what} is down.`, { retryable: true });
const unreachable = (request: string, reply: Reply) => new Error(`${request} was answered with ${reply.got}`);

export function startReal(
  role: Role,
  release: number,
  attempt: number,
  name: string,
  { program, runbook, now, pass }: Running,
): RealProcess {
  let asked: { readonly request: Request; readonly answer: (reply: Reply) => void } | undefined;
  let over: string | undefined;
  let wake: (() => void) | undefined;
  const cancel = new AbortController();
  /** Looks in a row that fail after the first, as an outage that outlasts every retry. */
  let outage = 0;
  /** The record this process decides on: the one it read or wrote last. */
  let known: Snapshot["record"] | undefined;
  let beginning = role === "release";

  const ask = (request: Request): Promise<Reply> =>
    new Promise((resolve) => {
      asked = { request, answer: resolve };
      wake?.();
    });

  const store: RecordStore = {
    async read() {
      const reply = await ask({ ask: "read" });
      if (reply.got !== "snapshot") throw down("record");
      known = reply.snapshot.record;
      return asStored(reply.snapshot);
    },
    async append(_environment, onto, entries) {
      const reply = await ask({ ask: "append", onto: Number(onto.head ?? 0), entries });
      if (reply.got === "conflict") return { appended: false, reason: "conflict" };
      if (reply.got !== "snapshot") throw down("record");
      known = reply.snapshot.record;
      return { appended: true, snapshot: asStored(reply.snapshot) };
    },
  };

  /** The release whose changes are made: before it begins, the one that it ends or undoes. */
  const acting = () => (beginning ? (known?.release?.id ?? release) : release);

  /** The release that this one replaces, as long as it is being ended. */
  const ending = (): number | undefined => {
    const { release: other = null } = known ?? {};
    return beginning && other !== null && other.ended === null && other.id !== release ? other.id : undefined;
  };

  const write = async (by: number, to: readonly Serving[], ifGeneration: string | undefined): Promise<Outcome> => {
    const sent: Write =
      beginning && by === release
        ? { by, to, ifGeneration, pin: true }
        : { by, to, ifGeneration, announced: known?.release?.intent?.weight };
    const reply = await ask({ ask: "write", write: sent });
    if (reply.got === "refused")
      return { outcome: "not-applied", reason: "differs", message: "It differs.", production: reply.production };
    const said = reply.got === "taken" || reply.got === "unavailable" ? reply.got : "silence";
    const came = settle(said, await ask({ ask: "read-back" }), sent);
    if (came === "unknown") return { outcome: "unknown", message: "No answer came." };
    return came.outcome === "applied" ? came : { ...came, reason: "unavailable", message: "It was not taken." };
  };

  const target: DeployTarget = {
    kind: "proof",
    capabilities: { shifts: "traffic", compareAndSet: true },
    async observe(): Promise<Production> {
      if (outage > 0 && !cancel.signal.aborted) {
        outage -= 1;
        throw down("platform");
      }
      const reply = await ask({ ask: "observe" });
      if (reply.got === "production") return reply.production;
      outage = 4;
      throw down("platform");
    },
    stage: async () => ({ version: "", url: "" }),
    shift: ({ candidate, stable, weight, ifGeneration }) =>
      write(
        release,
        [
          { version: candidate, weight },
          { version: stable, weight: 100 - weight },
        ],
        ifGeneration,
      ),
    restore: ({ to, ifGeneration }) => write(ending() ?? release, [{ version: to, weight: 100 }], ifGeneration),
    health: async () => ({ healthy: true, message: "It answered 200." }),
    address: async () => undefined,
    cleanup: async () => [],
  };

  const quiet = () => undefined;
  const ports: Ports = {
    clock: {
      now,
      monotonic: now,
      async sleep(ms) {
        pass(ms);
      },
    },
    random: () => 0.5,
    fetch: globalThis.fetch,
    exec: async () => ({ code: 0, signal: null, stdout: "", stderr: "" }),
    env: {},
    log: { info: quiet, notice: quiet, warn: quiet, error: quiet },
    cancelled: cancel.signal,
    mask: quiet,
  };

  const runs = (step: ProgramStep) => async (request: StepRequest) => {
    const reply = await ask({ ask: "run", stage: request.stage.name, step, release });
    if (reply.got === "failure") throw new Error("The step threw.");
    if (reply.got !== "step") throw unreachable("run", reply);
    const outcome = { verdict: reply.verdict, reason: "ran", message: "It ran." };
    return reply.candidate === undefined ? outcome : { ...outcome, candidate: { version: reply.candidate, url: "" } };
  };

  const judge: Parameters<typeof advance>[0]["judge"] = async (share) => {
    const reply = await ask({ ask: "judge", share });
    if (reply.got !== "judgement") throw unreachable("judge", reply);
    return reply.judgement;
  };

  const watch: Parameters<typeof advance>[0]["watch"] = async ({ stage, generation, at }) => {
    const reply = await ask({ ask: "look", stage, generation, at });
    if (reply.got !== "look") throw unreachable("look", reply);
    return reply.look;
  };

  const change: Parameters<typeof advance>[0]["change"] = async ({ what, to, stage, withinMs }) => {
    const reply = await ask({ ask: "change", what, stage, to, until: now() + withinMs, release: acting() });
    if (reply.got === "failure") throw new Error("The step threw.");
    if (reply.got !== "changed") throw unreachable("change", reply);
    return { verdict: reply.verdict, reason: "changed", message: "It was tried." };
  };

  const run = async (): Promise<string> => {
    const author = { run: release, attempt, actor: "ada" };
    const base = { ports, store, environment: "production", asker: { release, attempt }, author };
    if (role === "release") {
      const begun = await program.begin({
        ...base,
        target,
        runbook,
        commit: commitOf(release),
        overrideRejected: false,
        change,
      });
      if (begun.verdict.verdict !== "pass") return begun.verdict.verdict;
      beginning = false;
    }
    const steps = role === "release" ? { deploy: runs("deploy"), migrate: runs("migrate") } : {};
    const abort = { reason: "job-failed", message: "A job of the release failed." };
    const offer = role === "rollback" ? { abort, change } : { judge, watch, change };
    return (await program.advance({ ...base, target, steps, ...offer })).verdict;
  };

  void run()
    .catch((problem: unknown) => (problem instanceof ProviderError ? "error" : `threw: ${String(problem)}`))
    .then((end) => {
      over = end;
      wake?.();
    });

  return {
    name,
    role,
    release,
    attempt,
    cancelled: () => cancel.signal.aborted,
    async stopped() {
      if (asked === undefined && over === undefined)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      return over !== undefined ? { ended: over } : asked === undefined ? { ended: "lost" } : { asks: asked.request };
    },
    answer(reply) {
      const { answer } = asked ?? {};
      asked = undefined;
      answer?.(reply);
    },
    cancel: () => cancel.abort(new Error("The job was cancelled.")),
  };
}

const asStored = ({ head, record }: { head: number; record: RecordSnapshot["record"] }): RecordSnapshot => ({
  head: head === 0 ? null : String(head),
  record,
});
