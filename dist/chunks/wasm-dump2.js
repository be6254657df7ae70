import { h as ProviderError } from "./words.js";
import { n as describeError, r as noticeWhenGone, t as connect } from "./connection.js";
import { createReadStream } from "node:fs";
import { MessageChannel, Worker } from "node:worker_threads";
import { once } from "node:events";
import { text } from "node:stream/consumers";
const workerFile = import.meta.url.endsWith(".ts") ? "./wasm-dump-worker.ts" : "./wasm-dump-worker.js", reported = [
"server_version",
"server_encoding",
"client_encoding",
"DateStyle",
"IntervalStyle",
"TimeZone",
"integer_datetimes",
"standard_conforming_strings",
"in_hot_standby",
"is_superuser"
];
async function dumpWithWasm(request, ports) {
let client = await connect(request.address, "sluice backup", ports);
try {
await noticeWhenGone(client);
let { rows } = await client.query("select name, setting from pg_settings where name = any($1)", [reported]);
return await bridge(client.connection.stream, {
args: [
"--host=localhost",
"--dbname=database",
"--encoding=UTF8",
"--rows-per-insert=200",
"--lock-wait-timeout=30000",
`--snapshot=${request.snapshot}`,
...request.schemaOnly === !0 ? ["--schema-only"] : []
],
file: request.file,
parameters: Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))
}, ports), await versionIn(request.file);
} catch (error) {
if (error instanceof ProviderError) throw error;
let said = describeError(error).message.replaceAll(/\s+/g, " ");
throw new ProviderError("postgres", `The built-in pg_dump failed: ${said}`, { cause: error });
} finally {
client.connection.stream.destroy();
}
}
async function versionIn(file) {
let start = await text(createReadStream(file, { end: 999 })), version = /^-- Dumped by pg_dump version (.+)$/m.exec(start)?.[1];
if (version === void 0) throw Error("its output does not begin as a dump does");
return `pg_dump (PostgreSQL) ${version}, WebAssembly`;
}
async function bridge(stream, request, ports) {
let { port1: port, port2 } = new MessageChannel(), arrivals = new SharedArrayBuffer(4), arrived = new Int32Array(arrivals), deliver = (bytes) => {
port.postMessage(bytes), Atomics.add(arrived, 0, 1), Atomics.notify(arrived, 0);
};
stream.removeAllListeners("data"), stream.on("data", deliver), stream.on("close", () => deliver(null)), port.on("message", (bytes) => stream.write(bytes));
let worker = new Worker(new URL(workerFile, import.meta.url), {
workerData: {
...request,
port: port2,
arrivals
},
transferList: [port2],
stdout: !0,
stderr: !0
}), stop = () => void worker.terminate();
ports.cancelled.addEventListener("abort", stop, { once: !0 });
try {
let [code] = await once(worker, "exit");
if (ports.cancelled.aborted) throw new ProviderError("postgres", "The job was cancelled during the backup.");
if (code !== 0) throw new ProviderError("postgres", `The built-in pg_dump ended with ${code}.`, { status: code });
} finally {
ports.cancelled.removeEventListener("abort", stop), await worker.terminate(), port.close();
}
}
export { dumpWithWasm };
