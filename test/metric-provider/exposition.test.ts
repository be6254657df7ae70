import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { after, test } from "node:test";
import fc from "fast-check";
import { InputError, ProviderError } from "../../src/failure.ts";
import {
  type ExpositionConfig,
  type ExpositionOptions,
  expositionProvider,
} from "../../src/metric-provider/exposition.ts";
import type { Measurement } from "../../src/metric-provider.ts";
import { parseSelector } from "../../src/metric-spec/exposition-selector.ts";
import { parseExposition, type Sample } from "../../src/metric-spec/exposition-text.ts";

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** One real application page; each test says what it answers. */
let answer: Answer = (_, response) => response.end();
const server = createServer((request, response) => answer(request, response));
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const bound = server.address();
assert.ok(typeof bound === "object" && bound !== null);
const address = `http://127.0.0.1:${bound.port}`;
after(() => {
  server.closeAllConnections();
  server.close();
});

const page =
  (body: string | Uint8Array, status = 200): Answer =>
  (_, response) => {
    response.writeHead(status, { "content-type": "text/plain; version=0.0.4" });
    response.end(body);
  };

/** Wall time moves a second per look. */
function ports() {
  let now = 1_700_000_000_000;
  return {
    fetch: globalThis.fetch,
    cancelled: new AbortController().signal,
    clock: { now: () => now, monotonic: () => now, sleep: async () => undefined },
    later: (milliseconds: number) => {
      now += milliseconds;
    },
  };
}

const errorRate: ExpositionConfig = {
  path: "/metrics",
  bad: 'http_requests_total{code=~"5.."}',
  total: "http_requests_total",
  by: "version",
};
const latency: ExpositionConfig = { path: "/metrics", histogram: "http_request_duration_seconds", by: "version" };

const subject = () => ({ version: "abc123", address });
const anyWindow = { from: 0, to: 0 };

/** Reads one page after the other, a second apart, and gives what each look measured. */
async function looks(
  config: ExpositionConfig,
  answers: readonly Answer[],
  options?: ExpositionOptions,
): Promise<readonly Measurement[]> {
  const world = ports();
  const provider = expositionProvider(config, world, options);
  const measured: Measurement[] = [];
  for (const next of answers) {
    answer = next;
    measured.push(await provider.measure(anyWindow, subject()));
    world.later(1_000);
  }
  return measured;
}

const requests = (ok: number, bad: number, version = "abc123", more = "") => `# HELP http_requests_total Requests.
# TYPE http_requests_total counter
http_requests_total{version="${version}",code="200"} ${ok}
http_requests_total{version="${version}",code="503"} ${bad}
${more}`;

const durations = (counts: readonly [number, number, number], sum: number) => `
http_request_duration_seconds_bucket{version="abc123",le="0.1"} ${counts[0]}
http_request_duration_seconds_bucket{version="abc123",le="1.1"} ${counts[1]}
http_request_duration_seconds_bucket{version="abc123",le="+Inf"} ${counts[2]}
http_request_duration_seconds_sum{version="abc123"} ${sum}
http_request_duration_seconds_count{version="abc123"} ${counts[2]}
`;

const reasonOf = (measured: Measurement | undefined) =>
  measured?.kind === "no-data" ? measured.reason : measured?.kind;

test("totals become what was added between two looks", async () => {
  const [first, second] = await looks(errorRate, [page(requests(100, 3)), page(requests(146, 7))]);
  assert.equal(reasonOf(first), "first-look");
  assert.deepEqual(second, {
    kind: "counts",
    bad: 4,
    total: 50,
    window: { from: 1_700_000_000_000, to: 1_700_000_001_000 },
    observedAt: 1_700_000_001_000,
    version: "abc123",
    source: `${address}/metrics`,
  });
});

test("buckets in seconds become milliseconds", async () => {
  const [, second] = await looks(latency, [page(durations([10, 20, 20], 2)), page(durations([50, 68, 70], 9.5))]);
  assert.equal(second?.kind, "histogram");
  if (second?.kind !== "histogram") return;
  assert.deepEqual(second.buckets, [
    { le: 100, count: 40 },
    { le: 1_100, count: 48 },
    { le: Number.POSITIVE_INFINITY, count: 50 },
  ]);
  assert.equal(second.sum, 7_500);
});

