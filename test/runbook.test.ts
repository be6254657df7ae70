import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { runbookJsonSchema } from "../.github/scripts/runbook-json-schema.ts";
import { formatProblems, type Problem } from "../src/problem.ts";
import { resolveReferences } from "../src/resolve-references.ts";
import { readRunbook } from "../src/runbook-file.ts";
import { runbookHash } from "../src/runbook-hash.ts";
import { bounds } from "../src/yaml-text/refuse.ts";

const file = ".github/runbook.yml";
const good = readFileSync(new URL("../examples/quickstart/.github/runbook.yml", import.meta.url), "utf8");

/** A small valid runbook; every row below changes one piece of it. */
const base = `runbook: 1
service: shop
environment: production
url: https://shop.example.com
target: { local: { admin: $LOCAL_ADMIN, start: node server.mjs, health: /healthz } }
env:
  NODE_ENV: { equals: production }
metrics:
  error-rate: { exposition: { path: /metrics, bad: bad_total, total: all_total } }
  latency: { exposition: { path: /metrics, histogram: seconds } }
stages:
  - name: release
    preflight:
      - run: npm test
    backup: { verify: restore }
    migrate: { sql: { directory: migrations } }
    deploy: {}
    smoke-test:
      - { get: /healthz, status: 200, within: 500ms }
    canary:
      shifts:
        - { traffic: 5%, hold: 10s, every: 1s, limits: [error-rate < 1%, p95 < 250ms] }
        - { traffic: 100% }
      on-fail: rollback
      max-hold: 20s
`;

const changed = (from: string, to: string) => {
  assert.ok(base.includes(from), `the base runbook has ${from}`);
  return base.replace(from, to);
};

function problemsOf(text: string): readonly Problem[] {
  const read = readRunbook(text, file);
  return read.ok ? [] : read.problems;
}

/** `line:column code path: message`, the part of a problem that scripts and people rely on. */
const headline = (p: Problem) => `${p.line}:${p.column} ${p.code} ${p.path}: ${p.message}`;

test("the sample runbook is read: durations as milliseconds, percentages as numbers, limits as limits", () => {
  const read = readRunbook(good, file);
  assert.ok(read.ok, read.ok ? "" : formatProblems(read.problems));
  const [stage] = read.value.stages;
  const [first] = stage?.canary?.shifts ?? [];
  assert.equal(first?.traffic, 5);
  assert.equal(first.hold, 5_000);
  assert.equal(first.every, 1_000);
  assert.deepEqual(
    first.limits?.map((limit) => limit.metric),
    ["error-rate", "error-rate", "latency"],
  );
  assert.equal(stage?.canary?.["max-hold"], 20_000);
  assert.deepEqual(stage?.["smoke-test"]?.[0], {
    get: "/api/health",
    status: 200,
    json: { "services.database": true },
    within: 500,
    retry: 10_000,
  });
  assert.deepEqual(stage?.backup, { url: "$DATABASE_URL", verify: "restore" });
});

test("a byte order mark, CRLF, a bare `deploy:` and an alias are accepted", () => {
  assert.deepEqual(problemsOf(base), []);
  assert.deepEqual(problemsOf(`\ufeff${base.replaceAll("\n", "\r\n")}`), []);
  assert.deepEqual(problemsOf(changed("deploy: {}", "deploy:")), []);
  const shared = changed("{ traffic: 100% }", "{ traffic: 100%, hold: 1m, every: 5s, limits: *kept }");
  assert.deepEqual(
    problemsOf(shared.replace("limits: [error-rate", "limits: &kept [error-rate").replace("20s", "2m")),
    [],
  );
});

