import assert from "node:assert/strict";
import { createServer, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export interface PlatformTwin {
  readonly url: string;
  /** Answers the next request like this instead. */
  instead: Answer | undefined;
  readonly asked: string[];
  stop(): void;
}

async function startTwin(answer: (request: IncomingMessage, body: string) => Answer): Promise<PlatformTwin> {
  const twin: Pick<PlatformTwin, "instead" | "asked"> = { instead: undefined, asked: [] };
  const server = createServer(async (request, response) => {
    const body = await text(request);
    twin.asked.push(request.url ?? "");
    const { instead } = twin;
    twin.instead = undefined;
    const { status, body: sent } = instead ?? answer(request, body);
    response.writeHead(status, { "content-type": "application/json" });
    response.end(typeof sent === "string" ? sent : JSON.stringify(sent));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const bound = server.address();
  const port = typeof bound === "object" && bound !== null ? bound.port : 0;
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  return Object.assign(twin, { url: `http://127.0.0.1:${port}`, stop });
}

/** One request that the platform answered, and how long that took. */
export interface Served {
  readonly at: number;
  readonly version: string;
  readonly status: number;
  readonly took: number;
}

const refused = (status: number, code: string, message: string): Answer => ({
  status,
  body: { error: { code, message } },
});

/** Vercel's `POST /metrics/v1` as its command of version 60 sends and reads it, over requests it remembers. */
export function startVercelMetricsTwin(served: readonly Served[], account: { observability: boolean }) {
  return startTwin((request, body) => {
    const url = new URL(request.url ?? "", "http://twin");
    if (request.headers.authorization !== "Bearer vercel-token") return refused(403, "forbidden", "Not authorized");
    if (request.method !== "POST" || url.pathname !== "/metrics/v1") return refused(404, "not_found", "Not found");
    if (!account.observability) return refused(402, "payment_required", "Observability Plus is required");
    const asked = JSON.parse(body);
    assert.deepEqual([url.searchParams.get("teamId"), asked.scope.ownerId], ["team_abcdef", "team_abcdef"]);
    assert.deepEqual([asked.groupBy, asked.outputs, asked.bucketSeconds], [["deploymentId"], ["value"], 60]);
    if (!asked.scope.projectIds.includes("prj_abcdef")) return { status: 200, body: { summary: [], meta: {} } };
    const [from, to] = [Date.parse(asked.timeRange.start), Date.parse(asked.timeRange.end)];
    const filters: Readonly<Record<string, (one: Served) => boolean>> = {
      "environment:production": () => true,
      "(httpStatus >= 500) AND (environment:production)": ({ status }) => status >= 500,
    };
    const fits = filters[asked.filter];
    if (fits === undefined) return refused(400, "bad_request", `Cannot read the filter ${asked.filter}`);
    const groups = Map.groupBy(
      served.filter((one) => one.at >= from && one.at < to && fits(one)),
      ({ version }) => version,
    );
    const { metric, aggregation } = asked.metrics.value;
    const value = (rows: readonly Served[]) => {
      if (metric === "vercel.request.count" && aggregation === "sum") return rows.length;
      assert.equal(metric, "vercel.function_invocation.function_duration_ms");
      const sorted = rows.map(({ took }) => took).toSorted((a, b) => a - b);
      return sorted[Math.ceil((Number(aggregation.slice(1)) / 100) * sorted.length) - 1] ?? null;
    };
    const summary = [...groups].map(([version, rows]) => ({
      dimensions: { deploymentId: version },
      values: { value: value(rows) },
    }));
    return { status: 200, body: { summary, series: [], meta: { statistics: {}, sources: [] } } };
  });
}

/** Render's metrics of one service, in buckets of a minute. */
export function startRenderMetricsTwin(served: readonly Served[]) {
  const minute = 60_000;
  return startTwin((request) => {
    const url = new URL(request.url ?? "", "http://twin");
    const query = Object.fromEntries(url.searchParams);
    if (request.headers.authorization !== "Bearer render-key")
      return { status: 401, body: { message: "Unauthorized" } };
    if (query["resource"] !== "srv-cukd2nd6l47c73f2v3t0") return { status: 404, body: { message: "not found" } };
    assert.equal(query["resolutionSeconds"], "60");
    const [from, to] = [Date.parse(query["startTime"] ?? ""), Date.parse(query["endTime"] ?? "")];
    // An answer may reach further than what was asked.
    const near = served.filter(({ at }) => at >= from - minute && at < to + minute);
    const perMinute = (rows: readonly Served[], value: (rows: readonly Served[]) => number) =>
      [...Map.groupBy(rows, ({ at }) => Math.floor(at / minute) * minute)].map(([at, inside]) => ({
        timestamp: new Date(at).toISOString(),
        value: value(inside),
      }));
    if (url.pathname === "/metrics/http-requests") {
      assert.equal(query["aggregateBy"], "statusCode");
      const body = [...Map.groupBy(near, ({ status }) => status)].map(([status, rows]) => ({
        labels: [{ field: "statusCode", value: String(status) }],
        values: perMinute(rows, ({ length }) => length),
        unit: "requests",
      }));
      return { status: 200, body };
    }
    if (url.pathname === "/metrics/http-latency") {
      const quantile = Number(query["quantile"]);
      const worst = (rows: readonly Served[]) => {
        const sorted = rows.map(({ took }) => took).toSorted((a, b) => a - b);
        return (sorted[Math.ceil(quantile * sorted.length) - 1] ?? 0) / 1000;
      };
      return { status: 200, body: [{ labels: [], values: perMinute(near, worst), unit: "seconds" }] };
    }
    if (url.pathname === "/metrics/memory")
      return { status: 200, body: [{ labels: [], values: perMinute(near, () => 123_456_789), unit: "bytes" }] };
    return { status: 404, body: { message: "not found" } };
  });
}
