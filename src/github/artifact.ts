import { createHash } from "node:crypto";
import { createReadStream, openAsBlob } from "node:fs";
import path from "node:path";
import { crc32 } from "node:zlib";
import * as z from "zod";
import { InputError } from "../failure.ts";
import type { Ports } from "../ports.ts";

/** Keeps files as an artifact of this run, zipped but not compressed. */
export interface Artifacts {
  /** Why it is not kept, as the end of a sentence; undefined once GitHub lists it whole. */
  keep(name: string, files: readonly string[]): Promise<string | undefined>;
}

/** Sizes and places in a zip are numbers of four bytes, unless its extension for large files is used. */
const mostBytes = 2 ** 32 - 2 ** 16;
const blockBytes = 8 * 2 ** 20;
const patienceMs = 300_000;
const attempts = 4;

const created = z.object({ ok: z.literal(true), signed_upload_url: z.url() });
const listed = z.object({
  artifacts: z.array(z.object({ name: z.string(), size: z.string(), digest: z.string().optional() })).default([]),
});

/**
 * The store that actions/upload-artifact writes to, by the same calls (github.com/actions/toolkit, packages/artifact,
 * version 6): the runner gives every action of a job its address and a token. Throws `InputError`, before anything is
 * kept, where there is none or where it would not keep for so many days.
 */
export function openArtifacts(days: number | undefined, ports: Ports): Artifacts {
  const { ACTIONS_RESULTS_URL: results, ACTIONS_RUNTIME_TOKEN: token, GITHUB_SERVER_URL: server } = ports.env;
  const [, claims = ""] = token?.split(".") ?? [];
  const [, run, job] =
    /\bActions\.Results:([^:\s"]+):([^:\s"]+)/.exec(Buffer.from(claims, "base64url").toString()) ?? [];
  const host = new URL(server ?? "https://github.com").hostname;
  if (results === undefined || job === undefined || !/(^|\.)(github\.com|ghe\.com|localhost)$/.test(host))
    throw new InputError(
      "`backup.store: artifact` needs a job on GitHub: elsewhere, as on GitHub Enterprise Server, nothing takes artifacts this way. Write `store: { run: ... }` with a command that keeps the backup.",
    );
  const longest = Number(ports.env["GITHUB_RETENTION_DAYS"] ?? days);
  if (days !== undefined && days > longest)
    throw new InputError(
      `\`backup.keep\` asks for ${days} days, and this repository keeps artifacts for at most ${longest}. Ask for less, raise it in the repository's settings, or write \`store: { run: ... }\`.`,
    );
  const ids = { workflow_run_backend_id: run, workflow_job_run_backend_id: job };

  const send = async (url: URL, init: RequestInit): Promise<Response> => {
    const signal = AbortSignal.any([ports.cancelled, AbortSignal.timeout(patienceMs)]);
    return ports.fetch(url, { ...init, signal, redirect: "error" });
  };
  const ask = (method: string, body: object) =>
    send(new URL(`/twirp/github.actions.results.api.v1.ArtifactService/${method}`, results), {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ ...ids, ...body }),
    });
  /** What may be sent twice. */
  const patiently = async (request: () => Promise<Response>): Promise<Response> => {
    for (let attempt = 1; ; attempt++) {
      const response = await request().catch((problem: unknown) => {
        if (attempt === attempts || ports.cancelled.aborted) throw problem;
      });
      if (response !== undefined && (attempt === attempts || (response.status < 500 && response.status !== 429)))
        return response;
      await ports.clock.sleep(1000 * 2 ** attempt, ports.cancelled);
    }
  };

  /** Where an attempt whose answer was lost has taken the name, the next one has a number behind it. */
  const create = async (name: string, more: object) => {
    for (let copy = 1; ; copy++) {
      const as = copy === 1 ? name : `${name}.${copy}`;
      let sent = 0;
      const answer = await patiently(() => {
        sent++;
        return ask("CreateArtifact", { name: as, version: 7, mime_type: type, ...more });
      });
      if (answer.status !== 409 || sent === 1 || copy === attempts) return { answer, as };
    }
  };

  const put = async (target: string, name: string, files: readonly string[]): Promise<string | undefined> => {
    const zip = await zipped(files);
    const hash = createHash("sha256");
    const blocks: string[] = [];
    // Behind the query that is signed, which is left as it came.
    const block = (query: string, body: Blob | string) =>
      patiently(() =>
        send(new URL(`${target}&comp=${query}`), { method: "PUT", headers: { "x-ms-blob-content-type": type }, body }),
      );
    for (let at = 0; at < zip.size; at += blockBytes) {
      const part = zip.slice(at, at + blockBytes);
      hash.update(await part.bytes());
      const id = Buffer.from(String(blocks.length).padStart(8, "0")).toString("base64");
      const { status } = await block(`block&blockid=${encodeURIComponent(id)}`, part);
      if (status !== 201) return `the upload was answered ${status}`;
      blocks.push(`<Latest>${id}</Latest>`);
    }
    const list = `<?xml version="1.0" encoding="utf-8"?><BlockList>${blocks.join("")}</BlockList>`;
    const { status } = await block("blocklist", list);
    if (status !== 201) return `the upload was answered ${status}`;
    const [size, digest] = [String(zip.size), `sha256:${hash.digest("hex")}`];
    // Whether it took effect is seen below, also when its answer is lost.
    await patiently(() => ask("FinalizeArtifact", { name, size, hash: digest })).catch(() => undefined);
    const answer = await patiently(() => ask("ListArtifacts", { name_filter: name }));
    const { data } = listed.safeParse(await answer.json().catch(() => undefined));
    const isWhole = data?.artifacts.some(
      (one) => one.name === name && one.size === size && (one.digest ?? digest) === digest,
    );
    return isWhole === true ? undefined : `GitHub does not list it as it was sent (${answer.status})`;
  };
  return {
    async keep(name, files) {
      const day = 86_400_000;
      const expires = days === undefined ? {} : { expires_at: new Date(ports.clock.now() + days * day).toISOString() };
      try {
        const { answer, as } = await create(name, expires);
        const { data } = created.safeParse(await answer.json().catch(() => undefined));
        if (!answer.ok || data === undefined) return `GitHub made none (${answer.status})`;
        const target = data.signed_upload_url;
        ports.mask(new URL(target).searchParams.get("sig") ?? target);
        if (as !== name)
          ports.log.warn(
            `An answer of GitHub's was lost, and ${name} may be there without files. It is kept as ${as}.`,
          );
        return await put(target, as, files);
      } catch (problem) {
        if (problem instanceof TooLarge) return problem.message;
        return "GitHub's store for artifacts did not answer";
      }
    },
  };
}

