import { connect, type PeerCertificate } from "node:tls";
import type { Check } from "../check.ts";
import type { TlsCheck } from "../check-spec.ts";
import { formatDuration } from "../duration.ts";
import type { Ports } from "../ports.ts";
import { quote } from "../source-text.ts";
import { fail, hold, pass, type Verdict } from "../verdict.ts";

const attemptMs = 10_000;
const oldestProtocol = "TLSv1.2";
const day = 86_400_000;

/** Where the certificate is asked for, and whom to trust; both are the public's unless a test says otherwise. */
export interface TlsWorld {
  readonly address?: string;
  readonly ca?: string;
}

type Presented =
  | { readonly certificate: PeerCertificate; readonly protocol: string; readonly distrust: string | undefined }
  | { readonly unreachable: string }
  | { readonly refused: string };

/** The certificate a browser would be shown: trusted, for this host, and valid for long enough. */
export function tlsCheck({ tls }: TlsCheck, ports: Pick<Ports, "clock" | "cancelled">, world: TlsWorld = {}): Check {
  const { host, port = 443 } = tls;
  const lasting = tls["valid-for"];
  const place = port === 443 ? host : `${host}:${port}`;
  const title = `tls: ${place} has a trusted certificate${lasting === undefined ? "" : ` for ${formatDuration(lasting)} more`}`;
  const mend = "Renew it, and look at why that did not happen by itself.";

  const judge = (seen: Presented): Verdict => {
    if ("unreachable" in seen)
      return hold("unreachable", `${title}: ${place} could not be reached (${seen.unreachable}). Run this again.`);
    if ("refused" in seen)
      return fail(
        "no-tls",
        `${title}: ${place} does not agree on ${oldestProtocol} or newer (${seen.refused}). Look at its TLS settings.`,
      );
    const { certificate, protocol, distrust } = seen;
    const until = Date.parse(certificate.valid_to);
    const left = until - ports.clock.now();
    const evidence = {
      subject: certificate.subject?.CN,
      issuer: certificate.issuer?.CN,
      until: certificate.valid_to,
      protocol,
    };
    if (Number.isNaN(until))
      return hold("no-data", `${title}: the certificate says no day on which it ends. Look at it.`);
    if (left <= 0) return fail("certificate-expired", `${title}: it ended on ${dayOf(until)}. ${mend}`, evidence);
    if (distrust !== undefined)
      return fail(
        "certificate-distrusted",
        `${title}: a browser would not trust it (${distrust}). Install the whole chain for ${host}.`,
        evidence,
      );
    if (lasting !== undefined && left < lasting)
      return fail(
        "certificate-ends-soon",
        `${title}: it ends on ${dayOf(until)}, in ${Math.floor(left / day)} days. ${mend}`,
        evidence,
      );
    return pass("certificate-valid", `${title}: it is valid until ${dayOf(until)}, by ${protocol}.`, evidence);
  };

  return { title, run: async () => judge(await present(host, port, ports, world)) };
}

const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** Shows the certificate also when it is not trusted, so that the verdict can say what is wrong with it. */
function present(
  host: string,
  port: number,
  ports: Pick<Ports, "clock" | "cancelled">,
  { address = host, ca }: TlsWorld,
): Promise<Presented> {
  return new Promise((resolve) => {
    const finished = new AbortController();
    const socket = connect({
      host: address,
      port,
      servername: host,
      minVersion: oldestProtocol,
      rejectUnauthorized: false,
      ...(ca === undefined ? {} : { ca }),
    });
    const end = (seen: Presented): void => {
      finished.abort();
      socket.destroy();
      resolve(seen);
    };
    ports.clock.sleep(attemptMs, AbortSignal.any([finished.signal, ports.cancelled])).then(
      () => end({ unreachable: `no answer in ${attemptMs / 1000} s` }),
      () => {
        if (ports.cancelled.aborted) end({ unreachable: "the job was cancelled" });
      },
    );
    socket.once("secureConnect", () =>
      end({
        certificate: socket.getPeerCertificate(),
        protocol: socket.getProtocol() ?? "",
        distrust: socket.authorized ? undefined : quote(String(socket.authorizationError ?? "unknown")),
      }),
    );
    socket.once("error", (error: NodeJS.ErrnoException) => {
      const code = error.code ?? error.message;
      // What the TLS library itself refuses is the server's doing; everything else is the way there.
      end(/^ERR_(?:SSL|TLS)|^EPROTO$/.test(code) ? { refused: code } : { unreachable: code });
    });
  });
}
