import { E as formatDuration, _ as fail, d as quote, v as hold, y as pass } from "./words.js";
import { connect } from "node:tls";
const attemptMs = 1e4, oldestProtocol = "TLSv1.2";
function tlsCheck({ tls }, ports, world = {}) {
let { host, port = 443 } = tls, lasting = tls["valid-for"], place = port === 443 ? host : `${host}:${port}`, title = `tls: ${place} has a trusted certificate${lasting === void 0 ? "" : ` for ${formatDuration(lasting)} more`}`, mend = "Renew it, and look at why that did not happen by itself.", judge = (seen) => {
if ("unreachable" in seen) return hold("unreachable", `${title}: ${place} could not be reached (${seen.unreachable}). Run this again.`);
if ("refused" in seen) return fail("no-tls", `${title}: ${place} does not agree on ${oldestProtocol} or newer (${seen.refused}). Look at its TLS settings.`);
let { certificate, protocol, distrust } = seen, until = Date.parse(certificate.valid_to), left = until - ports.clock.now(), evidence = {
subject: certificate.subject?.CN,
issuer: certificate.issuer?.CN,
until: certificate.valid_to,
protocol
};
return Number.isNaN(until) ? hold("no-data", `${title}: the certificate says no day on which it ends. Look at it.`) : left <= 0 ? fail("certificate-expired", `${title}: it ended on ${dayOf(until)}. ${mend}`, evidence) : distrust === void 0 ? lasting !== void 0 && left < lasting ? fail("certificate-ends-soon", `${title}: it ends on ${dayOf(until)}, in ${Math.floor(left / 864e5)} days. ${mend}`, evidence) : pass("certificate-valid", `${title}: it is valid until ${dayOf(until)}, by ${protocol}.`, evidence) : fail("certificate-distrusted", `${title}: a browser would not trust it (${distrust}). Install the whole chain for ${host}.`, evidence);
};
return {
title,
run: async () => judge(await present(host, port, ports, world))
};
}
const dayOf = (at) => new Date(at).toISOString().slice(0, 10);
function present(host, port, ports, { address = host, ca }) {
return new Promise((resolve) => {
let finished = new AbortController(), socket = connect({
host: address,
port,
servername: host,
minVersion: oldestProtocol,
rejectUnauthorized: !1,
...ca === void 0 ? {} : { ca }
}), end = (seen) => {
finished.abort(), socket.destroy(), resolve(seen);
};
ports.clock.sleep(attemptMs, AbortSignal.any([finished.signal, ports.cancelled])).then(() => end({ unreachable: `no answer in ${attemptMs / 1e3} s` }), () => {
ports.cancelled.aborted && end({ unreachable: "the job was cancelled" });
}), socket.once("secureConnect", () => end({
certificate: socket.getPeerCertificate(),
protocol: socket.getProtocol() ?? "",
distrust: socket.authorized ? void 0 : quote(String(socket.authorizationError ?? "unknown"))
})), socket.once("error", (error) => {
let code = error.code ?? error.message;
end(/^ERR_(?:SSL|TLS)|^EPROTO$/.test(code) ? { refused: code } : { unreachable: code });
});
});
}
export { tlsCheck };
