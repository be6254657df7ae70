import type { Sent } from "../channel.ts";
import type { Ports } from "../ports.ts";

export interface Letter {
  /** Never part of a message: whoever knows the address can write to the channel. */
  readonly to: URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON text. */
  readonly body: string;
}

/** Pause before the one repetition when the receiver names none. */
const pauseMs = 500;
/** A receiver that asks for more is not waited for: whoever sends would be late for everything else. */
const longestPauseMs = 2_500;
/** Enough of an answer to say what the receiver did not like. */
const longestAnswer = 200;

/**
 * Posts once, and once more after a 429 or a 5xx. An unanswered request is not repeated: it may have arrived, and
 * nobody should be told twice. Redirects are refused, because they would carry the message to another host.
 */
export async function post(
  letter: Letter,
  signal: AbortSignal,
  { fetch, clock }: Pick<Ports, "fetch" | "clock">,
): Promise<Sent> {
  for (let tries = 1; ; tries += 1) {
    const answer = await send(letter, signal, fetch);
    if ("why" in answer) return { sent: false, why: answer.why };
    if (answer.status >= 200 && answer.status < 300) return { sent: true };
    const again = answer.status === 429 || answer.status >= 500;
    if (!again || tries === 2) return { sent: false, why: refusal(answer) };
    const pause = answer.retryAfterMs ?? pauseMs;
    if (pause > longestPauseMs)
      return { sent: false, why: `${refusal(answer)}, and asks for a pause of ${pause / 1000} s` };
    try {
      await clock.sleep(pause, signal);
    } catch {
      return { sent: false, why: `${refusal(answer)}, and there was no time to ask again` };
    }
  }
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly retryAfterMs: number | undefined;
}

async function send(
  { to, headers, body }: Letter,
  signal: AbortSignal,
  fetch: Ports["fetch"],
): Promise<Answer | { readonly why: string }> {
  try {
    const answer = await fetch(to, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body,
      redirect: "manual",
      signal,
    });
    const text = await startOf(answer);
    return { status: answer.status, text, retryAfterMs: retryAfter(answer.headers.get("retry-after")) };
  } catch (problem) {
    // The message of a failed fetch may name the address; its code (ECONNREFUSED, ENOTFOUND) cannot.
    return { why: signal.aborted ? "it did not answer in time" : `it cannot be reached${codeOf(problem)}` };
  }
}

/** The beginning of an answer; the rest is not waited for. */
async function startOf(answer: Response): Promise<string> {
  const reader = answer.body?.getReader();
  const first = await reader?.read();
  await reader?.cancel();
  return new TextDecoder().decode(first?.value ?? new Uint8Array()).slice(0, longestAnswer);
}

function retryAfter(header: string | null): number | undefined {
  return header !== null && /^\d{1,6}$/.test(header) ? Number(header) * 1000 : undefined;
}

function refusal({ status, text }: Answer): string {
  // Slack answers with a bare code such as `no_service`; anything else is somebody's page, and may repeat the address.
  const code = /^[a-z_]{1,60}$/.exec(text.trim())?.[0];
  return code === undefined ? `it answered ${status}` : `it answered ${status} ${code}`;
}

function codeOf(problem: unknown): string {
  const cause = problem instanceof Error ? problem.cause : undefined;
  const code = typeof cause === "object" && cause !== null && "code" in cause ? cause.code : undefined;
  return typeof code === "string" && /^[A-Z_]{1,40}$/.test(code) ? ` (${code})` : "";
}
