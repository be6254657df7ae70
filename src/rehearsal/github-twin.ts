import { type RequestLine, startApiServer } from "./github-twin/api-server.ts";
import { openBareRepository } from "./github-twin/bare-repository.ts";
import { checkRoutes, latestByContext, type TwinCheckRun, type TwinCommitStatus } from "./github-twin/checks.ts";
import { deploymentRoutes, type TwinDeployment } from "./github-twin/deployments.ts";
import { type Faults, faultBook } from "./github-twin/faults.ts";
import { gitDataRoutes } from "./github-twin/git-data.ts";
import { issueBook, type TwinIssue } from "./github-twin/issues.ts";
import { type CollaboratorRole, peopleAndVariableRoutes } from "./github-twin/people-and-variables.ts";
import { contentRoutes } from "./github-twin/repository-content.ts";
import { type ReviewState, reviewRoutes, type TwinReview } from "./github-twin/reviews.ts";
import { type TokenRequest, tokenBook } from "./github-twin/tokens.ts";
import { isoSeconds, type TwinRepository } from "./github-twin/twin-repository.ts";
import { type OnDispatch, type TwinDispatch, type TwinRun, workflowRoutes } from "./github-twin/workflow-runs.ts";

export interface GitHubTwinOptions {
  /** `owner/name`. The repository is private: what a token was not granted is refused, reads included. */
  readonly repository: string;
  /** Path of a bare git repository with SHA-1 object names; the twin reads and writes it for real. */
  readonly bareRepository: string;
  readonly defaultBranch?: string;
  /** Starts a run; without it every dispatch is refused, as with Actions disabled. */
  readonly onDispatch?: OnDispatch;
  /** Decides the hourly rate limit of the repository's job tokens: 1,000, or 15,000 with Enterprise Cloud. */
  readonly plan?: "free" | "enterprise";
  /** Requests an hour; overrides the plan's. */
  readonly rateLimit?: number;
  readonly collaborators?: Readonly<Record<string, CollaboratorRole>>;
  readonly variables?: Readonly<Record<string, string>>;
  /** Branches that a ruleset protects. */
  readonly protectedBranches?: readonly string[];
  /** Milliseconds since the epoch; the machine's clock unless given. */
  readonly now?: () => number;
}

/** Everything that was written to the twin, as plain JSON. */
export interface GitHubTwinState {
  readonly deployments: readonly TwinDeployment[];
  readonly issues: readonly TwinIssue[];
  readonly checkRuns: readonly TwinCheckRun[];
  readonly commitStatuses: readonly TwinCommitStatus[];
  readonly dispatches: readonly TwinDispatch[];
  readonly requests: readonly RequestLine[];
}

export interface GitHubTwin {
  /** The value of `GITHUB_API_URL`. */
  readonly url: string;
  /** A token that may do exactly what `permissions` say. */
  issueToken(request: TokenRequest): string;
  revokeToken(token: string): void;
  /** The runner reports its runs here, whole, whenever one changes. */
  reportRun(run: TwinRun): void;
  /** Opens a pull request for branches that exist; answers its number. */
  openPullRequest(pull: { title: string; head: string; base: string; author: string; fork?: boolean }): number;
  /** Opens an issue; answers its number. */
  openIssue(issue: { readonly title: string; readonly author: string; readonly labels?: readonly string[] }): number;
  /** Somebody comments on an issue or a pull request; answers the comment's id. */
  comment(comment: { readonly issue: number; readonly author: string; readonly body: string }): number;
  /** A person's word on a pull request. */
  review(review: { readonly pull: number; readonly author: string; readonly state: ReviewState }): void;
  readonly faults: Faults;
  /** A copy: later requests do not change it. */
  state(): GitHubTwinState;
  stop(): Promise<void>;
}

/**
 * A stateful emulation of the part of GitHub's REST API that a release uses, on a real git repository.
 *
 * Strict where GitHub is: permissions, bodies, lengths, fast-forwards, defaults that surprise. Not modelled: branch
 * protection and rulesets, GraphQL, webhooks, ETags, and whatever no release of ours calls; that answers 404.
 */
export async function startGitHubTwin(options: GitHubTwinOptions): Promise<GitHubTwin> {
  const { repository: fullName, plan = "free", now = Date.now } = options;
  const [owner = "", name = ""] = fullName.split("/");
  const git = openBareRepository(options.bareRepository);
  const root = `/repos/${owner}/${name}`;
  const tokens = tokenBook();
  const faults = faultBook();
  const state = {
    deployments: [] as TwinDeployment[],
    issues: [] as TwinIssue[],
    checkRuns: [] as TwinCheckRun[],
    commitStatuses: [] as TwinCommitStatus[],
    dispatches: [] as TwinDispatch[],
    requests: [] as RequestLine[],
  };
  const runs = new Map<number, TwinRun>();
  let lastId = 1000;
  let url = "";

  const repository: TwinRepository = {
    owner,
    name,
    defaultBranch: options.defaultBranch ?? "main",
    get url() {
      return `${url}${root}`;
    },
    htmlUrl: `https://github.com/${fullName}`,
    git,
    timestamp: () => isoSeconds(now()),
    nextId: () => ++lastId,
  };
  const contextsOf = (sha: string) => [
    ...latestByContext(state.commitStatuses, sha),
    ...state.checkRuns
      .filter((run) => run.headSha === sha)
      .map((run) => ({ context: run.name, state: run.conclusion ?? "pending" })),
  ];
  const issues = issueBook(repository, state.issues);
  const reviews: TwinReview[] = [];

  const server = await startApiServer({
    root,
    routes: [
      ...reviewRoutes(repository, state.issues, reviews),
      ...contentRoutes(repository, options.protectedBranches ?? []),
      ...gitDataRoutes(repository),
      ...deploymentRoutes(repository, state.deployments, contextsOf),
      ...issues.routes,
      ...checkRoutes(repository, state.checkRuns, state.commitStatuses),
      ...workflowRoutes(repository, runs, state.dispatches, options.onDispatch),
      ...peopleAndVariableRoutes(repository, options.collaborators ?? {}, options.variables ?? {}),
    ],
    rateLimit: options.rateLimit ?? (plan === "enterprise" ? 15_000 : 1_000),
    now,
    holder: tokens.holder,
    fault: faults.take,
    log: (line) => state.requests.push(line),
  });
  url = server.url;

  return {
    url,
    issueToken: tokens.issue,
    revokeToken: tokens.revoke,
    reportRun: (run) => void runs.set(run.id, run),
    openPullRequest({ title, head, base, author, fork = false }) {
      return issues.open({ title, body: null, author, pull: { head, base, fork } }).number;
    },
    openIssue({ title, author, labels = [] }) {
      const issue = issues.open({ title, body: null, author });
      issue.labels = [...labels];
      return issue.number;
    },
    comment: issues.comment,
    review: (review) => void reviews.push({ ...review, at: repository.timestamp() }),
    faults: { inject: faults.inject, clear: faults.clear },
    state: () => structuredClone(state),
    async stop() {
      await server.stop();
      await git.close();
    },
  };
}
