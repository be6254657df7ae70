import { InputError, ProviderError } from "../failure.ts";
import type { NoData } from "../metric-provider.ts";
import { plainText } from "../plain-text.ts";
import type { Ports } from "../ports.ts";
import { isNoData, noData } from "./no-data.ts";
import { causeOf, placeOf, readBody } from "./read-page.ts";

export interface Question {
  /** Who is asked, as errors name it. */
  readonly provider: string;
  readonly url: URL;
  /** Secrets travel here and nowhere else. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON by POST. */
  readonly body?: unknown;
  /** Milliseconds for the whole answer. Default 10 s. */
  readonly deadline?: number;
  /** Default 1 MiB. */
  readonly mostBytes?: number;
}

export interface JsonAnswer {
  readonly json: unknown;
  readonly headers: Headers;
}

const DEADLINE = 10_000;

/** Refusals that a later look may not meet: a plan's limit, a slow server, too many questions. */
const passing = new Map([
  [402, "payment-required"],
  [408, "unreachable"],
  [425, "unreachable"],
  [429, "rate-limited"],
]);

/**
 * Asks an HTTP API for JSON. Redirects are not followed, so no credential travels to another host. Unreachable, 402, 408,
 * 429, 5xx, too large and unparsable are no data; `missing` makes 404 so too. Any other refusal throws `ProviderError`.
 */
export async function askJson(
  ports: Pick<Ports, "fetch" | "cancelled">,
  question: Question,
  missing?: NoData,
): Promise<JsonAnswer | NoData> {
  const { url, body, deadline = DEADLINE, mostBytes } = question;
  const signal = AbortSignal.any([ports.cancelled, AbortSignal.timeout(deadline)]);
  const headers = { accept: "application/json", "user-agent": "sluice", ...question.headers };
  const sent = body === undefined ? { headers } : posted(body, headers);
  try {
    const response = await ports.fetch(url, { ...sent, signal, redirect: "manual" });
    const page = await readBody(response, url, mostBytes);
    if (response.status === 404 && missing !== undefined) return missing;
    if (!response.ok) return refused(question, response, isNoData(page) ? "" : page.text);
    if (isNoData(page)) return page;
    const json = parsed(page.text);
    if (json === undefined) return noData("unparsable", `${placeOf(url)} ${notJson(page.text)}.`);
    return { json, headers: response.headers };
  } catch (error) {
    if (error instanceof ProviderError) throw error;
    return noData("unreachable", `${placeOf(url)} did not answer: ${causeOf(error, deadline)}.`);
  }
}

const posted = (body: unknown, headers: Readonly<Record<string, string>>) => ({
  method: "POST",
  headers: { ...headers, "content-type": "application/json" },
  body: JSON.stringify(body),
});

function refused({ provider, url }: Question, response: Response, text: string): NoData {
  const { status } = response;
  const why = reasonIn(text);
  const said = `${placeOf(url)} answered ${status}${why === undefined ? "" : `: ${sentence(why)}`}`;
  const wait = response.headers.get("retry-after");
  const later = wait !== null && /^\d{1,6}$/.test(wait) ? ` It asks to wait ${wait} s.` : "";
  const reason = passing.get(status) ?? (status >= 500 || status < 400 ? "unreachable" : undefined);
  if (reason !== undefined) return noData(reason, `${said}.${later}`);
  const mend =
    status === 401 || status === 403
      ? "Check the credential and what it may read."
      : "Check the address and the query.";
  throw new ProviderError(provider, `${said}. ${mend}`, { status });
}

/** Another system's words as one line that fits into a message. */
const sentence = (text: string) =>
  plainText(text)
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, 200)
    .replace(/[.\s]+$/, "");

/** What an error answer says about itself, in the field most APIs use for it. */
function reasonIn(text: string): string | undefined {
  const answer = parsed(text);
  if (typeof answer !== "object" || answer === null) return undefined;
  const { error, message, detail } = answer as Record<string, unknown>;
  const inner = typeof error === "object" && error !== null ? (error as Record<string, unknown>)["message"] : undefined;
  return [error, inner, message, detail].find((found) => typeof found === "string");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function notJson(text: string): string {
  if (/^\s*</.test(text)) return "is a web page, not JSON";
  return text.trim() === "" ? "answered nothing" : "did not answer with JSON";
}

/**
 * Where an API is. A credential travels only under https, or to this machine.
 *
 * Throws `InputError` for anything else; the address itself may be a secret and is not shown.
 */
export function apiAddress(address: string, credential: string | undefined): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "")
    throw new InputError(
      "The address of a metrics source (not shown) must be http or https, without user or password.",
    );
  const here = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  if (url.protocol === "http:" && credential !== undefined && !here)
    throw new InputError(`${url.host} is asked with a credential, so its address must begin with https.`);
  return url;
}

/** An address below the API's own, whatever path that one has. */
export function below(api: URL, path: string, query: Readonly<Record<string, string>> = {}): URL {
  const url = new URL(`${api.origin}${api.pathname.replace(/\/+$/, "")}${path}`);
  for (const [name, value] of Object.entries(query)) url.searchParams.append(name, value);
  return url;
}

/** Throws `InputError` for a token that no header can carry, such as one that was pasted with a line break in it. */
export function bearer(token: string | undefined): Readonly<Record<string, string>> {
  if (token === undefined) return {};
  if (!/^[\x21-\x7e]+$/.test(token.trim()))
    throw new InputError(
      "The token of a metrics source (not shown) holds a blank, a line break or another character that cannot be sent; " +
        "store it again, alone and in one line.",
    );
  return { authorization: `Bearer ${token.trim()}` };
}
