import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { InputError, ProviderError } from "../../src/failure.ts";
import { assess, newGate } from "../../src/gate.ts";
import { parseLimit } from "../../src/limit.ts";
import { type PrometheusConfig, prometheusProvider } from "../../src/metric-provider/prometheus.ts";
import type { Measurement, MetricProvider } from "../../src/metric-provider.ts";
import { freePort } from "../../src/rehearsal/version-process.ts";
import { type Part, realPorts, startPart, told, until, without } from "./real-part.ts";
import { type App, startApp } from "./start-app.ts";

const errorRate = { bad: 'http_requests_total{code=~"5.."}', total: "http_requests_total", by: "version" };

describe("a real Prometheus server that scrapes two versions", { skip: without("prometheus") }, () => {
  const apps: Record<"stable" | "canary" | "canary-2", App | undefined> = {
    stable: undefined,
    canary: undefined,
    "canary-2": undefined,
  };
  let server: Part | undefined;
  let url = "";
  const app = (name: keyof typeof apps): App => {
    const started = apps[name];
    assert.ok(started);
    return started;
  };

  before(async () => {
    [apps.stable, apps.canary, apps["canary-2"]] = await Promise.all([
      startApp("v1"),
      startApp("v2", "a"),
      startApp("v2", "b"),
    ]);
    const targets = Object.values(apps).map((each) => new URL(each?.address ?? "").host);
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    server = await startPart(
      "prometheus",
      async (directory) => {
        const config = path.join(directory, "prometheus.yml");
        const job = { job_name: "app", static_configs: [{ targets }] };
        await writeFile(
          config,
          JSON.stringify({ global: { scrape_interval: "200ms", scrape_timeout: "200ms" }, scrape_configs: [job] }),
        );
        return [
          `--config.file=${config}`,
          `--storage.tsdb.path=${directory}/data`,
          `--web.listen-address=127.0.0.1:${port}`,
        ];
      },
      async () => (await upTargets()) === 3,
    );
  });
  after(async () => {
    await server?.stop();
    await Promise.all(Object.values(apps).map((each) => each?.stop()));
  });

  async function upTargets(): Promise<number> {
    const response = await fetch(`${url}/api/v1/query?query=up==1`);
    const answer = (await response.json()) as { data: { result: unknown[] } };
    return answer.data.result.length;
  }

  const open = (config: Record<string, unknown>) =>
    prometheusProvider({ url, by: "version", ...config } as PrometheusConfig, realPorts());

  /** Measures until `enough` events were seen, as the looks of a gate would. */
  async function sum(provider: MetricProvider, version: string, from: number, enough: number) {
    const seen = { bad: 0, total: 0, covered: [] as { from: number; to: number }[] };
    await until(async () => {
      const measured = await provider.measure({ from, to: Date.now() }, { version });
      if (measured.kind !== "counts") return false;
      assert.equal(measured.version, version);
      assert.equal(measured.source, `${url}/`);
      seen.covered.push(measured.window);
      seen.bad += measured.bad;
      seen.total += measured.total;
      return seen.total >= enough;
    }, `${enough} events of ${version}`);
    return seen;
  }

  test("every event counts exactly once, over several instances, from the first error on", async () => {
    await app("stable").hit("/", 5);
    const before = await scrapedNow();
    const provider = open(errorRate);
    const traffic = (async () => {
      await app("canary").hit("/", 40);
      await app("canary").hit("/fail", 3);
      await app("canary-2").hit("/", 20);
      await app("canary-2").hit("/fail", 4);
      await app("stable").hit("/", 30);
    })();
    const canary = await sum(provider, "v2", before, 67);
    await traffic;
    assert.deepEqual([canary.bad, canary.total], [7, 67]);
    for (const [i, window] of canary.covered.entries()) {
      assert.ok(window.from >= before && window.to > window.from);
      if (i > 0) assert.equal(window.from, canary.covered[i - 1]?.to);
    }
    const stable = await sum(provider, "v1", before, 30);
    assert.deepEqual([stable.bad, stable.total], [0, 30]);
  });

  test("a second process that goes on from the start of the share loses nothing", async () => {
    const before = await scrapedNow();
    await app("canary").hit("/", 12);
    await sum(open(errorRate), "v2", before, 12);
    const later = await sum(open(errorRate), "v2", before, 12);
    assert.equal(later.total, 12);
  });

  test("buckets in seconds become milliseconds", async () => {
    const before = await scrapedNow();
    await app("canary").hit("/?seconds=0.02", 6);
    await app("canary-2").hit("/?seconds=0.2", 2);
    const provider = open({ histogram: "http_request_duration_seconds" });
    const seen = [0, 0, 0, 0];
    await until(async () => {
      const measured = await provider.measure({ from: before, to: Date.now() }, { version: "v2" });
      if (measured.kind !== "histogram") return false;
      assert.deepEqual(
        measured.buckets.map(({ le }) => le),
        [5, 50, 500, Number.POSITIVE_INFINITY],
      );
      for (const [i, { count }] of measured.buckets.entries()) seen[i] = (seen[i] ?? 0) + count;
      return (seen[3] ?? 0) >= 8;
    }, "eight timed requests");
    assert.deepEqual(seen, [0, 6, 8, 8]);
  });

  /** A time after which a scrape of every instance has happened, so that increments have a beginning. */
  async function scrapedNow(): Promise<number> {
    const from = Date.now();
    await until(async () => {
      const response = await fetch(`${url}/api/v1/query?query=${encodeURIComponent("min(timestamp(up))")}`);
      const answer = (await response.json()) as { data: { result: { value: [number, string] }[] } };
      return Number(answer.data.result[0]?.value[1] ?? 0) * 1_000 > from;
    }, "a scrape of every instance");
    return from;
  }

  const look = (config: Record<string, unknown>, version = "v2", to = Date.now()) =>
    open(config).measure({ from: to - 5_000, to }, { version });

  test("a value is dated by its scrape, not by the question", async () => {
    const measured = await until(async () => {
      const found = await look({ value: "process_resident_memory_bytes" }, "v1");
      return found.kind === "value" ? found : false;
    }, "a value");
    assert.equal(measured.value, 1_048_576);
    assert.ok(measured.observedAt < measured.window.to + 1 && measured.observedAt <= Date.now());
    assert.equal(measured.window.to, measured.observedAt);
  });

  test("two series where one is expected are named, and are no data", async () => {
    const measured = await look({ value: "process_resident_memory_bytes" });
    assert.equal(told(measured), "ambiguous");
    assert.match(measured.kind === "no-data" ? measured.message : "", /2 series .*instance=127\.0\.0\.1/);
  });

  test("a version nobody scrapes is no data, not zero", async () => {
    assert.equal(told(await look(errorRate, "v3")), "no-series");
  });

  test("a label that no series has is no data: bad events could never show", async () => {
    assert.equal(told(await look({ ...errorRate, bad: 'http_requests_total{status="500"}' })), "no-series");
    assert.equal(told(await look({ ...errorRate, bad: "http_errors_total" })), "no-series");
  });

  test("no bad event yet, while the label exists, is zero", async () => {
    const measured = await until(async () => {
      const found = await look({ ...errorRate, bad: 'http_requests_total{code="418"}' });
      return found.kind === "counts" ? found : false;
    }, "counts");
    assert.equal(measured.bad, 0);
  });

  test("a query the server refuses is an error, with its words", async () => {
    // A pattern that JavaScript knows and the server does not.
    const refused = open({ ...errorRate, total: 'http_requests_total{code=~"\\\\p{Script=Greek}"}' });
    await assert.rejects(
      refused.measure({ from: Date.now() - 1_000, to: Date.now() }, { version: "v2" }),
      (error) => error instanceof ProviderError && error.status === 400 && /parse error/.test(error.message),
    );
  });

  test("a gate fed by it sends a broken version back and keeps comparing it with stable", async () => {
    const startedAt = await scrapedNow();
    const { limit } = parseLimit("error-rate vs stable < +2pp", ["error-rate"]);
    assert.ok(limit);
    const provider = open(errorRate);
    let gate = newGate({
      limits: [limit],
      metrics: { "error-rate": { kind: "counts" } },
      candidate: "v2",
      stable: "v1",
      startedAt,
      hold: 20_000,
      every: 1_000,
    });
    const verdict = await until(async () => {
      await Promise.all([app("canary").hit("/fail", 20), app("canary-2").hit("/", 20), app("stable").hit("/", 60)]);
      const window = { from: gate.lastLook ?? startedAt, to: Date.now() };
      const [candidate, stable] = await Promise.all([
        provider.measure(window, { version: "v2" }),
        provider.measure(window, { version: "v1" }),
      ]);
      const assessed = assess(gate, { "error-rate": { candidate, stable } }, Date.now());
      gate = assessed.state;
      const verdict = assessed.decision.explain();
      return verdict.verdict === "fail" ? verdict : false;
    }, "the gate to fail");
    assert.match(verdict.message, /v2/);
  });

  test("a process that restarts is not counted over", async () => {
    const before = await scrapedNow();
    const provider = open(errorRate);
    await app("canary").hit("/", 5);
    await sum(provider, "v2", before, 5);
    // A new process under the old address: its totals begin at zero again.
    const { port } = new URL(app("canary").address);
    await app("canary").stop();
    const reborn = createServer((_, response) =>
      response.end('http_requests_total{version="v2",code="200"} 1\n'),
    ).listen(Number(port), "127.0.0.1");
    try {
      const reasons = new Set<string>();
      await until(async () => {
        const measured = await provider.measure({ from: before, to: Date.now() }, { version: "v2" });
        if (measured.kind === "counts") assert.ok(measured.total <= 1, "nothing negative, nothing made up");
        reasons.add(told(measured));
        return reasons.has("counter-reset");
      }, "the restart to be noticed");
    } finally {
      reborn.closeAllConnections();
      reborn.close();
    }
  });
});

