import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { closeAtOnce, listenOnLoopback } from "../loopback.ts";
import { faultQueue, rateWindow, type TwinFault } from "../twin-faults.ts";

/** What may go wrong between a client and Vercel. */
export interface VercelFault extends TwinFault {
  readonly kind: /** `status` is answered before anything happens, with `retry-after` when `retryAfter` is given. */
    | "status"
    /** A web page is answered with `status` (200 unless given), before anything happens. */
    | "page"
    /** The request takes effect, and the connection breaks off in the middle of its answer. */
    | "half"
    /** The connection is cut before anything happens. */
    | "reset"
    /** The request takes effect, and the connection is cut instead of an answer. */
    | "reset-after-apply"
    /** The request takes effect, and no answer comes until the client gives up. */
    | "silent-after-apply"
    /** The connection is cut, and the request takes effect `delayMs` later. */
    | "late-effect"
    /** The request takes effect, and its answer comes `delayMs` later. */
    | "delay"
    /** The answer is changed before it is sent. */
    | "edit";
  /** For `edit`: the body that is sent instead. */
  readonly edit?: (body: unknown) => unknown;
}

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  /** Parsed JSON, bytes of anything else, undefined when there was no body. */
  readonly body: unknown;
}

export interface Answered {
  readonly status: number;
  /** JSON; a text is sent as it is; none when undefined. */
  readonly body?: unknown;
}

/** One request and its answer, for those who compare them with the official description. */
export interface Exchange extends Answered {
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly sent: unknown;
}

/** A request that Vercel would refuse, in its own words. */
export class VercelRefusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly more: Readonly<Record<string, unknown>>;
  constructor(status: number, code: string, message: string, more: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.more = more;
  }
}

export interface VercelServer {
  readonly url: string;
  readonly exchanges: readonly Exchange[];
  inject(fault: VercelFault): void;
  clearFaults(): void;
  stop(): Promise<void>;
}

const largestBody = 64 * 1024 * 1024;

/** Serves the API on a free loopback port: rate limits, errors as Vercel words them, and what a test breaks. */
export async function startVercelServer(options: {
  /** Requests a minute. */
  readonly rateLimit: number;
  answer(asked: Asked): Answered | Promise<Answered>;
}): Promise<VercelServer> {
  const exchanges: Exchange[] = [];
  const late = new Set<NodeJS.Timeout>();
  const faults = faultQueue<VercelFault>();
  const spend = rateWindow(options.rateLimit);

  const answerOf = async (asked: Asked): Promise<Answered> => {
    try {
      return await options.answer(asked);
    } catch (problem) {
      if (!(problem instanceof VercelRefusal)) throw problem;
      const { status, code, message, more } = problem;
      return { status, body: { error: { code, message, ...more } } };
    }
  };

  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const url = new URL(incoming.url ?? "/", "http://vercel");
    const { method = "GET", headers } = incoming;
    const asked: Asked = { method, path: url.pathname, query: url.searchParams, headers, body: await bodyOf(incoming) };
    const note = ({ status, body }: Answered) =>
      void exchanges.push({
        at: Date.now(),
        method,
        path: url.pathname,
        query: url.search,
        sent: asked.body instanceof Buffer ? undefined : asked.body,
        status,
        ...(body === undefined ? {} : { body: structuredClone(body) }),
      });
    const send = (answered: Answered, more: Readonly<Record<string, string>> = {}): void => {
      note(answered);
      const { status, body } = answered;
      const type = typeof body === "string" ? "text/plain" : "application/json";
      outgoing.writeHead(status, { "content-type": `${type}; charset=utf-8`, ...more });
      outgoing.end(body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body));
    };
    const { limit, remaining, resetsAt, exceeded } = spend();
    const reset = Math.ceil(resetsAt / 1000);
    const limits = {
      "x-ratelimit-limit": String(limit),
      "x-ratelimit-remaining": String(remaining),
      "x-ratelimit-reset": String(reset),
    };
    if (exceeded) {
      const body = {
        error: { code: "rate_limited", message: "Too many requests", limit: { limit, remaining, reset } },
      };
      return send({ status: 429, body }, limits);
    }
    const fault = faults.take(asked);
    if (fault?.kind === "reset") return void incoming.socket.destroy();
    if (fault?.kind === "page") {
      outgoing.writeHead(fault.status ?? 200, { "content-type": "text/html" });
      return void outgoing.end("<html><body>Just a moment...</body></html>");
    }
    if (fault?.kind === "status") {
      const wait = fault.retryAfter === undefined ? {} : { "retry-after": String(fault.retryAfter) };
      const body = { error: { code: "as_asked", message: "As the test asked" } };
      return send({ status: fault.status ?? 503, body }, wait);
    }
    if (fault?.kind === "late-effect") {
      const timer = setTimeout(() => {
        late.delete(timer);
        void answerOf(asked).then(note);
      }, fault.delayMs ?? 100);
      late.add(timer);
      return void incoming.socket.destroy();
    }
    const answer = await answerOf(asked);
    if (fault?.kind === "reset-after-apply" || fault?.kind === "silent-after-apply") note(answer);
    if (fault?.kind === "reset-after-apply") return void incoming.socket.destroy();
    // The client gives up at its own deadline; closing the server ends what is left.
    if (fault?.kind === "silent-after-apply") return;
    if (fault?.kind === "delay") await new Promise((resolve) => setTimeout(resolve, fault.delayMs ?? 100));
    if (fault?.kind === "half") {
      const whole = JSON.stringify(answer.body ?? {});
      outgoing.writeHead(answer.status, { "content-type": "application/json", "content-length": whole.length });
      outgoing.write(whole.slice(0, Math.floor(whole.length / 2)));
      return void setImmediate(() => incoming.socket.destroy());
    }
    send(fault?.kind === "edit" ? { ...answer, body: fault.edit?.(structuredClone(answer.body)) } : answer, limits);
  };

  const server = createServer((incoming, outgoing) => {
    serve(incoming, outgoing).catch((problem: Error) => {
      if (outgoing.headersSent) return void outgoing.destroy();
      outgoing.writeHead(500, { "content-type": "application/json" });
      outgoing.end(JSON.stringify({ error: { code: "internal_server_error", message: problem.message } }));
    });
  });
  const port = await listenOnLoopback(server);
  return {
    url: `http://127.0.0.1:${port}`,
    exchanges,
    inject: faults.inject,
    clearFaults: faults.clear,
    stop() {
      for (const timer of late) clearTimeout(timer);
      return closeAtOnce(server);
    },
  };
}

async function bodyOf(incoming: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    if (!(chunk instanceof Buffer)) continue;
    size += chunk.length;
    if (size > largestBody) throw new VercelRefusal(413, "too_large", "The request body is too large");
    chunks.push(chunk);
  }
  if (size === 0) return undefined;
  const bytes = Buffer.concat(chunks);
  if (!String(incoming.headers["content-type"] ?? "").includes("json")) return bytes;
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    throw new VercelRefusal(400, "bad_request", "Invalid JSON");
  }
}
