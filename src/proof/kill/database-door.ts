import { connect, createServer, type Socket } from "node:net";
import { listenOnLoopback } from "../../rehearsal/loopback.ts";
import type { Door } from "./http-door.ts";
import type { Turnstile } from "./turnstile.ts";

const sslRequest = 80877103;
const gssRequest = 80877104;

/** What changes nothing that outlives the session; everything else is taken for a change. */
const readings = new Set(
  (
    "select show set reset begin start rollback fetch close declare explain values listen unlisten discard savepoint " +
    "deallocate lock prepare execute"
  ).split(" "),
);

/** First two words of the first statement that may change the database; undefined when all only read or set the session. */
export function changeIn(sql: string): string | undefined {
  return sql
    .split(";")
    .map((statement) => statement.replace(/^(?:\s|--[^\n]*\n|\/\*[\s\S]*?\*\/)+/, ""))
    .map((bare) => ({ bare, words: /^(\w+)\s*(\w*)/.exec(bare.toLowerCase()) ?? [] }))
    .filter(({ bare, words: [, first = ""] }) => first !== "" && !readings.has(first) && !isReading(first, bare))
    .map(({ words: [, first = "", second = ""] }) => `${first} ${second}`.trim())
    .at(0);
}

const isReading = (first: string, statement: string) =>
  first === "with"
    ? !/\b(?:insert|update|delete|merge)\b/i.test(statement)
    : first === "copy" && /\bto\s+stdout\b/i.test(statement);

/** A door in front of PostgreSQL: each statement that may change the database goes through the turnstile. */
export async function openDatabaseDoor(options: {
  readonly port: number;
  readonly turnstile: Turnstile;
}): Promise<Door> {
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(options.port, "127.0.0.1");
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        open.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    passStatements(client, upstream, options.turnstile);
  });
  const port = await listenOnLoopback(server);
  return {
    url: `127.0.0.1:${port}`,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

/** Speaks just enough of the protocol, version 3: message borders, the text of statements, and "ready for query". */
function passStatements(client: Socket, upstream: Socket, turnstile: Turnstile): void {
  let started = false;
  /** The change of the message that is being put together, until its end is asked for. */
  let asked: number | undefined;
  /** Per end that the server has not said yet, the change it ends: messages may be sent ahead of their answers. */
  const under: (number | undefined)[] = [];

  const onward = async (message: Buffer): Promise<void> => {
    if (!started) {
      const code = message.readInt32BE(4);
      if (code === sslRequest || code === gssRequest) return void client.write("N");
      started = true;
      return void upstream.write(message);
    }
    const change = changeIn(statementIn(message) ?? "");
    if (change !== undefined) {
      const index = await turnstile.before({ where: "database", what: change });
      if (index === false) return void client.destroy();
      asked = index;
    }
    if (isEndAskedBy(message)) {
      under.push(asked);
      asked = undefined;
    }
    upstream.write(message);
  };
  const back = async (message: Buffer): Promise<void> => {
    const index = message[0] === readyForQuery ? under.shift() : undefined;
    if (index !== undefined && !(await turnstile.behind(index))) return void client.destroy();
    client.write(message);
  };
  inOrder(client, () => (started ? 1 : 0), onward);
  inOrder(upstream, () => 1, back);
}

const readyForQuery = 0x5a;

/** Whether the server answers with "ready for query": a simple query, or the synchronisation of an extended one. */
const isEndAskedBy = (message: Buffer): boolean => message[0] === 0x51 || message[0] === 0x53;

/** Text of a simple query or of a statement that is being prepared. */
function statementIn(message: Buffer): string | undefined {
  const type = String.fromCharCode(message[0] ?? 0);
  if (type === "Q") return message.toString("utf8", 5, message.length - 1);
  if (type !== "P") return undefined;
  const from = message.indexOf(0, 5) + 1;
  return message.toString("utf8", from, message.indexOf(0, from));
}

/** Hands out whole messages one after the other; the first ones of a session have no type byte. */
function inOrder(socket: Socket, typeBytes: () => number, take: (message: Buffer) => Promise<void>): void {
  let rest = Buffer.alloc(0);
  let busy = false;
  const next = async (): Promise<void> => {
    if (busy) return;
    busy = true;
    for (;;) {
      const head = typeBytes();
      if (rest.length < head + 4) break;
      const length = head + rest.readInt32BE(head);
      if (rest.length < length) break;
      const message = rest.subarray(0, length);
      rest = rest.subarray(length);
      await take(message);
    }
    busy = false;
  };
  socket.on("data", (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    next().catch(() => socket.destroy());
  });
}
