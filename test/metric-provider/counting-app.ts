import { createServer } from "node:http";

/** A small application that counts what it answers: `counting-app.ts <version> <instance>` prints its address. */
const [, , version = "", instance = ""] = process.argv;
const bounds = [0.005, 0.05, 0.5];
const counted = new Map([["200", 0]]);
const slower = { counts: [0, 0, 0, 0], sum: 0 };

const metrics = () =>
  [
    ...[...counted].map(([code, n]) => `http_requests_total{version="${version}",code="${code}"} ${n}`),
    ...[...bounds, "+Inf"].map(
      (le, i) => `http_request_duration_seconds_bucket{version="${version}",le="${le}"} ${slower.counts[i]}`,
    ),
    `http_request_duration_seconds_sum{version="${version}"} ${slower.sum}`,
    `http_request_duration_seconds_count{version="${version}"} ${slower.counts[3]}`,
    `process_resident_memory_bytes{version="${version}"} 1048576`,
    "",
  ].join("\n");

function count(code: string, seconds: number) {
  counted.set(code, (counted.get(code) ?? 0) + 1);
  slower.sum += seconds;
  for (const [i, bound] of [...bounds, Number.POSITIVE_INFINITY].entries())
    if (seconds <= bound) slower.counts[i] = (slower.counts[i] ?? 0) + 1;
}

const server = createServer((request, response) => {
  const url = new URL(request.url ?? "/", "http://app");
  if (url.pathname === "/metrics") return void response.end(metrics());
  if (url.pathname === "/metrics.json") {
    const [bad, total] = [counted.get("500") ?? 0, [...counted.values()].reduce((a, b) => a + b, 0)];
    response.setHeader("content-type", "application/json");
    return void response.end(JSON.stringify({ build: { version }, instance, http: { bad, total } }));
  }
  const code = url.pathname === "/fail" ? "500" : "200";
  count(code, Number(url.searchParams.get("seconds") ?? 0.001));
  response.writeHead(Number(code), { "x-version": version });
  response.end();
});
server.listen(0, "127.0.0.1", () => {
  const bound = server.address();
  if (typeof bound === "object" && bound !== null) process.stdout.write(`http://127.0.0.1:${bound.port}\n`);
});
