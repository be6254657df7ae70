import assert from "node:assert/strict";
import { test } from "node:test";
import { openChannels } from "../../src/channel/open.ts";
import { noticeEvents } from "../../src/channel.ts";
import { swiftPorts } from "../swift-ports.ts";

test("each channel that is named is opened for its events; without a list it is for all of them", () => {
  const masked: string[] = [];
  const { channels, problems } = openChannels(
    {
      slack: { webhook: "https://hooks.slack.com/services/T/B/x", on: ["halted"] },
      webhook: { url: "https://example.com/hook?key=1", secret: "a signing key" },
    },
    swiftPorts({ mask: (secret) => masked.push(secret) }),
  );
  assert.deepEqual(problems, []);
  assert.deepEqual(
    channels.map(({ kind, on }) => [kind, on]),
    [
      ["slack", ["halted"]],
      ["webhook", noticeEvents],
    ],
  );
  assert.deepEqual(masked, [
    "https://hooks.slack.com/services/T/B/x",
    "a signing key",
    "https://example.com/hook?key=1",
  ]);
});

const odd = [
  "http://hooks.slack.com/x",
  "https://u:p@hooks.slack.com/x",
  "https://169.254.169.254/x",
  "ftp://example.com",
  "x",
];
for (const address of odd)
  test(`an address that is not plainly https costs its channel, and is not shown: ${address}`, () => {
    const { channels, problems } = openChannels({ slack: { webhook: address } }, swiftPorts());
    assert.deepEqual(channels, []);
    assert.equal(problems.length, 1);
    assert(!problems.join().includes(address) || address === "x");
  });
