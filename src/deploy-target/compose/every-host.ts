import type { Outcome } from "../../deploy-target.ts";
import { messageOf } from "../../failure.ts";
import type { Ports } from "../../ports.ts";
import type { ComposeTarget } from "../../target-spec/compose.ts";
import { each, problemOf, tryEach } from "./each.ts";
import {
  type Fleet,
  type Host,
  knownSlots,
  type Machine,
  productionOf,
  raisesFirst,
  type SurveyedHost,
  settle,
} from "./fleet.ts";
import { type HostState, readRouter, type Share, splitProblem, surveyHost, writeRouter } from "./router.ts";

export interface EveryHost {
  /** The fleet as it was read or written last; undefined before that, and where a host did not answer. */
  readonly newest: () => Fleet | undefined;
  /** The hosts as their containers were looked at last. */
  readonly surveyed: () => readonly SurveyedHost[] | undefined;
  read(): Promise<Fleet>;
  /** The same with the containers, in as few ways to the host: one. */
  survey(): Promise<readonly SurveyedHost[]>;
  /** For a rollback: one host that does not answer must not keep the others where they are. */
  readReached(): Promise<Fleet>;
  surveyReached(): Promise<Fleet<SurveyedHost>>;
  /** Writes one host after its own generation was read: all or none when the fleet's generation differs. */
  write(
    fleet: Fleet,
    mode: "shift" | "restore",
    wanted: (host: Host, index: number) => readonly Share[],
    ifGeneration: string | undefined,
    wayBack: string | undefined,
  ): Promise<Outcome>;
  /** Hosts that answered are back; production is not while others may still serve something else. */
  inPart(outcome: Outcome, fleet: Fleet): Outcome;
}

/** HAProxy on every host of the fleet, read and written as one production. Throws what a host that fails throws. */
export function everyHost(machines: readonly Machine[], spec: ComposeTarget, ports: Ports): EveryHost {
  /** The fleet as it was read or written last. */
  let newest: Fleet | undefined;
  let surveyed: readonly SurveyedHost[] | undefined;
  const readOne = async (machine: Machine): Promise<Host> => ({
    ...machine,
    state: knownSlots(machine, await readRouter(machine.session, machine.place)),
  });
  const readAll = async (): Promise<Fleet> => {
    newest = { hosts: await each(machines, readOne), unreached: [] };
    return newest;
  };
  /** The same with the containers, in as few ways to the host: one. */
  const surveyOne = async (machine: Machine): Promise<SurveyedHost> => {
    const survey = await surveyHost(machine.session, machine.place, spec);
    return { ...machine, ...survey, state: knownSlots(machine, survey.state) };
  };
  const surveyAll = async (): Promise<readonly SurveyedHost[]> => {
    surveyed = await each(machines, surveyOne);
    newest = { hosts: surveyed, unreached: [] };
    return surveyed;
  };
  /** For a rollback: one host that does not answer must not keep the others where they are. */
  const reached = async <H extends Host>(read: (machine: Machine) => Promise<H>): Promise<Fleet<H>> => {
    const { done, failed } = await tryEach(machines, read);
    if (done.length === 0) throw problemOf(failed.map(({ problem }) => problem));
    for (const { item, problem } of failed)
      ports.log.warn(`Host ${item.session.label} is left as it is: ${messageOf(problem)}`);
    const fleet = { hosts: done, unreached: failed.map(({ item }) => item.session.label) };
    newest = fleet;
    return fleet;
  };

  /** What HAProxy had counted at the last write of ours, to see at the next one how it divided. */
  let counted: readonly HostState[] = [];
  const warnOfSplit = (hosts: readonly Host[]): void => {
    for (const [i, { session, state }] of hosts.entries()) {
      const before = counted[i];
      const problem = before?.generation === state.generation ? splitProblem(session.label, before, state) : undefined;
      if (problem !== undefined) ports.log.warn(problem);
    }
  };

  /** Writes one host after its own generation was read: all or none when the fleet's generation differs. */
  const write = async (
    { hosts, unreached }: Fleet,
    mode: "shift" | "restore",
    wanted: (host: Host, index: number) => readonly Share[],
    ifGeneration: string | undefined,
    wayBack: string | undefined,
  ): Promise<Outcome> => {
    const before = productionOf({ hosts, unreached });
    warnOfSplit(hosts);
    if (ifGeneration !== undefined && ifGeneration !== before.generation)
      return {
        outcome: "not-applied",
        reason: "generation-differs",
        message: `Production is at generation ${before.generation}, not at ${ifGeneration}: somebody moved traffic meanwhile.`,
        production: before,
      };
    const orders = hosts.map((host, index) => ({ host, shares: raisesFirst(host, wanted(host, index)) }));
    const results = await Promise.allSettled(
      orders.map(({ host: { session, place, state }, shares }) =>
        writeRouter(session, place, {
          mode,
          shares,
          wayBack,
          ifGeneration: ifGeneration === undefined ? undefined : state.generation,
        }),
      ),
    );
    const written = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    const lost = results.flatMap((result) => (result.status === "rejected" ? [messageOf(result.reason)] : []));
    if (lost.length > 0) return { outcome: "unknown", message: lost.join(" ") };
    counted = written.map(({ state }) => state);
    newest = { hosts: hosts.map((host, i) => ({ ...host, state: written[i]?.state ?? host.state })), unreached };
    if (written.some(({ unsaved }) => unsaved))
      ports.log.warn(
        `The weights hold, but could not be saved to HAProxy's state file: a reload of HAProxy would forget them. Free space there.`,
      );
    return settle(
      written,
      productionOf(newest),
      orders.map(({ shares }) => shares),
    );
  };

  /** Hosts that answered are back; production is not while others may still serve something else. */
  const inPart = (outcome: Outcome, { unreached }: Fleet): Outcome => {
    if (outcome.outcome !== "applied" || unreached.length === 0) return outcome;
    // Asked again, these are to be looked for anew.
    newest = undefined;
    const message = `${unreached.map((label) => `Host ${label}`).join(" and ")} did not answer and may serve anything; every other host took the weights.`;
    return { outcome: "not-applied", reason: "host-unreached", message, production: outcome.production, partly: true };
  };

  return {
    newest: () => newest,
    surveyed: () => surveyed,
    read: readAll,
    survey: surveyAll,
    readReached: () => reached(readOne),
    surveyReached: () => reached(surveyOne),
    write,
    inPart,
  };
}
