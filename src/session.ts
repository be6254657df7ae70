import { type Advance, advance, type StepRequest } from "./advance.ts";
import { attemptAt } from "./attempt.ts";
import type { Begin } from "./begin.ts";
import type { Repository } from "./check/github.ts";
import { openTarget } from "./deploy-target/open.ts";
import type { DeployTarget } from "./deploy-target.ts";
import { InputError } from "./failure.ts";
import type { Patience } from "./github/exchange.ts";
import { type GitHubClient, githubClient } from "./github.ts";
import { provenBy } from "./job-results.ts";
import { platformSecrets } from "./named-secrets.ts";
import { notifier } from "./notifier.ts";
import { isStageStep, type StepName } from "./plan.ts";
import type { Ports } from "./ports.ts";
import type { Author } from "./record/author.ts";
import type { ReleaseState } from "./record.ts";
import { githubRefStore } from "./record-store/github-ref.ts";
import { witnessedStore } from "./record-store/witnessed.ts";
import type { RecordSnapshot, RecordStore } from "./record-store.ts";
import { projectDeployment } from "./report/deployment.ts";
import type { Runbook } from "./runbook.ts";
import { runbookHash } from "./runbook-hash.ts";
import type { Values } from "./runner/define-action.ts";
import { flag, oneOf, secret, text, wholeNumber } from "./runner/input.ts";
import type { Workflow } from "./runner/workflow.ts";
import type { Stage } from "./step.ts";
import { type Variables, variablesOf } from "./variables.ts";
import type { Verdict } from "./verdict.ts";
import { accept, loadRunbook, resolveParts, siteOf, type WrittenRunbook } from "./written-runbook.ts";

/** Inputs of every action that takes part in a release. */
export const sessionInputs = {
  environment: text("Environment whose record is read and written.").prefault("production"),
  runbook: text("Path of the runbook in the repository.").prefault(".github/runbook.yml"),
  record: oneOf(
    ["append", "read", "none"],
    "`append` takes part in the release; `read` consults its record and appends nothing (jobs that run your own code); `none` runs the step alone.",
  ).prefault("append"),
  resume: wholeNumber("Release to go on with, by its number; the one this run began when empty.").optional(),
  "github-token": secret("Token that reads and appends to the record.").meta({ default: "${{ github.token }}" }),
  "runbook-vars": text("Variables the runbook refers to as `$NAME`, as dotenv lines.").optional(),
  "runbook-env": secret("Secrets the runbook refers to as `$NAME`, as dotenv lines.").optional(),
  "database-url": secret("Address of the database, with credentials: `$DATABASE_URL`.").optional(),
  "slack-webhook-url": secret("Incoming webhook of Slack: `$SLACK_WEBHOOK_URL`.").optional(),
  ...platformSecrets,
  "runbook-commit": text(
    "Commit whose runbook counts, where a stage releases an older one; the runbook in the workspace when empty.",
  ).optional(),
  "allow-hold": flag("Whether a hold ends the step in good order; only Sluice's own workflows set it.").prefault(
    "false",
  ),
} as const;

/** Inputs of an action that runs one step of one stage. */
export const stageInputs = {
  ...sessionInputs,
  stage: text("Stage of the runbook; the only one that has this step when empty.").optional(),
  needs: text("The needs context, as `toJSON(needs)` gives it: how the jobs before this one ended.").optional(),
} as const;

type SessionInputs = Values<typeof sessionInputs>;

/** One process' part in a release: what it was given, opened. */
export interface Session {
  readonly runbook: Runbook;
  readonly store: RecordStore;
  readonly author: Author;
  readonly variables: Variables;
  /** Where people reach the service; undefined in a job that is not told. */
  readonly site: string | undefined;
  /** Whom checks of the commit ask. */
  readonly repository: Repository;
  readonly client: GitHubClient;
  /** Everything `advance` needs but the steps this process offers. */
  readonly base: Pick<
    Advance,
    "ports" | "store" | "environment" | "asker" | "author" | "clockSkewMs" | "onEntry" | "show" | "change" | "readFlags"
  >;
  target(): Promise<DeployTarget>;
  /** The runbook with the references of its metrics resolved: only who judges sees their secrets. */
  judged(): Runbook;
  /** The stage that is meant, its step's references resolved. */
  stage(name: string | undefined, step: StepName): Stage;
}

