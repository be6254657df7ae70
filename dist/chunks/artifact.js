import { _ as object, b as string, l as array, m as literal, w as url } from "./zod.js";
import { m as InputError } from "./words.js";
import path from "node:path";
import { createReadStream, openAsBlob } from "node:fs";
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
const mostBytes = 2 ** 32 - 2 ** 16, blockBytes = 8 * 2 ** 20, created = object({
ok: literal(!0),
signed_upload_url: url()
}), listed = object({ artifacts: array(object({
name: string(),
size: string(),
digest: string().optional()
})).default([]) });
function openArtifacts(days, ports) {
let { ACTIONS_RESULTS_URL: results, ACTIONS_RUNTIME_TOKEN: token, GITHUB_SERVER_URL: server } = ports.env, [, claims = ""] = token?.split(".") ?? [], [, run, job] = /\bActions\.Results:([^:\s"]+):([^:\s"]+)/.exec(Buffer.from(claims, "base64url").toString()) ?? [], host = new URL(server ?? "https://github.com").hostname;
if (results === void 0 || job === void 0 || !/(^|\.)(github\.com|ghe\.com|localhost)$/.test(host)) throw new InputError("`backup.store: artifact` needs a job on GitHub: elsewhere, as on GitHub Enterprise Server, nothing takes artifacts this way. Write `store: { run: ... }` with a command that keeps the backup.");
let longest = Number(ports.env.GITHUB_RETENTION_DAYS ?? days);
if (days !== void 0 && days > longest) throw new InputError(`\`backup.keep\` asks for ${days} days, and this repository keeps artifacts for at most ${longest}. Ask for less, raise it in the repository's settings, or write \`store: { run: ... }\`.`);
let ids = {
workflow_run_backend_id: run,
workflow_job_run_backend_id: job
}, send = async (url, init) => {
let signal = AbortSignal.any([ports.cancelled, AbortSignal.timeout(3e5)]);
return ports.fetch(url, {
...init,
signal,
redirect: "error"
});
}, ask = (method, body) => send(new URL(`/twirp/github.actions.results.api.v1.ArtifactService/${method}`, results), {
method: "POST",
headers: {
authorization: `Bearer ${token}`,
"content-type": "application/json"
},
body: JSON.stringify({
...ids,
...body
})
}), patiently = async (request) => {
for (let attempt = 1;; attempt++) {
let response = await request().catch((problem) => {
if (attempt === 4 || ports.cancelled.aborted) throw problem;
});
if (response !== void 0 && (attempt === 4 || response.status < 500 && response.status !== 429)) return response;
await ports.clock.sleep(1e3 * 2 ** attempt, ports.cancelled);
}
}, create = async (name, more) => {
for (let copy = 1;; copy++) {
let as = copy === 1 ? name : `${name}.${copy}`, sent = 0, answer = await patiently(() => (sent++, ask("CreateArtifact", {
name: as,
version: 7,
mime_type: type,
...more
})));
if (answer.status !== 409 || sent === 1 || copy === 4) return {
answer,
as
};
}
}, put = async (target, name, files) => {
let zip = await zipped(files), hash = createHash("sha256"), blocks = [], block = (query, body) => patiently(() => send(new URL(`${target}&comp=${query}`), {
method: "PUT",
headers: { "x-ms-blob-content-type": type },
body
}));
for (let at = 0; at < zip.size; at += blockBytes) {
let part = zip.slice(at, at + blockBytes);
hash.update(await part.bytes());
let id = Buffer.from(String(blocks.length).padStart(8, "0")).toString("base64"), { status } = await block(`block&blockid=${encodeURIComponent(id)}`, part);
if (status !== 201) return `the upload was answered ${status}`;
blocks.push(`<Latest>${id}</Latest>`);
}
let { status } = await block("blocklist", `<?xml version="1.0" encoding="utf-8"?><BlockList>${blocks.join("")}</BlockList>`);
if (status !== 201) return `the upload was answered ${status}`;
let [size, digest] = [String(zip.size), `sha256:${hash.digest("hex")}`];
await patiently(() => ask("FinalizeArtifact", {
name,
size,
hash: digest
})).catch(() => void 0);
let answer = await patiently(() => ask("ListArtifacts", { name_filter: name })), { data } = listed.safeParse(await answer.json().catch(() => void 0));
return data?.artifacts.some((one) => one.name === name && one.size === size && (one.digest ?? digest) === digest) === !0 ? void 0 : `GitHub does not list it as it was sent (${answer.status})`;
};
return { async keep(name, files) {
let expires = days === void 0 ? {} : { expires_at: new Date(ports.clock.now() + days * 864e5).toISOString() };
try {
let { answer, as } = await create(name, expires), { data } = created.safeParse(await answer.json().catch(() => void 0));
if (!answer.ok || data === void 0) return `GitHub made none (${answer.status})`;
let target = data.signed_upload_url;
return ports.mask(new URL(target).searchParams.get("sig") ?? target), as !== name && ports.log.warn(`An answer of GitHub's was lost, and ${name} may be there without files. It is kept as ${as}.`), await put(target, as, files);
} catch (problem) {
return problem instanceof TooLarge ? problem.message : "GitHub's store for artifacts did not answer";
}
} };
}
const type = "application/zip";
var TooLarge = class extends Error {};
const packed = (sizes, ...values) => Buffer.concat(values.map((value, i) => {
let bytes = Buffer.alloc(Number(sizes[i]));
return bytes.writeUIntLE(value, 0, bytes.length), bytes;
}));
async function zipped(files) {
let parts = [], directory = [], at = 0;
for (let file of files) {
let content = await openAsBlob(file), sum = 0;
for await (let chunk of createReadStream(file, { highWaterMark: 2 ** 20 })) sum = crc32(chunk, sum);
let name = Buffer.from(path.basename(file));
if (at + content.size > mostBytes) throw new TooLarge("it is larger than 4 GB, the most for one here");
let entry = packed("22222444", 20, 2048, 0, 0, 33, sum, content.size, content.size), header = Buffer.concat([
packed("4", 67324752),
entry,
packed("22", name.length, 0),
name
]), place = packed("2222244", name.length, 0, 0, 0, 0, 0, at);
directory.push(packed("42", 33639248, 20), entry, place, name), parts.push(header, content), at += header.length + content.size;
}
let central = Buffer.concat(directory), { length } = files;
return new Blob([
...parts,
central,
packed("42222442", 101010256, 0, 0, length, length, central.length, at, 0)
]);
}
export { openArtifacts };
