import { once } from "node:events";
import { createReadStream } from "node:fs";
import { text } from "node:stream/consumers";
import { MessageChannel, Worker } from "node:worker_threads";
import { ProviderError } from "../failure.ts";
import type { Ports } from "../ports.ts";
import { connect, type DatabaseAddress, describeError, noticeWhenGone } from "./connection.ts";
import type { WasmDumpRequest } from "./wasm-dump-worker.ts";

/** Beside this module, as source or as built: TypeScript runs from `.ts`, a bundle from `.js`. */
const workerFile = import.meta.url.endsWith(".ts") ? "./wasm-dump-worker.ts" : "./wasm-dump-worker.js";

/** Settings a server reports at login; pg_dump reads some of them from there only. */
const reported = [
  ...["server_version", "server_encoding", "client_encoding", "DateStyle", "IntervalStyle", "TimeZone"],
  ...["integer_datetimes", "standard_conforming_strings", "in_hot_standby", "is_superuser"],
];

/**
 * Writes a plain SQL dump of what `snapshot` sees, with pg_dump as WebAssembly in a worker, and gives its version.
 *
 * This thread logs in (with whatever TLS and password method the driver knows) and then passes the connection's bytes
 * on, so pg_dump never sees a password. Throws `ProviderError` with what pg_dump said.
 */
export async function dumpWithWasm(
  request: {
    readonly address: DatabaseAddress;
    readonly snapshot: string;
    readonly file: string;
    /** Tables without their rows. */
    readonly schemaOnly?: boolean;
  },
  ports: Ports,
): Promise<string> {
  const client = await connect(request.address, "sluice backup", ports);
  try {
    await noticeWhenGone(client);
    const { rows } = await client.query<{ name: string; setting: string }>(
      "select name, setting from pg_settings where name = any($1)",
      [reported],
    );
    await bridge(
      client.connection.stream,
      {
        args: [
          ...["--host=localhost", "--dbname=database", "--encoding=UTF8", "--rows-per-insert=200"],
          ...["--lock-wait-timeout=30000", `--snapshot=${request.snapshot}`],
          ...(request.schemaOnly === true ? ["--schema-only"] : []),
        ],
        file: request.file,
        parameters: Object.fromEntries(rows.map(({ name, setting }) => [name, setting])),
      },
      ports,
    );
    return await versionIn(request.file);
  } catch (error) {
    if (error instanceof ProviderError) throw error;
    const said = describeError(error).message.replaceAll(/\s+/g, " ");
    throw new ProviderError("postgres", `The built-in pg_dump failed: ${said}`, { cause: error });
  } finally {
    client.connection.stream.destroy();
  }
}

/** pg_dump says in the first lines of its output what wrote it. */
async function versionIn(file: string): Promise<string> {
  const start = await text(createReadStream(file, { end: 999 }));
  const version = /^-- Dumped by pg_dump version (.+)$/m.exec(start)?.[1];
  if (version === undefined) throw new Error("its output does not begin as a dump does");
  return `pg_dump (PostgreSQL) ${version}, WebAssembly`;
}

/** Passes bytes between the server's stream and the worker until the worker is done. */
async function bridge(
  stream: NodeJS.ReadWriteStream,
  request: Omit<WasmDumpRequest, "port" | "arrivals">,
  ports: Ports,
): Promise<void> {
  const { port1: port, port2 } = new MessageChannel();
  const arrivals = new SharedArrayBuffer(4);
  const arrived = new Int32Array(arrivals);
  const deliver = (bytes: Uint8Array | null) => {
    port.postMessage(bytes);
    Atomics.add(arrived, 0, 1);
    Atomics.notify(arrived, 0);
  };
  // The driver is done with its stream: from here on it must not read the answers to questions it did not ask.
  stream.removeAllListeners("data");
  stream.on("data", deliver);
  stream.on("close", () => deliver(null));
  port.on("message", (bytes: Uint8Array) => stream.write(bytes));
  const worker = new Worker(new URL(workerFile, import.meta.url), {
    workerData: { ...request, port: port2, arrivals } satisfies WasmDumpRequest,
    transferList: [port2],
    // What pg_dump prints comes back with its error; it is not for our own output.
    stdout: true,
    stderr: true,
  });
  const stop = () => void worker.terminate();
  ports.cancelled.addEventListener("abort", stop, { once: true });
  try {
    const [code] = await once(worker, "exit");
    if (ports.cancelled.aborted) throw new ProviderError("postgres", "The job was cancelled during the backup.");
    if (code !== 0) throw new ProviderError("postgres", `The built-in pg_dump ended with ${code}.`, { status: code });
  } finally {
    ports.cancelled.removeEventListener("abort", stop);
    await worker.terminate();
    port.close();
  }
}
