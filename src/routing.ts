type Plain = Readonly<Record<string, unknown>>;
const mapOf = (value: unknown): Plain => (typeof value === "object" && value !== null ? (value as Plain) : {});

/**
 * How a target divides users between two versions, as far as it is known before anything runs: where they stay on one,
 * their requests are not independent, and a gate that counts requests is warned of. Vercel keeps visitors; HAProxy on
 * compose hosts chooses for every request, unless its backend is said to be sticky; Render divides nobody, since one
 * version serves at a time. Judged on plain data.
 */
export function routingOf(target: unknown): "sticky" | "per-request" | undefined {
  const named = mapOf(target);
  if ("vercel" in named) return "sticky";
  if ("local" in named) return "per-request";
  if (!("compose" in named)) return undefined;
  return mapOf(mapOf(named["compose"])["haproxy"])["sticky"] === true ? "sticky" : "per-request";
}
