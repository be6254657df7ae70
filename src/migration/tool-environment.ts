import { minimalEnv } from "../minimal-env.ts";
import { plainText } from "../plain-text.ts";
import type { ExecResult, Ports } from "../ports.ts";
import type { DatabaseAddress } from "./connection.ts";

/** The database for a tool of the user's: its URL, and the same in libpq's variables. Never in arguments. */
export function databaseVariables(address: DatabaseAddress): Readonly<Record<string, string>> {
  const sslMode = new URL(address.url).searchParams.get("sslmode");
  return {
    DATABASE_URL: address.url,
    // For tools that take an address only as an argument, which every user of the machine can read.
    DATABASE_ADDRESS: withoutPassword(address.url),
    PGHOST: address.host,
    PGPORT: String(address.port),
    PGUSER: address.user,
    PGPASSWORD: address.password,
    PGDATABASE: address.database,
    // The Node driver's own mode for "encrypted, certificate not checked" is libpq's `require`.
    ...(sslMode !== null && { PGSSLMODE: sslMode === "no-verify" ? "require" : sslMode }),
  };
}

function withoutPassword(url: string): string {
  const address = new URL(url);
  address.password = "";
  // Of the client's own key. Deleting writes the other parameters anew, with a plus sign for a space.
  if (address.searchParams.has("sslpassword")) {
    address.searchParams.delete("sslpassword");
    address.search = address.search.replaceAll("+", "%20");
  }
  return address.href;
}

/** A line of a child's, so that no terminal and no runner takes it for an order: `##[` counts anywhere in a line. */
const harmless = (line: string) => `  | ${plainText(line).replaceAll("\n", " ").replaceAll("##[", "## [")}`;

export interface ToolCommand {
  /** Shell text of the user's, such as `poetry run python`; `args` follow it as they are. */
  readonly command: string;
  readonly args: readonly string[];
  readonly directory: string;
  /** Besides the variables of the place. */
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  /** Takes a line for itself; other lines go to the log. */
  readonly take?: (line: string) => boolean;
}

/** Where the tools of a project run. */
export interface ToolPlace {
  /** The database as it is reached from there, which its tools find in their variables. */
  readonly address: DatabaseAddress;
  /** Runs a command of the user's, which ends with the job. */
  run(tool: ToolCommand): Promise<ExecResult>;
}

/** This machine: as GitHub runs a bash step, in a process group of its own. */
export const onThisMachine = (address: DatabaseAddress, ports: Ports): ToolPlace => ({
  address,
  run: ({ command, args, directory, env, timeoutMs, take }) =>
    ports.exec("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", `${command} "$@"`, "bash", ...args], {
      cwd: directory,
      env: { ...minimalEnv(ports.env), ...databaseVariables(address), ...env },
      signal: ports.cancelled,
      ...(timeoutMs !== undefined && { timeoutMs }),
      onLine: shownLines(take, ports),
    }),
});

/** What a tool prints is shown, and never obeyed. */
export const shownLines =
  (take: ToolCommand["take"], ports: Pick<Ports, "log">) =>
  (line: string): void => {
    if (take?.(line) !== true) ports.log.info(harmless(line));
  };

/** What to show of a run that failed: its last words. */
export function lastWords({ stderr, stdout, code, signal }: ExecResult, take: (line: string) => boolean): string {
  const lines = `${stdout}\n${stderr}`.split("\n").filter((line) => line.trim() !== "" && !take(line));
  const how = code === null ? `was ended by ${signal}` : `ended with ${code}`;
  const last = plainText(lines.at(-1)?.trim().slice(0, 400) ?? "");
  return last === "" ? `${how} and printed nothing.` : `${how}. Its last line is "${last}".`;
}
