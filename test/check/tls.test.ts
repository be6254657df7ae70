import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createPlainServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { createServer } from "node:tls";
import { tlsCheck } from "../../src/check/tls.ts";
import { freePort } from "../../src/rehearsal/version-process.ts";
import { swiftPorts } from "../swift-ports.ts";

const skip = spawnSync("openssl", ["version"]).status === 0 ? false : "openssl is not installed";
const directory = mkdtempSync(join(tmpdir(), "sluice-tls-"));
after(() => rmSync(directory, { recursive: true, force: true }));
const at = (name: string) => join(directory, name);
const openssl = (...args: string[]) =>
  execFileSync("openssl", args, { cwd: directory, stdio: ["ignore", "ignore", "pipe"] });

let authority = false;
/** A certificate of our own authority for a host, valid for so many days. */
function certificate(host: string, days: number): { key: string; cert: string; ca: string } {
  if (!authority)
    openssl(
      "req",
      "-x509",
      "-newkey",
      "rsa:2048",
      "-nodes",
      "-subj",
      "/CN=Test CA",
      "-keyout",
      at("ca.key"),
      "-out",
      at("ca.crt"),
      "-days",
      "30",
    );
  authority = true;
  const name = `${host}-${days}`;
  openssl(
    "req",
    "-new",
    "-newkey",
    "rsa:2048",
    "-nodes",
    "-subj",
    `/CN=${host}`,
    "-keyout",
    at(`${name}.key`),
    "-out",
    at(`${name}.csr`),
  );
  writeFileSync(at(`${name}.ext`), `subjectAltName=DNS:${host}\n`);
  openssl(
    "x509",
    "-req",
    "-in",
    at(`${name}.csr`),
    "-CA",
    at("ca.crt"),
    "-CAkey",
    at("ca.key"),
    "-CAcreateserial",
    "-days",
    String(days),
    "-extfile",
    at(`${name}.ext`),
    "-out",
    at(`${name}.crt`),
  );
  const read = (file: string) => readFileSync(at(file), "utf8");
  return { key: read(`${name}.key`), cert: read(`${name}.crt`), ca: read("ca.crt") };
}

async function server(host: string, days: number, oldest?: "TLSv1.1") {
  const { key, cert, ca } = certificate(host, days);
  const versions = oldest === undefined ? {} : { minVersion: oldest, maxVersion: oldest, ciphers: "ALL:@SECLEVEL=0" };
  const tls = createServer({ key, cert, ...versions }, (socket) => socket.on("error", () => undefined).end());
  tls.on("tlsClientError", () => undefined);
  await new Promise<void>((resolve) => tls.listen(0, "127.0.0.1", resolve));
  const address = tls.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return { port, ca, [Symbol.dispose]: () => void tls.close() };
}

const context = { directory: ".", commit: "c" };
const host = "shop.example.com";
const day = 86_400_000;

async function ask(port: number, options: { host?: string; ca?: string; validFor?: number; later?: number }) {
  const ports = swiftPorts();
  const clock = { ...ports.clock, now: () => Date.now() + (options.later ?? 0) };
  const tls = {
    host: options.host ?? host,
    port,
    ...(options.validFor === undefined ? {} : { "valid-for": options.validFor }),
  };
  const world = { address: "127.0.0.1", ...(options.ca === undefined ? {} : { ca: options.ca }) };
  return tlsCheck({ tls }, { ...ports, clock }, world).run(context);
}

test("B88: a certificate is judged by its chain, its host and the time that is left", { skip }, async () => {
  using shop = await server(host, 20);
  const { port, ca } = shop;
  const outcomes = [
    [{ ca }, "pass certificate-valid"],
    [{ ca, validFor: 14 * day }, "pass certificate-valid"],
    [{ ca, validFor: 30 * day }, "fail certificate-ends-soon"],
    [{ ca, later: 21 * day }, "fail certificate-expired"],
    [{}, "fail certificate-distrusted"],
    [{ ca, host: "other.example.com" }, "fail certificate-distrusted"],
  ] as const;
  for (const [options, expected] of outcomes) {
    const { verdict, reason, message } = await ask(port, options);
    assert.equal(`${verdict} ${reason}`, expected, message);
  }
});

test("a server without TLS, or only with an old one, fails; one that is not there holds", { skip }, async () => {
  using old = await server(host, 20, "TLSv1.1");
  assert.equal((await ask(old.port, { ca: old.ca })).reason, "no-tls");
  const plain = createPlainServer((socket) =>
    socket.on("error", () => undefined).end("HTTP/1.1 400 Bad Request\r\n\r\n"),
  );
  await new Promise<void>((resolve) => plain.listen(0, "127.0.0.1", resolve));
  const address = plain.address();
  const spoken = await ask(typeof address === "object" && address !== null ? address.port : 0, {});
  plain.close();
  assert.equal(spoken.reason, "no-tls", spoken.message);
  const absent = await ask(await freePort(), {});
  assert.deepEqual([absent.verdict, absent.reason], ["hold", "unreachable"], absent.message);
});

test("a server that says nothing holds at the deadline", async () => {
  const silent = createPlainServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const address = silent.address();
  const verdict = await ask(typeof address === "object" && address !== null ? address.port : 0, {});
  silent.close();
  assert.match(verdict.message, /no answer in 10 s/);
});