test("series of several routes are added up", async () => {
  const body = (n: number) =>
    `hits_total{version="abc123",route="/",code="200"} ${n}\nhits_total{version="abc123",route="/a",code="500"} ${n}\nhits_total{version="old",route="/",code="500"} ${9 * n}\n`;
  const config = { path: "/metrics", bad: 'hits_total{code="500"}', total: "hits_total", by: "version" };
  const [, second] = await looks(config, [page(body(1)), page(body(11))]);
  assert.deepEqual(second?.kind === "counts" && [second.bad, second.total], [10, 20]);
});

test("a value is read as it is, in the unit its name says", async () => {
  const cases: readonly (readonly [string, number, number])[] = [
    ["memory_used_ratio", 0.42, 0.42],
    ["memory_used_percent", 42, 0.42],
    ["event_loop_lag_seconds", 0.25, 250],
    ["queue_depth", 7, 7],
  ];
  for (const [name, shown, expected] of cases) {
    const [first] = await looks({ path: "/metrics", value: name }, [page(`${name} ${shown}\n`)]);
    assert.equal(first?.kind === "value" && first.value, expected, name);
  }
});

test("reads go on in a later process from the totals of the one before", async () => {
  const world = ports();
  const earlier = expositionProvider(errorRate, world);
  answer = page(requests(100, 3));
  await earlier.measure(anyWindow, subject());
  const totals: unknown = JSON.parse(JSON.stringify(earlier.totals?.()));
  world.later(1_000);
  answer = page(requests(110, 4));
  const resumed = await expositionProvider(errorRate, world, { totals }).measure(anyWindow, subject());
  assert.deepEqual(resumed.kind === "counts" && [resumed.bad, resumed.total], [1, 11]);
  const other = { ...errorRate, bad: 'http_requests_total{code="503"}' };
  assert.equal(
    reasonOf(await expositionProvider(other, world, { totals }).measure(anyWindow, subject())),
    "first-look",
  );
  const odd = expositionProvider(errorRate, world, { totals: { of: 1 } });
  assert.equal(reasonOf(await odd.measure(anyWindow, subject())), "first-look");
});

const started = (seconds: number) => `process_start_time_seconds ${seconds}\n`;

/** Two looks; the second must not count. */
const second: readonly (readonly [name: string, reason: string, first: string, second: string])[] = [
  ["a total goes down", "counter-reset", requests(100, 3), requests(20, 3)],
  ["only the bad total goes down", "counter-reset", requests(100, 3), requests(150, 0)],
  [
    "another process answers",
    "counter-reset",
    requests(100, 3, "abc123", started(1)),
    requests(150, 3, "abc123", started(2)),
  ],
  [
    "the page's own time stands still",
    "stale",
    'http_requests_total{version="abc123",code="503"} 5 1699999999000\n',
    'http_requests_total{version="abc123",code="503"} 9 1699999999000\n',
  ],
  [
    "the page's own time lies ahead",
    "future",
    requests(1, 1),
    'http_requests_total{version="abc123",code="503"} 5 1900000000000\n',
  ],
  ["the version changes", "other-version", requests(100, 3), requests(110, 3, "def456")],
  ["a number is NaN", "odd-number", requests(100, 3), requests(Number.NaN, 3)],
  ["a number is negative", "odd-number", requests(100, 3), requests(-1, 3)],
  ["a series stands there twice", "unparsable", requests(100, 3), requests(100, 3) + requests(100, 3)],
  ["the page is HTML", "unparsable", requests(100, 3), "<!doctype html><title>Sign in</title>\n"],
  ["the page is empty", "unparsable", requests(100, 3), ""],
  ["the page is cut off", "unparsable", requests(100, 3), requests(123, 3).trimEnd()],
  ["the page is JSON", "unparsable", requests(100, 3), '{"http_requests_total": 5}\n'],
  ["the metric is gone", "no-series", requests(100, 3), 'other_total{version="abc123"} 5\n'],
  ["the label is gone", "no-label", requests(100, 3), 'http_requests_total{version="abc123",status="503"} 5\n'],
];

for (const [name, reason, before_, then] of second) {
  test(`F22: no data when ${name}`, async () => {
    const [, measured] = await looks(errorRate, [page(before_), page(then)]);
    assert.equal(reasonOf(measured), reason, JSON.stringify(measured));
  });
}

test("F22: infinity is no number to count with", async () => {
  const body = 'http_requests_total{version="abc123",code="503"} +Inf\n';
  assert.equal(reasonOf((await looks(errorRate, [page(body)]))[0]), "odd-number");
});

