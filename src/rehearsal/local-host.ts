import { randomBytes, timingSafeEqual } from "node:crypto";
import { cp, mkdir, rename, rm, stat } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { LocalRefusal, LocalState } from "../deploy-target/local.ts";
import { InputError, messageOf } from "../failure.ts";
import { createRouter } from "./router.ts";
import { freePort, type StartResult, startVersion, type VersionProcess } from "./version-process.ts";

export interface LocalHostOptions {
  /** Each version runs in its own copy, in `<directory>/releases/<version>`. */
  readonly directory: string;
  /** Bearer token of the admin API. */
  readonly token: string;
  /** Loopback ports; 0 or nothing takes any free one. */
  readonly port?: number;
  readonly adminPort?: number;
  /** Chooses the port of each version. */
  readonly chooseVersionPort?: () => Promise<number>;
}

export interface LocalHost {
  /** Where users' requests go. */
  readonly production: string;
  /** Where `localTarget` sends its questions. */
  readonly admin: string;
  /** Ends every version and both servers. */
  close(): Promise<void>;
}

/** A version's name becomes a folder's name, so it may hold nothing that leaves the folder. */
const versionName = z.string().regex(/^[0-9A-Za-z][0-9A-Za-z._-]{0,127}$/);

const stageRequest = z.strictObject({
  version: versionName,
  directory: z.string().min(1),
  command: z.tuple([z.string().min(1)], z.string()),
  env: z.record(z.string(), z.string()),
  health: z.strictObject({ path: z.string().startsWith("/"), withinMs: z.int().min(1).max(600_000) }),
});

const weightsRequest = z.strictObject({
  weights: z
    .record(versionName, z.number().min(0).max(100))
    .refine((weights) => Math.abs(Object.values(weights).reduce((sum, weight) => sum + weight, -100)) < 1e-9, {
      error: "the weights do not sum to 100",
    }),
  wayBack: versionName.optional(),
  ifGeneration: z.string().optional(),
});

/** What a rehearsal breaks on purpose. Setting faults replaces all of them. */
const faultsRequest = z.strictObject({
  /** Every answer is given this much later, after its effect. */
  delayMs: z.int().min(0).default(0),
  /** So many of the next writes are answered 503 and have no effect. */
  refuseWrites: z.int().min(0).default(0),
  /** So many of the next writes are answered 429 and have no effect. */
  limitWrites: z.int().min(0).default(0),
  /** So many of the next writes take effect and are never answered. */
  loseAnswers: z.int().min(0).default(0),
});
type Faults = z.infer<typeof faultsRequest>;

interface Version {
  /** Undefined while it starts. */
  process: VersionProcess | undefined;
  starting: Promise<StartResult> | undefined;
  weight: number;
}

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

interface Routes {
  stage(request: z.infer<typeof stageRequest>): Promise<Reply>;
  setWeights(request: z.infer<typeof weightsRequest>): Reply;
  remove(version: string): Promise<Reply>;
  state(): LocalState;
}

const largestBody = 1024 * 1024;
const graceMs = 5_000;
const versionAnswerWithinMs = 10_000;

/**
 * A whole hosting platform on one machine: versions are real processes, traffic is divided between them by a real
 * router, and an admin API changes both. Both ports listen on 127.0.0.1 only.
 */
