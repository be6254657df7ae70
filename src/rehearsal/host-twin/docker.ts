import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../../failure.ts";
import { readComposeFile, type Service } from "./compose-file.ts";
import { type Container, remove, startContainer } from "./containers.ts";
import { inspected, statistics } from "./described.ts";
import { type Images, imageStore } from "./images.ts";
import { attached, runOnce } from "./one-off.ts";
import { options } from "./options.ts";
import { Refused } from "./refused.ts";

export interface DockerOptions {
  readonly directory: string;
  /** Node that the `docker` command and, through PATH, the images' programs run on. */
  readonly node: string;
  /** Folder that stands for a registry; hosts that share it can push and pull. */
  readonly registry?: string | undefined;
}

/** What a test breaks on purpose. */
export interface DockerFaults {
  /** `up` says that all is well and leaves the container as it was: how a host gets stale. */
  upDoesNothing: boolean;
  /** `load` and `push` say that all is well and leave everything as it was. */
  loadDoesNothing: boolean;
  pushDoesNothing: boolean;
  /** `ps` fails, or the answer of `inspect` stops in the middle. */
  sick: "ps" | "inspect" | undefined;
}

export interface DockerStandIn {
  /** Folder with the `docker` command, to be put in front of PATH. */
  readonly bin: string;
  readonly faults: DockerFaults;
  readonly containers: () => readonly Container[];
  /** When it worked on a command, in milliseconds since the epoch: time that a benchmark counts as the twin's own. */
  readonly worked: () => readonly { readonly from: number; readonly to: number }[];
  close(): Promise<void>;
}

interface Asked {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: Buffer;
}
type Answer = string | Buffer | readonly object[];

/**
 * Stands for Docker on a host: services are processes, images are folders. It answers the commands that Sluice uses
 * with the documented JSON and exit codes and refuses all others; docs/targets.md tells what only a real engine proves.
 */
