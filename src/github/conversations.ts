import * as z from "zod";
import { ProviderError } from "../failure.ts";
import { shaped, withoutValue } from "./answer.ts";
import type { Exchange, Written } from "./exchange.ts";

/** Issues and pull requests, and what is said there. Every method throws `ProviderError`. */
export interface Conversations {
  /** Opens a pull request between two branches of this repository. */
  createPullRequest(pull: {
    readonly title: string;
    readonly body: string;
    readonly head: string;
    readonly base: string;
  }): Promise<Written<{ readonly number: number }>>;
  /** Paths a pull request adds or changes; null when there is none, or when it changes more than GitHub lists (3,000). */
  changedFiles(pull: number): Promise<readonly string[] | null>;
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
  /** Reacts to a comment of an issue or a pull request; the same reaction twice is one. */
  react(comment: number, reaction: "+1" | "-1" | "confused"): Promise<Written<void>>;
}

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

export function conversations({ read, write, here }: Exchange): Conversations {
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

  return {
    createPullRequest: ({ title, body, head, base }) =>
      write({
        to: `open a pull request from ${head}`,
        async send(octokit, request) {
          const { data } = await octokit.rest.pulls.create({ ...here, title, body, head, base, request });
          return { data: shaped(z.object({ number: z.number() }), data, "pull request") };
        },
      }),

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
      if (written.outcome !== "unknown") return withoutValue(written);
      const now = await findComment(issue, marker);
      return now?.body === text ? { outcome: "applied", value: undefined } : written;
    },

    react: async (comment, content) =>
      withoutValue(
        await write({
          to: `react to comment ${comment}`,
          send: (octokit, request) =>
            octokit.rest.reactions.createForIssueComment({ ...here, comment_id: comment, content, request }),
        }),
      ),
  };
}
