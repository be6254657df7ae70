import type { Ports } from "../../ports.ts";
import type { VercelTarget } from "../../target-spec.ts";

const answerWithinMs = 10_000;

/** https://vercel.com/docs/deployment-protection/methods-to-bypass-deployment-protection/protection-bypass-automation */
export const bypassHeaders = (secret: string | undefined): Readonly<Record<string, string>> =>
  secret === undefined ? {} : { "x-vercel-protection-bypass": secret };

/** Protection answers in the deployment's place: with a login page, or by sending the visitor to one. */
export function isProtection(status: number, headers: Headers): boolean {
  const location = headers.get("location") ?? "";
  const cookie = headers.get("set-cookie") ?? "";
  if (status >= 300 && status < 400) return /^https:\/\/vercel\.com\/(sso|login)/.test(location);
  return (
    status === 401 &&
    (/_vercel_sso_nonce/.test(cookie) ||
      headers.get("x-vercel-protection") !== null ||
      headers.get("server") === "Vercel")
  );
}

/**
 * Asks a deployment at its own address. Where protection answers in its place and no bypass is given, Vercel's word that
 * it is ready is all there is: a rollback is not kept waiting for a secret.
 */
export async function probeDeployment(
  version: string,
  address: string | undefined,
  { health: path, bypass }: Pick<VercelTarget, "health" | "bypass">,
  ports: Pick<Ports, "fetch" | "clock">,
): Promise<{ readonly healthy: boolean; readonly message: string }> {
  if (address === undefined)
    return { healthy: true, message: `Deployment ${version} is READY; it has no address of its own.` };
  const deadline = new AbortController();
  const done = new AbortController();
  ports.clock.sleep(answerWithinMs, done.signal).then(
    () => deadline.abort(),
    () => undefined,
  );
  const url = new URL(path, address);
  try {
    const headers = bypassHeaders(bypass);
    const { status, headers: given } = await ports.fetch(url, { headers, redirect: "manual", signal: deadline.signal });
    if (isProtection(status, given)) {
      const message =
        bypass === undefined
          ? `Deployment ${version} is READY; its own address is protected, so ${path} was not asked (set \`target.vercel.bypass\`).`
          : `Deployment ${version} is READY; its protection refused the bypass secret, so ${path} was not asked. Renew the secret under Settings, Deployment Protection.`;
      return { healthy: true, message };
    }
    return { healthy: status >= 200 && status < 300, message: `Deployment ${version} answered ${status} at ${url}.` };
  } catch (error) {
    const why = deadline.signal.aborted
      ? `nothing within ${answerWithinMs / 1000} s`
      : error instanceof Error
        ? error.message
        : "nothing";
    return { healthy: false, message: `Deployment ${version} did not answer at ${url}: ${why}.` };
  } finally {
    done.abort();
  }
}
