import { rolesOf } from "../approval.ts";
import { finalStage, type StepName, stepNames } from "../plan.ts";
import type { Order } from "../record/people.ts";
import { type Entry, type EnvironmentRecord, isSettled, type ReleaseState } from "../record.ts";
import { approvedEvidence, nextSignature, signedEvidence, stagesEndedAt } from "./agreement.ts";
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
export function answerTo(record: EnvironmentRecord, { name, rest }: Said, speaker: Speaker, now: number): Answer {
  const { release } = record;
  const due = release === null ? undefined : firstOpen(release);
  if (release === null || release.ended !== null || due === undefined)
    return refuse(
      "nothing-under-way",
      `No release is under way in ${record.environment}${name === "rollback" ? "; dispatch the rollback workflow to return to what served before" : ""}.`,
    );
  switch (name) {
    case "approve":
      return approve(release, due, speaker);
    case "sign-off":
      return sign(release, rest, speaker, now);
    case "skip":
      return skip(release, rest);
    case "continue":
      return goOn(release, due, rest, speaker);
    case "hold":
      return order(release, name, rest, "Nothing new begins and no traffic is raised until somebody says `/continue`.");
    case "rollback":
      return order(release, name, rest, "The release ends, and traffic goes back to what served before.");
    case "abort":
      return order(release, name, rest, "The release ends and traffic goes back; nothing is said against the commit.");
  }
}

const order = (release: ReleaseState, name: Order, reason: string, message: string): Answer => ({
  answer: "append",
  fact: { kind: "order", release: release.id, order: name, reason },
  message,
});

/** Roles of the plan's people that the speaker has. */
const rolesIn = ({ plan }: ReleaseState, { actor, teams }: Speaker) => rolesOf({ by: plan.people ?? {} }, actor, teams);

function approve(release: ReleaseState, { stage, step }: Due, speaker: Speaker): Answer {
  if (step !== "approve" || stage.approve === undefined)
    return refuse("nothing-to-approve", `Nothing waits for an approval: next is ${step} of stage ${stage.name}.`);
  const [role] = rolesOf(stage.approve, speaker.actor, speaker.teams);
  if (role === undefined)
    return refuse(
      "not-in-role",
      `${speaker.actor} may not approve stage ${stage.name}: it takes ${Object.keys(stage.approve.by).join(" or ")}.`,
    );
  const digest = approvedEvidence(release, stage.name);
  return {
    answer: "append",
    fact: { kind: "approval", release: release.id, stage: stage.name, role, digest },
    message: `${speaker.actor} approves stage ${stage.name} as ${role}, for commit ${release.commit.slice(0, 12)} and evidence ${digest}.`,
  };
}

function sign(release: ReleaseState, rest: string, speaker: Speaker, now: number): Answer {
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

function skip(release: ReleaseState, rest: string): Answer {
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
  return {
    answer: "append",
    fact: { kind: "skipped", release: release.id, stage: stage.name, step, reason: reason.slice(0, 500) },
    message: `${step} of stage ${stage.name} is skipped: ${reason}`,
  };
}

/** One word for whatever waits for a person: a task, a hold, a question, a retry. */
function goOn(release: ReleaseState, { stage, step }: Due, rest: string, speaker: Speaker): Answer {
  const { hold, question, steppedBack, attested } = release.people;
  const asked = question !== null && !question.answered;
  if (hold !== null || asked || steppedBack !== null)
    return order(release, "continue", rest, "The release goes on from here.");
  // What the platform has to show may be said again: somebody looks again.
  const again = stage.pause?.changed !== undefined;
  if (step !== "pause" || stage.pause === undefined || (attested[stage.name] !== undefined && !again))
    return refuse("nothing-waits", `Nothing waits for a person: next is ${step} of stage ${stage.name}.`);
  const { by, task } = stage.pause;
  const role = rolesIn(release, speaker).find((known) => by.includes(known));
  if (role === undefined)
    return refuse("not-in-role", `${speaker.actor} may not say that this is done: it takes ${by.join(" or ")}.`);
  return {
    answer: "append",
    fact: { kind: "attested", release: release.id, stage: stage.name, role, note: rest.slice(0, 500) },
    message: `${speaker.actor} did it, as ${role}: ${task}`,
  };
}
