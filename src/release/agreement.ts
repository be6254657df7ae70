import { type ApprovalCount, approvalDigest, countApprovals } from "../approval.ts";
import { finalStage, type PlannedMigration, type PlannedSignature, type PlannedStage, type StepName } from "../plan.ts";
import { type ReleaseState, stepKey } from "../record.ts";
import type { Effect } from "../release.ts";

type PeopleStep = Extract<StepName, "approve" | "pause" | "sign-off">;

/** Steps that people take: passed when enough of them said so, held until then. */
export function agreement(release: ReleaseState, stage: PlannedStage, step: PeopleStep, now: number): Effect {
  switch (step) {
    case "approve": {
      const { granted, message } = approvalsOf(release, stage);
      if (granted) return passed(stage, step, "approved", message);
      return waiting(release, stage, step, "approval", `${message}${migrationsBehind(release, stage)}`);
    }
    case "pause": {
      const done = release.people.attested[stage.name];
      if (done !== undefined) return passed(stage, step, "attested", `${done.actor} did it, as ${done.role}.`);
      const { task = "", by = [] } = stage.pause ?? {};
      const names = Object.keys(stage.pause?.changed ?? {});
      const proof = names.length === 0 ? "" : ` Then the platform is asked whether ${names.join(", ")} was set anew.`;
      const message = `${task} Comment \`/continue\` when it is done, as ${by.join(" or ")}.${proof}`;
      return waiting(release, stage, step, "task", message);
    }
    case "sign-off": {
      const open = nextSignature(release, stage);
      if (open === undefined) return passed(stage, step, "signed", `Signed by ${signers(release)}.`);
      return waiting(release, stage, step, "sign-off", signatureMessage(release, open, now));
    }
  }
}

const passed = (stage: PlannedStage, step: StepName, reason: string, message: string): Effect => ({
  do: "mark",
  stage: stage.name,
  step,
  outcome: "passed",
  reason,
  message,
});

/** Written down once, so that people are told; held from then on. */
function waiting(release: ReleaseState, stage: PlannedStage, step: StepName, what: string, message: string): Effect {
  const reason = `awaiting-${what}`;
  const state = release.steps[stepKey(stage.name, step)];
  if (state?.outcome === "held") return { do: "hold", reason, message };
  return { do: "mark", stage: stage.name, step, outcome: "held", reason, message };
}

/** How everything stands that was proven before a step. */
function statesBefore({ plan, steps }: ReleaseState, stage: string, step: StepName) {
  const all = plan.stages.flatMap(({ name, steps }) => steps.map((one) => stepKey(name, one)));
  const end = all.indexOf(stepKey(stage, step));
  return (end < 0 ? all : all.slice(0, end)).flatMap((key) => {
    const state = steps[key];
    return state === undefined ? [] : [{ key, ...state }];
  });
}

/** Everything that was proven before a step, each with the time it was: a step that ran again is other evidence. */
const provenBefore = (release: ReleaseState, stage: string, step: StepName): string[] =>
  statesBefore(release, stage, step).map(({ key, outcome, at }) => `${key} ${outcome} ${at}`);

/** Since when what is proven before a step has stood as it does, milliseconds since the epoch. */
export const provenSince = (release: ReleaseState, stage: string, step: StepName): number =>
  Math.max(release.startedAt, ...statesBefore(release, stage, step).map(({ at }) => at));

/** What an approval of this stage is given for: the migrations behind it are planned before anybody is asked. */
export function approvedEvidence(release: ReleaseState, stage: string): string {
  const planned = migrationsFrom(release, stage).map(({ name, migration }) => `${name} applies ${migration.hash}`);
  const proven = [...provenBefore(release, stage, "approve"), ...planned];
  return approvalDigest(release.commit, release.runbookHash, proven);
}

