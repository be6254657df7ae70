import { commandStarter, type HostPorts, type HostSession, hostEnv, lostCommand } from "./session.ts";

/** The machine we run on, for a runner that stands on the host itself. */
export function thisMachine(label: string, ports: HostPorts): HostSession {
  // Whatever the machine's own Docker is configured with is meant here.
  const chosen = Object.entries(ports.env).filter(([name]) => /^(?:DOCKER|COMPOSE)_/.test(name));
  const own = Object.fromEntries(chosen.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
  // Relative paths begin where they would begin after a login.
  const starter = commandStarter(label, ports, { ...hostEnv(ports.env), ...own }, ports.env["HOME"]);
  return {
    label,
    async run(command, options = {}) {
      const { result, stderr } = await starter.start((words) => words, command, options);
      if (result === undefined) throw lostCommand(label, stderr);
      return result;
    },
    words: async (command) => command,
    forward: async (host, port) => ({ host, port }),
    close: async () => undefined,
  };
}
