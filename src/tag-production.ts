import type { DeployTarget } from "./deploy-target.ts";
import type { GitHubClient } from "./github.ts";
import type { EnvironmentRecord, ReleaseState } from "./record.ts";
import type { Session } from "./session.ts";
import { fail, pass, type Verdict } from "./verdict.ts";

/** Tags what serves, where the stage's `deploy` says so; undefined where it does not. */
export function tagBefore(
  session: Pick<Session, "client" | "store" | "stage" | "base">,
  { stage, ...known }: Pick<Tagging, "target" | "release"> & { readonly stage: string },
): (() => Promise<Verdict>) | undefined {
  const { deploy = {} } = session.stage(stage, "deploy");
  const prefix = "tag" in deploy && typeof deploy.tag === "string" ? deploy.tag : undefined;
  if (prefix === undefined) return undefined;
  const { client, store, base } = session;
  return async () => {
    const { lastGood } = (await store.read(base.environment)).record;
    return tagProduction(prefix, { client, ...known, lastGood });
  };
}

export interface Tagging {
  readonly client: Pick<GitHubClient, "createRef" | "readRef">;
  readonly target: DeployTarget;
  readonly release: ReleaseState;
  readonly lastGood: EnvironmentRecord["lastGood"];
}

/**
 * Tags the commit that serves before it is replaced, as `<prefix>-20260113-101500` with the time at which the release
 * began: run again it is the same tag. What serves without a known commit cannot be tagged, and fails the step.
 */
export async function tagProduction(prefix: string, { client, target, release, lastGood }: Tagging): Promise<Verdict> {
  const { version } = release.stable;
  const commit = await commitOf(version, target, lastGood);
  if (commit === undefined)
    return fail(
      "commit-unknown",
      `Nobody knows which commit version ${version} was built from, so it cannot be tagged. Tag it by hand and leave \`tag\` away for this release.`,
    );
  const at = new Date(release.startedAt)
    .toISOString()
    .replace(/[-:]|\.\d+Z$/g, "")
    .replace("T", "-");
  const name = `${prefix}-${at}`;
  const ref = `refs/tags/${name}`;
  const written = await client.createRef(ref, commit);
  // Refused where it is there already, and an answer that was lost says nothing: what stands there counts.
  if (written.outcome === "applied" || (await client.readRef(ref)) === commit)
    return pass("tagged", `What serves, commit ${commit.slice(0, 12)}, is tagged ${name}.`);
  return fail("not-tagged", `Tag ${name} could not be made: ${written.error.message}`);
}

async function commitOf(
  version: string,
  target: DeployTarget,
  lastGood: Tagging["lastGood"],
): Promise<string | undefined> {
  const named = /^([0-9a-f]{40})(?:-[0-9a-f]{8})?$/.exec(version)?.[1];
  if (named !== undefined) return named;
  const past = (await target.history?.())?.find((known) => known.version === version)?.commit;
  if (past !== undefined && /^[0-9a-f]{40}$/.test(past)) return past;
  return lastGood?.version === version ? (lastGood.commit ?? undefined) : undefined;
}
