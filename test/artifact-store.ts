import { spawnSync } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import * as z from "zod";

/** Opens what was kept, as a program that knows nothing of ours. */
export const withoutPython = spawnSync("python3", ["--version"]).status === 0 ? false : "python3 is not installed";

interface Kept {
  readonly name: string;
  readonly bytes: Buffer;
  readonly expires: string | undefined;
}

export interface ArtifactStore extends AsyncDisposable {
  /** What a runner gives an action. */
  readonly env: Readonly<Record<string, string>>;
  /** What must not be seen in a log. */
  readonly secrets: readonly string[];
  readonly faults: {
    /** So many of the next requests of a kind are answered 503, and do nothing. */
    busy: Partial<Record<keyof typeof requests | "blob", number>>;
    /** So many of the next artifacts are made, and the answer is lost. */
    losesCreate: number;
    losesFinalize: boolean;
    /** What it stores is not what it was sent. */
    cuts: boolean;
    refusesCreate: boolean;
  };
  /** Artifacts that are whole. */
  kept(): readonly Kept[];
}

const ids = { workflow_run_backend_id: z.uuid(), workflow_job_run_backend_id: z.uuid() };
const name = z.string().regex(/^[^":<>|*?\r\n\\/]+$/);
/** The fields of `github.actions.results.api.v1`, in their JSON form; an unknown one is an error of Twirp's. */
const requests = {
  CreateArtifact: z.strictObject({
    ...ids,
    name,
    version: z.literal(7),
    mime_type: z.literal("application/zip"),
    expires_at: z.iso.datetime().optional(),
  }),
  FinalizeArtifact: z.strictObject({
    ...ids,
    name,
    size: z.string().regex(/^\d+$/),
    hash: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  }),
  ListArtifacts: z.strictObject({ ...ids, name_filter: name }),
};

/** Stands for GitHub's service for artifacts and the blob store behind it, as actions/upload-artifact meets them. */
export async function startArtifactStore(): Promise<ArtifactStore> {
  const [run, job] = [randomUUID(), randomUUID()];
  const part = (claims: object) => Buffer.from(JSON.stringify(claims)).toString("base64url");
  const scp = `Actions.GenericRead:${job} Actions.Results:${run}:${job}`;
  const token = `${part({ alg: "none" })}.${part({ scp })}.${part({ signed: 1 })}`;
  const signature = "a+b/c=";
  const faults: ArtifactStore["faults"] = {
    busy: {},
    losesCreate: 0,
    losesFinalize: false,
    cuts: false,
    refusesCreate: false,
  };
  const blobs = new Map<string, { blocks: Map<string, Buffer>; bytes?: Buffer; expires: string | undefined }>();
  const whole = new Map<string, Kept & { readonly digest: string }>();

  const isBusy = (kind: keyof typeof faults.busy): boolean => {
    const left = faults.busy[kind] ?? 0;
    faults.busy = { ...faults.busy, [kind]: left - 1 };
    return left > 0;
  };
  const blob = async (request: IncomingMessage, url: URL): Promise<number> => {
    const found = blobs.get(decodeURIComponent(url.pathname.slice("/blob/".length)));
    if (found === undefined || request.method !== "PUT" || url.searchParams.get("sig") !== signature) return 403;
    const body = await buffer(request);
    if (isBusy("blob")) return 503;
    if (url.searchParams.get("comp") === "block") {
      if (Number(request.headers["content-length"]) !== body.length) return 411;
      found.blocks.set(url.searchParams.get("blockid") ?? "", body);
      return 201;
    }
    const named = [...body.toString().matchAll(/<Latest>([^<]+)<\/Latest>/g)].map(([, id = ""]) => id);
    const blocks = named.map((id) => found.blocks.get(id));
    if (blocks.some((block) => block === undefined) || new Set(named.map((id) => id.length)).size > 1) return 400;
    const bytes = Buffer.concat(blocks.flatMap((block) => block ?? []));
    found.bytes = faults.cuts ? bytes.subarray(1) : bytes;
    return 201;
  };

  const call = (method: string, body: unknown, base: string): object | number => {
    if (!Object.hasOwn(requests, method)) return 404;
    const kind = method as keyof typeof requests;
    if (isBusy(kind)) return 503;
    const read = requests[kind].safeParse(body);
    if (!read.success) return 400;
    if (read.data.workflow_run_backend_id !== run || read.data.workflow_job_run_backend_id !== job) return 403;
    if (method === "CreateArtifact") {
      const asked = requests.CreateArtifact.parse(body);
      if (faults.refusesCreate || blobs.has(asked.name)) return 409;
      blobs.set(asked.name, { blocks: new Map(), expires: asked.expires_at });
      if (faults.losesCreate-- > 0) return 0;
      const signed = `${base}/blob/${encodeURIComponent(asked.name)}?sv=2025&sig=${encodeURIComponent(signature)}`;
      return { ok: true, signed_upload_url: signed };
    }
    if (method === "FinalizeArtifact") {
      const asked = requests.FinalizeArtifact.parse(body);
      const found = blobs.get(asked.name);
      if (found?.bytes === undefined) return 404;
      if (whole.has(asked.name)) return 409;
      const digest = `sha256:${createHash("sha256").update(found.bytes).digest("hex")}`;
      whole.set(asked.name, { name: asked.name, bytes: found.bytes, expires: found.expires, digest });
      return faults.losesFinalize ? 0 : { ok: true, artifact_id: "42" };
    }
    const found = whole.get(requests.ListArtifacts.parse(body).name_filter);
    if (found === undefined) return {};
    const { bytes, digest } = found;
    const given = { workflow_run_backend_id: run, workflow_job_run_backend_id: job, database_id: "42" };
    return { artifacts: [{ ...given, name: found.name, size: String(bytes.length), digest }] };
  };

  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? "/", `http://${request.headers.host}`);
    if (url.pathname.startsWith("/blob/")) return response.writeHead(await blob(request, url)).end();
    const [, twirp, service, method = ""] = url.pathname.split("/");
    const body: unknown = JSON.parse((await buffer(request)).toString());
    const mayAsk = request.method === "POST" && request.headers.authorization === `Bearer ${token}`;
    const known = twirp === "twirp" && service === "github.actions.results.api.v1.ArtifactService";
    const answer = mayAsk && known ? call(method, body, url.origin) : mayAsk ? 404 : 401;
    if (answer === 0) return request.socket.destroy();
    if (typeof answer === "number") return response.writeHead(answer).end('{"code":"refused","msg":"no"}');
    return response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    env: {
      ACTIONS_RESULTS_URL: `http://127.0.0.1:${port}/`,
      ACTIONS_RUNTIME_TOKEN: token,
      GITHUB_SERVER_URL: "https://github.com",
      GITHUB_RETENTION_DAYS: "90",
    },
    secrets: [token, signature, encodeURIComponent(signature)],
    faults,
    kept: () => [...whole.values()],
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
