import { type DeployTarget, versionNameOf } from "../deploy-target.ts";
import { InputError, messageOf, ProviderError } from "../failure.ts";
import { openHost } from "../host/open.ts";
import { thisMachine } from "../host/this-machine.ts";
import type { Ports } from "../ports.ts";
import { shortVersion } from "../short-version.ts";
import type { ComposeTarget } from "../target-spec/compose.ts";
import { deliver, uploadTree } from "./compose/delivery.ts";
import { docker, serviceIn } from "./compose/docker.ts";
import { each } from "./compose/each.ts";
import { everyHost } from "./compose/every-host.ts";
import {
  type Fleet,
  type Host,
  hostCount,
  knownSlots,
  type Machine,
  productionOf,
  type SurveyedHost,
  sharesFor,
  unknownOn,
} from "./compose/fleet.ts";
import { pastVersions, removeImages } from "./compose/kept.ts";
import { readStatistics, takeSlot } from "./compose/router.ts";
import { containerIn, end, freeSlot, projectOf, slotHealth, slotOf, startInSlot } from "./compose/slot.ts";

/** What is different on one host, for hosts that are not alike, such as several on one machine. */
export type Differences = Readonly<Record<string, Partial<Pick<ComposeTarget, "slots" | "haproxy" | "directory">>>>;

/**
 * Docker compose on hosts, reached by SSH: versions run in slots, which are the servers of an HAProxy on the same host.
 * A share of traffic is given by weights on every host, or as whole hosts. Production is what HAProxy says.
 */
