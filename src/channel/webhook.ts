import type { Channel, Notice, NoticeEvent } from "../channel.ts";
import type { Ports } from "../ports.ts";
import { post } from "./post.ts";

export interface WebhookOptions {
  readonly url: URL;
  /** Signs the body, so that the receiver can tell our messages from anybody else's. */
  readonly secret?: string | undefined;
  readonly on: readonly NoticeEvent[];
}

/** Header with the HMAC-SHA256 of the body, hexadecimal, in the form of GitHub's own webhooks: `sha256=...`. */
export const signatureHeader = "x-sluice-signature-256";

/** Any address that takes JSON. */
export function webhookChannel({ url, secret, on }: WebhookOptions, ports: Pick<Ports, "fetch" | "clock">): Channel {
  return {
    kind: "webhook",
    on,
    send(notice, signal) {
      const body = JSON.stringify(webhookBody(notice));
      const headers = secret === undefined ? {} : { [signatureHeader]: signatureOf(body, secret) };
      return post({ to: url, headers, body }, signal, ports);
    },
  };
}

/** The body: the notice as it is, with the version of this form. Only ever extended, until the version changes. */
export const webhookBody = ({ at, ...notice }: Notice) => ({
  "schema-version": 1,
  ...notice,
  at: new Date(at).toISOString(),
});

/** What a receiver computes over the raw body and compares in constant time. */
export function signatureOf(body: string, secret: string): string {
  const { createHmac } = process.getBuiltinModule("node:crypto");
  return `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
}
