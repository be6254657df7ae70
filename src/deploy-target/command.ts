import type { DeployTarget, Outcome, Production, Serving } from "../deploy-target.ts";
import { InputError, ProviderError } from "../failure.ts";
import { minimalEnv } from "../minimal-env.ts";
import { plainText } from "../plain-text.ts";
import type { ExecResult, Ports } from "../ports.ts";
import { quote } from "../source-text.ts";
import type { CommandTarget } from "../target-spec.ts";
import { type Answers, answerIn, brokenContract, contract } from "./command-answer.ts";
import { allOn, servesExactly, sharesOf } from "./shares.ts";

type CommandName = "observe" | "stage" | "shift" | "restore" | "health" | "history";
type CommandPorts = Pick<Ports, "exec" | "env" | "clock" | "cancelled" | "log">;

/** Milliseconds a command that only reads may take. */
const readWithinMs = 60_000;
const writeWithinMs = 10 * 60_000;
/** A platform may take a moment to show a write that its command reported. */
const readBackPausesMs = [0, 250, 500, 1_000, 2_000, 4_000];
/** What is kept of a command's output; as much may lack its beginning. */
const mostCharacters = 1_048_576;

type Question = Readonly<Record<string, unknown>>;

/** How a command ended; `late` when it was stopped at its deadline, so that its effect may still show. */
type Ran =
  | { readonly ended: "well"; readonly stdout: string }
  | { readonly ended: "badly" | "late"; readonly message: string };

/**
 * Any platform that has commands. A command learns the question as one JSON object on standard input, and its plain
 * parts also as variables (`SLUICE_VERSION` and so on): nothing stands in argv. It answers with one JSON object on
 * standard output, read strictly. What a write came to is decided by running `observe`, never by its own words.
 */
