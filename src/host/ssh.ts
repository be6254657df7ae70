import { rmSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { InputError, ProviderError } from "../failure.ts";
import {
  commandStarter,
  type Forwarding,
  type HostPorts,
  type HostResult,
  type HostSession,
  hostEnv,
  lostCommand,
  program,
  type RunOptions,
  said,
  shellLine,
} from "./session.ts";

export interface SshOptions {
  readonly label: string;
  /** `user@host:port`; the port is 22 when it is left away. */
  readonly destination: string;
  /** Lines of a known_hosts file: the only keys the host may show. */
  readonly knownHosts: string;
  /** The private key as text; the agent of this machine (SSH_AUTH_SOCK) when it is left away. */
  readonly key?: string | undefined;
}

const connectWithinSeconds = 10;
/** A connection that nobody uses ends by itself, should we be killed before we can end it. */
const idleSeconds = 120;
const forwardTries = 20;

interface Connection {
  /** Private folder with the control socket; the key lies in it only while the connection is made. */
  readonly directory: string;
  end(): void;
}

/** Connections that stand: whatever way this process ends, none of them and nothing of a key is left behind. */
const standing = new Set<() => void>();

function endsWithUs(end: () => void): void {
  if (standing.size === 0 && process.listeners("exit").every((listener) => listener !== endAll))
    process.on("exit", endAll);
  standing.add(end);
}

function endAll(): void {
  for (const end of [...standing]) end();
}

/**
 * One SSH connection by the system's OpenSSH client, shared by all commands and forwardings (ControlMaster). The host's
 * key must be one of `knownHosts`; no file of the machine's user or administrator is read.
 * https://man.openbsd.org/ssh_config
 */
export function sshSession(options: SshOptions, ports: HostPorts): HostSession {
  const { label } = options;
  const { user, host, port } = destinationOf(options);
  const env = {
    ...hostEnv(ports.env),
    ...(options.key === undefined && ports.env["SSH_AUTH_SOCK"] !== undefined
      ? { SSH_AUTH_SOCK: ports.env["SSH_AUTH_SOCK"] }
      : {}),
  };
  const starter = commandStarter(label, ports, env);
  const forwardings = new Map<string, Promise<Forwarding>>();
  let connection: Promise<Connection> | undefined;

  const settings = (directory: string): readonly string[] =>
    Object.entries({
      BatchMode: "yes",
      StrictHostKeyChecking: "yes",
      UserKnownHostsFile: path.join(directory, "known_hosts"),
      GlobalKnownHostsFile: "/dev/null",
      UpdateHostKeys: "no",
      PreferredAuthentications: "publickey",
      ...(options.key === undefined
        ? {}
        : { IdentityFile: path.join(directory, "key"), IdentityAgent: "none", IdentitiesOnly: "yes" }),
      ConnectTimeout: String(connectWithinSeconds),
      ServerAliveInterval: "5",
      ServerAliveCountMax: "3",
      ForwardAgent: "no",
      LogLevel: "ERROR",
      ControlPath: path.join(directory, "c"),
      ControlPersist: String(idleSeconds),
    }).flatMap(([name, value]) => ["-o", `${name}=${value}`]);

  const client = (directory: string, ...more: readonly string[]): readonly string[] => [
    "ssh",
    "-F",
    "none",
    ...settings(directory),
    "-p",
    String(port),
    "-l",
    user,
    ...more,
  ];
  /** Through the connection that stands; without it nothing new is opened, since that would need the key. */
  const through = (directory: string, ...more: readonly string[]) =>
    client(directory, "-o", "ControlMaster=no", "-o", "ProxyCommand=false", ...more);

  const exec = async (words: readonly string[], timeoutMs: number) => {
    try {
      return await ports.exec(...program(words), { env, timeoutMs });
    } catch (problem) {
      throw noClient(problem);
    }
  };

  /**
   * Makes the connection by the first command that goes over it: one way there and back less than a connection that is
   * made for its own sake. It stands for others as soon as that command runs.
   */
  async function begin(
    command: readonly string[],
    runOptions: RunOptions,
    stands: (connection: Connection) => void,
  ): Promise<HostResult> {
    // The system's own folder: the path of a socket must stay below a hundred characters.
    const directory = await mkdtemp(path.join(tmpdir(), "sluice-ssh-"));
    const key = path.join(directory, "key");
    let master: number | undefined;
    const end = (): void => {
      standing.delete(end);
      if (master !== undefined) endProcess(master);
      rmSync(directory, { recursive: true, force: true });
    };
    endsWithUs(end);
    let checked: Promise<void> | undefined;
    try {
      await writeFile(path.join(directory, "known_hosts"), endingInNewline(options.knownHosts), { mode: 0o600 });
      if (options.key !== undefined) await writeFile(key, endingInNewline(options.key), { mode: 0o600 });
      const check = async () => {
        const { stderr } = await exec([...through(directory, "-O", "check"), "--", host], 10_000);
        const [, pid] = /pid=(\d+)/.exec(stderr) ?? [];
        master = pid === undefined ? undefined : Number(pid);
      };
      // Whatever is started after the first, such as what ends it, goes over the connection that stands.
      const prefix = (words: readonly string[]) => [
        ...(checked === undefined ? client(directory, "-o", "ControlMaster=yes") : through(directory)),
        "--",
        host,
        shellLine(words),
      ];
      const { began, result, stderr } = await starter.start(prefix, command, runOptions, () => {
        rmSync(key, { force: true });
        // Asked while the command runs, and waited for: whoever has an answer can end the connection too.
        checked = check().catch(() => undefined);
        stands({ directory, end });
      });
      await checked;
      if (result !== undefined) return result;
      throw began ? lostCommand(label, stderr) : cannotConnect(options, stderr);
    } catch (problem) {
      // One that stood is made anew by whoever needs it next; others may still use it.
      if (checked === undefined) end();
      throw isMissing(problem) ? noClient(problem) : problem;
    } finally {
      rmSync(key, { force: true });
    }
  }

  /** To be called only while there is no connection: the next to ask for one gets this one. */
  function open(command: readonly string[], runOptions: RunOptions): Promise<HostResult> {
    const opening = Promise.withResolvers<Connection>();
    connection = opening.promise;
    opening.promise.catch(() => {
      if (connection === opening.promise) connection = undefined;
    });
    const opened = begin(command, runOptions, opening.resolve);
    opened.catch(opening.reject);
    return opened;
  }

  const connected = async (): Promise<Connection> => {
    if (connection === undefined) await open(["true"], {});
    return connection ?? connected();
  };

  /** A connection that ended while nobody used it is made anew, with its forwardings. */
  const reconnected = async (old: Connection): Promise<Connection> => {
    const current = await connected();
    if (current === old) {
      old.end();
      connection = undefined;
      forwardings.clear();
    }
    return connected();
  };

  async function forward(to: string, toPort: number): Promise<Forwarding> {
    const current = await connected();
    let last = "";
    for (let attempt = 0; attempt < forwardTries; attempt += 1) {
      const local = 20_000 + Math.floor(ports.random() * 12_000);
      const opened = await exec(
        [...through(current.directory, "-O", "forward", "-L", `127.0.0.1:${local}:${to}:${toPort}`), "--", host],
        10_000,
      );
      if (opened.code === 0) return { host: "127.0.0.1", port: local };
      last = opened.stderr;
      const alive = await exec([...through(current.directory, "-O", "check"), "--", host], 10_000);
      if (alive.code !== 0) await reconnected(current);
    }
    throw new ProviderError(
      "ssh",
      `No port of this machine could be forwarded to ${to}:${toPort} of host ${label}${said(last)}.`,
    );
  }

  return {
    label,

    async run(command, runOptions = {}) {
      if (connection === undefined) return open(command, runOptions);
      let current = await connected();
      for (let attempt = 1; ; attempt += 1) {
        const { directory } = current;
        const prefix = (words: readonly string[]) => [...through(directory), "--", host, shellLine(words)];
        const { began, result, stderr } = await starter.start(prefix, command, runOptions);
        if (result !== undefined) return result;
        if (began) throw lostCommand(label, stderr);
        if (attempt === 2) throw cannotConnect(options, stderr);
        current = await reconnected(current);
      }
    },

    async words(command) {
      const { directory } = await connected();
      return [...through(directory), "--", host, shellLine(command)];
    },

    forward(to, toPort) {
      const place = `${to}:${toPort}`;
      const opened = forwardings.get(place) ?? forward(to, toPort);
      forwardings.set(place, opened);
      opened.catch(() => forwardings.delete(place));
      return opened;
    },

    async close() {
      const open = connection;
      connection = undefined;
      forwardings.clear();
      (await open?.catch(() => undefined))?.end();
    },
  };
}

function destinationOf({ destination, label }: SshOptions): { user: string; host: string; port: number } {
  const [, user, host, port = "22"] = /^([^@\s-][^@\s]*)@([^@\s:-][^@\s:]*)(?::(\d{1,5}))?$/.exec(destination) ?? [];
  if (user === undefined || host === undefined || Number(port) > 65_535)
    throw new InputError(`Where host ${label} is has to be written as user@host or user@host:port.`);
  return { user, host, port: Number(port) };
}

/** The starter's own error hides why a program could not be started; this one has a mend. */
const isMissing = (problem: unknown): boolean =>
  problem instanceof ProviderError &&
  problem.cause instanceof Error &&
  "code" in problem.cause &&
  problem.cause.code === "ENOENT";

const noClient = (cause: unknown): ProviderError =>
  new ProviderError("ssh", "There is no `ssh` on this machine; install the OpenSSH client.", { cause });

function endProcess(pid: number): void {
  try {
    process.kill(pid, "SIGTERM");
  } catch {
    // It ended by itself.
  }
}

const endingInNewline = (text: string): string => `${text.replaceAll("\r\n", "\n").trimEnd()}\n`;

/**
 * OpenSSH says why it could not connect only in words (its exit code is 255 for all of them); they choose nothing but
 * the sentence a person reads.
 */
function cannotConnect({ label, destination }: SshOptions, stderr: string): InputError | ProviderError {
  const place = `Host ${label} (${destination})`;
  if (/HOST IDENTIFICATION HAS CHANGED/i.test(stderr))
    return new ProviderError(
      "ssh",
      `${place} shows another key than the one in \`known-hosts\`. If the host was set up anew, put its new key there; otherwise somebody stands between. Nothing was sent.`,
      { status: "host-key-changed" },
    );
  if (/Host key verification failed|host key is known|No matching host key|no .* host key/i.test(stderr))
    return new InputError(
      `${place} is not in \`known-hosts\`. Add its line (\`ssh-keyscan\` on a network you trust prints it) and compare the key with the host's own. Nothing was sent.`,
    );
  if (/error in libcrypto|invalid format|Load key/i.test(stderr))
    return new InputError(
      `The private key under \`ssh.key\` cannot be read; store the whole file, from its BEGIN to its END line.`,
    );
  if (/Permission denied|Too many authentication failures/i.test(stderr))
    return new ProviderError(
      "ssh",
      `${place} does not accept the key. Add its public half to the user's authorized_keys, or mend the secret under \`ssh.key\`.`,
      { status: "auth-refused" },
    );
  return new ProviderError(
    "ssh",
    `${place} cannot be reached${said(stderr)}. Is it up, and may this runner reach its SSH port?`,
    {
      status: "unreachable",
      retryable: true,
    },
  );
}
