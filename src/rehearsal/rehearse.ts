import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Ports } from "../ports.ts";
import { journalHistory } from "../record-store/journal-history.ts";
import { localGitStore } from "../record-store/local-git.ts";
import { secretForms } from "../secret-forms.ts";
import { createFastClock } from "./fast-clock.ts";
import { readGroundTruth } from "./ground-truth.ts";
import { type Aftermath, type Figures, type Finding, figuresOf, judge } from "./judge.ts";
import type { Live } from "./live.ts";
import { createPlay, type Play } from "./play.ts";
import { createRuns, headOf, type Runs, type Trigger } from "./runs.ts";
import type { Scenario } from "./scenario.ts";
import type { RunEvent, WorkflowRunResult } from "./workflow/workflow-run.ts";
import { startWorld, type World } from "./world.ts";

export const toolkitName = "sluice-actions/sluice";
export const environment = "production";

export interface RehearsalOptions {
  readonly scenario: Scenario;
  readonly consumer: string;
  readonly toolkit: string;
  readonly node: string;
  readonly rate: number;
  /** Receives the logs of every job, the summaries and the ground truth. */
  readonly keep: string;
  readonly live: Live;
}

export interface Rehearsal {
  readonly scenario: string;
  readonly passed: boolean;
  readonly exitCode: number;
  readonly findings: readonly Finding[];
  readonly figures: Figures;
  readonly aftermath: Aftermath;
}

/** Plays one scenario in a world of its own and judges it by what users got. */
export async function rehearse(options: RehearsalOptions, ports: Ports): Promise<Rehearsal> {
  const { scenario, live, keep } = options;
  mkdirSync(keep, { recursive: true });
  const clock = scenario.clock === undefined ? undefined : createFastClock(path.join(keep, "clock"), scenario.clock);
  let runs: Runs | undefined;
  const world: World = await startWorld(
    {
      consumer: options.consumer,
      toolkit: options.toolkit,
      node: options.node,
      rate: scenario.rate ?? options.rate,
      onSecond: (second) => live.second(second),
      onDispatch: (workflow, ref, inputs, actor) => {
        const sha = headOf(world.bare, ref);
        const run = runs?.start({
          workflow,
          ref,
          sha,
          actor,
          event: { name: "workflow_dispatch", payload: {}, inputs },
        });
        live.note(`${workflow} is dispatched: run ${run}`);
        return run ?? 0;
      },
      now: clock?.now,
    },
    ports,
  );
  let play: Play | undefined;
  runs = createRuns({
    world,
    toolkit: options.toolkit,
    toolkitName,
    node: options.node,
    logs: path.join(keep, "logs"),
    environments: { [environment]: {}, [`${environment}-rollback`]: {} },
    env: { ...clock?.env, ...world.platform.env },
    onEvent: (event: RunEvent) => {
      live.event(event);
      if (clock !== undefined && event.type === "job-ended" && /\bprobe$/.test(event.job)) clock.begin();
      play?.hear(event);
    },
  });
  ports.cancelled.addEventListener("abort", () => runs?.cancel(), { once: true });

  try {
    live.begin(scenario, world);
    const branch = scenario.event === "pull_request" || scenario.event === "fork" ? "proposal" : "main";
    for (const issue of scenario.issues ?? []) world.twin.openIssue({ author: "octocat", ...issue });
    const pushed = world.push(scenario.change, branch);
    const pushedAt = ports.clock.now();
    live.pushed(pushed, branch);
    const isUnderWay = async () => {
      const { release } = (await localGitStore(world.bare, ports).read(environment)).record;
      return release !== null && release.ended === null;
    };
    const { people } = world;
    const { cancelled } = ports;
    play = createPlay(scenario.acts ?? [], { world, runs, live, candidate: pushed, people, isUnderWay, cancelled });
    const first = runs.start(firstRun(scenario, pushed, branch));
    let result = await runs.ended(first);
    await play.end();
    if (scenario.event === "push-then-rollback") {
      live.note("a person dispatches rollback.yml");
      const event = { name: "workflow_dispatch", payload: {}, inputs: {} };
      result = await runs.ended(runs.start({ workflow: "rollback.yml", ref: "refs/heads/main", sha: pushed, event }));
    }
    if (world.people.length > 0 && scenario.event === "push") {
      // The run that people's words let go on says how it ended.
      const newest = runs.list().findLast(({ workflow }) => workflow === "release.yml");
      result = await runs.ended(newest?.run ?? first);
    }
    if (clock !== undefined) await runs.settled();
    const endedAt = ports.clock.now();
    // Users stay for a moment longer: what they get now shows whether the end is the end.
    if (scenario.rate !== 0) await ports.clock.sleep(1500);
    await world.stopTraffic();
    const newest = scenario.afterwards === undefined ? undefined : await runs.ended(play.lastRun ?? first);
    // A tick that looks again after a rollback would stay for a quarter of an hour.
    runs.cancel();
    await runs.settled();
    const seen: Seen = {
      pushed,
      pushedAt,
      endedAt,
      first,
      newest: newest?.conclusion,
      realTime: clock?.realTime,
      disturbedAt: play.disturbedAt,
    };
    const aftermath = await inspect(world, options, result, seen, ports);
    const findings = judge(aftermath);
    const figures = figuresOf(aftermath);
    writeFileSync(path.join(keep, "ground-truth.ndjson"), readFileSync(world.groundTruthFile));
    const passed = findings.every(({ holds }) => holds);
    return { scenario: scenario.name, passed, exitCode: exitCodeOf(aftermath), findings, figures, aftermath };
  } finally {
    runs.cancel();
    await runs.settled().catch(() => undefined);
    await world.stop();
  }
}

