import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { lastLines } from "../last-lines.ts";
import { freePort } from "../version-process.ts";

export interface ProxyOptions {
  readonly directory: string;
  /** Servers of the backend and the loopback port of each. */
  readonly slots: Readonly<Record<string, number>>;
  /** Users stay with the server that answered them first. */
  readonly sticky?: boolean;
  readonly port?: number;
}

export interface HaproxyTwin {
  /** Where users' requests go. */
  readonly production: string;
  readonly socket: string;
  readonly stateFile: string;
  readonly backend: string;
  /** One command of the runtime API, as a person at the host would type it. */
  ask(command: string): Promise<string>;
  /** Ends the process and starts it anew, as a reload does for what it knows. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const startWithinMs = 10_000;

export const haproxyProgram = (): string | undefined =>
  ["/usr/sbin/haproxy", "/usr/local/sbin/haproxy"].find((file) => existsSync(file));

/** A real HAProxy with the configuration that docs/targets.md asks of a host. */
export async function startHaproxy({
  directory,
  slots,
  sticky = false,
  port: wanted,
}: ProxyOptions): Promise<HaproxyTwin> {
  const program = haproxyProgram();
  if (program === undefined) throw new Error("No haproxy is installed; install the package haproxy.");
  mkdirSync(directory, { recursive: true });
  const port = wanted ?? (await freePort());
  const socket = path.join(directory, "ha.sock");
  const stateFile = path.join(directory, "state");
  const config = path.join(directory, "haproxy.cfg");
  writeFileSync(
    config,
    `global
  stats socket ${socket} mode 600 level admin
  server-state-file ${stateFile}
  maxconn 4000
defaults
  mode http
  option redispatch
  timeout connect 2s
  timeout client 30s
  timeout server 30s
  timeout check 5s
  load-server-state-from-file global
frontend users
  bind 127.0.0.1:${port}
  default_backend app
backend app
  balance roundrobin
  option httpchk GET /health
${sticky ? "  cookie SRV insert indirect nocache\n" : ""}${Object.entries(slots)
  .map(
    ([name, at]) =>
      `  server ${name} 127.0.0.1:${at} check inter 500ms fall 5 weight 0 disabled${sticky ? ` cookie ${name}` : ""}\n`,
  )
  .join("")}`,
  );
  let child: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    const output = lastLines(10, []);
    const started = spawn(program, ["-db", "-f", config], { stdio: ["ignore", "ignore", "pipe"] });
    child = started;
    started.stderr.on("data", (chunk: Uint8Array) => output.write(chunk));
    const deadline = performance.now() + startWithinMs;
    while (
      !(await ask(socket, "show info").then(
        (text) => text.includes("Version:"),
        () => false,
      ))
    ) {
      if (started.exitCode !== null || performance.now() > deadline)
        throw new Error(`HAProxy did not start: ${output.lines().join(" ")}`);
      await sleep(20);
    }
  };
  const stop = async (): Promise<void> => {
    const running = child;
    child = undefined;
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
    const ended = new Promise((resolve) => running.once("exit", resolve));
    running.kill("SIGKILL");
    await ended;
  };
  await start();
  return {
    production: `http://127.0.0.1:${port}`,
    socket,
    stateFile,
    backend: "app",
    ask: (command) => ask(socket, command),
    async restart() {
      await stop();
      await start();
    },
    stop,
  };
}

function ask(socket: string, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const connection = createConnection(socket, () => connection.end(`${command}\n`));
    let answer = "";
    connection.setEncoding("utf8").on("data", (text: string) => {
      answer += text;
    });
    connection.once("end", () => resolve(answer));
    connection.once("error", reject);
  });
}
