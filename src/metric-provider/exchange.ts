import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

export interface Peer {
  /** A socket of this machine, or host and port. */
  readonly at: { readonly path: string } | { readonly host: string; readonly port: number; readonly tls: boolean };
  /** Milliseconds for the whole conversation. Default 5 s. */
  readonly deadline?: number;
}

const DEADLINE = 5_000;
const MOST_BYTES = 4 * 1_048_576;

/**
 * Sends one text over a connection of its own and gathers the answer, until `whole` says it is complete or the peer
 * ends. Rejects with a short reason: the system's code, `late`, `too-large`, or `cancelled`.
 */
export function exchange(
  { at, deadline = DEADLINE }: Peer,
  sent: string,
  whole: (answer: Buffer) => boolean,
  cancelled: AbortSignal,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = dial(at);
    let answer: Buffer = Buffer.alloc(0);
    const settle = (finish: () => void) => {
      clearTimeout(late);
      cancelled.removeEventListener("abort", stop);
      socket.destroy();
      finish();
    };
    const fail = (reason: string) => settle(() => reject(new Error(reason)));
    const late = setTimeout(() => fail("late"), deadline);
    const stop = () => fail("cancelled");
    cancelled.addEventListener("abort", stop, { once: true });
    socket.on("error", (error: NodeJS.ErrnoException) => fail(error.code ?? error.name));
    socket.on("data", (chunk: Buffer) => {
      answer = Buffer.concat([answer, chunk]);
      if (answer.length > MOST_BYTES) fail("too-large");
      else if (whole(answer)) settle(() => resolve(answer));
    });
    socket.on("close", () => settle(() => resolve(answer)));
    socket.write(sent);
  });
}

function dial(at: Peer["at"]): Socket {
  if ("path" in at) return connect(at.path);
  const { host, port, tls } = at;
  if (!tls) return connect({ host, port });
  // An address is no name that TLS could ask for (RFC 6066, 3).
  return connectTls({ host, port, ...(isIP(host) === 0 && { servername: host }) });
}
