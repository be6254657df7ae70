import type { Catalog } from "./migration/lint/catalog.ts";
import { type Finding, type LintOptions, lintMigrations, type SqlFile, unanswered } from "./migration/lint.ts";
import { sqlParser } from "./migration/sql-parser.ts";
import type { Ports } from "./ports.ts";
import { fail, pass, type Verdict } from "./verdict.ts";

export interface LintRequest {
  readonly files: readonly SqlFile[];
  /** What the database holds; without it every table counts as large. */
  readonly catalog?: Catalog | undefined;
  readonly transaction: LintOptions["transaction"];
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

const annotate = { block: "error", acknowledge: "error", note: "notice" } as const;

/** Lints pending files, annotates each finding at its line, and fails while one has no answer. */
export async function lintFiles(request: LintRequest, ports: Pick<Ports, "log">): Promise<Linted> {
  const { files, catalog, transaction, generated = false, unread = [] } = request;
  const read = files.length === 0 ? [] : lintMigrations(files, await sqlParser(), { catalog, transaction });
  const findings = [...unread, ...read];
  for (const { tier, rule, message, rewrite, file, line, column, acknowledged } of findings) {
    if (acknowledged !== undefined) ports.log.info(`${file}:${line}: ${rule} is acknowledged: ${acknowledged}`);
    else if (generated || unread.length > 0) ports.log.warn(`${file}: ${rule}: ${message} ${rewrite}`);
    else if (annotate[tier] === "error") ports.log.error(`${rule}: ${message} ${rewrite}`, { file, line, column });
    else ports.log.info(`${file}:${line}: ${rule}: ${message}`);
  }
  const open = unanswered(findings);
  const [first] = open;
  if (first === undefined)
    return {
      findings,
      open,
      verdict: pass("migrations-safe", `${files.length} migration file(s) read, nothing needs an answer.`, {
        findings,
      }),
    };
  const others = open.length === 1 ? "" : `There are ${open.length - 1} more. `;
  const message =
    `${first.file}:${first.line}:${first.column} ${first.rule}: ${first.message} ${first.rewrite} ` +
    `If it is meant so, write \`-- sluice: allow ${first.rule} because REASON\` above the statement. ${others}`.trimEnd();
  return { findings, open, verdict: fail("migration-hazard", message, { findings }) };
}
