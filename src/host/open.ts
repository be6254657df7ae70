import type { HostPorts, HostSession } from "./session.ts";

/** How every host is reached, references resolved. */
export interface SshAccess {
  /** Lines of a known_hosts file: the only keys that hosts may show. */
  readonly knownHosts: string;
  /** The private key as text; the agent of this machine (SSH_AUTH_SOCK) when it is left away. */
  readonly key?: string | undefined;
}

/** A session with one machine, `local` or `user@host:port`; nothing is connected before its first command. */
export async function openHost(
  label: string,
  destination: string,
  access: SshAccess,
  ports: HostPorts,
): Promise<HostSession> {
  if (destination === "local") return (await import("./this-machine.ts")).thisMachine(label, ports);
  return (await import("./ssh.ts")).sshSession({ label, destination, ...access }, ports);
}
