import assert from "node:assert/strict";
import { test } from "node:test";
import { planOf, planSchema } from "../../src/plan.ts";
import { planText } from "../../src/plan-text.ts";
import { readRunbook } from "../../src/runbook-file.ts";

const runbook = ({
  hosts = 8,
  shifts = "[{ hosts: 5%, hold: 2m, every: 10s, limits: [error-rate < 1%] }, { hosts: 100% }]",
  ssh = "ssh: { key: $SSH_KEY, known-hosts: $SSH_KNOWN_HOSTS }",
  more = "",
} = {}) => `
runbook: 1
service: shop
environment: production
url: https://shop.example
target:
  compose:
    hosts: { ${Array.from({ length: hosts }, (_, i) => `web-${i + 1}: deploy@web-${i + 1}.example.com`).join(", ")} }
    ${ssh}
    project: shop
    service: backend
    image: ghcr.io/acme/backend
    slots: { blue: 8101, green: 8102 }
    haproxy: { socket: /run/haproxy/admin.sock, backend: app, state-file: /var/lib/haproxy/server-state }
    ${more}
metrics: { error-rate: { haproxy: { url: https://stats.shop.example/stats, backend: app } } }
stages:
  - name: release
    deploy: {}
    canary: { shifts: ${shifts} }
`;

const read = (text: string) => readRunbook(text, "runbook.yml");
const problems = (text: string) => {
  const found = read(text);
  return found.ok ? [] : found.problems.map(({ code, path, message }) => `${code} ${path}: ${message}`);
};
const plan = (text: string) => {
  const found = read(text);
  assert.ok(found.ok, JSON.stringify(problems(text)));
  return planOf(found.value);
};

test("a share of hosts is rounded up to whole hosts, weighed and named in the plan", () => {
  const table = [
    { hosts: 8, percent: 5, count: 1, weight: 12.5 },
    { hosts: 8, percent: 25, count: 2, weight: 25 },
    { hosts: 3, percent: 34, count: 2, weight: 200 / 3 },
    { hosts: 40, percent: 5, count: 2, weight: 5 },
  ];
  for (const { hosts, percent, count, weight } of table) {
    const shifts = `[{ hosts: ${percent}%, hold: 2m, every: 10s, limits: [error-rate < 1%] }, { hosts: 100% }]`;
    const made = plan(runbook({ hosts, shifts }));
    const [first, last] = made.stages[0]?.shifts ?? [];
    assert.deepEqual([first?.hosts, first?.weight], [{ count, of: hosts }, weight]);
    assert.deepEqual([last?.hosts, last?.weight], [{ count: hosts, of: hosts }, 100]);
    assert.deepEqual(planSchema.parse(JSON.parse(JSON.stringify(made))), made);
  }
  assert.match(
    planText(plan(runbook())).join("\n"),
    /1 of 8 hosts \(12\.5% of traffic, if hosts get equally many requests\)/,
  );
});

test("both forms may follow one another, in rising order", () => {
  const judged = "hold: 2m, every: 10s, limits: [error-rate < 1%]";
  const shifts = `[{ traffic: 5%, ${judged} }, { hosts: 25%, ${judged} }, { traffic: 100% }]`;
  assert.deepEqual(
    plan(runbook({ shifts })).stages[0]?.shifts.map(({ weight }) => weight),
    [5, 25, 100],
  );
});

test("what cannot work is refused when it is written", () => {
  const judged = "hold: 2m, every: 10s, limits: [error-rate < 1%]";
  const table: readonly (readonly [string, RegExp])[] = [
    [runbook({ hosts: 1 }), /RB126 .*shifts\[0\]\.hosts: `hosts` on a target that is one host/],
    [
      runbook({ shifts: `[{ hosts: 5%, ${judged} }, { hosts: 10%, ${judged} }, { hosts: 100% }]` }),
      /RB126 .*shifts\[1\]\.hosts: rounded up this is 1 of 8 hosts/,
    ],
    [
      runbook({ shifts: `[{ hosts: 5%, traffic: 5%, ${judged} }, { traffic: 100% }]` }),
      /RB027 .*both `traffic` and `hosts`/,
    ],
    [runbook({ shifts: `[{ ${judged} }, { traffic: 100% }]` }), /RB027 .*missing key `traffic`/],
    [runbook({ shifts: `[{ hosts: 50%, ${judged} }]` }), /RB039 .*hosts: the last shift ends at 50%/],
    [runbook({ ssh: "" }), /RB124 target.*host web-1 is reached over SSH, and `ssh` is missing/],
    [runbook({ more: "build: registry\n    push: true" }), /RB125 target.*push/],
    [runbook().replace("blue: 8101, green: 8102", "blue: 8101"), /RB060 target.*slots/],
    [runbook().replace("deploy@web-1.example.com", '"-oProxyCommand=id@x"'), /RB029 target.*hosts\.web-1/],
    [runbook().replace("ghcr.io/acme/backend", "ghcr.io/acme/backend:latest"), /RB029 target.*image/],
  ];
  for (const [text, expected] of table) {
    const found = problems(text);
    assert.ok(
      found.some((problem) => expected.test(problem)),
      `${expected} is not among ${JSON.stringify(found)}`,
    );
  }
});
