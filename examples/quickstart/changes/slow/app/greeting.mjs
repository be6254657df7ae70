import { setTimeout as sleep } from "node:timers/promises";

/** What a visitor, numbered from 0 to 99, is told first. The look-up is right, and 300 ms slower than it was. */
export async function greeting(visitor) {
  await sleep(300);
  return `Welcome, visitor ${visitor}. It is good to see you.`;
}
