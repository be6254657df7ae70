import { readdirSync, readFileSync } from "node:fs";

/**
 * Ends every process that still carries a job's RUNNER_TRACKING_ID in its environment, as the runner does when a job
 * is over, and returns their ids. A process started with another value (or none) survives. Without /proc there is
 * nothing to look in and nothing is ended.
 */
export function endOrphans(trackingId: string): readonly number[] {
  const mark = `RUNNER_TRACKING_ID=${trackingId}`;
  return processIds().filter((pid) => carries(pid, mark) && end(pid));
}

function processIds(): readonly number[] {
  try {
    return readdirSync("/proc")
      .map(Number)
      .filter((pid) => Number.isInteger(pid) && pid !== process.pid);
  } catch {
    return [];
  }
}

function carries(pid: number, mark: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1").split("\0").includes(mark);
  } catch {
    // It ended meanwhile, or belongs to another user: not ours.
    return false;
  }
}

function end(pid: number): boolean {
  try {
    process.kill(pid, "SIGKILL");
    return true;
  } catch {
    return false;
  }
}
