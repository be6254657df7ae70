import { readFile } from "node:fs/promises";
import type { Client } from "pg";
import { lexSql, type Statement } from "./statements.ts";

const batchCharacters = 1024 * 1024;
/** PostgreSQL 17 brought this setting; pg_dump writes it whatever server the dump is for. */
const transactionTimeoutSince = 17;

/** pg_dump's last line: without it the dump was cut. */
const complete = "-- PostgreSQL database dump complete";

/** What a plain SQL dump lacks to be whole, as a sentence; undefined when it can be read to its proper end. */
export async function readScript(file: string): Promise<string | undefined> {
  return flaw(await readFile(file, "utf8"));
}

function flaw(sql: string): string | undefined {
  return sql.trimEnd().endsWith(`${complete}\n--`) ? undefined : "The dump does not reach its end; it was cut.";
}

/**
 * Runs a plain SQL dump in one transaction on an empty database. Owners and privileges are dropped where their roles may
 * not exist. Throws the server's error, or an `Error` when the dump was cut.
 */
export async function restoreScript(
  client: Client,
  file: string,
  serverMajor: number,
  ownership: "keep" | "drop",
): Promise<void> {
  const sql = await readFile(file, "utf8");
  const found = flaw(sql);
  if (found !== undefined) throw new Error(found);
  const runs = (statement: Statement) =>
    (ownership === "keep" || !setsOwnership(statement.words)) &&
    !(serverMajor < transactionTimeoutSince && statement.words[1] === "TRANSACTION_TIMEOUT");
  await client.query("begin");
  for (const batch of batches(lexSql(sql).statements.filter(runs))) await client.query(batch);
  await client.query("commit");
}

function setsOwnership(words: readonly string[]): boolean {
  const [first, second, third] = words;
  if (first === "GRANT" || first === "REVOKE") return true;
  if (first !== "ALTER") return false;
  return (second === "DEFAULT" && third === "PRIVILEGES") || words.join(" ").includes(" OWNER TO");
}

/** Joins statements to queries of about a megabyte: one by one they cost a round trip, all at once memory. */
function* batches(statements: readonly Statement[]): Generator<string> {
  let texts: string[] = [];
  let characters = 0;
  for (const { text } of statements) {
    texts.push(text);
    characters += text.length;
    if (characters < batchCharacters) continue;
    yield texts.join(";\n");
    texts = [];
    characters = 0;
  }
  if (texts.length > 0) yield texts.join(";\n");
}
