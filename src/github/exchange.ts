import { getOctokit } from "@actions/github";
import { ProviderError } from "../failure.ts";
import type { Ports } from "../ports.ts";

export interface GitHubAccess {
  readonly token: string;
  /** `owner/name`. */
  readonly repository: string;
  /** Base address of the REST API: the value of `GITHUB_API_URL`. */
  readonly apiUrl: string;
  readonly patience?: Partial<Patience>;
}

export interface Patience {
  /** Milliseconds one request may take, body included. */
  readonly requestMs: number;
  /** Milliseconds a read may take with all its retries and waits. */
  readonly totalMs: number;
  readonly attempts: number;
  /** When the last read must have its answer, on the monotonic clock, however many there are. */
  readonly endsAt?: number;
}

/**
 * Far below the shortest job timeout, and enough for the minute that a rate limit usually asks for, or that GitHub wants
 * where it names none. Its own server gives a request 10 seconds.
 */
const defaultPatience: Patience = { requestMs: 15_000, totalMs: 90_000, attempts: 5 };

/** A record far larger than this would be a defect; a body that never ends is an attack. */
const largestBody = 32 * 1024 * 1024;

/** Three-valued: what is `unknown` must be observed, never sent again blindly. */
export type Written<T> =
  | { readonly outcome: "applied"; readonly value: T }
  | { readonly outcome: "not-applied"; readonly error: ProviderError }
  | { readonly outcome: "unknown"; readonly error: ProviderError };

type Octokit = ReturnType<typeof getOctokit>;
export interface Call<T> {
  /** Completes "GitHub refused to ...". */
  readonly to: string;
  send(octokit: Octokit, request: { readonly signal: AbortSignal }): Promise<{ readonly data: T }>;
}

export interface Exchange {
  /** The repository, as octokit's methods take it. */
  readonly here: { readonly owner: string; readonly repo: string };
  /** Retries within its patience. Undefined when GitHub answers 404. */
  read<T>(call: Call<T>): Promise<T | undefined>;
  /** For requests whose repetition changes nothing, such as storing a git object: retried like a read. */
  store<T>(call: Call<T>): Promise<T>;
  /** Sent once; again only when a rate limit proves that nothing happened. */
  write<T>(call: Call<T>): Promise<Written<T>>;
  /** Milliseconds GitHub's clock is ahead of ours, from the newest answer; undefined before the first. */
  clockSkew(): number | undefined;
}

type Tried<T> =
  | { readonly kind: "answered"; readonly value: T }
  | { readonly kind: "refused"; readonly status: number; readonly error: ProviderError }
  | { readonly kind: "limited"; readonly waitMs: number | undefined; readonly error: ProviderError }
  /** No answer, or one that leaves open what happened. */
  | { readonly kind: "broken"; readonly error: ProviderError };

/** Talks to one repository through octokit: deadlines, retries of reads, three-valued writes, errors that say what to do. */
export function exchange(access: GitHubAccess, ports: Ports): Exchange {
  const patience = { ...defaultPatience, ...access.patience };
  const { endsAt = Number.POSITIVE_INFINITY } = patience;
  const [owner = "", repo = ""] = access.repository.split("/");
  let skew: number | undefined;

  const octokit = getOctokit(access.token, {
    baseUrl: access.apiUrl,
    request: {
      fetch: wholeBodyFetch(ports, (measured) => {
        skew = measured;
      }),
    },
    // Octokit warns on its own about deprecations; a step's log belongs to the release.
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
  });

  async function attempt<T>(call: Call<T>, longestMs: number): Promise<Tried<T>> {
    const deadline = new AbortController();
    const done = new AbortController();
    const withinMs = Math.min(patience.requestMs, longestMs);
    ports.clock.sleep(withinMs, done.signal).then(
      () => deadline.abort(new Error(`no answer within ${Math.round(withinMs)} ms`)),
      () => {},
    );
    try {
      const { data } = await call.send(octokit, { signal: deadline.signal });
      return { kind: "answered", value: data };
    } catch (error) {
      if (error instanceof ProviderError) return { kind: "broken", error };
      return classify(call.to, access.repository, error, ports.clock.now());
    } finally {
      done.abort();
    }
  }

  /** False when the next attempt would come too late, or when the job is told to stop. */
  async function waitFor(waitMs: number, startedAt: number): Promise<boolean> {
    if (ports.clock.monotonic() + waitMs > Math.min(startedAt + patience.totalMs, endsAt)) return false;
    try {
      await ports.clock.sleep(waitMs, ports.cancelled);
      return true;
    } catch {
      return false;
    }
  }

  /** Exponential with full jitter over the upper half: 250-500 ms, 500-1000 ms, ... and no longer than a minute. */
  const backoff = (tries: number): number => Math.min(60_000, 500 * 2 ** (tries - 1)) * (0.5 + ports.random() / 2);

  async function settle<T>(call: Call<T>, retryBroken: boolean): Promise<Tried<T>> {
    const startedAt = ports.clock.monotonic();
    for (let tries = 1; ; tries += 1) {
      // The one write, at the end, is not cut off: nobody would know what it did.
      const leftMs = retryBroken ? Math.max(0, endsAt - ports.clock.monotonic()) : patience.requestMs;
      const tried = await attempt(call, leftMs);
      const again = tried.kind === "limited" || (tried.kind === "broken" && retryBroken);
      if (!again || tries >= patience.attempts) return tried;
      const waitMs = tried.kind === "limited" ? tried.waitMs : undefined;
      if (!(await waitFor(waitMs ?? backoff(tries), startedAt))) return tried;
    }
  }

  return {
    here: { owner, repo },
    async read(call) {
      const tried = await settle(call, true);
      if (tried.kind === "answered") return tried.value;
      if (tried.kind === "refused" && tried.status === 404) return undefined;
      throw tried.error;
    },
    async store(call) {
      const tried = await settle(call, true);
      if (tried.kind === "answered") return tried.value;
      throw tried.error;
    },
    async write(call) {
      const tried = await settle(call, false);
      if (tried.kind === "answered") return { outcome: "applied", value: tried.value };
      return { outcome: tried.kind === "broken" ? "unknown" : "not-applied", error: tried.error };
    },
    clockSkew: () => skew,
  };
}