export async function startDocker({ directory, node, registry }: DockerOptions): Promise<DockerStandIn> {
  mkdirSync(path.join(directory, "bin"), { recursive: true });
  const images = imageStore(path.join(directory, "images"), registry);
  const containers: Container[] = [];
  const faults: DockerFaults = {
    upDoesNothing: false,
    loadDoesNothing: false,
    pushDoesNothing: false,
    sick: undefined,
  };
  const socket = path.join(directory, "docker.sock");
  const searchPath = [path.dirname(node), process.env["PATH"] ?? ""].join(path.delimiter);
  const world: World = { images, containers, faults, searchPath };

  const worked: { from: number; to: number }[] = [];
  const server = createServer({ allowHalfOpen: true }, async (connection) => {
    const from = Date.now();
    connection.once("close", () => worked.push({ from, to: Date.now() }));
    const parts: Buffer[] = [];
    connection.on("error", () => undefined);
    for await (const part of connection) parts.push(Buffer.from(part));
    try {
      const asked = askedIn(Buffer.concat(parts).toString("latin1"));
      const said = asked.args[0] === "compose" ? await compose(asked, world, connection) : await run(asked, world);
      if (said === attached) return;
      const out =
        typeof said === "string" || Buffer.isBuffer(said)
          ? said
          : said.map((line) => `${JSON.stringify(line)}\n`).join("");
      connection.end(Buffer.concat([Buffer.from("0\n"), Buffer.from(out)]));
    } catch (problem) {
      const code = problem instanceof Refused ? problem.code : 125;
      connection.end(`${code}\n${messageOf(problem)}\n`);
    }
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));

  const command = path.join(directory, "bin", "docker");
  writeFileSync(command, `#!/usr/bin/perl\nuse strict;\nmy $path = '${socket}';\n${client}`);
  chmodSync(command, 0o755);
  return {
    bin: path.dirname(command),
    faults,
    containers: () => containers,
    worked: () => worked,
    async close() {
      await Promise.all(containers.splice(0).map((container) => container.stop()));
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/**
 * The `docker` command: hands its words, folder, variables and input to the stand-in as lines of hexadecimal, and gives
 * the answer back. Perl starts ten times faster than Node, and Debian always has it. Only `load` reads its input: the
 * others would wait for whoever holds it open. A container it is attached to is told of as it prints; a signal is the
 * container's then, and one whose first program has no handler ignores it.
 */
const client = `
use IO::Socket::UNIX;
use Cwd;
my $daemon = IO::Socket::UNIX->new(Peer => $path) or die "Cannot connect to the Docker daemon at unix://$path.\\n";
binmode $_ for ($daemon, *STDIN, *STDOUT, *STDERR);
print $daemon 'A', unpack('H*', $_), "\\n" for @ARGV;
print $daemon 'C', unpack('H*', getcwd()), "\\n";
print $daemon 'E', unpack('H*', "$_=$ENV{$_}"), "\\n" for keys %ENV;
if (($ARGV[0] // '') eq 'load') { while (read(STDIN, my $part, 65536)) { print $daemon 'I', unpack('H*', $part), "\\n" } }
shutdown($daemon, 1);
my $code = <$daemon>;
if ($code eq "attached\\n") {
  $SIG{$_} = 'IGNORE' for qw(TERM INT HUP);
  $| = 1 for (select(STDERR), select(STDOUT));
  while (<$daemon>) {
    my ($kind, $hex) = /^(.)(.*)$/;
    exit $hex if $kind eq 'X';
    syswrite($kind eq 'O' ? *STDOUT : *STDERR, pack('H*', $hex));
  }
  exit 1;
}
my $out = $code == 0 ? *STDOUT : *STDERR;
print $out $_ while <$daemon>;
exit $code;
`;

function askedIn(text: string): Asked {
  const of = (kind: string) =>
    text
      .split("\n")
      .filter((line) => line.startsWith(kind))
      .map((line) => Buffer.from(line.slice(1), "hex"));
  const env = of("E").map((pair) => {
    const [name = "", ...value] = pair.toString().split("=");
    return [name, value.join("=")];
  });
  return {
    args: of("A").map(String),
    cwd: String(of("C")[0] ?? "/"),
    env: Object.fromEntries(env),
    stdin: Buffer.concat(of("I")),
  };
}

interface World {
  readonly images: Images;
  readonly containers: Container[];
  readonly faults: DockerFaults;
  readonly searchPath: string;
}

async function run({ args, stdin }: Asked, world: World): Promise<Answer> {
  const { images } = world;
  const [first, second, ...rest] = args;
  if (first === "image" && second === "inspect") {
    const { values } = options(rest, { "--format": "value" });
    const found = images.find(values[0] ?? "");
    if (found === undefined) throw new Refused(1, `Error response from daemon: No such image: ${values[0]}`);
    const Healthcheck = found.healthcheck === undefined ? undefined : { Test: ["CMD", ...found.healthcheck] };
    return [{ Id: found.id, RepoDigests: images.digestsOf(found), Config: { Cmd: found.command, Healthcheck } }];
  }
  if (first === "image" && second === "rm") {
    const used = world.containers.some(({ reference, image }) => reference === rest[0] || image.id === rest[0]);
    if (used)
      throw new Refused(
        1,
        `Error response from daemon: conflict: unable to remove repository reference "${rest[0]}" (must force)`,
      );
    images.remove(rest[0] ?? "");
    return `Untagged: ${rest[0]}\n`;
  }
  if (first === world.faults.sick && first === "ps")
    throw new Refused(1, "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is it running?");
  if (first === "ps") {
    const filters = args.flatMap((word, i) => (word === "--filter" ? [args[i + 1] ?? ""] : []));
    const { flags } = options(args.slice(1), {
      "--all": "flag",
      "--quiet": "flag",
      "--no-trunc": "flag",
      "--filter": "value",
      "--format": "value",
    });
    const format = flags["--format"] ?? "{{.ID}}";
    if (!/^\{\{\.ID\}\}(?: \{\{\.Label "com\.docker\.compose\.project"\}\})?$/.test(format))
      throw new Refused(64, `the stand-in does not know the template ${format}`);
    return world.containers
      .filter(({ project, service }) =>
        filters.every((filter) =>
          [`label=com.docker.compose.project=${project}`, `label=com.docker.compose.service=${service}`].includes(
            filter,
          ),
        ),
      )
      .map(({ id, project }) => `${format.includes("Label") ? `${id} ${project}` : id}\n`)
      .join("");
  }
  if (first === "inspect") {
    const { values } = options(args.slice(1), { "--type": "value", "--format": "value" });
    const found = values.map((value) => world.containers.find(({ id, name }) => id === value || name === value));
    const missing = values.find((_value, i) => found[i] === undefined);
    if (missing !== undefined) throw new Refused(1, `Error response from daemon: No such container: ${missing}`);
    const told = await Promise.all(found.flatMap((container) => (container === undefined ? [] : inspected(container))));
    return world.faults.sick === "inspect" ? JSON.stringify(told[0]).slice(0, 40) : told;
  }
  if (first === "rm") {
    const { flags, values } = options(args.slice(1), { "--force": "flag" });
    const found = world.containers.find(({ id, name }) => id === values[0] || name === values[0]);
    if (found === undefined) throw new Refused(1, `Error response from daemon: No such container: ${values[0]}`);
    if (found.state() === "running" && !("--force" in flags))
      throw new Refused(
        1,
        `Error response from daemon: cannot remove container "/${found.name}": container is running`,
      );
    await remove([found], world.containers, "kill");
    return `${values[0]}\n`;
  }
  if (first === "stats") return stats(args.slice(1), world);
  if (first === "logs") {
    const { values, flags } = options(args.slice(1), { "--since": "value", "--until": "value" });
    const found = world.containers.find(({ id, name }) => id === values[0] || name === values[0]);
    if (found === undefined) throw new Refused(1, `Error response from daemon: No such container: ${values[0]}`);
    const until = flags["--until"] === undefined ? Number.POSITIVE_INFINITY : Date.parse(flags["--until"]);
    return found
      .logs(Date.parse(flags["--since"] ?? "1970-01-01"), until)
      .map((line) => `${line}\n`)
      .join("");
  }
  if (first === "save") return images.save(second ?? "");
  if (first === "load") return world.faults.loadDoesNothing ? "" : `Loaded image: ${images.load(stdin)}\n`;
  if (first === "push") return world.faults.pushDoesNothing ? "" : `${images.push(second ?? "")}\n`;
  if (first === "pull") return `${images.pull(options(args.slice(1), { "--quiet": "flag" }).values[0] ?? "").id}\n`;
  throw new Refused(1, `docker: '${first}' is not a docker command the stand-in knows.`);
}

async function stats(args: readonly string[], world: World): Promise<Answer> {
  const { values } = options(args, { "--no-stream": "flag", "--no-trunc": "flag", "--format": "value" });
  const found = world.containers.find(({ id, name }) => id === values[0] || name === values[0]);
  if (found === undefined) throw new Refused(1, `Error response from daemon: No such container: ${values[0]}`);
  return [await statistics(found)];
}

interface Compose {
  readonly project: string;
  readonly services: () => readonly Service[];
  readonly own: () => readonly Container[];
}

async function compose({ args, cwd, env }: Asked, world: World, connection: Socket): Promise<Answer | typeof attached> {
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
