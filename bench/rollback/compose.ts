import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { composeTarget } from "../../src/deploy-target/compose.ts";
import { composeFor, startHostTwin } from "../../src/rehearsal/host-twin.ts";
import { runnerPorts } from "../../src/runner/ports.ts";
import { compose } from "../../src/target-spec/compose.ts";
import type { BenchPlatform } from "../rollback.ts";

const files: Readonly<Record<string, string>> = {
  "server.mjs": `import { createServer } from "node:http";
createServer((_, response) => response.end("hello")).listen(Number(process.env.PORT), "127.0.0.1");
`,
  "healthy.sh": "exec 3<> /dev/tcp/127.0.0.1/$PORT\n",
  Dockerfile: 'FROM node:24\nCOPY . .\nCMD ["node", "server.mjs"]\n',
  "docker-compose.yml": `services:
  backend:
    build: .
    image: \${SLUICE_IMAGE}
    environment: { PORT: "8000" }
    ports: ["127.0.0.1:\${SLUICE_PORT}:8000"]
    healthcheck: { test: [CMD, bash, healthy.sh], interval: 200ms, retries: 20 }
`,
};

/** One host with two versions in its slots; a rollback is weights of a real HAProxy, set over a real SSH connection. */
export async function composePlatform(): Promise<BenchPlatform> {
  const directory = mkdtempSync(path.join(tmpdir(), "sluice-bench-compose-"));
  const host = await startHostTwin({ directory: path.join(directory, "host") });
  const spec = {
    ...compose.parse({
      hosts: { any: "local" },
      project: "shop",
      service: "backend",
      image: "registry.example.com/acme/shop",
      slots: host.slots,
      haproxy: { socket: "/run/any.sock", backend: "app", "state-file": "/run/state" },
      build: "host",
    }),
    ...composeFor(host, directory),
  };
  const repository = path.join(directory, "repository");
  mkdirSync(repository);
  const git = (...args: string[]) => execFileSync("git", ["-C", repository, ...args], { encoding: "utf8" }).trim();
  git("init", "--quiet", "--initial-branch=main");
  for (const [file, text] of Object.entries(files)) writeFileSync(path.join(repository, file), text);
  const ports = runnerPorts(new AbortController().signal);
  const target = await composeTarget(spec, { ...ports, env: { PATH: process.env["PATH"] ?? "", HOME: directory } });
  const versions: string[] = [];
  for (const name of ["one", "two"]) {
    writeFileSync(path.join(repository, "NAME"), name);
    git("add", "--all");
    git("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "commit", "--quiet", "--message", name);
    versions.push((await target.stage({ commit: git("rev-parse", "HEAD"), directory: repository, env: {} })).version);
    if (name === "one") await target.restore({ to: versions[0] ?? "" });
  }
  const [stable = "", other = ""] = versions;
  const { hosts, slots, haproxy } = spec;
  const weights = async () => {
    const lines = (await host.proxy.ask("show servers state app")).split("\n").filter((line) => /^\d+ app /.test(line));
    return new Map(lines.map((line) => [line.split(" ")[3] ?? "", Number(line.split(" ")[7])]));
  };
  let restoredAt: number | undefined;
  let watching: NodeJS.Timeout | undefined;
  return {
    name: "compose",
    target: JSON.stringify({
      compose: {
        ...{ hosts, slots, haproxy, project: spec.project, service: spec.service, image: spec.image },
        ssh: { key: "$SSH_KEY", "known-hosts": "$SSH_KNOWN_HOSTS" },
        directory: spec.directory,
      },
    }),
    secrets: `SSH_KEY="${host.ssh.key.trim()}"\nSSH_KNOWN_HOSTS="${host.ssh.knownHosts}"\n`,
    env: {},
    stable,
    async spoil() {
      clearInterval(watching);
      await target.restore({ to: other });
      restoredAt = undefined;
      const back = slotHolding(stable);
      // HAProxy tells nobody when an order came: what its own weights say is the order and what came of it.
      watching = setInterval(async () => {
        const now = await weights().catch(() => undefined);
        if (now !== undefined && (now.get(back) ?? 0) > 0) restoredAt ??= Date.now();
      }, 5);
    },
    orderedAt: () => restoredAt,
    standInMs: (from, to) =>
      host.docker
        .worked()
        .filter((work) => work.from >= from && work.to <= to)
        .reduce((sum, work) => sum + work.to - work.from, 0),
    restored: () => restoredAt !== undefined,
    async stop() {
      clearInterval(watching);
      await host.close();
      rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
    },
  };

  /** Versions were staged one after the other into the slots, in their order. */
  function slotHolding(version: string): string {
    return Object.keys(slots)[version === stable ? 0 : 1] ?? "";
  }
}