export async function composeTarget(
  spec: ComposeTarget,
  ports: Ports,
  differences: Differences = {},
): Promise<DeployTarget> {
  const access = { knownHosts: spec.ssh?.["known-hosts"] ?? "", key: spec.ssh?.key };
  const machines = await Promise.all(
    Object.entries(spec.hosts).map(async ([label, destination]): Promise<Machine> => {
      const { slots, haproxy, directory } = { ...spec, ...differences[label] };
      const place = {
        socket: haproxy.socket,
        backend: haproxy.backend,
        stateFile: haproxy["state-file"],
        directory: `${directory}/${spec.project}`,
      };
      return { session: await openHost(label, destination, access, ports), place, slots };
    }),
  );
  const here = thisMachine("this machine", ports);

  const all = everyHost(machines, spec, ports);
  /** Hosts and slots by the addresses they were brought to here. */
  const places = new Map<string, string>();

  /** The version that is about to get traffic runs everywhere, and is what was staged: one stale host stops it. */
  const staleHosts = (hosts: readonly SurveyedHost[], version: string): readonly string[] =>
    hosts.flatMap(({ session, state, containers }) => {
      const slot = slotOf(state, version);
      if (slot?.running === undefined) return [`Host ${session.label} does not run version ${shortVersion(version)}.`];
      const health = slotHealth(session, spec, slot.name, slot.running.image, { containers });
      return health.healthy ? [] : [health.message];
    });

  const healthIn = (hosts: readonly SurveyedHost[], version: string) => {
    const found = staleHosts(hosts, version);
    return found.length > 0
      ? { healthy: false, message: found.join(" ") }
      : { healthy: true, message: `Version ${shortVersion(version)} is healthy on ${hostCount(hosts.length)}.` };
  };

  /** Never of what runs on any host, nor of the newest. */
  const removeOldImages = async (hosts: readonly Host[], spared: readonly string[] = []): Promise<void> => {
    const running = hosts.flatMap(({ state }) => state.slots.flatMap(({ running }) => running?.version ?? []));
    await each(hosts, (host) => removeImages(host, spec.image, [...spared, ...running]));
  };

  const historyIn = (hosts: readonly SurveyedHost[], named: string | undefined) => {
    const { running, kept } = pastVersions(hosts);
    const gone =
      named === undefined
        ? undefined
        : kept.find(({ version }) => version === named || (named.length >= 7 && version.startsWith(named)));
    if (gone !== undefined && running.every(({ version }) => version !== gone.version))
      throw new InputError(
        `Version ${gone.version} does not run any more, its slot was given to a newer one. Release its commit again; its image was ${gone.image}.`,
      );
    return running;
  };

  return {
    kind: "compose",
    capabilities: { shifts: "traffic", compareAndSet: true },

    async findings() {
      await all.read();
      const found = await each(machines, async ({ session }) => {
        const { code } = await docker(session, ["compose", "version", "--short"]);
        return code === 0
          ? []
          : [
              {
                reason: "no-compose",
                message: `Host ${session.label} has no \`docker compose\`; install Docker with its compose plugin.`,
              },
            ];
      });
      return found.flat();
    },

    async variables(version) {
      const [first] = machines;
      if (version === undefined || first === undefined) return undefined;
      const { commit, env } = version;
      const tree = await uploadTree({ spec, here, hosts: machines, ports, ...version }, first);
      const compose = ["compose", "-f", `${tree}/${spec.file}`, "-p", spec.project];
      const own = { SLUICE_IMAGE: `${spec.image}:${commit}`, SLUICE_VERSION: commit, SLUICE_PORT: "0" };
      const { environment } = await serviceIn(first.session, compose, spec.service, { ...env, ...own });
      return { values: environment, unreadable: [] };
    },

    observe: async () => productionOf(await all.read()),

    async stage({ commit, variant, directory, env }) {
      ports.cancelled.throwIfAborted();
      const version = versionNameOf({ commit, variant });
      const delivery = { spec, commit, directory, here, hosts: machines, env, ports };
      const waiting = (await all.survey()).filter((host) => staleHosts([host], version).length > 0);
      if (waiting.length > 0) {
        const images = await deliver(delivery);
        await each(waiting, async ({ session, place, slots, state }) => {
          const tree = await uploadTree(delivery, { session, place });
          const delivered = images.get(session);
          const own = slotOf(state, version);
          const slot = own?.weight === 0 ? own : freeSlot(state);
          if (delivered === undefined || slot === undefined)
            throw new InputError(
              `Every slot of host ${session.label} takes traffic; dispatch the rollback workflow first, so that one version serves.`,
            );
          const start = {
            spec,
            place,
            port: slots[slot.name] ?? 0,
            version,
            tree,
            delivered,
            env,
            at: ports.clock.now(),
          };
          await startInSlot(session, slot.name, start);
        });
      }
      const staged = await all.survey();
      const [stale, ...more] = staleHosts(staged, version);
      if (stale !== undefined)
        throw new ProviderError(
          "compose",
          `Version ${shortVersion(version)} does not run on every host: ${[stale, ...more].join(" ")} No traffic was moved.`,
          { status: "stale-host" },
        );
      // Every version leaves an image and a tree behind; a full disk would stop one release or the other.
      await removeOldImages(staged).catch((problem: unknown) => ports.log.warn(messageOf(problem)));
      return { version, url: testAddress(staged, version) };
    },

    async shift({ candidate, stable, weight, hosts: count, ifGeneration }) {
      const hosts = await all.survey();
      const stale = staleHosts(hosts, candidate);
      if (stale.length > 0)
        return {
          outcome: "not-applied",
          reason: "stale-host",
          message: `${stale.join(" ")} No traffic was moved.`,
          production: productionOf({ hosts, unreached: [] }),
        };
      const shareOn = (index: number): number => (count === undefined ? weight : index < count ? 100 : 0);
      return all.write(
        { hosts, unreached: [] },
        "shift",
        (host, index) =>
          sharesFor(
            host,
            new Map([
              [candidate, shareOn(index)],
              [stable, 100 - shareOn(index)],
            ]),
          ),
        ifGeneration,
        stable,
      );
    },

    async restore({ to, ifGeneration }) {
      const restoring = async (fleet: Fleet) =>
        all.inPart(
          await all.write(fleet, "restore", (host) => sharesFor(host, new Map([[to, 100]])), ifGeneration, undefined),
          fleet,
        );
      // Users wait: what was just read is enough, since each host compares its own generation and what runs in the slot.
      const seen = all.newest();
      const enough =
        seen?.hosts.every(({ state }) => slotOf(state, to) !== undefined) === true &&
        (ifGeneration === undefined || productionOf(seen).generation === ifGeneration);
      if (!enough) return restoring(await all.readReached());
      const outcome = await restoring(seen);
      const moved = outcome.outcome === "not-applied" && outcome.reason === "other-version";
      return moved && ifGeneration === undefined ? restoring(await all.readReached()) : outcome;
    },

    health: async (version) => healthIn(await all.survey(), version),

    async lookBack(named) {
      const fleet = await all.surveyReached();
      return {
        production: productionOf(fleet),
        outOfReach: fleet.unreached.map(unknownOn),
        history: historyIn(fleet.hosts, named),
        health: async (version) => healthIn(fleet.hosts, version),
      };
    },

    async address(version) {
      const having = (await all.read()).hosts.map(({ session, slots, state }) => ({
        session,
        slots,
        slot: slotOf(state, version),
      }));
      const found = having.find(({ slot }) => (slot?.weight ?? 0) > 0) ?? having.find(({ slot }) => slot !== undefined);
      const port = found?.slot && found.slots[found.slot.name];
      if (found?.slot === undefined || port === undefined) return undefined;
      const open = await found.session.forward("127.0.0.1", port);
      const address = `http://${open.host}:${open.port}`;
      places.set(address, `${found.session.label}/${found.slot.name}`);
      return address;
    },

    placeOf: (address) => places.get(address),

    async askContainers(version, question) {
      const asked = async (hosts: readonly SurveyedHost[]) => {
        const answers = await each(hosts, async ({ session, state, containers }) => {
          const slot = slotOf(state, version);
          const container = slot && containerIn(session, spec, slot.name, { containers });
          if (container === undefined) return undefined;
          return { host: session.label, ...(await docker(session, question(container.id), { endOnCancel: true })) };
        });
        return answers.filter((answer) => answer !== undefined);
      };
      // A container keeps its id for as long as it lives: it is looked for anew where it did not answer.
      const surveyed = all.surveyed();
      const known = surveyed === undefined ? [] : await asked(surveyed);
      return known.length === machines.length && known.every(({ code }) => code === 0)
        ? known
        : asked(await all.survey());
    },

    async askRouter(version) {
      const counts = await each(machines, async (machine) => {
        const { state, statistics } = await readStatistics(machine.session, machine.place);
        const server = slotOf(knownSlots(machine, state), version)?.name;
        const { backend } = machine.place;
        return server === undefined ? undefined : { host: machine.session.label, backend, server, statistics };
      });
      return counts.filter((count) => count !== undefined);
    },

    runOnHosts: (command, withinMs) =>
      each(machines, async ({ session }) => ({
        host: session.label,
        ...(await session.run(["sh", "-e", "-c", command], { withinMs })),
      })),

    async forward(host, port) {
      const [first] = machines;
      if (first === undefined) throw new InputError("`target.compose.hosts` names no host.");
      return first.session.forward(host, port);
    },

    async openService(request) {
      const [first] = machines;
      if (first === undefined) throw new InputError("`target.compose.hosts` names no host.");
      const { openService } = await import("./compose/one-off.ts");
      return openService(spec, first, request, { here, ports });
    },

    history: async (named) => historyIn(await all.survey(), named),

    async cleanup(keep) {
      const { hosts } = await all.read();
      // One that serves on some hosts is about to on the others, and the way back of one is that of all.
      const serving = hosts.flatMap(({ state }) => state.slots.filter(({ weight }) => weight > 0));
      const spared = new Set([
        ...keep,
        ...hosts.flatMap(({ state }) => state.wayBack ?? []),
        ...serving.flatMap(({ running }) => running?.version ?? []),
      ]);
      const removed = await each(hosts, async ({ session, place, state }) => {
        const idle = state.slots.filter(
          ({ weight, running }) => weight === 0 && running !== undefined && !spared.has(running.version),
        );
        const gone: string[] = [];
        for (const { name, running } of idle) {
          // Under the host's lock: one that serves by now stays.
          if (running === undefined || !(await takeSlot(session, place, name))) continue;
          await end(session, projectOf(spec, name));
          gone.push(running.version);
        }
        return gone;
      });
      await removeOldImages(hosts, [...spared]);
      return [...new Set(removed.flat())];
    },
  };

  /** Where people and user code test the version: told by the runbook, else the slot's own port. */
  function testAddress([first]: readonly Host[], version: string): string {
    const slot = first === undefined ? undefined : slotOf(first.state, version)?.name;
    if (first === undefined || slot === undefined)
      throw new ProviderError("compose", `Version ${version} vanished after it was staged.`);
    if (spec.address !== undefined) return spec.address.replaceAll("$slot", slot);
    const host = /@([^:]+)/.exec(spec.hosts[first.session.label] ?? "")?.[1] ?? "127.0.0.1";
    return `http://${host}:${first.slots[slot]}`;
  }
}
