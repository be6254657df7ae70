import { nearName } from "../../near-name.ts";
import { isRule, type RuleName, rules } from "./rules.ts";

interface Allowed {
  readonly at: number;
  readonly end: number;
  readonly rule: RuleName;
  readonly reason: string;
}

export interface Acknowledgements {
  /** The reason given for a rule in the comments directly above a statement, or inside of it. */
  reasonFor(rule: RuleName, start: number, end: number): string | undefined;
  /** Comments that want to acknowledge something and cannot. */
  readonly problems: readonly { readonly at: number; readonly problem: string }[];
}

const comment = /--[ \t]*sluice:([^\n]*)/g;
const form = /^\s*allow\s+(\S+)(?:\s+because\s+(.*\S))?\s*$/;

/** Comments of the form `-- sluice: allow drop-column because nothing reads it since 12 May`. */
export function acknowledgements(sql: string): Acknowledgements {
  const allowed: Allowed[] = [];
  const problems: { at: number; problem: string }[] = [];
  if (!sql.includes("sluice:")) return { problems, reasonFor: () => undefined };
  for (const found of sql.matchAll(comment)) {
    const [whole, said = ""] = found;
    const at = found.index;
    const [, name = "", reason] = form.exec(said) ?? [];
    if (name === "") problems.push({ at, problem: "This comment begins with `sluice:` and allows nothing." });
    else if (!isRule(name)) problems.push({ at, problem: unknownRule(name) });
    else if (reason === undefined)
      problems.push({
        at,
        problem: `\`${name}\` is allowed without a reason: say why, for whoever reads this in a year.`,
      });
    else allowed.push({ at, end: at + whole.length, rule: name, reason });
  }
  return {
    problems,
    reasonFor: (rule, start, end) =>
      allowed.find(
        (one) => one.rule === rule && one.at < end && (one.at >= start || isDirectlyAbove(sql, one.end, start)),
      )?.reason,
  };
}

/** Only comments and spaces stand between. */
const isDirectlyAbove = (sql: string, from: number, to: number): boolean =>
  from <= to && /^(?:\s|--[^\n]*(?:\n|$))*$/.test(sql.slice(from, to));

function unknownRule(name: string): string {
  const near = nearName(name, Object.keys(rules));
  return `There is no rule \`${name.slice(0, 60)}\`${near === undefined ? "." : `, did you mean \`${near}\`?`}`;
}
