import type { Catalog } from "./migration/lint/catalog.ts";
import { type Finding, type LintOptions, lintMigrations, type SqlFile, unanswered } from "./migration/lint.ts";
import { sqlParser } from "./migration/sql-parser.ts";
import type { Ports } from "./ports.ts";
import { fail, pass, type Verdict } from "./verdict.ts";

/** Files of one history, in their order. */
export interface LintedFiles {
  readonly files: readonly SqlFile[];
  readonly transaction: LintOptions["transaction"];
}

export interface LintRequest {
  readonly histories: readonly LintedFiles[];
  /** What the database holds; without it every table counts as large. */
  readonly catalog?: Catalog | undefined;
  /** Where names without a schema are looked up; what the catalog says, or `public`. */
  readonly schema?: string | undefined;
  /** The SQL was made from something else, whose lines are not its lines: findings are told without a place. */
  readonly generated?: boolean;
  /** Of migrations that cannot be read before they run. */
  readonly unread?: readonly Finding[];
}

export interface Linted {
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
  /** Those without an answer. */
  readonly open: readonly Finding[];
}

/** Lints pending files, annotates each finding at its line, and fails while one has no answer. */
export async function lintFiles(request: LintRequest, ports: Pick<Ports, "log">): Promise<Linted> {
  const { histories, catalog, schema, generated = false, unread = [] } = request;
  const count = histories.reduce((sum, { files }) => sum + files.length, 0);
  const parse = count === 0 ? undefined : await sqlParser();
  const read = histories.flatMap(({ files, transaction }) =>
    parse === undefined ? [] : lintMigrations(files, parse, { catalog, schema, transaction }),
  );
  const findings = [...unread, ...read];
  for (const { tier, rule, message, rewrite, file, line, column, acknowledged } of findings) {
    if (acknowledged !== undefined) ports.log.info(`${file}:${line}: ${rule} is acknowledged: ${acknowledged}`);
    else if (generated || unread.length > 0) ports.log.warn(`${file}: ${rule}: ${message} ${rewrite}`);
    else ports.log[tier === "note" ? "notice" : "error"](`${rule}: ${message} ${rewrite}`, { file, line, column });
  }
  const open = unanswered(findings);
  const [first] = open;
  if (first === undefined)
    return {
      findings,
      open,
      verdict: pass("migrations-safe", `${count} migration file(s) read, nothing needs an answer.`, {
        findings,
      }),
    };
  const others = open.length === 1 ? "" : `There are ${open.length - 1} more. `;
  const message =
    `${first.file}:${first.line}:${first.column} ${first.rule}: ${first.message} ${first.rewrite} ` +
    `If it is meant so, write \`-- sluice: allow ${first.rule} because REASON\` above the statement. ${others}`.trimEnd();
  return { findings, open, verdict: fail("migration-hazard", message, { findings }) };
}
