import { createHash } from "node:crypto";
import type { Outcome, Production } from "../../deploy-target.ts";
import { InputError } from "../../failure.ts";
import type { HostSession } from "../../host/session.ts";
import type { ComposeTarget } from "../../target-spec/compose.ts";
import type { HostState, RouterPlace, Share, Survey, Written } from "./router.ts";
import { slotOf } from "./slot.ts";

/** One host and where things are on it. */
export interface Machine {
  readonly session: HostSession;
  readonly place: RouterPlace;
  readonly slots: ComposeTarget["slots"];
}

export interface Host extends Machine {
  readonly state: HostState;
}

/** A host that was asked about its containers too. */
export type SurveyedHost = Machine & Survey;

export const hostCount = (count: number): string => (count === 1 ? "its host" : `all ${count} hosts`);

/** Weights of servers that are no slots would divide traffic in a way nobody asked for. */
export const knownSlots = ({ session, place, slots }: Machine, state: HostState): HostState => {
  const slotNames = Object.keys(slots);
  const foreign = state.slots.filter(({ name }) => !slotNames.includes(name)).map(({ name }) => name);
  const missing = slotNames.filter((name) => state.slots.every((slot) => slot.name !== name));
  if (foreign.length > 0 || missing.length > 0)
    throw new InputError(
      `Backend ${place.backend} of HAProxy on host ${session.label} and \`target.compose.slots\` differ: ` +
        [
          ...foreign.map((name) => `server ${name} is no slot`),
          ...missing.map((name) => `slot ${name} is no server`),
        ].join(", ") +
        ". Give them the same names.",
    );
  return state;
};

/** Shares of one host's requests: what is named, and nothing for every other slot. */
export function sharesFor({ session, slots, state }: Host, wanted: ReadonlyMap<string, number>): readonly Share[] {
  const missing = [...wanted].find(([version, weight]) => weight > 0 && slotOf(state, version) === undefined);
  if (missing !== undefined)
    throw new InputError(
      `Host ${session.label} does not run version ${missing[0]}, so it cannot be given traffic. Release its commit again.`,
    );
  return Object.keys(slots).map((slot) => {
    const version = state.slots.find(({ name }) => name === slot)?.running?.version ?? "";
    return { slot, version, weight: wanted.get(version) ?? 0 };
  });
}

/** Nobody finds a closed door in between: who gets more opens before who gets less closes. */
export const raisesFirst = ({ state }: Host, shares: readonly Share[]): readonly Share[] => {
  const now = (name: string) => state.slots.find((slot) => slot.name === name)?.weight ?? 0;
  return [...shares].sort((a, b) => b.weight - now(b.slot) - (a.weight - now(a.slot)));
};

/** Stands for whatever a host serves that does not answer. */
export const unknownOn = (label: string): string => `unknown-on-${label}`;

/** A fleet as it was read: hosts that answered, and the names of those that did not. */
export interface Fleet<H extends Host = Host> {
  readonly hosts: readonly H[];
  readonly unreached: readonly string[];
}

/**
 * The fleet as one production: a version's weight is its part of all requests when hosts get equally many. What a host
 * serves that does not answer is a version nobody knows.
 */
export function productionOf({ hosts, unreached }: Fleet): Production {
  const generations = hosts.map(({ session, state }) => `${session.label} ${state.generation}`);
  const count = hosts.length + unreached.length;
  const [first] = hosts;
  const versions = [
    ...new Set(hosts.flatMap(({ state }) => state.slots.flatMap(({ running }) => running?.version ?? []))),
  ];
  const shareOn = ({ state }: Host, version: string): number => {
    const all = state.slots.reduce((sum, { weight }) => sum + weight, 0);
    return all === 0 ? 0 : (100 * (slotOf(state, version)?.weight ?? 0)) / all;
  };
  // Traffic to a slot nobody started a version in has to be seen too.
  const unknown = hosts.flatMap(({ state }) =>
    state.slots.filter(({ weight, running }) => weight > 0 && running === undefined),
  );
  const serving = versions.map((version) => ({
    version,
    weight: hosts.reduce((sum, host) => sum + shareOn(host, version), 0) / count,
  }));
  const unseen = unreached.map((label) => ({ version: unknownOn(label), weight: 100 / count }));
  const taken = serving.reduce((sum, { weight }) => sum + weight, 0);
  return {
    generation:
      count === 1 && first !== undefined
        ? first.state.generation
        : createHash("sha256").update(generations.join("\n")).digest("hex").slice(0, 32),
    serving: [
      ...serving,
      ...(unknown.length === 0
        ? []
        : [{ version: `unknown-in-${unknown[0]?.name}`, weight: (100 * hosts.length) / count - taken }]),
      ...unseen,
    ],
  };
}

/** What the writes came to, from what HAProxy says after them. */
export function settle(
  written: readonly Written[],
  production: Production,
  orders: readonly (readonly Share[])[],
): Outcome {
  const refused = written.filter(({ outcome }) => outcome !== "applied");
  const [first] = refused;
  if (first !== undefined) {
    const reason = first.outcome === "differs" ? "generation-differs" : first.outcome;
    const message = refused.map(({ message }) => message).join(" ");
    const partly = refused.length < written.length && ({ partly: true } as const);
    return { outcome: "not-applied", reason, message, production, ...partly };
  }
  const asWanted = written.every(({ state }, i) =>
    orders[i]?.every(({ slot, weight }) => state.slots.find(({ name }) => name === slot)?.weight === weight),
  );
  if (asWanted) return { outcome: "applied", production };
  return {
    outcome: "not-applied",
    reason: "changed-meanwhile",
    message:
      "The weights were taken, and HAProxy shows others: somebody changed them meanwhile. Read production and decide anew.",
    production,
  };
}
