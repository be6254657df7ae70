import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { closeAtOnce, listenOnLoopback } from "../loopback.ts";
import type { Fault } from "./faults.ts";
import { Refusal } from "./refusal.ts";
import type { Answer, Route } from "./route.ts";
import { requirePermissions, type TokenHolder } from "./tokens.ts";

/** One request as it was answered, for those who judge a rehearsal. */
export interface RequestLine {
  readonly at: number;
  readonly method: string;
  readonly path: string;
  /** 0 when no answer was sent. */
  readonly status: number;
  readonly jobId: string | null;
}

export interface ApiServerOptions {
  /** Path below which every route lives, such as `/repos/octo/shop`. */
  readonly root: string;
  readonly routes: readonly Route[];
  /** Requests an hour the repository's tokens may make together, as in `x-ratelimit-limit`. */
  readonly rateLimit: number;
  readonly now: () => number;
  holder(authorization: string | undefined): TokenHolder;
  fault(method: string, path: string): Fault | undefined;
  log(line: RequestLine): void;
}

export interface ApiServer {
  readonly url: string;
  stop(): Promise<void>;
}

const largestBody = 64 * 1024 * 1024;
const hour = 3_600_000;

/** Serves routes on a free loopback port the way the REST API does: JSON, tokens, rate limits, pages. */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const match = routeMatcher(options.root, options.routes);
  const spend = rateLimiter(options.rateLimit, options.now);
  let base = "";

  async function answer(request: IncomingMessage, url: URL, holder: TokenHolder): Promise<Answer> {
    const found = match(request.method ?? "GET", url.pathname);
    if (found === undefined) throw new Refusal(404, "Not Found");
    requirePermissions(holder, found.route.permissions);
    const { searchParams: query } = url;
    const accept = String(request.headers.accept ?? "").toLowerCase();
    const body = request.method === "GET" ? undefined : await readBody(request);
    const result = await found.route.answer({ params: found.params, query, accept, holder }, body);
    const headers = { "x-accepted-github-permissions": found.route.permissions, ...result.headers };
    const link = linkHeader(url, result.pages ?? {});
    return { ...result, headers: link === "" ? headers : { ...headers, link } };
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", base);
    const method = request.method ?? "GET";
    const fault = options.fault(method, url.pathname);
    let jobId: string | null = null;
    const finish = (given: Answer) => {
      options.log({ at: options.now(), method, path: url.pathname, status: given.status, jobId });
      send(response, given, options.now());
    };
    const leaveUnanswered = () => options.log({ at: options.now(), method, path: url.pathname, status: 0, jobId });
    const cut = () => {
      leaveUnanswered();
      request.socket.destroy();
    };
    if (fault?.kind === "reset") return cut();
    if (fault?.kind === "delay") await new Promise((resolve) => setTimeout(resolve, fault.delayMs ?? 100));

    const answered = await attempt(async () => {
      const holder = options.holder(request.headers.authorization);
      jobId = holder.jobId;
      const limits = spend();
      const before = fault === undefined ? undefined : answerBefore(fault);
      const given = before ?? (await attempt(() => answer(request, url, holder)));
      return { ...given, headers: { ...limits, ...given.headers } };
    });
    if (fault?.kind === "reset-after-apply") return cut();
    // The client gives up at its own deadline; closing the server ends what is left.
    if (fault?.kind === "timeout-after-apply") return leaveUnanswered();
    if (fault?.kind === "502-after-apply") return finish({ status: 502, body: { message: "Server Error" } });
    finish(answered);
  }

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : undefined);
    });
  });
  base = `http://127.0.0.1:${await listenOnLoopback(server)}`;

  return {
    url: base,
    stop: () => closeAtOnce(server),
  };
}

