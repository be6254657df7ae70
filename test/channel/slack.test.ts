import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { slackChannel, slackMessage, slackText } from "../../src/channel/slack.ts";
import { freePort } from "../../src/rehearsal/version-process.ts";
import { swiftPorts } from "../swift-ports.ts";
import { everyEvent, sampleNotice } from "./sample-notice.ts";
import { shown, startSlackTwin } from "./slack-twin.ts";

const patient = () => AbortSignal.timeout(10_000);

test("a message says what happened, to what, by whom and where to look", async () => {
  await using twin = await startSlackTwin();
  const channel = slackChannel({ webhook: new URL(twin.webhook), on: everyEvent }, swiftPorts());
  assert.deepEqual(await channel.send(sampleNotice, patient()), { sent: true });
  const [message] = twin.messages;
  assert(message !== undefined);
  const { text, orders } = shown(message);
  for (const part of [
    "Release 7 to production was rolled back",
    "4.2% of 900",
    "Push a new commit",
    "c0ffee000000",
    "ada",
  ])
    assert(text.includes(part), `${part} is in\n${text}`);
  assert.deepEqual(orders, ["<https://github.com/octo/shop/actions/runs/7|Open the run>"]);
});

const hostile = [
  "<!channel> <!here> <@U123> <!subteam^S1>",
  "@channel @here @everyone",
  "<https://evil.example|your bank>",
  "</script> & &lt;!channel&gt;",
  "\u001b[31mred\u001b[0m \u202egnirts",
  "x".repeat(50_000),
  "&".repeat(50_000),
  "👩‍🚀".repeat(5_000),
  "",
];

for (const words of hostile)
  test(`hostile words are words: ${JSON.stringify(words.slice(0, 40))}`, async () => {
    await using twin = await startSlackTwin();
    const channel = slackChannel({ webhook: new URL(twin.webhook), on: everyEvent }, swiftPorts());
    const notice = { ...sampleNotice, title: words, text: words, next: words, actor: words, environment: words };
    assert.deepEqual(await channel.send(notice, patient()), { sent: true });
    const [message] = twin.messages;
    assert(message !== undefined);
    const { raw, orders } = shown(message);
    assert.deepEqual(orders, ["<https://github.com/octo/shop/actions/runs/7|Open the run>"]);
    for (const part of raw) assert.doesNotMatch(part, /@(channel|here|everyone)|[\u001b\u202e]/);
  });

test("whatever the words are, the message keeps Slack's limits and holds no control character", () => {
  const words = fc.string({
    unit: fc.constantFrom("<", ">", "&", "@", "!", "a", " ", "\n", "é", "🚀"),
    maxLength: 400,
  });
  fc.assert(
    fc.property(words, fc.integer({ min: 10, max: 300 }), (untrusted, most) => {
      const text = slackText(untrusted, most);
      assert(text.length >= 1 && text.length <= most);
      assert(!/[<>]|@(?!\u200b)|&(?!(amp|lt|gt);)/.test(text), text);
      assert(text.isWellFormed());
    }),
  );
});

test("a link that is no web page is left out, and none can end early", () => {
  const links = (link: string) => slackMessage({ ...sampleNotice, link }).blocks.at(-1);
  assert.equal(links("javascript:alert(1)")?.type, "context");
  assert.equal(links("no address")?.type, "context");
  assert.match(
    JSON.stringify(links("https://example.com/a|b>c?x=1&y=2")),
    /<https:\/\/example\.com\/a%7Cb%3Ec\?x=1&amp;y=2\|/,
  );
});

test("a 429 is repeated once, no sooner than Slack asks; so is a 5xx", async () => {
  await using twin = await startSlackTwin();
  const ports = swiftPorts();
  const channel = slackChannel({ webhook: new URL(twin.webhook), on: everyEvent }, ports);
  twin.fail({ status: 429, headers: { "retry-after": "2" } });
  assert.deepEqual(await channel.send(sampleNotice, patient()), { sent: true });
  assert.deepEqual(ports.slept, [2000]);
  twin.fail({ status: 503 });
  assert.deepEqual(await channel.send(sampleNotice, patient()), { sent: true });
  assert.equal(twin.messages.length, 2);
  twin.fail({ status: 429, headers: { "retry-after": "30" } });
  const why = "it answered 429, and asks for a pause of 30 s";
  assert.deepEqual(await channel.send(sampleNotice, patient()), { sent: false, why });
});

test("what Slack refuses is said in Slack's word, once, and never with the address", async () => {
  await using twin = await startSlackTwin();
  const channel = slackChannel({ webhook: new URL(twin.webhook), on: everyEvent }, swiftPorts());
  const refusals = [
    [{ status: 404, body: "no_service" }, "it answered 404 no_service"],
    [{ status: 403, body: `<html>${twin.webhook}</html>` }, "it answered 403"],
    [{ status: 302, headers: { location: "http://127.0.0.1:9/" } }, "it answered 302"],
  ] as const;
  for (const [fault, why] of refusals) {
    twin.fail(fault);
    assert.deepEqual(await channel.send(sampleNotice, patient()), { sent: false, why });
  }
  twin.fail({ status: 500 }, { status: 500 });
  assert.deepEqual(await channel.send(sampleNotice, patient()), { sent: false, why: "it answered 500" });
  assert.equal(twin.requests.length, refusals.length + 2);
});

test("nobody there, and nobody who answers, end within the bound without an address in the words", async () => {
  const closed = slackChannel(
    { webhook: new URL(`http://127.0.0.1:${await freePort()}/services/secretpart`), on: everyEvent },
    swiftPorts(),
  );
  const refused = await closed.send(sampleNotice, patient());
  assert.deepEqual(refused, { sent: false, why: "it cannot be reached (ECONNREFUSED)" });

  await using twin = await startSlackTwin();
  twin.fail({ status: undefined });
  const silent = slackChannel({ webhook: new URL(twin.webhook), on: everyEvent }, swiftPorts());
  const late = await silent.send(sampleNotice, AbortSignal.timeout(100));
  assert.deepEqual(late, { sent: false, why: "it did not answer in time" });
});
