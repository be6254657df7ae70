import { type CommitsAndRefs, commitsAndRefs } from "./github/commits-and-refs.ts";
import { type Conversations, conversations } from "./github/conversations.ts";
import { type Deployments, deployments } from "./github/deployments.ts";
import { exchange, type GitHubAccess } from "./github/exchange.ts";
import { type People, people } from "./github/people.ts";
import { type WorkflowRuns, workflowRuns } from "./github/workflow-runs.ts";
import type { Ports } from "./ports.ts";

/** What our actions ask of GitHub, and nothing else. Every method throws `ProviderError`. */
export interface GitHubClient extends CommitsAndRefs, Deployments, Conversations, People, WorkflowRuns {
  /** Milliseconds GitHub's clock is ahead of ours; undefined before the first answer. Exact to a second. */
  clockSkew(): number | undefined;
}

/** A client for one repository, on `@actions/github`'s octokit. */
export function githubClient(access: GitHubAccess, ports: Ports): GitHubClient {
  const talk = exchange(access, ports);
  return {
    clockSkew: talk.clockSkew,
    ...commitsAndRefs(talk),
    ...deployments(talk),
    ...conversations(talk),
    ...people(talk),
    ...workflowRuns(talk),
  };
}
