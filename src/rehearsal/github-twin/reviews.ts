import type { TwinIssue } from "./issues.ts";
import { notFound, unprocessable } from "./refusal.ts";
import { get, page, type Route } from "./route.ts";
import { nodeId, resolveCommit, type TwinRepository, user } from "./twin-repository.ts";

export type ReviewState = "APPROVED" | "CHANGES_REQUESTED" | "COMMENTED" | "DISMISSED";

export interface TwinReview {
  readonly pull: number;
  readonly author: string;
  readonly state: ReviewState;
  readonly at: string;
}

/** https://docs.github.com/rest/pulls/reviews, and which pull requests a commit came through. */
export function reviewRoutes(
  repository: TwinRepository,
  issues: readonly TwinIssue[],
  reviews: readonly TwinReview[],
): Route[] {
  const headOf = (issue: TwinIssue) => resolveCommit(repository, issue.pull?.head ?? "");
  return [
    get("/commits/*ref/pulls", "pull_requests=read", async (request) => {
      const sha = await resolveCommit(repository, request.params["ref"] ?? "");
      if (sha === undefined) throw unprocessable(`No commit found for SHA: ${request.params["ref"]}`);
      const pulls = issues.filter((issue) => issue.pull !== undefined);
      const heads = await Promise.all(pulls.map(headOf));
      const found = pulls.filter((_pull, i) => heads[i] === sha);
      const bodies = found.map(({ number, state, title, author }) => ({
        number,
        state,
        title,
        user: user(author),
        merged_at: state === "closed" ? repository.timestamp() : null,
        head: { sha },
      }));
      return page(bodies, request);
    }),
    get("/pulls/:number/reviews", "pull_requests=read", (request) => {
      const number = Number(request.params["number"]);
      if (!issues.some((issue) => issue.number === number && issue.pull !== undefined)) throw notFound();
      const bodies = reviews
        .filter(({ pull }) => pull === number)
        .map(({ author, state, at }, i) => ({
          id: i + 1,
          node_id: nodeId("PullRequestReview", i + 1),
          user: user(author),
          body: "",
          state,
          submitted_at: at,
        }));
      return page(bodies, request);
    }),
  ];
}