/**
 * Octokit reads a body that breaks off as an empty one. Reading it whole before octokit sees it makes the break an error.
 */
function wholeBodyFetch(ports: Pick<Ports, "fetch" | "clock">, onSkew: (skewMs: number) => void): Ports["fetch"] {
  return async (input, init) => {
    const sent = ports.clock.now();
    const response = await ports.fetch(input, init);
    const date = Date.parse(response.headers.get("date") ?? "");
    if (!Number.isNaN(date)) onSkew(skewBetween(date, { sent, received: ports.clock.now() }));
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of response.body ?? []) {
      size += chunk.byteLength;
      if (size > largestBody) throw new Error(`the answer is larger than ${largestBody} bytes`);
      chunks.push(chunk);
    }
    const { status, statusText, headers } = response;
    return new Response(size === 0 ? null : Buffer.concat(chunks), { status, statusText, headers });
  };
}

/** The other clock was read at some moment between the two, and told in whole seconds. */
function skewBetween(date: number, { sent, received }: { readonly sent: number; readonly received: number }): number {
  if (date > received) return date - received;
  return date + 999 < sent ? date - sent : 0;
}

interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly data: unknown;
}

/** The answer an octokit error carries; undefined when the request never got one. */
function answerOf(error: unknown): Answered | undefined {
  if (!(error instanceof Error) || !("response" in error)) return undefined;
  const { response } = error;
  if (typeof response !== "object" || response === null || !("status" in response)) return undefined;
  const { status } = response;
  const headers = "headers" in response ? response.headers : {};
  const data = "data" in response ? response.data : undefined;
  if (typeof status !== "number" || typeof headers !== "object" || headers === null) return undefined;
  const texts = Object.entries(headers).map(([name, value]) => [name, String(value)]);
  return { status, headers: Object.fromEntries(texts), data };
}

function classify(to: string, repository: string, error: unknown, now: number): Tried<never> {
  const answer = answerOf(error);
  const fail = (message: string, retryable: boolean) =>
    new ProviderError("github", message, {
      ...(answer === undefined ? {} : { status: answer.status }),
      retryable,
      cause: error,
    });
  const refusal = `GitHub refused to ${to} in ${repository}`;
  if (answer === undefined) {
    const why = error instanceof Error ? oneLine(error.message) : "no answer";
    const message = `GitHub did not answer the request to ${to} in ${repository}: ${why}. Run it again when it does.`;
    return { kind: "broken", error: fail(message, true) };
  }
  const said = `${answer.status}: ${oneLine(messageOf(answer.data))}`;
  if (answer.status >= 500) {
    const message = `GitHub failed to ${to} in ${repository} (${said}). Look at githubstatus.com and run it again.`;
    return { kind: "broken", error: fail(message, true) };
  }
  const limit = limitOf(answer, now);
  if (limit !== undefined) {
    const message = `${refusal} because of a rate limit (${said}). Run it again after ${wait(limit.waitMs)}.`;
    return { kind: "limited", waitMs: limit.waitMs, error: fail(message, true) };
  }
  const error_ = fail(`${refusal} (${said}).${mend(answer)}`, false);
  return { kind: "refused", status: answer.status, error: error_ };
}

/** https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api#handle-rate-limit-errors-appropriately */
function limitOf({ status, headers, data }: Answered, now: number): { readonly waitMs: number } | undefined {
  if (status !== 429 && status !== 403) return undefined;
  const after = Number(headers["retry-after"]);
  if (headers["retry-after"] !== undefined && after >= 0) return { waitMs: after * 1000 };
  const reset = Number(headers["x-ratelimit-reset"]);
  if (headers["x-ratelimit-remaining"] === "0" && reset > 0) return { waitMs: Math.max(0, reset * 1000 - now) };
  // A secondary limit may come without a header; only its words tell it from a missing permission.
  const secondary = status === 429 || /secondary rate limit/i.test(messageOf(data));
  return secondary ? { waitMs: 60_000 } : undefined;
}

const wait = (ms: number): string => `${Math.ceil(ms / 1000)} s`;

function mend({ status, headers }: Answered): string {
  if (status === 401) return " The token is wrong or has expired: a job's token ends with its job.";
  const accepted = headers["x-accepted-github-permissions"];
  if (status !== 403 || accepted === undefined) return "";
  const alternatives = accepted.split(";").map((alternative) =>
    alternative
      .split(",")
      .map((needed) => needed.trim().replaceAll("_", "-").replace("=", ": "))
      .join(" and "),
  );
  return ` Add ${alternatives.map(oneLine).join(", or ")} to the permissions of the job and of every job that calls it.`;
}

function messageOf(data: unknown): string {
  if (typeof data === "string") return data;
  if (typeof data !== "object" || data === null || !("message" in data)) return "no message";
  const errors = "errors" in data && Array.isArray(data.errors) ? ` ${JSON.stringify(data.errors)}` : "";
  return `${data.message}${errors}`;
}

/** Text of another system in our sentence: one line, bounded, nothing that moves a cursor. */
const oneLine = (text: string): string =>
  text
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, " ")
    .trim()
    .slice(0, 300);
