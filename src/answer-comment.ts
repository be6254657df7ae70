import * as z from "zod";
import { readComment } from "./comment-command.ts";
import { ProviderError } from "./failure.ts";
import type { GitHubClient } from "./github.ts";
import { markdownText, plainText } from "./plain-text.ts";
import type { Ports } from "./ports.ts";
import type { Entry, EnvironmentRecord } from "./record.ts";
import type { RecordSnapshot, RecordStore } from "./record-store.ts";
import { type Answer, answerTo, type Said, type Speaker } from "./release/answer.ts";
import { pass, type Verdict } from "./verdict.ts";

/** The part of GitHub's `issue_comment` event that is read; everything in it was written by somebody else. */
const commentEvent = z.looseObject({
  action: z.string(),
  issue: z.looseObject({ number: z.number().int().positive() }),
  comment: z.looseObject({
    id: z.number().int().positive(),
    body: z.string().max(70_000),
    /** In whole seconds. */
    created_at: z.iso.datetime({ offset: true }).optional(),
    user: z.looseObject({ login: z.string().regex(/^[A-Za-z0-9-]{1,39}(?:\[bot\])?$/), type: z.string() }),
  }),
});

export interface CommentScene {
  readonly event: unknown;
  readonly environment: string;
  /** This run: what is appended says where it came from. */
  readonly run: { readonly id: number; readonly attempt: number };
  readonly client: Pick<GitHubClient, "permissionOf" | "react" | "upsertComment" | "dispatchWorkflow">;
  /** Whether somebody is in a team (`@organisation/team`); null when that may not be asked. */
  readonly isInTeam: (team: string, login: string) => Promise<boolean | null>;
  readonly store: RecordStore;
  readonly branch: string;
  readonly workflows: { readonly watch: string; readonly rollback: string };
  readonly ports: Pick<Ports, "clock" | "random" | "log">;
  readonly onEntry?: ((entry: Entry, snapshot: RecordSnapshot) => Promise<void>) | undefined;
}

interface Heard {
  readonly said: Said;
  readonly actor: string;
}

const appendAttempts = 5;

/**
 * Does what a comment says, if it says something to us and its author may say it: write access to the repository is
 * asked of GitHub, the role is judged by the plan that was pinned when the release started, and what is given is bound
 * to the commit and to the evidence of this moment. Text of the comment becomes data in the record and nothing else.
 */
export async function answerComment(scene: CommentScene): Promise<Verdict> {
  const parsed = commentEvent.safeParse(scene.event);
  if (!parsed.success || parsed.data.action !== "created")
    return pass("no-comment", "This event is not a new comment, so nobody said anything.");
  const { issue, comment } = parsed.data;
  const read = readComment(comment.body);
  if (read.kind === "none" || comment.user.type === "Bot")
    return pass("no-command", "The comment is conversation; nothing was asked for.");
  const reply = replyTo(scene, issue.number, comment.id);
  if (read.kind === "unknown") return reply("confused", "unknown-command", read.message);
  const actor = comment.user.login;
  if (!["write", "maintain", "admin"].includes(await scene.client.permissionOf(actor)))
    return reply("-1", "not-a-writer", `${actor} may not write to this repository, so nothing was done.`);
  const written = comment.created_at === undefined ? {} : { at: Date.parse(comment.created_at) + 999 };
  const heard = { said: { name: read.name, rest: plainText(read.rest), ...written }, actor };
  const { answer, record } = await append(scene, heard);
  if (answer.answer === "append") {
    const problem = await start(scene, scene.workflows.watch, {});
    // The word counts, and is acted on by whoever looks next.
    return reply(
      "+1",
      "done",
      problem === undefined ? answer.message : `${answer.message} But nobody looks yet: ${problem.message}`,
    );
  }
  if (read.name === "rollback" && answer.reason === "nothing-under-way") return goBack(scene, heard, reply, record);
  return reply("-1", answer.reason, answer.message);
}

