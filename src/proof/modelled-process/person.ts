import type { Modelled, Place } from "../modelled-process.ts";
import { type Reply, serves } from "../world.ts";
import { at, ended, entryOf, type Fact, maxTries, type Surroundings } from "./next-place.ts";
import { saidBy } from "./writes.ts";

type PersonPlace = Extract<Place, { at: "person-look" | "person-restore" | "person-proof" }>;

/** A person's rollback, as src/restore-production/asked-by-person.ts has it: with the record when there is one, and without. */
export function asPerson(process: Modelled, place: PersonPlace, reply: Reply, scene: Surroundings): Modelled {
  const { snapshot } = place;
  if (place.at === "person-restore") return at(process, { ...place, at: "person-proof", said: saidBy(reply) });
  if (reply.got !== "production")
    return place.at === "person-proof" && place.said !== "again"
      ? at(process, { ...place, said: "again" })
      : ended(process, "error", "platform-down");
  const { production } = reply;
  if (place.at === "person-look") {
    const choice = scene.core.chooseRollback({ record: snapshot?.record, production });
    if (choice.choice !== "restore") return ended(process, choice.choice === "refuse" ? "fail" : "pass", choice.choice);
    return at(process, {
      at: "person-restore",
      snapshot,
      to: choice.to,
      from: choice.from,
      before: production.generation,
    });
  }
  const complete =
    serves(production.serving, [{ version: place.to, weight: 100 }]) && production.generation !== place.before;
  if (!complete && place.said !== "again") return at(process, { ...place, said: "again" });
  if (snapshot === undefined) return ended(process, complete ? "pass" : "fail", "rolled-back");
  const release = snapshot.record.release?.id ?? 0;
  const fact: Fact = {
    kind: "rollback",
    from: place.from,
    to: place.to,
    generation: production.generation,
    as: complete ? "rolled-back" : "rollback-incomplete",
    reason: "requested",
    message: "A person asked for it.",
  };
  const facts = [{ ...entryOf(process, scene, fact), release }];
  return at(process, {
    at: "back",
    onto: snapshot,
    facts,
    left: maxTries,
    verdict: complete ? "pass" : "fail",
    replaced: place.before,
  });
}
