import {
  candidatesOf,
  type Entry,
  type EntryOf,
  type EnvironmentRecord,
  isSettled,
  type ReleaseState,
} from "../record.ts";
import {
  type Core,
  candidateOf,
  earlierStage,
  flagsOf,
  productionOf,
  serves,
  shareKey,
  unprovenIn,
  type World,
  type Write,
  watchKey,
} from "./world.ts";

/** A promise that did not hold, and what was seen. */
export interface Broken {
  readonly promise: string;
  readonly seen: string;
}

const broken = (promise: string, seen: string): Broken => ({ promise, seen });

/** Judges a write of weights at the moment the platform takes it. */
export function checkWrite(world: World, write: Write): Broken | undefined {
  if (write.by === "person") return undefined;
  const release = write.by;
  const { record } = world;
  const weight = unprovenIn(write.to, release, world.truth)?.weight ?? 0;
  if (write.pin === true)
    return write.ifGeneration !== undefined && serves(world.shares, write.to)
      ? undefined
      : broken("I4 exclusivity", `release ${release} moved traffic before it began`);
  if (release < record.highest)
    return broken("I11 monotonicity", `release ${release} wrote after release ${record.highest} was recorded`);
  if (record.release?.id !== release)
    return broken("I4 exclusivity", `release ${release} wrote, and the record's release is ${record.release?.id}`);
  const clobbered = personsChoice(world, write, weight);
  if (clobbered !== undefined) return clobbered;
  return weight === 0 ? undefined : checkRaise(world, release, weight);
}

/**
 * A person's change stands, unless the release had proven it as its own, or it is what the release had announced: set to
 * that very share, production looks as if the raise had arrived. What counts is the record the sender decided on. Record
 * and platform are two stores, and nothing binds a write to both: another process may append how its raise ended after
 * this one read, so that only the sender that saw the raise arrive before can know better.
 */
function personsChoice(world: World, { announced }: Write, weight: number): Broken | undefined {
  const { release } = world.record;
  if (world.setBy !== "person" || release === null) return undefined;
  const generation = `g${world.generation}`;
  const share = unprovenIn(world.shares, release.id, world.truth)?.weight ?? 0;
  const adopted = world.truth.adopted.includes(generation) || release.stable.generation === generation;
  // So does the share below one that was given up while the record could not be written, and nothing stood announced.
  if (adopted || announced === share || (announced === undefined && lowerOf(release) === share)) return undefined;
  return broken("I8 human wins", `a person moved traffic, and release ${release.id} then set its share to ${weight}%`);
}

/**
 * The share that a step back without a record takes a candidate to: the one below its own, where the runbook says so. From
 * the last share it goes to stable.
 */
function lowerOf({ plan, traffic }: Pick<ReleaseState, "plan" | "traffic">): number | undefined {
  const stage = plan.stages.find(({ name, onFail }) => name === traffic?.stage && onFail === "step-back");
  if (traffic === null || traffic.shift === (stage?.shifts.length ?? 0) - 1) return undefined;
  return stage?.shifts[traffic.shift - 1]?.weight;
}

/** Steps that come with the first share or after it. */
const afterTraffic: ReadonlySet<string> = new Set(["canary", "watch", "sign-off"]);

function checkRaise(world: World, release: number, weight: number): Broken | undefined {
  const { record, truth } = world;
  const state = record.release;
  if (state === null) return undefined;
  const present = unprovenIn(world.shares, release, truth)?.weight ?? 0;
  if (truth.over.includes(release) && weight >= present)
    return broken("I3 no resurrection", `release ${release} was over, and its candidate got ${weight}% again`);
  const generation = `g${world.generation}`;
  // A step back needs no record: fewer users than before, at the share that the runbook says to go back to.
  if (weight < present && lowerOf(state) === weight) return undefined;
  const announced = truth.announced.find((key) => {
    const [by, , , announcedWeight, at] = key.split("/");
    return by === String(release) && announcedWeight === String(weight) && at === generation;
  });
  if (announced === undefined)
    return broken("I16 audit", `the candidate got ${weight}% at ${generation}, which the journal had not announced`);
  const [, stageName = "", shiftText = ""] = announced.split("/");
  const shift = Number(shiftText);
  const stage = state.plan.stages.find((planned) => planned.name === stageName);
  const before = stage?.shifts[shift - 1];
  if (before === undefined) {
    if (stage?.flags !== undefined && !world.on.includes(flagsOf(release, stageName)))
      return broken("I1 gated traffic", `the first share was given although the flags of ${stageName} are off`);
    const open = stage?.steps.filter((step) => !afterTraffic.has(step) && !isSettled(state, stageName, step));
    return open?.length === 0
      ? undefined
      : broken("I1 gated traffic", `the first share was given although ${open?.join(", ")} had not passed`);
  }
  // A step back that was announced.
  if (weight < present) return undefined;
  const gate = shareKey(release, { stage: stageName, shift: shift - 1, weight: before.weight, generation });
  if (!before.judged) return undefined;
  if (!truth.recorded.includes(gate))
    return broken("I1 gated traffic", `${weight}% was given without a recorded pass of ${before.weight}%`);
  if (!truth.proven.includes(gate))
    return broken("I1 gated traffic", `${weight}% was given although ${before.weight}% was never judged good`);
  return undefined;
}