/** Whoever may write may dispatch the rollback workflow by hand; the comment does just that. */
async function goBack(
  scene: CommentScene,
  { said, actor }: Heard,
  reply: Reply,
  { environment }: EnvironmentRecord,
): Promise<Verdict> {
  const reason = said.rest === "" ? `asked for by ${actor}` : said.rest;
  const problem = await start(scene, scene.workflows.rollback, { reason });
  if (problem?.certain === true)
    return reply("-1", "not-started", `The rollback of ${environment} did not begin: ${problem.message}`);
  if (problem !== undefined)
    return reply(
      "confused",
      "not-started",
      `Nobody knows whether the rollback of ${environment} began: ${problem.message}`,
    );
  return reply("+1", "rollback-started", `The rollback of ${environment} was started; nothing is under way besides.`);
}

async function append(
  scene: CommentScene,
  heard: Heard,
): Promise<{ readonly answer: Answer; readonly record: EnvironmentRecord }> {
  const { store, environment, ports, run } = scene;
  for (let attempt = 1; attempt <= appendAttempts; attempt++) {
    const snapshot = await store.read(environment);
    const { record } = snapshot;
    const now = ports.clock.now();
    const answer = answerTo(record, heard.said, await speaker(scene, record, heard.actor), now);
    if (answer.answer === "refuse") return { answer, record };
    const by = { run: run.id, attempt: run.attempt, actor: heard.actor };
    const entry = { ...answer.fact, at: now, by } as Entry;
    const appended = await store.append(environment, snapshot, [entry]);
    if (appended.appended) {
      await scene.onEntry?.(entry, appended.snapshot);
      return { answer, record: appended.snapshot.record };
    }
    await ports.clock.sleep(200 * attempt * (0.5 + ports.random()));
  }
  throw new ProviderError(
    "github",
    `Others appended to the record of ${environment} each of ${appendAttempts} times. Write the comment again.`,
    { retryable: true },
  );
}

/** Only teams that the plan names are asked about. */
async function speaker(scene: CommentScene, { release }: EnvironmentRecord, actor: string): Promise<Speaker> {
  const named = new Set(Object.values(release?.plan.people ?? {}).flat());
  for (const { approve } of release?.plan.stages ?? [])
    for (const who of Object.values(approve?.by ?? {}).flat()) named.add(who);
  const teams: string[] = [];
  for (const team of [...named].filter((name) => name.startsWith("@"))) {
    const member = await scene.isInTeam(team, actor);
    if (member === true) teams.push(team);
    if (member === null)
      scene.ports.log.warn(`Whether ${actor} is in ${team} may not be asked with this token; give \`team-token\`.`);
  }
  return { actor, teams };
}

/** Starts a workflow; says what a person has to hear where that was refused, or where no answer came. */
async function start(
  scene: CommentScene,
  workflow: string,
  inputs: Readonly<Record<string, string>>,
): Promise<{ readonly certain: boolean; readonly message: string } | undefined> {
  const started = await scene.client.dispatchWorkflow({ workflow, ref: scene.branch, inputs });
  if (started.outcome === "applied") return undefined;
  const certain = started.outcome === "not-applied";
  const how = certain ? "could not be started" : "may not have been started";
  const message = `${workflow} ${how} (${started.error.message}). Look under Actions, and run it there by hand.`;
  scene.ports.log.warn(message);
  return { certain, message };
}

type Reaction = "+1" | "-1" | "confused";
type Reply = (reaction: Reaction, reason: string, message: string) => Promise<Verdict>;

/** A reaction to the comment, and one comment of ours an issue that is kept up to date: never one for each command. */
function replyTo({ client, environment, ports }: CommentScene, issue: number, comment: number): Reply {
  return async (reaction, reason, message) => {
    const body = `**${markdownText(environment)}**: ${markdownText(message)}`;
    const told = await Promise.all([
      client.react(comment, reaction),
      client.upsertComment({ issue, marker: `<!-- sluice ${environment} answer -->`, body }),
    ]);
    for (const written of told)
      if (written.outcome !== "applied") ports.log.warn(`The answer was not told: ${written.error.message}`);
    return pass(reason, message);
  };
}
