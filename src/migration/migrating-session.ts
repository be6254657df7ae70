import type { Client } from "pg";
import { noticeWhenGone } from "./connection.ts";

export interface ApplyLimits {
  /** How long one attempt may stand in the lock queue, and so make others wait behind it. */
  readonly lockTimeoutMs: number;
  /** How long attempts that gave way are repeated. */
  readonly retryForMs: number;
  readonly statementTimeoutMs: number;
}

const idleInTransactionMs = 60_000;

/**
 * Gives the session its limits. The statements that did it are returned: sent again, in front of the next file, they
 * take back what an earlier file set. `searchPath` is SQL, quoted where it has to be.
 *
 * All of them are SET and RESET, which take no snapshot: a file may still choose its isolation level.
 */
export async function prepareSession(
  client: Client,
  { lockTimeoutMs, statementTimeoutMs }: ApplyLimits,
  searchPath?: string,
): Promise<readonly string[]> {
  const settings = [
    "reset all",
    "reset session authorization",
    ...(searchPath === undefined ? [] : [`set search_path to ${searchPath}`]),
    setting("lock_timeout", lockTimeoutMs),
    setting("statement_timeout", statementTimeoutMs),
    setting("idle_in_transaction_session_timeout", idleInTransactionMs),
  ];
  await client.query(settings.join("; "));
  const noticed = await noticeWhenGone(client);
  return noticed === undefined ? settings : [...settings, noticed];
}

/** SQL for a time limit of the session. */
export const setting = (name: string, milliseconds: number): string => `set ${name} to '${Math.round(milliseconds)}ms'`;
