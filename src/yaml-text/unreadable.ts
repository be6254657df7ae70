import { type Document, Lexer, Parser } from "yaml";
import type { Range } from "../secret-shape.ts";
import { bounds, type Refuse } from "./refuse.ts";

const invisibleInText =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\ufffd]/g;

/** What no editor shows: it makes a file read differently for people and for programs. */
export function refuseInvisible(text: string, refuse: Refuse): void {
  if (text.startsWith("\u0000") || text.charAt(1) === "\u0000") {
    refuse({ from: 0, to: 1 }, [], {
      code: "RB005",
      message: "the file is UTF-16, not UTF-8",
      why: "Every second byte of it is a zero.",
      fix: "Save the file as UTF-8.",
    });
    return;
  }
  for (const match of text.matchAll(invisibleInText)) {
    const point = `U+${match[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
    const range = { from: match.index, to: match.index + 1 };
    if (match[0] === "\ufffd")
      refuse(range, [], {
        code: "RB003",
        message: "the file is not UTF-8: a byte here stands for no character",
        why: "A wrongly decoded name or limit would be another name or limit.",
        fix: "Save the file as UTF-8.",
      });
    else if (match[0] > "\u009f")
      refuse(range, [], {
        code: "RB019",
        message: `an invisible character ${point} that changes how the line is shown`,
        why: "The line would not say what it seems to say.",
        fix: "Delete the character; retyping the word is the surest way.",
      });
    else
      refuse(range, [], {
        code: "RB018",
        message: `a control character ${point}`,
        why: "No runbook needs one, and terminals obey them.",
        fix: "Delete the character.",
      });
  }
}

/** A first, linear pass over the tokens: sizes, and brackets and quotes that are never closed. */
export function measure(text: string) {
  const parser = new Parser();
  const open: { readonly from: number; readonly bracket: string }[] = [];
  let keys = 0;
  let depth = 0;
  let tooMany: number | undefined;
  let tooDeep: number | undefined;
  let directive: number | undefined;
  let openQuote: number | undefined;
  for (const lexeme of new Lexer().lex(text)) {
    const from = parser.offset;
    for (const token of parser.next(lexeme)) if (token.type === "directive") directive ??= token.offset;
    // The document itself is no level.
    depth = Math.max(depth, parser.stack.length - 1);
    if (lexeme === ":" && ++keys > bounds.keys) tooMany ??= from;
    if (lexeme === "{" || lexeme === "[") open.push({ from, bracket: lexeme });
    if (lexeme === "}" || lexeme === "]") open.pop();
    if (/^["']/.test(lexeme) && (lexeme.length === 1 || !lexeme.endsWith(lexeme.charAt(0)))) openQuote ??= from;
    if (depth > bounds.depth) tooDeep ??= from;
    if (tooMany !== undefined || tooDeep !== undefined) break;
  }
  return { tooMany, tooDeep, directive, openQuote, openBracket: open.at(-1) };
}

type Measured = ReturnType<typeof measure>;

export function refuseOversize({ tooMany, tooDeep, directive }: Measured, refuse: Refuse): void {
  const point = (from: number): Range => ({ from, to: from + 1 });
  if (tooMany !== undefined)
    refuse(point(tooMany), [], {
      code: "RB014",
      message: `more than ${bounds.keys} keys`,
      why: "No runbook needs so many, and reading them takes longer than is safe.",
      fix: "Split the file, or remove what was generated into it.",
    });
  if (tooDeep !== undefined)
    refuse(point(tooDeep), [], {
      code: "RB012",
      message: `more than ${bounds.depth} levels of nesting`,
      why: "No runbook needs so many, and reading them can exhaust the stack.",
      fix: "Remove the brackets or the indentation that do not belong here.",
    });
  if (directive !== undefined)
    refuse(point(directive), [], {
      code: "RB010",
      message: "YAML directives are not supported",
      why: "A directive changes how everything below it is read (`no` becomes false, for one).",
      fix: "Delete the line that begins with a percent sign.",
    });
}

const yamlFix =
  "List items and keys of one map begin in the same column; a value on the next line is indented by spaces.";

/** The parser's first complaint; those after it mostly follow from it. */
export function refuseSyntax(document: Document.Parsed, text: string, measured: Measured, refuse: Refuse): void {
  const [error] = [...document.errors, ...document.warnings];
  if (error === undefined) return;
  // Wrong indentation is reported from the line's start; what stands after it is what a person sees.
  const indent = error.code === "TAB_AS_INDENT" ? 0 : (/^ */.exec(text.slice(error.pos[0]))?.[0].length ?? 0);
  const from = error.pos[0] + indent;
  const range = { from, to: Math.max(from + 1, error.pos[1]) };
  const { openQuote, openBracket } = measured;
  if (error.code === "TAB_AS_INDENT")
    refuse(range, [], {
      code: "RB006",
      message: "a tab is used as indentation",
      why: "YAML indents by spaces only, for editors disagree about the width of a tab.",
      fix: "Replace the tab by two spaces.",
    });
  else if (error.code === "TAG_RESOLVE_FAILED")
    refuse(range, [], {
      code: "RB010",
      message: "a tag that is not known",
      why: "Tags make values into other types; a runbook has none of them.",
      fix: "Delete the tag (the word that begins with an exclamation mark).",
    });
  else if (openQuote !== undefined)
    refuse({ from: openQuote, to: openQuote + 1 }, [], {
      code: "RB020",
      message: "a quote is opened here and never closed",
      why: "Everything after it is read as one text.",
      fix: "Close the quote at the end of the value, or remove it.",
    });
  else if (openBracket !== undefined)
    refuse({ from: openBracket.from, to: openBracket.from + 1 }, [], {
      code: "RB020",
      message: `\`${openBracket.bracket}\` is opened here and never closed`,
      why: "Everything after it is read as part of it.",
      fix: `Close it with \`${openBracket.bracket === "{" ? "}" : "]"}\`.`,
    });
  else if (error.code === "BLOCK_AS_IMPLICIT_KEY" && range.to - range.from === 1 && /compact/.test(error.message))
    refuse(range, [], {
      code: "RB021",
      message: "two keys stand on one line",
      why: "YAML reads what follows a colon and a space as the value.",
      fix: "Put the inner key on its own line, use `{ }`, or quote a text that contains a colon.",
    });
  else if (error.code === "BAD_SCALAR_START")
    refuse(range, [], {
      code: "RB007",
      message: "a value cannot begin with this character",
      why: "YAML gives the character a meaning of its own.",
      fix: "Put the value into quotes.",
    });
  else
    refuse(range, [], {
      code: "RB007",
      message: "the text is not YAML from here on",
      why: `The YAML parser says: ${error.message.replace(/\.$/, "")}.`,
      fix: yamlFix,
    });
}
