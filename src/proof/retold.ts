import { type Crews, type Event, nobody, type State } from "./crews.ts";
import type { Move } from "./moves.ts";
import { atItsEnd } from "./turns.ts";
import type { Place } from "./whereabouts.ts";

/** A move, and when it was made: changes at whole numbers, and what was read between them. */
interface Told {
  readonly at: number;
  readonly move: Move;
}

/** Somebody of a crew: where they may stand, and what may have led to each place of it. */
interface Actor {
  readonly where: number;
  readonly places: readonly Reached[];
  /** What they certainly did: the changes they made, and what they read before. */
  readonly done: readonly Told[];
}

interface Reached extends Place {
  readonly told: readonly Told[];
}

/**
 * The single moves behind a way through states: an exploration leaves open what has been read until somebody acts on it,
 * and here it is told in the order in which it was read.
 */
export function retold(
  { budget, parts }: Crews,
  way: readonly { readonly state: State; readonly event: Event | "end" }[],
): readonly Move[] {
  const { names, turns, around, where, firstWorld, founders } = parts;

  /** All places that can be read from these, and what is read on the way there. */
  const reading = (places: readonly Reached[], world: number, at: number): Reached[] => {
    const known = new Map<string, Reached>();
    const key = ({ process, cost }: Place) => `${process} ${cost}`;
    for (const place of places) if (!known.has(key(place))) known.set(key(place), place);
    where.follow(places, world, (from, to, move) => {
      const told = [...(known.get(key(from))?.told ?? []), { at, move }];
      known.set(key(to), { ...to, told });
    });
    return [...known.values()];
  };
  const standing = (process: number, world: number, at: number, done: readonly Told[]): Actor =>
    process === atItsEnd
      ? { where: nobody, places: [], done }
      : {
          where: where.of(process, world),
          places: reading([{ process, cost: 0, told: done }], world, at),
          done,
        };
  const changed = (actor: Actor, change: (process: number) => number) =>
    actor.places.map((place) => ({ ...place, process: place.process < 0 ? place.process : change(place.process) }));
  const after = (actor: Actor, before: number, world: number, appended: boolean, at: number): Actor =>
    actor.where === nobody
      ? actor
      : {
          ...actor,
          where: where.after(actor.where, before, world, appended),
          places: reading(appended ? changed(actor, names.overtaken) : actor.places, world, at),
        };

  let actors = founders.map((process) => standing(process, firstWorld, -0.5, []));
  const happened: Told[] = [];
  for (const [at, { state, event }] of way.entries()) {
    if (event === "end") {
      actors = actors.map((actor) => {
        const ended = actor.places.find(({ process, cost }) => process === atItsEnd && !budget.hasFaults(cost));
        return ended === undefined ? actor : { ...actor, done: ended.told };
      });
      continue;
    }
    if (event.kind === "happening") {
      const { outcome } = event;
      happened.push({ at, move: around.moveOf(outcome) });
      actors = actors.map((actor) =>
        after(actor, state.world, around.worldOf(outcome), around.appended(outcome), at + 0.5),
      );
      continue;
    }
    const acting = actors.find((actor) => actor.where === event.who);
    if (acting === undefined) throw new Error("Nobody stands where a change of the world came from.");
    if (event.kind === "cancel") {
      const name = acting.places.find(({ process }) => process >= 0);
      if (name !== undefined) happened.push({ at, move: { who: names.processOf(name.process).name, what: "cancel" } });
      const cancelled: Actor = {
        ...acting,
        where: where.cancelled(acting.where, state.world),
        places: reading(changed(acting, names.cancelled), state.world, at + 0.5),
      };
      actors = actors.map((actor) => (actor === acting ? cancelled : actor));
      continue;
    }
    const outcome = where.outcomeOf(event.change);
    const from = acting.places.find(({ process, cost }) => {
      if (process < 0) return false;
      const turn = turns.turnOf(process, state.world);
      if (outcome < turns.from(turn) || outcome >= turns.end(turn)) return false;
      return budget.sum(cost, budget.one(turns.costOf(outcome)) ?? 0) === where.costOf(event.change);
    });
    const done = [...(from?.told ?? []), { at, move: turns.moveOf(outcome) }];
    const world = turns.worldOf(outcome);
    actors = actors.map((actor) =>
      actor === acting
        ? standing(turns.processOf(outcome), world, at + 0.5, done)
        : after(actor, state.world, world, turns.appended(outcome), at + 0.5),
    );
  }
  return [...happened, ...actors.flatMap(({ done }) => done)].sort((a, b) => a.at - b.at).map(({ move }) => move);
}
