import type { Client } from "pg";
import { InputError, ProviderError } from "../failure.ts";
import type { Ports } from "../ports.ts";

/** Where a PostgreSQL database is and who logs in. */
export interface DatabaseAddress {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  /** How messages name it: `host:port/database`, never with the login. */
  readonly name: string;
}

const connectWithinMs = 15_000;
/** Supavisor's transaction mode: https://supabase.com/docs/guides/database/connecting-to-postgres */
const transactionPoolerPort = 6543;

/**
 * Reads a database URL. `purpose` completes "... needs a session", as in "Applying migrations".
 *
 * Throws `InputError` when it is not a PostgreSQL URL, or leads to a transaction pooler: there every transaction may
 * run in another session, so session locks, settings and exported snapshots do not hold.
 */
export function parseDatabaseUrl(url: string, purpose: string): DatabaseAddress {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !["postgres:", "postgresql:"].includes(parsed.protocol) || parsed.hostname === "") {
    const found = parsed === undefined ? "is not a URL" : `starts with ${parsed.protocol}//`;
    throw new InputError(
      `The database URL ${found}; expected postgresql://user:password@host:5432/database. Check the DATABASE_URL secret.`,
    );
  }
  const port = parsed.port === "" ? 5432 : Number(parsed.port);
  // As the driver decodes it, so that both mean the same database.
  const database = decoded(parsed, () => decodeURI(parsed.pathname.slice(1)));
  const host = parsed.hostname.replace(/^\[(.*)\]$/, "$1");
  if (database === "" || parsed.username === "") {
    throw new InputError(
      `The database URL for ${parsed.host} names no ${database === "" ? "database" : "user"}; ` +
        "expected postgresql://user:password@host:5432/database.",
    );
  }
  if (port === transactionPoolerPort || parsed.searchParams.get("pgbouncer") === "true") {
    throw new InputError(
      `${purpose} needs a session of its own, but ${parsed.host} is a transaction pooler. ` +
        "Use the direct connection or the session pooler (usually port 5432).",
    );
  }
  for (const name of ["password", "user"])
    if (parsed.searchParams.has(name)) {
      throw new InputError(
        `The database URL for ${parsed.host} says its ${name} behind the question mark, where it is not kept out of logs and ` +
          `lists of processes as the one in front of the host is. Write postgresql://user:password@host:5432/database.`,
      );
    }
  return {
    url,
    host,
    port,
    database,
    user: decoded(parsed, () => decodeURIComponent(parsed.username)),
    password: decoded(parsed, () => decodeURIComponent(parsed.password)),
    name: `${parsed.hostname}:${port}/${database}`,
  };
}

function decoded(url: URL, decode: () => string): string {
  try {
    return decode();
  } catch {
    throw new InputError(
      `The database URL for ${url.host} has a "%" that begins no encoded character; write "%25" for a percent sign.`,
    );
  }
}

export interface SessionOptions {
  /** Sends a query although the one before it was not answered yet; the server has them one after the other all the same. */
  readonly pipeline?: boolean;
}

/**
 * Opens a session.
 *
 * A connection lost later is reported by the query that meets it. Throws `ProviderError`, retryable when the server
 * was not reached or is starting.
 */
export async function connect(
  address: DatabaseAddress,
  applicationName: string,
  ports: Ports,
  { pipeline = false }: SessionOptions = {},
): Promise<Client> {
  if (address.password !== "") ports.mask(address.password);
  // Loaded on use: only steps that touch a database pay for the driver.
  const { default: pg } = await import("pg");
  const client = new pg.Client({
    connectionString: address.url,
    application_name: applicationName,
    connectionTimeoutMillis: connectWithinMs,
    keepAlive: true,
    pipeline,
  });
  client.on("error", () => {});
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(() => {});
    throw connectionFailure(address, error);
  }
}

/**
 * Asks the server to look every second, also in mid statement, whether we are still there. Gives the statement that did
 * it; undefined on platforms that cannot and refuse it, where a lost client is noticed at the end of its statement.
 */
export async function noticeWhenGone(client: Client): Promise<string | undefined> {
  const statement = "set client_connection_check_interval to '1s'";
  try {
    await client.query(statement);
    return statement;
  } catch {
    return undefined;
  }
}

/** Runs `use` with a session that is closed afterwards. */
export async function withConnection<T>(
  address: DatabaseAddress,
  applicationName: string,
  ports: Ports,
  use: (client: Client) => Promise<T>,
  options?: SessionOptions,
): Promise<T> {
  const client = await connect(address, applicationName, ports, options);
  try {
    return await use(client);
  } finally {
    await client.end().catch(() => {});
  }
}

/** Supabase's direct addresses have no IPv4 unless it is bought: https://supabase.com/docs/guides/database/connecting-to-postgres */
const supabaseDirect = /^db\.[a-z0-9]+\.supabase\.co$/;
const unreachable = new Set(["ENETUNREACH", "EHOSTUNREACH", "ENOTFOUND", "EAI_AGAIN", "ETIMEDOUT"]);

/** What a connection that failed means for whoever wrote the URL. */
export function connectionFailure(address: DatabaseAddress, error: unknown): ProviderError {
  const { code, message } = describeError(error);
  // Class 28 is a refused login, 3D000 a database that does not exist; 57P03 is a server still starting.
  const refused = /^(28|3D)/.test(code ?? "");
  const mend = refused
    ? "Check user, password and database name in the database URL."
    : supabaseDirect.test(address.host) && unreachable.has(code ?? "")
      ? "This is Supabase's direct address, which has IPv6 only, and GitHub's runners have no IPv6: use the address of the session pooler (port 5432)."
      : "Check host and port in the database URL, and that this machine may reach the server.";
  return new ProviderError("postgres", `No connection to ${address.name}: ${message}. ${mend}`, {
    ...(code !== undefined && { status: code }),
    retryable: !refused,
    cause: error,
  });
}

/** SQLSTATE or system code, message, and whatever else the server said about an error. */
export interface ServerError {
  readonly code: string | undefined;
  readonly message: string;
  readonly detail: string | undefined;
  readonly hint: string | undefined;
  /** One-based offset in characters into the query that was sent. */
  readonly position: number | undefined;
}

export function describeError(error: unknown): ServerError {
  // Several addresses tried in vain come as one AggregateError without a message of its own.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  const fields = first !== null && typeof first === "object" ? first : {};
  const field = (name: string): string | undefined => {
    const value: unknown = Reflect.get(fields, name);
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const position = field("position");
  return {
    code: field("code"),
    message: field("message") ?? String(error),
    detail: field("detail"),
    hint: field("hint"),
    position: position === undefined ? undefined : Number(position),
  };
}
