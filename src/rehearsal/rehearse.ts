import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Ports } from "../ports.ts";
import { journalHistory } from "../record-store/journal-history.ts";
import { localGitStore } from "../record-store/local-git.ts";
import { secretForms } from "../secret-forms.ts";
import { readGroundTruth } from "./ground-truth.ts";
import { type Aftermath, type Figures, type Finding, figuresOf, judge } from "./judge.ts";
import type { Live } from "./live.ts";
import type { Scenario } from "./scenario.ts";
import { createConcurrencyGroups } from "./workflow/concurrency.ts";
import { runWorkflow } from "./workflow/run.ts";
import type { RunEvent, WorkflowRun, WorkflowRunResult } from "./workflow/workflow-run.ts";
import { repositoryName, startWorld, type World } from "./world.ts";

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
  let runs = 100;
  const world: World = await startWorld(
    {
      consumer: options.consumer,
      toolkit: options.toolkit,
      node: options.node,
      rate: scenario.rate ?? options.rate,
      onSecond: (second) => live.second(second),
    },
    ports,
  );
  const groups = createConcurrencyGroups();
  const cancel = new AbortController();
  let pushed = world.stable;
  ports.cancelled.addEventListener("abort", () => cancel.abort(), { once: true });

  const play = ({ workflow, id, ref, sha, event, fork = false }: Play): Promise<WorkflowRunResult> => {
    const file = workflow.includes("/") ? workflow : `.github/workflows/${workflow}`;
    return runWorkflow({
      consumer: world.repository,
      toolkit: options.toolkit,
      toolkitName,
      workflow: file,
      event,
      repository: repositoryName,
      ref,
      sha,
      actor: "octocat",
      runId: id,
      runAttempt: 1,
      secrets: fork ? {} : world.secrets,
      vars: fork ? {} : world.vars,
      environments: { [environment]: {}, [`${environment}-rollback`]: {} },
      api: world.twin.url,
      token: async (job) => world.twin.issueToken({ permissions: job.permissions, jobId: job.id }),
      readOnlyToken: fork,
      node: options.node,
      logDirectory: path.join(keep, "logs", String(id)),
      onEvent: (event: RunEvent) => {
        live.event(event);
        if (scenario.cancelInCanary === true && event.type === "log" && /look 2 at \d+%/.test(event.line))
          cancel.abort();
      },
      cancel: cancel.signal,
      groups,
    } satisfies WorkflowRun);
  };

  try {
    live.begin(scenario, world);
    const branch = scenario.event === "pull_request" || scenario.event === "fork" ? "proposal" : "main";
    pushed = world.push(scenario.change, branch);
    const pushedAt = ports.clock.now();
    live.pushed(pushed, branch);
    let result = await play({ ...firstRun(scenario, pushed, branch), id: ++runs });
    if (scenario.event === "push-then-rollback") {
      live.note("a person dispatches rollback.yml");
      result = await play({
        workflow: "rollback.yml",
        id: ++runs,
        ref: "refs/heads/main",
        sha: pushed,
        event: { name: "workflow_dispatch", payload: {}, inputs: {} },
      });
    }
    const endedAt = ports.clock.now();
    // Users stay for a moment longer: what they get now shows whether the end is the end.
    if (scenario.rate !== 0) await ports.clock.sleep(1500);
    await world.stopTraffic();
    const aftermath = await inspect(world, options, result, { pushed, pushedAt, endedAt }, ports);
    const findings = judge(aftermath);
    const figures = figuresOf(aftermath);
    writeFileSync(path.join(keep, "ground-truth.ndjson"), readFileSync(world.groundTruthFile));
    const passed = findings.every(({ holds }) => holds);
    return { scenario: scenario.name, passed, exitCode: exitCodeOf(aftermath), findings, figures, aftermath };
  } finally {
    await world.stop();
  }
}

interface Play {
  readonly workflow: string;
  readonly id: number;
  readonly ref: string;
  readonly sha: string;
  readonly event: WorkflowRun["event"];
  readonly fork?: boolean;
}

function firstRun(scenario: Scenario, sha: string, branch: string): Omit<Play, "id"> {
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
function exitCodeOf({ record, conclusion, scenario }: Aftermath): number {
  const ended = record.release?.ended?.as;
  if (ended === undefined) return conclusion === "success" ? 0 : 1;
  if (ended === "held") return 5;
  if (ended === "halted") return 4;
  return ended === "done" || (scenario.event === "push-then-rollback" && conclusion === "success") ? 0 : 1;
}

async function inspect(
  world: World,
  options: RehearsalOptions,
  result: WorkflowRunResult,
  times: { readonly pushed: string; readonly pushedAt: number; readonly endedAt: number },
  ports: Ports,
): Promise<Aftermath> {
  const { record } = await localGitStore(world.bare, ports).read(environment);
  const entries = await journalHistory(world.bare, environment, ports);
  const shares = entries.flatMap((entry) =>
    entry.kind === "result" && entry.outcome === "applied" ? [{ at: entry.at, weight: entry.weight }] : [],
  );
  return {
    scenario: options.scenario,
    conclusion: result.conclusion,
    record,
    production: await world.target.observe(),
    stable: world.stable,
    candidate: times.pushed,
    truth: readGroundTruth(readFileSync(world.groundTruthFile, "utf8")),
    shares,
    rolledBackAt: entries.find((entry) => entry.kind === "rollback")?.at,
    pushedAt: times.pushedAt,
    endedAt: times.endedAt,
    migrations: await world.appliedMigrations(),
    deployments: world.twin.state().deployments.map(({ statuses }) => statuses.at(-1)?.state ?? "none"),
    leaks: leaksIn(
      options.keep,
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

/** Where a secret can be read that should be nowhere. */
function leaksIn(folder: string, secrets: readonly string[], record: string): readonly string[] {
  const forms = secrets.flatMap(secretForms);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  const texts = files.map((file) => ({
    name: file.name,
    text: readFileSync(path.join(file.parentPath, file.name), "utf8"),
  }));
  return [...texts, { name: "the record", text: record }]
    .filter(({ text }) => forms.some((form) => text.includes(form)))
    .map(({ name }) => name);
}