export function commandTarget(spec: CommandTarget, ports: CommandPorts): DeployTarget {
  const writesWithinMs = spec.within ?? writeWithinMs;

  const run = async (name: CommandName, question: Question, withinMs: number, directory?: string): Promise<Ran> => {
    const text = spec[name];
    if (text === undefined) throw new InputError(`target.command has no \`${name}\`; add the command to the runbook.`);
    const asked = { contract, command: name, ...question };
    const result = await ports
      .exec("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", text], {
        env: { ...minimalEnv(ports.env), ...spec.env, ...asVariables(asked) },
        stdin: `${JSON.stringify(asked)}\n`,
        timeoutMs: withinMs,
        // A build is long and its log worth reading; the runner masks what is secret in it.
        ...(directory === undefined
          ? {}
          : { cwd: directory, onLine: (line) => ports.log.info(`  | ${plainText(line)}`) }),
      })
      .catch((problem: NodeJS.ErrnoException) => {
        throw new InputError(
          `target.command.${name} cannot be started (${problem.code ?? problem.message}): it runs in bash. Install bash on this runner.`,
        );
      });
    if (result.code === 0 && result.stdout.length < mostCharacters) return { ended: "well", stdout: result.stdout };
    if (result.code === 0)
      throw brokenContract(name, "printed more than 1 MiB; let everything but the answer go to standard error");
    return {
      ended: result.code === null ? "late" : "badly",
      message: `target.command.${name} ${endingOf(result, withinMs)}`,
    };
  };

  const read = async <K extends "observe" | "health" | "history">(name: K, question: Question): Promise<Answers[K]> => {
    const ran = await run(name, question, readWithinMs);
    if (ran.ended === "well") return answerIn(name, name, ran.stdout);
    throw new ProviderError("command", `${ran.message}. Run it by hand with the same variables, and mend it.`, {
      retryable: true,
    });
  };

  const look = () => read("observe", {});

  const write = async (
    name: "shift" | "restore",
    question: Question,
    wanted: readonly Serving[],
    ifGeneration: string | undefined,
  ): Promise<Outcome> => {
    ports.cancelled.throwIfAborted();
    const before = productionOf(await look());
    if (ifGeneration !== undefined && before.generation !== ifGeneration) {
      const message = `Production is at generation ${before.generation}, not ${ifGeneration}: somebody moved traffic meanwhile. Read it again and decide anew.`;
      return { outcome: "not-applied", reason: "generation-differs", message, production: before };
    }
    const ran = await run(name, { ...question, ifGeneration: ifGeneration ?? before.generation }, writesWithinMs);
    const said = ran.ended === "well" ? answerIn("shift", name, ran.stdout) : undefined;
    const believed = said?.outcome === "applied";
    const after = await readBack(before, wanted, believed);
    if (typeof after === "string")
      return { outcome: "unknown", message: `target.command.${name} ran, and production cannot be read: ${after}` };
    const moved = after.generation !== before.generation;
    if (moved && servesExactly(after, wanted)) return { outcome: "applied", production: after };
    if (said?.outcome === "not-applied")
      return { outcome: "not-applied", reason: said.reason, message: plainText(said.message), production: after };
    if (moved) {
      const message =
        "The shares were written, and production shows others: it was changed meanwhile. Read it and decide anew.";
      return { outcome: "not-applied", reason: "changed-meanwhile", message, production: after };
    }
    if (believed)
      throw brokenContract(
        name,
        `said that it was applied, and \`observe\` still shows generation ${quote(after.generation)} (every write that was accepted has to change it, even one to the same shares)`,
      );
    const message = `${ran.ended === "well" ? "" : ran.message}. Production is unchanged at generation ${after.generation}.`;
    if (ran.ended === "late") return { outcome: "unknown", message };
    return { outcome: "not-applied", reason: "command-failed", message, production: after };
  };

  /** Reads until the wanted shares show, or often enough; only a write that was reported as done is waited for. */
  const readBack = async (
    before: Production,
    wanted: readonly Serving[],
    wait: boolean,
  ): Promise<Production | string> => {
    let seen: Production | string = "nothing was read";
    for (const pause of wait ? readBackPausesMs : readBackPausesMs.slice(0, 2)) {
      if (pause > 0) await ports.clock.sleep(pause);
      try {
        seen = productionOf(await look());
      } catch (problem) {
        if (!(problem instanceof ProviderError && problem.retryable)) throw problem;
        seen = problem.message;
        continue;
      }
      if (seen.generation !== before.generation && servesExactly(seen, wanted)) return seen;
      if (!wait) return seen;
    }
    return seen;
  };

  return {
    kind: "command",
    // Whether the platform itself refuses a late write is the script's business; here it is only looked at before.
    capabilities: { shifts: spec.shifts, compareAndSet: false },

    observe: async () => productionOf(await look()),

    async stage({ commit, directory, env }) {
      ports.cancelled.throwIfAborted();
      const ran = await run("stage", { commit, variables: env }, writesWithinMs, directory);
      if (ran.ended !== "well") throw new InputError(`${ran.message}. No traffic was moved; mend it and push again.`);
      const staged = answerIn("stage", "stage", ran.stdout);
      const { serving } = await look();
      if (serving.some(({ version }) => version === staged.version)) return staged;
      throw brokenContract(
        "stage",
        `said that version ${quote(staged.version)} was staged, and \`observe\` does not list it (list it with weight 0)`,
      );
    },

    shift({ candidate, stable, weight, ifGeneration }) {
      const question = { candidate, stable, weight };
      return write("shift", question, sharesOf(candidate, stable, weight), ifGeneration);
    },

    restore: ({ to, ifGeneration }) => write("restore", { version: to }, allOn(to), ifGeneration),

    async health(version) {
      if (spec.health !== undefined) {
        const { healthy, message } = await read("health", { version });
        return { healthy, message: plainText(message) };
      }
      const { serving } = await look();
      const listed = serving.some((entry) => entry.version === version);
      const past = listed || spec.history === undefined ? [] : (await read("history", {})).versions;
      const exists = listed || past.some((entry) => entry.version === version);
      const mend = "whether it works is unknown, because target.command has no `health`";
      return exists
        ? { healthy: true, message: `Version ${version} exists; ${mend}.` }
        : { healthy: false, message: `Version ${version} is neither served nor staged nor in the history.` };
    },

    async address(version) {
      return (await look()).serving.find((entry) => entry.version === version)?.url;
    },

    ...(spec.history === undefined
      ? {}
      : { history: async () => (await read("history", {})).versions.map(({ at, ...past }) => ({ ...past, at })) }),

    // There is no command that removes: what is kept, and for how long, is the platform's own business.
    cleanup: async () => [],
  };
}

const productionOf = ({ generation, serving }: Answers["observe"]): Production => ({
  generation,
  serving: serving.map(({ version, weight }) => ({ version, weight })),
});

/** `ifGeneration` becomes SLUICE_IF_GENERATION. Only plain values: the variables of a version travel on standard input. */
function asVariables(question: Question): Record<string, string> {
  return Object.fromEntries(
    Object.entries(question).flatMap(([name, value]) =>
      typeof value === "string" || typeof value === "number"
        ? [[`SLUICE_${name.replace(/[A-Z]/g, "_$&").toUpperCase()}`, String(value)]]
        : [],
    ),
  );
}

function endingOf({ code, signal, stderr }: ExecResult, withinMs: number): string {
  const last = stderr.trimEnd().split("\n").at(-1)?.trim();
  const said = last === undefined || last === "" ? "" : ` and said ${quote(last)}`;
  if (code === null) return `was ended by ${signal} (it may take ${withinMs / 1000} s)${said}`;
  return `ended with ${code}${said}`;
}
