import type * as z from "zod";
import { ProviderError } from "../failure.ts";
import { plainText } from "../plain-text.ts";
import type { Ports } from "../ports.ts";

export interface RestApi {
  /** The platform's name in errors and in `ProviderError.provider`. */
  readonly provider: string;
  /** Where its API is; a path of it is kept. */
  readonly base: URL;
  /** Travels in the Authorization header and nowhere else. */
  readonly token: string;
  /** Sent with every request, such as the team. */
  readonly query?: Readonly<Record<string, string>>;
  /**
   * Completes a refusal with what to do about it, as a sentence; empty when there is nothing to add. `needs` is the
   * permission that the call named.
   */
  mend(refused: Refused, needs: string | undefined): string;
  readonly patience?: Partial<Patience>;
}

export interface Patience {
  /** Milliseconds one request may take, body included. */
  readonly requestMs: number;
  /** Milliseconds a read may take with all its retries and waits. */
  readonly totalMs: number;
  readonly attempts: number;
}

export interface Refused {
  readonly status: number;
  /** The platform's own error code, where it gives one. */
  readonly code: string | undefined;
  /** The platform's own words, in one line. */
  readonly said: string;
  /** The error as the platform told it, for what only that platform says. */
  readonly detail: unknown;
}

interface Call {
  /** Completes "Vercel refused to ...". */
  readonly to: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** The permission a token needs for it, for whoever has to grant it. */
  readonly needs?: string;
}

export interface ReadCall<T> extends Call {
  readonly schema: z.ZodType<T>;
}

export interface WriteCall<T> extends Call {
  readonly method: "POST" | "PUT" | "PATCH" | "DELETE";
  readonly body?: unknown;
  /** What the answer says that cannot be read otherwise; without it the body is not looked at. */
  readonly schema?: z.ZodType<T>;
}

/** Three-valued: what is `unknown` must be observed, never sent again blindly. */
export type Written<T> =
  | { readonly outcome: "accepted"; readonly status: number; readonly value: T | undefined }
  | { readonly outcome: "refused"; readonly refused: Refused; readonly error: ProviderError }
  | { readonly outcome: "unknown"; readonly error: ProviderError };

export interface RestClient {
  /** Retries within its patience. Undefined when the platform answers 404; any other refusal is a ProviderError. */
  read<T>(call: ReadCall<T>): Promise<T | undefined>;
  /** Sent once; again only when a rate limit proves that nothing happened. */
  write<T = never>(call: WriteCall<T>): Promise<Written<T>>;
  /** The platform's clock, milliseconds since the epoch: what its times are compared with. */
  now(): number;
}

/** Below the shortest job timeout, and long enough for a platform under load and for the minute of a usual rate limit. */
export const defaultPatience: Patience = { requestMs: 15_000, totalMs: 90_000, attempts: 5 };
/** Answers are lists of a few dozen entries; a body that never ends is an attack. */
const largestBody = 4 * 1024 * 1024;

type Tried =
  | { readonly kind: "answered"; readonly status: number; readonly body: unknown; readonly isJson: boolean }
  | { readonly kind: "refused"; readonly refused: Refused; readonly error: ProviderError }
  | {
      readonly kind: "limited";
      readonly refused: Refused;
      readonly waitMs: number | undefined;
      readonly error: ProviderError;
    }
  /** No answer, or one that leaves open what happened. */
  | { readonly kind: "broken"; readonly error: ProviderError };

/**
 * Talks JSON to one platform: a deadline and a bound for every answer, retries of reads only, `Retry-After` honoured,
 * redirects never followed, and the token in no address and in no message.
 */
