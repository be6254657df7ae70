import { createServer, type Socket } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readComposeFile, type Service } from "./compose-file.ts";
import { type Container, remove, startContainer } from "./containers.ts";
import type { Answer, Asked, World } from "./docker.ts";
import { type attached, runOnce } from "./one-off.ts";
import { options } from "./options.ts";
import { Refused } from "./refused.ts";

interface Compose {
  readonly project: string;
  readonly services: () => readonly Service[];
  readonly own: () => readonly Container[];
}

/** A command of `docker compose`; `attached` when the connection is kept for what a container prints. Throws `Refused`. */
export async function runCompose(
  { args, cwd, env }: Asked,
  world: World,
  connection: Socket,
): Promise<Answer | typeof attached> {
  const head = options(args.slice(1), { "-f": "value", "-p": "value" }, true);
  const [command = "", ...rest] = head.values;
  const project = head.flags["-p"] ?? "";
  const context: Compose = {
    project,
    services: () => readComposeFile(path.resolve(cwd, head.flags["-f"] ?? "docker-compose.yml"), env),
    own: () => world.containers.filter((container) => container.project === project),
  };
  switch (command) {
    case "version":
      return "2.40.3\n";
    case "config":
      options(rest, { "--format": "value" });
      return [
        {
          name: project,
          services: Object.fromEntries(context.services().map((service) => [service.name, configured(service)])),
        },
      ];
    case "build":
      return build(rest, context, world);
    case "up":
      return up(rest, context, world);
    case "run":
      return runOnce({ args: rest, env, project, services: context.services() }, world, connection);
    case "ps": {
      const { values } = options(rest, { "--all": "flag", "--format": "value" });
      const found = context.own().filter(({ service }) => values.length === 0 || values.includes(service));
      if (found.length === 0 && context.own().length > 0) throw new Refused(1, `no such service: ${values[0]}`);
      return Promise.all(
        found.map(async (container) => {
          const health = await container.health();
          return {
            ID: container.id,
            Name: container.name,
            Image: container.reference,
            Service: container.service,
            State: container.state(),
            Health: health === "none" ? "" : health,
            ExitCode: container.exitCode(),
          };
        }),
      );
    }
    case "logs": {
      const { values, flags } = options(rest, {
        "--no-color": "flag",
        "--no-log-prefix": "flag",
        "--timestamps": "flag",
        "--tail": "value",
        "--since": "value",
        "--until": "value",
      });
      const since = flags["--since"] === undefined ? 0 : Date.parse(flags["--since"]);
      const found = context.own().filter(({ service }) => values.length === 0 || values.includes(service));
      return found
        .flatMap((container) =>
          container
            .logs(since)
            .slice(-Number(flags["--tail"] ?? 5_000))
            .map((line) => ("--no-log-prefix" in flags ? `${line}\n` : `${container.service}-1  | ${line}\n`)),
        )
        .join("");
    }
    case "stop":
    case "start":
    case "down":
      return end(command, rest, context, world);
    default:
      throw new Refused(16, `unknown docker command: "compose ${command}"`);
  }
}

const configured = ({ image, context, healthcheck, environment }: Service) => ({
  environment: Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [name, value.replaceAll("$", "$$$$")]),
  ),
  ...(image !== undefined && { image }),
  ...(context !== undefined && { build: { context } }),
  ...(healthcheck !== undefined && {
    healthcheck: healthcheck === "disabled" ? { disable: true } : { test: healthcheck.test },
  }),
});

function build(args: readonly string[], { services }: Compose, { images }: World): Answer {
  const { values } = options(args, {});
  const wanted = services().filter(
    ({ name, context }) => context !== undefined && (values.length === 0 || values.includes(name)),
  );
  for (const service of wanted) images.build(service.context ?? "", service.image ?? service.name);
  return "";
}

async function up(args: readonly string[], compose: Compose, world: World): Promise<Answer> {
  const { flags } = options(args, {
    "-d": "flag",
    "--wait": "flag",
    "--wait-timeout": "value",
    "--no-build": "flag",
    "--pull": "value",
  });
  if (world.faults.upDoesNothing) return "";
  const started: Container[] = [];
  for (const service of compose.services()) {
    const image = world.images.find(service.image ?? "");
    if (image === undefined) throw new Refused(1, `Error response from daemon: No such image: ${service.image}`);
    await remove(
      compose.own().filter((container) => container.service === service.name),
      world.containers,
    );
    for (const { published } of service.ports)
      if (!(await isFree(published)))
        throw new Refused(
          1,
          `Error response from daemon: driver failed programming external connectivity: Bind for 127.0.0.1:${published} failed: port is already allocated`,
        );
    const container = startContainer(compose.project, service, image, world.images.content(image), world.searchPath);
    world.containers.push(container);
    started.push(container);
  }
  const deadline = performance.now() + Number(flags["--wait-timeout"] ?? 60) * 1000;
  await Promise.all(started.map((container) => isUp(container, deadline)));
  return "";
}

/** Running or healthy; the real command fails as soon as a container is unhealthy or has ended. */
async function isUp(container: Container, deadline: number): Promise<void> {
  const began = performance.now();
  for (;;) {
    if (container.state() !== "running" && container.restarts() > 2)
      throw new Refused(1, `container ${container.name} exited (${container.exitCode()})`);
    if (container.state() === "exited")
      throw new Refused(1, `container ${container.name} exited (${container.exitCode()})`);
    const health = await container.health();
    if (health !== "unhealthy" && container.state() === "running") return;
    const { intervalMs = 0, retries = 1 } = container.healthcheck ?? {};
    if (performance.now() - began > intervalMs * retries)
      throw new Refused(1, `container ${container.name} is unhealthy`);
    if (performance.now() > deadline)
      throw new Refused(1, `application not healthy after ${container.name} was waited for`);
    await sleep(Math.min(100, intervalMs));
  }
}

async function end(command: string, args: readonly string[], compose: Compose, world: World): Promise<Answer> {
  const { values } = options(args, { "--remove-orphans": "flag", "--timeout": "value" });
  const found = compose.own().filter(({ service }) => values.length === 0 || values.includes(service));
  if (command === "down") await remove(found, world.containers);
  if (command === "stop") await Promise.all(found.map((container) => container.stop()));
  if (command === "start") for (const container of found) container.start();
  return "";
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}