describe("what a server, or what stands before it, may answer instead", () => {
  let answer: (request: IncomingMessage, response: ServerResponse) => void = () => undefined;
  const server = createServer((request, response) => answer(request, response));
  let url = "";
  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const bound = server.address();
    assert.ok(typeof bound === "object" && bound !== null);
    url = `http://127.0.0.1:${bound.port}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  const now = 1_700_000_000_000;
  const measure = (config: Record<string, unknown> = errorRate): Promise<Measurement> =>
    prometheusProvider({ url, by: "version", token: "t0ken", ...config } as PrometheusConfig, realPorts()).measure(
      { from: now - 60_000, to: now },
      { version: "v2" },
    );
  const says = (status: number, body: string, headers: Record<string, string> = {}) => {
    answer = (_, response) => {
      response.writeHead(status, headers);
      response.end(body);
    };
  };
  const matrix = (...values: readonly (readonly [number, unknown])[]) =>
    JSON.stringify({
      status: "success",
      data: { resultType: "matrix", result: [{ metric: { instance: "a", code: "500" }, values }] },
    });
  const [t0, t1] = [now / 1000 - 30, now / 1000 - 15];

  const bodies: readonly (readonly [string, string, string])[] = [
    ["NaN", matrix([t0, "1"], [t1, "NaN"]), "odd-number"],
    ["an infinity", matrix([t0, "1"], [t1, "+Inf"]), "odd-number"],
    ["a negative total", matrix([t0, "-1"], [t1, "2"]), "odd-number"],
    ["a text with a unit", matrix([t0, "1"], [t1, "2ms"]), "odd-number"],
    ["an empty text", matrix([t0, "1"], [t1, ""]), "odd-number"],
    ["null", matrix([t0, "1"], [t1, null]), "unparsable"],
    ["numbers that are no text", matrix([t0, 1], [t1, 2]), "unparsable"],
    ["a scalar", '{"status":"success","data":{"resultType":"scalar","result":[1,"1"]}}', "unparsable"],
    ["an empty list", "[]", "unparsable"],
    ["nothing", "", "unparsable"],
    ["a web page", "<!doctype html><title>Sign in</title>", "unparsable"],
    ["an empty vector", '{"status":"success","data":{"resultType":"matrix","result":[]}}', "no-series"],
    ["one scrape only", matrix([t0, "1"]), "first-look"],
    ["a counter reset", matrix([t0, "9"], [t1, "2"]), "counter-reset"],
    [
      "a warning: an answer in part",
      matrix([t0, "1"], [t1, "2"]).replace('"data"', '"warnings":["a store is down"],"data"'),
      "partial",
    ],
  ];
  for (const [name, body, reason] of bodies)
    test(`${name} is no data`, async () => {
      says(200, body);
      assert.equal(told(await measure()), reason);
    });

  for (const status of [302, 408, 429, 500, 502, 503, 504])
    test(`${status} is no data`, async () => {
      says(status, "{}", { location: "https://elsewhere.example" });
      assert.match(told(await measure()), /^(unreachable|rate-limited)$/);
    });

  for (const status of [400, 401, 403, 404, 422])
    test(`${status} is an error: the question itself is refused`, async () => {
      says(status, '{"status":"error","errorType":"bad_data","error":"no such thing"}');
      await assert.rejects(measure(), (error) => error instanceof ProviderError && error.status === status);
    });

  test("50 MB are not read", async () => {
    answer = (_, response) => {
      const chunk = Buffer.alloc(1_048_576, 32);
      let sent = 0;
      const more = () => {
        while (sent++ < 50) if (!response.write(chunk)) return void response.once("drain", more);
        response.end();
      };
      more();
    };
    assert.equal(told(await measure()), "too-large");
  });

  test("the token travels in a header only", async () => {
    let seen: IncomingMessage | undefined;
    answer = (request, response) => {
      seen = request;
      response.end(matrix([t0, "1"], [t1, "2"]));
    };
    await measure();
    assert.equal(seen?.headers.authorization, "Bearer t0ken");
    assert.doesNotMatch(seen?.url ?? "", /t0ken/);
  });

  test("what cannot be asked is refused when it is opened", () => {
    const open = (config: Record<string, unknown>) => () =>
      prometheusProvider({ url: "https://p.example.com", by: "version", ...config } as PrometheusConfig, realPorts());
    assert.throws(open({ ...errorRate, url: "http://p.example.com", token: "t" }), InputError);
    assert.throws(open({ ...errorRate, url: "https://user:pass@p.example.com" }), InputError);
    assert.throws(open({ ...errorRate, total: "rate(http_requests_total[5m])" }), InputError);
    assert.throws(open({ ...errorRate, total: 'http_requests_total{version="v1"}' }), InputError);
    assert.throws(open({ histogram: "latency" }), InputError);
  });
});