export function restClient(api: RestApi, ports: Pick<Ports, "fetch" | "clock" | "random" | "cancelled">): RestClient {
  const patience = { ...defaultPatience, ...api.patience };
  const name = api.provider.charAt(0).toUpperCase() + api.provider.slice(1);
  let ahead = 0;

  const failed = (message: string, details: { status?: number; retryable?: boolean; cause?: unknown } = {}) =>
    new ProviderError(api.provider, message, details);

  function addressOf({ path, query }: Call): URL {
    const url = new URL(`${api.base.origin}${api.base.pathname.replace(/\/+$/, "")}${path}`);
    for (const [key, value] of Object.entries({ ...api.query, ...query })) url.searchParams.set(key, value);
    return url;
  }

  async function attempt(call: Call, method: string, body: unknown): Promise<Tried> {
    const deadline = new AbortController();
    const done = new AbortController();
    ports.clock.sleep(patience.requestMs, done.signal).then(
      () => deadline.abort(new Error(`no answer within ${patience.requestMs / 1000} s`)),
      () => undefined,
    );
    const headers = {
      accept: "application/json",
      authorization: `Bearer ${api.token}`,
      "user-agent": "sluice",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    };
    const sent = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) };
    try {
      const response = await ports.fetch(addressOf(call), { ...sent, redirect: "manual", signal: deadline.signal });
      const text = await boundedText(response);
      const date = Date.parse(response.headers.get("date") ?? "");
      if (!Number.isNaN(date)) ahead = date - ports.clock.now();
      return classify(call, response, text);
    } catch (error) {
      const why = reasonOf(error);
      const message = `${name} did not answer the request to ${call.to}: ${why}. Run it again when it does.`;
      return { kind: "broken", error: failed(message, { retryable: true, cause: error }) };
    } finally {
      done.abort();
    }
  }

  function classify({ to, needs }: Call, response: Response, text: string): Tried {
    const { status, headers } = response;
    const body = parsed(text);
    const isJson = body !== undefined;
    if (status >= 200 && status < 300) return { kind: "answered", status, body, isJson };
    const refused = { status, ...wordsOf(body, text) };
    const said = `${status}${refused.said === "" ? "" : `: ${refused.said}`}`;
    if (status >= 500 || status < 400 || status === 408) {
      const message = `${name} failed to ${to} (${said}). Look at the platform's status page and run it again.`;
      return { kind: "broken", error: failed(message, { status, retryable: true }) };
    }
    if (status === 429) {
      const waitMs = waitAsked(headers, ports.clock.now() + ahead);
      const later = waitMs === undefined ? "" : ` after ${Math.ceil(waitMs / 1000)} s`;
      const message = `${name} refused to ${to} because of a rate limit (${said}). Run it again${later}.`;
      return { kind: "limited", refused, waitMs, error: failed(message, { status, retryable: true }) };
    }
    const message = [`${name} refused to ${to} (${said}).`, api.mend(refused, needs)]
      .filter((part) => part !== "")
      .join(" ");
    return { kind: "refused", refused, error: failed(message, { status }) };
  }

  /** False when the next attempt would come too late, or when the job is told to stop. */
  async function waitFor(waitMs: number, startedAt: number): Promise<boolean> {
    if (ports.clock.monotonic() - startedAt + waitMs > patience.totalMs) return false;
    return ports.clock.sleep(waitMs, ports.cancelled).then(
      () => true,
      () => false,
    );
  }

  /** Exponential with full jitter over the upper half: 250-500 ms, 500-1000 ms, ... */
  const backoff = (tries: number): number => 500 * 2 ** (tries - 1) * (0.5 + ports.random() / 2);

  async function settle(call: Call, method: string, body: unknown, retryBroken: boolean): Promise<Tried> {
    const startedAt = ports.clock.monotonic();
    for (let tries = 1; ; tries += 1) {
      const tried = await attempt(call, method, body);
      const again = tried.kind === "limited" || (tried.kind === "broken" && retryBroken);
      if (!again || tries >= patience.attempts) return tried;
      const waitMs = tried.kind === "limited" ? tried.waitMs : undefined;
      if (!(await waitFor(waitMs ?? backoff(tries), startedAt))) return tried;
    }
  }

  function accept<T>({ to }: Call, tried: Extract<Tried, { kind: "answered" }>, schema: z.ZodType<T>): T {
    const found = schema.safeParse(tried.body);
    if (found.success) return found.data;
    const where = found.error.issues[0]?.path.join(".") ?? "";
    const what = tried.isJson ? `without a readable ${where || "body"}` : "with a page that is not JSON";
    throw failed(
      `${name} answered the request to ${to} ${what}, so nothing is known. Run it again, and report it if it stays.`,
      {
        status: tried.status,
        retryable: true,
      },
    );
  }

  return {
    async read(call) {
      const tried = await settle(call, "GET", undefined, true);
      if (tried.kind === "answered") return accept(call, tried, call.schema);
      if (tried.kind === "refused" && tried.refused.status === 404) return undefined;
      throw tried.error;
    },
    async write({ schema, ...call }) {
      const tried = await settle(call, call.method, call.body, false);
      if (tried.kind === "refused" || tried.kind === "limited")
        return { outcome: "refused", refused: tried.refused, error: tried.error };
      if (tried.kind === "broken") return { outcome: "unknown", error: tried.error };
      if (schema === undefined) return { outcome: "accepted", status: tried.status, value: undefined };
      try {
        return { outcome: "accepted", status: tried.status, value: accept(call, tried, schema) };
      } catch (error) {
        if (!(error instanceof ProviderError)) throw error;
        return { outcome: "unknown", error };
      }
    },
    now: () => ports.clock.now() + ahead,
  };
}

async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > largestBody) throw new Error(`the answer is larger than ${largestBody / 1_048_576} MiB`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Milliseconds a rate limit asks to wait: `Retry-After` in seconds or as a date, else the time its window ends. */
function waitAsked(headers: Headers, now: number): number | undefined {
  const after = headers.get("retry-after") ?? "";
  if (/^\d{1,6}$/.test(after)) return Number(after) * 1000;
  const at = Date.parse(after);
  if (after !== "" && !Number.isNaN(at)) return Math.max(0, at - now);
  const reset = headers.get("x-ratelimit-reset") ?? headers.get("ratelimit-reset") ?? "";
  if (!/^\d{1,12}$/.test(reset)) return undefined;
  // Some platforms give the end of the window, others the seconds that are left of it.
  const seconds = Number(reset);
  return seconds > 1_000_000_000 ? Math.max(0, seconds * 1000 - now) : seconds * 1000;
}

/** What a refusal says about itself: `{ error: { code, message } }`, `{ code, message }`, or the begin of a page. */
function wordsOf(body: unknown, text: string): Omit<Refused, "status"> {
  if (typeof body !== "object" || body === null)
    return { code: undefined, detail: body, said: /^\s*</.test(text) ? "a web page, not JSON" : oneLine(text) };
  const inner = "error" in body && typeof body.error === "object" && body.error !== null ? body.error : body;
  const { code, message } = inner as { readonly code?: unknown; readonly message?: unknown };
  return {
    code: typeof code === "string" ? code : undefined,
    detail: inner,
    said: oneLine(typeof message === "string" ? message : typeof code === "string" ? code : ""),
  };
}

/** Another system's words as one bounded line that fits into a sentence. */
export const oneLine = (text: string): string =>
  plainText(text)
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, " ")
    .trim()
    .slice(0, 300)
    .replace(/[.\s]+$/, "");

/** The built-in fetch says only "fetch failed" and hides the system's own code in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return oneLine(cause instanceof Error && "code" in cause ? String(cause.code) : error.message);
}
