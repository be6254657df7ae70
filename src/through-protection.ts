import type { DeployTarget } from "./deploy-target.ts";
import type { Ports } from "./ports.ts";

/**
 * Requests to a version's own address carry what passes the platform's protection of it; requests to anybody else do
 * not, and a redirect is never followed with it.
 */
export function throughProtection<P extends Pick<Ports, "fetch">>(
  target: Pick<DeployTarget, "headersFor">,
  ports: P,
): P {
  const { headersFor } = target;
  if (headersFor === undefined) return ports;
  const fetch: Ports["fetch"] = (input, init) => {
    const address = new URL(input instanceof Request ? input.url : input);
    const more = Object.entries(headersFor(address));
    if (more.length === 0) return ports.fetch(input, init);
    const headers = new Headers(init?.headers);
    for (const [name, value] of more) headers.set(name, value);
    return ports.fetch(input, { ...init, headers, redirect: init?.redirect === "manual" ? "manual" : "error" });
  };
  return { ...ports, fetch };
}
