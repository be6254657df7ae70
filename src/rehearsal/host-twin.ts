import { mkdirSync } from "node:fs";
import path from "node:path";
import type { ComposeTarget } from "../target-spec/compose.ts";
import { type DockerStandIn, startDocker } from "./host-twin/docker.ts";
import { type HaproxyTwin, haproxyProgram, startHaproxy } from "./host-twin/haproxy.ts";
import { type SshServer, sshProgram, startSshServer } from "./host-twin/sshd.ts";
import { freePort } from "./version-process.ts";

export interface HostTwinOptions {
  readonly directory: string;
  readonly label?: string;
  readonly registry?: string;
  readonly sticky?: boolean;
  /** Ports of the slots; free ones of two slots when absent. */
  readonly slots?: Readonly<Record<string, number>>;
}

/** A host for docker compose on loopback: a real OpenSSH server, a real HAProxy, and a stand-in for Docker. */
export interface HostTwin {
  readonly label: string;
  readonly ssh: SshServer;
  readonly proxy: HaproxyTwin;
  readonly docker: DockerStandIn;
  readonly slots: Readonly<Record<string, number>>;
  /** Where users' requests go. */
  readonly production: string;
  close(): Promise<void>;
}

/** What is missing for a host on this machine; undefined when nothing is. */
export function missingForHosts(): string | undefined {
  const missing = [
    ...(sshProgram() === undefined ? ["openssh-server"] : []),
    ...(haproxyProgram() === undefined ? ["haproxy"] : []),
  ];
  return missing.length === 0 ? undefined : `Debian package ${missing.join(" and ")} is not installed`;
}

export async function startHostTwin({
  directory,
  label = "web-1",
  registry,
  sticky = false,
  slots: wanted,
}: HostTwinOptions): Promise<HostTwin> {
  mkdirSync(directory, { recursive: true });
  const slots = wanted ?? { blue: await freePort(), green: await freePort() };
  const docker = await startDocker({ directory: path.join(directory, "docker"), node: process.execPath, registry });
  const ssh = await startSshServer({ directory: path.join(directory, "ssh"), path: [docker.bin] });
  const proxy = await startHaproxy({ directory: path.join(directory, "haproxy"), slots, sticky });
  return {
    label,
    ssh,
    proxy,
    docker,
    slots,
    production: proxy.production,
    async close() {
      await ssh.stop();
      await proxy.stop();
      await docker.close();
    },
  };
}

/** The `target.compose` of a runbook that releases to these hosts. Their slots and sockets must be the same, as in a real fleet of equal hosts. */
export const composeFor = (
  twin: HostTwin,
  directory: string,
): Pick<ComposeTarget, "hosts" | "ssh" | "slots" | "haproxy" | "directory"> => ({
  hosts: { [twin.label]: twin.ssh.destination },
  ssh: { key: twin.ssh.key, "known-hosts": twin.ssh.knownHosts },
  slots: twin.slots,
  haproxy: { socket: twin.proxy.socket, backend: twin.proxy.backend, "state-file": twin.proxy.stateFile },
  directory: path.join(directory, "sluice"),
});
