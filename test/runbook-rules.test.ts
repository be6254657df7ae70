import assert from "node:assert/strict";
import { test } from "node:test";
import { containerRules } from "../src/metric-rules.ts";
import { readRunbook } from "../src/runbook-file.ts";
import { shareRules } from "../src/target-rules.ts";
import { shiftsOf } from "../src/target-shifts.ts";

const canary = { shifts: [{ traffic: "5%" }, { traffic: "25%" }, { traffic: "100%" }] };

test("shares on a platform that serves one version at a time are refused, with what to do instead", () => {
  const breaches = shareRules("all-at-once", canary, ["stages", 0, "canary"]);
  assert.deepEqual(
    breaches.map(({ path }) => path.join(".")),
    ["stages.0.canary.shifts.0.traffic", "stages.0.canary.shifts.1.traffic"],
  );
  assert.match(breaches[0]?.refusal.message ?? "", /cannot give a candidate 5%/);
  for (const alternative of ["100%", "feature flag", "target.compose"])
    assert.ok(breaches[0]?.refusal.fix.includes(alternative), alternative);
});

test("everywhere else, and for a single share of all traffic, there is nothing to refuse", () => {
  assert.deepEqual(shareRules("traffic", canary, []), []);
  assert.deepEqual(shareRules(undefined, canary, []), []);
  assert.deepEqual(shareRules("all-at-once", { shifts: [{ traffic: "100%" }] }, []), []);
});

test("how commands divide traffic is what their owner says, percent of requests if nothing", () => {
  const commands = { observe: "o", stage: "s", shift: "s", restore: "r" };
  assert.equal(shiftsOf({ command: { ...commands, shifts: "all-at-once" } }), "all-at-once");
  assert.equal(shiftsOf({ command: commands }), "traffic");
  assert.equal(shiftsOf({ unheard: {} }), undefined);
});

const onRender = (render: string, steps: string) => `runbook: 1
service: api
environment: production
url: https://api.example.com
target: { render: ${render} }
stages:
  - name: release
    deploy: {}
${steps}`;
const service = "srv-cukd2nd6l47c73f2v3t0";
const smoke = "    smoke-test: [{ get: /health, status: 200 }]\n";

const refused: readonly (readonly [what: string, render: string, steps: string, problem: string])[] = [
  [
    "a smoke test without a second service, which would ask the old version",
    `{ service: ${service} }`,
    smoke,
    "9:5 RB121 `smoke-test` has no version to ask before it takes traffic",
  ],
  [
    "an image without a second service, whose digest nobody would know",
    `{ service: ${service}, image: 'ghcr.io/acme/api:$commit' }`,
    "",
    "5:56 RB122 an image without a `candidate` service",
  ],
  [
    "an image that does not name the commit",
    `{ service: ${service}, candidate: srv-cukd2nd6l47c73f2v3t1, image: 'ghcr.io/acme/api:latest' }`,
    "",
    '5:100 RB029 expected an image whose tag names the commit, such as ghcr.io/acme/api:$commit, got "ghcr.io/acme/api:latest"',
  ],
  [
    "a deploy where a service is meant",
    "{ service: dep-cukd2nd6l47c73f2v3t0 }",
    "",
    '5:30 RB029 expected the id of a service on Render, such as srv-cukd2nd6l47c73f2v3t0, got "dep-cukd2nd6l47c73f2v3t0"',
  ],
];
for (const [what, render, steps, problem] of refused)
  test(`on Render ${what} is refused when it is written`, () => {
    const read = readRunbook(onRender(render, steps), "runbook.yml");
    assert.deepEqual(
      read.ok ? [] : read.problems.map(({ line, column, code, message }) => `${line}:${column} ${code} ${message}`),
      [problem],
    );
  });

test("on Render a second service, and limits at all traffic, are what can be asked for", () => {
  const read = readRunbook(
    onRender(`{ service: ${service}, candidate: srv-cukd2nd6l47c73f2v3t1 }`, smoke),
    "runbook.yml",
  );
  assert.ok(read.ok, JSON.stringify(read));
  assert.ok("render" in read.value.target);
  assert.equal(read.value.target.render.key, "$RENDER_API_KEY");
});

