import type { PastVersion } from "../../deploy-target.ts";
import { treeOn } from "./delivery.ts";
import { docker } from "./docker.ts";
import type { Machine, SurveyedHost } from "./fleet.ts";
import { slotOf } from "./slot.ts";

/** Versions whose images stay on a host besides those that run. */
const imagesKept = 5;

/** Versions of one commit with other flags share its tree and its image. */
const commitOf = (version: string): string => version.split("-", 1)[0] ?? version;

/**
 * Versions that run everywhere and can be gone back to, newest first, and everything the first host remembers having
 * started.
 */
export function pastVersions(hosts: readonly SurveyedHost[]): {
  readonly running: readonly PastVersion[];
  readonly kept: readonly (PastVersion & { readonly image: string })[];
} {
  const [first] = hosts;
  if (first === undefined) return { running: [], kept: [] };
  const kept = first.past
    .flatMap((line) => {
      const [at = "", version = "", image = ""] = line.split(" ");
      return version === "" ? [] : [{ at: Number(at), version, commit: commitOf(version), image }];
    })
    .reverse();
  const everywhere = first.state.slots
    .flatMap(({ running }) => running ?? [])
    .filter(({ version }) => hosts.every(({ state }) => slotOf(state, version) !== undefined));
  const running = everywhere.map(({ version }) => ({
    version,
    commit: commitOf(version),
    at: kept.find((past) => past.version === version)?.at ?? 0,
  }));
  return { running: running.sort((a, b) => b.at - a.at), kept };
}

/** Trees and images of versions that neither run nor are among the newest. */
export async function removeImages(
  { session, place }: Pick<Machine, "session" | "place">,
  image: string,
  versions: readonly string[],
): Promise<void> {
  const script =
    "tail -n 200 \"$1\" 2> /dev/null | awk '{ print $2 }' | awk '{ line[NR] = $0 } END { for (i = NR; i > 0; i--) if (!seen[line[i]]++) print line[i] }'";
  const { stdout } = await session.run(["sh", "-c", script, "sluice", `${place.directory}/history`]);
  const newest = stdout
    .trim()
    .split("\n")
    .filter((version) => /^[0-9a-f]{7,64}(?:-[0-9a-f]{8})?$/.test(version))
    .map(commitOf);
  const spared = new Set([...versions.map(commitOf), ...[...new Set(newest)].slice(0, imagesKept)]);
  for (const commit of new Set(newest.filter((old) => !spared.has(old)))) {
    // An image that a container still uses is refused by Docker and stays.
    await docker(session, ["image", "rm", `${image}:${commit}`]);
    await session.run(["rm", "-rf", treeOn(place, commit)]);
  }
}
