import { secret } from "./runner/input.ts";

/**
 * Secrets that have a name of their own, as inputs of every action that may need them; the runbook refers to them as
 * `$NAME`. Whatever else a runbook needs stands in RUNBOOK_ENV.
 */
export const platformSecrets = {
  "vercel-token": secret("Token of Vercel: `$VERCEL_TOKEN`.").optional(),
  "render-api-key": secret("API key of Render: `$RENDER_API_KEY`.").optional(),
  "ssh-key": secret("Private key that the hosts let in: `$SSH_KEY`.").optional(),
  "sentry-auth-token": secret("Token that reads Sentry: `$SENTRY_AUTH_TOKEN`.").optional(),
} as const;
