import { messageOf, ProviderError } from "../../failure.ts";

/** Hosts worked on at a time: one job does them all, since only then one verdict holds for the fleet. */
const hostsAtOnce = 8;

/** What came of each, in the items' order, and what went wrong. */
export interface Tried<T, R> {
  readonly done: readonly R[];
  readonly failed: readonly { readonly item: T; readonly problem: unknown }[];
}

/** The same for each, so many at a time; one that fails keeps no other from being tried. */
export async function tryEach<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<Tried<T, R>> {
  const done = new Map<number, R>();
  const failed: { readonly item: T; readonly problem: unknown }[] = [];
  const queue = [...items.entries()];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [index, item] = next;
      try {
        done.set(index, await work(item));
      } catch (problem) {
        failed.push({ item, problem });
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(hostsAtOnce, items.length) }, worker));
  return { done: [...done].sort(([a], [b]) => a - b).map(([, result]) => result), failed };
}

/** The same for each; every one is tried before the first problem is told. */
export async function each<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<readonly R[]> {
  const { done, failed } = await tryEach(items, work);
  if (failed.length > 0) throw problemOf(failed.map(({ problem }) => problem));
  return done;
}

/** One problem that tells of all. */
export function problemOf(problems: readonly unknown[]): unknown {
  const [first] = problems;
  if (problems.length <= 1 || !(first instanceof ProviderError)) return first;
  const { provider, retryable } = first;
  return new ProviderError(provider, problems.map(messageOf).join(" "), { retryable, cause: first });
}
