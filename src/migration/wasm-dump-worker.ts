import { writeFile } from "node:fs/promises";
import { type MessagePort, receiveMessageOnPort, workerData } from "node:worker_threads";
import * as tools from "@electric-sql/pglite-tools/pg_dump";
import { concatenate, greeting, messageScanner } from "./wire.ts";

/** What the thread that holds the connection gives to this one. */
export interface WasmDumpRequest {
  readonly args: readonly string[];
  readonly file: string;
  /** The server's settings as it reported them at login. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Bytes to the server go out, bytes from it come in; null means that the server is gone. */
  readonly port: MessagePort;
  /** Counts the messages sent to this thread, so that it can sleep until the next. */
  readonly arrivals: SharedArrayBuffer;
}

const request = workerData as WasmDumpRequest;
const arrivals = new Int32Array(request.arrivals);
const sslRequest = 80877103;
const gssRequest = 80877104;
/** Query, function call and sync are answered up to ReadyForQuery; nothing else is waited for. */
const answered = new Set(["Q", "F", "S"]);

/** pg_dump runs without giving up the thread, so the thread has to sleep until an answer is there. */
function receive(): Uint8Array | null {
  for (;;) {
    const seen = Atomics.load(arrivals, 0);
    const received: { message: Uint8Array | null } | undefined = receiveMessageOnPort(request.port);
    if (received !== undefined) return received.message;
    Atomics.wait(arrivals, 0, seen);
  }
}

function answer(): Uint8Array {
  const scan = messageScanner();
  const parts: Uint8Array[] = [];
  for (;;) {
    const part = receive();
    // An empty answer reads as a closed connection, which pg_dump reports.
    if (part === null) return new Uint8Array();
    parts.push(part);
    if (scan(part).includes("Z")) return concatenate(parts);
  }
}

let started = false;
const scanQuestions = messageScanner();

/** Plays the server to pg_dump: the login is answered here, everything after it by the real server. */
function execProtocolRawStream(bytes: Uint8Array, { onRawData }: { onRawData: (data: Uint8Array) => void }): void {
  if (!started) {
    const code = bytes.length >= 8 ? new DataView(bytes.buffer, bytes.byteOffset).getUint32(4) : 0;
    started = code !== sslRequest && code !== gssRequest;
    onRawData(started ? greeting(request.parameters) : new TextEncoder().encode("N"));
    return;
  }
  const ended = scanQuestions(bytes);
  // The bytes lie in pg_dump's own memory, which it writes again.
  request.port.postMessage(bytes.slice());
  if (ended.some((type) => answered.has(type))) onRawData(answer());
}

/** The part of PGlite's interface that its pg_dump uses. */
interface ProtocolServer {
  query(sql: string): Promise<{ rows: unknown[] }>;
  exec(sql: string): Promise<unknown>;
  execProtocolRawStream(bytes: Uint8Array, options: { onRawData: (data: Uint8Array) => void }): unknown;
}

interface PgDumpTool {
  pgDump(options: { pg: ProtocolServer; args?: string[] }): Promise<File>;
}

const server: ProtocolServer = {
  query: async () => ({ rows: [{ search_path: "public" }] }),
  exec: async () => [],
  execProtocolRawStream,
};

// pg_dump names itself so in its messages.
process.argv[1] = "pg_dump";
const tool: PgDumpTool = tools;
const dump = await tool.pgDump({ pg: server, args: [...request.args] });
await writeFile(request.file, new Uint8Array(await dump.arrayBuffer()), { mode: 0o600 });
