import { rolesOf } from "../approval.ts";
import { finalStage, type StepName, stepNames } from "../plan.ts";
import type { Continuable, Order } from "../record/people.ts";
import { type Entry, type EnvironmentRecord, isSettled, type ReleaseState, stepKey } from "../record.ts";
import { approvedEvidence, nextSignature, provenSince, signedEvidence, stagesEndedAt } from "./agreement.ts";
import { type Due, firstOpen } from "./due.ts";

/** Who says something, as GitHub authenticated them. */
export interface Speaker {
  readonly actor: string;
  /** Teams (`@organisation/team`) of the plan's people that GitHub says they are in. */
  readonly teams: readonly string[];
}

/** What somebody says to a release, such as `{ name: "skip", rest: "release/load-test no traffic today" }`. */
export interface Said {
  readonly name: Order | "approve" | "sign-off" | "skip";
  readonly rest: string;
  /** When it was written, milliseconds since the epoch: what was asked later is not answered by it. Now when absent. */
  readonly at?: number | undefined;
}

type Fact<E = Entry> = E extends Entry ? Omit<E, "at" | "by"> : never;

export type Answer =
  /** To be appended with the speaker as its author; then somebody looks at the release. */
  | { readonly answer: "append"; readonly fact: Fact; readonly message: string }
  | { readonly answer: "refuse"; readonly reason: string; readonly message: string };

const refuse = (reason: string, message: string): Answer => ({ answer: "refuse", reason, message });

/**
 * What a person's word comes to. Whether they may write to the repository at all was asked before; roles are judged
 * here, by the plan that was pinned when the release started.
 */
export function answerTo(record: EnvironmentRecord, said: Said, speaker: Speaker, now: number): Answer {
  const { name, rest } = said;
  const { release } = record;
  const due = release === null ? undefined : firstOpen(release);
  if (release === null || release.ended !== null || due === undefined)
    return refuse(
      "nothing-under-way",
      `No release is under way in ${record.environment}${name === "rollback" ? "; dispatch the rollback workflow to return to what served before" : ""}.`,
    );
  switch (name) {
    case "approve":
      return approve(release, due, speaker, said.at);
    case "sign-off":
      return sign(release, said, speaker, now);
    case "skip":
      return skip(release, said);
    case "continue":
      return goOn(release, due, { ...said, at: said.at ?? now }, speaker);
    case "hold":
      return order(release, name, rest, "Nothing new begins and no traffic is raised until somebody says `/continue`.");
    case "rollback":
      return order(release, name, rest, "The release ends, and traffic goes back to what served before.");
    case "abort":
      return order(release, name, rest, "The release ends and traffic goes back; nothing is said against the commit.");
  }
}

const order = (release: ReleaseState, name: Order, reason: string, message: string, of?: Continuable): Answer => ({
  answer: "append",
  fact: { kind: "order", release: release.id, order: name, ...(of !== undefined && { of }), reason },
  message,
});

/** Roles of the plan's people that the speaker has. */
const rolesIn = ({ plan }: ReleaseState, { actor, teams }: Speaker) => rolesOf({ by: plan.people ?? {} }, actor, teams);

/** A word that was written before what it would be given for was proven, or before this release began. */
function unseen(what: string, since: number, written: number | undefined, again: string) {
  if (written === undefined || written >= since) return undefined;
  return refuse(
    "asked-later",
    `This was written before ${what} stood as it does since ${new Date(since).toISOString()}. Look at it, then comment \`${again}\` once more.`,
  );
}

