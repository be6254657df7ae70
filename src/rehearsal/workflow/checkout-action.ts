import { appendFile, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { checkOut } from "./checkout.ts";
import { asText, isObject } from "./expression.ts";
import type { Attempt } from "./job-state.ts";

const knownInputs = ["repository", "ref", "path", "fetch-depth", "fetch-tags", "persist-credentials", "token", "clean"];

/**
 * Stands in for actions/checkout: a real work tree of the requested commit, from the rehearsal's own repositories. Its
 * `origin` is the folder the repository lies in.
 */
export async function useCheckout(given: Readonly<Record<string, string>>, attempt: Attempt): Promise<number> {
  const { job, step } = attempt;
  const { run, world } = job.setting;
  const foreign = Object.keys(given).filter((name) => !knownInputs.includes(name));
  if (foreign.length > 0) job.log.warn(`The rehearsal's checkout does not model ${foreign.join(", ")}.`);
  const repository = given["repository"] || run.repository;
  const origin = [world.consumer, world.toolkit].find((known) => known.repository === repository);
  if (!origin) {
    job.log.error(`Repository not found: ${repository}. A rehearsal has ${run.repository} and ${run.toolkitName}.`);
    return 1;
  }
  const own = repository === run.repository && !given["ref"];
  const into = resolve(job.machine.workspace, given["path"] || ".");
  const sha = await checkOut({
    source: origin.source,
    ref: given["ref"] || (own ? run.ref : origin.sha),
    ...(own ? { sha: run.sha } : {}),
    into,
    depth: Number(given["fetch-depth"] || "1"),
    tags: given["fetch-tags"] === "true",
  });
  step.outputs["commit"] = sha;
  step.outputs["ref"] = given["ref"] || (own ? run.ref : sha);
  job.log.line(`HEAD is now at ${sha}`);
  if (given["persist-credentials"] !== "false") await persistCredentials(into, given["token"], attempt);
  return 0;
}

/** Leaves the token in the work tree's configuration until the job ends, as the real action does. */
async function persistCredentials(folder: string, token: string | undefined, attempt: Attempt): Promise<void> {
  const { job, frame, step } = attempt;
  const github = frame.contexts["github"];
  const credential = token || (isObject(github) ? asText(github["token"]) : "");
  const basic = Buffer.from(`x-access-token:${credential}`).toString("base64");
  job.setting.masks.add(basic);
  const file = join(folder, ".git", "config");
  const server = job.setting.run.server ?? job.setting.run.api;
  const section = `[http "${server}/"]\n\textraheader = AUTHORIZATION: basic ${basic}\n`;
  // Written as a file: an argument of git would show the token to every process of the machine.
  await appendFile(file, section);
  job.posts.unshift({
    name: "actions/checkout",
    condition: "always()",
    frame,
    env: {},
    step,
    execute: async () => {
      // The job may have removed its work tree.
      const config = await readFile(file, "utf8").catch(() => undefined);
      if (config !== undefined) await writeFile(file, config.replace(section, ""));
      return 0;
    },
  });
}