/** Replacement in the base runbook, and the problems it must give, all of them and nothing else. */
const catalogue: readonly (readonly [what: string, from: string, to: string, ...problems: string[]])[] = [
  ["a tab as indentation", "  NODE_ENV", "\tNODE_ENV", "7:1 RB006 : a tab is used as indentation"],
  ["a bad dedent", "    deploy: {}", "   deploy: {}", "17:4 RB007 : the text is not YAML from here on"],
  [
    "a duplicate key",
    "service: shop",
    "service: shop\nservice: other",
    '3:1 RB008 service: key "service" stands here again; it was first written in line 2, column 1',
  ],
  ["two documents", "env:", "---\nenv:", "6:1 RB009 : a second document begins here"],
  ["an unknown tag", "shop\n", "!!js/function shop\n", "2:10 RB010 : a tag that is not known"],
  ["a YAML 1.1 directive", "runbook: 1", "%YAML 1.1\n---\nrunbook: 1", "1:1 RB010 : YAML directives are not supported"],
  [
    "an alias of nothing",
    "production }",
    "*nobody }",
    "7:23 RB011 env.NODE_ENV.equals: an alias of nothing: no anchor above has this name",
  ],
  [
    "a merge key",
    "{ equals: production }",
    "{ <<: {}, equals: production }",
    "7:15 RB015 env.NODE_ENV.<<: merge keys (`<<`) are not supported".replace("<<:", "??:"),
  ],
  ["a number as key", "  NODE_ENV", "  1: {}\n  NODE_ENV", "7:3 RB016 env.1: a key must be a text"],
  ["a prototype key", "env:\n", "env:\n  __proto__: {}\n", "7:3 RB017 env.__proto__: unknown key `__proto__`"],
  ["a constructor key", "env:\n", "constructor: 1\nenv:\n", "6:1 RB017 constructor: unknown key `constructor`"],
  ["a control character", "npm test", "npm\u0007 test", "14:17 RB018 : a control character U+0007"],
  [
    "an escaped control character",
    "npm test",
    '"npm \\e[2J"',
    "14:14 RB018 stages[0].preflight[0].run: an escape in this text stands for a control character",
  ],
  [
    "a direction override",
    "npm test",
    "npm \u202etest",
    "14:18 RB019 : an invisible character U+202E that changes how the line is shown",
  ],
  [
    "a zero-width space in a key",
    "service:",
    "ser\u200bvice:",
    "2:4 RB019 : an invisible character U+200B that changes how the line is shown",
  ],
  ["an unclosed quote", "npm test", '"npm test', "14:14 RB020 : a quote is opened here and never closed"],
  [
    "an unclosed bracket",
    "[error-rate < 1%, p95 < 250ms] }",
    "[error-rate < 1%",
    "22:56 RB020 : `[` is opened here and never closed",
  ],
  ["two keys on one line", "service: shop", "service: shop: x", "2:10 RB021 : two keys stand on one line"],
  ["an unknown key", "service: shop", "service: shop\ncolour: red", '3:1 RB026 colour: unknown key "colour"'],
  [
    "a misspelled key that is needed is one problem",
    "service: shop",
    "servise: shop",
    '2:1 RB026 servise: unknown key "servise", did you mean `service`?',
  ],
  [
    "a misspelled key inside of a list item",
    "status: 200",
    "statsu: 200",
    '19:26 RB026 stages[0].smoke-test[0].statsu: unknown key "statsu", did you mean `status`?',
  ],
  [
    "a key of the design that does nothing yet",
    "    deploy: {}",
    "    deploy: { flags: {} }",
    '17:15 RB026 stages[0].deploy.flags: unknown key "flags"',
  ],
  ["a missing key", "service: shop\n", "", "1:1 RB027 : missing key `service`"],
  ["no version", "runbook: 1\n", "", "1:1 RB027 : missing key `runbook`"],
  [
    "a metric without source",
    "exposition: { path: /metrics, bad: bad_total, total: all_total }",
    "count: requests",
    "9:3 RB027 metrics.error-rate: missing key `exposition`",
  ],
  [
    "a misspelled key inside of a target is a slip in it, not another target",
    "health: /healthz }",
    "helth: /healthz }",
    '5:65 RB026 target.local.helth: unknown key "helth", did you mean `health`?',
  ],
  ["a missing key of an inner map", ", health: /healthz", "", "5:11 RB027 target.local: missing key `health`"],
  ["no expected status", "status: 200, ", "", "19:9 RB027 stages[0].smoke-test[0]: missing key `status`"],
  [
    "`no` for false",
    "200, within",
    "200, must: no, within",
    '19:45 RB028 stages[0].smoke-test[0].must: expected true or false, got "no"',
  ],
  [
    "a number in quotes",
    "status: 200",
    'status: "200"',
    '19:34 RB029 stages[0].smoke-test[0].status: expected an HTTP status from 200 to 599, got "200"',
  ],
  [
    "half a percent",
    "5%",
    "5.5%",
    '22:22 RB031 stages[0].canary.shifts[0].traffic: expected a whole percentage from 1% to 100%, got "5.5%"',
  ],
  [
    "0%",
    "5%",
    "0%",
    '22:22 RB031 stages[0].canary.shifts[0].traffic: expected a whole percentage from 1% to 100%, got "0%"',
  ],
  [
    "101%",
    "5%",
    "101%",
    '22:22 RB031 stages[0].canary.shifts[0].traffic: expected a whole percentage from 1% to 100%, got "101%"',
  ],
  [
    "-5%",
    "5%",
    "-5%",
    '22:22 RB031 stages[0].canary.shifts[0].traffic: expected a whole percentage from 1% to 100%, got "-5%"',
  ],
  [
    "a percentage without its sign",
    "5%",
    "5",
    "22:22 RB035 stages[0].canary.shifts[0].traffic: expected a percentage with its sign, got the number 5",
  ],
  ["infinity", "status: 200", "status: .inf", "19:34 RB032 stages[0].smoke-test[0].status: not a finite number"],
  ["1e400", "status: 200", "status: 1e400", "19:34 RB032 stages[0].smoke-test[0].status: not a finite number"],
  [
    "a number that rounds",
    "status: 200",
    "status: 9007199254740993",
    "19:34 RB033 stages[0].smoke-test[0].status: this number would be rounded to 9007199254740992",
  ],
  [
    "a leading zero",
    "status: 200",
    "status: 0200",
    '19:34 RB034 stages[0].smoke-test[0].status: "0200" is read as the number 200',
  ],
  [
    "an octal number",
    "status: 200",
    "status: 0o310",
    '19:34 RB034 stages[0].smoke-test[0].status: "0o310" is read as the number 200',
  ],
  ...["5 minutes", "0s", "-1m", "5M", "91d", "1.5h"].map(
    (text) =>
      [
        `the duration ${text}`,
        "hold: 10s",
        `hold: ${text}`,
        `22:32 RB036 stages[0].canary.shifts[0].hold: expected a duration such as \`30s\`, \`15m\`, \`1h30m\` or \`2d\`, got "${text}"`,
      ] as const,
  ),
  [
    "a duration without unit",
    "hold: 10s",
    "hold: 10",
    "22:32 RB036 stages[0].canary.shifts[0].hold: expected a duration such as `30s`, `15m`, `1h30m` or `2d`, got the number 10",
  ],
  [
    "shifts that do not rise",
    "{ traffic: 100% }",
    "{ traffic: 5%, hold: 1s, every: 1s, limits: [p95 < 1s] }\n        - { traffic: 100% }",
    "23:22 RB037 stages[0].canary.shifts[1].traffic: 5% does not follow 5%: every shift gives the candidate more traffic",
  ],
  [
    "a last shift below 100%",
    "        - { traffic: 100% }\n",
    "",
    "22:22 RB039 stages[0].canary.shifts[0].traffic: the last shift ends at 5%, not at 100%",
  ],
  [
    "a look that does not fit into the hold",
    "every: 1s",
    "every: 11s",
    "22:44 RB040 stages[0].canary.shifts[0].every: a look every 11s does not fit into a hold of 10s",
  ],
  [
    "a rate without unit",
    "error-rate < 1%",
    "error-rate < 1",
    "22:70 RB041 stages[0].canary.shifts[0].limits[0]: `1` has no unit",
  ],
  [
    "a limit in quotes keeps exact columns",
    "p95 < 250ms",
    '"p95 < 250"',
    "22:81 RB041 stages[0].canary.shifts[0].limits[1]: `250` does not fit latency",
  ],
  [
    "a gate without limits",
    ", limits: [error-rate < 1%, p95 < 250ms]",
    "",
    "22:11 RB043 stages[0].canary.shifts[0]: 5% of traffic is judged by nothing: `limits` is missing",
  ],
  [
    "an empty list of limits",
    "[error-rate < 1%, p95 < 250ms]",
    "[]",
    "22:56 RB060 stages[0].canary.shifts[0].limits: expected at least one entry, got a list",
  ],
  ["limits without a hold", "hold: 10s, ", "", "22:11 RB027 stages[0].canary.shifts[0]: missing key `hold`"],
  [
    "a check that is a text",
    "- run: npm test",
    "- npm test",
    '14:9 RB047 stages[0].preflight[0]: expected a check that begins with run, get, http, env, git, lint, audit, tls, dns, github or sentry, got "npm test"',
  ],
  [
    "a target nobody has",
    "target: { local: { admin: $LOCAL_ADMIN, start: node server.mjs, health: /healthz } }",
    "target: { heroku: { app: shop } }",
    '5:11 RB026 target.heroku: unknown key "heroku"',
  ],
  ...[
    "shop.example.com",
    "http://shop.example.com",
    "https://10.0.0.1",
    "https://2130706433",
    "https://shop.example.com.",
    "https://shop.example.com:22",
    "https://shop.example.com/path",
    "https://shop.example.com#top",
    "https://ⓢhop.example.com",
    "https://user@shop.example.com",
    "javascript:alert(1)",
    "file:///etc/passwd",
  ].map(
    (url) =>
      [
        `the address ${url}`,
        "https://shop.example.com",
        url,
        `4:6 RB050 url: expected the https address of the site, such as https://example.com, or a variable such as $APP_URL, got ${JSON.stringify(url)}`,
      ] as const,
  ),
  [
    "a check that asks another host",
    "- run: npm test",
    "- http: { url: https://other.example.com/x, status: 200 }",
    '14:22 RB050 stages[0].preflight[0].http.url: "other.example.com" is not the host of this runbook\'s `url`',
  ],
  [
    "a path that names another host",
    "get: /healthz",
    "get: //other.example.com/x",
    '19:16 RB029 stages[0].smoke-test[0].get: expected a path that begins with one slash, such as /api/health, got "//other.example.com/x"',
  ],
  ...["../outside", "/etc", "a/../../b", "a\\b", "./a"].map(
    (path) =>
      [
        `the directory ${path}`,
        "directory: migrations",
        `directory: ${path}`,
        `16:34 RB025 stages[0].migrate.sql.directory: expected a path inside the repository, got "${path}"`,
      ] as const,
  ),
  [
    "a secret's name in lower case",
    "{ verify: restore }",
    "{ url: $database-url }",
    '15:20 RB052 stages[0].backup.url: expected the name of a secret, such as $DATABASE_URL, got "$database-url"',
  ],
  [
    "an artifact that is not encrypted",
    "{ verify: restore }",
    "{ store: artifact }",
    "15:22 RB145 stages[0].backup.store: `store: artifact` without `encrypt`",
  ],
  [
    "another word than artifact",
    "{ verify: restore }",
    "{ store: artefact }",
    '15:22 RB029 stages[0].backup.store: expected artifact, got "artefact"',
  ],
  [
    "a key of `store` that is none",
    "{ verify: restore }",
    "{ store: { run: ./keep.sh, every: day } }",
    '15:40 RB026 stages[0].backup.store.every: unknown key "every"',
  ],
  [
    "a secret named GITHUB_",
    "{ verify: restore }",
    "{ url: $GITHUB_TOKEN }",
    '15:20 RB052 stages[0].backup.url: expected the name of a secret, such as $DATABASE_URL, got "$GITHUB_TOKEN"',
  ],
  [
    "a newer version",
    "runbook: 1",
    "runbook: 2",
    "1:10 RB057 runbook: expected the format version 1, got the number 2",
  ],
  [
    "an empty list of checks",
    "\n      - run: npm test",
    " []",
    "13:16 RB060 stages[0].preflight: expected at least one entry, got a list",
  ],
  [
    "a GitHub expression",
    "$LOCAL_ADMIN",
    '"${{ vars.ADMIN }}"',
    "5:27 RB061 target.local.admin: a GitHub expression is not evaluated in this file",
  ],
  [
    "a metric nobody declares",
    "p95 < 250ms",
    "eror-rate < 1%",
    '22:74 RB101 stages[0].canary.shifts[0].limits[1]: no metric "eror-rate" is declared, did you mean `error-rate`?',
  ],
  [
    "a built-in metric without a source",
    "  latency: { exposition: { path: /metrics, histogram: seconds } }\n",
    "",
    '21:74 RB101 stages[0].canary.shifts[0].limits[1]: no metric "latency" is declared',
  ],
  [
    "a percentile of counters",
    "histogram: seconds",
    "bad: a, total: b",
    "22:74 RB106 stages[0].canary.shifts[0].limits[1]: `p95 < 250ms` cannot be judged here: counts of events have no p95",
  ],
  [
    "a comparison with before, which its source forgets",
    "error-rate < 1%",
    "error-rate vs before < +1pp",
    "22:57 RB106 stages[0].canary.shifts[0].limits[0]: `error-rate vs before < +1pp` cannot be judged here: " +
      "`exposition` only tells what is now, so nothing is known from before the release",
  ],
  [
    "a comparison with stable at 100%",
    "{ traffic: 100% }",
    "{ traffic: 100%, hold: 5s, every: 1s, limits: [p95 vs stable not worse] }",
    "23:58 RB106 stages[0].canary.shifts[1].limits[0]: `p95 vs stable not worse` cannot be judged here: " +
      "no stable version serves beside the candidate",
  ],
  [
    "two stages of one name",
    "stages:\n",
    "stages:\n  - { name: release, migrate: { sql: { directory: migrations } } }\n",
    '13:11 RB102 stages[1].name: stage 1 is called "release" already',
  ],
  [
    "a commit deployed twice",
    "stages:\n",
    "stages:\n  - { name: early, deploy: {} }\n",
    "18:5 RB109 stages[1].deploy: stage 1 deploys this commit already",
  ],
  [
    "an older commit after the newest",
    "max-hold: 20s",
    "max-hold: 20s\n  - { name: later, ref: v1, deploy: {} }",
    "26:20 RB115 stages[1].ref: stage 1 released the newest commit already",
  ],
  [
    "a ref that no name in git can have",
    "stages:\n",
    "stages:\n  - { name: early, ref: ../main, deploy: {} }\n",
    '12:25 RB029 stages[0].ref: expected a tag, a branch or a commit, such as v1.4.0, got "../main"',
  ],
  [
    "a flag that nobody declared",
    "stages:\n",
    "flags: { voice: { set: a, read: b } }\nstages:\n  - { name: beta, flags: { voize: 5% }, watch: { for: 1h, every: 1m, limits: [error-rate < 1%] } }\n",
    '13:28 RB118 stages[0].flags.voize: nothing says how the flag "voize" is set, did you mean `voice`?',
  ],
  [
    "a variable as a flag that no version gets",
    "stages:\n",
    "stages:\n  - { name: beta, flags: { VOICE: true }, watch: { for: 1h, every: 1m, limits: [error-rate < 1%] } }\n",
    "12:19 RB116 stages[0].flags: a variable as a flag without a deploy",
  ],
  [
    "a flag beside a deploy",
    "stages:\n",
    "flags: { voice: { set: a, read: b } }\nstages:\n  - { name: beta, ref: v1, flags: { voice: 5% }, deploy: {} }\n",
    "13:28 RB117 stages[0].flags: a flag that a command sets, in a stage that deploys",
  ],
  [
    "a flag that nobody watches",
    "stages:\n",
    "flags: { voice: { set: a, read: b } }\nstages:\n  - { name: beta, flags: { voice: 5% } }\n",
    "13:19 RB119 stages[0].flags: a flag is turned on and nobody watches",
  ],
  [
    "a flag with a secret's name for a value",
    "stages:\n",
    "stages:\n  - { name: beta, ref: v1, flags: { VOICE: $TOKEN }, deploy: {} }\n",
    '12:44 RB029 stages[0].flags.VOICE: expected the value of a flag, such as true or 25%, got "$TOKEN"',
  ],
  [
    "an environment that waits for itself",
    "stages:\n",
    "after: { environment: production }\nstages:\n",
    "11:23 RB129 after.environment: production waits for itself",
  ],
  [
    "a release elsewhere that is too old before it was watched",
    "stages:\n",
    "after: { environment: staging, watched: 2d, within: 24h }\nstages:\n",
    "11:53 RB130 after.within: a release is too old before it was watched for long enough",
  ],
  [
    "something else to do with a new commit",
    "stages:\n",
    "on-new-commit: queue\nstages:\n",
    '11:16 RB073 on-new-commit: expected one of wait-latest, replace, refuse, got "queue"',
  ],
  [
    "a stage that changes nothing",
    "stages:\n",
    "stages:\n  - { name: look, preflight: [{ run: npm test }] }\n",
    "12:5 RB103 stages[0]: a stage that changes nothing",
  ],
  [
    "a max-hold below the hold",
    "max-hold: 20s",
    "max-hold: 5s",
    "25:17 RB104 stages[0].canary.max-hold: 5s is shorter than the longest hold, 10s",
  ],
  ["a canary without a deploy", "    deploy: {}\n", "", "19:5 RB105 stages[0].canary: a canary without a deploy"],
  [
    "steps in another order than they run",
    "    backup: { verify: restore }\n    migrate: { sql: { directory: migrations } }\n",
    "    migrate: { sql: { directory: migrations } }\n    backup: { verify: restore }\n",
    "16:5 RB107 stages[0].backup: `backup` stands below `migrate`, yet it runs before it",
  ],
  [
    "an environment variable in lower case",
    "  NODE_ENV",
    "  node_env",
    '7:3 RB029 env.node_env: expected the name of a variable in capitals, such as DATABASE_URL, got "node_env"',
  ],
  [
    "a wrong choice",
    "on-fail: rollback",
    "on-fail: rolback",
    '24:16 RB029 stages[0].canary.on-fail: expected rollback or step-back or ask, got "rolback"',
  ],
];

