import { readFileSync } from "node:fs";
import type { Random } from "./random.ts";
import type { Minute } from "./traffic.ts";

const BUCKETS = 20;

/** A log whose users were divided into twenty buckets; each list has a row per look and a column per bucket. */
interface SplitLog {
  readonly n: readonly (readonly number[])[];
  readonly bad: readonly (readonly number[])[];
  readonly newUsers: readonly (readonly number[])[];
  readonly firstBadPerUser: readonly (readonly number[])[];
}

export const LOGS = { NASA: "nasa_1995-08-01_split20.json", semicomplete: "semicomplete_2015-05_hourly_split20.json" };

export const readTrace = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../test/data/traces/${name}`, import.meta.url), "utf8"));

export const readLog = (name: string): SplitLog => readTrace(name) as SplitLog;

/** Which buckets play the candidate. */
export function someBuckets(count: number, random: Random): readonly number[] {
  const left = Array.from({ length: BUCKETS }, (_, i) => i);
  return Array.from({ length: count }, () => left.splice(Math.floor(random() * left.length), 1)[0] ?? 0);
}

function divided(row: readonly number[], candidate: ReadonlySet<number>): readonly [number, number] {
  let [own, others] = [0, 0];
  row.forEach((count, bucket) => {
    if (candidate.has(bucket)) own += count;
    else others += count;
  });
  return [own, others];
}

/** An A/A run with sticky users, counted by requests. */
export function byRequests({ n, bad }: SplitLog, buckets: readonly number[]): readonly Minute[] {
  const candidate = new Set(buckets);
  return n.map((row, look) => {
    const [total, otherTotal] = divided(row, candidate);
    const [failed, otherFailed] = divided(bad[look] ?? [], candidate);
    return { candidate: { total, bad: failed }, stable: { total: otherTotal, bad: otherFailed } };
  });
}

/** The same counted by users: everybody seen so far could fail now, and each fails for the first time only once. */
export function byUsers({ newUsers, firstBadPerUser }: SplitLog, buckets: readonly number[]): readonly Minute[] {
  const candidate = new Set(buckets);
  let [users, otherUsers] = [0, 0];
  return newUsers.map((row, look) => {
    const [added, otherAdded] = divided(row, candidate);
    users += added;
    otherUsers += otherAdded;
    const [failed, otherFailed] = divided(firstBadPerUser[look] ?? [], candidate);
    return { candidate: { total: users, bad: failed }, stable: { total: otherUsers, bad: otherFailed } };
  });
}