function firstRun(scenario: Scenario, sha: string, branch: string): Trigger {
  if (branch === "main")
    return {
      workflow: "release.yml",
      ref: "refs/heads/main",
      sha,
      event: { name: "push", payload: { ref: "refs/heads/main", after: sha } },
    };
  const payload = { number: 1, pull_request: { number: 1, head: { sha, ref: branch }, base: { ref: "main" } } };
  return {
    workflow: "pull-request.yml",
    ref: "refs/pull/1/merge",
    sha,
    event: { name: "pull_request", payload },
    fork: scenario.event === "fork",
  };
}

/** What a person's command would have ended with: the documented code of how the release ended. */
function exitCodeOf({ record, ended = record.release?.ended?.as, conclusion, scenario }: Aftermath): number {
  if (ended === undefined) return conclusion === "success" ? 0 : 1;
  if (ended === "held") return 5;
  if (ended === "halted") return 4;
  return ended === "done" || (scenario.event === "push-then-rollback" && conclusion === "success") ? 0 : 1;
}

interface Seen {
  readonly pushed: string;
  readonly pushedAt: number;
  readonly endedAt: number;
  /** The run of the first push, whose release is judged. */
  readonly first: number;
  readonly newest: Aftermath["newest"];
  /** When a time of the record really was, where its clock ran fast. */
  readonly realTime: ((at: number) => number) | undefined;
  readonly disturbedAt: number | undefined;
}

