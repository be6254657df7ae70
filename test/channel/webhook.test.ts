import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { signatureHeader, webhookChannel } from "../../src/channel/webhook.ts";
import { swiftPorts } from "../swift-ports.ts";
import { everyEvent, sampleNotice } from "./sample-notice.ts";
import { startSlackTwin } from "./slack-twin.ts";

test("the body is versioned JSON, and its signature is the HMAC-SHA256 of exactly these bytes", async () => {
  await using receiver = await startSlackTwin();
  receiver.fail({ status: 204 });
  const secret = "a signing key";
  const channel = webhookChannel({ url: new URL(receiver.webhook), secret, on: everyEvent }, swiftPorts());
  assert.deepEqual(await channel.send(sampleNotice, AbortSignal.timeout(10_000)), { sent: true });
  const [request] = receiver.requests;
  assert(request !== undefined);
  assert.deepEqual(JSON.parse(request.body), {
    "schema-version": 1,
    ...sampleNotice,
    at: "2023-11-14T22:13:20.000Z",
  });
  const expected = createHmac("sha256", secret).update(request.body).digest("hex");
  assert.equal(request.headers[signatureHeader], `sha256=${expected}`);
  assert.equal(request.headers["content-type"], "application/json");
});

test("without a secret there is no signature", async () => {
  await using receiver = await startSlackTwin();
  receiver.fail({ status: 200 });
  const channel = webhookChannel({ url: new URL(receiver.webhook), on: everyEvent }, swiftPorts());
  await channel.send(sampleNotice, AbortSignal.timeout(10_000));
  assert.equal(receiver.requests[0]?.headers[signatureHeader], undefined);
});
