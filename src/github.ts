import * as z from "zod";
import { ProviderError } from "./failure.ts";
import { exchange, type GitHubAccess, type Written } from "./github/exchange.ts";
import type { Ports } from "./ports.ts";

export interface NewCommit {
  readonly message: string;
  readonly tree: string;
  readonly parents: readonly string[];
  /** Milliseconds since the epoch. Fixed by the caller, so that storing the commit again gives the same sha. */
  readonly at: number;
  readonly author: { readonly name: string; readonly email: string };
}

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

export type TreeEntry = z.infer<typeof treeEntry>;
const treeEntry = z.object({ path: z.string(), mode: z.string(), type: z.string(), sha: z.string() });

/** What our actions ask of GitHub, and nothing else. Every method throws `ProviderError`. */
export interface GitHubClient {
  /** Sha of a full ref such as `refs/sluice/production`; null when there is none. */
  readRef(ref: string): Promise<string | null>;
  /** Full names of the refs that begin with these letters, such as `refs/sluice/`. */
  listRefs(prefix: string): Promise<readonly string[]>;
  /** Text of a file at a commit; null when either does not exist. */
  readFile(commit: string, path: string): Promise<string | null>;
  /** What a commit, or a tree by its sha, holds; `recursive` with everything below. */
  listTree(tree: string, depth?: "recursive"): Promise<readonly TreeEntry[]>;
  /** Full sha of the commit that a tag, branch or sha names; null when there is none. */
  commitOf(ref: string): Promise<string | null>;
  /** Whether `ancestor` is `descendant` or one of its ancestors. */
  isAncestor(ancestor: string, descendant: string): Promise<boolean>;
  /** Stores a tree that holds exactly these files; answers its sha. */
  createTree(files: Readonly<Record<string, string>>): Promise<string>;
  /** Stores a commit that no ref names yet; answers its sha. */
  createCommit(commit: NewCommit): Promise<string>;
  /** Sha of a commit's tree. */
  treeOf(commit: string): Promise<string>;
  /** Opens a pull request between two branches of this repository. */
  createPullRequest(pull: {
    readonly title: string;
    readonly body: string;
    readonly head: string;
    readonly base: string;
  }): Promise<Written<{ readonly number: number }>>;
  createRef(ref: string, sha: string): Promise<Written<void>>;
  /** Moves a ref forward; refused when `sha` does not descend from what the ref names. */
  updateRef(ref: string, sha: string): Promise<Written<void>>;
  createDeployment(deployment: NewDeployment): Promise<Written<{ readonly id: number }>>;
  createDeploymentStatus(deployment: number, status: NewDeploymentStatus): Promise<Written<void>>;
  /** The newest 100 of an environment and task, newest first. */
  listDeployments(filter: { readonly environment: string; readonly task: string }): Promise<readonly Deployment[]>;
  /** State and description of the newest status; null when the deployment has none. */
  latestDeploymentStatus(deployment: number): Promise<{ readonly state: string; readonly description: string } | null>;
  /**
   * Keeps one comment per marker up to date: edits the one that was written for us, or writes the first. Ours is the
   * first one that begins with the marker and was written by an app (a job's token, or an app's), or by the person whose
   * token this is; another person's never is.
   * The marker is an HTML comment such as `<!-- sluice release 7 -->` and is put in front of the body.
   */
  upsertComment(comment: {
    readonly issue: number;
    readonly marker: string;
    readonly body: string;
    /** Edit what is there, and begin nothing. */
    readonly onlyIfPresent?: boolean;
  }): Promise<Written<void>>;
  /** Paths a pull request adds or changes; null when there is none, or when it changes more than GitHub lists (3,000). */
  changedFiles(pull: number): Promise<readonly string[] | null>;
  /** Starts a workflow; `runId` is absent on servers that do not return it. */
  dispatchWorkflow(dispatch: {
    /** File name below `.github/workflows`. */
    readonly workflow: string;
    /** Branch or tag. */
    readonly ref: string;
    readonly inputs: Readonly<Record<string, string>>;
  }): Promise<Written<{ readonly runId: number | undefined }>>;
  /** What a person may do in this repository: `admin`, `maintain`, `write`, `triage`, `read` or `none`. */
  permissionOf(login: string): Promise<string>;
  /** Whether a person is an active member of `@organisation/team`; null when this token may not ask. */
  isInTeam(team: string, login: string): Promise<boolean | null>;
  /** Reacts to a comment of an issue or a pull request; the same reaction twice is one. */
  react(comment: number, reaction: "+1" | "-1" | "confused"): Promise<Written<void>>;
  /** Run ids of a workflow file, newest first, that are queued, waiting or under way; empty when there is no such file. */
  unfinishedRuns(workflow: string): Promise<readonly number[]>;
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
  /** Milliseconds GitHub's clock is ahead of ours; undefined before the first answer. Exact to a second. */
  clockSkew(): number | undefined;
}

