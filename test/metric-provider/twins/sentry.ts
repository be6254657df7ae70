import { createServer, type IncomingMessage } from "node:http";

interface Event {
  readonly at: number;
  readonly release: string;
}

/** A small Sentry that keeps releases, events, issues and sessions, and answers as its public API reference says. */
export interface SentryTwin {
  readonly url: string;
  readonly releases: Set<string>;
  readonly events: Event[];
  readonly issues: { readonly id: string; readonly firstRelease: string }[];
  /** Sessions and crashes of the one release that has any. */
  sessions: { release: string; sum: number; crashed: number } | undefined;
  /** Answers the next request like this instead. */
  instead: { status: number; headers?: Record<string, string>; body: string } | undefined;
  readonly asked: string[];
  stop(): void;
}

const token = "sntrys_secret";

export async function startSentryTwin(): Promise<SentryTwin> {
  const twin: Omit<SentryTwin, "url" | "stop"> = {
    releases: new Set(),
    events: [],
    issues: [],
    sessions: undefined,
    instead: undefined,
    asked: [],
  };
  const server = createServer((request, response) => {
    twin.asked.push(request.url ?? "");
    const { instead } = twin;
    twin.instead = undefined;
    const { status, body, headers = {} } = instead ?? answer(request, twin);
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const bound = server.address();
  const port = typeof bound === "object" && bound !== null ? bound.port : 0;
  return Object.assign(twin, {
    url: `http://127.0.0.1:${port}`,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  });
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Record<string, string>;
}

const detail = (status: number, text: string): Answer => ({ status, body: { detail: text } });

/** Every parameter must be known: a misspelled one is refused, where the real server may ignore it. */
const known: Record<string, readonly string[]> = {
  events: ["dataset", "field", "query", "start", "end", "project", "environment"],
  issues: ["query", "sort", "limit", "cursor", "project", "environment"],
  sessions: ["field", "query", "start", "end", "interval", "project", "environment"],
};

function answer(request: IncomingMessage, twin: Omit<SentryTwin, "url" | "stop">): Answer {
  if (request.headers.authorization !== `Bearer ${token}`) return detail(401, "Invalid token");
  const url = new URL(request.url ?? "/", "http://sentry");
  const [, api, version, ...path] = decodeURIComponent(url.pathname).split("/");
  if (api !== "api" || version !== "0" || path.at(-1) !== "")
    return detail(404, "The requested resource does not exist");
  const [collection, owner, resource = "", name] = path;
  if (owner !== "acme") return detail(404, "The requested resource does not exist");
  if (collection === "projects" && resource === "shop") return { status: 200, body: { id: "42", slug: "shop" } };
  if (collection !== "organizations") return detail(404, "The requested resource does not exist");
  if (resource === "releases")
    return twin.releases.has(name ?? "")
      ? { status: 200, body: { version: name } }
      : detail(404, "The requested resource does not exist");
  const allowed = known[resource];
  if (allowed === undefined) return detail(404, "The requested resource does not exist");
  const strange = [...url.searchParams.keys()].find((key) => !allowed.includes(key));
  if (strange !== undefined) return detail(400, `Unknown parameter ${strange}`);
  if (url.searchParams.get("project") !== "42") return detail(400, "Invalid project");
  return counted(resource, url.searchParams, twin);
}

function counted(resource: string, query: URLSearchParams, twin: Omit<SentryTwin, "url" | "stop">): Answer {
  const release = /(?:^|\s)(?:release|firstRelease):"([^"]*)"/.exec(query.get("query") ?? "")?.[1];
  const [start, end] = [Date.parse(query.get("start") ?? ""), Date.parse(query.get("end") ?? "")];
  if (resource === "events") {
    if (query.get("dataset") !== "errors" || query.get("field") !== "count()") return detail(400, "Invalid field");
    if (!(start < end)) return detail(400, "start must be before end");
    const count = twin.events.filter(
      (event) => event.release === release && event.at >= start && event.at < end,
    ).length;
    return { status: 200, body: { data: [{ "count()": count }], meta: { fields: { "count()": "integer" } } } };
  }
  if (resource === "issues") {
    const all = twin.issues.filter(({ firstRelease }) => firstRelease === release);
    const at = Number(query.get("cursor")?.split(":")[1] ?? 0);
    const size = Number(query.get("limit"));
    const more = at + size < all.length;
    const link = `<http://elsewhere.example/>; rel="previous"; results="false"; cursor="0:0:1", <http://elsewhere.example/>; rel="next"; results="${more}"; cursor="0:${at + size}:0"`;
    return { status: 200, body: all.slice(at, at + size), headers: { link } };
  }
  if (query.get("interval") !== "1h") return detail(400, "Invalid interval");
  const { sessions } = twin;
  const groups =
    sessions === undefined || sessions.release !== release
      ? []
      : [
          {
            by: {},
            totals: {
              "sum(session)": sessions.sum,
              "crash_free_rate(session)": sessions.sum === 0 ? null : 1 - sessions.crashed / sessions.sum,
            },
            series: {},
          },
        ];
  return { status: 200, body: { groups, intervals: [], start: query.get("start"), end: query.get("end") } };
}
