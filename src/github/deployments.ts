import * as z from "zod";
import { oddAnswer, shaped, withoutValue } from "./answer.ts";
import type { Exchange, Written } from "./exchange.ts";

export interface NewDeployment {
  /** Full commit sha. */
  readonly commit: string;
  readonly environment: string;
  readonly task: string;
  /** At most 140 characters. */
  readonly description: string;
  readonly payload: Readonly<Record<string, unknown>>;
  /** Whether end users meet this environment. */
  readonly production: boolean;
}

export type DeploymentState = "error" | "failure" | "inactive" | "in_progress" | "queued" | "pending" | "success";

export interface NewDeploymentStatus {
  readonly state: DeploymentState;
  /** At most 140 characters. */
  readonly description: string;
  readonly logUrl: string;
  readonly environmentUrl?: string | undefined;
}

export interface Deployment {
  readonly id: number;
  readonly commit: string;
  readonly payload: unknown;
}

/** GitHub's Deployments, which people see beside a commit. Every method throws `ProviderError`. */
export interface Deployments {
  createDeployment(deployment: NewDeployment): Promise<Written<{ readonly id: number }>>;
  createDeploymentStatus(deployment: number, status: NewDeploymentStatus): Promise<Written<void>>;
  /** The newest 100 of an environment and task, newest first. */
  listDeployments(filter: { readonly environment: string; readonly task: string }): Promise<readonly Deployment[]>;
  /** State and description of the newest status; null when the deployment has none. */
  latestDeploymentStatus(deployment: number): Promise<{ readonly state: string; readonly description: string } | null>;
}

const identified = z.object({ id: z.number() });
const deploymentList = z.array(z.object({ id: z.number(), sha: z.string(), payload: z.unknown() }));
const statusList = z.array(z.object({ state: z.string(), description: z.string().nullable() }));

export function deployments({ read, write, here }: Exchange): Deployments {
  return {
    createDeployment: ({ commit, environment, task, description, payload, production }) =>
      write({
        to: `create a deployment of ${commit.slice(0, 12)} to ${environment}`,
        async send(octokit, request) {
          const { status, data } = await octokit.rest.repos.createDeployment({
            ...here,
            ref: commit,
            environment,
            task,
            description,
            payload: { ...payload },
            production_environment: production,
            // Both defaults would act: merge the default branch, and refuse while any status is not green.
            auto_merge: false,
            required_contexts: [],
            request,
          });
          // 202 means that GitHub merged instead of creating; then there is no deployment to name.
          if (status !== 201) throw oddAnswer("deployment");
          return { data: shaped(identified, data, "deployment") };
        },
      }),

    createDeploymentStatus: async (deployment, { state, description, logUrl, environmentUrl }) =>
      withoutValue(
        await write({
          to: `set deployment ${deployment} to ${state}`,
          send: (octokit, request) =>
            octokit.rest.repos.createDeploymentStatus({
              ...here,
              deployment_id: deployment,
              state,
              description,
              log_url: logUrl,
              auto_inactive: true,
              ...(environmentUrl === undefined ? {} : { environment_url: environmentUrl }),
              request,
            }),
        }),
      ),

    async listDeployments({ environment, task }) {
      const answer = await read({
        to: `list the deployments of ${environment}`,
        send: (octokit, request) =>
          octokit.rest.repos.listDeployments({ ...here, environment, task, per_page: 100, request }),
      });
      const listed = shaped(deploymentList, answer ?? [], "deployments");
      return listed.map(({ id, sha, payload }) => ({ id, commit: sha, payload }));
    },

    async latestDeploymentStatus(deployment) {
      const answer = await read({
        to: `read the statuses of deployment ${deployment}`,
        send: (octokit, request) =>
          octokit.rest.repos.listDeploymentStatuses({ ...here, deployment_id: deployment, per_page: 1, request }),
      });
      const [latest] = shaped(statusList, answer ?? [], "deployment statuses");
      return latest === undefined ? null : { state: latest.state, description: latest.description ?? "" };
    },
  };
}