export async function startLocalHost(options: LocalHostOptions): Promise<LocalHost> {
  const router = createRouter({ answerWithinMs: versionAnswerWithinMs });
  const versions = new Map<string, Version>();
  const hostId = randomBytes(4).toString("hex");
  let changes = 0;
  let wayBack: string | undefined;

  const reroute = (): void => {
    const routes = [...versions].flatMap(([version, { process, weight }]) =>
      process === undefined ? [] : [{ version, port: process.port, weight }],
    );
    router.serve(routes);
  };

  const state = (): LocalState => {
    const counts = router.counts();
    const described = [...versions].map(([version, known]) => ({
      version,
      ...describe(known.process),
      ...(counts[version] ?? { requests: 0, undelivered: 0 }),
    }));
    const serving = [...versions]
      .filter(([, known]) => known.weight > 0 || known.process?.running() === true)
      .map(([version, { weight }]) => ({ version, weight }));
    const generation = `${hostId}.${changes}`;
    return { generation, serving, ...(wayBack === undefined ? {} : { wayBack }), versions: described };
  };

  const start = async (request: z.infer<typeof stageRequest>, entry: Version): Promise<StartResult> => {
    const directory = await copyRelease(request.directory, join(options.directory, "releases", request.version));
    const result = await startVersion({
      ...request,
      directory,
      command: [request.command[0], ...request.command.slice(1)],
      // The versions run on the very Node this host runs on, whatever else the machine has.
      searchPath: [dirname(process.execPath), process.env["PATH"] ?? ""].join(delimiter),
      choosePort: options.chooseVersionPort ?? freePort,
    });
    if (result.started) entry.process = result.process;
    return result;
  };

  const stage = async (request: z.infer<typeof stageRequest>): Promise<Reply> => {
    const { version } = request;
    const entry = versions.get(version) ?? { process: undefined, starting: undefined, weight: 0 };
    versions.set(version, entry);
    if (entry.process?.running() !== true && entry.starting === undefined) {
      entry.starting = start(request, entry).finally(() => {
        entry.starting = undefined;
        reroute();
      });
    }
    let result: StartResult | undefined;
    try {
      result = await entry.starting;
    } finally {
      // What never started, and takes no traffic, leaves nothing behind to be mistaken for a version.
      if (entry.process === undefined && entry.weight === 0) versions.delete(version);
    }
    if (result?.started === false) {
      const { reason, message, output } = result;
      return refusal(422, { reason, message, output: [...output] });
    }
    return { status: 200, body: { version, url: entry.process?.url } };
  };

  const setWeights = (request: z.infer<typeof weightsRequest>): Reply => {
    const present = state();
    const refuse = (status: number, reason: string, message: string): Reply =>
      refusal(status, { reason, message, state: present });
    if (request.ifGeneration !== undefined && request.ifGeneration !== present.generation) {
      const message =
        `Production is at generation ${present.generation}, not ${request.ifGeneration}: ` +
        "somebody moved traffic meanwhile. Read it again and decide anew.";
      return refuse(409, "generation-differs", message);
    }
    for (const [version, weight] of Object.entries(request.weights)) {
      const known = versions.get(version);
      if (known === undefined) {
        return refuse(
          422,
          "unknown-version",
          `Version ${version} does not exist here. Stage it before giving it traffic.`,
        );
      }
      if (weight > 0 && known.process?.running() !== true) {
        const message = `Version ${version} does not run, so it cannot take ${weight} % of traffic. Stage it again.`;
        return refuse(422, "not-running", message);
      }
    }
    for (const [version, known] of versions) known.weight = request.weights[version] ?? 0;
    wayBack = request.wayBack;
    changes += 1;
    reroute();
    return { status: 200, body: state() };
  };

  const remove = async (version: string): Promise<Reply> => {
    const known = versions.get(version);
    if (known === undefined) {
      return refusal(404, { reason: "unknown-version", message: `Version ${version} does not exist here.` });
    }
    if (known.weight > 0 || version === wayBack) {
      const [reason, why] =
        known.weight > 0 ? ["serving", "it serves production"] : ["way-back", "a rollback returns to it"];
      return refusal(409, { reason, message: `Version ${version} is not removed: ${why}. Move traffic first.` });
    }
    if (known.starting !== undefined) {
      return refusal(409, { reason: "starting", message: `Version ${version} is still starting. Ask again later.` });
    }
    versions.delete(version);
    reroute();
    await known.process?.stop(graceMs);
    await rm(join(options.directory, "releases", version), { recursive: true, force: true });
    return { status: 200, body: state() };
  };

  const admin = adminServer(options.token, { stage, setWeights, remove, state });
  const close = async (): Promise<void> => {
    admin.closeAllConnections();
    admin.close();
    await router.close();
    await Promise.all([...versions.values()].map(({ starting }) => starting?.catch(() => undefined)));
    await Promise.all([...versions.values()].map((known) => known.process?.stop(graceMs)));
  };
  try {
    return {
      production: await listen(router.server, options.port ?? 0, "production"),
      admin: await listen(admin, options.adminPort ?? 0, "the admin API"),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function describe(
  started: VersionProcess | undefined,
): Pick<LocalState["versions"][number], "state" | "url" | "pid" | "output"> {
  if (started === undefined) return { state: "starting" };
  const { url, pid } = started;
  if (started.running()) return { state: "running", url, pid };
  return { state: "exited", url, pid, output: [...started.output(), `(it ${started.ending()})`] };
}

/** Copied aside and renamed, so that half a copy is never taken for a release. */
async function copyRelease(from: string, to: string): Promise<string> {
  const source = await stat(from).catch(() => undefined);
  if (source?.isDirectory() !== true) {
    throw new InputError(
      `The folder ${from}, which holds the commit to be staged, does not exist. Check the commit out first.`,
    );
  }
  const unfinished = `${to}.unfinished`;
  await mkdir(dirname(to), { recursive: true });
  await rm(unfinished, { recursive: true, force: true });
  // A checkout's .git may hold the credentials it was made with.
  const withoutGit = (path: string): boolean => path !== join(from, ".git");
  await cp(from, unfinished, { recursive: true, verbatimSymlinks: true, filter: withoutGit });
  await rm(to, { recursive: true, force: true });
  await rename(unfinished, to);
  return to;
}

function adminServer(token: string, routes: Routes): Server {
  let faults: Faults = { delayMs: 0, refuseWrites: 0, limitWrites: 0, loseAnswers: 0 };

  const dispatch = async (method: string, path: string, body: unknown): Promise<Reply | undefined> => {
    if (method === "GET" && path === "/state") return { status: 200, body: routes.state() };
    if (method === "PUT" && path === "/weights") return routes.setWeights(weightsRequest.parse(body));
    if (method === "POST" && path === "/versions") return routes.stage(stageRequest.parse(body));
    if (method === "DELETE" && path.startsWith("/versions/")) {
      return routes.remove(decodeURIComponent(path.slice("/versions/".length)));
    }
    return undefined;
  };

  /** Undefined: the answer is lost on purpose. */
  const reply = async (incoming: IncomingMessage): Promise<Reply | undefined> => {
    if (!bears(incoming, token)) {
      const message = "The admin API of the local host refused the token. Use the one this rehearsal was started with.";
      return refusal(401, { reason: "unauthorized", message });
    }
    const method = incoming.method ?? "";
    const path = incoming.url ?? "";
    const body = await jsonBody(incoming);
    if (method === "PUT" && path === "/faults") {
      faults = faultsRequest.parse(body);
      return { status: 200, body: faults };
    }
    const isWrite = method !== "GET";
    if (isWrite && faults.refuseWrites > 0) {
      faults.refuseWrites -= 1;
      return refusal(503, { reason: "unavailable", message: "The local host is unavailable, as the rehearsal asked." });
    }
    if (isWrite && faults.limitWrites > 0) {
      faults.limitWrites -= 1;
      return refusal(429, { reason: "unavailable", message: "Too many requests, as the rehearsal asked." });
    }
    const lost = isWrite && faults.loseAnswers > 0;
    if (lost) faults.loseAnswers -= 1;
    const answer = await dispatch(method, path, body);
    if (lost) return undefined;
    if (faults.delayMs > 0) await sleep(faults.delayMs);
    return answer ?? refusal(404, { reason: "no-such-route", message: `There is no ${method} ${path} here.` });
  };

  return createServer((incoming, outgoing) => {
    reply(incoming)
      .catch(refusalOf)
      .then((answer) => {
        if (answer === undefined) return;
        outgoing.writeHead(answer.status, { "content-type": "application/json" });
        outgoing.end(JSON.stringify(answer.body));
      });
  });
}

const refusal = (status: number, body: LocalRefusal): Reply => ({ status, body });

function refusalOf(error: unknown): Reply {
  if (error instanceof z.ZodError) return refusal(400, { reason: "bad-request", message: z.prettifyError(error) });
  if (error instanceof InputError) return refusal(422, { reason: "bad-request", message: error.message });
  return refusal(500, { reason: "internal", message: messageOf(error) });
}

/** In constant time, so that the token cannot be guessed by how fast it is refused. */
function bears(incoming: IncomingMessage, token: string): boolean {
  const given = Buffer.from(incoming.headers.authorization ?? "");
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

async function jsonBody(incoming: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    if (!(chunk instanceof Buffer)) continue;
    size += chunk.length;
    if (size > largestBody) throw new InputError(`A request to the admin API may have ${largestBody} bytes at most.`);
    chunks.push(chunk);
  }
  if (size === 0) return undefined;
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    throw new InputError("The body of the request is not JSON.");
  }
}

function listen(server: Server, port: number, purpose: string): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const why = error.code === "EADDRINUSE" ? "is taken by another program" : `cannot be used (${error.code})`;
      reject(
        new InputError(
          `Port ${port} on 127.0.0.1, wanted for ${purpose}, ${why}. Stop that program or choose another port.`,
        ),
      );
    });
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      resolve(`http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : port}`);
    });
  });
}
