import assert from "node:assert/strict";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { test } from "node:test";
import { auditCheck } from "../../src/check/audit.ts";
import { auditReport } from "../../src/check/audit-report.ts";
import type { AuditCheck } from "../../src/check-spec.ts";
import { swiftPorts } from "../swift-ports.ts";

const lock = JSON.stringify({
  name: "shop",
  version: "1.0.0",
  lockfileVersion: 3,
  packages: {
    "": { name: "shop", version: "1.0.0", dependencies: { lodash: "4.17.20" } },
    "node_modules/lodash": { version: "4.17.20", resolved: "https://registry.example.com/lodash.tgz" },
  },
});

/** The part of a registry that `npm audit` asks: advisories by package. */
async function registry(answer: { readonly status: number; readonly advisories: unknown }) {
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      const bulk = request.url === "/-/npm/v1/security/advisories/bulk";
      response.writeHead(bulk ? answer.status : 404, { "content-type": "application/json" });
      response.end(JSON.stringify(bulk ? answer.advisories : {}));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}/`,
    [Symbol.dispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function project(files: Readonly<Record<string, string>>) {
  const directory = await mkdtemp(join(tmpdir(), "sluice-audit-"));
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
  return { directory, [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) };
}

const check = (audit: AuditCheck["audit"], directory: string, path = process.env["PATH"] ?? "") =>
  auditCheck({ audit }, swiftPorts({ env: { ...process.env, PATH: path } })).run({ directory, commit: "c" });

const advisory = (severity: string) => ({
  lodash: [
    { id: 1, url: "https://github.com/advisories/x", title: "Injection", severity, vulnerable_versions: "<4.17.21" },
  ],
});

test("npm's own audit against a registry: the level decides, and no answer is no proof", async () => {
  for (const [severity, level, expected] of [
    ["high", "high", "fail vulnerable-dependencies"],
    ["critical", "high", "fail vulnerable-dependencies"],
    ["moderate", "high", "pass audit-clean"],
    ["low", "low", "fail vulnerable-dependencies"],
  ] as const) {
    using here = await registry({ status: 200, advisories: advisory(severity) });
    const rc = `registry=${here.url}\nfetch-retries=0\ncache=.npm-cache\n`;
    await using shop = await project({ "package.json": "{}", "package-lock.json": lock, ".npmrc": rc });
    const verdict = await check({ level }, shop.directory);
    assert.equal(`${verdict.verdict} ${verdict.reason}`, expected, verdict.message);
    if (verdict.verdict === "fail") assert.match(verdict.message, /1 has: "lodash" \(\w+\)/);
  }
  using broken = await registry({ status: 503, advisories: {} });
  const rc = `registry=${broken.url}\nfetch-retries=0\ncache=.npm-cache\n`;
  await using shop = await project({ "package.json": "{}", "package-lock.json": lock, ".npmrc": rc });
  const verdict = await check({ level: "high" }, shop.directory);
  assert.deepEqual([verdict.verdict, verdict.reason], ["hold", "no-data"], verdict.message);
});

/** A package manager that prints what the real one would, and keeps how it was asked. */
const standIn = (printed: string, code = 1) =>
  `#!/bin/sh\necho "$@" > asked\ncat <<'END'\n${printed}\nEND\nexit ${code}\n`;

async function withTool(
  name: string,
  lockFiles: Readonly<Record<string, string>>,
  printed: string,
  audit: AuditCheck["audit"],
) {
  await using shop = await project({ ...lockFiles, [name]: standIn(printed) });
  await chmod(join(shop.directory, name), 0o755);
  return await check(audit, shop.directory, [shop.directory, process.env["PATH"]].join(delimiter));
}

const counts = { info: 0, low: 0, moderate: 0, high: 1, critical: 0 };

test("pnpm and both kinds of yarn are asked by the lock file that is there, each in its own form", async () => {
  const pnpm = JSON.stringify({
    advisories: { 1: { module_name: "lodash", severity: "high" } },
    metadata: { vulnerabilities: counts },
  });
  const lines = [
    { type: "auditAdvisory", data: { advisory: { module_name: "lodash", severity: "high" } } },
    { type: "auditSummary", data: { vulnerabilities: counts } },
  ];
  const berry = JSON.stringify({ value: "lodash", children: { ID: 1, Issue: "Injection", Severity: "high" } });
  const yarn = lines.map((line) => JSON.stringify(line)).join("\n");
  for (const [tool, files, printed] of [
    ["pnpm", { "pnpm-lock.yaml": "" }, pnpm],
    ["yarn", { "yarn.lock": "" }, yarn],
    ["yarn", { "yarn.lock": "", ".yarnrc.yml": "" }, berry],
  ] as const) {
    const verdict = await withTool(tool, files, printed, { level: "high" });
    assert.equal(verdict.reason, "vulnerable-dependencies", verdict.message);
    assert.equal((await withTool(tool, files, printed, { level: "critical" })).reason, "audit-clean");
  }
});

/** Never a pass: what is not a whole report is none. */
const unread: readonly (readonly [what: string, dialect: Parameters<typeof auditReport>[0], printed: string])[] = [
  ["nothing at all of npm", "npm", ""],
  ["a page", "npm", "<html></html>"],
  ["npm's own complaint", "npm", JSON.stringify({ error: { code: "ENOLOCK", summary: "no lock file" } })],
  ["a report without its summary", "npm", JSON.stringify({ vulnerabilities: {} })],
  [
    "a level that is new",
    "npm",
    JSON.stringify({ vulnerabilities: { a: { severity: "dire" } }, metadata: { vulnerabilities: counts } }),
  ],
  [
    "a summary that counts what the list lacks",
    "npm",
    JSON.stringify({ vulnerabilities: {}, metadata: { vulnerabilities: counts } }),
  ],
  [
    "yarn's list without its end",
    "yarn",
    JSON.stringify({ type: "auditAdvisory", data: { advisory: { module_name: "a", severity: "low" } } }),
  ],
  ["an error line of yarn", "yarn-berry", JSON.stringify({ type: "error", data: "boom" })],
];
for (const [what, dialect, printed] of unread)
  test(`${what} is no report`, () => assert.ok("problem" in auditReport(dialect, printed)));

test("a missing tool holds, a missing lock file fails", async () => {
  await using shop = await project({ "pnpm-lock.yaml": "" });
  assert.equal((await check({ level: "low" }, shop.directory, shop.directory)).verdict, "hold");
  await using bare = await project({});
  assert.equal((await check({ level: "low" }, bare.directory)).reason, "no-lock-file");
});
