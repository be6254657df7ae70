import { messageOf, ProviderError } from "./failure.ts";
import type { GitHubClient } from "./github.ts";
import { afterDeadTick, type HandOver, handOver, type TickSource } from "./hand-over.ts";
import type { Ports } from "./ports.ts";
import type { EnvironmentRecord } from "./record.ts";
import { environmentOf } from "./record-store/record-ref.ts";
import type { RecordStore } from "./record-store.ts";
import { provenElsewhere } from "./release/elsewhere.ts";
import type { Verdict } from "./verdict.ts";

export interface GoOn {
  readonly client: Pick<GitHubClient, "dispatchWorkflow" | "unfinishedRuns" | "listRefs">;
  readonly store: Pick<RecordStore, "read">;
  readonly record: EnvironmentRecord;
  readonly environment: string;
  readonly source: TickSource;
  /** How the tick ended; absent at the end of the release workflow. */
  readonly verdict?: Verdict | undefined;
  /** The tick of this run died, so that nobody can say how it ended. */
  readonly dead?: boolean;
  /** This run, which is not finished itself. */
  readonly run: number;
  /** Branch whose workflow files are started. */
  readonly branch: string;
  /** The consumer's files below `.github/workflows`. */
  readonly workflows: { readonly release: string; readonly watch: string };
  readonly ports: Pick<Ports, "clock" | "log" | "cancelled">;
}

/**
 * Starts what goes on after this job: the next tick, or the consumer's release workflow. Where a run of the same
 * workflow is already waiting nothing is started: chains that were begun by several people or schedules become one.
 */
export async function goOn(scene: GoOn): Promise<HandOver> {
  const { ports } = scene;
  const next = await startNext(scene);
  // Whatever is wrong with another environment, this one has gone on.
  await startFollowers(scene).catch((problem: unknown) => {
    const why = messageOf(problem);
    ports.log.warn(`Whether another environment waits for this one could not be found out. ${why}`);
  });
  return next;
}

async function startNext(scene: GoOn): Promise<HandOver> {
  const { record, source, verdict, workflows, ports, store } = scene;
  const now = ports.clock.now();
  const { queued } = record;
  const elsewhere =
    queued?.after === undefined || scene.dead === true
      ? undefined
      : provenElsewhere((await store.read(queued.after.environment)).record, queued.commit, queued.after, now);
  const next = scene.dead === true ? afterDeadTick(record, now) : handOver(record, { source, verdict, now, elsewhere });
  if (next.next === "nothing") {
    ports.log.info(`Nothing is started: ${next.why}`);
    return next;
  }
  const workflow = next.next === "tick" ? workflows.watch : workflows.release;
  return start(scene, next, workflow, inputsFor(next, scene));
}

/** A commit that is done here may begin where it waits for this environment. */
async function startFollowers(scene: GoOn): Promise<void> {
  const { client, store, record, environment, workflows, ports } = scene;
  if (record.release?.ended?.as !== "done") return;
  for (const ref of await client.listRefs("refs/sluice/")) {
    const other = environmentOf(ref);
    if (other === undefined || other === environment) continue;
    const { queued, release } = (await store.read(other)).record;
    if (queued?.after?.environment !== environment || (release !== null && release.ended === null)) continue;
    const proven = provenElsewhere(record, queued.commit, queued.after, ports.clock.now());
    const why = `${proven.message} Release ${queued.release} waits for it in ${other}.`;
    // Where only time is missing its workflow waits in line once more, and ticks of that environment come back for it.
    if (proven.verdict !== "pass" && proven.from === undefined) ports.log.info(why);
    else {
      const next = { next: "release", release: queued.release, why } as const;
      await start(scene, next, queued.workflow ?? workflows.release, inputsFor(next, scene));
    }
  }
}

async function start(
  scene: GoOn,
  next: Exclude<HandOver, { next: "nothing" }>,
  workflow: string,
  inputs: Readonly<Record<string, string>>,
): Promise<HandOver> {
  const { client, ports } = scene;
  // Of two ticks that see each other the newer one goes on; were each to leave it to the other, nobody would.
  const goesOn = (run: number) => (next.next === "tick" ? run > scene.run : run !== scene.run);
  const others = (await client.unfinishedRuns(workflow)).filter(goesOn);
  if (others.length > 0) {
    ports.log.info(`Run ${others[0]} of ${workflow} is waiting already and goes on from here.`);
    return { next: "nothing", why: `Run ${others[0]} goes on.` };
  }
  const started = await client.dispatchWorkflow({ workflow, ref: scene.branch, inputs });
  if (started.outcome === "not-applied")
    throw new ProviderError(
      "github",
      `${next.why} But ${workflow} could not be started: ${started.error.message} It needs a \`workflow_dispatch\` ` +
        "trigger with the inputs of the example and `actions: write` here; until then start it by hand.",
      { retryable: false, cause: started.error },
    );
  const run = started.outcome === "applied" && started.value.runId !== undefined ? ` (run ${started.value.runId})` : "";
  const sure = started.outcome === "applied" ? "started" : "probably started; the schedule looks again if not";
  ports.log.info(`${next.why} ${workflow} was ${sure}${run}.`);
  return next;
}

function inputsFor(next: Exclude<HandOver, { next: "nothing" }>, scene: GoOn): Readonly<Record<string, string>> {
  if (next.next === "release") return { resume: String(next.release) };
  // After one that died a whole timer would be lost besides.
  return scene.source === "wait-timer" && scene.dead !== true ? { wait: `${scene.environment}-tick` } : {};
}
