import type { PastVersion, Production } from "./deploy-target.ts";
import type { Ending, EnvironmentRecord } from "./record.ts";

export interface RollbackRequest {
  /** Version a person named; it wins over everything the record knows. */
  readonly to?: string | undefined;
  /** Absent when the record cannot be read: then a person must name the target. */
  readonly record?: EnvironmentRecord | undefined;
  readonly production: Production;
  /** A person takes it on themselves that an old version meets a schema it does not know. */
  readonly force?: boolean | undefined;
  /** What the platform keeps besides, newest first. */
  readonly history?: readonly PastVersion[] | undefined;
  /** What GitHub shows of the newest release; asked only where the record cannot be read. */
  readonly witness?: Witness | undefined;
}

/** What GitHub's newest deployment of ours says about its release: the way back when the record cannot be read. */
export interface Witness {
  readonly release: number;
  readonly candidate: string;
  /** What served before the candidate's stage, and before the release. */
  readonly stable: string;
  readonly before: string;
  /** A migration was announced that versions before the release cannot be relied on to work with. */
  readonly movesSchema: boolean;
  readonly stands: "under way" | "done" | "gone back" | "unclear";
  /** It names a record that is not there any more: somebody changed the one or the other, and neither is believed. */
  readonly contradicted?: boolean | undefined;
}

export type RollbackChoice =
  | { readonly choice: "restore"; readonly to: string; readonly from: string | null; readonly why: string }
  | { readonly choice: "nothing-to-do"; readonly to: string; readonly message: string }
  | { readonly choice: "refuse"; readonly reason: string; readonly message: string };

/** Which version production should return to: the one named, else what served before the newest release. */
export function chooseRollback(request: RollbackRequest): RollbackChoice {
  const { to, record, production, force, history = [], witness } = request;
  const serving = production.serving.filter((version) => version.weight > 0);
  const known = [...new Set([...production.serving, ...history].map(({ version }) => version))];
  const told = to === undefined && record === undefined ? wayBackTold(witness, production, force) : undefined;
  const target = to ?? told?.to ?? wayBack(record);
  if (target === undefined)
    return {
      choice: "refuse",
      reason: "no-target",
      message: `${told?.why ?? "The record names no version to return to."} Name one yourself with \`to\`; the platform knows ${known.join(", ") || "none"}.`,
    };
  // A whole name is that version, even where others begin with it: a commit that runs with flags is called after it.
  const matches = known.includes(target)
    ? [target]
    : known.filter((version) => target.length >= 7 && version.startsWith(target));
  const [version, ...others] = matches;
  if (version === undefined)
    return {
      choice: "refuse",
      reason: "target-missing",
      message: `Version ${target} does not exist on the platform any more; it knows ${known.join(", ") || "none"}. Name one of these with \`to\`.`,
    };
  if (others.length > 0)
    return {
      choice: "refuse",
      reason: "target-ambiguous",
      message: `${target} could be any of ${matches.join(", ")}. Give the whole identifier.`,
    };
  if (record?.outgrown.includes(version) === true && force !== true)
    return {
      choice: "refuse",
      reason: "schema-outgrown",
      message:
        `Version ${version} served before a migration that it cannot be relied on to work with (the release's record says what it was). ` +
        "Release a fix instead, restore the database first, or go back all the same with `force`, and say why in the reason.",
    };
  // A release under way would go on to raise traffic; writing the same shares again ends it and fences its writes.
  const underWay =
    (record?.release != null && record.release.ended === null) ||
    (told !== undefined && witness?.stands === "under way");
  // One that is done and moved no traffic may still have turned flags on: going back to before it sets them back.
  const { release } = record ?? {};
  const undoes = release?.ended?.as === "done" && version === release.before && release.changes.length > 0;
  if (serving.length === 1 && serving[0]?.version === version && !underWay && !undoes)
    return {
      choice: "nothing-to-do",
      to: version,
      message:
        `Version ${version} already serves all traffic.` +
        (to === undefined
          ? ` It is what the newest release goes back to; to go back further, name a version with \`to\`: the platform knows ${known.join(", ")}.`
          : ""),
    };
  const from = serving.find((candidate) => candidate.version !== version)?.version ?? null;
  return {
    choice: "restore",
    to: version,
    from,
    why: told?.why ?? (to === undefined ? "it served before the newest release" : "it was named"),
  };
}

