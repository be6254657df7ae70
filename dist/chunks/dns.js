import { _ as fail, d as quote, v as hold, y as pass } from "./words.js";
import { Resolver } from "node:dns/promises";
const absent = new Set([
"ENOTFOUND",
"ENODATA",
"NXDOMAIN"
]);
function dnsCheck({ dns }, ports, servers) {
let { name, type } = dns, wanted = dns.is ?? dns.has, title = `dns: ${type} of ${name} ${wanted === void 0 ? "exists" : `${dns.is === void 0 ? "has" : "is"} ${wanted.join(", ")}`}`, mend = "Mend the zone, and wait until its time to live is over.";
return {
title,
async run() {
let resolver = new Resolver({
timeout: 5e3,
tries: 3
});
servers !== void 0 && resolver.setServers(servers);
let stop = () => resolver.cancel();
ports.cancelled.addEventListener("abort", stop, { once: !0 });
try {
let found = await recordsOf(resolver, name, type), shown = found.slice(0, 5).map(quote).join(", "), evidence = { found: found.slice(0, 50) }, missing = (wanted ?? []).filter((value) => !found.includes(plain(value, type))), strange = dns.is === void 0 ? [] : found.filter((value) => !dns.is?.some((one) => plain(one, type) === value));
return found.length === 0 ? fail("no-record", `${title}: there is none. ${mend}`) : missing.length > 0 || strange.length > 0 ? fail("other-records", `${title}: it is ${shown}. ${mend}`, evidence) : pass("records-as-expected", `${title}: it is ${shown}.`, evidence);
} catch (problem) {
let code = problem instanceof Error && "code" in problem ? String(problem.code) : "no reason given";
return absent.has(code) ? fail("no-record", `${title}: there is none (${code}). ${mend}`) : hold("no-data", `${title}: no name server gave an answer (${code}). Run this again.`);
} finally {
ports.cancelled.removeEventListener("abort", stop);
}
}
};
}
const plain = (value, type) => type === "TXT" ? value : value.toLowerCase().replace(/\.$/, "");
async function recordsOf(resolver, name, type) {
return (await (async () => type === "TXT" ? (await resolver.resolveTxt(name)).map((parts) => parts.join("")) : type === "MX" ? (await resolver.resolveMx(name)).map(({ exchange }) => exchange) : type === "A" ? resolver.resolve4(name) : type === "AAAA" ? resolver.resolve6(name) : type === "CNAME" ? resolver.resolveCname(name) : resolver.resolveNs(name))()).map((text) => plain(text, type));
}
export { dnsCheck };
