import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { test } from "node:test";
import { dnsCheck } from "../../src/check/dns.ts";
import type { DnsCheck } from "../../src/check-spec.ts";
import { swiftPorts } from "../swift-ports.ts";

const types = { A: 1, NS: 2, CNAME: 5, MX: 15, TXT: 16, AAAA: 28 } as const;
type Type = keyof typeof types;

const labels = (name: string): Buffer =>
  Buffer.concat([
    ...name.split(".").map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)])),
    Buffer.from([0]),
  ]);

function data(type: Type, value: string): Buffer {
  if (type === "A") return Buffer.from(value.split(".").map(Number));
  if (type === "AAAA")
    return Buffer.from(
      value.split(":").flatMap((part) => [Number.parseInt(part, 16) >> 8, Number.parseInt(part, 16) & 255]),
    );
  if (type === "TXT") return Buffer.concat([Buffer.from([value.length]), Buffer.from(value)]);
  if (type === "MX") return Buffer.concat([Buffer.from([0, 10]), labels(value)]);
  return labels(value);
}

/** A name server on this machine that speaks the real protocol (RFC 1035): a zone, or only an error code. */
async function nameServer(zone: Readonly<Record<string, readonly string[]>>, code = 0) {
  const socket = createSocket("udp4");
  socket.on("message", (question, from) => {
    let end = 12;
    const name: string[] = [];
    for (let length = question[end] ?? 0; length > 0; length = question[end] ?? 0) {
      name.push(question.toString("latin1", end + 1, end + 1 + length));
      end += length + 1;
    }
    const type = (Object.keys(types) as Type[]).find((known) => types[known] === question.readUInt16BE(end + 1));
    const found = type === undefined ? [] : (zone[`${type} ${name.join(".")}`] ?? []);
    const exists = Object.keys(zone).some((key) => key.endsWith(` ${name.join(".")}`));
    const head = Buffer.from(question.subarray(0, 12));
    head.writeUInt16BE(0x8180 | (code === 0 && !exists ? 3 : code), 2);
    head.writeUInt16BE(found.length, 6);
    head.writeUInt32BE(0, 8);
    const records = found.map((value) => {
      const rdata = data(type ?? "A", value);
      const fixed = Buffer.alloc(12);
      fixed.writeUInt16BE(0xc00c, 0);
      fixed.writeUInt16BE(types[type ?? "A"], 2);
      fixed.writeUInt16BE(1, 4);
      fixed.writeUInt32BE(60, 6);
      fixed.writeUInt16BE(rdata.length, 10);
      return Buffer.concat([fixed, rdata]);
    });
    socket.send(Buffer.concat([head, question.subarray(12, end + 5), ...records]), from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  return { address: `127.0.0.1:${socket.address().port}`, [Symbol.dispose]: () => void socket.close() };
}

const zone = {
  "A shop.example.com": ["192.0.2.1", "192.0.2.2"],
  "AAAA shop.example.com": ["2001:db8:0:0:0:0:0:1"],
  "CNAME www.example.com": ["Shop.example.com"],
  "MX example.com": ["mail.example.com"],
  "NS example.com": ["ns1.example.com"],
  "TXT example.com": ["v=spf1 -all", "other"],
};

const rows: readonly (readonly [Partial<DnsCheck["dns"]> & { readonly name: string }, string])[] = [
  [{ name: "shop.example.com" }, "pass records-as-expected"],
  [{ name: "shop.example.com", is: ["192.0.2.2", "192.0.2.1"] }, "pass records-as-expected"],
  [{ name: "shop.example.com", is: ["192.0.2.1"] }, "fail other-records"],
  [{ name: "shop.example.com", has: ["192.0.2.1"] }, "pass records-as-expected"],
  [{ name: "shop.example.com", has: ["192.0.2.9"] }, "fail other-records"],
  [{ name: "shop.example.com", type: "AAAA", is: ["2001:db8::1"] }, "pass records-as-expected"],
  [{ name: "www.example.com", type: "CNAME", is: ["shop.example.com."] }, "pass records-as-expected"],
  [{ name: "example.com", type: "MX", is: ["mail.example.com"] }, "pass records-as-expected"],
  [{ name: "example.com", type: "NS", is: ["ns1.example.com"] }, "pass records-as-expected"],
  [{ name: "example.com", type: "TXT", has: ["v=spf1 -all"] }, "pass records-as-expected"],
  [{ name: "example.com", type: "TXT", has: ["V=SPF1 -all"] }, "fail other-records"],
  [{ name: "nowhere.example.com" }, "fail no-record"],
  [{ name: "example.com", type: "CNAME" }, "fail no-record"],
];

test("records are compared as a name server gives them, by real packets", async () => {
  using server = await nameServer(zone);
  for (const [dns, expected] of rows) {
    const check = dnsCheck({ dns: { type: "A", ...dns } }, swiftPorts(), [server.address]);
    const { verdict, reason, message } = await check.run({ directory: ".", commit: "c" });
    assert.equal(`${verdict} ${reason}`, expected, message);
  }
});

test("a name server that fails, or a job that is cancelled, proves nothing", async () => {
  using broken = await nameServer(zone, 2);
  const dns = { name: "shop.example.com", type: "A" } as const;
  const failed = await dnsCheck({ dns }, swiftPorts(), [broken.address]).run({ directory: ".", commit: "c" });
  assert.deepEqual([failed.verdict, failed.reason], ["hold", "no-data"], failed.message);
  const silent = createSocket("udp4");
  await new Promise<void>((resolve) => silent.bind(0, "127.0.0.1", resolve));
  const cancel = new AbortController();
  const check = dnsCheck({ dns }, swiftPorts({ cancelled: cancel.signal }), [`127.0.0.1:${silent.address().port}`]);
  silent.once("message", () => cancel.abort());
  const cancelled = await check.run({ directory: ".", commit: "c" });
  silent.close();
  assert.deepEqual([cancelled.verdict, cancelled.reason], ["hold", "no-data"], cancelled.message);
});
