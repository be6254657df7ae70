import { t as te } from "./wasm-dump.js";
import { writeFile } from "node:fs/promises";
import { receiveMessageOnPort, workerData } from "node:worker_threads";
function messageScanner() {
let header = new Uint8Array(5), have = 0, left = 0;
return (bytes) => {
let ended = [], at = 0;
for (; at < bytes.length || have === 5 && left === 0;) {
if (have < 5) header[have] = bytes[at] ?? 0, have += 1, at += 1, have === 5 && (left = new DataView(header.buffer).getUint32(1) - 4);
else {
let step = Math.min(left, bytes.length - at);
at += step, left -= step;
}
have === 5 && left === 0 && (ended.push(String.fromCharCode(header[0] ?? 0)), have = 0);
}
return ended;
};
}
function message(type, body) {
let bytes = new Uint8Array(5 + body.length);
return bytes[0] = type.charCodeAt(0), new DataView(bytes.buffer).setUint32(1, body.length + 4), bytes.set(body, 5), bytes;
}
function greeting(parameters) {
let text = new TextEncoder();
return concatenate([
message("R", new Uint8Array(4)),
...Object.entries(parameters).map(([name, value]) => message("S", text.encode(`${name}\0${value}\0`))),
message("K", new Uint8Array(8)),
message("Z", text.encode("I"))
]);
}
function concatenate(parts) {
let bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0)), at = 0;
for (let part of parts) bytes.set(part, at), at += part.length;
return bytes;
}
const request = workerData, arrivals = new Int32Array(request.arrivals), answered = new Set([
"Q",
"F",
"S"
]);
function receive() {
for (;;) {
let seen = Atomics.load(arrivals, 0), received = receiveMessageOnPort(request.port);
if (received !== void 0) return received.message;
Atomics.wait(arrivals, 0, seen);
}
}
function answer() {
let scan = messageScanner(), parts = [];
for (;;) {
let part = receive();
if (part === null) return new Uint8Array();
if (parts.push(part), scan(part).includes("Z")) return concatenate(parts);
}
}
let started = !1;
const scanQuestions = messageScanner();
function execProtocolRawStream(bytes, { onRawData }) {
if (!started) {
let code = bytes.length >= 8 ? new DataView(bytes.buffer, bytes.byteOffset).getUint32(4) : 0;
started = code !== 80877103 && code !== 80877104, onRawData(started ? greeting(request.parameters) : new TextEncoder().encode("N"));
return;
}
let ended = scanQuestions(bytes);
request.port.postMessage(bytes.slice()), ended.some((type) => answered.has(type)) && onRawData(answer());
}
const server = {
query: async () => ({ rows: [{ search_path: "public" }] }),
exec: async () => [],
execProtocolRawStream
};
process.argv[1] = "pg_dump";
const dump = await te({
pg: server,
args: [...request.args]
});
await writeFile(request.file, new Uint8Array(await dump.arrayBuffer()), { mode: 384 });
export {};
