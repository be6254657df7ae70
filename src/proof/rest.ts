import type { Plan } from "../plan.ts";
import type { NewCommitPolicy } from "../release/admit.ts";
import { changeToUndo } from "../release/changes.ts";
import { type Broken, checkEnd, checkRollback, leftOn } from "./invariants.ts";
import { answered, type Modelled, newProcess, pendingOf } from "./modelled-process.ts";
import { answeredByPeople, checkAtEnd, type Move } from "./moves.ts";
import { type Chance, type Core, type FoldEntries, productionOf, serve, type World } from "./world.ts";

/** What is explored: the functions under proof and the release they play. */
export interface Played {
  readonly core: Core;
  readonly plan: Plan;
  /** What a second push does while the first release is under way; `wait-latest` when absent. */
  readonly onNewCommit?: NewCommitPolicy | undefined;
}

/** At rest everything agrees, a person can roll back, and whoever comes next brings the release to an end. */
export function checkRest(
  world: World,
  played: Played,
  foldEntries: FoldEntries,
): { broken: Broken; moves: readonly Move[] } | undefined {
  const broken = checkEnd(world) ?? checkRollback(played.core, world);
  if (broken !== undefined) return { broken, moves: [] };
  const { release } = world.record;
  if (release === null) return undefined;
  if (release.ended !== null && changeToUndo(release) === undefined) {
    const { id, attempt } = release;
    const observation = { asker: { release: id, attempt }, production: productionOf(world) };
    // Whoever looks may still find that a rollback was never written down, and what has to be undone for it.
    const over = played.core.decide(world.record, observation, world.clock).do === "nothing";
    const odd = over ? leftOn(world) : undefined;
    return odd === undefined ? undefined : { broken: { promise: "I5 convergence", seen: odd }, moves: [] };
  }
  // What ended is left to the second line and to who comes next: a re-run is refused, or would overtake who waits.
  const anew = release.ended?.as === "failed" && release.promoted === null && world.record.queued === null;
  const refused = release.ended !== null && !anew;
  const roles = refused ? (["rollback"] as const) : (["release", "rollback"] as const);
  for (const verdict of ["pass", "fail"] as const)
    for (const role of roles) {
      const attempt = role === "release" ? 9 : release.attempt;
      const process = newProcess(role, release.id, attempt, role === "release" ? "healing re-run" : "healing rollback");
      const unhealed = heal(world, process, verdict, played, foldEntries);
      if (unhealed !== undefined) return unhealed;
    }
  return undefined;
}

const patience = 240;
/** How often people answer before a release that waits on counts as stuck. */
const answers = 8;

/** Follows one process through a healthy world to its end; tells what is wrong when it does not end well. */
function heal(
  from: World,
  first: Modelled,
  verdict: Chance,
  { core, plan, onNewCommit }: Played,
  foldEntries: FoldEntries,
): { broken: Broken; moves: readonly Move[] } | undefined {
  const moves: Move[] = [];
  let world = from;
  let process = first;
  let words = answers;
  const failed = (broken: Broken) => ({ broken, moves });
  const seen = (text: string) => failed({ promise: "I5 convergence", seen: text });
  for (let asked = 0; asked < patience; asked++) {
    const request = pendingOf(process);
    if (request === undefined) {
      // What waits for people goes on when they answer.
      const told = words > 0 && world.record.release?.ended === null ? answeredByPeople(world) : undefined;
      if (told === undefined) break;
      words -= 1;
      world = told;
      process = first;
      continue;
    }
    const chance = request.ask === "judge" || request.ask === "look" ? verdict : "ok";
    const served = serve(world, request, chance, foldEntries);
    moves.push({ who: first.name, what: chance });
    process = answered(process, served.reply, { core, plan, onNewCommit, now: served.world.clock });
    world = served.world;
    const broken = served.broken ?? checkAtEnd(process, world);
    if (broken !== undefined) return failed(broken);
  }
  if (process.place.at !== "end") return seen(`a fault-free ${first.name} did not end within ${patience} requests`);
  if (world.record.release?.ended == null)
    return seen(`a fault-free ${first.name} ended with "${process.place.reason}", and the release is still under way`);
  if (world.record.release.ended.as === "halted" && world.generation !== from.generation)
    return seen("the release halted although it was the release itself that moved traffic");
  const odd = leftOn(world);
  if (odd !== undefined) return seen(odd);
  const broken = checkEnd(world, false);
  return broken === undefined ? undefined : failed(broken);
}
