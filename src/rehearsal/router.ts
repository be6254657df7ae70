import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request,
  type Server,
  type ServerResponse,
} from "node:http";

/** One version behind the router. Weights are shares of traffic and need not sum to anything in particular. */
export interface Route {
  readonly version: string;
  /** Loopback port the version listens on. */
  readonly port: number;
  readonly weight: number;
}

/** What the router saw of one version since it started. */
export interface RouteCount {
  /** Requests handed to the version. */
  requests: number;
  /** Requests the version never answered: the router said 502 or 504, or broke off a half-sent answer. */
  undelivered: number;
}

export interface Router {
  /** Not listening yet: the caller chooses where. */
  readonly server: Server;
  /** Replaces the routes; the very next request follows them, requests under way finish where they are. */
  serve(routes: readonly Route[]): void;
  counts(): Readonly<Record<string, RouteCount>>;
  close(): Promise<void>;
}

/**
 * Smooth weighted round robin, the algorithm of nginx's upstream module: every pick raises each entry by its weight,
 * takes the highest and lowers it by the total. Over any `total` picks in a row the split is exact, and the picks of a
 * light entry are spread out instead of bunched.
 */
export function weightedRoundRobin<T extends { readonly weight: number }>(entries: readonly T[]): () => T | undefined {
  const weighted = entries.filter((entry) => entry.weight > 0).map((entry) => ({ entry, current: 0 }));
  const total = weighted.reduce((sum, { entry }) => sum + entry.weight, 0);
  return () => {
    let best: (typeof weighted)[number] | undefined;
    for (const candidate of weighted) {
      candidate.current += candidate.entry.weight;
      if (best === undefined || candidate.current > best.current) best = candidate;
    }
    if (best !== undefined) best.current -= total;
    return best?.entry;
  };
}

/** RFC 9110 section 7.6.1: these speak about one connection and must not travel further. */
const hopByHop = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** The headers that may travel on: neither hop-by-hop ones nor those that `Connection` names. */
export function endToEndHeaders(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  const named = headers.connection?.toLowerCase().split(/\s*,\s*/);
  const kept: OutgoingHttpHeaders = {};
  for (const name in headers) {
    if (!hopByHop.has(name) && !named?.includes(name)) kept[name] = headers[name];
  }
  return kept;
}

const bodyLess = new Set(["GET", "HEAD", "OPTIONS"]);
const hasBody = (incoming: IncomingMessage): boolean =>
  incoming.headers["transfer-encoding"] !== undefined || Number(incoming.headers["content-length"] ?? 0) > 0;

/**
 * A reverse proxy that divides requests by weight. Its weights are plain numbers in memory, so a change breaks no
 * connection. A version that cannot be reached gives 502, one that stays silent for `answerWithinMs` gives 504; no
 * request hangs. Every answer names its version in `x-served-by`, also those the router had to give itself.
 */
export function createRouter(options: { readonly answerWithinMs: number }): Router {
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 256 });
  const counts = new Map<string, RouteCount>();
  let pick: () => Route | undefined = () => undefined;

  const countOf = (version: string): RouteCount => {
    const present = counts.get(version) ?? { requests: 0, undelivered: 0 };
    counts.set(version, present);
    return present;
  };

  const giveUp = (outgoing: ServerResponse, version: string, status: 502 | 504, why: string): void => {
    if (outgoing.destroyed || outgoing.writableEnded) return;
    countOf(version).undelivered += 1;
    if (outgoing.headersSent) {
      // Half an answer is already with the client: only a broken connection tells it so.
      outgoing.destroy();
      return;
    }
    outgoing.writeHead(status, { "content-type": "text/plain; charset=utf-8", "x-served-by": version });
    outgoing.end(`Version ${version} did not answer: ${why}.\n`);
  };

  const forward = (incoming: IncomingMessage, outgoing: ServerResponse, route: Route, mayRetry: boolean): void => {
    const headers = endToEndHeaders(incoming.headers);
    const withBody = hasBody(incoming);
    // The body's framing is this connection's own; Node frames it anew only when it is told to.
    if (withBody && headers["content-length"] === undefined) headers["transfer-encoding"] = "chunked";
    const onward = request({
      host: "127.0.0.1",
      port: route.port,
      method: incoming.method,
      path: incoming.url,
      headers,
      agent,
      timeout: options.answerWithinMs,
    });
    let timedOut = false;
    onward.on("timeout", () => {
      timedOut = true;
      onward.destroy();
    });
    onward.on("response", (answer) => {
      try {
        outgoing.writeHead(answer.statusCode ?? 502, {
          ...endToEndHeaders(answer.headers),
          "x-served-by": route.version,
        });
      } catch {
        // Such as a status below 100: one version's oddity must not end the router for all.
        onward.destroy();
        giveUp(outgoing, route.version, 502, "the head of its answer cannot be passed on");
        return;
      }
      answer.pipe(outgoing);
      answer.on("close", () => {
        if (!answer.complete) giveUp(outgoing, route.version, 502, "it broke off in the middle of its answer");
      });
    });
    onward.on("error", (error: NodeJS.ErrnoException) => {
      // A version may close an idle connection just as we use it again; such a request never reached it.
      const stale = onward.reusedSocket && error.code === "ECONNRESET" && !timedOut;
      if (stale && mayRetry && !outgoing.headersSent && !outgoing.destroyed) {
        forward(incoming, outgoing, route, false);
      } else if (timedOut) {
        giveUp(outgoing, route.version, 504, `nothing came for ${options.answerWithinMs} ms`);
      } else {
        giveUp(outgoing, route.version, 502, error.code ?? error.message);
      }
    });
    outgoing.on("close", () => {
      if (!outgoing.writableFinished) onward.destroy();
    });
    if (withBody) incoming.pipe(onward);
    else onward.end();
  };

  const server = createServer((incoming, outgoing) => {
    const route = pick();
    if (route === undefined) {
      outgoing.writeHead(503, { "content-type": "text/plain; charset=utf-8" });
      outgoing.end("No version serves production.\n");
      return;
    }
    countOf(route.version).requests += 1;
    forward(incoming, outgoing, route, bodyLess.has(incoming.method ?? "") && !hasBody(incoming));
  });
  // Longer than clients keep theirs, so that it is never the router that closes a connection under a request.
  server.keepAliveTimeout = 65_000;

  return {
    server,
    serve(routes) {
      pick = weightedRoundRobin(routes);
    },
    counts: () => Object.fromEntries(counts),
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          agent.destroy();
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
