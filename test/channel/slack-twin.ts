import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import * as z from "zod";

const plain = (most: number) =>
  z.strictObject({ type: z.literal("plain_text"), text: z.string().min(1).max(most), emoji: z.boolean().optional() });
const mrkdwn = z.strictObject({ type: z.literal("mrkdwn"), text: z.string().min(1).max(3000) });

/** What Slack takes, with its limits: https://docs.slack.dev/reference/block-kit/blocks/ */
const message = z.strictObject({
  text: z.string().min(1),
  blocks: z
    .array(
      z.union([
        z.strictObject({ type: z.literal("header"), text: plain(150) }),
        z.strictObject({ type: z.literal("section"), text: z.union([plain(3000), mrkdwn]) }),
        z.strictObject({ type: z.literal("context"), elements: z.array(plain(3000)).min(1).max(10) }),
      ]),
    )
    .max(50),
});
export type SlackMessage = z.infer<typeof message>;

/** An answer other than `200 ok`; `undefined` as status never answers at all. */
interface Fault {
  readonly status: number | undefined;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface SlackTwin extends AsyncDisposable {
  /** The incoming webhook: a secret. */
  readonly webhook: string;
  /** Messages that were accepted. */
  readonly messages: readonly SlackMessage[];
  /** Every request: raw body and headers. */
  readonly requests: readonly { readonly body: string; readonly headers: IncomingMessage["headers"] }[];
  /** The next requests are answered like this, one each. */
  fail(...faults: readonly Fault[]): void;
}

/** An incoming webhook that refuses what Slack refuses. */
export async function startSlackTwin(): Promise<SlackTwin> {
  const messages: SlackMessage[] = [];
  const requests: { body: string; headers: IncomingMessage["headers"] }[] = [];
  const faults: Fault[] = [];
  const path = "/services/T0001/B0001/secretpart";
  const server = createServer(async (request, response) => {
    const body = await text(request);
    requests.push({ body, headers: request.headers });
    const fault = faults.shift();
    if (fault !== undefined) {
      if (fault.status !== undefined) response.writeHead(fault.status, fault.headers).end(fault.body ?? "");
      return;
    }
    if (request.url !== path || request.method !== "POST") return response.writeHead(404).end("no_service");
    const read = message.safeParse(JSON.parse(body));
    if (!read.success) return response.writeHead(400).end("invalid_payload");
    messages.push(read.data);
    return response.end("ok");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    webhook: `http://127.0.0.1:${port}${path}`,
    messages,
    requests,
    fail: (...more) => void faults.push(...more),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Text of a message as Slack would show it: entities decoded, and what would ping somebody or be a link singled out. */
export function shown({ text: fallback, blocks }: SlackMessage) {
  const texts = blocks.flatMap((block) => (block.type === "context" ? block.elements : [block.text]));
  const marked = [fallback, ...texts.filter(({ type }) => type === "mrkdwn").map((part) => part.text)];
  const orders = marked.flatMap((part) => part.match(/<[^>]*>/g) ?? []);
  const decoded = (part: string) => part.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
  return {
    text: texts.map((part) => decoded(part.text)).join("\n"),
    raw: [fallback, ...texts.map((t) => t.text)],
    orders,
  };
}
