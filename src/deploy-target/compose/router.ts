import { InputError, ProviderError } from "../../failure.ts";
import { type HostResult, type HostSession, said } from "../../host/session.ts";
import { type Container, containersIn } from "./docker.ts";
import { hostScript } from "./host-script.ts";

/** Where HAProxy takes orders on a host, and where we keep what only we know. */
export interface RouterPlace {
  readonly socket: string;
  readonly backend: string;
  readonly stateFile: string;
  /** Folder on the host: the counter of writes, what runs in which slot, the lock. */
  readonly directory: string;
}

export interface Slot {
  readonly name: string;
  /** Share of the host's requests by HAProxy's weights; 0 when it is in maintenance. */
  readonly weight: number;
  /** Whether HAProxy finds it answering. */
  readonly up: boolean;
  /** What was started in it; undefined when nothing was, or it was removed. */
  readonly running: { readonly version: string; readonly image: string } | undefined;
  /** Requests HAProxy gave it since it started. */
  readonly requests: number;
}

/** What one host serves, read in one go. */
export interface HostState {
  /** Changes with every write of ours, and when anybody else changes weights. */
  readonly generation: string;
  readonly slots: readonly Slot[];
  /** The version that traffic would go back to. */
  readonly wayBack: string | undefined;
}

/** What a write came to; `state` is what HAProxy said after it. */
export interface Written {
  readonly outcome: "applied" | "differs" | "busy" | "not-up" | "other-version" | "cannot-write" | "refused";
  readonly message: string;
  readonly state: HostState;
  /** The write holds, but a reload of HAProxy would forget it. */
  readonly unsaved: boolean;
}

/** What is wanted of a slot, and what must run in it for that. */
export interface Share {
  readonly slot: string;
  readonly weight: number;
  readonly version: string;
}

interface Order {
  readonly mode: "read" | "statistics" | "survey" | "take" | "shift" | "restore";
  readonly ifGeneration?: string | undefined;
  readonly wayBack?: string | undefined;
  /** Those to be raised first. */
  readonly shares?: readonly Share[];
  /** The slot to be taken; of a survey the compose project and service. */
  readonly names?: readonly string[];
}

const command = (place: RouterPlace, order: Order): readonly string[] => [
  "sh",
  "-c",
  hostScript,
  "sluice",
  place.directory,
  place.socket,
  place.backend,
  place.stateFile,
  order.mode,
  order.ifGeneration ?? "",
  order.wayBack ?? "",
  ...(order.names ?? []),
  ...(order.shares ?? []).map(({ slot, weight, version }) => `${slot}=${weight}=${version}`),
];

/** What one host serves. */
export async function readRouter(host: HostSession, place: RouterPlace): Promise<HostState> {
  const result = await host.run(command(place, { mode: "read" }));
  return stateIn(host.label, place, result);
}

/** The same as `readRouter`, and what HAProxy counted, as `show stat` answers. */
export async function readStatistics(host: HostSession, place: RouterPlace) {
  const result = await host.run(command(place, { mode: "statistics" }));
  const lines = result.stdout.split("\n").flatMap((line) => (line.startsWith("stat ") ? [line.slice(5)] : []));
  return { state: stateIn(host.label, place, result), statistics: lines.join("\n") };
}

/** What one host serves, how it is, and what it remembers. */
export interface Survey {
  readonly state: HostState;
  /** Containers of a service by the compose project they belong to, stopped ones too. */
  readonly containers: ReadonlyMap<string, readonly Container[]>;
  /** Lines of what was started there, oldest first: when, the version, its image. */
  readonly past: readonly string[];
}

/** The same as `readRouter`, and what Docker says of a service's containers besides: one way there and back. */
export async function surveyHost(
  host: HostSession,
  place: RouterPlace,
  { project, service }: { readonly project: string; readonly service: string },
): Promise<Survey> {
  const result = await host.run(command(place, { mode: "survey", names: [project, service] }));
  const state = stateIn(host.label, place, result);
  const past = result.stdout.split("\n").flatMap((line) => (line.startsWith("past ") ? [line.slice(5)] : []));
  return { state, containers: containersIn(host, result), past };
}

/** Takes a slot that serves nobody out of the router and forgets what ran in it; false when it serves by now. */
export async function takeSlot(host: HostSession, place: RouterPlace, slot: string): Promise<boolean> {
  const result = await host.run(command(place, { mode: "take", names: [slot] }));
  stateIn(host.label, place, result);
  return /^outcome taken$/m.test(result.stdout);
}

