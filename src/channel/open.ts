import { type Channel, noticeEvents } from "../channel.ts";
import { checkAddress } from "../field.ts";
import type { Ports } from "../ports.ts";
import type { NotifySpec } from "../runbook.ts";
import { slackChannel } from "./slack.ts";
import { webhookChannel } from "./webhook.ts";

export interface OpenedChannels {
  readonly channels: readonly Channel[];
  /** Channels that cannot be used, each with why; no value of a variable is in it. */
  readonly problems: readonly string[];
}

/**
 * The channels that a runbook names under `notify`, all references resolved. An address that cannot be used costs its
 * own channel only, and the release nothing.
 */
export function openChannels(
  { slack, webhook }: NotifySpec,
  ports: Pick<Ports, "fetch" | "clock" | "mask">,
): OpenedChannels {
  const channels: Channel[] = [];
  const problems: string[] = [];
  const addressOf = (kind: string, text: string): URL | undefined => {
    // The address itself lets anybody write there.
    ports.mask(text);
    if (checkAddress.safeParse(text).success) return new URL(text);
    problems.push(`${kind}: its address (not shown) is not an https address without user, password or fragment.`);
    return undefined;
  };
  if (slack !== undefined) {
    const address = addressOf("slack", slack.webhook);
    if (address !== undefined) channels.push(slackChannel({ webhook: address, on: slack.on ?? noticeEvents }, ports));
  }
  if (webhook !== undefined) {
    const { secret, on = noticeEvents } = webhook;
    if (secret !== undefined) ports.mask(secret);
    const url = addressOf("webhook", webhook.url);
    if (url !== undefined) channels.push(webhookChannel({ url, secret, on }, ports));
  }
  return { channels, problems };
}
