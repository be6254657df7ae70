import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import * as z from "zod";

/** One incoming webhook of Slack on loopback. */
export interface SlackTwin {
  /** Its address, which is a secret: whoever has it writes to the channel. */
  readonly webhook: string;
  /** What stands in the channel, oldest first. */
  readonly messages: readonly string[];
  stop(): Promise<void>;
}

const message = z.looseObject({
  text: z.string().min(1),
  blocks: z.array(z.looseObject({ type: z.string() })).max(50),
});

/** https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/: answers are words, not JSON. */
export async function startSlackTwin(): Promise<SlackTwin> {
  const messages: string[] = [];
  const path = `/services/T0000/B0000/${randomBytes(12).toString("hex")}`;
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(Buffer.from(part));
    if (request.method !== "POST" || request.url !== path) return void response.writeHead(404).end("no_service");
    const read = message.safeParse(jsonIn(Buffer.concat(parts).toString("utf8")));
    if (!read.success) return void response.writeHead(400).end("invalid_payload");
    messages.push(read.data.text);
    response.end("ok");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    webhook: `http://127.0.0.1:${port}${path}`,
    messages,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
