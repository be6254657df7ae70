import { createHash } from "node:crypto";
import type { Client } from "pg";
import { InputError } from "../failure.ts";
import { parseDatabaseUrl } from "../migration/connection.ts";
import { identifyDatabase } from "../migration/refusal.ts";
import { lastWords, onThisMachine } from "../migration/tool-environment.ts";
import type { Migration, MigrationEngine } from "../migration-engine.ts";
import { plainText } from "../plain-text.ts";
import type { Ports } from "../ports.ts";
import { type ApplyOptions, limitsOf } from "./files.ts";
import { type Look, lockedEngine } from "./locked.ts";
import { applyByTool, lookBeforeTool } from "./tool.ts";

export interface CommandEngineOptions extends ApplyOptions {
  /** Shell text such as `./migrate-database.sh`; `status` or `migrate` follows it. */
  readonly command: string;
  readonly directory: string;
  readonly url: string;
}

const line = /^(applied|pending|failed) +(\S+)(?: +(.*))?$/;

/**
 * A command of the project's own. `status` prints one line for each migration, `applied NAME`, `pending NAME` or
 * `failed NAME what to do`, in order, and nothing else on standard output; `migrate` applies what is pending. Both end
 * with 0 when they did.
 *
 * Throws `InputError` for a URL that cannot work and, from its methods, for a status that is not understood.
 */
export function commandEngine(options: CommandEngineOptions, ports: Ports): MigrationEngine {
  const { command, directory } = options;
  const address = parseDatabaseUrl(options.url, "Applying migrations");
  const limits = limitsOf(options);
  const place = options.place ?? onThisMachine(address, ports);
  const run = (argument: string, env: Readonly<Record<string, string>>, take?: (text: string) => boolean) =>
    place.run({
      command,
      args: [argument],
      directory,
      env,
      timeoutMs: limits.statementTimeoutMs + limits.retryForMs,
      ...(take !== undefined && { take }),
    });

  const look = async (client: Client): Promise<Look> => {
    const target = await identifyDatabase(client);
    const result = await run("status", { PGAPPNAME: "sluice" }, () => true);
    if (result.code !== 0)
      throw new InputError(
        `\`${command} status\` ${lastWords(result, () => false)} It must end with 0 and print the migrations.`,
      );
    const all = result.stdout
      .split("\n")
      .filter((text) => text.trim() !== "")
      .map((text) => read(text, command));
    const migrations = all.map(({ name, state }): Migration => ({ name, state, checksum: fingerprint(command, name) }));
    const problems = all.flatMap(({ name, state, advice }) =>
      state === "failed"
        ? [
            {
              reason: "migration-failed",
              message: `\`${command} status\` says that ${name} failed. ${advice ?? "Repair it by hand, then run again."}`,
            },
          ]
        : [],
    );
    const pending = migrations.filter(({ state }) => state === "pending");
    return { all: migrations, pending, status: { migrations, problems }, target };
  };

  return lockedEngine(
    {
      kind: "command",
      address,
      waitForLockMs: options.waitForLockMs,
      look: (client) => lookBeforeTool(client, look),
      apply: (client, seen) =>
        applyByTool(
          client,
          seen,
          {
            address,
            limits,
            name: `\`${command} migrate\``,
            look,
            run: async (env) => {
              const result = await run("migrate", env);
              const failure =
                result.code === 0 ? undefined : `\`${command} migrate\` ${lastWords(result, () => false)}`;
              return { failure };
            },
          },
          ports,
        ),
    },
    ports,
  );
}

function read(text: string, command: string) {
  const [, state, name, advice] = line.exec(text.trimEnd()) ?? [];
  if (name !== undefined && (state === "applied" || state === "pending" || state === "failed"))
    return { name: plainText(name), state, advice: advice === undefined ? undefined : plainText(advice) } as const;
  throw new InputError(
    `\`${command} status\` printed "${plainText(text).slice(0, 80)}", which is not understood. It must print one line for ` +
      "each migration (applied NAME, pending NAME, or failed NAME and what to do), and anything else on standard error.",
  );
}

/** All that is known of a migration is who names it and how. */
const fingerprint = (command: string, name: string) => createHash("sha256").update(`${command}\n${name}`).digest("hex");
