import { Resolver } from "node:dns/promises";
import type { Check } from "../check.ts";
import type { DnsCheck } from "../check-spec.ts";
import type { Ports } from "../ports.ts";
import { quote } from "../source-text.ts";
import { fail, hold, pass } from "../verdict.ts";

const attemptMs = 5_000;
const tries = 3;

/** What a name server says for sure about a name: it, or this kind of record, does not exist. */
const absent: ReadonlySet<string> = new Set(["ENOTFOUND", "ENODATA", "NXDOMAIN"]);

/** Records of a name: that there is one, or that they are exactly, or hold at least, what the runbook says. */
export function dnsCheck({ dns }: DnsCheck, ports: Pick<Ports, "cancelled">, servers?: readonly string[]): Check {
  const { name, type } = dns;
  const wanted = dns.is ?? dns.has;
  const claim = wanted === undefined ? "exists" : `${dns.is === undefined ? "has" : "is"} ${wanted.join(", ")}`;
  const title = `dns: ${type} of ${name} ${claim}`;
  const mend = "Mend the zone, and wait until its time to live is over.";
  return {
    title,
    async run() {
      const resolver = new Resolver({ timeout: attemptMs, tries });
      if (servers !== undefined) resolver.setServers(servers);
      const stop = () => resolver.cancel();
      ports.cancelled.addEventListener("abort", stop, { once: true });
      try {
        const found = await recordsOf(resolver, name, type);
        const shown = found.slice(0, 5).map(quote).join(", ");
        const evidence = { found: found.slice(0, 50) };
        const missing = (wanted ?? []).filter((value) => !found.includes(plain(value, type)));
        const strange =
          dns.is === undefined ? [] : found.filter((value) => !dns.is?.some((one) => plain(one, type) === value));
        if (found.length === 0) return fail("no-record", `${title}: there is none. ${mend}`);
        if (missing.length > 0 || strange.length > 0)
          return fail("other-records", `${title}: it is ${shown}. ${mend}`, evidence);
        return pass("records-as-expected", `${title}: it is ${shown}.`, evidence);
      } catch (problem) {
        const code = problem instanceof Error && "code" in problem ? String(problem.code) : "no reason given";
        if (absent.has(code)) return fail("no-record", `${title}: there is none (${code}). ${mend}`);
        return hold("no-data", `${title}: no name server gave an answer (${code}). Run this again.`);
      } finally {
        ports.cancelled.removeEventListener("abort", stop);
      }
    },
  };
}

/** Names are compared without their last dot and in lower case; a TXT record is compared as it is written. */
const plain = (value: string, type: DnsCheck["dns"]["type"]): string =>
  type === "TXT" ? value : value.toLowerCase().replace(/\.$/, "");

async function recordsOf(resolver: Resolver, name: string, type: DnsCheck["dns"]["type"]): Promise<string[]> {
  const texts = await (async () => {
    if (type === "TXT") return (await resolver.resolveTxt(name)).map((parts) => parts.join(""));
    if (type === "MX") return (await resolver.resolveMx(name)).map(({ exchange }) => exchange);
    if (type === "A") return resolver.resolve4(name);
    if (type === "AAAA") return resolver.resolve6(name);
    if (type === "CNAME") return resolver.resolveCname(name);
    return resolver.resolveNs(name);
  })();
  return texts.map((text) => plain(text, type));
}