/** Turns a refusal into its answer; what is not a refusal is a defect of the twin and reads as 500. */
async function attempt(work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await work();
  } catch (error) {
    const refusal = error instanceof Refusal ? error : new Refusal(500, `The twin failed: ${String(error)}`);
    const { status, message, errors, headers } = refusal;
    const more = errors === undefined ? {} : { errors };
    const body = { message, ...more, documentation_url: "https://docs.github.com/rest", status: String(status) };
    return { status, body, headers };
  }
}

function answerBefore(fault: Fault): Answer | undefined {
  const retryAfter = { "retry-after": String(fault.retryAfterSeconds ?? 1) };
  switch (fault.kind) {
    case "503":
      return { status: 503, body: { message: "Service Unavailable" } };
    case "429":
      return { status: 429, body: { message: "Too Many Requests" }, headers: retryAfter };
    case "secondary-limit":
      return { status: 403, body: { message: "You have exceeded a secondary rate limit." }, headers: retryAfter };
    default:
      return undefined;
  }
}

/** One budget for the whole repository, as GitHub counts the tokens of its jobs. */
function rateLimiter(limit: number, now: () => number) {
  let until = 0;
  let used = 0;
  return (): Record<string, string> => {
    if (now() >= until) {
      until = now() + hour;
      used = 0;
    }
    used += 1;
    const headers = {
      "x-ratelimit-limit": String(limit),
      "x-ratelimit-remaining": String(Math.max(0, limit - used)),
      "x-ratelimit-used": String(Math.min(limit, used)),
      "x-ratelimit-reset": String(Math.ceil(until / 1000)),
      "x-ratelimit-resource": "core",
    };
    if (used > limit) throw new Refusal(403, "API rate limit exceeded for installation.", { headers });
    return headers;
  };
}

/** Finds the route and its decoded parameters; the first that fits wins, literal paths before wildcards. */
function routeMatcher(root: string, routes: readonly Route[]) {
  const compiled = routes
    .map((route) => ({ route, ...compile(root + route.path) }))
    .sort((a, b) => a.wildness - b.wildness);
  return (method: string, pathname: string) => {
    for (const { route, pattern } of compiled) {
      const found = route.method === method ? pattern.exec(pathname) : null;
      if (found === null) continue;
      const params = Object.entries(found.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]);
      return { route, params: Object.fromEntries(params) as Record<string, string> };
    }
    return undefined;
  };
}

function compile(path: string) {
  const parts = path.split("/").map((part) => {
    if (part.startsWith(":")) return { source: `(?<${part.slice(1)}>[^/]+)`, wildness: 1 };
    if (part.startsWith("*")) return { source: `(?<${part.slice(1)}>.+)`, wildness: 100 };
    return { source: part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"), wildness: 0 };
  });
  // Of two paths with a wildcard the longer one says more.
  const wildness = parts.reduce((sum, part) => sum + part.wildness, 0) - parts.length;
  return { pattern: new RegExp(`^${parts.map(({ source }) => source).join("/")}$`), wildness };
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > largestBody) throw new Refusal(413, "Payload too large");
    chunks.push(chunk);
  }
  if (size === 0) return {};
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    throw new Refusal(400, "Problems parsing JSON");
  }
}

function linkHeader(url: URL, pages: Readonly<Record<string, number>>): string {
  return Object.entries(pages)
    .map(([relation, number]) => {
      const target = new URL(url);
      target.searchParams.set("page", String(number));
      return `<${target}>; rel="${relation}"`;
    })
    .join(", ");
}

function send(response: ServerResponse, { status, body, headers = {} }: Answer, now: number): void {
  response.statusCode = status;
  response.setHeader("date", new Date(now).toUTCString());
  response.setHeader("x-github-request-id", now.toString(16));
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (status === 204) return void response.end();
  if (Buffer.isBuffer(body)) {
    response.setHeader("content-type", "application/vnd.github.raw+json; charset=utf-8");
    return void response.end(body);
  }
  response.setHeader("content-type", "application/json; charset=utf-8");
  response.end(JSON.stringify(body));
}
