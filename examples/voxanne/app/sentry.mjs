import { randomBytes } from "node:crypto";

/** No message is sent more often than this, however often it happens. */
const atMostEveryMs = 1_000;

/**
 * Tells Sentry that this release runs, and of its errors. What @sentry/node does for a real application, in the little
 * that a rehearsal needs: https://develop.sentry.dev/sdk/foundations/transport/envelopes/
 */
export function createSentry(dsn, release) {
  if (!dsn) return { error: () => undefined };
  const { origin, pathname, username } = new URL(dsn);
  const sent = new Map();

  function send(type, item) {
    const lines = [{ sent_at: new Date().toISOString() }, { type }, item].map((line) => JSON.stringify(line));
    fetch(`${origin}/api${pathname}/envelope/`, {
      method: "POST",
      headers: { "x-sentry-auth": `Sentry sentry_version=7, sentry_client=voxanne/1, sentry_key=${username}` },
      body: `${lines.join("\n")}\n`,
      // Users do not wait for it, and it is nobody's error when Sentry is away.
    }).catch((error) => console.error(`sentry: ${error.message}`));
  }

  send("session", { sid: randomBytes(16).toString("hex"), init: true, status: "ok", attrs: { release } });
  return {
    error({ message }) {
      if (Date.now() - (sent.get(message) ?? 0) < atMostEveryMs) return;
      sent.set(message, Date.now());
      const event_id = randomBytes(16).toString("hex");
      send("event", { event_id, release, level: "error", message: { formatted: message } });
    },
  };
}
