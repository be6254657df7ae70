import { asText, isObject, type Scope } from "./expression.ts";
import { createJobLog } from "./job-log.ts";
import type { HeldGroup } from "./level.ts";
import type { Setting } from "./setting.ts";
import { fill, type Template } from "./template.ts";
import type { JobResult } from "./workflow-run.ts";

/** What a `concurrency:` entry asks for. */
export interface GroupWish {
  readonly group: string;
  readonly queue: "single" | "max";
  readonly cancelInProgress: boolean;
}

/** Reads `concurrency:`; an entry that is missing or whose group is empty asks for nothing. */
export function groupWish(concurrency: Template | undefined, scope: Scope): GroupWish | undefined {
  const filled = concurrency === undefined ? null : fill(concurrency, scope);
  const given = isObject(filled) ? filled : { group: filled };
  const group = asText(given["group"]);
  if (group === "") return undefined;
  return {
    group,
    queue: given["queue"] === "max" ? "max" : "single",
    cancelInProgress: asText(given["cancel-in-progress"]) === "true",
  };
}

interface InGroup {
  readonly wish: GroupWish | undefined;
  /** A job's path, or `top level workflow`. */
  readonly by: string;
  readonly held: readonly HeldGroup[];
  readonly waiting: AbortSignal;
  readonly cancel: () => void;
}

/** Runs `work` while holding the wished concurrency group; `cancelled` when the group is not to be had. */
export async function inGroup(
  { wish, by, held, waiting, cancel }: InGroup,
  setting: Setting,
  work: (held: readonly HeldGroup[]) => Promise<JobResult>,
): Promise<JobResult> {
  if (!wish) return work(held);
  const { group } = wish;
  const refuse = (because: string): JobResult => {
    createJobLog(setting, by).error(`Canceling since a ${because}.`);
    return { result: "cancelled", outputs: {} };
  };
  const above = held.find((other) => other.group.toLowerCase() === group.toLowerCase());
  if (above) return refuse(`deadlock for concurrency group '${group}' was detected between '${above.by}' and '${by}'`);
  const onWait = (): void => setting.emit({ type: "job-waiting", job: by, group });
  const release = await setting.groups.enter({ ...wish, cancel, onWait, signal: waiting });
  if (!release && waiting.aborted) return { result: "cancelled", outputs: {} };
  if (!release) return refuse(`higher priority waiting request for '${group}' exists`);
  try {
    return await work([...held, { group, by }]);
  } finally {
    release();
  }
}