/** Writes shares of one host's requests, compare-and-set on its generation, and reads them back. */
export async function writeRouter(
  host: HostSession,
  place: RouterPlace,
  order: Order & { readonly mode: "shift" | "restore" },
): Promise<Written> {
  const result = await host.run(command(place, order));
  const state = stateIn(host.label, place, result);
  const [, outcome = "", detail = ""] = /^outcome (\S+) ?(.*)$/m.exec(result.stdout) ?? [];
  const where = `Host ${host.label}`;
  const unsaved = outcome === "applied" && detail.trim() === "unsaved";
  switch (outcome) {
    case "applied":
      return { outcome, message: `${where} took the weights.`, state, unsaved };
    case "differs":
      return {
        outcome,
        message: `${where} is at generation ${state.generation}, not at ${order.ifGeneration}: somebody moved traffic meanwhile.`,
        state,
        unsaved,
      };
    case "busy":
      return {
        outcome,
        message: `${where} is locked by another write (${place.directory}/lock); nothing was changed.`,
        state,
        unsaved,
      };
    case "not-up":
      return {
        outcome,
        message: `${where}: HAProxy finds server ${detail} not answering, so traffic is not divided; nothing was changed.`,
        state,
        unsaved,
      };
    case "other-version":
      return {
        outcome,
        message: `${where}: slot ${detail} runs another version by now; nothing was changed.`,
        state,
        unsaved,
      };
    case "cannot-write":
      return {
        outcome,
        message: `${where} cannot be written to (${detail || "no reason given"}); free space in ${place.directory} and beside ${place.stateFile}. Nothing was changed.`,
        state,
        unsaved,
      };
    case "refused":
      return {
        outcome,
        message: `${where}: HAProxy refused the weights: ${detail.trim().slice(0, 300)}`,
        state,
        unsaved,
      };
    default:
      throw new ProviderError("compose", `${where} did not say what became of the weights${said(result.stderr)}.`);
  }
}

const whole = /^\d{1,15}$/;

function stateIn(label: string, place: RouterPlace, { code, stdout, stderr }: HostResult): HostState {
  if (code === 73)
    throw new ProviderError(
      "compose",
      `Folder ${place.directory} of host ${label} cannot be written to${said(stderr)}. Free space there, or give it to the user who logs in.`,
    );
  if (code === 69) throw new InputError(`Host ${label} lacks a program${said(stderr)}; install it there.`);
  if (code === 70)
    throw new ProviderError(
      "compose",
      `HAProxy's socket ${place.socket} on host ${label} did not answer${said(stderr)}. Is HAProxy running, with \`stats socket ${place.socket} level admin\`, and may the user who logs in write to it?`,
      { status: "router-unreachable", retryable: true },
    );
  if (code === 75)
    throw new ProviderError(
      "compose",
      `Host ${label} was locked by another write for 20 s (${place.directory}/lock), so what it serves may be about to change. Try again; \`fuser ${place.directory}/lock\` there names a process that hangs.`,
      { status: "locked", retryable: true },
    );
  const lines = stdout.split("\n").map((line) => line.split(" "));
  const told = (word: string) => lines.filter(([first]) => first === word);
  const [, generation] = told("generation")[0] ?? [];
  const servers = told("server");
  if (code !== 0 || generation === undefined || told("end").length === 0 || servers.length === 0)
    throw new ProviderError(
      "compose",
      servers.length === 0 && told("end").length > 0
        ? `HAProxy on host ${label} has no backend ${place.backend} with servers; name it under \`haproxy.backend\`.`
        : `What host ${label} serves cannot be read: the command ended with ${code}${said(stderr)}.`,
      { retryable: true },
    );
  const requests = new Map(
    told("requests").map(([, name = "", count = ""]) => [name, whole.test(count) ? Number(count) : 0]),
  );
  const running = new Map(told("slot").map(([, name = "", version = "", image = ""]) => [name, { version, image }]));
  const slots = servers.map(([, name = "", weight = "", operation = ""]) => {
    if (!whole.test(weight))
      throw new ProviderError("compose", `HAProxy on host ${label} gave server ${name} no weight that can be read.`);
    return {
      name,
      weight: Number(weight),
      up: operation === "2",
      running: running.get(name),
      requests: requests.get(name) ?? 0,
    };
  });
  return { generation, slots, wayBack: told("back")[0]?.[1] };
}

/** Fewer requests than this say nothing about a share. */
const fewestRequests = 1_000;

/**
 * Whether HAProxy divided the requests since `before` as its weights said, from its own count for each server: a share
 * more than five standard deviations off is a sentence. Round robin divides exactly; sticky sessions and servers that
 * were down do not.
 */
export function splitProblem(label: string, before: HostState, now: HostState): string | undefined {
  const weights = before.slots.reduce((sum, { weight }) => sum + weight, 0);
  const given = now.slots.map(({ name, requests }, i) => ({
    name,
    count: requests - (before.slots[i]?.requests ?? 0),
  }));
  const all = given.reduce((sum, { count }) => sum + count, 0);
  if (weights === 0 || all < fewestRequests || given.some(({ count }) => count < 0)) return undefined;
  const off = given.flatMap(({ name, count }, i) => {
    const share = (before.slots[i]?.weight ?? 0) / weights;
    const bound = 5 * Math.sqrt(all * share * (1 - share)) + 5;
    return Math.abs(count - all * share) <= bound
      ? []
      : [`${name} got ${((100 * count) / all).toFixed(1)}% of ${all} requests instead of ${(100 * share).toFixed(1)}%`];
  });
  if (off.length === 0) return undefined;
  return `HAProxy on host ${label} does not divide traffic as its weights say: ${off.join(", ")}. Sticky sessions or a server that was down do this; what was measured may not stand for the share.`;
}
