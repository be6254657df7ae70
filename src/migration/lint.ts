import type { Node } from "libpg-query";
import type { BlockPart } from "./do-block.ts";
import { acknowledgements } from "./lint/acknowledgement.ts";
import type { Catalog } from "./lint/catalog.ts";
import { accessHazards } from "./lint/hazards/access.ts";
import { dataHazards } from "./lint/hazards/data.ts";
import { formHazards, unfinishedTransaction } from "./lint/hazards/form.ts";
import { lockHazards } from "./lint/hazards/locks.ts";
import { opaqueHazards } from "./lint/hazards/opaque.ts";
import { schemaHazards } from "./lint/hazards/schema.ts";
import { lockedTable, waitHazards } from "./lint/hazards/waits.ts";
import { inSchema } from "./lint/in-schema.ts";
import { answeredByPromise, type Effect, type Hazard, type RuleName, rules, type Tier } from "./lint/rules.ts";
import { branchOf, isAboutMaybeNew, observe, openFile, type Scope, startScope, withinBlock } from "./lint/scope.ts";
import type { ParsedStatement, ParseSql } from "./sql-parser.ts";

/** One migration file, as its engine would run it. */
export interface SqlFile {
  readonly name: string;
  readonly sql: string;
}

export interface LintOptions {
  /** Major version of the server; 14, the oldest that is supported, when it is not known. */
  readonly serverMajor?: number | undefined;
  /**
   * How the engine runs a file: in a transaction of its own (`file`), as one message, which PostgreSQL takes as one
   * transaction unless the file says otherwise (`message`, Prisma), or statement by statement (`none`).
   */
  readonly transaction: "file" | "message" | "none";
  /** What the database holds today; without it every table that the files did not create counts as large. */
  readonly catalog?: Catalog | undefined;
  /** Where names without a schema are looked up; `public` if it is not known. */
  readonly schema?: string | undefined;
}

/** Something a pending file would do to live traffic, to the version that serves now, or to the data. */
export interface Finding {
  readonly rule: RuleName;
  /** `block` is refused, `acknowledge` needs a reason in the file, `note` is only said. */
  readonly tier: Tier;
  readonly effects: readonly Effect[];
  readonly file: string;
  /** Both begin at 1. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
  /** What to write instead. */
  readonly rewrite: string;
  /** The reason somebody wrote in the file for doing it all the same. */
  readonly acknowledged?: string | undefined;
}

/**
 * Reads pending files in their order and says what each statement would do.
 *
 * Pure: the parser and what the database holds are given. Objects that the files create themselves are nobody's yet,
 * so nothing about them is a hazard. A comment `-- sluice: allow RULE because REASON` above or in a statement
 * acknowledges it; without a reason it does not count.
 */
export function lintMigrations(files: readonly SqlFile[], parse: ParseSql, options: LintOptions): readonly Finding[] {
  const scope = startScope(options);
  return files.flatMap((file) => lintFile(file, parse, scope));
}

function lintFile(file: SqlFile, parse: ParseSql, scope: Scope): readonly Finding[] {
  const place = places(file.sql);
  const parsed = parse(file.sql);
  if (!parsed.ok)
    return [
      finding(file, place(parsed.at), {
        rule: "syntax",
        message: `PostgreSQL cannot read this: ${parsed.message}`,
        rewrite: "Correct the statement; nothing of this file would be applied.",
      }),
    ];
  const allowed = acknowledgements(file.sql);
  const found: Finding[] = [];
  openFile(
    scope,
    parsed.statements.map(({ node }) => node),
    parsed.statements.flatMap(({ runs = [] }) => nodesOf(runs)),
  );
  const read = ({ node: written, start, end }: Placed, at: Scope, above = start) => {
    const node = inSchema(written, at.file.schema);
    for (const hazard of hazardsOf(node, at)) {
      const reason = allowed.reasonFor(hazard.rule, start, end) ?? allowed.reasonFor(hazard.rule, above, above);
      found.push({ ...finding(file, place(start), hazard), ...(reason !== undefined && { acknowledged: reason }) });
    }
    // Told once; of what may be new it is only noted.
    if (lockedTable(node, at) !== undefined && !isAboutMaybeNew(at, node)) at.loosened.clear();
    observe(at, node);
  };
  for (const statement of parsed.statements) {
    const { runs, start, end } = statement;
    if (runs === undefined) {
      read(statement, scope);
      continue;
    }
    let from = start;
    const run = (parts: readonly BlockPart[], at: Scope) => {
      for (const part of parts)
        if ("branch" in part) run(part.branch, branchOf(at, part.isLoop === true));
        else {
          const here = file.sql.indexOf(part.text, from);
          const isFound = here >= 0 && here < end;
          if (isFound) from = here + part.text.length;
          read({ node: part.node, start: isFound ? here : start, end: isFound ? from : end }, at, start);
        }
    };
    const { file: outside } = scope;
    scope.file = withinBlock(outside);
    run(runs, scope);
    scope.file = { ...outside, schema: scope.file.schema };
  }
  const unfinished = unfinishedTransaction(scope);
  if (unfinished !== undefined) found.push(finding(file, place(file.sql.trimEnd().length), unfinished));
  for (const { at, problem } of allowed.problems)
    found.push(finding(file, place(at), { rule: "acknowledgement", message: problem, rewrite: acknowledgeForm }));
  return found;
}