const migrationsFrom = ({ plan }: Pick<ReleaseState, "plan">, stage: string) =>
  plan.stages
    .slice(plan.stages.findIndex(({ name }) => name === stage))
    .flatMap(({ name, migration }) => (migration === undefined ? [] : [{ name, migration }]));

/** In words, for whoever is asked; a space in front of each sentence. */
export function migrationsBehind(
  release: Pick<ReleaseState, "plan">,
  { name: from }: Pick<PlannedStage, "name">,
): string {
  const sentences = migrationsFrom(release, from).map(({ name, migration }) => {
    const { hash, files, count, by, locks } = migration;
    if (by === undefined && count === 0) return ` Stage ${name} has no migration to apply.`;
    const more = count > files.length ? ` and ${count - files.length} more` : "";
    const what =
      by === undefined
        ? `${files.join(", ")}${more}`
        : `what ${by} says is pending then, in its commit and to this database`;
    const [heaviest] = locks ?? [];
    const lock = heaviest === undefined ? "" : ` Its heaviest lock: ${heaviest}`;
    return ` Stage ${name} applies ${what} (plan ${hash.slice(0, 12)})${afterwards(migration)}.${lock}`;
  });
  return sentences.join("");
}

/** What becomes of the way back, as far as anybody knows when people are asked. */
function afterwards({ by, breaks, unread }: PlannedMigration): string {
  if (breaks === true && by === undefined) return ", after which the version that serves now is no way back";
  if (breaks === true)
    return ", after which the version that serves now is no way back: nobody can read beforehand what it does, and the runbook does not say `old-version: works`";
  if (unread === "promised")
    return ". Nobody can read beforehand what it does; the runbook promises that the version that serves now can work with it (`old-version: works`)";
  return unread === undefined
    ? ""
    : ". What that does is read by the job that applies it, before it does; until then expect that the version that serves now is no way back afterwards";
}

/** What a signature is given for: everything up to the end of the last stage of the runbook. */
export function signedEvidence(release: ReleaseState): string {
  const first = release.plan.stages.find(({ name }) => name === finalStage)?.steps[0] ?? "sign-off";
  return approvalDigest(release.commit, release.runbookHash, provenBefore(release, finalStage, first));
}

/** How many people agreed to this stage as it stands. */
export function approvalsOf(release: ReleaseState, stage: PlannedStage): ApprovalCount {
  const rule = stage.approve ?? { by: {}, minimum: 1 };
  return countApprovals(rule, release.people.approvals, stage.name, approvedEvidence(release, stage.name));
}

/** The first signature in order that is missing for what was proven. */
export function nextSignature(release: ReleaseState, stage: PlannedStage): PlannedSignature | undefined {
  const digest = signedEvidence(release);
  return stage.signOff?.find(
    ({ role }) => !release.people.signatures.some((given) => given.role === role && given.digest === digest),
  );
}

/** When the last stage of the runbook ended; undefined while one of its steps is open. */
export function stagesEndedAt({ plan, steps }: ReleaseState): number | undefined {
  let newest = 0;
  for (const stage of plan.stages) {
    if (stage.name === finalStage) break;
    for (const step of stage.steps) {
      const state = steps[stepKey(stage.name, step)];
      if (state?.outcome !== "passed" && state?.outcome !== "skipped") return undefined;
      newest = Math.max(newest, state.at);
    }
  }
  return newest;
}

const signers = ({ people }: ReleaseState): string =>
  people.signatures.map(({ actor, role }) => `${actor} (${role})`).join(", ");

function signatureMessage(release: ReleaseState, { role, by, afterMs, notAuthor }: PlannedSignature, now: number) {
  const ended = stagesEndedAt(release) ?? now;
  const from = ended + (afterMs ?? 0);
  const when = from > now ? ` from ${new Date(from).toISOString()} on` : "";
  const who = notAuthor === true ? `, but not ${release.actor}, who began it` : "";
  return `The signature \`${role}\` is missing: comment \`/sign-off ${role}\`${when}, as ${by.join(" or ")}${who}.`;
}
