/** One conversation over the Chrome DevTools Protocol (https://chromedevtools.github.io/devtools-protocol/). */
export interface DevTools {
  /** Rejects when the browser refuses the command, is gone, or the deadline passed. */
  send(method: string, params?: object, session?: string): Promise<Readonly<Record<string, unknown>>>;
  /** Calls back for every event of this name, until closed. */
  on(method: string, heard: (params: Readonly<Record<string, unknown>>) => void): void;
  close(): void;
}

type Message = Readonly<Record<string, unknown>>;
const isMessage = (value: unknown): value is Message => typeof value === "object" && value !== null;

/** Opens the conversation; everything in it ends when `signal` aborts. */
export async function openDevTools(address: string, signal: AbortSignal): Promise<DevTools> {
  const socket = new WebSocket(address);
  const waiting = new Map<number, { resolve: (result: Message) => void; reject: (reason: Error) => void }>();
  const listeners: { method: string; heard: (params: Message) => void }[] = [];
  let last = 0;
  const end = (reason: string) => {
    for (const { reject } of waiting.values()) reject(new Error(reason));
    waiting.clear();
    socket.close();
  };
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener("open", () => resolve());
    socket.addEventListener("error", () => reject(new Error("the browser does not answer")));
    signal.addEventListener("abort", () => {
      reject(new Error("late"));
      end("late");
    });
  });
  socket.addEventListener("close", () => end("the browser is gone"));
  socket.addEventListener("message", ({ data }) => {
    const message: unknown = JSON.parse(String(data));
    if (!isMessage(message)) return;
    const { id, method, params, result, error } = message;
    if (typeof method === "string") {
      for (const listener of listeners) if (listener.method === method) listener.heard(isMessage(params) ? params : {});
      return;
    }
    const asked = typeof id === "number" ? waiting.get(id) : undefined;
    if (typeof id === "number") waiting.delete(id);
    if (isMessage(error)) asked?.reject(new Error(String(error["message"])));
    else asked?.resolve(isMessage(result) ? result : {});
  });
  return {
    send: (method, params = {}, session) =>
      new Promise((resolve, reject) => {
        if (signal.aborted || socket.readyState !== WebSocket.OPEN) return reject(new Error("the browser is gone"));
        const id = ++last;
        waiting.set(id, { resolve, reject });
        socket.send(JSON.stringify({ id, method, params, ...(session !== undefined && { sessionId: session }) }));
      }),
    on: (method, heard) => void listeners.push({ method, heard }),
    close: () => end("closed"),
  };
}
