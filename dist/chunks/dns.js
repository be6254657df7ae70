import { _ as pass, g as hold, h as fail, u as quote } from "./words.js";
import { Resolver } from "node:dns/promises";
const attemptMs = 5e3;
const tries = 3;
const absent = new Set([
	"ENOTFOUND",
	"ENODATA",
	"NXDOMAIN"
]);
function dnsCheck({ dns }, ports, servers) {
	const { name, type } = dns;
	const wanted = dns.is ?? dns.has;
	const title = `dns: ${type} of ${name} ${wanted === void 0 ? "exists" : `${dns.is === void 0 ? "has" : "is"} ${wanted.join(", ")}`}`;
	const mend = "Mend the zone, and wait until its time to live is over.";
	return {
		title,
		async run() {
			const resolver = new Resolver({
				timeout: attemptMs,
				tries
			});
			if (servers !== void 0) resolver.setServers(servers);
			const stop = () => resolver.cancel();
			ports.cancelled.addEventListener("abort", stop, { once: true });
			try {
				const found = await recordsOf(resolver, name, type);
				const shown = found.slice(0, 5).map(quote).join(", ");
				const evidence = { found: found.slice(0, 50) };
				const missing = (wanted ?? []).filter((value) => !found.includes(plain(value, type)));
				const strange = dns.is === void 0 ? [] : found.filter((value) => !dns.is?.some((one) => plain(one, type) === value));
				if (found.length === 0) return fail("no-record", `${title}: there is none. ${mend}`);
				if (missing.length > 0 || strange.length > 0) return fail("other-records", `${title}: it is ${shown}. ${mend}`, evidence);
				return pass("records-as-expected", `${title}: it is ${shown}.`, evidence);
			} catch (problem) {
				const code = problem instanceof Error && "code" in problem ? String(problem.code) : "no reason given";
				if (absent.has(code)) return fail("no-record", `${title}: there is none (${code}). ${mend}`);
				return hold("no-data", `${title}: no name server gave an answer (${code}). Run this again.`);
			} finally {
				ports.cancelled.removeEventListener("abort", stop);
			}
		}
	};
}
const plain = (value, type) => type === "TXT" ? value : value.toLowerCase().replace(/\.$/, "");
async function recordsOf(resolver, name, type) {
	return (await (async () => {
		if (type === "TXT") return (await resolver.resolveTxt(name)).map((parts) => parts.join(""));
		if (type === "MX") return (await resolver.resolveMx(name)).map(({ exchange }) => exchange);
		if (type === "A") return resolver.resolve4(name);
		if (type === "AAAA") return resolver.resolve6(name);
		if (type === "CNAME") return resolver.resolveCname(name);
		return resolver.resolveNs(name);
	})()).map((text) => plain(text, type));
}
export { dnsCheck };
