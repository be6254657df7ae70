import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** The smallest application a version can be; its environment decides how it misbehaves. */
const server = `
import { createServer } from "node:http";
console.log("hello from " + process.env.VERSION);
if (process.env.PRINT) console.error("\\u001b[31mbad\\u001b[0m " + process.env.PRINT);
if (process.env.EXIT_CODE) process.exit(Number(process.env.EXIT_CODE));
const healthy = process.env.UNHEALTHY === undefined;
const server = createServer(async (request, response) => {
  const version = process.env.VERSION;
  if (request.url === "/health") return response.writeHead(healthy ? 200 : 503).end();
  if (request.url === "/silent") return;
  if (request.url === "/env") return response.end(JSON.stringify(process.env));
  response.setHeader("x-version", version);
  if (request.url === "/echo") {
    response.setHeader("x-request-headers", JSON.stringify(request.headers));
    return request.pipe(response);
  }
  response.end(version);
});
server.listen(Number(process.env.PORT), "127.0.0.1");
process.once("SIGTERM", () => { server.close(); server.closeIdleConnections(); });
`;

export interface TinyCommit extends AsyncDisposable {
  /** The commit's tree. */
  readonly directory: string;
  /** An empty folder for whatever the test needs, removed with the commit. */
  readonly scratch: string;
}

export async function tinyCommit(): Promise<TinyCommit> {
  const scratch = await mkdtemp(join(tmpdir(), "sluice-test-"));
  const directory = await mkdtemp(join(scratch, "commit-"));
  await writeFile(join(directory, "server.mjs"), server);
  return { directory, scratch, [Symbol.asyncDispose]: () => rm(scratch, { recursive: true, force: true }) };
}

/** Waits for a condition; fails the test when it does not come true in time. */
export async function eventually(
  what: string,
  holds: () => boolean | Promise<boolean>,
  withinMs = 8_000,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`It did not come true within ${withinMs} ms: ${what}.`);
    await sleep(10);
  }
}

export function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