const onVercel = (first: string, second: string) => `runbook: 1
service: foco
environment: production
url: https://foco.mx
target: { vercel: { project: prj_Ab12Cd34Ef56, domain: foco.mx } }
metrics:
  error-rate:
    exposition: { path: /metrics, bad: 'requests{code=~"5.."}', total: requests, by: version }
    count: requests
stages:
  - name: fixes
    ref: v1
    deploy: {}${first}
  - name: features
    deploy: {}${second}
`;
const divided =
  "\n    canary: { shifts: [{ traffic: 50%, hold: 10m, every: 1m, limits: [error-rate < 1%] }, { traffic: 100% }] }";
const atOnce =
  "\n    canary: { shifts: [{ traffic: 100%, hold: 10m, every: 1m, limits: [error-rate < 1%] }], max-hold: 20m }";
const mixed: readonly (readonly [what: string, first: string, second: string, problems: readonly string[]])[] = [
  ["shares, and then none", divided, "", ["16:5 RB131 this stage gives all traffic at once, and stage 1 gives shares"]],
  ["none, and then shares", "", divided, ["13:5 RB131 this stage gives all traffic at once, and stage 2 gives shares"]],
  [
    "shares, and then 100%",
    divided,
    atOnce,
    ["17:5 RB131 this stage gives all traffic at once, and stage 1 gives shares"],
  ],
  ["shares in both", divided, divided, []],
  ["all at once in both", atOnce, "", []],
];
for (const [what, first, second, problems] of mixed)
  test(`on Vercel two stages with ${what} are ${problems.length === 0 ? "fine" : "refused when they are written"}`, () => {
    const read = readRunbook(onVercel(first, second), "runbook.yml");
    assert.deepEqual(
      read.ok ? [] : read.problems.map(({ line, column, code, message }) => `${line}:${column} ${code} ${message}`),
      problems,
    );
    const other = onVercel(first, second).replace(
      "{ vercel: { project: prj_Ab12Cd34Ef56, domain: foco.mx } }",
      "{ local: { admin: http://127.0.0.1:4100, start: node server.mjs, health: /health } }",
    );
    assert.ok(
      readRunbook(other, "runbook.yml").ok,
      "where a share is no setting of the project it is nobody's business",
    );
  });

test("maintenance on the target's hosts needs a target that has some", () => {
  const runbook = (target: string) => `runbook: 1
service: shop
environment: production
url: https://shop.example.com
target: ${target}
stages: [{ name: release, deploy: {} }]
maintenance: { via: target, jobs: { stop: docker compose -p workers stop, start: docker compose -p workers start }, around: deploy }
`;
  const problems = (target: string) => {
    const read = readRunbook(runbook(target), "runbook.yml");
    return read.ok ? [] : read.problems.map(({ line, column, code }) => `${line}:${column} ${code}`);
  };
  assert.deepEqual(problems(`{ render: { service: ${service} } }`), ["7:16 RB132"]);
  const compose =
    "{ compose: { hosts: { web: local }, project: shop, service: api, image: acme/api, slots: { blue: 8101, green: 8102 }, " +
    "haproxy: { socket: /run/ha.sock, backend: app, state-file: /var/lib/state } } }";
  assert.deepEqual(problems(compose), []);
});

