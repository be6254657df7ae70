import { setTimeout as sleep } from "node:timers/promises";

/** The title of a task as it is kept; it is looked up in a place that is far away. */
export async function titleOf(written) {
  await sleep(300);
  return written.trim().replace(/\s+/g, " ");
}
