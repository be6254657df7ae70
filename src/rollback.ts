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
}

export type RollbackChoice =
  | { readonly choice: "restore"; readonly to: string; readonly from: string | null; readonly why: string }
  | { readonly choice: "nothing-to-do"; readonly to: string; readonly message: string }
  | { readonly choice: "refuse"; readonly reason: string; readonly message: string };

/** Which version production should return to: the one named, else what served before the newest release. */
export function chooseRollback({ to, record, production, force, history = [] }: RollbackRequest): RollbackChoice {
  const serving = production.serving.filter((version) => version.weight > 0);
  const known = [...new Set([...production.serving, ...history].map(({ version }) => version))];
  const target = to ?? wayBack(record);
  if (target === undefined)
    return {
      choice: "refuse",
      reason: "no-target",
      message: `The record names no version to return to. Name one yourself with \`to\`; the platform knows ${known.join(", ") || "none"}.`,
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
  const underWay = record?.release != null && record.release.ended === null;
  // One that is done and moved no traffic may still have turned flags on: going back to before it sets them back.
  const { release } = record ?? {};
  const undoes = release?.ended?.as === "done" && version === release.before && release.changes.length > 0;
  if (serving.length === 1 && serving[0]?.version === version && !underWay && !undoes)
    return { choice: "nothing-to-do", to: version, message: `Version ${version} already serves all traffic.` };
  const from = serving.find((candidate) => candidate.version !== version)?.version ?? null;
  return {
    choice: "restore",
    to: version,
    from,
    why: to === undefined ? "it served before the newest release" : "it was named",
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