test("a database behind the target needs hosts, and a container on them a tool to run", () => {
  const problems = (target: string, migrate: string) => {
    const written = `runbook: 1
service: shop
environment: production
url: https://shop.example.com
target: ${target}
stages:
  - name: database
    migrate: ${migrate}
  - name: release
    deploy: {}
`;
    const read = readRunbook(written, "runbook.yml");
    return read.ok
      ? []
      : read.problems.map(({ line, column, code, message }) => `${line}:${column} ${code} ${message}`);
  };
  const compose =
    "{ compose: { hosts: { web: local }, project: shop, service: api, image: acme/api, slots: { blue: 8101, green: 8102 }, " +
    "haproxy: { socket: /run/ha.sock, backend: app, state-file: /var/lib/state } } }";
  const render = `{ render: { service: ${service} } }`;
  assert.match(
    problems(render, "{ via: target, alembic: {} }").join(),
    /^8:16 RB132 `via: target` on a target without/,
  );
  assert.match(problems(compose, "{ inside: api, alembic: {} }").join(), /^8:16 RB144 `inside` without `via: target`$/);
  for (const engine of ["sql: { directory: db }", "prisma: {}"])
    assert.match(problems(compose, `{ via: target, inside: api, ${engine} }`).join(), /RB144 `inside` without a tool/);
  for (const engine of ["alembic: {}", "command: ./migrate.sh", "prisma: { run: npx prisma migrate deploy }"])
    assert.deepEqual(problems(compose, `{ via: target, inside: api, ${engine} }`), []);
});

test("hosts have a slot for each version of a release and one for what served before", () => {
  const problems = (slots: string, first: string) => {
    const read = readRunbook(
      `runbook: 1
service: shop
environment: production
url: https://shop.example.com
target:
  compose:
    hosts: { web: local }
    project: shop
    service: api
    image: acme/api
    slots: { ${slots} }
    haproxy: { socket: /run/ha.sock, backend: app, state-file: /var/lib/state }
stages:
  - { name: core, ${first} }
  - { name: beta, deploy: {} }
`,
      "runbook.yml",
    );
    return read.ok ? [] : read.problems.map(({ line, column, code }) => `${line}:${column} ${code}`);
  };
  const other = "ref: v1.4.0, deploy: {}";
  assert.deepEqual(problems("a: 8101, b: 8102", other), ["11:5 RB133"]);
  assert.deepEqual(problems("a: 8101, b: 8102, c: 8103", other), []);
});

test("metrics of containers over the target's session need a target that has one", () => {
  const metrics = {
    memory: { docker: { via: "target", measure: "memory" } },
    errors: { haproxy: { via: "target" } },
    "log-errors": { "container-logs": { via: "target", value: "ERROR" } },
    cpu: { docker: { container: "app", measure: "cpu" } },
  };
  assert.deepEqual(
    containerRules({ target: { vercel: {} }, metrics }).map(({ path }) => path.join(".")),
    ["metrics.memory.docker.via", "metrics.errors.haproxy.via", "metrics.log-errors.container-logs.via"],
  );
  assert.deepEqual(containerRules({ target: { compose: {} }, metrics }), []);
});

const pausing = (target: string, before: string, after: string) => `runbook: 1
service: api
environment: production
url: https://api.example.com
people: { ops: [carol] }
target: ${target}
stages:
  - name: release
${before}    pause: { task: Rotate KEY, by: [ops], changed: [KEY] }
${after}`;
const vercel =
  "{ vercel: { project: $VERCEL_PROJECT_ID, team: $VERCEL_ORG_ID, build: remote, domain: shop.example.com } }";
const local = "{ local: { admin: 'http://127.0.0.1:4001', start: node server.mjs, health: /health } }";

for (const [what, text, problem] of [
  [
    "where nothing is deployed",
    pausing(vercel, "    migrate: { sql: { directory: migrations } }\n", ""),
    /^10:\d+ RB143 variables are set anew without a deploy/,
  ],
  [
    "where the platform keeps no variables",
    pausing(local, "", "    deploy: {}\n"),
    /^9:\d+ RB143 the target "?`?local`?"? keeps no variables/,
  ],
] as const)
  test(`variables that a person sets anew are refused ${what}`, () => {
    const read = readRunbook(text, "runbook.yml");
    const problems = read.ok ? [] : read.problems.map((one) => `${one.line}:${one.column} ${one.code} ${one.message}`);
    assert.equal(problems.length, 1, problems.join());
    assert.match(problems[0] ?? "", problem);
  });