test("F25: after a reset counting begins anew", async () => {
  const [, reset, third] = await looks(errorRate, [
    page(requests(100, 3)),
    page(requests(10, 0)),
    page(requests(30, 1)),
  ]);
  assert.equal(reasonOf(reset), "counter-reset");
  assert.deepEqual(third?.kind === "counts" && [third.bad, third.total], [1, 21]);
});

test("after a failed read the next one covers the time of both", async () => {
  const [, failed, third] = await looks(errorRate, [page(requests(100, 3)), page("", 503), page(requests(146, 7))]);
  assert.equal(reasonOf(failed), "unreachable");
  assert.deepEqual(
    third?.kind === "counts" && [third.bad, third.total, third.window.to - third.window.from],
    [4, 50, 2_000],
  );
});

test("other versions are named, but only as far as they look like versions", async () => {
  const [measured] = await looks(errorRate, [page(requests(1, 1, "<b>::error::x"))]);
  assert.equal(
    measured?.kind === "no-data" && measured.message.endsWith("is about version `?b???error??x`, not `abc123`."),
    true,
  );
});

test("two series where one is meant, and none", async () => {
  const config = { path: "/metrics", value: "queue_depth" };
  const body = 'queue_depth{queue="a"} 1\nqueue_depth{queue="b"} 2\n';
  assert.equal(reasonOf((await looks(config, [page(body)]))[0]), "ambiguous");
  const [one] = await looks({ ...config, value: 'queue_depth{queue="b"}' }, [page(body)]);
  assert.equal(one?.kind === "value" && one.value, 2);
  assert.equal(reasonOf((await looks({ ...config, value: 'queue_depth{queue="c"}' }, [page(body)]))[0]), "no-series");
});

test("buckets that do not fit together are no data", async () => {
  const bodies = [
    durations([10, 20, 20], 2).replace(/.*\+Inf.*\n/, ""),
    durations([10, 20, 20], 2).replace('le="0.1"', 'le="ms"'),
    durations([10, 20, 20], 2).replace(',le="0.1"', ""),
    durations([10, 20, 20], 2).replace(/.*_sum.*\n/, ""),
  ];
  for (const body of bodies) {
    const [measured] = await looks(latency, [page(body)]);
    assert.ok(["odd-histogram", "no-series"].includes(reasonOf(measured) ?? ""), body);
  }
  const [, falling] = await looks(latency, [page(durations([10, 20, 20], 2)), page(durations([50, 25, 60], 3))]);
  assert.equal(reasonOf(falling), "odd-histogram");
});

test("answers that are no answer are no data", async () => {
  // Were it followed, the page behind it would be believed.
  const redirect: Answer = (request, response) => {
    if (request.url !== "/metrics") return page(requests(1, 1))(request, response);
    response.writeHead(302, { location: "/elsewhere" });
    response.end();
  };
  const reset: Answer = (_, response) => {
    response.socket?.destroy();
  };
  const cases: readonly (readonly [Answer, string])[] = [
    [page("", 500), "unreachable"],
    [page("", 503), "unreachable"],
    [page("", 429), "unreachable"],
    [page("", 404), "unreachable"],
    [page("", 204), "unreachable"],
    [redirect, "unreachable"],
    [reset, "unreachable"],
    [page(Uint8Array.from([0x61, 0xff, 0xfe, 0x0a])), "unparsable"],
    [page(Uint8Array.from([0, 1, 2, 3])), "unparsable"],
  ];
  for (const [next, reason] of cases) assert.equal(reasonOf((await looks(errorRate, [next]))[0]), reason);
});

test("a refused question is an error, not no data", async () => {
  for (const status of [401, 403]) await assert.rejects(looks(errorRate, [page("", status)]), ProviderError);
  const headers = { authorization: "Bearer 123" };
  await assert.rejects(looks(errorRate, [page("", 404)], { headers }), (error) => {
    assert.ok(error instanceof ProviderError);
    assert.equal(error.status, 404);
    return !error.message.includes("123");
  });
});

test("headers are sent", async () => {
  const guarded: Answer = (request, response) => {
    const allowed = request.headers.authorization === "Bearer 123";
    page(allowed ? "queue_depth 7\n" : "", allowed ? 200 : 401)(request, response);
  };
  const options = { headers: { authorization: "Bearer 123" } };
  assert.equal(reasonOf((await looks({ path: "/metrics", value: "queue_depth" }, [guarded], options))[0]), "value");
});