const named = z.object({ sha: z.string().regex(/^[0-9a-f]{40}$/) });
const refAnswer = z.object({ object: named });
const refList = z.array(refAnswer.extend({ ref: z.string() }));
const identified = z.object({ id: z.number() });
const deploymentList = z.array(z.object({ id: z.number(), sha: z.string(), payload: z.unknown() }));
const statusList = z.array(z.object({ state: z.string(), description: z.string().nullable() }));
const runList = z.object({
  workflow_runs: z.array(
    z.object({ id: z.number(), status: z.string().nullable(), conclusion: z.string().nullable().optional() }),
  ),
});
const jobList = z.object({
  jobs: z.array(z.object({ name: z.string(), conclusion: z.string().nullish(), runner_id: z.number().nullish() })),
});
const commentList = z.array(
  z.object({
    id: z.number(),
    body: z.string().nullish(),
    user: z.object({ login: z.string(), type: z.string().optional() }).nullable(),
  }),
);

const changedList = z.array(z.object({ filename: z.string(), status: z.string() }));

/** Of a list that is read to its end: 5,000 entries. */
const mostPages = 50;

/** A client for one repository, on `@actions/github`'s octokit. */
export function githubClient(access: GitHubAccess, ports: Ports): GitHubClient {
  const { read, store, write, clockSkew } = exchange(access, ports);
  const [owner = "", repo = ""] = access.repository.split("/");
  const here = { owner, repo };

  /** Whose token this is; undefined for an app's or a job's, which is no person's and may not ask. */
  async function ownLogin(): Promise<string | undefined> {
    try {
      const answer = await read({
        to: "ask whose token this is",
        send: (octokit, request) => octokit.rest.users.getAuthenticated({ request }),
      });
      return shaped(z.object({ login: z.string() }).optional(), answer, "user")?.login;
    } catch (problem) {
      if (problem instanceof ProviderError && (problem.status === 401 || problem.status === 403)) return undefined;
      throw problem;
    }
  }

  async function findComment(issue: number, start: string) {
    for (let page = 1; page <= mostPages; page += 1) {
      const answer = await read({
        to: `read the comments of #${issue}`,
        send: (octokit, request) =>
          octokit.rest.issues.listComments({ ...here, issue_number: issue, per_page: 100, page, request }),
      });
      const comments = shaped(commentList, answer ?? [], "comments");
      const marked = comments.filter(({ body }) => body?.startsWith(start) === true);
      const byApp = marked.find(({ user }) => user?.type === "Bot" || user?.login.endsWith("[bot]") === true);
      const login = byApp === undefined && marked.length > 0 ? await ownLogin() : undefined;
      const found = byApp ?? marked.find(({ user }) => user !== null && user.login === login);
      if (found !== undefined || comments.length < 100) return found;
    }
    throw new ProviderError(
      "github",
      `#${issue} has more than ${mostPages * 100} comments, or GitHub gives the same page again and again; nothing is written there.`,
    );
  }

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

  async function refsLike(ref: string) {
    const answer = await store({
      to: `look for ${ref}`,
      send: (octokit, request) => octokit.rest.git.listMatchingRefs({ ...here, ref: withoutRefs(ref), request }),
    });
    return shaped(refList, answer, "list of refs");
  }

  /** A 404 may also mean a repository this token cannot see; only a list without the ref proves that it is absent. */
  async function confirmAbsent(ref: string): Promise<string | null> {
    const found = (await refsLike(ref)).find((candidate) => candidate.ref === ref);
    return found?.object.sha ?? null;
  }

  return {
    clockSkew,

    async readRef(ref) {
      const answer = await read({
        to: `read ${ref}`,
        send: (octokit, request) => octokit.rest.git.getRef({ ...here, ref: withoutRefs(ref), request }),
      });
      return answer === undefined ? confirmAbsent(ref) : shaped(refAnswer, answer, "ref").object.sha;
    },

    listRefs: async (prefix) => (await refsLike(prefix)).map(({ ref }) => ref),

    async readFile(commit, path) {
      const answer: unknown = await read({
        to: `read ${path} at ${commit.slice(0, 12)}`,
        send: (octokit, request) =>
          octokit.rest.repos.getContent({ ...here, path, ref: commit, mediaType: { format: "raw" }, request }),
      });
      if (answer === undefined) return null;
      return answer instanceof ArrayBuffer ? new TextDecoder().decode(answer) : shaped(z.string(), answer, "file");
    },

    async listTree(tree, depth) {
      const answer = await read({
        to: `list the files of ${tree.slice(0, 12)}`,
        send: (octokit, request) =>
          octokit.rest.git.getTree({
            ...here,
            tree_sha: tree,
            ...(depth !== undefined && { recursive: "1" }),
            request,
          }),
      });
      const listed = shaped(z.object({ tree: z.array(treeEntry), truncated: z.boolean() }), answer, "tree");
      if (listed.truncated)
        throw new ProviderError(
          "github",
          `GitHub lists only a part of the files of ${tree.slice(0, 12)}: there are too many.`,
        );
      return listed.tree;
    },

    async commitOf(ref) {
      const answer = await read({
        to: `find commit ${ref}`,
        send: (octokit, request) => octokit.rest.repos.getCommit({ ...here, ref, per_page: 1, request }),
      }).catch((error: unknown) => {
        // GitHub's answer for a name that is no commit; 404 is for a repository that is not there.
        if (error instanceof ProviderError && error.status === 422) return undefined;
        throw error;
      });
      return answer === undefined ? null : shaped(named, answer, "commit").sha;
    },

    async isAncestor(ancestor, descendant) {
      const answer = await read({
        to: `compare ${ancestor.slice(0, 12)} with ${descendant.slice(0, 12)}`,
        send: (octokit, request) =>
          octokit.rest.repos.compareCommitsWithBasehead({
            ...here,
            basehead: `${ancestor}...${descendant}`,
            per_page: 1,
            request,
          }),
      });
      return answer !== undefined && (answer.status === "ahead" || answer.status === "identical");
    },

    async createTree(files) {
      const tree = Object.entries(files).map(([path, content]) => ({
        path,
        content,
        mode: "100644" as const,
        type: "blob" as const,
      }));
      const answer = await store({
        to: "store a tree",
        send: (octokit, request) => octokit.rest.git.createTree({ ...here, tree, request }),
      });
      return shaped(named, answer, "tree").sha;
    },

    async createCommit({ message, tree, parents, at, author }) {
      const person = { ...author, date: new Date(at).toISOString() };
      const answer = await store({
        to: "store a commit",
        send: (octokit, request) =>
          octokit.rest.git.createCommit({
            ...here,
            message,
            tree,
            parents: [...parents],
            author: person,
            committer: person,
            request,
          }),
      });
      return shaped(named, answer, "commit").sha;
    },

    async treeOf(commit) {
      const answer = await store({
        to: `read commit ${commit.slice(0, 12)}`,
        send: (octokit, request) => octokit.rest.git.getCommit({ ...here, commit_sha: commit, request }),
      });
      return shaped(z.object({ tree: named }), answer, "commit").tree.sha;
    },

    createPullRequest: ({ title, body, head, base }) =>
      write({
        to: `open a pull request from ${head}`,
        async send(octokit, request) {
          const { data } = await octokit.rest.pulls.create({ ...here, title, body, head, base, request });
          return { data: shaped(z.object({ number: z.number() }), data, "pull request") };
        },
      }),

    createRef: async (ref, sha) =>
      nothing(
        await write({
          to: `create ${ref}`,
          send: (octokit, request) => octokit.rest.git.createRef({ ...here, ref, sha, request }),
        }),
      ),

    updateRef: async (ref, sha) =>
      nothing(
        await write({
          to: `move ${ref} to ${sha.slice(0, 12)}`,
          send: (octokit, request) =>
            octokit.rest.git.updateRef({ ...here, ref: withoutRefs(ref), sha, force: false, request }),
        }),
      ),

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
          if (status !== 201) throw odd("deployment");
          return { data: shaped(identified, data, "deployment") };
        },
      }),

    createDeploymentStatus: async (deployment, { state, description, logUrl, environmentUrl }) =>
      nothing(
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
      const deployments = shaped(deploymentList, answer ?? [], "deployments");
      return deployments.map(({ id, sha, payload }) => ({ id, commit: sha, payload }));
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

    async upsertComment({ issue, marker, body, onlyIfPresent = false }) {
      const text = `${marker}\n${body}`;
      const present = await findComment(issue, marker);
      const nothingToDo = present === undefined ? onlyIfPresent : present.body === text;
      if (nothingToDo) return { outcome: "applied", value: undefined };
      const written = await write({
        to: `comment on #${issue}`,
        send: (octokit, request) =>
          present === undefined
            ? octokit.rest.issues.createComment({ ...here, issue_number: issue, body: text, request })
            : octokit.rest.issues.updateComment({ ...here, comment_id: present.id, body: text, request }),
      });
      if (written.outcome !== "unknown") return nothing(written);
      const now = await findComment(issue, marker);
      return now?.body === text ? { outcome: "applied", value: undefined } : written;
    },

    async changedFiles(pull) {
      const found: string[] = [];
      for (let page = 1; page <= 30; page += 1) {
        const answer = await read({
          to: `list the files of pull request ${pull}`,
          send: (octokit, request) =>
            octokit.rest.pulls.listFiles({ ...here, pull_number: pull, per_page: 100, page, request }),
        });
        if (answer === undefined) return null;
        const files = shaped(changedList, answer, "list of files");
        found.push(...files.filter(({ status }) => status !== "removed").map(({ filename }) => filename));
        if (files.length < 100) return found;
      }
      return null;
    },

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

    async permissionOf(login) {
      const answer = await read({
        to: `read what ${login} may do`,
        send: (octokit, request) =>
          octokit.rest.repos.getCollaboratorPermissionLevel({ ...here, username: login, request }),
      });
      return shaped(z.object({ role_name: z.string() }), answer ?? { role_name: "none" }, "permission").role_name;
    },

    async isInTeam(team, login) {
      const [org = "", slug = ""] = team.replace(/^@/, "").split("/");
      try {
        const answer = await read({
          to: `look for ${login} in ${team}`,
          send: (octokit, request) =>
            octokit.rest.teams.getMembershipForUserInOrg({ org, team_slug: slug, username: login, request }),
        });
        if (answer === undefined) return false;
        return shaped(z.object({ state: z.string() }), answer, "team membership").state === "active";
      } catch (problem) {
        if (problem instanceof ProviderError && (problem.status === 401 || problem.status === 403)) return null;
        throw problem;
      }
    },

    react: async (comment, content) =>
      nothing(
        await write({
          to: `react to comment ${comment}`,
          send: (octokit, request) =>
            octokit.rest.reactions.createForIssueComment({ ...here, comment_id: comment, content, request }),
        }),
      ),

    unfinishedRuns: async (workflow) =>
      (await runsOf(workflow)).filter(({ status }) => status !== "completed").map(({ id }) => id),

    wasReplaced: async (run) => (await jobsOf(run)).replaced,

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
  };
}

const withoutRefs = (ref: string): string => ref.replace(/^refs\//, "");

const nothing = (written: Written<unknown>): Written<void> =>
  written.outcome === "applied" ? { outcome: "applied", value: undefined } : written;

const odd = (what: string, cause?: unknown): ProviderError =>
  new ProviderError("github", `GitHub answered with something that is not a ${what}. Run it again.`, {
    retryable: true,
    cause,
  });

/** An answer of the wrong shape (a proxy's page, say) is GitHub's failure, never a crash of ours. */
function shaped<S extends z.ZodType>(schema: S, answer: unknown, what: string): z.output<S> {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw odd(what, parsed.error);
}
