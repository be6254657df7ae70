import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import * as z from "zod";
import { openLoopDriver } from "../src/load-driver/open-loop.ts";
import { runnerPorts } from "../src/runner/ports.ts";
import { table } from "./table.ts";

const rate = 200;
const seconds = 10;
const stall = { from: 4_000, to: 6_000 };
const autocannonVersion = "8.0.0";

/**
 * A server that answers at once, but for two seconds in ten: what do load drivers make of it? The truth is computed
 * from the server's own log of when it answered, and from when each of 200 requests a second was due.
 */
export async function run(): Promise<void> {
  const own = await withServer(measureOwn);
  const rows = [own.truth, own.found];
  const folder = mkdtempSync(path.join(os.tmpdir(), "sluice-bench-"));
  try {
    const program = installAutocannon(folder);
    if (program === undefined)
      process.stdout.write(`autocannon ${autocannonVersion} could not be installed into a temporary folder: skipped\n`);
    else
      for (const [name, options] of [
        [`autocannon -R ${rate} -c 50`, ["-R", String(rate), "-c", "50"]],
        ["autocannon -c 10", ["-c", "10"]],
      ] as const)
        rows.push(await withServer(({ url }) => measureAutocannon(program, name, options, url)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  process.stdout.write(
    table([`2 s stall in ${seconds} s at ${rate}/s, ms`, "p50", "p95", "p97.5", "p99", "requests"], rows),
  );
}

interface Stalling {
  readonly url: string;
  /** When each request was answered, by `performance.now()`, in the order in which they came. */
  readonly answeredAt: readonly number[];
}

async function withServer<T>(measure: (server: Stalling) => Promise<T>): Promise<T> {
  const answeredAt: number[] = [];
  let first: number | undefined;
  const server = createServer((_request, response) => {
    const arrived = performance.now();
    first ??= arrived;
    const at = answeredAt.push(Number.NaN) - 1;
    const into = arrived - first;
    const answer = () => {
      answeredAt[at] = performance.now();
      response.end("ok");
    };
    if (into >= stall.from && into < stall.to) setTimeout(answer, stall.to - into);
    else answer();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await measure({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, answeredAt });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const shown = (value: number | undefined) => (value === undefined ? "-" : value.toFixed(1));

async function measureOwn({ url, answeredAt }: Stalling) {
  const ports = runnerPorts(new AbortController().signal);
  let begun: number | undefined;
  const clock = {
    ...ports.clock,
    monotonic: () => {
      begun ??= performance.now();
      return performance.now();
    },
  };
  const plan = {
    schedule: { rate, for: seconds * 1000 },
    requests: [{ method: "GET", path: "/", weight: 1 }],
    within: 10_000,
    inFlight: 1_000,
    versionHeader: "x-version",
  };
  const silent = { info() {}, notice() {}, warn() {}, error() {} };
  const result = await openLoopDriver(plan, { ...ports, clock, log: silent }).run(url);
  if (result.kind !== "result") throw new Error(result.message);
  const truth = answeredAt.map((at, i) => at - ((begun ?? 0) + ((i + 1) * 1000) / rate)).sort((a, b) => a - b);
  const exact = (quantile: number) => truth[Math.ceil(quantile * truth.length) - 1];
  const { latency, requests } = result;
  return {
    truth: [
      "truth, from the server's log",
      ...[0.5, 0.95, 0.975, 0.99].map((q) => shown(exact(q))),
      String(truth.length),
    ],
    found: ["sluice", shown(latency.p50), shown(latency.p95), "-", shown(latency.p99), String(requests.total)],
  };
}

function installAutocannon(folder: string): string | undefined {
  const args = ["install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", folder];
  const { status } = spawnSync("npm", [...args, `autocannon@${autocannonVersion}`], {
    stdio: "ignore",
    timeout: 90_000,
  });
  return status === 0 ? path.join(folder, "node_modules/autocannon/autocannon.js") : undefined;
}

const autocannonResult = z.object({
  latency: z.object({ p50: z.number(), p97_5: z.number(), p99: z.number() }),
  requests: z.object({ total: z.number() }),
});

async function measureAutocannon(program: string, name: string, options: readonly string[], url: string) {
  const child = spawn(process.execPath, [program, "-j", "-d", String(seconds), ...options, url], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const { latency, requests } = autocannonResult.parse(JSON.parse(await text(child.stdout)));
  return [name, shown(latency.p50), "-", shown(latency.p97_5), shown(latency.p99), String(requests.total)];
}
