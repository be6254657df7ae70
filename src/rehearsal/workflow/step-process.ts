import { existsSync } from "node:fs";
import { readCommand, resumes } from "./command.ts";
import { asText, isObject, type Json } from "./expression.ts";
import type { Attempt } from "./job-state.ts";
import { runProcess } from "./process.ts";
import { createRunnerFiles, type Left } from "./runner-files.ts";

/** What to start; the environment comes on top of the one every step has. */
export interface StepCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** The step's own `github` context. */
  readonly github: Json;
}

/** Runs a process of a step with the runner's environment, commands and files; returns its exit code. */
export async function runStepProcess(attempt: Attempt, command: StepCommand): Promise<number> {
  const { job } = attempt;
  if (!existsSync(command.cwd)) {
    job.log.error(
      `An error occurred trying to start process '${command.file}' with working directory '${command.cwd}'. No such file or directory`,
    );
    return 127;
  }
  const files = createRunnerFiles(job.machine.temp);
  try {
    return await runProcess({
      file: command.file,
      args: command.args,
      cwd: command.cwd,
      env: { ...environmentOf(attempt, command), ...files.env },
      stop: attempt.stop,
      kill: job.killed,
      timing: job.setting.timing,
      onLine: createLineReader(attempt),
      onStart: (pid) => job.setting.emit({ type: "process", job: job.key, pid }),
    });
  } finally {
    absorb(attempt, files.collect());
  }
}

function environmentOf(attempt: Attempt, command: StepCommand): Record<string, string> {
  const { job } = attempt;
  const path = [...job.paths, process.env["PATH"] ?? "/usr/bin:/bin"].join(":");
  return {
    PATH: path,
    CI: "true",
    ...job.setting.run.env,
    ...job.machine.env,
    ...attempt.env,
    // A PATH in `env:` counts, but what GITHUB_PATH added still comes before it.
    ...(attempt.env["PATH"] === undefined ? {} : { PATH: [...job.paths, attempt.env["PATH"]].join(":") }),
    ...command.env,
    ...githubVariables(command.github),
    ...job.machine.runnerEnv,
    GITHUB_ACTIONS: "true",
  };
}

/** The members of the `github` context that the runner gives processes (actions/runner, GitHubContext.cs). */
const githubVariableNames = [
  ...["action", "action_path", "action_ref", "action_repository", "actor", "actor_id", "api_url", "base_ref"],
  ...["event_name", "event_path", "graphql_url", "head_ref", "job", "ref", "ref_name", "ref_protected", "ref_type"],
  ...["repository", "repository_id", "repository_owner", "repository_owner_id", "retention_days", "run_attempt"],
  ...["run_id", "run_number", "server_url", "sha", "triggering_actor", "workflow", "workflow_ref", "workflow_sha"],
  "workspace",
];

function githubVariables(github: Json): Record<string, string> {
  if (!isObject(github)) return {};
  return Object.fromEntries(
    githubVariableNames
      .filter((name) => github[name] !== undefined)
      .map((name) => [`GITHUB_${name.toUpperCase()}`, asText(github[name])]),
  );
}

/** Reads each line a step prints: a workflow command is obeyed, anything else goes to the log. */
function createLineReader(attempt: Attempt): (line: string) => void {
  const { job, step } = attempt;
  let resumeToken: string | undefined;
  return (line) => {
    if (resumeToken !== undefined) {
      if (resumes(line, resumeToken)) resumeToken = undefined;
      else job.log.line(line);
      return;
    }
    const command = readCommand(line);
    if (!command) return job.log.line(line);
    const { name, properties, value } = command;
    switch (name) {
      case "add-mask":
        if (value.trim() === "") job.log.warn("Can't add secret mask for empty string in ##[add-mask] command.");
        else job.setting.masks.add(value);
        return;
      case "error":
      case "warning":
      case "notice":
        return job.log.annotate({ level: name, message: value, ...placeOf(properties) });
      case "stop-commands":
        resumeToken = value;
        return;
      case "save-state":
        step.state[properties["name"] ?? ""] = value;
        return;
      case "set-output":
        step.outputs[properties["name"] ?? ""] = value;
        return;
      case "set-env":
      case "add-path":
        step.refused = true;
        return job.log.error(
          `The \`${name}\` command is disabled. Please upgrade to using Environment Files ` +
            "or opt into unsecure command execution.",
        );
      case "group":
        return job.log.line(`##[group]${value}`);
      case "endgroup":
        return job.log.line("##[endgroup]");
      default:
        return;
    }
  };
}

function placeOf(properties: Readonly<Record<string, string>>): { title?: string; file?: string; line?: number } {
  const { title, file } = properties;
  const line = Number(properties["line"]);
  return {
    ...(title === undefined ? {} : { title }),
    ...(file === undefined ? {} : { file }),
    ...(Number.isInteger(line) && line > 0 ? { line } : {}),
  };
}

/** Takes over what the step wrote into the runner's files. */
function absorb({ job, step }: Attempt, left: Left): void {
  for (const fault of left.faults) {
    step.refused = true;
    job.log.error(fault);
  }
  for (const complaint of left.complaints) job.log.error(complaint);
  Object.assign(step.outputs, Object.fromEntries(left.outputs));
  Object.assign(step.state, Object.fromEntries(left.state));
  Object.assign(job.env, Object.fromEntries(left.env));
  for (const path of left.paths) {
    if (job.paths.includes(path)) job.paths.splice(job.paths.indexOf(path), 1);
    job.paths.unshift(path);
  }
  if (left.summary !== "") job.log.summarize(step.name, left.summary);
}
