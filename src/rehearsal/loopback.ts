import type { Server as HttpServer } from "node:http";
import type { Server } from "node:net";

/** Listens on a free port of the loopback interface, and says which. */
export function listenOnLoopback(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (address === null || typeof address === "string") reject(new Error("The server has no TCP address."));
      else resolve(address.port);
    });
  });
}

/** Ends a server with all of its connections, also those that wait for an answer. */
export function closeAtOnce(server: HttpServer): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
