import { timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { closeAtOnce, listenOnLoopback } from "../loopback.ts";
import { faultQueue, rateWindow, type TwinFault } from "../twin-faults.ts";

/** What may go wrong between a client and Render. */
export interface RenderFault extends TwinFault {
  readonly kind: /** `status` is answered before anything happens, with `retry-after` when `retryAfter` is given. */
    | "status"
    /** A web page is answered with 200, before anything happens. */
    | "page"
    /** The request takes effect, and half of the answer's text arrives as a whole one. */
    | "half"
    /** The connection is cut before anything happens. */
    | "reset"
    /** The request takes effect, and the answer is 500. */
    | "500-after-apply"
    /** The request takes effect, and the connection is cut instead of an answer. */
    | "reset-after-apply"
    /** The connection is cut, and the request takes effect `delayMs` later. */
    | "late-effect"
    /** The request takes effect, and its answer comes `delayMs` later. */
    | "delay";
}

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Parsed JSON, undefined when there was no body. */
  readonly body: unknown;
}

export interface Answered {
  readonly status: number;
  /** Undefined: no body at all. */
  readonly body?: unknown;
}

/** One request and its answer, for those who compare them with the official description. */
export interface Exchange extends Answered {
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly sent: unknown;
}

/** A request that Render would refuse. */
export class RenderRefusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface RenderServerOptions {
  /** Whether this is a key of the workspace. */
  readonly key: string;
  /** Requests a minute, as https://api-docs.render.com/reference/rate-limiting has them. */
  readonly limits: { readonly reads: number; readonly writes: number };
  answer(asked: Asked): Promise<Answered>;
}

export interface RenderServer {
  /** What `target.render.api` is set to. */
  readonly url: string;
  readonly exchanges: readonly Exchange[];
  inject(fault: RenderFault): void;
  stop(): Promise<void>;
}

const largestBody = 1024 * 1024;

/** Serves the API on a free loopback port: keys, rate limits, errors as Render words them, and what a test breaks. */
export async function startRenderServer(options: RenderServerOptions): Promise<RenderServer> {
  const exchanges: Exchange[] = [];
  const late = new Set<NodeJS.Timeout>();
  const faults = faultQueue<RenderFault>();
  const spent = { reads: rateWindow(options.limits.reads), writes: rateWindow(options.limits.writes) };

  const answerOf = async (asked: Asked): Promise<Answered> => {
    try {
      return await options.answer(asked);
    } catch (problem) {
      if (problem instanceof RenderRefusal) return { status: problem.status, body: { message: problem.message } };
      throw problem;
    }
  };

  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const url = new URL(incoming.url ?? "/", "http://render");
    const method = incoming.method ?? "GET";
    const text = await textOf(incoming);
    const asked: Asked = {
      method,
      path: url.pathname.replace(/^\/v1/, ""),
      query: url.searchParams,
      body: parsed(text),
    };
    const send = ({ status, body }: Answered, headers: Readonly<Record<string, string>> = {}): void => {
      exchanges.push({
        at: Date.now(),
        method,
        path: asked.path,
        sent: asked.body,
        status,
        ...(body === undefined ? {} : { body }),
      });
      outgoing.writeHead(status, body === undefined ? headers : { "content-type": "application/json", ...headers });
      outgoing.end(body === undefined ? undefined : JSON.stringify(body));
    };
    if (!bears(incoming, options.key)) return send({ status: 401, body: { message: "unauthorized" } });
    if (text !== "" && asked.body === undefined) return send({ status: 400, body: { message: "invalid JSON" } });
    const left = spent[method === "GET" ? "reads" : "writes"]();
    const reset = String(Math.max(1, Math.ceil((left.resetsAt - Date.now()) / 1000)));
    const limits = {
      "ratelimit-limit": String(left.limit),
      "ratelimit-remaining": String(left.remaining),
      "ratelimit-reset": reset,
    };
    if (left.exceeded)
      return send({ status: 429, body: { message: "rate limit exceeded" } }, { ...limits, "retry-after": reset });

    const fault = faults.take(asked);
    if (fault?.kind === "reset") return void incoming.socket.destroy();
    if (fault?.kind === "page") {
      outgoing.writeHead(200, { "content-type": "text/html" });
      return void outgoing.end("<html><body>Just a moment...</body></html>");
    }
    if (fault?.kind === "status") {
      const wait = fault.retryAfter === undefined ? {} : { "retry-after": String(fault.retryAfter) };
      return send({ status: fault.status ?? 503, body: { message: "as the test asked" } }, wait);
    }
    if (fault?.kind === "late-effect") {
      const timer = setTimeout(() => {
        late.delete(timer);
        void answerOf(asked);
      }, fault.delayMs ?? 100);
      late.add(timer);
      return void incoming.socket.destroy();
    }
    const answer = await answerOf(asked);
    if (fault?.kind === "reset-after-apply") return void incoming.socket.destroy();
    if (fault?.kind === "500-after-apply") return send({ status: 500, body: { message: "internal server error" } });
    if (fault?.kind === "delay") await new Promise((resolve) => setTimeout(resolve, fault.delayMs ?? 100));
    if (fault?.kind === "half") {
      const whole = JSON.stringify(answer.body ?? null);
      outgoing.writeHead(answer.status, { "content-type": "application/json" });
      return void outgoing.end(whole.slice(0, Math.floor(whole.length / 2)));
    }
    send(answer, limits);
  };

  const server = createServer((incoming, outgoing) => {
    serve(incoming, outgoing).catch((problem: Error) => {
      if (outgoing.headersSent) return void outgoing.destroy();
      outgoing.writeHead(500, { "content-type": "application/json" });
      outgoing.end(JSON.stringify({ message: problem.message }));
    });
  });
  const port = await listenOnLoopback(server);
  return {
    url: `http://127.0.0.1:${port}/v1`,
    exchanges,
    inject: faults.inject,
    stop() {
      for (const timer of late) clearTimeout(timer);
      return closeAtOnce(server);
    },
  };
}

/** In constant time, so that the key cannot be guessed by how fast it is refused. */
function bears(incoming: IncomingMessage, key: string): boolean {
  const given = Buffer.from(incoming.headers.authorization ?? "");
  const wanted = Buffer.from(`Bearer ${key}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    if (!(chunk instanceof Buffer)) continue;
    size += chunk.length;
    if (size > largestBody) throw new Error("the request body exceeded the maximum allowed size");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parsed(text: string): unknown {
  try {
    return text === "" ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
