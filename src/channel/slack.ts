import type { Channel, Notice, NoticeEvent } from "../channel.ts";
import { plainText } from "../plain-text.ts";
import type { Ports } from "../ports.ts";
import { post } from "./post.ts";

/** Slack's own limits in characters: https://docs.slack.dev/reference/block-kit/blocks/ */
const longest = { header: 150, section: 3000, context: 300, address: 3000 } as const;

export interface SlackOptions {
  /** Address of an incoming webhook; whoever has it can write to the channel. */
  readonly webhook: URL;
  readonly on: readonly NoticeEvent[];
}

/** An incoming webhook of Slack: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/ */
export function slackChannel({ webhook, on }: SlackOptions, ports: Pick<Ports, "fetch" | "clock">): Channel {
  return {
    kind: "slack",
    on,
    send: (notice, signal) => post({ to: webhook, body: JSON.stringify(slackMessage(notice)) }, signal, ports),
  };
}

/**
 * A notice as Block Kit. What others wrote stands in `plain_text` objects, where Slack makes nothing of it; the only
 * markup is the link, whose address is the runner's.
 */
export function slackMessage(notice: Notice) {
  const { title, text, next, link } = notice;
  const plain = (words: string, most: number) => ({ type: "plain_text", text: slackText(words, most), emoji: false });
  const section = (words: string) => ({ type: "section", text: plain(words, longest.section) });
  const facts = [
    notice.environment,
    notice.release > 0 ? `release ${notice.release}` : undefined,
    notice.commit === undefined ? undefined : `commit ${notice.commit.slice(0, 12)}`,
    `by ${notice.actor}`,
  ];
  return {
    // What a phone shows before the blocks are loaded. It is markup, so nothing in it may be a control character.
    text: slackText(title, longest.header),
    blocks: [
      { type: "header", text: plain(title, longest.header) },
      section(text),
      ...(next === undefined ? [] : [section(next)]),
      {
        type: "context",
        elements: [plain(facts.filter((fact) => fact !== undefined).join(" · "), longest.context)],
      },
      ...linkTo(link),
    ],
  };
}

function linkTo(link: string | undefined) {
  if (link === undefined || link.length > longest.address || !URL.canParse(link)) return [];
  const { protocol, href } = new URL(link);
  if (protocol !== "https:" && protocol !== "http:") return [];
  // A bar would end the address inside of the link.
  const address = href.replaceAll("|", "%7C").replaceAll("&", "&amp;").replaceAll("<", "%3C").replaceAll(">", "%3E");
  return [{ type: "section", text: { type: "mrkdwn", text: `<${address}|Open the run>` } }];
}

/**
 * Untrusted text for Slack: `&`, `<` and `>` as entities, so that `<!channel>` and `<address|words>` are words; `@` and
 * `#` defused with a zero-width space for clients that link names by themselves; at most `most` characters, and never
 * half an entity.
 */
export function slackText(untrusted: string, most: number): string {
  let text = "";
  for (const character of plainText(untrusted)) {
    const escaped = entities[character] ?? character;
    if (text.length + escaped.length > most - 1) return `${text}…`;
    text += escaped;
  }
  return text === "" ? " " : text;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  "@": "@\u200b",
  "#": "#\u200b",
};
