import type { Check, CheckContext } from "../check.ts";
import type { GetCheck, HttpCheck } from "../check-spec.ts";
import { formatDuration } from "../duration.ts";
import { InputError } from "../failure.ts";
import type { Ports } from "../ports.ts";
import { isRemembered } from "../remembered.ts";
import { quote } from "../source-text.ts";
import { fail, hold, pass, type Verdict } from "../verdict.ts";

/** Bytes of a body that are read, after decompression; a health page has no business being larger. */
const largestBody = 1024 * 1024;
/** Milliseconds one attempt may take when the check says nothing shorter. */
const attemptMs = 10_000;
const firstPauseMs = 250;
const longestPauseMs = 2_000;

type Expected = HttpCheck["http"];

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
  readonly truncated: boolean;
  readonly ms: number;
}

/** What one attempt came to; `reason` is absent when everything was as expected. */
interface Attempt {
  readonly reason?: string;
  readonly finding: string;
  readonly status?: number;
  readonly ms?: number;
}

/** A path on the release under check: its own address while it is a candidate, the site afterwards. */
export function getCheck(spec: GetCheck, ports: Ports): Check {
  const { get, ...answer } = spec;
  return answerCheck(`GET ${get} answers ${spec.status}`, answer, ports, ({ url }) => {
    if (url === undefined) throw new InputError(`There is no address to ask for ${get}: give the check a \`url\`.`);
    return new URL(get, url);
  });
}

/** A full address; its host must be the site's or the candidate's, so that a check cannot ask anybody else. */
export function httpCheck({ http }: HttpCheck, ports: Ports, site: string | undefined): Check {
  const asked = new URL(http.url);
  return answerCheck(`GET ${asked.host}${asked.pathname} answers ${http.status}`, http, ports, ({ url }) => {
    const allowed = [site, url].filter((address) => address !== undefined).map((address) => new URL(address).host);
    if (!allowed.includes(asked.host))
      throw new InputError(
        `A check may ask ${allowed.join(" and ") || "no host"}, not ${asked.host}: use the host of the runbook's \`url\`.`,
      );
    return asked;
  });
}

type AnswerSpec = Omit<Expected, "url">;

function answerCheck(title: string, spec: AnswerSpec, ports: Ports, addressIn: (c: CheckContext) => URL): Check {
  return {
    title,
    async run(context) {
      const address = addressIn(context);
      const begun = ports.clock.monotonic();
      const deadline = begun + (spec.retry ?? 0);
      for (let attempts = 1, pause = firstPauseMs; ; attempts++, pause = Math.min(2 * pause, longestPauseMs)) {
        if (ports.cancelled.aborted)
          return hold("cancelled", `${title}: the job was cancelled before this was proven; run it again.`);
        const attempt = await ask(address, spec, ports);
        if (attempt.reason === undefined)
          return pass("answered", `${title}: ${attempt.finding}.`, { attempts, ...attempt });
        const left = deadline - ports.clock.monotonic();
        if (left <= 0) return failed(title, spec, attempt, attempts);
        // The last attempt comes at the deadline itself, not somewhere before it.
        await ports.clock.sleep(Math.min(pause, left), ports.cancelled).catch(() => undefined);
      }
    },
  };
}

function failed(title: string, spec: AnswerSpec, attempt: Attempt, attempts: number): Verdict {
  const tries = spec.retry === undefined ? "" : ` after ${attempts} attempts in ${formatDuration(spec.retry)}`;
  const message = `${title}: it does not${tries}. ${attempt.finding}. Look at the log of this version, mend it and push again.`;
  return fail(attempt.reason ?? "unexpected-answer", message, { attempts, ...attempt });
}

async function ask(address: URL, spec: AnswerSpec, ports: Ports): Promise<Attempt> {
  const answer = await request(address, spec, ports);
  if ("reason" in answer) return answer;
  const { status, ms } = answer;
  const wrong =
    wrongStatus(answer, spec) ?? wrongHeader(answer, spec) ?? wrongJson(answer, spec) ?? tooSlow(answer, spec);
  if (wrong !== undefined) return { ...wrong, status, ms };
  const values = Object.entries(spec.json ?? {}).map(([path, value]) => ` and ${path} is ${JSON.stringify(value)}`);
  return { finding: `it answered ${status} in ${ms} ms${values.join("")}`, status, ms };
}