test("F04: an endless answer ends after 1 MiB, and a slow one at its deadline", async () => {
  let closed = 0;
  const endless: Answer = (_, response) => {
    response.on("close", () => closed++);
    const more = () => {
      while (!response.destroyed && response.write("a_total 1\n".repeat(1_000)));
    };
    response.on("drain", more);
    more();
  };
  const hanging: Answer = (_, response) => {
    response.on("close", () => closed++);
    response.write("a_total 1\n");
  };
  assert.equal(reasonOf((await looks(errorRate, [endless]))[0]), "too-large");
  const [slow] = await looks(errorRate, [hanging], { deadline: 50 });
  assert.equal(reasonOf(slow), "unreachable");
  assert.match(slow?.kind === "no-data" ? slow.message : "", /no whole answer within 50 ms/);
});

test("F21: nobody listening, and no address at all", async () => {
  const provider = expositionProvider(errorRate, ports());
  const refused = await provider.measure(anyWindow, { version: "abc123", address: "http://127.0.0.1:1" });
  assert.equal(reasonOf(refused), "unreachable");
  assert.equal(reasonOf(await provider.measure(anyWindow, { version: "abc123" })), "no-address");
});

test("what cannot be used is refused when it is declared", () => {
  const refused: readonly ExpositionConfig[] = [
    { ...errorRate, path: "metrics" },
    { ...errorRate, path: "//elsewhere/metrics" },
    { path: "/metrics", bad: "a b", total: "a" },
    { path: "/metrics", bad: 'a{code=~"("}', total: "a" },
    { path: "/metrics", bad: 'a{code=~"(a+)+b"}', total: "a" },
    { path: "/metrics", histogram: "request_duration" },
  ];
  for (const config of refused)
    assert.throws(() => expositionProvider(config, ports()), InputError, JSON.stringify(config));
  assert.doesNotThrow(() =>
    expositionProvider({ path: "/metrics", histogram: "request_duration", unit: "seconds" }, ports()),
  );
});

const sampleOf = (labels: Readonly<Record<string, string>>, name = "a"): Sample => ({
  name,
  labels: new Map(Object.entries(labels)),
  value: 1,
});

/** Which label sets a selector means. */
const selectors: readonly (readonly [selector: string, labels: Readonly<Record<string, string>>, matches: boolean])[] =
  [
    ["a", {}, true],
    ["b", {}, false],
    ['a{code="500"}', { code: "500" }, true],
    ['a{code="500"}', { code: "5001" }, false],
    ['a{code!="500"}', { code: "200" }, true],
    ['a{code!="500"}', {}, true],
    ['a{code=""}', {}, true],
    ['a{code=~"5.."}', { code: "503" }, true],
    ['a{code=~"5.."}', { code: "1503" }, false],
    ['a{code=~"5.."}', { code: "5031" }, false],
    ['a{code!~"5.."}', { code: "200" }, true],
    ['a{code=~"500|503"}', { code: "503" }, true],
    ['a{code=~"4..|5.."}', { code: "x5.." }, false],
    ['a{code=~"5..",route!="/health"}', { code: "500", route: "/health" }, false],
    ['a{ code = "1" , route = "2" , }', { code: "1", route: "2" }, true],
    ['a{route="}"}', { route: "}" }, true],
    ['a{route="\\"\\\\\\n"}', { route: '"\\\n' }, true],
  ];

for (const [selector, labels, matches] of selectors) {
  test(`${selector} ${matches ? "means" : "does not mean"} ${JSON.stringify(labels)}`, () => {
    assert.equal(parseSelector(selector).selector?.matches(sampleOf(labels)), matches);
  });
}

test("selectors that are none, and patterns that could take forever", () => {
  const bad = [
    "",
    "1a",
    "a{",
    "a}",
    "a{code}",
    "a{code=500}",
    'a{code="1"b="2"}',
    'a{=~"x"}',
    'a{code=~"(a+)+"}',
    'a{code=~"(?=a)"}',
    'a{code=~"(a)\\\\1"}',
    `a{code=~"${"a".repeat(201)}"}`,
    'a{code=~".*.*.*.*b"}',
    'a{code=~"["}',
  ];
  for (const text of bad) assert.ok(parseSelector(text).problem, text);
});