/**
 * The way back without a record: used only where it is still the platform's truth, which is that production serves
 * nothing but what the newest deployment names. Otherwise what it says is told, for a person to name.
 */
function wayBackTold(
  witness: Witness | undefined,
  { serving }: Production,
  force: boolean | undefined,
): { readonly to?: string; readonly why: string } | undefined {
  if (witness === undefined) return undefined;
  const { release, candidate, stable, before, stands, contradicted, movesSchema } = witness;
  const to = stands === "gone back" ? stable : before;
  const says = `GitHub's deployment of release ${release} says that ${to} served before it`;
  const named = [candidate, stable, before];
  const foreign = serving.filter(({ version, weight }) => weight > 0 && !named.includes(version));
  if (contradicted === true)
    return {
      why: `The record is not the one that GitHub's deployment bears witness to. ${says}: look whether it is right.`,
    };
  if (foreign.length > 0)
    return {
      why: `The record cannot be read. ${says}, but production serves ${foreign.map(({ version }) => version).join(" and ")}, which that release did not bring.`,
    };
  if (stands === "done" && movesSchema && force !== true)
    return {
      why: `The record cannot be read. ${says}, and that a migration since then may have left it behind: go back to it with \`force\`, or release a fix.`,
    };
  return { to, why: `the record cannot be read, and ${says}` };
}

/** What the second line of a release does when the record cannot be read: only what that release staged is taken off. */
export function secondLineTold(release: number, witness: Witness | undefined, { serving }: Production): RollbackChoice {
  const refuse = (reason: string, message: string): RollbackChoice => ({ choice: "refuse", reason, message });
  const byHand = "Nothing is moved; look at what serves, and dispatch the rollback workflow with the version you want.";
  if (witness === undefined || witness.release < release)
    return refuse(
      "no-witness",
      `The record cannot be read, and no deployment on GitHub says what release ${release} staged. ${byHand}`,
    );
  const { candidate, stable, stands, contradicted } = witness;
  if (witness.release > release)
    return refuse(
      "superseded",
      `Release ${release} was followed by release ${witness.release}, which answers for what serves.`,
    );
  if (contradicted === true)
    return refuse(
      "record-differs",
      `The record is not the one that GitHub's deployment of release ${release} bears witness to. ${byHand} The deployment says that ${stable} served before.`,
    );
  if (stands === "done" || stands === "gone back")
    return {
      choice: "nothing-to-do",
      to: stable,
      message: `GitHub's deployment shows that release ${release} has ended.`,
    };
  if (stands === "unclear")
    return refuse(
      "unclear",
      `GitHub's deployment shows that release ${release} ended, and not on one version. ${byHand}`,
    );
  const foreign = serving.filter(({ version, weight }) => weight > 0 && version !== candidate && version !== stable);
  if (foreign.length > 0)
    return refuse(
      "drift",
      `The record cannot be read, and production serves ${foreign.map(({ version }) => version).join(" and ")}, which release ${release} did not bring. ${byHand}`,
    );
  const ours = serving.some(({ version, weight }) => version === candidate && weight > 0);
  return {
    choice: "restore",
    to: stable,
    from: ours ? candidate : null,
    why: `the record cannot be read, and GitHub's deployment of release ${release} says that it served before`,
  };
}

/** What served before the newest release; after a rollback what that returned to, so that asking twice changes nothing. */
function wayBack(record: EnvironmentRecord | undefined): string | undefined {
  const release = record?.release;
  if (release === undefined || release === null) return record?.lastGood?.version;
  if (release.ended === null) return release.before;
  return wentBack.has(release.ended.as) ? record?.lastGood?.version : release.before;
}

/** Endings after which users are served by what served before. */
export const wentBack: ReadonlySet<Ending> = new Set([
  "rolled-back",
  "rolled-back-unhealthy",
  "rollback-incomplete",
  "held",
]);
