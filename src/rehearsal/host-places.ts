import path from "node:path";
import type { ComposeTarget } from "../target-spec/compose.ts";
import { freePort } from "./version-process.ts";

/** Where a runbook's host has its things in a rehearsal, and the runbook that says so. */
export interface HostPlaces {
  /** Folder of the host's twin. */
  readonly directory: string;
  readonly slots: Readonly<Record<string, number>>;
  /** What a runbook says of the host's ports and folders, moved to those of the rehearsal. */
  move(runbook: string): string;
}

/**
 * A rehearsal runs as anybody and beside others, so a host cannot have `/run/haproxy` and port 8101: its slots get free
 * ports, its socket and folders lie below the rehearsal's own, and nothing else of the runbook is changed.
 */
export async function hostPlaces(spec: ComposeTarget, directory: string): Promise<HostPlaces> {
  const slots: Record<string, number> = {};
  for (const name of Object.keys(spec.slots)) slots[name] = await freePort();
  const { socket, "state-file": stateFile } = spec.haproxy;
  const moved: readonly (readonly [string, string])[] = [
    [socket, path.join(directory, "haproxy", "ha.sock")],
    [stateFile, path.join(directory, "haproxy", "state")],
    [spec.directory, path.join(directory, "sluice")],
    ...Object.entries(spec.slots).map(([name, port]) => [`${name}: ${port}`, `${name}: ${slots[name]}`] as const),
  ];
  return { directory, slots, move: (text) => moved.reduce((all, [from, to]) => all.replaceAll(from, to), text) };
}