const type = "application/zip";

class TooLarge extends Error {}

/** Whole numbers of 2 or 4 bytes, little-endian. */
const packed = (sizes: string, ...values: readonly number[]): Buffer =>
  Buffer.concat(
    values.map((value, i) => {
      const bytes = Buffer.alloc(Number(sizes[i]));
      bytes.writeUIntLE(value, 0, bytes.length);
      return bytes;
    }),
  );

/** A zip of files as they are, read when it is sent: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT */
async function zipped(files: readonly string[]): Promise<Blob> {
  const parts: (Blob | Buffer<ArrayBuffer>)[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const file of files) {
    const content = await openAsBlob(file);
    let sum = 0;
    for await (const chunk of createReadStream(file, { highWaterMark: 2 ** 20 })) sum = crc32(chunk, sum);
    const name = Buffer.from(path.basename(file));
    if (at + content.size > mostBytes) throw new TooLarge("it is larger than 4 GB, the most for one here");
    // Version 2.0, names in UTF-8, stored, no time.
    const entry = packed("22222444", 20, 0x0800, 0, 0, 0x21, sum, content.size, content.size);
    const header = Buffer.concat([packed("4", 0x04034b50), entry, packed("22", name.length, 0), name]);
    const place = packed("2222244", name.length, 0, 0, 0, 0, 0, at);
    directory.push(packed("42", 0x02014b50, 20), entry, place, name);
    parts.push(header, content);
    at += header.length + content.size;
  }
  const central = Buffer.concat(directory);
  const { length } = files;
  return new Blob([...parts, central, packed("42222442", 0x06054b50, 0, 0, length, length, central.length, at, 0)]);
}
