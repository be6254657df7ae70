import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { sentryCheck } from "../../src/check/sentry.ts";
import type { SentryCheck } from "../../src/check-spec.ts";
import { swiftPorts } from "../swift-ports.ts";

const token = "sntrys_secret";
const key = "0123456789abcdef0123456789abcdef";

/** Sentry's project API and the ingest of one project; what an event takes to show is counted in looks. */
async function sentry(
  state: { status?: string; active?: boolean; looks?: number; ingest?: number; answer?: number } = {},
) {
  const events = new Map<string, number>();
  const server = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    request.on("end", () => {
      const send = (status: number, body: unknown) => {
        response.writeHead(status, { "content-type": "application/json" });
        response.end(JSON.stringify(body));
      };
      const { url = "", headers } = request;
      if (url === "/api/42/envelope/") {
        if (!String(headers["x-sentry-auth"]).includes(`sentry_key=${key}`)) return send(403, { detail: "bad key" });
        if (state.ingest !== undefined) return send(state.ingest, {});
        const [head = "{}"] = text.split("\n");
        events.set(JSON.parse(head).event_id, state.looks ?? 2);
        return send(200, { id: JSON.parse(head).event_id });
      }
      if (headers.authorization !== `Bearer ${token}`) return send(401, { detail: "Invalid token" });
      if (state.answer !== undefined) return send(state.answer, {});
      if (url === "/api/0/projects/acme/shop/")
        return send(200, { id: "42", slug: "shop", status: state.status ?? "active" });
      if (url === "/api/0/projects/acme/shop/keys/")
        return send(200, [{ id: "1", isActive: state.active ?? true, dsn: { public: dsn(), secret: "never" } }]);
      const [, id = ""] = /^\/api\/0\/projects\/acme\/shop\/events\/([0-9a-f]{32})\/$/.exec(url) ?? [];
      const left = events.get(id);
      if (left === undefined) return send(404, { detail: "Event not found" });
      events.set(id, left - 1);
      return left > 0 ? send(404, { detail: "Event not found" }) : send(200, { eventID: id });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const host = `127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  const dsn = () => `http://${key}@${host}/42`;
  return {
    url: `http://${host}`,
    dsn: dsn(),
    ask: (more: Partial<SentryCheck["sentry"]> = {}) =>
      sentryCheck(
        { sentry: { organization: "acme", project: "shop", token, url: `http://${host}`, ...more } },
        swiftPorts(),
      ).run({
        directory: ".",
        commit: "c",
      }),
    [Symbol.dispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

test("the project exists, the DSN is its own, and what is sent to it is seen", async () => {
  using world = await sentry();
  assert.equal((await world.ask()).reason, "project-exists");
  assert.equal((await world.ask({ dsn: world.dsn })).reason, "dsn-matches");
  assert.equal((await world.ask({ dsn: world.dsn, event: true })).reason, "event-seen");
});

const rows: readonly (readonly [what: string, Parameters<typeof sentry>[0], Partial<SentryCheck["sentry"]>, string])[] =
  [
    ["another project", {}, { project: "other" }, "fail no-project"],
    ["a wrong token", {}, { token: "sntrys_wrong" }, "fail token-refused"],
    ["a project that is being deleted", { status: "pending_deletion" }, {}, "fail project-inactive"],
    ["another project's DSN", {}, { dsn: "https://ffff@o1.ingest.sentry.io/9" }, "fail other-dsn"],
    ["trouble at Sentry", { answer: 503 }, {}, "hold no-data"],
  ];
for (const [what, state, spec, expected] of rows)
  test(`${what} is told, without a secret in its words`, async () => {
    using world = await sentry(state);
    const verdict = await world.ask(spec);
    assert.equal(`${verdict.verdict} ${verdict.reason}`, expected, verdict.message);
    assert.doesNotMatch(JSON.stringify(verdict), new RegExp(`${token}|${key}|ffff@`));
  });

test("a key that is off, an event that is refused, and one that never shows are three different things", async () => {
  for (const [state, expected] of [
    [{ active: false }, "fail dsn-inactive"],
    [{ ingest: 403 }, "fail event-refused"],
    [{ ingest: 429 }, "hold no-data"],
    [{ looks: 1000 }, "hold event-not-seen"],
  ] as const) {
    using world = await sentry(state);
    const verdict = await world.ask({ dsn: world.dsn, event: true });
    assert.equal(`${verdict.verdict} ${verdict.reason}`, expected, verdict.message);
  }
});

test("a Sentry that is not there holds; a DSN without a key is the runbook's mistake", async () => {
  const world = await sentry();
  world[Symbol.dispose]();
  assert.equal((await world.ask()).reason, "no-data");
  using here = await sentry();
  const bare = here.dsn.replace(`${key}@`, "");
  assert.equal((await here.ask({ dsn: bare })).reason, "other-dsn");
});
