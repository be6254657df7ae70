import assert from "node:assert/strict";
import { after, afterEach, test } from "node:test";
import { InputError, ProviderError } from "../../src/failure.ts";
import { type SentryConfig, sentryProvider } from "../../src/metric-provider/sentry.ts";
import { realPorts, told } from "./real-part.ts";
import { startSentryTwin } from "./twins/sentry.ts";

const sentry = await startSentryTwin();
after(() => sentry.stop());
afterEach(() => {
  sentry.releases.clear();
  sentry.events.length = 0;
  sentry.issues.length = 0;
  sentry.sessions = undefined;
});

const began = Date.now() - 60_000;
const open = (config: Partial<SentryConfig> = {}) =>
  sentryProvider(
    {
      url: sentry.url,
      token: "sntrys_secret",
      organization: "acme",
      project: "shop",
      release: "shop@$version",
      measure: "errors",
      ...config,
    },
    realPorts(),
  );
const measure = (config: Partial<SentryConfig> = {}, from = began, version = "1.2.0+b1") =>
  open(config).measure({ from, to: Date.now() }, { version });
const release = "shop@1.2.0+b1";

test("error events of the release since the share began", async () => {
  sentry.releases.add(release);
  assert.equal(told(await measure()), "value 0");
  for (const at of [began - 1_000, began + 1, began + 2])
    sentry.events.push({ at, release }, { at, release: "shop@1.1.0" });
  assert.equal(told(await measure()), "value 2");
});

test("an event that arrives late is counted by a later look, not lost", async () => {
  sentry.releases.add(release);
  const provider = open();
  const look = (from: number) => provider.measure({ from, to: Date.now() }, { version: "1.2.0+b1" });
  assert.equal(told(await look(began)), "value 0");
  sentry.events.push({ at: began + 5, release });
  assert.equal(told(await look(Date.now() - 1_000)), "value 1");
});

test("issues first seen in the release, over all pages", async () => {
  sentry.releases.add(release);
  for (let i = 0; i < 230; i++) sentry.issues.push({ id: `${i}`, firstRelease: release });
  sentry.issues.push({ id: "old", firstRelease: "shop@1.1.0" });
  assert.equal(told(await measure({ measure: "new-issues" })), "value 230");
});

test("crash-free sessions need an hour, and sessions", async () => {
  sentry.releases.add(release);
  const config = { measure: "crash-free-sessions" } as const;
  const before = Date.now() - 2 * 3_600_000;
  assert.equal(told(await measure(config)), "window-too-short");
  assert.equal(told(await measure(config, before)), "no-traffic");
  sentry.sessions = { release, sum: 0, crashed: 0 };
  assert.equal(told(await measure(config, before)), "no-traffic");
  sentry.sessions = { release, sum: 400, crashed: 4 };
  assert.equal(told(await measure(config, before)), "value 0.99");
});

test("a release Sentry does not know is no data, not zero errors", async () => {
  assert.equal(told(await measure()), "no-release");
});

test("a wrong project, organization or token is an error", async () => {
  sentry.releases.add(release);
  await assert.rejects(measure({ project: "shopp" }), ProviderError);
  await assert.rejects(measure({ organization: "acne" }), ProviderError);
  await assert.rejects(
    measure({ token: "other-secret" }),
    (error) => error instanceof ProviderError && error.status === 401 && !error.message.includes("other-secret"),
  );
});

test("too many questions are no data, and say how long to wait", async () => {
  sentry.instead = {
    status: 429,
    headers: { "retry-after": "30" },
    body: '{"detail":"You are attempting to use this endpoint too frequently"}',
  };
  const measured = await measure();
  assert.equal(told(measured), "rate-limited");
  assert.match(measured.kind === "no-data" ? measured.message : "", /too frequently.*wait 30 s/);
});

const odd: readonly (readonly [string, { status: number; body: string }, string])[] = [
  ["a web page", { status: 200, body: "<html>Maintenance</html>" }, "unparsable"],
  ["another object", { status: 200, body: '{"id":42}' }, "unparsable"],
  ["null", { status: 200, body: "null" }, "unparsable"],
  ["an empty list", { status: 200, body: "[]" }, "unparsable"],
  ["a broken gateway", { status: 502, body: "" }, "unreachable"],
  ["a redirect", { status: 302, body: "" }, "unreachable"],
];
for (const [name, instead, reason] of odd)
  test(`${name} is no data`, async () => {
    sentry.instead = instead;
    assert.equal(told(await measure()), reason);
  });

test("the token is in no address, and a version cannot change the question", async () => {
  sentry.releases.add(release);
  await measure();
  assert.ok(sentry.asked.every((url) => !url.includes("sntrys")));
  await assert.rejects(measure({}, began, '" OR release:"old'), InputError);
});
