import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { closeAtOnce, listenOnLoopback } from "../../rehearsal/loopback.ts";
import type { Change, Turnstile } from "./turnstile.ts";

export interface Door {
  /** Where the action is sent instead of the real address. */
  readonly url: string;
  close(): Promise<void>;
}

/** What an answered write was: who wants to count effects reads it here. */
export interface Answered {
  readonly method: string;
  readonly path: string;
  readonly body: string;
  readonly status: number;
}

export interface HttpDoor {
  readonly where: Change["where"];
  /** The real address. */
  readonly to: string;
  readonly turnstile: Turnstile;
  /** Short form of a path for people, such as `git/commits`. */
  readonly shortPath: (path: string) => string;
  readonly onAnswer?: (answered: Answered) => void;
}

/** A door in front of an HTTP service: reads pass, writes go through the turnstile. */
export async function openHttpDoor(options: HttpDoor): Promise<Door> {
  const agent = new Agent({ keepAlive: true });
  const server = createServer((incoming, outgoing) => {
    pass(incoming, outgoing, options, agent).catch(() => outgoing.destroy());
  });
  const port = await listenOnLoopback(server);
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      agent.destroy();
      await closeAtOnce(server);
    },
  };
}

async function pass(incoming: IncomingMessage, outgoing: ServerResponse, options: HttpDoor, agent: Agent) {
  const { where, to, turnstile, shortPath, onAnswer } = options;
  const method = incoming.method ?? "GET";
  const path = incoming.url ?? "/";
  const body = await bytesOf(incoming);
  const writes = method !== "GET" && method !== "HEAD";
  const index = writes ? await turnstile.before({ where, what: `${method} ${shortPath(path)}` }) : -1;
  if (index === false) return void incoming.socket.destroy();
  const answer = await forwarded(new URL(path, to), { method, headers: incoming.headers, agent }, body);
  if (writes) onAnswer?.({ method, path, body: body.toString(), status: answer.status });
  if (writes && !(await turnstile.behind(index))) return void incoming.socket.destroy();
  outgoing.writeHead(answer.status, answer.headers);
  outgoing.end(answer.body);
}

async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) if (chunk instanceof Buffer) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function forwarded(url: URL, options: Parameters<typeof request>[1] & object, body: Buffer) {
  return new Promise<{ status: number; headers: IncomingMessage["headers"]; body: Buffer }>((resolve, reject) => {
    const onward = request(url, options, (answer) => {
      bytesOf(answer).then((bytes) => {
        const { "transfer-encoding": _, ...headers } = answer.headers;
        resolve({ status: answer.statusCode ?? 502, headers, body: bytes });
      }, reject);
    });
    onward.on("error", reject);
    onward.end(body);
  });
}