/** The repository the job runs in, for checks of its commit. */
export const repositoryOf = (inputs: Pick<SessionInputs, "githubToken">, workflow: Workflow): Repository => ({
  access: { token: inputs.githubToken ?? "", repository: workflow.repository, apiUrl: workflow.apiUrl },
  runId: workflow.runId,
});

/** The repository the job runs in, and the journal in it. */
export function openRecord(
  inputs: Pick<SessionInputs, "githubToken">,
  ports: Ports,
  { repository, apiUrl }: Workflow,
  patience?: Partial<Patience>,
) {
  const client = githubClient(
    { token: inputs.githubToken ?? "", repository, apiUrl, ...(patience && { patience }) },
    ports,
  );
  return { client, store: githubRefStore(client) };
}

/**
 * The runbook of the release: the workspace's, or where a stage has another commit checked out, that of the commit the
 * release is of.
 */
export async function releaseRunbook(
  inputs: Pick<SessionInputs, "runbook" | "runbookCommit" | "githubToken">,
  ports: Ports,
  workflow: Workflow,
): Promise<WrittenRunbook> {
  const { runbook, runbookCommit } = inputs;
  if (runbookCommit === undefined) return loadRunbook(runbook, workflow.workspace);
  const text = await openRecord(inputs, ports, workflow).client.readFile(runbookCommit, runbook);
  if (text === null)
    throw new InputError(`Commit ${runbookCommit.slice(0, 12)} has no ${runbook}; name the runbook of the release.`);
  const { readRunbook } = await import("./runbook-file.ts");
  return accept(readRunbook(text, runbook));
}

/** Finds what the refs of a runbook's stages are, for a release of a commit: this run's, or one that waited in line. */
export function stageCommitsOf(
  inputs: Pick<SessionInputs, "githubToken">,
  runbook: Runbook,
  ports: Ports,
  workflow: Workflow,
  commit: string = workflow.sha,
): Begin["stageCommits"] {
  if (runbook.stages.every(({ ref }) => ref === undefined)) return undefined;
  const { client } = openRecord(inputs, ports, workflow);
  return async (released) => {
    const { stageCommits } = await import("./stage-commits.ts");
    return stageCommits(runbook, { client, commit, released });
  };
}

export function openSession(written: WrittenRunbook, inputs: SessionInputs, ports: Ports, workflow: Workflow): Session {
  const { environment } = inputs;
  const runbook = written.value;
  const variables = variablesOf(inputs, ports);
  const opened = openRecord(inputs, ports, workflow);
  const { client } = opened;
  // Jobs that append nothing move nothing, and have no right to read deployments.
  const store = inputs.record === "append" ? witnessedStore(opened.store, client, ports) : opened.store;
  const release = inputs.resume ?? workflow.runId;
  const attempt = attemptAt(release, { run: workflow.runId, attempt: workflow.attempt });
  const author = { run: workflow.runId, attempt, actor: workflow.actor };
  const site = siteOf(written, variables);
  const project = async (snapshot: RecordSnapshot) => {
    const warning = await projectDeployment(client, snapshot, {
      runUrl: workflow.runUrl,
      url: site,
    });
    if (warning !== undefined) ports.log.warn(warning);
  };
  const target = () => openTarget(resolveParts(written, variables, ["target"]).target, ports);
  const changing = { target, directory: workflow.workspace, variables, ports };
  const notify = notifier({ written: async () => written, variables }, { run: workflow.runUrl }, ports);
  return {
    runbook,
    store,
    author,
    variables,
    site,
    repository: repositoryOf(inputs, workflow),
    client,
    base: {
      ports,
      store,
      environment,
      author,
      asker: { release, attempt },
      clockSkewMs: client.clockSkew,
      change: async (request) => (await import("./change.ts")).changer(changing)(request),
      readFlags: async (request) => (await import("./change.ts")).flagReader(changing)(request),
      // Neither is part of the release: what goes wrong in them is a warning, never a verdict.
      onEntry: async (entry, snapshot) => {
        await Promise.all([project(snapshot), notify(entry, snapshot.record)]);
      },
      show: project,
    },
    judged: () => resolveParts(written, variables, ["metrics"]),
    target,
    stage: (name, step) => {
      const found = runbook.stages.indexOf(stageOf(runbook, name, step));
      const [stage] = resolveParts(written, variables, [`stages.${found}.${step}`]).stages.slice(found);
      if (stage === undefined) throw new Error(`stage ${found} of the runbook vanished`);
      return stage;
    },
  };
}