type Placed = Pick<ParsedStatement, "node" | "start" | "end">;

const nodesOf = (parts: readonly BlockPart[]): readonly Node[] =>
  parts.flatMap((part) => ("branch" in part ? nodesOf(part.branch) : [part.node]));

function hazardsOf(node: Node, scope: Scope): readonly Hazard[] {
  const hazards = [
    ...formHazards(node, scope),
    ...lockHazards(node, scope),
    ...schemaHazards(node, scope),
    ...dataHazards(node, scope),
    ...accessHazards(node, scope),
    ...waitHazards(node, scope),
    ...opaqueHazards(node, scope),
  ];
  if (!isAboutMaybeNew(scope, node)) return hazards;
  // What a table in use would suffer is told; the engine, which asks the database, insists where it is in use.
  return hazards.map((each) =>
    (each.effects ?? rules[each.rule].effects).includes("fails") ? each : { ...each, tier: "note" as const },
  );
}

const acknowledgeForm = "Write `-- sluice: allow RULE because REASON` above the statement it is about.";

function finding(
  file: SqlFile,
  { line, column }: { readonly line: number; readonly column: number },
  { rule, message, rewrite, tier, effects }: Hazard,
): Finding {
  const known = rules[rule];
  return {
    rule,
    tier: tier ?? known.tier,
    effects: effects ?? known.effects,
    file: file.name,
    line,
    column,
    message,
    rewrite,
  };
}

/** Line and column of an offset, both from 1. */
function places(text: string): (offset: number) => { readonly line: number; readonly column: number } {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return (offset) => {
    let line = starts.findIndex((start) => start > offset);
    if (line < 0) line = starts.length;
    return { line, column: offset - (starts[line - 1] ?? 0) + 1 };
  };
}

/** Findings that stop a migration: blocked ones always, the others until somebody gave a reason in the file. */
export const unanswered = (findings: readonly Finding[]): readonly Finding[] =>
  findings.filter(({ tier, acknowledged }) =>
    tier === "block" || tier === "acknowledge" ? acknowledged === undefined : false,
  );

/** Whether the version that serves before these files cannot be relied on to serve after them. */
export const breaksOldVersion = (findings: readonly Finding[]): boolean =>
  findings.some(
    ({ rule, effects, acknowledged }) =>
      (effects.includes("breaks-reads") || effects.includes("breaks-writes")) &&
      (acknowledged === undefined || !answeredByPromise.has(rule)),
  );

/** A migration that nobody can read before it runs; `promise` is who says that the version that serves can work with it. */
export const unread = (name: string, why: string, promise?: string): Finding => ({
  rule: "opaque",
  tier: rules.opaque.tier,
  effects: rules.opaque.effects,
  file: name,
  line: 1,
  column: 1,
  message: `${why}, so it is not known whether the version that serves now can work with what it leaves.`,
  rewrite:
    "If that version can work with it, say `old-version: works` under `migrate`; else it is no way back any more.",
  acknowledged: promise,
});
