import { ProviderError } from "../../failure.ts";

/** Hosts worked on at a time: one job does them all, since only then one verdict holds for the fleet. */
const hostsAtOnce = 8;

/** The same for each, so many at a time; every one is tried before the first problem is told. */
export async function each<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  const problems: unknown[] = [];
  const queue = [...items.entries()];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [index, item] = next;
      try {
        results[index] = await work(item);
      } catch (problem) {
        problems.push(problem);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(hostsAtOnce, items.length) }, worker));
  const [first] = problems;
  if (problems.length > 1 && first instanceof ProviderError)
    throw new ProviderError(first.provider, problems.map(messageOf).join(" "), {
      retryable: first.retryable,
      cause: first,
    });
  if (problems.length > 0) throw first;
  return results;
}

const messageOf = (problem: unknown): string => (problem instanceof Error ? problem.message : String(problem));