function approve(release: ReleaseState, { stage, step }: Due, speaker: Speaker, written: number | undefined): Answer {
  if (step !== "approve" || stage.approve === undefined)
    return refuse("nothing-to-approve", `Nothing waits for an approval: next is ${step} of stage ${stage.name}.`);
  const [role] = rolesOf(stage.approve, speaker.actor, speaker.teams);
  if (role === undefined)
    return refuse(
      "not-in-role",
      `${speaker.actor} may not approve stage ${stage.name}: it takes ${Object.keys(stage.approve.by).join(" or ")}.`,
    );
  const since = provenSince(release, stage.name, "approve");
  const early = unseen(`stage ${stage.name} of release ${release.id}`, since, written, "/approve");
  if (early !== undefined) return early;
  const digest = approvedEvidence(release, stage.name);
  return {
    answer: "append",
    fact: { kind: "approval", release: release.id, stage: stage.name, role, digest },
    message: `${speaker.actor} approves stage ${stage.name} as ${role}, for commit ${release.commit.slice(0, 12)} and evidence ${digest}.`,
  };
}

function sign(release: ReleaseState, { rest, at: written }: Said, speaker: Speaker, now: number): Answer {
  const [wanted = ""] = rest.trim().split(/\s+/);
  const note = rest.trim().slice(wanted.length).trim();
  const stage = release.plan.stages.find(({ name }) => name === finalStage);
  const next = stage === undefined ? undefined : nextSignature(release, stage);
  if (next === undefined)
    return refuse("nothing-to-sign", "No signature of this release is missing, or its runbook asks for none.");
  if (wanted !== next.role)
    return refuse(
      "not-this-signature",
      `The next signature is \`${next.role}\`: comment \`/sign-off ${next.role}\`, as ${next.by.join(" or ")}.`,
    );
  const ended = stagesEndedAt(release);
  if (ended === undefined)
    return refuse("too-early", "There is nothing to sign yet: stages of the release are still open.");
  const from = ended + (next.afterMs ?? 0);
  if (now < from) return refuse("too-early", `\`${next.role}\` can be signed from ${new Date(from).toISOString()} on.`);
  const early = unseen(`release ${release.id}`, ended, written, `/sign-off ${next.role}`);
  if (early !== undefined) return early;
  if (next.notAuthor === true && speaker.actor.toLowerCase() === release.actor.toLowerCase())
    return refuse("author", `${speaker.actor} began this release, so somebody else signs \`${next.role}\`.`);
  if (!rolesIn(release, speaker).some((role) => next.by.includes(role)))
    return refuse("not-in-role", `${speaker.actor} may not sign \`${next.role}\`: it takes ${next.by.join(" or ")}.`);
  return {
    answer: "append",
    fact: { kind: "signature", release: release.id, role: next.role, digest: signedEvidence(release), note },
    message: `${speaker.actor} signs \`${next.role}\` of release ${release.id}.`,
  };
}

/** Steps that prove something and move nothing; whoever may write can do without them, and says why. */
const skippable = new Set<StepName>(["preflight", "backup", "pause", "smoke-test", "load-test", "watch"]);

function skip(release: ReleaseState, { rest, at: written }: Said): Answer {
  const [place = "", ...words] = rest.trim().split(/\s+/);
  const reason = words.join(" ");
  const stage = release.plan.stages.find(({ name }) => place.startsWith(`${name}/`));
  const step = stepNames.find((name) => place === `${stage?.name}/${name}`);
  if (stage === undefined || step === undefined || !stage.steps.includes(step))
    return refuse(
      "no-such-step",
      "Name the stage, the step and why, such as `/skip release/load-test the load host is down`.",
    );
  if (!skippable.has(step) || stage.must?.includes(step) === true)
    return refuse("must", `${step} of stage ${stage.name} cannot be skipped.`);
  if (reason === "") return refuse("no-reason", `Say why ${step} is skipped, in the same line.`);
  if (isSettled(release, stage.name, step))
    return refuse("already-passed", `${step} of stage ${stage.name} is settled already.`);
  const early = unseen(`release ${release.id}`, release.startedAt, written, `/skip ${place}`);
  if (early !== undefined) return early;
  return {
    answer: "append",
    fact: { kind: "skipped", release: release.id, stage: stage.name, step, reason: reason.slice(0, 500) },
    message: `${step} of stage ${stage.name} is skipped: ${reason}`,
  };
}