async function inspect(
  world: World,
  options: RehearsalOptions,
  result: WorkflowRunResult,
  seen: Seen,
  ports: Ports,
): Promise<Aftermath> {
  const { record } = await localGitStore(world.bare, ports).read(environment);
  const entries = await journalHistory(world.bare, environment, ports);
  const { realTime = (at: number) => at } = seen;
  const own = entries.filter((entry) => entry.release === seen.first);
  const started = own.find((entry) => entry.kind === "started");
  const commitOf = (stage: string | undefined) =>
    started?.plan.stages.find(({ name }) => name === stage)?.commit ?? seen.pushed;
  const shares = own.flatMap((entry, index) => {
    if (entry.kind !== "result" || entry.outcome !== "applied") return [];
    const next = own.slice(index).find(({ kind }) => kind === "intent");
    const until = next === undefined ? undefined : realTime(next.at);
    const stage = own.slice(0, index).findLast((earlier) => earlier.kind === "intent")?.stage;
    return [{ at: realTime(entry.at), weight: entry.weight, until, version: commitOf(stage) }];
  });
  const steps = own.filter((entry) => entry.kind === "step");
  const deployed = steps.findLast(({ step, outcome }) => step === "deploy" && outcome === "passed");
  const before = steps.findLast(
    ({ stage, step, outcome }) => step === "canary" && outcome === "passed" && stage !== deployed?.stage,
  );
  const byPerson = options.scenario.event === "push-then-rollback";
  // Another release's first raise takes from what this one has.
  const others = entries.flatMap((entry) =>
    entry.kind === "intent" && entry.release !== seen.first ? [entry.at] : [],
  );
  const wentBack = own.find((entry) => entry.kind === "rollback");
  const end = own.findLast((entry) => entry.kind === "ended" || entry.kind === "rollback");
  const texts = keptIn(options.keep);
  return {
    scenario: options.scenario,
    conclusion: result.conclusion,
    record,
    ended: end?.kind === "ended" || end?.kind === "rollback" ? end.as : undefined,
    newest: seen.newest,
    production: await world.platform.observe(),
    // With several commits in one release the way back is what the stage before brought, and the candidate is the newest.
    stable: before === undefined || byPerson ? world.platform.stable : commitOf(before.stage),
    candidate: deployed === undefined ? seen.pushed : commitOf(deployed.stage),
    truth: readGroundTruth(readFileSync(world.groundTruthFile, "utf8")),
    shares,
    rolledBackAt: wentBack === undefined ? undefined : realTime(wentBack.at),
    disturbedAt: Math.min(seen.disturbedAt ?? Number.POSITIVE_INFINITY, ...others),
    pushedAt: seen.pushedAt,
    endedAt: seen.endedAt,
    migrations: await world.appliedMigrations(),
    maintenance: maintenanceIn(own, world),
    messages: world.messages,
    deployments: world.twin.state().deployments.map(({ statuses }) => statuses.at(-1)?.state ?? "none"),
    cause:
      options.scenario.says === undefined ? undefined : texts.some(({ text }) => options.scenario.says?.test(text)),
    leaks: leaksIn(
      texts,
      Object.values(world.secrets).flatMap((secret) =>
        secret
          .trim()
          .split("\n")
          .map((line) => line.replace(/^[A-Z_]+=/, "")),
      ),
      JSON.stringify(entries),
    ),
  };
}

/** What was turned on around a step and what of it is still on, by the record and by the host itself. */
function maintenanceIn(own: Awaited<ReturnType<typeof journalHistory>>, world: World): Aftermath["maintenance"] {
  const changed = own.flatMap((entry) =>
    entry.kind === "changed" && (entry.what === "maintenance" || entry.what === "workers") ? [entry] : [],
  );
  if (changed.length === 0) return undefined;
  const last = new Map(changed.map(({ what, to }) => [what, to]));
  const on = [...last].flatMap(([what, to]) => (to === "on" ? [what] : []));
  return { made: [...last.keys()], left: [...on, ...world.leftOnHost()] };
}

interface Kept {
  readonly name: string;
  readonly text: string;
}

/** Every log and summary that the rehearsal kept. */
const keptIn = (folder: string): readonly Kept[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .map((file) => ({ name: file.name, text: readFileSync(path.join(file.parentPath, file.name), "utf8") }));

/** Where a secret can be read that should be nowhere. */
function leaksIn(texts: readonly Kept[], secrets: readonly string[], record: string): readonly string[] {
  const forms = secrets.flatMap(secretForms);
  return [...texts, { name: "the record", text: record }]
    .filter(({ text }) => forms.some((form) => text.includes(form)))
    .map(({ name }) => name);
}
