import assert from "node:assert/strict";
import { test } from "node:test";
import { type CommandConfig, commandProvider } from "../../src/metric-provider/command.ts";
import { realPorts, told, until } from "./real-part.ts";

const now = 1_700_000_000_000;
const window = { from: now - 60_000, to: now };
const at = new Date(now).toISOString();
const subject = { version: "v2", address: "http://127.0.0.1:9" };

const measure = (run: string, config: Partial<CommandConfig> = {}) =>
  commandProvider(
    { run, gives: "counts", ...config },
    realPorts({ PATH: process.env["PATH"], GITHUB_TOKEN: "ghs_x" }),
  ).measure(window, subject);
const prints = (object: unknown, config: Partial<CommandConfig> = {}) =>
  measure(`cat <<'END'\n${typeof object === "string" ? object : JSON.stringify(object)}\nEND`, config);

test("a command learns the question from its environment and answers as JSON", async () => {
  const run = `test "$SLUICE_FROM $SLUICE_TO $SLUICE_ADDRESS" = "2023-11-14T22:12:20.000Z 2023-11-14T22:13:20.000Z http://127.0.0.1:9"
printf '{"version":"%s","observedAt":"%s","bad":2,"total":40}' "$SLUICE_VERSION" "$SLUICE_TO"`;
  assert.deepEqual(await measure(run), {
    kind: "counts",
    bad: 2,
    total: 40,
    window,
    observedAt: now,
    version: "v2",
    source: "command",
  });
});

test("a value, and buckets whose last bound is null", async () => {
  assert.equal(told(await prints({ version: "v2", observedAt: at, value: 7 }, { gives: "value" })), "value 7");
  const buckets = [
    { le: 100, count: 4 },
    { le: null, count: 9 },
  ];
  const measured = await prints({ version: "v2", observedAt: at, buckets, sum: 900 }, { gives: "histogram" });
  assert.equal(told(measured), "histogram of 9");
});

const good = { version: "v2", observedAt: at, bad: 1, total: 2 };
const odd: readonly (readonly [string, unknown, string])[] = [
  ["nothing", "", "unparsable"],
  ["a text", '"12"', "unparsable"],
  ["a bare number", "12", "unparsable"],
  ["null", "null", "unparsable"],
  ["an empty list", "[]", "unparsable"],
  ["two objects", '{"a":1}\n{"a":2}', "unparsable"],
  ["a web page", "<html></html>", "unparsable"],
  ["NaN", '{"version":"v2","observedAt":"2023-11-14T22:13:20Z","bad":NaN,"total":2}', "unparsable"],
  ["an infinity", '{"version":"v2","observedAt":"2023-11-14T22:13:20Z","bad":1e999,"total":2}', "unparsable"],
  ["a null count", { ...good, bad: null }, "unparsable"],
  ["a negative count", { ...good, bad: -1 }, "unparsable"],
  ["a count with a unit", { ...good, bad: "1 error" }, "unparsable"],
  ["a missing time", { ...good, observedAt: undefined }, "unparsable"],
  ["a time in seconds", { ...good, observedAt: 1_700_000_000 }, "unparsable"],
  ["a value where counts were declared", { version: "v2", observedAt: at, value: 1 }, "unparsable"],
  ["a misspelled key", { ...good, Bad: 1 }, "unparsable"],
  ["another version", { ...good, version: "v1" }, "other-version"],
];
for (const [name, printed, reason] of odd)
  test(`${name} is no data`, async () => assert.equal(told(await prints(printed)), reason));

test("a command that fails is no data, whatever it printed before", async () => {
  const measured = await measure(`echo '${JSON.stringify(good)}'; echo "no route to host" >&2; exit 3`);
  assert.equal(told(measured), "command-failed");
  assert.match(measured.kind === "no-data" ? measured.message : "", /ended with 3: "no route to host"/);
});

test("a pipeline whose first part fails is no data", async () => {
  assert.equal(told(await measure(`false | echo '${JSON.stringify(good)}'`)), "command-failed");
});

test("more than 1 MiB is no data", async () => {
  assert.equal(told(await measure("head -c 2000000 /dev/zero | tr '\\0' ' '")), "too-large");
});

test("a late command ends with everything it started", async () => {
  const measured = await measure("sleep 61.375 & sleep 61.375", { within: 200 });
  assert.equal(told(measured), "command-failed");
  await until(async () => {
    const { stdout } = await realPorts().exec("ps", ["-eo", "args"], { env: { PATH: process.env["PATH"] ?? "" } });
    return !/^sleep 61\.375$/m.test(stdout);
  }, "the command's children to end");
});

test("it sees the variables it was given, and no others of ours", async () => {
  const run = `test -z "\${GITHUB_TOKEN-}"
printf '{"version":"v2","observedAt":"%s","value":%d}' "$SLUICE_TO" "\${#DD_API_KEY}"`;
  assert.equal(told(await measure(run, { gives: "value", env: { DD_API_KEY: "12345678" } })), "value 8");
});
