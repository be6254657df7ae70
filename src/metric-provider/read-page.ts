import { ProviderError } from "../failure.ts";
import type { NoData } from "../metric-provider.ts";
import type { Ports } from "../ports.ts";
import { isRemembered } from "../remembered.ts";
import { noData } from "./no-data.ts";

const MOST_BYTES = 1_048_576;
const DEADLINE = 5_000;

export interface PageRequest {
  /** Who is asked, as errors name it. */
  readonly provider: string;
  readonly url: URL;
  /** Sent as they are; a page that wants a credential gets it here. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds for the whole answer. Default 5 s. */
  readonly deadline?: number;
}

/** The address without credentials and query: fit for messages. */
export const placeOf = ({ origin, pathname }: URL): string => `${origin}${pathname}`;

/**
 * The text of one page, at most 1 MiB, or why there is none this time. Redirects are not followed: they lead to login
 * pages. Throws `ProviderError` when the question itself is refused: a wrong credential, or a page that, asked with a
 * credential, does not exist.
 */
export async function readPage(
  ports: Pick<Ports, "fetch" | "cancelled">,
  request: PageRequest,
): Promise<{ readonly text: string } | NoData> {
  const { provider, url, headers = {}, deadline = DEADLINE } = request;
  const signal = AbortSignal.any([ports.cancelled, AbortSignal.timeout(deadline)]);
  try {
    const response = await ports.fetch(url, { headers, signal, redirect: "manual" });
    if (response.status === 200 && !isRemembered(response.headers)) return await readBody(response, url);
    await response.body?.cancel();
    if (isRefusal(response.status, Object.keys(headers).length > 0)) {
      const message = `${placeOf(url)} answered ${response.status}: check the path and the credential.`;
      throw new ProviderError(provider, message, { status: response.status });
    }
    if (response.status === 200) return noData("stale", `${placeOf(url)} was answered by a cache, not by the version.`);
    return noData("unreachable", `${placeOf(url)} answered ${response.status}.`);
  } catch (error) {
    if (error instanceof ProviderError) throw error;
    return noData("unreachable", `${placeOf(url)} did not answer: ${causeOf(error, deadline)}.`);
  }
}

const isRefusal = (status: number, hasCredential: boolean): boolean =>
  status === 401 || status === 403 || (status === 404 && hasCredential);

/** The shortest true name of what went wrong; the built-in fetch hides it in `cause`. */
export function causeOf(error: unknown, deadline: number): string {
  if (!(error instanceof Error)) return "unknown";
  if (error.name === "TimeoutError") return `no whole answer within ${deadline} ms`;
  if (error.name === "AbortError") return "cancelled";
  const { cause } = error;
  if (cause instanceof Error && "code" in cause && typeof cause.code === "string") return cause.code;
  return cause instanceof Error ? cause.name : error.name;
}

/** The whole body as text, or why not. */
export async function readBody(
  response: Response,
  url: URL,
  mostBytes = MOST_BYTES,
): Promise<{ readonly text: string } | NoData> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    // Leaving the loop cancels the body: an endless answer ends here.
    if (bytes > mostBytes)
      return noData("too-large", `${placeOf(url)} answered more than ${mostBytes / MOST_BYTES} MiB.`);
    chunks.push(chunk);
  }
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks)) };
  } catch {
    return noData("unparsable", `${placeOf(url)} did not answer with UTF-8 text.`);
  }
}
