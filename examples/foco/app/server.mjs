import { createServer } from "node:http";
import pg from "pg";
import { cacheMs } from "./cache.mjs";
import { featuresFor } from "./features.mjs";
import { createFlags } from "./flags.mjs";
import { createLogins } from "./logins.mjs";
import { createMetrics } from "./metrics.mjs";
import { settings } from "./settings.mjs";
import { titleOf } from "./title.mjs";

const { port, commit, deployment, databaseUrl } = settings;
const metrics = createMetrics(deployment);
const database = new pg.Pool({ connectionString: databaseUrl, max: 5, connectionTimeoutMillis: 2000 });
// A connection that breaks while idle is replaced by the next query; unheard, its error would end the process.
database.on("error", (error) => console.error(`database: ${error.message}`));
const flags = createFlags(database, settings);
const logins = createLogins();

const json = (body, status = 200) => ({ status, type: "application/json", body: JSON.stringify(body) });

async function health() {
  const reachable = await database.query("select 1").then(
    () => true,
    () => false,
  );
  const body = { status: reachable ? "ok" : "unavailable", commit, services: { database: reachable } };
  return json(body, reachable ? 200 : 503);
}

let kept = { at: Number.NEGATIVE_INFINITY, rows: [] };

async function tasks() {
  const hit = performance.now() - kept.at < cacheMs;
  if (cacheMs > 0) metrics.cached(hit);
  if (!hit) {
    const { rows } = await database.query("select id, title from tasks order by id desc limit 10");
    kept = { at: performance.now(), rows };
  }
  return json({ tasks: kept.rows });
}

/** Beta features are for the people whose turn it is: the same people as long as the share stays. */
async function home(title) {
  const person = Math.random() * 100;
  const beta = person < (await flags.percentOf("voice-system"));
  return json({ app: "foco", title, features: featuresFor({ beta, ...settings.features }) });
}

const pages = {
  "/": home,
  "/api/tasks": tasks,
  // What tasks were called before: bookmarks, and a rehearsal's visitors, still ask for it.
  "/api/notes": tasks,
};

async function page(path) {
  const started = performance.now();
  let answer;
  try {
    answer = await pages[path](await titleOf(` task ${Math.floor(Math.random() * 100)} `));
  } catch (error) {
    console.error(`${path}: ${error.message}`);
    answer = json({ error: "Something went wrong." }, 500);
  }
  metrics.observe(answer.status, (performance.now() - started) / 1000);
  return answer;
}

async function answerTo(request, path) {
  if (Object.hasOwn(pages, path)) return page(path);
  if (path === "/api/health") return health();
  if (path === "/api/login") return logins.attempt(request.socket.remoteAddress);
  if (path.startsWith("/api/admin/flags/")) return flags.answer(request, path.slice("/api/admin/flags/".length));
  if (path === "/api/metrics") return { status: 200, type: "text/plain; version=0.0.4", body: metrics.text() };
  return json({ error: "There is no such page." }, 404);
}

const server = createServer(async (request, response) => {
  const { status, type, body } = await answerTo(request, request.url.split("?")[0]).catch((error) => {
    console.error(`${request.url}: ${error.message}`);
    return json({ error: "Something went wrong." }, 500);
  });
  response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(body), "x-version": commit });
  response.end(body);
});
// Longer than the router keeps its connections, so that this side never closes one that is about to be used.
server.keepAliveTimeout = 65_000;
server.listen(port, "127.0.0.1", () => console.log(`${commit} listens on port ${port}.`));

process.once("SIGTERM", () => {
  server.close(() => database.end());
  server.closeIdleConnections();
});
