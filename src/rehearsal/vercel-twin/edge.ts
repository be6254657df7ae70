import { createServer, type Server } from "node:http";
import { delimiter, dirname } from "node:path";
import { createRouter } from "../router.ts";
import { freePort, type Health, startVersion, type VersionProcess } from "../version-process.ts";

export interface EdgeOptions {
  /** Program and arguments that start a deployment, run inside its own files. */
  readonly command: readonly [string, ...string[]];
  readonly health: Health;
  /** Where users' requests go; any free port unless given. */
  readonly port?: number | undefined;
}

/** Where deployments answer: all of them at their own addresses, some of them to users. */
export interface Edge {
  /** What users ask. */
  readonly production: string;
  /** Starts a deployment's process; a text says why it could not. Answers the host it has for itself. */
  start(
    id: string,
    directory: string,
    env: Readonly<Record<string, string>>,
  ): Promise<{ readonly host: string } | { readonly failed: string }>;
  /** Divides users' requests. */
  serve(shares: readonly { readonly id: string; readonly weight: number }[]): void;
  /** Requests that carry one of these secrets pass the protection; everybody does when it is undefined. */
  protect(secrets: readonly string[] | undefined): void;
  remove(id: string): Promise<void>;
  stop(): Promise<void>;
}

const graceMs = 2_000;

interface Running {
  readonly process: VersionProcess;
  readonly front: Server;
  readonly router: ReturnType<typeof createRouter>;
}

/** Deployments are real processes; a real router gives users the ones that production is made of. */
export async function startEdge(options: EdgeOptions): Promise<Edge> {
  const router = createRouter({ answerWithinMs: 10_000 });
  const running = new Map<string, Running>();
  let secrets: readonly string[] | undefined;
  const production = await listen(router.server, options.port ?? 0);

  const endOf = async ({ process, router: own, front }: Running): Promise<void> => {
    front.closeAllConnections();
    await new Promise<void>((resolve) => front.close(() => resolve()));
    await own.close();
    await process.stop(graceMs);
  };

  return {
    production: `http://${production}`,
    async start(id, directory, env) {
      const started = await startVersion({
        version: id,
        directory,
        command: options.command,
        env,
        // Deployments run on the very Node this twin runs on, whatever else the machine has.
        searchPath: [dirname(process.execPath), process.env["PATH"] ?? ""].join(delimiter),
        choosePort: freePort,
        health: options.health,
      });
      if (!started.started) return { failed: [started.message, ...started.output].join("\n") };
      const own = createRouter({ answerWithinMs: 10_000 });
      own.serve([{ version: id, port: started.process.port, weight: 100 }]);
      const front = createServer((incoming, outgoing) => {
        const given = String(incoming.headers["x-vercel-protection-bypass"] ?? "");
        if (secrets !== undefined && !secrets.includes(given)) {
          outgoing.writeHead(401, {
            server: "Vercel",
            "content-type": "text/html; charset=utf-8",
            "set-cookie": "_vercel_sso_nonce=1; Path=/; HttpOnly",
          });
          return void outgoing.end("<html><title>Authentication Required</title></html>");
        }
        own.server.emit("request", incoming, outgoing);
      });
      front.keepAliveTimeout = 65_000;
      const host = await listen(front, 0);
      running.set(id, { process: started.process, front, router: own });
      return { host };
    },
    serve(shares) {
      router.serve(
        shares.flatMap(({ id, weight }) => {
          const port = running.get(id)?.process.port;
          return port === undefined || weight <= 0 ? [] : [{ version: id, port, weight }];
        }),
      );
    },
    protect(these) {
      secrets = these;
    },
    async remove(id) {
      const found = running.get(id);
      running.delete(id);
      if (found !== undefined) await endOf(found);
    },
    async stop() {
      await router.close();
      await Promise.all([...running.values()].map(endOf));
    },
  };
}

function listen(server: Server, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      resolve(`127.0.0.1:${typeof address === "object" && address !== null ? address.port : port}`);
    });
  });
}
