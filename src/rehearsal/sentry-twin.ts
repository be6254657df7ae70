import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import * as z from "zod";

export interface SentryTwinOptions {
  readonly organization: string;
  readonly project: string;
}

/** A Sentry of one project on loopback, for an application that reports to it and a release that asks it. */
export interface SentryTwin {
  readonly url: string;
  readonly dsn: string;
  readonly token: string;
  stop(): Promise<void>;
}

interface Event {
  readonly id: string;
  readonly release: string | undefined;
  readonly message: string;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const reported = z.looseObject({
  event_id: z.string().regex(/^[0-9a-f]{32}$/),
  release: z.string().optional(),
  message: z.looseObject({ formatted: z.string() }).optional(),
});
const session = z.looseObject({ attrs: z.looseObject({ release: z.string() }) });

const notFound: Answer = { status: 404, body: { detail: "The requested resource does not exist" } };

/**
 * Takes envelopes with events and sessions (https://develop.sentry.dev/sdk/foundations/transport/envelopes/) and answers
 * the parts of the API that Sluice asks (https://docs.sentry.io/api/): the project, its keys, one event, a release, its
 * events and the issues first seen in it. A release is known from its first event or session on; events with the same
 * message are one issue. Any other call is refused.
 */
export async function startSentryTwin({ organization, project }: SentryTwinOptions): Promise<SentryTwin> {
  const key = randomBytes(16).toString("hex");
  const token = `sntrys_${randomBytes(24).toString("hex")}`;
  const id = "4507";
  const events: Event[] = [];
  const releases = new Set<string>();
  /** Release in which a message was seen first. */
  const issues = new Map<string, string | undefined>();

  const take = (text: string): Answer => {
    const lines = text.split("\n");
    for (let i = 1; i + 1 < lines.length; i += 2) {
      const { type } = z.looseObject({ type: z.string() }).parse(JSON.parse(lines[i] ?? ""));
      const payload: unknown = JSON.parse(lines[i + 1] ?? "");
      if (type === "session") releases.add(session.parse(payload).attrs.release);
      if (type !== "event") continue;
      const event = reported.parse(payload);
      const message = event.message?.formatted ?? "";
      events.push({ id: event.event_id, release: event.release, message });
      if (event.release !== undefined) releases.add(event.release);
      if (!issues.has(message)) issues.set(message, event.release);
    }
    return { status: 200, body: {} };
  };

  const ask = (path: string, query: URLSearchParams): Answer => {
    const own = `/api/0/projects/${organization}/${project}/`;
    const all = `/api/0/organizations/${organization}/`;
    if (path === own) return { status: 200, body: { id, slug: project, status: "active" } };
    if (path === `${own}keys/`) return { status: 200, body: [{ id: key, isActive: true, dsn: { public: dsn() } }] };
    if (path.startsWith(`${own}events/`)) {
      const found = events.find((event) => path === `${own}events/${event.id}/`);
      return found === undefined ? notFound : { status: 200, body: { eventID: found.id } };
    }
    if (path.startsWith(`${all}releases/`)) {
      const version = decodeURIComponent(path.slice(`${all}releases/`.length, -1));
      return releases.has(version) ? { status: 200, body: { version } } : notFound;
    }
    const [, field, release] = /^(release|firstRelease):"([^"]+)"$/.exec(query.get("query") ?? "") ?? [];
    if (query.get("project") !== id || release === undefined)
      return { status: 400, body: { detail: "The twin knows queries for one release of its project." } };
    if (path === `${all}events/` && field === "release" && query.get("field") === "count()") {
      const counted = events.filter((event) => event.release === release).length;
      return { status: 200, body: { data: [{ "count()": counted }], meta: {} } };
    }
    if (path === `${all}issues/` && field === "firstRelease") {
      const found = [...issues].filter(([, first]) => first === release);
      return { status: 200, body: found.map(([title], i) => ({ id: String(i + 1), title })) };
    }
    return notFound;
  };

  const server = createServer(async (request, response) => {
    const { status, body } = await answer(request).catch((problem: unknown) => ({
      status: 400,
      body: { detail: String(problem) },
    }));
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  const answer = async (request: IncomingMessage): Promise<Answer> => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://sentry");
    if (pathname === `/api/${id}/envelope/` && request.method === "POST") {
      if (!String(request.headers["x-sentry-auth"]).includes(`sentry_key=${key}`))
        return { status: 403, body: { detail: "bad sentry DSN public key" } };
      return take(await textOf(request));
    }
    if (request.headers.authorization !== `Bearer ${token}`) return { status: 401, body: { detail: "Invalid token" } };
    return request.method === "GET" ? ask(pathname, searchParams) : { status: 405, body: {} };
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const host = `127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  const dsn = () => `http://${key}@${host}/${id}`;
  return {
    url: `http://${host}`,
    dsn: dsn(),
    token,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(Buffer.from(part));
  return Buffer.concat(parts).toString("utf8");
}
