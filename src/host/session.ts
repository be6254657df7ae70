import { messageOf, ProviderError } from "../failure.ts";
import { minimalEnv } from "../minimal-env.ts";
import type { Ports } from "../ports.ts";
import { shellWord } from "../shell-word.ts";

/** What a finished command on a host left behind. */
export interface HostResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Milliseconds after which the command is ended, on the host too. Default 30 s. */
  readonly withinMs?: number;
  /** Reaches the command's standard input and nothing else: the place for secrets. */
  readonly stdin?: string | Uint8Array;
  /** Keeps the command's input open until it ends, so that it can notice that we, or the connection, are gone. */
  readonly holdInput?: boolean;
  /** Receives its output lines as they come, both streams; the result still carries them. */
  readonly onLine?: (line: string) => void;
  /** Whether a cancelled job ends the command; what gives traffic back runs to its end. Default false. */
  readonly endOnCancel?: boolean;
}

export interface Forwarding {
  /** Where a port of the host's network answers on this machine. */
  readonly host: string;
  readonly port: number;
}

/** A machine that commands run on: this one, or another one over a single SSH connection. */
export interface HostSession {
  /** The runbook's name for the machine, as people know it. */
  readonly label: string;
  /**
   * Runs a program with arguments; no shell reads any of them. Any exit code is an answer.
   * @throws ProviderError when the host cannot be reached, or the connection is lost while the command runs.
   */
  run(command: readonly string[], options?: RunOptions): Promise<HostResult>;
  /** The words that run a command on the host when they are started on this machine: for pipes between machines. */
  words(command: readonly string[]): Promise<readonly string[]>;
  /** Brings an address of the host's network here, as `host:port` on this machine. Opened once, kept until `close`. */
  forward(host: string, port: number): Promise<Forwarding>;
  close(): Promise<void>;
}

export type HostPorts = Pick<Ports, "exec" | "env" | "clock" | "random" | "cancelled">;

/** Words as one line that a POSIX shell reads as exactly these words. */
export const shellLine = (words: readonly string[]): string => words.map(shellWord).join(" ");

/**
 * Runs around every command. It says on standard error which process group to end, and how the command ended: without
 * that last line nobody knows what became of it, since a lost connection looks like an exit code of the command's.
 */
const watched = `
exec 3<&0
mark=$1 seconds=$2; shift 2
timeout -k 5 "$seconds" "$@" <&3 3<&- &
group=$!
echo "@$mark began $group" >&2
wait "$group"; code=$?
echo "@$mark ended $code" >&2
exit "$code"
`;

/** More than this at once, and OpenSSH's MaxSessions (10 by default) refuses the next. */
const mostAtOnce = 6;
/** What the way there and back may add to the command's own time. */
const marginMs = 15_000;

export interface Started {
  /** Undefined when the command never began: it may be started again without doing anything twice. */
  readonly began: boolean;
  /** Undefined when the command began and nobody knows how it ended. */
  readonly result: HostResult | undefined;
  readonly stderr: string;
}

export interface Starter {
  /**
   * Starts a command watched; `prefix` are the words in front of it, such as those of the SSH client. `onBegan` is called
   * once it runs on the host.
   */
  start(
    prefix: (line: readonly string[]) => readonly string[],
    command: readonly string[],
    options: RunOptions,
    onBegan?: () => void,
  ): Promise<Started>;
}

/** Starts commands with a deadline that holds on the host itself, and ends them there when the job is cancelled. */
export function commandStarter(
  label: string,
  ports: HostPorts,
  env: Readonly<Record<string, string>>,
  cwd?: string,
): Starter {
  const waiting: (() => void)[] = [];
  let running = 0;

  const turn = async (): Promise<void> => {
    if (running >= mostAtOnce) await new Promise<void>((resolve) => waiting.push(resolve));
    running += 1;
  };
  const done = (): void => {
    running -= 1;
    waiting.shift()?.();
  };

  return {
    async start(
      prefix,
      command,
      { withinMs = 30_000, stdin = "", endOnCancel = false, holdInput = false, onLine },
      onBegan,
    ) {
      if (endOnCancel) ports.cancelled.throwIfAborted();
      await turn();
      const mark = Math.floor(ports.random() * 2 ** 48).toString(36);
      let group: string | undefined;
      const endGroup = () => {
        if (group === undefined) return;
        // A group that has ended by then is what was wanted.
        ports
          .exec(...program(prefix(["kill", "-TERM", "--", `-${group}`])), { env, timeoutMs: marginMs })
          .catch(() => undefined);
      };
      if (endOnCancel) ports.cancelled.addEventListener("abort", endGroup, { once: true });
      try {
        const words = ["sh", "-c", watched, "sluice", mark, String(Math.ceil(withinMs / 1000)), ...command];
        const { stdout, stderr } = await ports.exec(...program(prefix(words)), {
          env,
          ...(cwd !== undefined && { cwd }),
          stdin,
          ...(holdInput && { holdInput }),
          timeoutMs: withinMs + marginMs,
          onLine: (line) => {
            if (!line.startsWith(`@${mark} `)) onLine?.(line);
            if (!line.startsWith(`@${mark} began `)) return;
            group = line.slice(`@${mark} began `.length).trim();
            onBegan?.();
            if (endOnCancel && ports.cancelled.aborted) endGroup();
          },
        });
        const lines = stderr.split("\n");
        const told = lines.findLast((line) => line.startsWith(`@${mark} ended `));
        const own = lines.filter((line) => !line.startsWith(`@${mark} `)).join("\n");
        const code = told === undefined ? undefined : Number(told.slice(`@${mark} ended `.length));
        return {
          began: group !== undefined,
          result: code === undefined ? undefined : { code, stdout, stderr: own },
          stderr: own,
        };
      } catch (problem) {
        throw new ProviderError(
          "host",
          `The command for host ${label} cannot be started on this machine: ${messageOf(problem)}.`,
          {
            cause: problem,
          },
        );
      } finally {
        ports.cancelled.removeEventListener("abort", endGroup);
        done();
      }
    },
  };
}

export const program = (words: readonly string[]): [string, readonly string[]] => {
  const [file = "", ...args] = words;
  return [file, args];
};

/** Nobody knows what became of a command: what it writes has to be read back before anything is done again. */
export const lostCommand = (label: string, stderr: string): ProviderError =>
  new ProviderError(
    "host",
    `The connection to host ${label} was lost while a command ran there${said(stderr)}; what it did is unknown.`,
    { status: "connection-lost" },
  );

/** The last line of what a program said, as the end of a sentence. */
export function said(stderr: string): string {
  const last = stderr.trim().split("\n").at(-1)?.trim() ?? "";
  return last === "" ? "" : ` (${last.slice(0, 300)})`;
}

/** What a program of the system needs to run, and messages in one language. */
export const hostEnv = (env: Ports["env"]): Record<string, string> => ({ ...minimalEnv(env), LC_ALL: "C" });
