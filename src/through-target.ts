import type { DeployTarget } from "./deploy-target.ts";
import { InputError } from "./failure.ts";

interface AtDatabase {
  readonly url: string;
  readonly via?: "target" | undefined;
}

/**
 * A step or a metric whose database only the target's network reaches, with the address at which it is reached from
 * here: the host and port of `url` are looked up there, and everything else of the address stays.
 */
export async function reachedThroughTarget<T extends AtDatabase>(
  step: T | undefined,
  open: () => Promise<Pick<DeployTarget, "kind" | "forward"> | undefined>,
): Promise<T | undefined> {
  if (step?.via === undefined) return step;
  const target = await open();
  if (target?.forward === undefined)
    throw new InputError(
      "`via: target` needs a target that is reached over SSH (`target.compose`); this one has no network of its own to go through.",
    );
  if (!URL.canParse(step.url))
    throw new InputError(
      "The database's address (not shown) cannot be read: `via: target` needs one host and one port.",
    );
  const url = new URL(step.url);
  const usual = url.protocol.startsWith("redis") ? 6379 : 5432;
  const port = url.port === "" ? usual : Number(url.port);
  const here = await target.forward(url.hostname, port);
  url.hostname = here.host;
  url.port = String(here.port);
  return { ...step, url: url.href };
}

/** A step that runs alone, without a runbook, has no target to go through. */
export function notThroughTarget<T extends AtDatabase>(step: T): T {
  if (step.via === undefined) return step;
  throw new InputError(
    "`via: target` counts only in a runbook, which names the target; leave it away where a step runs alone.",
  );
}