const label = fc.stringMatching(/^[a-z_][a-z0-9_]{0,8}$/);
const series = fc.record({
  name: fc.stringMatching(/^[a-zA-Z_:][a-zA-Z0-9_:]{0,12}$/),
  labels: fc.dictionary(label, fc.string({ unit: "grapheme", maxLength: 12 }), { maxKeys: 4 }),
  value: fc.oneof(fc.double(), fc.nat()),
  timestamp: fc.option(fc.integer({ min: 0, max: 2 ** 45 }), { nil: undefined }),
});

const escaped = (text: string) => text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
const written = (number: number) =>
  Number.isFinite(number) || Number.isNaN(number) ? String(number) : number > 0 ? "+Inf" : "-Inf";

test("whatever a client library writes is read back", () => {
  const unique = fc.uniqueArray(series, {
    minLength: 1,
    selector: ({ name, labels }) => JSON.stringify([name, Object.entries(labels).sort()]),
  });
  fc.assert(
    fc.property(unique, (all) => {
      const lines = all.map(({ name, labels, value, timestamp }) => {
        const inside = Object.entries(labels).map(([key, text]) => `${key}="${escaped(text)}"`);
        const stamp = timestamp === undefined ? "" : ` ${timestamp}`;
        return `${name}${inside.length > 0 ? `{${inside.join(",")}}` : ""} ${written(value)}${stamp}\n`;
      });
      const { samples, problem } = parseExposition(`# HELP x y\n${lines.join("")}`);
      assert.equal(problem, undefined);
      assert.equal(samples?.length, all.length);
      samples?.forEach((sample, i) => {
        const expected = all[i];
        assert.deepEqual([sample.name, Object.fromEntries(sample.labels)], [expected?.name, { ...expected?.labels }]);
        assert.ok(Object.is(sample.value + 0, (expected?.value ?? 0) + 0), `${sample.value} is not ${expected?.value}`);
        assert.equal(sample.timestamp, expected?.timestamp);
      });
    }),
  );
});

test("any text at all is metrics or has a problem, and never throws or takes long", () => {
  const piece = fc.constantFrom(
    "a",
    "{",
    "}",
    '"',
    "\\",
    "\n",
    "=",
    ",",
    " ",
    "#",
    "1",
    "NaN",
    "+Inf",
    "# EOF\n",
    "e5",
    "<",
  );
  const text = fc.oneof(
    fc.string(),
    fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join("")),
  );
  fc.assert(
    fc.property(text, (body) => {
      const { samples, problem } = parseExposition(body);
      assert.ok((samples === undefined) !== (problem === undefined));
    }),
    { numRuns: 2_000 },
  );
});

/** The format, line by line: the number read, or undefined for a refusal. */
const lines: readonly (readonly [text: string, value: number | undefined])[] = [
  ["a 1\n", 1],
  ["a{} 1\n", 1],
  ['a{b="}"} 1\n', 1],
  ['a{b="x\\ny"} 1\n', 1],
  ['a{b="1",} 1\n', 1],
  ['a { b = "1" } 1\n', 1],
  ["a 1\r\n", 1],
  ["a\t1 1700000000000\n", 1],
  ["a 1.5e3\n", 1_500],
  ["a .5\n", 0.5],
  ["a +Inf\n", Number.POSITIVE_INFINITY],
  ["a NaN\n", Number.NaN],
  ["a 1 1700000000.5\n# EOF\n", 1],
  ['a_bucket{le="1"} 1 # {trace="x"} 0.5 1700000000.1\n# EOF\n', 1],
  ["a 1\n# EOF\nb 2\n", undefined],
  ["a 1", undefined],
  ["a\n", undefined],
  ["a 1 2 3\n", undefined],
  ["a 1 yesterday\n", undefined],
  ["a 1ms\n", undefined],
  ["a 0x10\n", undefined],
  ["a 1,5\n", undefined],
  ["a null\n", undefined],
  ["1a 1\n", undefined],
  ['a{b="1} 1\n', undefined],
  ["a{b=1} 1\n", undefined],
  ['a{b="1" c="2"} 1\n', undefined],
  ['a{b="1",b="2"} 1\n', undefined],
  ['a{b="\\x"} 1\n', undefined],
  ["a 1\na 1\n", undefined],
  ['a{b="1",c="2"} 1\na{c="2",b="1"} 1\n', undefined],
  ["# only a comment\n", undefined],
  ["\n", undefined],
];

for (const [text, expected] of lines) {
  test(`${JSON.stringify(text)} ${expected === undefined ? "is refused" : `says ${expected}`}`, () => {
    const { samples } = parseExposition(text);
    assert.deepEqual(samples?.[0]?.value, expected);
  });
}
