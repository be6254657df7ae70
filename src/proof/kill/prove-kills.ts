import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { Ports } from "../../ports.ts";
import { type Postgres, startPostgres } from "../../rehearsal/postgres.ts";
import { type Journey, journeys } from "./journeys.ts";
import { killMatrix, type MatrixRow } from "./kill-matrix.ts";
import type { Blow } from "./turnstile.ts";

export interface ProvingKills {
  readonly ports: Ports;
  readonly write: (line: string) => void;
  /** Every blow there is, or a few of each journey. */
  readonly whole: boolean;
  /** Worlds that are played in at a time. */
  readonly worlds: number;
  /** Only blows of these signals; all when empty. */
  readonly signals?: readonly string[];
  /** Names of journeys to play; all when empty. */
  readonly journeys?: readonly string[];
}

/** Prints the kill matrix as a table; false when a kill left another end, an effect done twice, or a process. */
export async function proveKills({
  ports,
  write,
  whole,
  worlds,
  signals = [],
  ...chosen
}: ProvingKills): Promise<boolean> {
  return withServers(worlds, async (servers) => {
    const named = chosen.journeys ?? [];
    const wanted = journeys.filter(({ name }) => named.length === 0 || named.includes(name));
    if (wanted.length < named.length || wanted.length === 0) {
      write(`The journeys are: ${journeys.map(({ name }) => name).join(", ")}.`);
      return false;
    }
    write(head);
    const sum = { journey: "together", changes: 0, kills: 0, converged: 0, repeated: 0, orphans: 0, killedLate: 0 };
    const started = performance.now();
    const { failures } = await killMatrix({
      ports,
      servers,
      journeys: wanted,
      write,
      choose: (blows) =>
        (whole ? blows : few(blows)).filter(({ signal }) => signals.length === 0 || signals.includes(signal)),
      onRow(row) {
        for (const key of ["changes", "kills", "converged", "repeated", "orphans", "killedLate"] as const)
          sum[key] += row[key];
        write(line(row));
      },
    });
    write(line({ ...sum, seconds: (performance.now() - started) / 1000 }));
    return failures.length === 0;
  });
}

/** Database servers for as long as they are needed, below a folder of their own. */
export async function withServers<T>(count: number, use: (servers: readonly Postgres[]) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(path.join(os.tmpdir(), "sluice-kill-"));
  const started = await Promise.allSettled(Array.from({ length: count }, () => startPostgres({ directory })));
  const servers = started.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  try {
    for (const one of started) if (one.status === "rejected") throw one.reason;
    return await use(servers);
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
    rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Blows spread over a journey, so that every side and signal is among them: one for every fifteen changes, and two at least. */
export function few(blows: readonly Blow[]): readonly Blow[] {
  const count = Math.min(blows.length, Math.max(2, Math.ceil(blows.length / 90)));
  const every = blows.length / count;
  // Each next one is of another side and signal: six to a change.
  return Array.from({ length: count }, (_, index) => {
    const change = Math.floor(((index + 0.5) * every) / 6);
    return blows.slice(change * 6 + ((index * 5 + 2) % 6)).at(0);
  }).filter((blow) => blow !== undefined);
}

const columns = ["changes", "kills", "same end", "twice", "orphans", "killed late", "seconds"];
const head = `${"kill matrix".padEnd(28)}${columns.map((name) => name.padStart(12)).join("")}`;
const line = ({ journey, changes, kills, converged, repeated, orphans, killedLate, seconds }: MatrixRow): string => {
  const cells = [changes, kills, `${converged}/${kills}`, repeated, orphans, killedLate, seconds.toFixed(0)];
  return `${journey.padEnd(28)}${cells.map((cell) => String(cell).padStart(12)).join("")}`;
};

/** Journeys of one action, in whatever company. */
export const journeysOf = (action: string): readonly Journey[] =>
  journeys.filter(({ victim }) => victim.action === action);
