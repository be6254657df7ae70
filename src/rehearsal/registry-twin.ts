import { createServer } from "node:http";
import { closeAtOnce, listenOnLoopback } from "./loopback.ts";

/** The part of a package registry that `npm audit` asks, on loopback. */
export interface RegistryTwin {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Answers npm's bulk question for advisories (https://docs.npmjs.com/cli/commands/npm-audit) as a registry that knows of
 * none, and nothing else: a rehearsal shows that the audit is asked for and decides, not what is known of a package today.
 */
export async function startRegistryTwin(): Promise<RegistryTwin> {
  const server = createServer((request, response) => {
    const isBulk = request.method === "POST" && request.url === "/-/npm/v1/security/advisories/bulk";
    request.resume().on("end", () => {
      response.writeHead(isBulk ? 200 : 404, { "content-type": "application/json" }).end("{}");
    });
  });
  const port = await listenOnLoopback(server);
  return { url: `http://127.0.0.1:${port}/`, stop: () => closeAtOnce(server) };
}