interface Waits {
  /** When it was asked, milliseconds since the epoch. */
  readonly at: number;
  /** Such as `the hold of ada`. */
  readonly what: string;
  /** What a word comes to. */
  readonly comesTo: string;
}

/** Something that waits for a person's word; a task for somebody with a role for it. */
type Waiting =
  | (Waits & { readonly of: Continuable })
  | (Waits & { readonly of: "task"; readonly role: string | undefined });

/** Everything that waits for a person's word, the newest first. */
function waitingFor(release: ReleaseState, { stage, step }: Due, speaker: Speaker): Waiting[] {
  const { hold, question, steppedBack, attested, retries } = release.people;
  const waiting: Waiting[] = [];
  if (hold !== null)
    waiting.push({ of: "hold", at: hold.at, what: `the hold of ${hold.actor}`, comesTo: "The release may go on." });
  if (question !== null && !question.answered) {
    const { at, weight, reason, about, step: asks } = question;
    const proven = asks === "watch" ? "The watch goes on." : `${weight}% counts as proven on this word.`;
    const what = `the question about ${weight}% (${reason})`;
    waiting.push({ of: "question", at, what, comesTo: about === "page" ? "The release goes on." : proven });
  }
  if (steppedBack !== null) {
    const comesTo = `The candidate may try again (retry ${retries + 1}).`;
    const { at, reason } = steppedBack;
    waiting.push({ of: "step-back", at, what: `the step back (${reason})`, comesTo });
  }
  // What the platform has to show may be said again: somebody looks again.
  const again = stage.pause?.changed !== undefined;
  if (step === "pause" && stage.pause !== undefined && (attested[stage.name] === undefined || again)) {
    const { by, task } = stage.pause;
    // Due and not told yet: nobody can have done what nobody was asked for.
    const at = release.steps[stepKey(stage.name, "pause")]?.at ?? Number.POSITIVE_INFINITY;
    const role = rolesIn(release, speaker).find((known) => by.includes(known));
    waiting.push({ of: "task", at, what: `the task of stage ${stage.name}`, comesTo: task, role });
  }
  return waiting.sort((a, b) => b.at - a.at);
}

type Answerable = Exclude<Waiting, { of: "task" }> | (Waits & { readonly of: "task"; readonly role: string });
const mayAnswer = (one: Waiting): one is Answerable => one.of !== "task" || one.role !== undefined;

/**
 * One word answers one thing: the newest that had been asked when the word was written and that the speaker may answer.
 * What else waits is told, and waits for a word of its own.
 */
function goOn(release: ReleaseState, due: Due, { rest, at }: Said & { readonly at: number }, speaker: Speaker): Answer {
  const { stage, step } = due;
  const waiting = waitingFor(release, due, speaker);
  const asked = waiting.filter((one) => one.at <= at);
  const one = asked.find(mayAnswer);
  if (one === undefined) {
    if (waiting.length === 0)
      return refuse("nothing-waits", `Nothing waits for a person: next is ${step} of stage ${stage.name}.`);
    const later = waiting.map(({ what }) => what).join(", ");
    return asked.length === 0
      ? refuse(
          "asked-later",
          `This was written before what waits now: ${later}. Look at it, then comment \`/continue\`.`,
        )
      : refuse(
          "not-in-role",
          `${speaker.actor} may not say that this is done: it takes ${stage.pause?.by.join(" or ")}.`,
        );
  }
  const left = waiting.filter((other) => other.of !== one.of).map(({ what }) => what);
  const open = left.length === 0 ? "" : ` Still waiting for a \`/continue\` of its own: ${left.join(", ")}.`;
  if (one.of !== "task")
    return order(release, "continue", rest, `This answers ${one.what}. ${one.comesTo}${open}`, one.of);
  return {
    answer: "append",
    fact: { kind: "attested", release: release.id, stage: stage.name, role: one.role, note: rest.slice(0, 500) },
    message: `${speaker.actor} did it, as ${one.role}: ${one.comesTo}${open}`,
  };
}