for (const [what, from, to, ...expected] of catalogue) {
  test(`refused: ${what}`, () => assert.deepEqual(problemsOf(changed(from, to)).map(headline), expected));
}

const whole: readonly (readonly [what: string, text: string, problem: string])[] = [
  ["an empty file", "", "1:1 RB001 : the file is empty"],
  ["only comments", "# soon\n", "1:1 RB001 : the file is empty"],
  ["UTF-16", [...base].join("\u0000"), "1:1 RB005 : the file is UTF-16, not UTF-8"],
  [
    "a byte that is no UTF-8",
    `${base}# caf\ufffd\n`,
    "26:6 RB003 : the file is not UTF-8: a byte here stands for no character",
  ],
  ["too large", `${base}#${"x".repeat(bounds.bytes)}`, `1:1 RB013 : the file is larger than 128 KiB`],
  ["too deep", `a: ${"[".repeat(5000)}`, "1:35 RB012 : more than 32 levels of nesting"],
  [
    "too many keys",
    Array.from({ length: 5000 }, (_, i) => `k${i}: 1\n`).join(""),
    "2001:6 RB014 : more than 2000 keys",
  ],
  ["a list", "- a\n", "1:1 RB029 : expected a map (keys with values), got a list"],
];
for (const [what, text, problem] of whole) {
  test(`refused: ${what}`, () => assert.deepEqual(problemsOf(text).map(headline), [problem]));
}