/** Judges entries at the moment the journal takes them. */
export function checkAppend(world: World, entries: readonly Entry[]): Broken | undefined {
  const givesBack = entries.some(({ kind }) => kind === "rollback");
  for (const entry of entries) {
    if (entry.release < world.record.highest)
      return broken(
        "I11 monotonicity",
        `release ${entry.release} wrote "${entry.kind}" after release ${world.record.highest} was recorded`,
      );
    // Who waits in line has begun nothing.
    if (entry.kind === "queued" || entry.kind === "dequeued") continue;
    if (entry.kind === "started" && world.record.release !== null && world.record.release.ended === null)
      return broken("I4 exclusivity", `release ${entry.release} began while ${world.record.release.id} was under way`);
    // What else was changed is undone when the release has ended.
    const undoes = (entry.kind === "changing" || entry.kind === "changed") && entry.to === "off";
    if (entry.kind !== "started" && !undoes && !givesBack && world.record.release?.ended != null)
      return broken("I4 exclusivity", `"${entry.kind}" was written to release ${entry.release}, which had ended`);
    // Whoever comes next undoes what was left on, also the first attempt of the next release.
    if (entry.kind !== "resumed" && !givesBack && !undoes && entry.release === world.record.release?.id) {
      if (entry.by.attempt < world.record.release.attempt)
        return broken("I4 exclusivity", `attempt ${entry.by.attempt} wrote "${entry.kind}" after it was taken over`);
    }
    if (entry.kind === "verdict" && entry.verdict === "pass") {
      if (!world.truth.proven.includes(shareKey(entry.release, entry)))
        return broken("I9 verdict binding", `a pass of ${entry.weight}% at ${entry.generation} was never judged`);
    }
    if (entry.kind === "step" && entry.outcome === "passed") {
      const word = checkPeopleAndWatch(world, entry);
      if (word !== undefined) return word;
    }
    if (entry.kind === "step" && entry.step === "canary" && entry.outcome === "passed") {
      const unproven = checkPromotion(world, entry.release, entry.stage);
      if (unproven !== undefined) return unproven;
    }
  }
  return undefined;
}

/** What a journal may never do to the record that is folded from it. */
export function checkFolded(before: World, after: World, entries: readonly Entry[]): Broken | undefined {
  const again = entries.find((entry) => entry.kind === "rollback" && toldAgain(before.record, after.record, entry));
  if (again !== undefined)
    return broken(
      "I16 audit",
      `release ${again.release} wrote down again that it went back, which nothing had changed`,
    );
  const waits = entries.find(({ kind }) => kind === "queued");
  return waits === undefined || after.record.highest === before.record.highest
    ? undefined
    : broken("I11 monotonicity", `release ${waits.release} only waits, and shuts out the release under way`);
}

/** Whether a rollback was only found, is on record already, and telling it once more leaves nothing else to undo. */
function toldAgain(before: EnvironmentRecord, after: EnvironmentRecord, { as, to, reason }: EntryOf<"rollback">) {
  const [was, is] = [before.release, after.release];
  if (reason !== "found-on-stable" || was?.ended?.as !== as || before.lastGood?.version !== to) return false;
  return is?.changes.length === was.changes.length && is.kept.length === was.kept.length;
}

/** What people and time decide is never passed without them. */
function checkPeopleAndWatch({ record, truth }: World, { step, stage, release }: EntryOf<"step">): Broken | undefined {
  const state = record.release;
  if (state === null) return undefined;
  if (step === "watch" && !truth.watched.includes(watchKey(release, stage, state.stable.generation)))
    return broken("I2 evidence", `the watch of ${stage} was passed, and what served was never judged good`);
  if (step === "approve" && !state.people.approvals.some((given) => given.stage === stage))
    return broken("I2 evidence", `stage ${stage} was approved by nobody`);
  if (step === "sign-off" && state.people.signatures.length === 0)
    return broken("I2 evidence", "the release was signed by nobody");
  return undefined;
}

