import assert from "node:assert/strict";
import { test } from "node:test";
import { InputError } from "../../src/failure.ts";
import { type LogsConfig, logsProvider } from "../../src/metric-provider/logs.ts";
import { realPorts, told } from "./real-part.ts";

const window = { from: 1_700_000_000_000, to: 1_700_000_060_000 };
const measure = (config: LogsConfig) => logsProvider(config, realPorts()).measure(window, { version: "v2" });
const prints = (...lines: readonly string[]) => `cat <<'END'\n${lines.join("\n")}\nEND`;

const log = prints(
  "v1 ERROR the old one",
  "v2 INFO request done",
  "v2 ERROR it broke",
  "",
  "v2 INFO request done",
  "v2 INFO request with an ERROR in it",
);

test("matching lines of one version are a value", async () => {
  assert.equal(told(await measure({ run: log, value: "ERROR", lines: "$version " })), "value 2");
  assert.equal(told(await measure({ run: log, value: "^v\\d ERROR" })), "value 2");
});

test("bad lines among all that count are counts", async () => {
  const config = { run: log, bad: "ERROR", total: "request|broke", lines: "$version " };
  assert.equal(told(await measure(config)), "counts 2/4");
});

test("lines that do not match are zero, since there are lines", async () => {
  assert.equal(told(await measure({ run: log, value: "FATAL" })), "value 0");
});

test("no line at all is no data: a log that cannot be read looks the same", async () => {
  assert.equal(told(await measure({ run: "true", value: "ERROR" })), "no-lines");
  assert.equal(told(await measure({ run: log, value: "ERROR", lines: "v3 " })), "no-lines");
});

test("a read that fails or is late is no data, whatever it printed", async () => {
  assert.equal(told(await measure({ run: `${log}\nexit 1`, value: "ERROR" })), "command-failed");
  assert.equal(told(await measure({ run: `echo v2; sleep 60`, within: 200, value: "ERROR" })), "command-failed");
});

test("more than 1 MiB is no data: its beginning is lost", async () => {
  assert.equal(told(await measure({ run: "seq -f 'v2 INFO %.0f' 300000", value: "ERROR" })), "too-large");
});

test("a pattern that could take forever is refused", async () => {
  assert.throws(() => logsProvider({ run: log, value: "(a+)+$" }, realPorts()), InputError);
  assert.throws(() => logsProvider({ run: log, value: "(" }, realPorts()), InputError);
});
