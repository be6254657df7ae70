import { createServer } from "node:http";
import pg from "pg";
import { createMetrics } from "./metrics.mjs";
import { queueOf } from "./queue.mjs";
import { createSentry } from "./sentry.mjs";
import { settings } from "./settings.mjs";
import { tenantOf } from "./tenant.mjs";

const { port, version, databaseUrl, mode, sentryDsn } = settings;
const metrics = createMetrics(version);
const sentry = createSentry(sentryDsn, version);
const database = new pg.Pool({ connectionString: databaseUrl, max: 5, connectionTimeoutMillis: 2000 });
// A connection that breaks while idle is replaced by the next query; unheard, its error would end the process.
database.on("error", (error) => console.error(`database: ${error.message}`));

const json = (body, status = 200) => ({ status, type: "application/json", body: JSON.stringify(body) });

async function health() {
  const reachable = await database.query("select 1").then(
    () => true,
    () => false,
  );
  const body = { status: reachable ? "ok" : "unavailable", mode, services: { database: reachable } };
  return json(body, reachable ? 200 : 503);
}

const pages = {
  "/": async (visitor) => ({ app: "voxanne", ...(await tenantOf(visitor)) }),
  "/api/queue": () => queueOf(database),
  "/api/notes": async () => {
    const { rows } = await database.query("select id, status from queue_job_attempts order by id desc limit 10");
    return { attempts: rows };
  },
};

async function page(path) {
  const started = performance.now();
  let answer;
  try {
    answer = json(await pages[path](Math.floor(Math.random() * 100)));
  } catch (error) {
    console.error(`${path}: ${error.message}`);
    sentry.error(error);
    answer = json({ error: "Something went wrong." }, 500);
  }
  metrics.observe(answer.status, (performance.now() - started) / 1000);
  return answer;
}

async function answerTo(path) {
  if (Object.hasOwn(pages, path)) return page(path);
  if (path === "/health") return health();
  if (path === "/metrics") return { status: 200, type: "text/plain; version=0.0.4", body: metrics.text() };
  return json({ error: "There is no such page." }, 404);
}

const server = createServer(async (request, response) => {
  const { status, type, body } = await answerTo(request.url.split("?")[0]);
  response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(body), "x-version": version });
  response.end(body);
});
// Longer than the router keeps its connections, so that this side never closes one that is about to be used.
server.keepAliveTimeout = 65_000;
server.listen(port, "127.0.0.1", () => console.log(`Version ${version} listens on port ${port}.`));

process.once("SIGTERM", () => {
  server.close(() => database.end());
  server.closeIdleConnections();
});
