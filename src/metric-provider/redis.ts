import { InputError, ProviderError } from "../failure.ts";
import type { Measurement, MetricProvider, NoData } from "../metric-provider.ts";
import { plainText } from "../plain-text.ts";
import type { Ports } from "../ports.ts";
import { exchange, type Peer } from "./exchange.ts";
import { isNoData, noData } from "./no-data.ts";
import { runningTotals } from "./running-totals.ts";

export interface RedisConfig {
  /** `redis://user:password@host:6379`, or `rediss://` for TLS. */
  readonly url: string;
  /** Set where it is reached through the target's session, at an address that every process has another one of. */
  readonly via?: "target" | undefined;
  /** Cache misses among lookups, bytes in use, or connected clients. */
  readonly measure: "misses" | "memory" | "clients";
}

interface Server {
  readonly peer: Peer;
  readonly login: readonly string[];
  /** For messages: never with the login. */
  readonly name: string;
}

type Info = ReadonlyMap<string, string>;

const FIELD = { memory: "used_memory", clients: "connected_clients" } as const;
/** Passing states of a server: https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors */
const PASSING = /^(LOADING|BUSY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN)\b/;

/**
 * What a Redis server counts (https://redis.io/docs/latest/commands/info/). The server is shared by all versions: its
 * numbers speak for the service, whichever version asks.
 */
export function redisProvider(
  { url, via, measure }: RedisConfig,
  ports: Pick<Ports, "clock" | "cancelled">,
  saved?: unknown,
): MetricProvider {
  const server = serverAt(url);
  const totals = runningTotals(via ?? server.name, saved);
  const source = `Redis at ${server.name}, shared by all versions`;
  return {
    kind: "redis",
    totals: totals.save,
    async measure(_window, { version }): Promise<Measurement> {
      const at = ports.clock.now();
      const info = await readInfo(server, ports.cancelled);
      if (isNoData(info)) return info;
      const stamp = { observedAt: at, version, source };
      if (measure !== "misses") {
        const value = numberOf(info, FIELD[measure]);
        return value === undefined
          ? noData("no-series", `${source} says no \`${FIELD[measure]}\`.`)
          : { kind: "value", value, window: { from: at, to: at }, ...stamp };
      }
      const [hits, misses] = [numberOf(info, "keyspace_hits"), numberOf(info, "keyspace_misses")];
      if (hits === undefined || misses === undefined)
        return noData("no-series", `${source} says no \`keyspace_hits\` and \`keyspace_misses\`.`);
      const run = info.get("run_id") ?? "";
      const increase = totals.add(version, { at, totals: { [`hits ${run}`]: hits, [`misses ${run}`]: misses } });
      if (increase.from === undefined)
        return increase.reason === "first-look"
          ? noData("first-look", `${source} was read for the first time; the next look compares.`)
          : noData("counter-reset", `${source} counts from anew: it restarted, or its statistics were reset.`);
      const [newHits = 0, newMisses = 0] = Object.values(increase.totals);
      return {
        kind: "counts",
        bad: newMisses,
        total: newHits + newMisses,
        window: { from: increase.from, to: at },
        ...stamp,
      };
    },
  };
}

function serverAt(address: string): Server {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !/^rediss?:$/.test(url.protocol) || url.hostname === "")
    throw new InputError("The address of Redis (not shown) must look like redis://user:password@host:6379.");
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const port = url.port === "" ? 6379 : Number(url.port);
  const [user, password] = [url.username, url.password].map(decoded);
  const login = password ? [...(user ? [user] : []), password] : [];
  return { peer: { at: { host, port, tls: url.protocol === "rediss:" } }, login, name: `${url.hostname}:${port}` };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new InputError(
      "The user or password in the address of Redis (not shown) holds a `%` that encodes nothing; write it as `%25`.",
    );
  }
}

/** One command in the protocol's own form, so that no value can become another command. */
const command = (...words: readonly string[]): string =>
  `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("")}`;

async function readInfo({ peer, login, name }: Server, cancelled: AbortSignal): Promise<Info | NoData> {
  const commands = [...(login.length > 0 ? [command("AUTH", ...login)] : []), command("INFO")];
  const count = commands.length;
  try {
    const answer = await exchange(
      peer,
      commands.join(""),
      (bytes) => {
        const replies = repliesIn(bytes);
        return replies.length === count || replies.some((reply) => "error" in reply);
      },
      cancelled,
    );
    return infoIn(repliesIn(answer), count, name);
  } catch (error) {
    if (error instanceof ProviderError) throw error;
    return noData(
      "unreachable",
      `Redis at ${name} did not answer: ${error instanceof Error ? error.message : "unknown"}.`,
    );
  }
}

type Reply = { readonly text: string } | { readonly error: string };

/** The whole replies at the beginning of the bytes; anything but a simple string, an error or a bulk string is an error. */
function repliesIn(bytes: Buffer): readonly Reply[] {
  const replies: Reply[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf("\r\n", at);
    if (end === -1) break;
    const kind = String.fromCharCode(bytes[at] ?? 0);
    const line = bytes.toString("utf8", at + 1, end);
    at = end + 2;
    if (kind === "+") replies.push({ text: line });
    else if (kind === "$" && /^\d{1,7}$/.test(line)) {
      const length = Number(line);
      if (bytes.length < at + length + 2) break;
      replies.push({ text: bytes.toString("utf8", at, at + length) });
      at += length + 2;
    } else {
      return [...replies, { error: kind === "-" ? line : "it does not speak Redis' protocol" }];
    }
  }
  return replies;
}

function infoIn(replies: readonly Reply[], count: number, name: string): Info | NoData {
  for (const reply of replies) {
    if (!("error" in reply)) continue;
    const said = `Redis at ${name} answered: ${plainText(reply.error).slice(0, 100).replace(/\.$/, "")}.`;
    if (PASSING.test(reply.error)) return noData("unreachable", said);
    if (/^(NOAUTH|WRONGPASS|NOPERM|ERR)\b/.test(reply.error))
      throw new ProviderError("redis", `${said} Check the user and password in its address.`, {
        status: reply.error.split(" ", 1)[0] ?? "ERR",
      });
    return noData("unparsable", said);
  }
  const last = replies[count - 1];
  if (last === undefined || !("text" in last))
    return noData("unreachable", `Redis at ${name} ended before it answered.`);
  return new Map(
    last.text.split("\r\n").flatMap((line) => {
      const colon = line.indexOf(":");
      return colon > 0 && !line.startsWith("#") ? [[line.slice(0, colon), line.slice(colon + 1)]] : [];
    }),
  );
}

const numberOf = (info: Info, field: string): number | undefined => {
  const text = info.get(field) ?? "";
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
};
