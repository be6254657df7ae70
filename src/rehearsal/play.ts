import { setTimeout as sleep } from "node:timers/promises";
import { InputError } from "../failure.ts";
import type { Act, Deed } from "./act.ts";
import type { Live } from "./live.ts";
import { headOf, type Runs } from "./runs.ts";
import type { RunEvent } from "./workflow/workflow-run.ts";
import type { World } from "./world.ts";

export interface Stage {
  readonly world: World;
  readonly runs: Runs;
  readonly live: Live;
  /** The commit that was pushed first. */
  readonly candidate: string;
  /** What the people of the repository say, one after the other, each when the release waits for somebody. */
  readonly people?: readonly Saying[];
  /** Whether a release is under way. */
  readonly isUnderWay: () => Promise<boolean>;
  /** Nobody says anything any more once the rehearsal itself is cancelled. */
  readonly cancelled: AbortSignal;
}

/** A comment on the issue about releases. */
export interface Saying {
  readonly by: string;
  readonly body: string;
}

/** The acts of a scenario while they are played. */
export interface Play {
  hear(event: RunEvent): void;
  /** Plays what is left, waiting for quiet where an act asks for it; throws when one never got its cue. */
  end(): Promise<void>;
  /** The newest run that an act started; the first push's when none did. */
  readonly lastRun: number | undefined;
  /** When the first act touched what users get, or what is known of it; undefined when none did. */
  readonly disturbedAt: number | undefined;
}

/** The first push is this run; a second one starts the next. */
const numbers = { first: 101, second: 102 } as const;

export function createPlay(acts: readonly Act[], stage: Stage): Play {
  const open = [...acts];
  const people = [...(stage.people ?? [])];
  const pids = new Map<string, number>();
  const underWay: Promise<void>[] = [];
  let lastRun: number | undefined;
  let disturbedAt: number | undefined;
  let follow = false;

  const perform = async (deed: Deed, job: string): Promise<void> => {
    if (disturbing.has(deed.do)) disturbedAt ??= Date.now();
    follow = deed.do === "comment" || deed.do === "dispatch";
    const started = await carryOut(deed, stage, pids.get(job));
    lastRun = started ?? lastRun;
  };

  /** Waits until nothing runs but a tick that looks at what a finished release left, which stays for a quarter of an hour. */
  const quiet = async (): Promise<void> => {
    const settled = stage.runs.settled().then(() => true);
    while (!stage.cancelled.aborted) {
      if (await Promise.race([settled, sleep(200).then(() => false)])) return;
      const busy = stage.runs.list().filter(({ conclusion }) => conclusion === undefined);
      if (busy.every(({ workflow }) => workflow === "watch.yml") && !(await stage.isUnderWay())) return;
    }
  };

  /** The next of the people speaks when all is quiet and the release waits; false when nobody has anything to say. */
  const spoken = async (): Promise<boolean> => {
    const [next] = people;
    if (next === undefined) return false;
    await quiet();
    if (stage.cancelled.aborted || !(await stage.isUnderWay())) return false;
    people.shift();
    await perform({ do: "comment", ...next }, "");
    return true;
  };

  return {
    get lastRun() {
      return lastRun;
    },
    get disturbedAt() {
      return disturbedAt;
    },
    hear(event) {
      if (event.type === "process") pids.set(event.job, event.pid);
      const next = open[0];
      if (event.type !== "log" || next === undefined || next.on === "quiet" || !next.on.test(event.line)) return;
      open.shift();
      underWay.push(perform(next, event.job));
    },
    async end() {
      for (;;) {
        await Promise.all(underWay);
        const next = open[0];
        if (next?.on !== "quiet" && (await spoken())) continue;
        if (next === undefined) {
          // A word of a person is acted on by other runs. A tick after a rollback would stay for a quarter of an hour.
          if (follow) await quiet();
          else if (lastRun !== undefined) await stage.runs.ended(lastRun);
          return;
        }
        if (next.on !== "quiet")
          throw new InputError(
            `Nothing in the log said ${next.on}, so ${next.do} never happened and nothing was shown.`,
          );
        await stage.runs.settled();
        open.shift();
        await perform(next, "");
      }
    },
  };
}

/** Deeds after which the shares that the release wrote down are no longer all there is to say. */
const disturbing: ReadonlySet<Deed["do"]> = new Set([
  "cancel",
  "lose-machine",
  "move-traffic",
  "break-platform",
  "break-github",
]);

async function carryOut(deed: Deed, stage: Stage, pid: number | undefined): Promise<number | undefined> {
  const { world, runs, live, candidate } = stage;
  const main = { ref: "refs/heads/main" } as const;
  switch (deed.do) {
    case "lose-machine":
      live.note("the machine is lost");
      if (pid !== undefined) process.kill(-pid, "SIGKILL");
      return undefined;
    case "cancel":
      runs.cancel();
      return undefined;
    case "push": {
      const sha = world.push(deed.change);
      live.note(`somebody pushes ${deed.change}: ${sha.slice(0, 12)}`);
      const event = { name: "push", payload: { ref: main.ref, after: sha } };
      return deed.change === "unreleased" ? undefined : runs.start({ workflow: "release.yml", ...main, sha, event });
    }
    case "move-traffic": {
      const to = deed.to === "candidate" ? candidate : world.platform.stable;
      live.note(`a person moves all traffic to ${to.slice(0, 12)}`);
      await world.platform.giveAll(to);
      return undefined;
    }
    case "break-platform":
      live.note("the platform's API is broken");
      await world.platform.breakOnPurpose(deed.faults);
      return undefined;
    case "break-github":
      live.note("GitHub's API is broken");
      for (const fault of deed.faults) world.twin.faults.inject(fault);
      return undefined;
    case "mend-github":
      live.note("GitHub's API works again");
      world.twin.faults.clear();
      return undefined;
    case "comment": {
      const issue = world.issue;
      const id = world.twin.comment({ issue, author: deed.by, body: deed.body });
      live.note(`${deed.by} comments`);
      const written = `${new Date().toISOString().slice(0, 19)}Z`;
      const comment = { id, body: deed.body, created_at: written, user: { login: deed.by, type: "User" } };
      const payload = { action: "created", issue: { number: issue }, comment };
      const sha = headOf(world.bare, main.ref);
      return runs.start({
        workflow: "command.yml",
        ...main,
        sha,
        actor: deed.by,
        event: { name: "issue_comment", payload },
      });
    }
    case "rerun":
      live.note(`somebody runs the ${deed.run} run again`);
      runs.rerun(numbers[deed.run], deed.which);
      return numbers[deed.run];
    case "dispatch": {
      const event = { name: "workflow_dispatch", payload: {}, inputs: {} };
      return runs.start({ workflow: deed.workflow, ...main, sha: headOf(world.bare, main.ref), event });
    }
  }
}
