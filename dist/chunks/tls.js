import { _ as pass, g as hold, h as fail, u as quote, w as formatDuration } from "./words.js";
import { connect } from "node:tls";
const attemptMs = 1e4;
const oldestProtocol = "TLSv1.2";
const day = 864e5;
function tlsCheck({ tls }, ports, world = {}) {
	const { host, port = 443 } = tls;
	const lasting = tls["valid-for"];
	const place = port === 443 ? host : `${host}:${port}`;
	const title = `tls: ${place} has a trusted certificate${lasting === void 0 ? "" : ` for ${formatDuration(lasting)} more`}`;
	const mend = "Renew it, and look at why that did not happen by itself.";
	const judge = (seen) => {
		if ("unreachable" in seen) return hold("unreachable", `${title}: ${place} could not be reached (${seen.unreachable}). Run this again.`);
		if ("refused" in seen) return fail("no-tls", `${title}: ${place} does not agree on ${oldestProtocol} or newer (${seen.refused}). Look at its TLS settings.`);
		const { certificate, protocol, distrust } = seen;
		const until = Date.parse(certificate.valid_to);
		const left = until - ports.clock.now();
		const evidence = {
			subject: certificate.subject?.CN,
			issuer: certificate.issuer?.CN,
			until: certificate.valid_to,
			protocol
		};
		if (Number.isNaN(until)) return hold("no-data", `${title}: the certificate says no day on which it ends. Look at it.`);
		if (left <= 0) return fail("certificate-expired", `${title}: it ended on ${dayOf(until)}. ${mend}`, evidence);
		if (distrust !== void 0) return fail("certificate-distrusted", `${title}: a browser would not trust it (${distrust}). Install the whole chain for ${host}.`, evidence);
		if (lasting !== void 0 && left < lasting) return fail("certificate-ends-soon", `${title}: it ends on ${dayOf(until)}, in ${Math.floor(left / day)} days. ${mend}`, evidence);
		return pass("certificate-valid", `${title}: it is valid until ${dayOf(until)}, by ${protocol}.`, evidence);
	};
	return {
		title,
		run: async () => judge(await present(host, port, ports, world))
	};
}
const dayOf = (at) => new Date(at).toISOString().slice(0, 10);
function present(host, port, ports, { address = host, ca }) {
	return new Promise((resolve) => {
		const finished = new AbortController();
		const socket = connect({
			host: address,
			port,
			servername: host,
			minVersion: oldestProtocol,
			rejectUnauthorized: false,
			...ca === void 0 ? {} : { ca }
		});
		const end = (seen) => {
			finished.abort();
			socket.destroy();
			resolve(seen);
		};
		ports.clock.sleep(attemptMs, AbortSignal.any([finished.signal, ports.cancelled])).then(() => end({ unreachable: `no answer in ${attemptMs / 1e3} s` }), () => {
			if (ports.cancelled.aborted) end({ unreachable: "the job was cancelled" });
		});
		socket.once("secureConnect", () => end({
			certificate: socket.getPeerCertificate(),
			protocol: socket.getProtocol() ?? "",
			distrust: socket.authorized ? void 0 : quote(String(socket.authorizationError ?? "unknown"))
		}));
		socket.once("error", (error) => {
			const code = error.code ?? error.message;
			end(/^ERR_(?:SSL|TLS)|^EPROTO$/.test(code) ? { refused: code } : { unreachable: code });
		});
	});
}
export { tlsCheck };
