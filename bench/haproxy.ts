import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type HostState, readRouter, splitProblem, writeRouter } from "../src/deploy-target/compose/router.ts";
import { sshSession } from "../src/host/ssh.ts";
import { haproxyProgram, startHaproxy } from "../src/rehearsal/host-twin/haproxy.ts";
import { sshProgram, startSshServer } from "../src/rehearsal/host-twin/sshd.ts";
import { freePort } from "../src/rehearsal/version-process.ts";
import { runnerPorts } from "../src/runner/ports.ts";
import { median, table } from "./table.ts";

const usualShifts = 100;
const connections = 50;

/**
 * A hundred shifts (or as many as the argument says) over SSH while `wrk` sends as fast as it can: failed requests, and how far HAProxy's own count for
 * each server is from the share. The two versions are another HAProxy that answers by itself, so that the router is
 * what is measured.
 */
export async function run([count]: readonly string[]): Promise<void> {
  const shifts = Number(count ?? usualShifts);
  const program = haproxyProgram();
  if (program === undefined || sshProgram() === undefined || !existsSync("/usr/bin/wrk")) {
    process.stdout.write("Needs the Debian packages haproxy, openssh-server and wrk; skipped.\n");
    return;
  }
  const directory = mkdtempSync(path.join(tmpdir(), "sluice-bench-"));
  const slots = { blue: await freePort(), green: await freePort() };
  const versions = startVersions(program, directory, slots);
  const proxy = await startHaproxy({ directory: path.join(directory, "haproxy"), slots });
  const server = await startSshServer({ directory: path.join(directory, "ssh") });
  const session = sshSession(
    { label: "host", destination: server.destination, knownHosts: server.knownHosts, key: server.key },
    { ...runnerPorts(new AbortController().signal), env: process.env },
  );
  try {
    const place = {
      socket: proxy.socket,
      backend: proxy.backend,
      stateFile: proxy.stateFile,
      directory: path.join(directory, "sluice"),
    };
    mkdirSync(path.join(place.directory, "slots"), { recursive: true });
    for (const name of Object.keys(slots)) writeFileSync(path.join(place.directory, "slots", name), `${name} image\n`);
    const share = (weight: number) => [
      { slot: "green", version: "green", weight },
      { slot: "blue", version: "blue", weight: 100 - weight },
    ];
    const raised = (weight: number, now: number) => (weight > now ? share(weight) : share(weight).toReversed());
    await writeRouter(session, place, { mode: "restore", shares: share(0).toReversed() });
    await sleep(1_500);
    let state = await readRouter(session, place);
    const load = startLoad(`${proxy.production}/`);
    await sleep(1_000);
    state = await readRouter(session, place);
    const [took, deviations, problems]: [number[], number[], string[]] = [[], [], []];
    let weight = 0;
    for (let i = 0; i < shifts; i += 1) {
      const wanted = [5, 25, 50, 100, 0][i % 5] ?? 0;
      const began = performance.now();
      const written = await writeRouter(session, place, {
        mode: "shift",
        shares: raised(wanted, weight),
        ifGeneration: state.generation,
      });
      took.push(performance.now() - began);
      if (written.outcome !== "applied") throw new Error(written.message);
      weight = wanted;
      // What was counted while the command was on its way belongs to neither share.
      const from = await readRouter(session, place);
      await sleep(200);
      state = await readRouter(session, place);
      deviations.push(deviation(from, state));
      const problem = splitProblem("host", from, state);
      if (problem !== undefined) problems.push(problem);
    }
    const { rate, requests, failed, errors } = await load.end();
    process.stdout.write(
      table(
        ["what", "figure"],
        [
          ["requests", String(requests)],
          ["requests a second", rate],
          ["shifts", String(shifts)],
          ["answers other than 200", failed],
          ["socket errors (connect, read, write, timeout)", errors],
          ["one shift over SSH, read back, median", `${median(took).toFixed(0)} ms`],
          ["largest distance from the share, in standard deviations of a coin", Math.max(...deviations).toFixed(2)],
          ["shares outside of binomial bounds", String(problems.length)],
        ],
      ),
    );
  } finally {
    await session.close();
    await server.stop();
    await proxy.stop();
    versions.kill("SIGKILL");
    rmSync(directory, { recursive: true, force: true });
  }
}

function startVersions(program: string, directory: string, slots: Readonly<Record<string, number>>): ChildProcess {
  const config = path.join(directory, "versions.cfg");
  const answers = Object.entries(slots).map(
    ([name, port]) =>
      `frontend ${name}\n  bind 127.0.0.1:${port}\n  http-request return status 200 content-type text/plain string ${name}\n`,
  );
  writeFileSync(
    config,
    `defaults\n  mode http\n  timeout connect 1s\n  timeout client 60s\n  timeout server 60s\n${answers.join("")}`,
  );
  return spawn(program, ["-db", "-f", config], { stdio: "ignore" });
}

interface Load {
  /** Ends it and gives wrk's own figures. */
  end(): Promise<{
    readonly rate: string;
    readonly requests: number;
    readonly failed: string;
    readonly errors: string;
  }>;
}

/** Sends until it is ended, fifteen minutes at most. */
function startLoad(url: string): Load {
  const child = spawn("wrk", ["-t", "1", "-c", String(connections), "-d", "900s", "--timeout", "5s", url], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (part: string) => {
    text += part;
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const found = (pattern: RegExp, otherwise: string) => pattern.exec(text)?.[1] ?? otherwise;
  return {
    async end() {
      child.kill("SIGINT");
      await ended;
      return {
        rate: found(/Requests\/sec:\s+([\d.]+)/, "?"),
        requests: Number(found(/(\d+) requests in/, "NaN")),
        failed: found(/Non-2xx or 3xx responses: (\d+)/, "0"),
        errors: found(/Socket errors: (.*)/, "none"),
      };
    },
  };
}

function deviation(from: HostState, to: HostState): number {
  const given = to.slots.map(({ requests }, i) => requests - (from.slots[i]?.requests ?? 0));
  const all = given.reduce((sum, count) => sum + count, 0);
  const weights = to.slots.reduce((sum, { weight }) => sum + weight, 0);
  return Math.max(
    ...to.slots.map(({ weight }, i) => {
      const share = weight / weights;
      const spread = Math.sqrt(all * share * (1 - share));
      const distance = Math.abs((given[i] ?? 0) - all * share);
      return spread === 0 ? distance : distance / spread;
    }),
  );
}
