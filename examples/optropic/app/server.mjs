import { createServer } from "node:http";
import pg from "pg";
import { labelOf } from "./label.mjs";
import { createMetrics } from "./metrics.mjs";
import { settings } from "./settings.mjs";

const { port, commit, deployment, databaseUrl } = settings;
const metrics = createMetrics(deployment);
const database = new pg.Pool({ connectionString: databaseUrl, max: 5, connectionTimeoutMillis: 2000 });
// A connection that breaks while idle is replaced by the next query; unheard, its error would end the process.
database.on("error", (error) => console.error(`database: ${error.message}`));

const json = (body, status = 200) => ({ status, type: "application/json", body: JSON.stringify(body) });

async function health() {
  const reachable = await database.query("select 1").then(
    () => true,
    () => false,
  );
  const body = { status: reachable ? "ok" : "unavailable", commit, services: { database: reachable } };
  return json(body, reachable ? 200 : 503);
}

async function products() {
  const { rows } = await database.query('select "id", "name" from "Product" order by "id" desc limit 10');
  return json({ products: rows });
}

const pages = {
  "/": async (product) => json({ app: "optropic", label: labelOf(product) }),
  "/api/products": products,
  // What products were called before: bookmarks, and a rehearsal's visitors, still ask for it.
  "/api/notes": products,
};

async function page(path) {
  const started = performance.now();
  let answer;
  try {
    answer = await pages[path](Math.floor(Math.random() * 100));
  } catch (error) {
    // The log says what went wrong; who asked is told that something did.
    console.error(`${path}: ${error.message}`);
    answer = json({ error: "Something went wrong." }, 500);
  }
  metrics.observe(answer.status, (performance.now() - started) / 1000);
  return answer;
}

async function answerTo(path) {
  if (Object.hasOwn(pages, path)) return page(path);
  if (path === "/api/health") return health();
  if (path === "/api/metrics") return { status: 200, type: "text/plain; version=0.0.4", body: metrics.text() };
  return json({ error: "There is no such page." }, 404);
}

const secure = {
  "strict-transport-security": "max-age=63072000; includeSubDomains",
  "content-security-policy": "default-src 'self'",
  "x-content-type-options": "nosniff",
};

const server = createServer(async (request, response) => {
  const { status, type, body } = await answerTo(request.url.split("?")[0]);
  const headers = { ...secure, "content-type": type, "content-length": Buffer.byteLength(body), "x-version": commit };
  response.writeHead(status, headers);
  response.end(body);
});
// Longer than the router keeps its connections, so that this side never closes one that is about to be used.
server.keepAliveTimeout = 65_000;
server.listen(port, "127.0.0.1", () => console.log(`${commit} listens on port ${port}.`));

process.once("SIGTERM", () => {
  server.close(() => database.end());
  server.closeIdleConnections();
});