async function request(address: URL, spec: AnswerSpec, ports: Ports): Promise<Answer | (Attempt & { reason: string })> {
  const begun = ports.clock.monotonic();
  const elapsed = () => Math.round(ports.clock.monotonic() - begun);
  const limit = Math.max(attemptMs, 2 * (spec.within ?? 0));
  const finished = new AbortController();
  const late = new AbortController();
  ports.clock.sleep(limit, finished.signal).then(
    () => late.abort(),
    () => undefined,
  );
  try {
    const response = await ports.fetch(address, {
      redirect: "manual",
      signal: AbortSignal.any([late.signal, ports.cancelled]),
      headers: { accept: spec.json ? "application/json" : "*/*", "cache-control": "no-cache", "user-agent": "sluice" },
    });
    const body = await readBody(response);
    return { status: response.status, headers: response.headers, ...body, ms: elapsed() };
  } catch (problem) {
    if (late.signal.aborted)
      return { reason: "unreachable", finding: `It did not finish its answer in ${formatDuration(limit)}` };
    return { reason: "unreachable", finding: `It could not be reached (${causeOf(problem)})` };
  } finally {
    finished.abort();
  }
}

/** The system's own code, such as ECONNREFUSED: fetch hides it one or two causes deep. */
function causeOf(problem: unknown): string {
  for (let error = problem; error instanceof Error; error = error.cause) {
    if ("code" in error && typeof error.code === "string" && /^[A-Z_]{3,40}$/.test(error.code)) return error.code;
  }
  return problem instanceof Error ? quote(problem.message) : "no reason given";
}

async function readBody(response: Response): Promise<Pick<Answer, "body" | "truncated">> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = response.body?.getReader();
  while (reader !== undefined) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    size += value.length;
    if (size <= largestBody) continue;
    await reader.cancel();
    return { body: "", truncated: true };
  }
  return { body: Buffer.concat(chunks).toString("utf8"), truncated: false };
}

type Wrong = { readonly reason: string; readonly finding: string } | undefined;

function wrongStatus({ status, headers }: Answer, spec: AnswerSpec): Wrong {
  if (status === spec.status) return undefined;
  const location = status >= 300 && status < 400 ? headers.get("location") : null;
  if (location !== null)
    return {
      reason: "redirected",
      finding: `It answered ${status} with a redirect to ${quote(location)}, which is not followed; expected ${spec.status}`,
    };
  return { reason: "unexpected-status", finding: `It answered ${status}, expected ${spec.status}` };
}

function wrongHeader({ headers }: Answer, spec: AnswerSpec): Wrong {
  for (const [name, expected] of Object.entries(spec.headers ?? {})) {
    const found = headers.get(name);
    if (found === null) return { reason: "unexpected-header", finding: `The header ${name} is missing` };
    if (expected !== "present" && found !== expected)
      return {
        reason: "unexpected-header",
        finding: `The header ${name} is ${quote(found)}, expected ${quote(expected)}`,
      };
  }
  return undefined;
}

function wrongJson({ body, truncated, headers }: Answer, spec: AnswerSpec): Wrong {
  if (truncated) return { reason: "unexpected-body", finding: "Its answer is larger than 1 MiB" };
  if (spec.json === undefined) return undefined;
  if (isRemembered(headers))
    return {
      reason: "cached-answer",
      finding: "A cache answered with what was true some time ago, not the release itself",
    };
  let document: unknown;
  try {
    document = JSON.parse(body);
  } catch {
    const what = /^\s*</.test(body) ? "an HTML page" : body === "" ? "nothing" : quote(body);
    return { reason: "unexpected-body", finding: `Its answer should be JSON and is ${what}` };
  }
  for (const [path, expected] of Object.entries(spec.json)) {
    const found = lookUp(document, path.split("."));
    if (found === expected) continue;
    const shown = found === undefined ? "missing" : quote(JSON.stringify(found));
    return { reason: "unexpected-body", finding: `${path} is ${shown}, expected ${JSON.stringify(expected)}` };
  }
  return undefined;
}

/** Own properties only, so that no name reaches what every object inherits. */
function lookUp(document: unknown, path: readonly string[]): unknown {
  let value = document;
  for (const name of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value;
}

function tooSlow({ ms }: Answer, { within }: AnswerSpec): Wrong {
  if (within === undefined || ms <= within) return undefined;
  return { reason: "too-slow", finding: `It took ${ms} ms, and ${formatDuration(within)} are allowed` };
}
