/** What a finished child process left behind. `code` is null when a signal ended it. */
export interface ExecResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ExecOptions {
  readonly cwd?: string;
  /** The whole environment of the child: nothing is inherited, so nothing leaks. */
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string | Uint8Array;
  /** Keeps the input open until the child ends: one that reads it to its end knows that we are gone. */
  readonly holdInput?: boolean;
  /** Milliseconds after which the child's process group is ended. */
  readonly timeoutMs?: number;
  /** When it aborts, the child's process group is ended. */
  readonly signal?: AbortSignal;
  /** Receives output lines as they come; the result still carries (at most the last 1 MiB of) both streams. */
  readonly onLine?: (line: string) => void;
}

export interface Clock {
  /** Wall time, milliseconds since the epoch: for the record and for people. */
  now(): number;
  /** Monotonic milliseconds: for durations and deadlines. */
  monotonic(): number;
  /** Resolves after `ms`; rejects with the signal's reason when `signal` aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Where an annotation stands; line and column begin at 1. */
interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** One line each; a multi-line text is printed so that no line of it can become a workflow command. */
export interface Log {
  info(message: string): void;
  notice(message: string, place?: Place): void;
  warn(message: string): void;
  error(message: string, place?: Place): void;
}

/** Every effect a program of ours may have, besides its adapters' own connections. */
export interface Ports {
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly fetch: typeof globalThis.fetch;
  /** Runs without a shell, in a process group of its own that ends with us. */
  readonly exec: (file: string, args: readonly string[], options?: ExecOptions) => Promise<ExecResult>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
  /** Aborts when the job is cancelled (SIGINT, SIGTERM): start nothing new, journal, leave. */
  readonly cancelled: AbortSignal;
  /** Registers a value, and the forms in which it may be printed, to be masked in the log. */
  readonly mask: (secret: string) => void;
}