function checkPromotion(world: World, release: number, stageName: string): Broken | undefined {
  const stage = world.record.release?.plan.stages.find((planned) => planned.name === stageName);
  const open = stage?.shifts.find(
    (planned, shift) =>
      planned.judged &&
      !world.truth.recorded.some((key) => key.startsWith(`${release}/${stageName}/${shift}/${planned.weight}/`)),
  );
  return open === undefined
    ? undefined
    : broken("I1 gated traffic", `the canary was recorded as passed without a pass of ${open.weight}%`);
}

/**
 * What must be true of a record at rest: its end and what production serves agree. `untold`: somebody may have died, or
 * lost a write that came late, before it could write down what it did.
 */
export function checkEnd(world: World, untold = true): Broken | undefined {
  const { release } = world.record;
  if (release === null || release.ended === null || world.setBy === "person") return undefined;
  const { as } = release.ended;
  const all = (version: string) => serves(world.shares, [{ version, weight: 100 }]);
  const now = world.shares.map((share) => `${share.version} ${share.weight}%`).join(", ");
  if (as === "done" && !all(release.stable.version) && !(untold && givenBackBehind(world, release, all)))
    return broken("I5 convergence", `release ${release.id} ended as done, and production serves ${now}`);
  const back = as === "rolled-back" || as === "held" || as === "rolled-back-unhealthy" || as === "failed";
  const unproven = unprovenIn(world.shares, release.id, world.truth)?.weight ?? 0;
  if (back && unproven > 0 && !all(release.stable.version))
    return broken("I5 convergence", `release ${release.id} ended as ${as}, and production serves ${now}`);
  return undefined;
}

/**
 * Another attempt had a pass, and what it called done was given back behind it by one that had none: users are on what
 * served before, and its sender, or whoever begins next, makes the record agree. A release that is about to begin may
 * have written the same shares once more.
 */
function givenBackBehind(
  { setBy, generation, truth }: World,
  { id, before, stable }: ReleaseState,
  all: (version: string) => boolean,
): boolean {
  const replaced = Number(stable.generation.slice(1)) < generation;
  return setBy === id && replaced && [before, ...truth.promoted].some(all);
}

/**
 * What is turned on, or off, although the release's end says otherwise: nothing but flags stays on, and these only with
 * what their stage brought.
 */
export function leftOn({ on, record, shares, setBy }: World): string | undefined {
  const { release } = record;
  const passing = on.filter((name) => !name.startsWith("flags/"));
  if (passing.length > 0) return `the release ended, and ${passing.join(" and ")} is left turned on`;
  // Where a person chose what serves, its flags are theirs as well.
  if (release?.ended == null || setBy === "person") return undefined;
  if (release.ended.as === "halted" || release.ended.as === "rollback-incomplete") return undefined;
  for (const { name, flags } of release.plan.stages) {
    if (flags === undefined) continue;
    const stands = name === earlierStage && serves(shares, [{ version: candidateOf(release.id, name), weight: 100 }]);
    const wanted = release.ended.as === "done" || stands;
    if (on.includes(flagsOf(release.id, name)) !== wanted)
      return `the release ended as ${release.ended.as}, and the flags of stage ${name} are ${wanted ? "off" : "on"}`;
  }
  return undefined;
}

/** I7: production can be given back from here, by a person who names nothing, and never to what was rejected. */
export function checkRollback(core: Core, world: World): Broken | undefined {
  const { record } = world;
  if (record.release === null) return undefined;
  const choice = core.chooseRollback({ record, production: productionOf(world) });
  if (choice.choice === "refuse")
    return broken("I7 rollback independence", `a person cannot roll back: ${choice.message}`);
  const { release } = record;
  const blamed = record.rejected.some((known) => known.release === release.id);
  const candidate = unprovenIn(world.shares, release.id, world.truth)?.version;
  // A version that its dying job could not write down, and that a person then gave all traffic, is theirs to the record.
  const known = candidate !== undefined && candidatesOf(release).includes(candidate);
  if (blamed && choice.to === candidate && (known || !world.truth.byHand))
    return broken("I7 rollback independence", `a rollback would go to ${choice.to}, which was rolled back before`);
  if (release.ended === null && choice.choice === "nothing-to-do")
    return broken("I7 rollback independence", "a person rolls back, and the release under way would go on");
  if (choice.to === candidate && !world.truth.byHand)
    return broken("I7 rollback independence", `a rollback of release ${release.id} would go forward to ${choice.to}`);
  return undefined;
}
