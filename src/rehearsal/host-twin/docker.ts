import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { messageOf } from "../../failure.ts";
import { runCompose } from "./compose-commands.ts";
import type { Container } from "./containers.ts";
import { runDocker } from "./docker-commands.ts";
import { type Images, imageStore } from "./images.ts";
import { attached } from "./one-off.ts";
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

/** What the `docker` command was given. */
export interface Asked {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: Buffer;
}
export type Answer = string | Buffer | readonly object[];

/** What a host has, as every command sees it. */
export interface World {
  readonly images: Images;
  readonly containers: Container[];
  readonly faults: DockerFaults;
  readonly searchPath: string;
}

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
      const said =
        asked.args[0] === "compose" ? await runCompose(asked, world, connection) : await runDocker(asked, world);
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
