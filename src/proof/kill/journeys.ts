import { exitCodes } from "../../exit-code.ts";
import type { ActionStep, EventName } from "./kill-world.ts";

/** One action in the place it has in a release: what ran before it, and what it is hit in. */
export interface Journey {
  readonly name: string;
  /** The steps of the runbook's only stage, as YAML below it. */
  readonly stage: string;
  readonly before: readonly ActionStep[];
  readonly victim: ActionStep;
  /** How it ends: the release is finished after the re-run, a rollback is its own end, others leave it as it is. */
  readonly ends: "done" | "given back" | "untouched";
  /** Exit code of the victim when nobody harms it; 0 unless given. */
  readonly code?: number;
  readonly needsDatabase?: true;
  /** What started the victim's run, where that says more than which commit it is about. */
  readonly event?: EventName;
  /** Starts a tick again when it is run again: one more than needed looks once and ends. */
  readonly mayStartTwice?: true;
  /** Lines of the runbook besides its stages. */
  readonly ticks?: "external";
  /** Brings back what the step before it kept: with the names of that backup and of the database as inputs. */
  readonly restores?: true;
  /** Hits the action before the victim at this change, so that there is something to take up. */
  readonly interrupted?: { readonly step: ActionStep; readonly at: string; readonly signal: "SIGINT" | "SIGKILL" };
}

const indented = (...lines: readonly string[]) => lines.map((line) => `    ${line}\n`).join("");
const deploy = "deploy: {}";
const preflight = "preflight: [{ run: test -f server.mjs }]";
const backup = "backup: { scratch: $SCRATCH_URL }";
const keptBackup = [
  "backup:",
  "  verify: read",
  '  store: { run: mkdir -p "$RUNNER_TEMP/kept" && cp "$SLUICE_BACKUP_FILE" "$SLUICE_BACKUP_MANIFEST" "$RUNNER_TEMP/kept" }',
  '  fetch: { run: cp "$RUNNER_TEMP/kept/$SLUICE_BACKUP_NAME" "$RUNNER_TEMP/kept/$SLUICE_BACKUP_NAME.json" "$SLUICE_BACKUP_DIRECTORY" }',
];
const migrate = "migrate: { sql: { directory: migrations } }";
const smoke = "smoke-test: [{ get: /health, status: 200, retry: 2s }]";
const load = "load-test: { requests: [{ path: /health }], rate: 200/s, for: 500ms, limits: [checks = 100%, p95 < 5s] }";
const shift = (share: string) => `    - { traffic: ${share}, hold: 1s, every: 1s, limits: [queue < 5] }`;
// A machine that is slow today must not send a healthy share back.
const canary = ["canary:", "  max-hold: 10m", "  shifts:", shift("10%"), "    - { traffic: 100% }"];

const watch = "watch: { for: 1s, every: 1s, limits: [queue < 5] }";

const step = (action: string, inputs: Readonly<Record<string, string>> = {}): ActionStep => ({ action, inputs });
const done = { ends: "done" } as const;
const planned = [step("plan")];
const deployed = [step("plan"), step("deploy")];
const secondLine = step("rollback", { release: "100", reason: "job-failed" });

/**
 * Every action that changes anything, alone and in the company of those before it. Which changes an action makes is not
 * written down here: it is run once unharmed and counted.
 */
export const journeys: readonly Journey[] = [
  { name: "check", stage: indented(deploy), before: [], victim: step("check"), ends: "untouched" },
  { name: "plan", stage: indented(deploy), before: [], victim: step("plan"), ...done },
  { name: "preflight", stage: indented(preflight, deploy), before: planned, victim: step("preflight"), ...done },
  {
    name: "backup",
    stage: indented(backup, deploy),
    before: planned,
    victim: step("backup"),
    ...done,
    needsDatabase: true,
  },
  {
    name: "migrate",
    stage: indented(migrate, deploy),
    before: planned,
    victim: step("migrate"),
    ...done,
    needsDatabase: true,
  },
  { name: "deploy", stage: indented(deploy), before: planned, victim: step("deploy"), ...done },
  { name: "smoke-test", stage: indented(deploy, smoke), before: deployed, victim: step("smoke-test"), ...done },
  { name: "load-test", stage: indented(deploy, load), before: deployed, victim: step("load-test"), ...done },
  { name: "canary-gate", stage: indented(deploy, ...canary), before: deployed, victim: step("canary-gate"), ...done },
  {
    name: "advance",
    stage: indented(preflight, migrate, deploy),
    before: [],
    victim: step("advance"),
    ...done,
    needsDatabase: true,
  },
  {
    name: "advance (a tick)",
    stage: indented(deploy, ...canary),
    before: deployed,
    interrupted: { step: step("canary-gate"), at: "PUT weights", signal: "SIGINT" },
    victim: step("advance", { steps: "canary", "allow-hold": "true" }),
    ends: "given back",
    code: exitCodes.gateFailed,
    // A tick of a chain would stay for the looks after the rollback, a quarter of an hour.
    ticks: "external",
  },
  {
    name: "watch",
    stage: indented(deploy, watch),
    before: [...deployed, step("canary-gate")],
    victim: step("watch"),
    ...done,
  },
  {
    name: "hand-over",
    stage: indented(deploy, ...canary),
    before: deployed,
    interrupted: { step: step("canary-gate"), at: "PUT weights", signal: "SIGINT" },
    victim: step("hand-over"),
    ends: "untouched",
  },
  {
    name: "command",
    stage: indented(deploy, ...canary),
    before: deployed,
    victim: step("command"),
    event: "hold by comment",
    ends: "untouched",
    mayStartTwice: true,
  },
  {
    name: "lint",
    stage: indented(deploy),
    before: [],
    victim: step("lint", { directory: "pending" }),
    event: "pull request",
    ends: "untouched",
    code: exitCodes.gateFailed,
  },
  {
    name: "rollback (asked for)",
    stage: indented(deploy),
    before: [...deployed, step("canary-gate")],
    victim: step("rollback", { reason: "customers complain" }),
    ends: "given back",
  },
  {
    name: "rollback (second line)",
    stage: indented(deploy, ...canary),
    before: deployed,
    interrupted: { step: step("canary-gate"), at: "PUT weights", signal: "SIGKILL" },
    victim: secondLine,
    ends: "given back",
  },
  {
    name: "restore",
    stage: indented(...keptBackup, deploy),
    before: [step("backup", { record: "none" })],
    victim: step("restore", { mode: "restore" }),
    restores: true,
    ends: "untouched",
    needsDatabase: true,
  },
  {
    name: "revert",
    stage: indented(deploy),
    before: [...deployed, step("canary-gate"), step("rollback", { reason: "customers complain" })],
    victim: step("revert"),
    ends: "given back",
  },
];

/** Where a journey's runbook stands in the repository. */
export const runbookFileOf = ({ name }: Pick<Journey, "name">): string =>
  `runbooks/${name.replace(/[^a-z]+/g, "-").replace(/-$/, "")}.yml`;

/** The runbook of a journey. Its only metric is a number, so that a share is judged in one look. */
export const runbookOf = ({ stage, ticks }: Pick<Journey, "stage" | "ticks">): string => `runbook: 1
service: shop
environment: production
url: $APP_URL
${ticks === undefined ? "" : `ticks: ${ticks}\n`}target:
  local: { admin: $LOCAL_ADMIN, token: $LOCAL_TOKEN, start: node server.mjs, health: /health }
metrics:
  queue: { json: { path: /queue, value: length } }
stages:
  - name: release
${stage}`;
