import type { Client } from "pg";
import { type DatabaseAddress, noticeWhenGone } from "../migration/connection.ts";
import type { ApplyLimits } from "../migration/migrating-session.ts";
import { refusedBy } from "../migration/refusal.ts";
import { guardSessions, type SessionGuard, toolSession } from "../migration/session-guard.ts";
import {
  dropIndexes,
  type InvalidIndex,
  invalidIndexes,
  invalidIndexProblems,
  notBuilt,
  told,
} from "../migration/unusable-indexes.ts";
import type { ApplyResult } from "../migration-engine.ts";
import type { Ports } from "../ports.ts";
import type { Look } from "./locked.ts";

/** What a run of a tool came to, before anybody looked at the database. */
export interface ToolRun {
  /** Undefined when it ended well. */
  readonly failure: string | undefined;
  /** Whether the tool itself said that it gave way to other sessions; what the server showed counts as well. */
  readonly gaveWay?: boolean;
  /** Seconds that single migrations took, where the tool says so. */
  readonly seconds?: Readonly<Record<string, number>>;
}

export interface Tool<L extends Look> {
  readonly address: DatabaseAddress;
  readonly limits: ApplyLimits;
  /** How messages name it, such as `alembic upgrade`. */
  readonly name: string;
  look(client: Client): Promise<L>;
  /** One attempt to apply everything that is pending, with the environment that bounds its sessions. */
  run(env: Readonly<Record<string, string>>, pending: L["pending"]): Promise<ToolRun>;
}

/**
 * What a tool's engine sees: an index that is invalid is refused whoever left it, because the tool would not look. A job
 * that was killed in the middle of a build cannot say that the index is its own.
 */
export async function lookBeforeTool<L extends Look>(client: Client, look: (client: Client) => Promise<L>): Promise<L> {
  const seen = await look(client);
  const problems = [...seen.status.problems, ...(await invalidIndexProblems(client))];
  return { ...seen, status: { ...seen.status, problems } };
}

/**
 * Lets a tool of the project's own apply what is pending, and believes only the database.
 *
 * The tool's sessions get lock and statement timeouts through the connection's options, are watched, and are ended with
 * the job. An attempt that gave way is repeated; invalid indexes it left are dropped before, and have to be there and
 * valid in the end. A tool that says it is done and leaves an invalid index is not done.
 */
export async function applyByTool<L extends Look>(
  client: Client,
  seen: L,
  tool: Tool<L>,
  ports: Ports,
): Promise<ApplyResult> {
  const { address, limits } = tool;
  const applicationName = `${toolSession}${Math.floor(ports.random() * 2 ** 32).toString(16)}`;
  const env = await boundedBy(client, applicationName, limits);
  const before = new Set((await invalidIndexes(client)).map(({ name }) => name));
  const leftInvalid = async () => (await invalidIndexes(client)).filter(({ name }) => !before.has(name));
  const guard = await guardSessions({ applicationName }, address, ports);
  const began = ports.clock.monotonic();
  const seconds: Record<string, number> = {};
  const dropped: string[] = [];
  const drop = async (indexes: readonly InvalidIndex[]) => {
    await dropIndexes(client, indexes, ports);
    dropped.push(...indexes.map(({ name }) => name));
  };
  try {
    for (let retries = 0, now = seen; ; retries++) {
      guard.forgetOwnWaits();
      const run = await tool.run(env, now.pending);
      Object.assign(seconds, run.seconds);
      if (ports.cancelled.aborted) {
        // Only a session that is gone builds no more.
        await guard.release();
        return cancelled(tool, seen, seconds, await leftInvalid());
      }
      now = await tool.look(client);
      const left = new Set(now.pending.map(({ name }) => name));
      const applied = seen.pending
        .filter(({ name }) => !left.has(name))
        .map(({ name }) => ({ name, seconds: seconds[name], lockRetries: retries }));
      const failed = now.pending[0]?.name ?? "(none)";
      const invalid = await leftInvalid();
      if (now.status.problems.length > 0) return { ...withSaid(refusedBy(now.status), run, invalid), applied };
      if (now.pending.length === 0) {
        const missing = await notBuilt(client, dropped);
        if (invalid.length === 0 && missing.length === 0) return finished(applied, run, tool, guard, ports);
        return { outcome: "failed", applied, failed, ...unusable(tool, run, invalid, missing) };
      }
      const gaveWay =
        run.failure !== undefined && (run.gaveWay === true || guard.longestOwnWaitMs() * 2 >= limits.lockTimeoutMs);
      const pause = Math.min(2_000, limits.lockTimeoutMs * 2 ** Math.min(retries, 10)) * (0.5 + ports.random() / 2);
      const goesOn = gaveWay && ports.clock.monotonic() - began + pause < limits.retryForMs;
      // Once something counts as applied, the index may be its own, and dropping it would hide that for good.
      const ownerIsPending = run.failure !== undefined && applied.length === 0;
      if (goesOn || ownerIsPending) await drop(invalid);
      if (!goesOn) {
        const why = gaveWay ? neverHadItsLock(tool, run, retries) : unfinished(tool, run, now);
        const message = [why.message, ...(ownerIsPending ? [] : invalid.map(told))].join(" ");
        return { outcome: "failed", applied, failed, ...why, message };
      }
      await ports.clock.sleep(pause, ports.cancelled).catch(() => {});
    }
  } finally {
    await guard.release();
  }
}

