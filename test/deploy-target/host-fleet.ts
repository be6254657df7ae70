import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { composeTarget, type Differences } from "../../src/deploy-target/compose.ts";
import type { DeployTarget } from "../../src/deploy-target.ts";
import type { Ports } from "../../src/ports.ts";
import { composeFor, type HostTwin, startHostTwin } from "../../src/rehearsal/host-twin.ts";
import { runnerPorts } from "../../src/runner/ports.ts";
import { type ComposeTarget, compose } from "../../src/target-spec/compose.ts";

const server = `
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
const behaviour = readFileSync("behaviour", "utf8").trim();
console.log("started as " + process.env.VERSION);
if (behaviour === "exits") { console.error("no such table: notes"); process.exit(3); }
createServer((request, response) => {
  if (request.url === "/health") return response.writeHead(behaviour === "sick" ? 503 : 200).end();
  response.setHeader("x-version", process.env.VERSION);
  if (request.url === "/env") return response.end(JSON.stringify(process.env));
  response.end(process.env.VERSION);
}).listen(Number(process.env.PORT), "127.0.0.1");
`;

const health =
  'exec 3<>/dev/tcp/127.0.0.1/$PORT; printf "GET /health HTTP/1.0\\r\\n\\r\\n" >&3; grep -q "200 OK" <&3\n';

const composeYaml = `
services:
  backend:
    build: .
    image: \${SLUICE_IMAGE}
    environment:
      VERSION: \${SLUICE_VERSION}
      PORT: 8000
      COLOUR:
    ports: ["127.0.0.1:\${SLUICE_PORT}:8000"]
    healthcheck: { test: [CMD, bash, health.sh], interval: 200ms, retries: 20 }
`;

export interface Fleet extends AsyncDisposable {
  readonly directory: string;
  readonly hosts: readonly HostTwin[];
  readonly target: DeployTarget;
  readonly repository: string;
  readonly composeFile: string;
  readonly spec: ComposeTarget;
  /** What the log was told. */
  readonly said: string[];
  targetWith(more: Partial<ComposeTarget>, differences?: Differences): Promise<DeployTarget>;
  /** Commits the application with a behaviour and other changes of files; answers the commit. */
  commit(behaviour: string, files?: Readonly<Record<string, string>>): string;
  stage(commit: string, env?: Readonly<Record<string, string>>): Promise<string>;
}

/** Hosts on loopback, each a real SSH server and a real HAProxy, and a repository to release to them. */
export async function fleet({ hosts: count = 1, sticky = false } = {}): Promise<Fleet> {
  const directory = mkdtempSync(path.join(tmpdir(), "sluice-fleet-"));
  const registry = path.join(directory, "registry");
  const hosts = await Promise.all(
    Array.from({ length: count }, (_, i) =>
      startHostTwin({ directory: path.join(directory, `host-${i + 1}`), label: `web-${i + 1}`, registry, sticky }),
    ),
  );
  const [first] = hosts;
  if (first === undefined) throw new Error("a fleet has a host");
  const repository = path.join(directory, "repository");
  mkdirSync(repository);
  const git = (...args: string[]) => execFileSync("git", ["-C", repository, ...args], { encoding: "utf8" }).trim();
  git("init", "--quiet", "--initial-branch=main");
  git("config", "user.name", "Octo Cat");
  git("config", "user.email", "octo@example.com");
  const written = {
    "server.mjs": server,
    "health.sh": health,
    Dockerfile: 'FROM node:24\nCOPY . .\nCMD ["node", "server.mjs"]\n',
    "docker-compose.yml": composeYaml,
  };
  for (const [file, text] of Object.entries(written)) writeFileSync(path.join(repository, file), text);

  const spec: ComposeTarget = {
    ...compose.parse({
      hosts: { any: "local" },
      project: "shop",
      service: "backend",
      image: "registry.example.com/acme/shop",
      slots: first.slots,
      haproxy: { socket: "/run/any.sock", backend: "app", "state-file": "/run/state" },
      within: "10s",
      build: "host",
    }),
    ...composeFor(first, path.join(directory, "host-1")),
    hosts: Object.fromEntries(hosts.map(({ label, ssh }) => [label, ssh.destination])),
    ssh: { key: first.ssh.key, "known-hosts": hosts.map(({ ssh }) => ssh.knownHosts).join("\n") },
  };
  const differences: Differences = Object.fromEntries(
    hosts.map((host, i) => [host.label, composeFor(host, path.join(directory, `host-${i + 1}`))]),
  );
  for (const host of hosts) host.ssh.admit(first.ssh.key);
  const said: string[] = [];
  const log = {
    info: () => undefined,
    notice: () => undefined,
    error: () => undefined,
    warn: (text: string) => void said.push(text),
  };
  const env = { PATH: `${first.docker.bin}${path.delimiter}${process.env["PATH"]}`, HOME: directory };
  const ports: Ports = { ...runnerPorts(new AbortController().signal), env, log };
  const targetWith = (more: Partial<ComposeTarget>, own: Differences = {}) =>
    composeTarget({ ...spec, ...more }, ports, { ...differences, ...own });
  const target = await targetWith({});
  return {
    directory,
    hosts,
    target,
    repository,
    composeFile: composeYaml,
    spec,
    said,
    targetWith,
    commit(behaviour, files = {}) {
      for (const [file, text] of Object.entries({ behaviour: `${behaviour}\n`, ...files }))
        writeFileSync(path.join(repository, file), text);
      git("add", "--all");
      git("commit", "--quiet", "--allow-empty", "--message", behaviour);
      return git("rev-parse", "HEAD");
    },
    stage: async (commit, env = {}) => (await target.stage({ commit, directory: repository, env })).url,
    async [Symbol.asyncDispose]() {
      await Promise.all(hosts.map((host) => host.close()));
      rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
