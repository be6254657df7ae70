import type * as z from "zod";
import { unprocessable } from "./refusal.ts";
import type { TokenHolder } from "./tokens.ts";

export interface TwinRequest {
  /** Decoded path parameters. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** The `accept` header, in lower case. */
  readonly accept: string;
  readonly holder: TokenHolder;
}

export interface Answer {
  readonly status: number;
  /** JSON, or bytes for raw content; none with 204. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Neighbouring pages of a list, by relation; the server turns them into the `link` header. */
  readonly pages?: Readonly<Record<string, number>>;
}

/** One endpoint of the REST API. */
export interface Route {
  readonly method: string;
  /** Below `/repos/{owner}/{repo}`. `:name` takes one segment, `*name` the rest of the path. */
  readonly path: string;
  /** What a token must hold, in the form of `x-accepted-github-permissions`. */
  readonly permissions: string;
  answer(request: TwinRequest, body: unknown): Answer | Promise<Answer>;
}

type Read = (request: TwinRequest) => Answer | Promise<Answer>;

export const get = (path: string, permissions: string, answer: Read): Route => ({
  method: "GET",
  path,
  permissions,
  answer,
});

export const remove = (path: string, permissions: string, answer: Read): Route => ({
  method: "DELETE",
  path,
  permissions,
  answer,
});

/** An endpoint whose body is validated before anything happens, refused with 422 as GitHub does. */
export function write<S extends z.ZodType>(
  method: "POST" | "PATCH" | "PUT",
  path: string,
  permissions: string,
  schema: S,
  answer: (request: TwinRequest, body: z.output<S>) => Answer | Promise<Answer>,
): Route {
  return {
    method,
    path,
    permissions,
    answer(request, body) {
      const parsed = schema.safeParse(body);
      if (parsed.success) return answer(request, parsed.data);
      throw unprocessable(`Invalid request.\n\n${parsed.error.issues.map((issue) => explain(issue, body)).join("\n")}`);
    },
  };
}

/** GitHub's own wording of the common mistakes. */
function explain(issue: z.core.$ZodIssue, body: unknown): string {
  const field = issue.path.join("/");
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => `${JSON.stringify(key)} is not a permitted key.`).join("\n");
  const value = valueAt(body, issue.path);
  if (value === undefined) return `"${field}" wasn't supplied.`;
  return `For 'properties/${field}', ${JSON.stringify(value)?.slice(0, 200)}: ${issue.message}.`;
}

function valueAt(body: unknown, path: readonly PropertyKey[]): unknown {
  let value = body;
  for (const key of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}

/** One page of a list, as `per_page` and `page` ask for it. */
export function page<T>(items: readonly T[], request: TwinRequest, wrap?: (items: readonly T[]) => unknown): Answer {
  const size = Math.min(100, naturalOr(30, request.query.get("per_page")));
  const number = naturalOr(1, request.query.get("page"));
  const last = Math.max(1, Math.ceil(items.length / size));
  const shown = items.slice((number - 1) * size, number * size);
  const before = number > 1 ? { prev: number - 1, first: 1 } : {};
  const after = number < last ? { next: number + 1, last } : {};
  return { status: 200, body: wrap === undefined ? shown : wrap(shown), pages: { ...before, ...after } };
}

/** GitHub answers an odd page number with the default instead of an error. */
function naturalOr(fallback: number, text: string | null): number {
  const value = Number(text);
  return text !== null && Number.isInteger(value) && value > 0 ? value : fallback;
}
