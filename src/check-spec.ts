import * as z from "zod";
import { expecting } from "./expectation.ts";
import { duration, listOf, secretReference, sourceAddress, textLike } from "./field.ts";

/*
 * Checks of what stands around a release: dependencies, certificate, names, repository, error tracker. Those that need a
 * secret (`needsSecret`) are made by the job that holds it, before anything moves.
 */

const hostName = textLike(
  "asked-host",
  /^(?=.{1,253}$)(?:[A-Za-z0-9_](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$/,
);

export const auditCheck = z.strictObject({
  audit: z.strictObject({
    level: z
      .enum(["low", "moderate", "high", "critical"])
      .meta({ description: "Fails on a known vulnerability of this level or a worse one." }),
    tool: z
      .enum(["npm", "pnpm", "yarn"])
      .optional()
      .meta({ description: "Which package manager is asked; the lock file says so if not given." }),
    production: z.boolean().optional().meta({ description: "Leave development dependencies out." }),
  }),
});

export const tlsCheck = z.strictObject({
  tls: z.strictObject({
    host: hostName.meta({ description: "The host whose certificate is looked at." }),
    port: z.number().int().min(1).max(65_535).optional().meta({ description: "443 if not given." }),
    "valid-for": duration.optional().meta({ description: "How long it must still be valid: `14d`." }),
  }),
});

const records = listOf(z.string().min(1).max(2000));
export const dnsCheck = z.strictObject({
  dns: z
    .strictObject({
      name: hostName.meta({ description: "The name that is looked up." }),
      type: z
        .enum(["A", "AAAA", "CNAME", "MX", "NS", "TXT"])
        .default("A")
        .meta({ description: "Which records of it." }),
      is: records.optional().meta({ description: "Exactly these, in any order." }),
      has: records.optional().meta({ description: "At least these." }),
    })
    .refine(({ is, has }) => is === undefined || has === undefined, { error: expecting("one-form"), path: ["has"] }),
});

export const githubCheck = z.strictObject({
  github: z
    .strictObject({
      checks: z
        .union([z.literal("green"), listOf(z.string().min(1).max(200))], { error: expecting("checks") })
        .optional()
        .meta({ description: "`green`: every check of this commit; or the names of those that must be." }),
      reviews: z
        .number()
        .int()
        .min(1)
        .max(20)
        .optional()
        .meta({ description: "Approvals of the pull request that brought this commit; nobody may ask for changes." }),
      issues: z
        .strictObject({
          label: z.string().min(1).max(50).meta({ description: "Issues with this label." }),
          open: z.number().int().min(0).max(999).meta({ description: "How many may be open." }),
        })
        .optional()
        .meta({ description: "Open issues that stop a release: `{ label: P0, open: 0 }`." }),
      protected: textLike("name", /^[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$/)
        .optional()
        .meta({ description: "A branch that must be protected." }),
      token: secretReference.optional().meta({
        description:
          "The secret with a token that may read checks, pull requests and issues; the job's own if not given.",
      }),
    })
    .refine(({ checks, reviews, issues, ...rest }) => (checks ?? reviews ?? issues ?? rest.protected) !== undefined, {
      error: expecting("github-claim"),
    }),
});

export const sentryCheck = z.strictObject({
  sentry: z
    .strictObject({
      organization: textLike("slug", /^[a-z0-9][a-z0-9_-]{0,99}$/).meta({ description: "The organization's slug." }),
      project: textLike("slug", /^[a-z0-9][a-z0-9_-]{0,99}$/).meta({ description: "The project's slug." }),
      dsn: secretReference
        .optional()
        .meta({ description: "The variable with the DSN, which must be one of its keys." }),
      event: z
        .boolean()
        .optional()
        .meta({ description: "Send a test event to the DSN and wait until Sentry shows it." }),
      token: secretReference.default("$SENTRY_AUTH_TOKEN").meta({ description: "The secret with the API token." }),
      url: sourceAddress.default("https://sentry.io").meta({ description: "Where Sentry is." }),
    })
    .refine(({ event, dsn }) => event !== true || dsn !== undefined, {
      error: expecting("sentry-dsn"),
      path: ["event"],
    }),
});

export type AuditCheck = z.infer<typeof auditCheck>;
export type TlsCheck = z.infer<typeof tlsCheck>;
export type DnsCheck = z.infer<typeof dnsCheck>;
export type GitHubCheck = z.infer<typeof githubCheck>;
export type SentryCheck = z.infer<typeof sentryCheck>;

/** Whether a line of a preflight is for the job with secrets: the one with the user's code must not see a token. */
export const needsSecret = (check: object): boolean => "github" in check || "sentry" in check;