test("an alias bomb and an alias of itself are refused quickly", () => {
  const levels = Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(9)}]\n`).join("");
  assert.ok(problemsOf(`a0: &a0 x\n${levels}`).some((p) => p.code === "RB011"));
  assert.ok(problemsOf("a: &a [*a]\n").some((p) => p.code === "RB011"));
});

test("everything wrong is reported at once, in the order of the file, at most 50 of it in full", () => {
  const text = base
    .replace("service: shop", "servise: shop")
    .replace("5%", "500%")
    .replace("deploy: {}", "deploy: { x: 1 }");
  assert.deepEqual(
    problemsOf(text).map(({ code, line }) => [code, line]),
    [
      ["RB026", 2],
      ["RB026", 17],
      ["RB031", 22],
    ],
  );
  const many = problemsOf(base + Array.from({ length: 60 }, (_, i) => `zz${i}: 1\n`).join(""));
  assert.equal(many.length, 60);
  assert.match(formatProblems(many), /… and 10 more\./);
});

test("a problem is shown with its line, a caret under the value, the reason and the mend", () => {
  assert.equal(
    formatProblems(problemsOf(changed("max-hold: 20s", "max-hold: 5s"))),
    `.github/runbook.yml:25:17 error[RB104] stages[0].canary.max-hold: 5s is shorter than the longest hold, 10s
  25 |       max-hold: 5s
     |                 ^^
  why: The candidate would be taken off before its hold could end.
  fix: Write at least 10s, or leave the key away (twice the longest hold).`,
  );
});

const secrets = [
  "postgres://app:S3cretPassw0rd@db.example.com/shop",
  "postgres://app:p@ss/w0rd@db.example.com/shop",
  "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
  "github_pat_11ABCDEFG0abcdefghijkl_mnopqrstuvwxyz",
  "xoxb-123456789012-abcdefghijkl",
  "AKIAIOSFODNN7EXAMPLE",
  "sk_live_abcdefghijklmnopqrstuvwx",
  "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcdefghijkl",
  "https://shop.example.com/?token=abcdef123456",
  "sbp_0123456789abcdef0123456789abcdef01234567",
];
const secretPlaces: readonly (readonly [from: string, to: (secret: string) => string])[] = [
  ["{ verify: restore }", (secret) => `{ url: ${JSON.stringify(secret)} }`],
  ["https://shop.example.com", (secret) => secret],
  ["npm test", (secret) => `deploy --with ${secret} now`],
  ["equals: production", (secret) => `equals: ${secret}, colour: red`],
  ["service: shop", (secret) => `service: shop\n${JSON.stringify(secret)}: 1`],
];

test("a secret that was written into the file is refused where it stands a value, and never repeated", () => {
  for (const secret of secrets) {
    for (const [from, to] of secretPlaces) {
      const problems = problemsOf(changed(from, to(secret)));
      const shown = formatProblems(problems) + JSON.stringify(problems);
      const telling = secret.match(/S3cretPassw0rd|w0rd|(?<=^|_|-|=|\.)[A-Za-z0-9]{10,}/g) ?? [];
      for (const part of telling) assert.ok(!shown.includes(part), `${part} is shown in ${shown}`);
      if (!to(secret).includes("\n"))
        assert.ok(
          problems.some((p) => p.code === "RB052"),
          `${to(secret)} is refused`,
        );
    }
  }
});

test("a literal token and the value of a variable that is called secret are not repeated either", () => {
  const token = problemsOf(changed("{ admin:", "{ token: hunter2hunter2, admin:"));
  assert.deepEqual(
    token.map((p) => p.code),
    ["RB052"],
  );
  const equals = problemsOf(changed("{ equals: production }", "{ secret: true, equals: hunter2hunter2 }"));
  assert.deepEqual(
    equals.map((p) => p.code),
    ["RB052"],
  );
  assert.doesNotMatch(formatProblems([...token, ...equals]), /hunter2/);
});

test("a problem repeats at most 80 characters of input and prints nothing a terminal or a runner obeys", () => {
  const long = problemsOf(changed("5%", `"${"::error::".repeat(40)}##[add-mask]x"`));
  assert.equal(long.length, 1);
  const text = formatProblems(problemsOf(changed("service: shop", `service: "##[error] ${"x".repeat(300)}"`)));
  for (const line of text.split("\n")) assert.ok(!line.includes("##[") && !/^\s*::/.test(line), line);
  for (const { excerpt } of long) assert.ok(excerpt.text.length <= 82);
});

test("random changes of a valid file never crash the reader and never point outside of the file", () => {
  const pieces = fc.oneof(
    fc.constantFrom(
      ..."\n\t :-{}[]'\"#&*!|>%@`,?\u0000\ufeff\u202e".split(""),
      "---\n",
      "${{",
      "<<: ",
      "&a ",
      "*a",
      "  - ",
      "\r\n",
      "1e999",
      "null",
    ),
    fc.string({ unit: "binary", maxLength: 6 }),
    fc.constantFrom(...base.split(/\s+/)),
  );
  const edit = fc.record({ at: fc.nat(base.length), drop: fc.nat(30), add: pieces });
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 6 }), (edits) => {
      const text = edits.reduce((t, { at, drop, add }) => t.slice(0, at) + add + t.slice(at + drop), base);
      const lines = text.replace(/^\ufeff/, "").split("\n");
      const read = readRunbook(text, file);
      if (read.ok) return;
      assert.ok(read.problems.length > 0);
      for (const p of read.problems) {
        const line = lines[p.line - 1];
        assert.ok(line !== undefined && p.column >= 1 && p.column <= line.length + 1, `${headline(p)} in ${text}`);
        assert.ok(p.endLine > p.line || p.endColumn >= p.column);
        assert.ok(p.excerpt.caretAt >= 0 && p.excerpt.caretAt <= p.excerpt.text.length);
      }
      assert.ok(formatProblems(read.problems).length > 0);
    }),
    { numRuns: 1000 },
  );
});

