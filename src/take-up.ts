import { type Begun, begin } from "./begin.ts";
import { InputError } from "./failure.ts";
import type { GitHubClient } from "./github.ts";
import type { Ports } from "./ports.ts";
import type { WaitingRelease } from "./record/waiting.ts";
import { changeToUndo } from "./release/changes.ts";
import type { Values } from "./runner/define-action.ts";
import type { Workflow } from "./runner/workflow.ts";
import { openRecord, openSession, type sessionInputs, stageCommitsOf } from "./session.ts";
import { undoLeft } from "./undo-left.ts";
import { pass } from "./verdict.ts";
import { accept, type WrittenRunbook } from "./written-runbook.ts";

/**
 * Takes up a release that waits, in a run of its own: what a tick or a person starts when a step is due that only the
 * release workflow's jobs may enter. Everything comes from the record and from the release's own commit; what has been
 * pushed since does not matter. One that has ended meanwhile is left alone; one that
 * waited in line begins.
 */
export async function takeUp(
  resume: number,
  inputs: Values<typeof sessionInputs>,
  ports: Ports,
  workflow: Workflow,
): Promise<Begun> {
  const { client, store } = openRecord(inputs, ports, workflow);
  const { record } = await store.read(inputs.environment);
  const { release, queued } = record;
  if (queued?.release === resume) return beginQueued(queued, inputs, ports, workflow);
  if (release === null || release.id !== resume) {
    const newest = release === null ? "none was ever recorded" : `the newest one is ${release.id}`;
    const message = `Release ${resume} is not under way in ${inputs.environment}; ${newest}. Start a release of its own, without \`resume\`.`;
    return { record, verdict: { verdict: "error", reason: "not-under-way", message } };
  }
  if (release.ended !== null && changeToUndo(release) !== undefined) {
    const ended = openSession(await runbookAt(client, release.commit, resume, inputs), inputs, ports, workflow);
    return { record, verdict: await undoLeft(ended.base, await ended.target()) };
  }
  if (release.ended !== null)
    return {
      record,
      verdict: pass(
        "already-ended",
        `Release ${resume} has ended as ${release.ended.as} meanwhile; nothing is left to do.`,
      ),
    };
  const session = openSession(await runbookAt(client, release.commit, resume, inputs), inputs, ports, workflow);
  return begin({
    ...session.base,
    target: await session.target(),
    runbook: session.runbook,
    commit: release.commit,
    overrideRejected: false,
    resumeOnly: true,
  });
}

async function runbookAt(
  client: Pick<GitHubClient, "readFile">,
  commit: string,
  release: number,
  { runbook }: Pick<Values<typeof sessionInputs>, "runbook">,
): Promise<WrittenRunbook> {
  const text = await client.readFile(commit, runbook);
  if (text === null)
    throw new InputError(`Commit ${commit.slice(0, 12)} of release ${release} has no ${runbook}; name its runbook.`);
  const { readRunbook } = await import("./runbook-file.ts");
  return accept(readRunbook(text, runbook));
}

/**
 * Begins a release that waited in line, at its own commit and in the name of whoever pushed it. One that is refused now
 * leaves the line: it is never started over and over.
 */
async function beginQueued(
  { release, commit, actor, overrideRejected }: WaitingRelease,
  inputs: Values<typeof sessionInputs>,
  ports: Ports,
  workflow: Workflow,
): Promise<Begun> {
  const { client } = openRecord(inputs, ports, workflow);
  const written = await runbookAt(client, commit, release, inputs);
  const session = openSession(written, inputs, ports, workflow);
  const { variables, repository, runbook } = session;
  const { store, environment } = session.base;
  const target = await session.target();
  const { checkBeforehand } = await import("./check-beforehand.ts");
  const beforehand = await checkBeforehand({ written, variables, target, repository, ports, commit });
  const author = { ...session.author, actor };
  const begun =
    beforehand.verdict === "pass"
      ? await begin({
          ...session.base,
          ...{ author, target, runbook, commit, workflow: workflow.file },
          overrideRejected: overrideRejected === true,
          stageCommits: stageCommitsOf(inputs, runbook, ports, workflow, commit),
          migrations: async (stages) =>
            (await import("./plan-migrations.ts")).planMigrations(session, { workflow, commit, stages }, ports),
        })
      : { record: (await store.read(environment)).record, verdict: beforehand };
  if (begun.verdict.verdict === "pass" || begun.verdict.reason === "queued") return begun;
  const { reason, message } = begun.verdict;
  const snapshot = await store.read(environment);
  const at = ports.clock.now();
  const left = { kind: "dequeued", at, by: author, release, reason, message: message.slice(0, 4000) } as const;
  if (snapshot.record.queued?.release !== release) return begun;
  const appended = await store.append(environment, snapshot, [left]);
  if (appended.appended) await session.base.onEntry?.(left, appended.snapshot);
  return begun;
}
