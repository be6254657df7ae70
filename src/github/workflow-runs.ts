import * as z from "zod";
import { shaped } from "./answer.ts";
import type { Exchange, Written } from "./exchange.ts";

/** Workflows of the repository, started and looked at. Every method throws `ProviderError`. */
export interface WorkflowRuns {
  /** Starts a workflow; `runId` is absent on servers that do not return it. */
  dispatchWorkflow(dispatch: {
    /** File name below `.github/workflows`. */
    readonly workflow: string;
    /** Branch or tag. */
    readonly ref: string;
    readonly inputs: Readonly<Record<string, string>>;
  }): Promise<Written<{ readonly runId: number | undefined }>>;
  /** Run ids of a workflow file, newest first, that are queued, waiting or under way; empty when there is no such file. */
  unfinishedRuns(workflow: string): Promise<readonly number[]>;
  /** Whether every job of a run has ended; false as well for a run that GitHub does not know. */
  isOver(run: number): Promise<boolean>;
  /**
   * How many ticks died or could not look since the newest run of the workflow file that succeeded; at most 5 are
   * counted, of the newest 30 runs. A run's conclusion does not tell: one that gave traffic back failed as well, and one
   * that a person stopped was cancelled as is one whose time was over. Its job `again` does, which watch.yml skips after
   * these. A tick that was replaced before it began did not die either.
   */
  diedInARow(workflow: string): Promise<number>;
  /**
   * Whether a job of this run was cancelled before any machine had it, as the one that waits in a concurrency group is
   * when a newer one comes.
   */
  wasReplaced(run: number): Promise<boolean>;
}

const runList = z.object({
  workflow_runs: z.array(
    z.object({ id: z.number(), status: z.string().nullable(), conclusion: z.string().nullable().optional() }),
  ),
});
const jobList = z.object({
  jobs: z.array(z.object({ name: z.string(), conclusion: z.string().nullish(), runner_id: z.number().nullish() })),
});

export function workflowRuns({ read, write, here }: Exchange): WorkflowRuns {
  /** The newest 30 runs of a workflow file, newest first. */
  async function runsOf(workflow: string) {
    const answer = await read({
      to: `list the runs of ${workflow}`,
      send: (octokit, request) =>
        octokit.rest.actions.listWorkflowRuns({ ...here, workflow_id: workflow, per_page: 30, request }),
    });
    return shaped(runList, answer ?? { workflow_runs: [] }, "list of runs").workflow_runs;
  }

  async function jobsOf(run: number) {
    const answer = await read({
      to: `list the jobs of run ${run}`,
      send: (octokit, request) =>
        octokit.rest.actions.listJobsForWorkflowRun({ ...here, run_id: run, per_page: 100, request }),
    });
    const { jobs } = shaped(jobList, answer ?? { jobs: [] }, "list of jobs");
    // As it is called in a workflow that calls watch.yml: `watch / again`.
    const isAgain = (name: string) => /(^|\/ )again$/.test(name);
    // No machine is written as 0 or as null.
    const neverBegan = (by: number | null | undefined) => by === 0 || by === null;
    return {
      replaced: jobs.some((one) => !isAgain(one.name) && one.conclusion === "cancelled" && neverBegan(one.runner_id)),
      died: jobs.some((one) => isAgain(one.name) && one.conclusion !== "skipped" && !neverBegan(one.runner_id)),
    };
  }

  return {
    dispatchWorkflow: ({ workflow, ref, inputs }) =>
      write({
        to: `dispatch ${workflow} at ${ref}`,
        async send(octokit, request) {
          const parameters = { ...here, workflow_id: workflow, ref, inputs, return_run_details: true, request };
          const { data } = await octokit.rest.actions.createWorkflowDispatch(parameters);
          const run = z.object({ workflow_run_id: z.number() }).safeParse(data);
          return { data: { runId: run.success ? run.data.workflow_run_id : undefined } };
        },
      }),

    unfinishedRuns: async (workflow) =>
      (await runsOf(workflow)).filter(({ status }) => status !== "completed").map(({ id }) => id),

    async isOver(run) {
      const answer = await read({
        to: `look whether run ${run} is over`,
        send: (octokit, request) => octokit.rest.actions.getWorkflowRun({ ...here, run_id: run, request }),
      });
      return (
        shaped(z.object({ status: z.string().nullable() }), answer ?? { status: null }, "run").status === "completed"
      );
    },

    async diedInARow(workflow) {
      let deaths = 0;
      for (const { id, status, conclusion } of await runsOf(workflow)) {
        if (conclusion === "success" || deaths === 5) break;
        if (status !== "completed") continue;
        const { died, replaced } = await jobsOf(id);
        if (died && !replaced) deaths += 1;
      }
      return deaths;
    },

    wasReplaced: async (run) => (await jobsOf(run)).replaced,
  };
}