test("the hash is of what the runbook means, not of how it is written", () => {
  const hashOf = (text: string) => {
    const read = readRunbook(text, file);
    assert.ok(read.ok);
    return runbookHash(read.value);
  };
  const moved = base.replace("service: shop\n", "").replace("url:", "service: 'shop' # ours\nurl:");
  assert.equal(hashOf(moved), hashOf(base));
  assert.equal(hashOf(changed("hold: 10s", "hold: 10000ms")), hashOf(base));
  assert.notEqual(hashOf(changed("5%", "6%")), hashOf(base));
});

test("the JSON Schema for editors knows every key and allows no other", () => {
  const schema = runbookJsonSchema();
  assert.deepEqual(Object.keys(schema.properties ?? {}), [
    "runbook",
    "service",
    "environment",
    "url",
    "people",
    "ticks",
    "after",
    "on-new-commit",
    "target",
    "env",
    "metrics",
    "flags",
    "stages",
    "watch",
    "sign-off",
    "freeze",
    "maintenance",
    "notify",
  ]);
  assert.equal(schema.additionalProperties, false);
});

test("variables are resolved where a job needs them; missing ones are named with their place", () => {
  const read = readRunbook(changed("https://shop.example.com", "$APP_URL"), file);
  assert.ok(read.ok);
  const none = resolveReferences(read, {});
  assert.deepEqual(none.ok ? [] : none.problems.map(headline), [
    "4:6 RB063 url: the variable APP_URL is not set",
    "5:27 RB063 target.local.admin: the variable LOCAL_ADMIN is not set",
    "15:5 RB063 stages[0].backup.url: the variable DATABASE_URL is not set",
    "16:5 RB063 stages[0].migrate.url: the variable DATABASE_URL is not set",
  ]);
  const some = resolveReferences(read, { APP_URL: "http://127.0.0.1:8080", LOCAL_ADMIN: "http://127.0.0.1:9" }, [
    "url",
    "target",
  ]);
  assert.ok(some.ok);
  assert.equal(some.value.url, "http://127.0.0.1:8080");
  assert.ok("local" in some.value.target);
  assert.equal(some.value.target.local.admin, "http://127.0.0.1:9");
  assert.equal(some.value.stages[0]?.backup?.url, "$DATABASE_URL");
});

test("a variable whose value does not fit is refused without its value; a command keeps its dollar signs", () => {
  const read = readRunbook(changed("https://shop.example.com", "$APP_URL").replace("npm test", "$COMMAND"), file);
  assert.ok(read.ok);
  const wrong = resolveReferences(read, { APP_URL: "http://hunter2.example.com" }, ["url"]);
  assert.ok(!wrong.ok);
  assert.equal(wrong.problems[0]?.code, "RB050");
  assert.doesNotMatch(formatProblems(wrong.problems), /hunter2/);
  const kept = resolveReferences(read, { COMMAND: "rm" }, ["stages.0.preflight"]);
  assert.ok(kept.ok && JSON.stringify(kept.value.stages[0]?.preflight) === '[{"run":"$COMMAND"}]');
});
