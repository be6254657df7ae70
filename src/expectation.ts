import { DURATION_EXAMPLES } from "./duration.ts";

/** Why a value was refused: what the reporter needs besides the place. Codes are stable; scripts may rely on them. */
export interface Refusal {
  readonly code: `RB${number}`;
  /** What is wrong, in lower case and without a full stop; never carries a secret. */
  readonly message: string;
  readonly why: string;
  readonly fix: string;
  /** Where inside a text value the trouble is, in characters from its start. */
  readonly within?: { readonly at: number; readonly length: number };
  /** Point at the key, not at the value. */
  readonly atKey?: boolean;
}

interface Expectation {
  readonly code: Refusal["code"];
  readonly expected: string;
  readonly why: string;
  readonly fix: string;
}

/** What a value should have been. A schema names the entry, the reporter completes it with what was found. */
export const expectations = {
  duration: {
    code: "RB036",
    expected: `a duration such as ${DURATION_EXAMPLES}`,
    why: "A number alone does not say whether it means seconds or minutes.",
    fix: "Write whole numbers with their units, largest first: d, h, m, s or ms, more than zero and at most 90d.",
  },
  "tick-source": {
    code: "RB072",
    expected: "one of chain, wait-timer, cron, external",
    why: "Somebody has to look again while a release waits for longer than a job may.",
    fix: "Write chain to let each tick start the next one, wait-timer where the plan has environments with timers, or cron or external.",
  },
  "new-commit": {
    code: "RB073",
    expected: "one of wait-latest, replace, refuse",
    why: "A push may come while a release holds a share for days.",
    fix: "Write wait-latest to begin the newest commit when that release has ended, replace to end it first, or refuse.",
  },
  percentage: {
    code: "RB031",
    expected: "a whole percentage from 1% to 100%",
    why: "Platforms divide traffic in whole percents, and a share of nothing proves nothing.",
    fix: "Write a whole number with its sign, such as 5%.",
  },
  person: {
    code: "RB029",
    expected: "a GitHub login such as ada, or a team such as @organisation/team",
    why: "Whoever comments is compared with this list.",
    fix: "Write the login without `@`, or the team with its organisation.",
  },
  "watch-pace": {
    code: "RB029",
    expected: "a pace such as `every 1m for 1h` or `every 5m until 8h`",
    why: "`for` lasts from where the line before it ended, `until` counts from the beginning of the watch.",
    fix: "Write each line as `every TIME for TIME` or `every TIME until TIME`, each later than the one before it.",
  },
  around: {
    code: "RB029",
    expected: "one of backup, migrate, configure, pause, deploy",
    why: "Maintenance is for the steps that change something and give no traffic.",
    fix: "Write `around: migrate`.",
  },
  freeze: {
    code: "RB029",
    expected: "a window such as `Fri 16:00 - Mon 08:00 Europe/Madrid`",
    why: "Two moments of the week and the place whose clocks they are on.",
    fix: "Write days as Mon, Tue, Wed, Thu, Fri, Sat, Sun, times as HH:MM, and a time zone such as Europe/Madrid or UTC.",
  },
  "signature-after": {
    code: "RB029",
    expected: "`deploy`, or a duration such as 24h",
    why: "A signature is worth something once there is something to look at.",
    fix: "Write `after: deploy`, or how long after the last stage, such as `after: 24h`.",
  },
  "percent-sign": {
    code: "RB035",
    expected: "a percentage with its sign",
    why: "A bare number may mean a percentage or a ratio (1 is 100 %).",
    fix: "Add the percent sign, such as 5%.",
  },
  size: {
    code: "RB038",
    expected: "a size such as 20GB",
    why: "A number alone does not say whether it counts bytes, rows or tables.",
    fix: "Write a number with its unit, MB or GB, more than zero, such as 20GB.",
  },
  rate: {
    code: "RB038",
    expected: "a rate such as 50/s",
    why: "Load is offered at a fixed number of requests a second.",
    fix: "Write a number with its unit, more than zero and at most 5000/s, such as 50/s.",
  },
  header: {
    code: "RB052",
    expected: "a header's value in one line, or a variable such as $API_KEY by itself",
    why: "A variable inside of a longer text is not replaced, and would be sent as its name.",
    fix: "Put the whole value into a variable and write its name here, such as $API_KEY.",
  },
  method: {
    code: "RB029",
    expected: "one of GET, HEAD, POST, PUT, PATCH, DELETE",
    why: "A request is sent exactly as it is written here.",
    fix: "Write the method in capitals, such as GET.",
  },
  version: {
    code: "RB057",
    expected: "the format version 1",
    why: "This release of Sluice reads runbooks of version 1 only.",
    fix: "Write `runbook: 1`; for a newer format use a newer release of Sluice.",
  },
  name: {
    code: "RB029",
    expected: "a name of at most 60 letters, digits and single dots, dashes or underscores between them",
    why: "Names become parts of git refs, log lines and addresses.",
    fix: "Use plain ASCII letters and digits, such as `quickstart` or `release-1`.",
  },
  "plan-hash": {
    code: "RB029",
    expected: "the hash of a migration plan, 64 hexadecimal digits, or a variable with it",
    why: "Only the very plan that was approved may be applied.",
    fix: "Copy the hash that the plan printed.",
  },
  "metric-name": {
    code: "RB029",
    expected: "a metric name in lower case with dashes",
    why: "Limits refer to metrics by this name.",
    fix: "Write it like `error-rate` or `latency`.",
  },
  "flag-name": {
    code: "RB029",
    expected: "the name of a flag: a variable in capitals, or a name such as voice-system",
    why: "Variables are given to the versions; other flags are set by the commands under the runbook's `flags`.",
    fix: "Write NEXT_PUBLIC_ENABLE_VOICE for a variable, or voice-system for a flag that a command sets.",
  },
  "flag-value": {
    code: "RB029",
    expected: "the value of a flag, such as true or 25%",
    why: "Flags are written in the open and into the record; they are no secrets and name none.",
    fix: "Write the value itself in one line; use `configure` for what is a secret.",
  },
  "git-ref": {
    code: "RB029",
    expected: "a tag, a branch or a commit, such as v1.4.0",
    why: "It is looked up in the repository when the release begins, and pinned then.",
    fix: "Write its name without blanks, such as `ref: v1.4.0`.",
  },
  "variable-name": {
    code: "RB029",
    expected: "the name of a variable in capitals, such as DATABASE_URL",
    why: "GitHub and shells accept only capitals, digits and underscores here.",
    fix: "Use capitals, digits and underscores, beginning with a letter.",
  },
  reference: {
    code: "RB052",
    expected: "the name of a secret, such as $DATABASE_URL",
    why: "Secrets are named in a runbook, never written: everybody who can read the repository can read this file.",
    fix: "Put the value into a GitHub secret and write its name here with a dollar sign, in capitals.",
  },
  "render-service": {
    code: "RB029",
    expected: "the id of a service on Render, such as srv-cukd2nd6l47c73f2v3t0",
    why: "A deploy (dep-) or a project (prj-) is not what takes traffic.",
    fix: "Copy the part that begins with srv- from the address of the service's page.",
  },
  "render-image": {
    code: "RB029",
    expected: "an image whose tag names the commit, such as ghcr.io/acme/api:$commit",
    why: "Without the commit in its tag nobody could tell which version an image holds.",
    fix: "Push images with the commit's full sha as their tag and write $commit in its place.",
  },
  "asked-host": {
    code: "RB050",
    expected: "a host name such as shop.example.com",
    why: "It is asked as it stands: no scheme, no port, no path.",
    fix: "Write only the name.",
  },
  "one-form": {
    code: "RB029",
    expected: "either `is` or `has`",
    why: "`is` allows no other record, `has` does.",
    fix: "Keep the one that you mean.",
  },
  checks: {
    code: "RB029",
    expected: "`green`, or a list of names of checks",
    why: "Either all checks of the commit count, or those that are named.",
    fix: "Write `checks: green` or `checks: [test, lint]`.",
  },
  "github-claim": {
    code: "RB029",
    expected: "at least one of `checks`, `reviews`, `issues` and `protected`",
    why: "A check without a claim would always pass.",
    fix: "Write what must hold, such as `checks: green`.",
  },
  slug: {
    code: "RB029",
    expected: "a slug in lower case, as it stands in the address of the page",
    why: "Sentry names organizations and projects by it in its API.",
    fix: "Copy it from the address: https://acme.sentry.io/projects/shop has `acme` and `shop`.",
  },
  "sentry-dsn": {
    code: "RB029",
    expected: "`event` beside a `dsn`",
    why: "A test event is sent to the DSN.",
    fix: "Add `dsn: $SENTRY_DSN`.",
  },
  site: {
    code: "RB050",
    expected: "the https address of the site, such as https://example.com, or a variable such as $APP_URL",
    why: "Checks send requests only to this address, so it must be one host, spelled plainly, without user or query.",
    fix: "Write scheme and host name, nothing after them; http is for 127.0.0.1 and localhost only.",
  },
  "host-name": {
    code: "RB053",
    expected: "a host name such as foco.mx, or a variable such as $DOMAIN",
    why: "What answers under this name is what production serves.",
    fix: "Write the bare name in lower case, without https:// and without a path.",
  },
  "vercel-project": {
    code: "RB054",
    expected: "a project's id such as prj_Ab12Cd34, or a variable such as $VERCEL_PROJECT_ID",
    why: "A name can be given to another project later, and a deployment's id is no project.",
    fix: "Copy the id that begins with prj_ from the project's Settings, General.",
  },
  "vercel-team": {
    code: "RB055",
    expected: "a team's id such as team_Ab12Cd34, or a variable such as $VERCEL_ORG_ID",
    why: "Vercel answers with the projects of the team that is asked for, and of no other.",
    fix: "Copy the id that begins with team_ from the team's Settings, General.",
  },
  "admin-address": {
    code: "RB050",
    expected: "an http address of this machine such as http://127.0.0.1:8080, or a variable such as $LOCAL_ADMIN",
    why: "Whoever reaches this address can move traffic.",
    fix: "Name the variable that holds the address, such as $LOCAL_ADMIN.",
  },
  "source-address": {
    code: "RB050",
    expected: "the https address of a metrics source, or a variable such as $PROMETHEUS_URL",
    why: "The numbers a release is judged by come from here, and a credential may travel there.",
    fix: "Write scheme, host and path without user or query; http is for 127.0.0.1 and localhost only.",
  },
  "sql-window": {
    code: "RB029",
    expected: "a query bounded by $from and $to",
    why: "Without the window every look would count the same events again.",
    fix: "Add for example `where at >= $from and at < $to`.",
  },
  "series-unit": {
    code: "RB029",
    expected: "a series whose name ends in its unit, or `unit` beside it",
    why: "A bound of 0.5 may mean seconds or milliseconds, and limits name their unit.",
    fix: "Add `unit: seconds` or `unit: milliseconds`.",
  },
  "unit-of-value": {
    code: "RB029",
    expected: "`unit` only beside `gives: value`",
    why: "Counts have no unit, and the bounds of buckets are milliseconds.",
    fix: "Remove `unit`.",
  },
  "line-pattern": {
    code: "RB029",
    expected: "a regular expression without look-around, back-references and repeated groups",
    why: "Log lines come from outside; some patterns take forever on a line made for it.",
    fix: "Write it plainer, such as `ERROR|FATAL`.",
  },
  "one-container": {
    code: "RB029",
    expected: "either `container` or `via: target`, and `host` beside `container` only",
    why: "A container is found by its name at a daemon, or by its version on the target's hosts.",
    fix: "Write `{ via: target, measure: memory }`, or `{ container: app-$version, measure: memory }`.",
  },
  "one-place": {
    code: "RB029",
    expected: "either `url`, `socket` or `via: target`",
    why: "The numbers are read from one place.",
    fix: "Keep the one that this job can reach.",
  },
  "backend-or-target": {
    code: "RB029",
    expected: "`backend` beside `url` or `socket`, and `via: target` alone",
    why: "The target knows its own backend, and in which slot a version runs.",
    fix: "Write `{ via: target }`, or `{ url: https://proxy.example.com/stats, backend: web }`.",
  },
  label: {
    code: "RB029",
    expected: "the name of a label, such as version",
    why: "Versions are told apart by this label.",
    fix: "Use letters, digits and underscores, as the label is called at its source.",
  },
  "check-address": {
    code: "RB050",
    expected: "an https address without user, password or fragment",
    why: "A check sends a request there from a machine that may reach more than the public does.",
    fix: "Write a full address such as https://example.com/api/health, or only a path with `get:`.",
  },
  path: {
    code: "RB029",
    expected: "a path that begins with one slash, such as /api/health",
    why: "The host comes from the release itself, so that a check cannot ask another server.",
    fix: "Leave scheme and host away and begin with a slash.",
  },
  "host-destination": {
    code: "RB029",
    expected: "a host such as deploy@web-1.example.com, `local`, or a variable such as $WEB_1",
    why: "Commands run there as this user, over one SSH connection.",
    fix: "Write user, @ and host name, with :port where it is not 22.",
  },
  "image-name": {
    code: "RB029",
    expected: "an image's name without a tag, such as ghcr.io/acme/backend",
    why: "The tag is the commit that is released, and what runs is pinned by its digest.",
    fix: "Leave the tag away and write the name in lower case.",
  },
  "host-path": {
    code: "RB029",
    expected: "an absolute path on the host, such as /run/haproxy/admin.sock",
    why: "Where a relative path begins depends on who logs in.",
    fix: "Write the whole path, without `..`.",
  },
  "slot-address": {
    code: "RB050",
    expected: "an https address in which $slot may stand for the slot's name, such as https://$slot.example.com",
    why: "Checks of the new version send their requests there.",
    fix: "Write scheme and host name, nothing after them.",
  },
  "two-slots": {
    code: "RB060",
    expected: "two slots at least",
    why: "A new version starts beside the one that serves; there has to be room for both.",
    fix: "Name HAProxy's servers and their ports, such as `{ blue: 8101, green: 8102 }`.",
  },
  directory: {
    code: "RB025",
    expected: "a path inside the repository",
    why: "Absolute paths and `..` lead out of the commit that is released.",
    fix: "Write it relative to the repository's root with forward slashes, such as `migrations`.",
  },
  command: {
    code: "RB029",
    expected: "a shell command",
    why: "An empty command always succeeds and proves nothing.",
    fix: "Write the command as you would type it, such as `npm test`.",
  },
  limit: {
    code: "RB041",
    expected: "a limit such as `error-rate < 1%`",
    why: "A limit says in one line what must hold.",
    fix: "Write metric, comparison, value and unit, such as `error-rate < 1%` or `p95 < 250ms`.",
  },
  series: {
    code: "RB029",
    expected: "the name of a series, such as http_requests_total",
    why: "The numbers are looked up by this name on the metrics page.",
    fix: "Copy the series' name from the page, with labels in braces where only some of it counts.",
  },
  status: {
    code: "RB029",
    expected: "an HTTP status from 200 to 599",
    why: "A check that expects no particular status passes on an error page too.",
    fix: "Write the status the page must answer with, such as 200.",
  },
  "json-path": {
    code: "RB029",
    expected: "names joined by dots, such as services.database",
    why: "The value is looked up name by name in the JSON answer.",
    fix: "Join the names by single dots.",
  },
  scalar: {
    code: "RB029",
    expected: "a text, a number, true, false or null",
    why: "The value in the answer is compared with this one.",
    fix: "Name the inner value by its path, such as `services.database: true`.",
  },
  "notice-event": {
    code: "RB029",
    expected: "one of started, held, rolled-back, halted, finished, failed, interrupted, locked, unlocked",
    why: "Nobody would ever be told about anything else.",
    fix: "Write the names of the events as a list, such as [started, rolled-back, finished].",
  },
  check: {
    code: "RB047",
    expected: "a check that begins with run, get, http, env, git, lint, audit, tls, dns, github or sentry",
    why: "Each line of the list proves one thing.",
    fix: "Write for example `- run: npm test` or `- { get: /api/health, status: 200 }`.",
  },
  "age-recipient": {
    code: "RB061",
    expected: "a public age key (X25519), which is age1 and 58 more characters",
    why: "A private key or a passphrase in this file would open every backup to whoever reads it.",
    fix: "Run `age-keygen -o key.txt`, keep key.txt away from here, and write the public key it prints.",
  },
  "at-least-one": {
    code: "RB060",
    expected: "at least one entry",
    why: "An empty list proves nothing, and nothing may pass unproven.",
    fix: "Add an entry, or remove the key.",
  },
} as const satisfies Record<string, Expectation>;

export type ExpectationName = keyof typeof expectations;

export const isExpectation = (name: string): name is ExpectationName => Object.hasOwn(expectations, name);

/** For zod's `error`: names the expectation for a value that is there but wrong; a missing one is reported as missing. */
export const expecting =
  (name: ExpectationName) =>
  (issue: { readonly input?: unknown }): string | undefined =>
    issue.input === undefined ? undefined : name;

/** The custom issue that carries a refusal from a schema to the reporter. */
export const refusing = (refusal: Refusal, path: (string | number)[] = []) => ({
  code: "custom" as const,
  message: refusal.message,
  path,
  params: { refusal },
});