/** libpq's variables, which psycopg, libpq and node-postgres read: the same bounds that our own sessions have. */
export async function boundedBy(
  client: Client,
  applicationName: string,
  limits: ApplyLimits,
): Promise<Readonly<Record<string, string>>> {
  const options = [
    `-c lock_timeout=${limits.lockTimeoutMs}ms`,
    `-c statement_timeout=${limits.statementTimeoutMs}ms`,
    "-c idle_in_transaction_session_timeout=60s",
  ];
  // Some platforms cannot look whether a client is still there, and would refuse the connection.
  if ((await noticeWhenGone(client)) !== undefined) options.push("-c client_connection_check_interval=1s");
  return { PGAPPNAME: applicationName, PGOPTIONS: options.join(" ") };
}

async function finished(
  applied: Extract<ApplyResult, { outcome: "applied" }>["applied"],
  run: ToolRun,
  tool: Pick<Tool<Look>, "name">,
  guard: SessionGuard,
  ports: Ports,
): Promise<ApplyResult> {
  const { longestMs } = await guard.stalls();
  if (run.failure !== undefined) ports.log.warn(`${tool.name} applied everything and then failed: ${run.failure}`);
  if (longestMs === undefined)
    ports.log.warn(
      `No session of ${tool.name} was seen under its name, so its lock timeout may not be in force: let it connect with ` +
        "the environment it is given (PGOPTIONS, PGAPPNAME).",
    );
  return { outcome: "applied", applied, longestStallMs: longestMs };
}

function withSaid(refused: ReturnType<typeof refusedBy>, { failure }: ToolRun, invalid: readonly InvalidIndex[]) {
  const said = [...(failure === undefined ? [] : [failure]), refused.message, ...invalid.map(told)];
  return { ...refused, message: said.join(" ") };
}

/** Only what the tool itself told of is known to be applied: it was ended, and cannot be asked. */
function cancelled(
  { name }: Pick<Tool<Look>, "name">,
  { pending }: Look,
  seconds: Readonly<Record<string, number>>,
  invalid: readonly InvalidIndex[],
): ApplyResult {
  const applied = pending
    .filter((each) => seconds[each.name] !== undefined)
    .map((each) => ({ name: each.name, seconds: seconds[each.name], lockRetries: 0 }));
  const message =
    `The job was cancelled while ${name} ran; its sessions were ended, what was not committed is rolled back, and the ` +
    "next run reads from the history how far it came.";
  return {
    outcome: "failed",
    applied,
    failed: pending.find((each) => seconds[each.name] === undefined)?.name ?? "(none)",
    reason: "cancelled",
    message: [message, ...invalid.map(told)].join(" "),
  };
}

function unusable(
  { name }: Pick<Tool<Look>, "name">,
  { failure }: ToolRun,
  invalid: readonly InvalidIndex[],
  missing: readonly string[],
) {
  const gone = missing.map(
    (index) =>
      `The index ${index} was left invalid by an attempt that gave way, was dropped, and was not built by the one after it: build it by hand.`,
  );
  const said = [
    `${name} says that everything is applied, but what it left cannot be used.`,
    ...(failure === undefined ? [] : [failure]),
    ...invalid.map(told),
    ...gone,
  ];
  return { reason: "index-invalid", message: said.join(" ") };
}

function unfinished({ name }: Pick<Tool<Look>, "name">, { failure }: ToolRun, { pending }: Look) {
  const left = pending.map((each) => each.name).join(", ");
  if (failure === undefined)
    return {
      reason: "migration-left-pending",
      message: `${name} ended well, but afterwards ${left} is still pending. Look at what it did in the log above; does it use this database?`,
    };
  return {
    reason: "migration-failed",
    message: `${failure} Still pending: ${left}. Correct it and release again; the version that serves is not touched.`,
  };
}

const neverHadItsLock = (
  { name, limits }: Pick<Tool<Look>, "name" | "limits">,
  { failure }: ToolRun,
  retries: number,
) => ({
  reason: "lock-not-available",
  message:
    `${name} did not get its lock: ${retries + 1} attempts of ${limits.lockTimeoutMs} ms each within ` +
    `${Math.round(limits.retryForMs / 1000)} s all gave way to other sessions. ${failure ?? ""} Find the long transaction ` +
    "(select pid, xact_start, query from pg_stat_activity order by xact_start), end it or wait, and run again.",
});