/** The stage that is meant, which must have the step. */
export function stageOf(runbook: Runbook, name: string | undefined, step: StepName): Stage {
  const having = runbook.stages.filter(
    (stage) => (isStageStep(step) && stage[step] !== undefined) || (step === "canary" && stage.deploy !== undefined),
  );
  const named = having.find((stage) => stage.name === name);
  const [only, ...others] = having;
  const found = name === undefined && others.length === 0 ? only : named;
  if (found !== undefined) return found;
  const names = (stages: readonly Stage[]) => stages.map((stage) => stage.name).join(", ");
  if (having.length === 0)
    throw new InputError(`No stage of the runbook has a ${step}; add one, or leave this step away.`);
  if (name === undefined)
    throw new InputError(`Several stages have a ${step}; say which with \`stage\`: ${names(having)}.`);
  if (runbook.stages.every((stage) => stage.name !== name))
    throw new InputError(`The runbook has no stage ${name}; it has ${names(runbook.stages)}.`);
  throw new InputError(`Stage ${name} has no ${step}; these have one: ${names(having)}.`);
}

type Offer = Omit<Advance, keyof Session["base"] | "until" | "readOnly" | "proven">;

/** Runs one step of one stage as part of the release. */
export async function takePart(
  session: Session,
  inputs: Values<typeof stageInputs>,
  step: StepName,
  offer: Offer,
): Promise<Verdict> {
  const stage = stageOf(session.runbook, inputs.stage, step);
  return advance({
    ...session.base,
    ...pinned(offer, session.runbook),
    readOnly: inputs.record === "read",
    until: { stage: stage.name, step },
    proven: provenBy(inputs.needs),
  });
}

/** Does whatever is due of the whole release, as far as this process is able to. */
export function takePartInAll(session: Session, inputs: Values<typeof stageInputs>, offer: Offer): Promise<Verdict> {
  return advance({ ...session.base, ...pinned(offer, session.runbook), proven: provenBy(inputs.needs) });
}

/** Refuses to act on another runbook than the one the release was started with. */
export function pinned(offer: Offer, runbook: Runbook): Offer {
  const hash = runbookHash(runbook);
  const same = (release: ReleaseState) => {
    if (release.runbookHash !== hash)
      throw new InputError(
        `The runbook here is not the one release ${release.id} was started with. Check out the release's commit, ${release.commit.slice(0, 12)}.`,
      );
  };
  const { judge, watch } = offer;
  const steps = Object.entries(offer.steps).map(([name, run]) => [
    name,
    (request: StepRequest) => {
      same(request.release);
      return run(request);
    },
  ]);
  return {
    ...offer,
    steps: Object.fromEntries(steps),
    ...(judge !== undefined && {
      judge: (share, release) => {
        same(release);
        return judge(share, release);
      },
    }),
    ...(watch !== undefined && {
      watch: (due, release) => {
        same(release);
        return watch(due, release);
      },
    }),
  };
}
