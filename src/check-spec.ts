import * as z from "zod";
import { expecting, refusing } from "./expectation.ts";
import {
  checkAddress,
  command,
  directory,
  duration,
  listOf,
  scalar,
  secretReference,
  sourceAddress,
  status,
  textLike,
  urlPath,
  variableName,
} from "./field.ts";

/*
 * What a preflight or a smoke test may ask: first what stands around a release (dependencies, certificate, names,
 * repository, error tracker), then commands, answers of the release, variables and files. Checks that need a secret
 * (`needsSecret`) are made by the job that holds it, before anything moves.
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

const must = z
  .boolean()
  .optional()
  .meta({ description: "With `false` a failing check is reported and the release goes on." });

const envRule = z
  .strictObject({
    url: z
      .enum(["https", "http", "postgres", "redis"])
      .optional()
      .meta({ description: "Scheme the address must have." }),
    secret: z
      .boolean()
      .optional()
      .meta({ description: "The value is a secret: masked everywhere, never written here." }),
    "min-length": z.number().int().min(1).max(10_000).optional().meta({ description: "Shortest length allowed." }),
    equals: z.string().max(1000).optional().meta({ description: "The exact value." }),
    "differs-from": variableName
      .optional()
      .meta({ description: "Another variable that must not have the same value." }),
  })
  .superRefine((rule, context) => {
    if (rule.secret !== true || rule.equals === undefined) return;
    context.addIssue(
      refusing(
        {
          code: "RB052",
          message: "the value of a secret is written here (it is not shown)",
          why: "Everybody who can read the repository can read this file.",
          fix: "Remove `equals`, or `secret` when the value is none.",
        },
        ["equals"],
      ),
    );
  });

/** What must be true of the variables a release runs with, by name. A bare name must be set and not empty. */
export const envContract = z.record(
  variableName,
  envRule.nullable().transform((rule) => rule ?? {}),
);
export type EnvContract = z.infer<typeof envContract>;

const answer = {
  status: status.meta({ description: "The status it must answer with." }),
  json: z
    .record(textLike("json-path", /^[^.\s]+(?:\.[^.\s]+){0,19}$/), scalar)
    .optional()
    .meta({ description: "Values the JSON answer must have, by path: `services.database: true`." }),
  headers: z
    .record(z.string().regex(/^[A-Za-z0-9-]{1,100}$/), z.string().max(1000))
    .optional()
    .meta({ description: "Headers the answer must have: a value, or `present`." }),
  within: duration.optional().meta({ description: "Longest time an answer may take." }),
  retry: duration.optional().meta({ description: "How long to keep asking before the verdict is final." }),
  must,
};

const runCheck = z.strictObject({
  run: command.meta({ description: "A command; it proves its point by ending with 0." }),
  within: duration.optional().meta({ description: "Longest time the command may take; 10m if not given." }),
  must,
});
const getCheck = z.strictObject({
  get: urlPath.meta({ description: "A path on the release that is being checked." }),
  ...answer,
});
const httpCheck = z.strictObject({
  http: z.strictObject({
    url: checkAddress.meta({ description: "A full address on the runbook's own site." }),
    ...answer,
  }),
});
const envCheck = z.strictObject({ env: envContract });
const gitCheck = z.strictObject({
  git: z.strictObject({
    clean: z.boolean().optional().meta({ description: "No file differs from the commit." }),
    branch: textLike("name", /^[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$/)
      .optional()
      .meta({ description: "The branch the release must come from." }),
  }),
});

const lintCheck = z.strictObject({
  lint: z.strictObject({
    directory: directory.meta({
      description: "Folder with the migrations: .sql files, or folders with a migration.sql.",
    }),
    from: textLike("name", /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/)
      .optional()
      .meta({ description: "First file or folder that is judged; what sorts before it is history." }),
    must,
  }),
});

/** One line of a preflight or smoke test. */
export const check = z.union(
  [
    runCheck,
    getCheck,
    httpCheck,
    envCheck,
    gitCheck,
    lintCheck,
    auditCheck,
    tlsCheck,
    dnsCheck,
    githubCheck,
    sentryCheck,
  ],
  { error: expecting("check") },
);
export type RunCheck = z.infer<typeof runCheck>;
export type GetCheck = z.infer<typeof getCheck>;
export type HttpCheck = z.infer<typeof httpCheck>;
export type EnvCheck = z.infer<typeof envCheck>;
export type GitCheck = z.infer<typeof gitCheck>;
export type LintCheck = z.infer<typeof lintCheck>;
export type CheckSpec = z.infer<typeof check>;

export const preflight = listOf(check).meta({
  description: "What must hold before anything moves. Runs the repository's own code, without secrets.",
});

export const smokeTest = listOf(check).meta({
  description: "What the new version must answer before it takes traffic.",
});
