import { t as te } from "./wasm-dump.js";
import { writeFile } from "node:fs/promises";
import { receiveMessageOnPort, workerData } from "node:worker_threads";
const headerBytes = 5;
function messageScanner() {
	const header = new Uint8Array(headerBytes);
	let have = 0;
	let left = 0;
	return (bytes) => {
		const ended = [];
		let at = 0;
		while (at < bytes.length || have === headerBytes && left === 0) {
			if (have < headerBytes) {
				header[have] = bytes[at] ?? 0;
				have += 1;
				at += 1;
				if (have === headerBytes) left = new DataView(header.buffer).getUint32(1) - 4;
			} else {
				const step = Math.min(left, bytes.length - at);
				at += step;
				left -= step;
			}
			if (have === headerBytes && left === 0) {
				ended.push(String.fromCharCode(header[0] ?? 0));
				have = 0;
			}
		}
		return ended;
	};
}
function message(type, body) {
	const bytes = new Uint8Array(headerBytes + body.length);
	bytes[0] = type.charCodeAt(0);
	new DataView(bytes.buffer).setUint32(1, body.length + 4);
	bytes.set(body, headerBytes);
	return bytes;
}
function greeting(parameters) {
	const text = new TextEncoder();
	return concatenate([
		message("R", new Uint8Array(4)),
		...Object.entries(parameters).map(([name, value]) => message("S", text.encode(`${name}\0${value}\0`))),
		message("K", new Uint8Array(8)),
		message("Z", text.encode("I"))
	]);
}
function concatenate(parts) {
	const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
	let at = 0;
	for (const part of parts) {
		bytes.set(part, at);
		at += part.length;
	}
	return bytes;
}
const request = workerData;
const arrivals = new Int32Array(request.arrivals);
const sslRequest = 80877103;
const gssRequest = 80877104;
const answered = new Set([
	"Q",
	"F",
	"S"
]);
function receive() {
	for (;;) {
		const seen = Atomics.load(arrivals, 0);
		const received = receiveMessageOnPort(request.port);
		if (received !== void 0) return received.message;
		Atomics.wait(arrivals, 0, seen);
	}
}
function answer() {
	const scan = messageScanner();
	const parts = [];
	for (;;) {
		const part = receive();
		if (part === null) return new Uint8Array();
		parts.push(part);
		if (scan(part).includes("Z")) return concatenate(parts);
	}
}
let started = false;
const scanQuestions = messageScanner();
function execProtocolRawStream(bytes, { onRawData }) {
	if (!started) {
		const code = bytes.length >= 8 ? new DataView(bytes.buffer, bytes.byteOffset).getUint32(4) : 0;
		started = code !== sslRequest && code !== gssRequest;
		onRawData(started ? greeting(request.parameters) : new TextEncoder().encode("N"));
		return;
	}
	const ended = scanQuestions(bytes);
	request.port.postMessage(bytes.slice());
	if (ended.some((type) => answered.has(type))) onRawData(answer());
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
