import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  type Node,
  Parser,
  parseAllDocuments,
  type Scalar,
} from "yaml";
import type { Refusal } from "./expectation.ts";
import { type Path, type Problem, problemAt } from "./problem.ts";
import { hiddenIn, type Range, writtenSecretsIn } from "./secret-shape.ts";
import { quote, type SourceText } from "./source-text.ts";

/** Bounds, checked before the text is composed: key comparison is quadratic and deep nesting overflows the stack. */
export const bounds = { bytes: 128 * 1024, keys: 2000, depth: 32, aliases: 100, nodes: 10_000 } as const;

/** Where one value and its key stand in the source. */
interface Spot {
  readonly value: Range;
  readonly key?: Range;
  readonly node: Node | null;
}

/** A document as plain data, and the place of every part of it. */
export interface YamlText {
  readonly source: SourceText;
  /** Plain objects, arrays and scalars; undefined when the text could not be read at all. */
  readonly data: unknown;
  readonly problems: readonly Problem[];
  /** Paths whose values were refused already, so that nobody complains twice. */
  readonly refused: ReadonlySet<string>;
  /** Range of a value, or of the nearest part around it that exists. */
  at(path: Path): Range;
  /** Range of the key under which a value stands. */
  atKey(path: Path): Range;
  /** Range of `length` characters from `offset` inside a text value. */
  inside(path: Path, offset: number, length: number): Range;
  /** Whether a value may not be shown. */
  isHidden(path: Path): boolean;
}

export const pathKey = (path: Path): string => JSON.stringify(path);

type Refuse = (range: Range, path: Path, refusal: Refusal) => void;

const yamlFix =
  "List items and keys of one map begin in the same column; a value on the next line is indented by spaces.";

const invisibleInText =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\ufffd]/g;

/** What no editor shows: it makes a file read differently for people and for programs. */
function refuseInvisible(text: string, refuse: Refuse): void {
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
function measure(text: string) {
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

function refuseOversize({ tooMany, tooDeep, directive }: Measured, refuse: Refuse): void {
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

/** The parser's first complaint; those after it mostly follow from it. */
function refuseSyntax(document: Document.Parsed, text: string, measured: Measured, refuse: Refuse): void {
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

const tellingKey = /token|password|passwd|secret|credential|api[-_]?key|^equals$/i;
const harmless = /^(?:\$.*|yes|no|on|off|true|false)$/i;

/** A number must look like the number it is. */
function refuseOddNumber(node: Scalar, range: Range, path: Path, refuse: Refuse): void {
  const written = node.source ?? "";
  const value = Number(node.value);
  if (!Number.isFinite(value))
    refuse(range, path, {
      code: "RB032",
      message: "not a finite number",
      why: "Every comparison with it is true or false whatever is measured.",
      fix: "Write a plain number.",
    });
  else if (/^[-+]?\d+$/.test(written) && !Number.isSafeInteger(value))
    refuse(range, path, {
      code: "RB033",
      message: `this number would be rounded to ${value}`,
      why: "Whole numbers beyond 9007199254740991 are not kept exactly.",
      fix: "Put an identifier into quotes; write a smaller number otherwise.",
    });
  else if (/^[-+]?0\d|^0[ox]|e|^\+|^\.|\.$/i.test(written))
    refuse(range, path, {
      code: "RB034",
      message: `${quote(written)} is read as the number ${value}`,
      why: "People read this spelling as another number, or as none.",
      fix: `Write ${value}, or put it into quotes if it is a text.`,
    });
}

/** Turns the composed document into plain data, refusing what YAML allows and a runbook must not have. */
function toPlain(document: Document.Parsed, text: string, refuse: Refuse) {
  const spots = new Map<string, Spot>();
  const hidden: Range[] = [];
  let nodes = 0;
  let aliases = 0;
  const rangeOf = (node: Node | null | undefined, fallback: Range): Range => {
    const range = node?.range;
    return range ? { from: range[0], to: Math.max(range[0], range[1]) } : fallback;
  };

  function visitText(node: Scalar, value: string, range: Range, path: Path): void {
    const expression = value.indexOf("${{");
    if (expression !== -1)
      refuse(range, path, {
        code: "RB061",
        message: "a GitHub expression is not evaluated in this file",
        why: "GitHub fills in expressions in workflows only; here it would stay as it is written.",
        fix: "Name a variable or secret with a dollar sign, such as $APP_URL.",
      });
    const control = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.exec(value);
    if (control !== null && node.type === "QUOTE_DOUBLE")
      refuse(range, path, {
        code: "RB018",
        message: "an escape in this text stands for a control character",
        why: "No runbook needs one, and terminals obey them.",
        fix: "Delete the escape.",
      });
    if (writtenSecretsIn(value).length === 0) return;
    hidden.push(range);
    refuse(range, path, {
      code: "RB052",
      message: "a secret is written here (it is not shown)",
      why: "Everybody who can read the repository can read this file, and git keeps it for ever.",
      fix: "Revoke it, put the new one into a GitHub secret, and write its name here, such as $DATABASE_URL.",
    });
  }

  function visitScalar(node: Scalar, range: Range, path: Path): unknown {
    const { value } = node;
    if (typeof value === "string") visitText(node, value, range, path);
    if (typeof value === "number") refuseOddNumber(node, range, path, refuse);
    const key = path.at(-1);
    if (typeof key === "string" && tellingKey.test(key) && typeof value === "string" && !harmless.test(value))
      hidden.push(range);
    return value;
  }

  function readKey(node: unknown, range: Range, path: Path, seen: Map<string, Range>): string | undefined {
    const value = isScalar(node) ? node.value : undefined;
    if (value === "<<") {
      refuse(range, path, {
        code: "RB015",
        message: "merge keys (`<<`) are not supported",
        why: "YAML 1.2 has no merge keys; other readers of this file would see another runbook.",
        fix: "Copy the keys of the other map here.",
      });
      return undefined;
    }
    if (typeof value !== "string") {
      refuse(range, path, {
        code: "RB016",
        message: "a key must be a text",
        why: "Numbers, lists and maps as keys mean different things to different readers.",
        fix: "Write a plain word as the key, or put it into quotes.",
      });
      return undefined;
    }
    if (value === "__proto__" || value === "constructor" || value === "prototype") {
      refuse(range, path, {
        code: "RB017",
        message: `unknown key \`${value}\``,
        why: "No runbook has it, and programs give it a meaning of its own.",
        fix: "Delete the key.",
      });
      return undefined;
    }
    const first = seen.get(value);
    if (first !== undefined) {
      const line = text.slice(0, first.from).split("\n").length;
      const column = first.from - text.lastIndexOf("\n", first.from - 1);
      refuse(range, path, {
        code: "RB008",
        message: `key ${quote(value)} stands here again; it was first written in line ${line}, column ${column}`,
        why: "Only one of the two would count, and readers differ in which.",
        fix: "Delete one of them, or merge their values.",
      });
      return undefined;
    }
    seen.set(value, range);
    return value;
  }

  function visitMap(node: Node, path: Path, around: Range): Record<string, unknown> {
    const plain: Record<string, unknown> = {};
    if (!isMap(node)) return plain;
    const seen = new Map<string, Range>();
    for (const pair of node.items) {
      const keyRange = rangeOf(pair.key as Node | null, around);
      const written = isScalar(pair.key) ? String(pair.key.value) : "?";
      const key = readKey(pair.key, keyRange, [...path, written], seen);
      if (key === undefined) continue;
      plain[key] = visit(pair.value as Node | null, [...path, key], keyRange, keyRange);
    }
    return plain;
  }

  function visit(node: Node | null, path: Path, around: Range, key?: Range): unknown {
    const own = rangeOf(node, around);
    const range = own.from === own.to ? around : own;
    spots.set(pathKey(path), { value: range, node, ...(key && { key }) });
    const refuseAlias = (message: string) => {
      refuse(range, path, {
        code: "RB011",
        message,
        why: "A few aliases of aliases grow into millions of values.",
        fix: "Write the value out instead of the alias.",
      });
      return undefined;
    };
    if (++nodes > bounds.nodes || path.length > bounds.depth)
      return nodes === bounds.nodes + 1 || path.length > bounds.depth ? refuseAlias("too many aliases") : undefined;
    if (isAlias(node)) {
      const target = node.resolve(document);
      if (++aliases > bounds.aliases) return refuseAlias("too many aliases");
      if (target === undefined) return refuseAlias("an alias of nothing: no anchor above has this name");
      const value = visit(target, path, range, key);
      // What is wrong with the value is shown where it is used.
      spots.set(pathKey(path), { value: range, node, ...(key && { key }) });
      return value;
    }
    if (isMap(node)) return visitMap(node, path, range);
    if (isSeq(node)) return node.items.map((item, i) => visit(item as Node | null, [...path, i], range));
    return isScalar(node) ? visitScalar(node, range, path) : null;
  }

  const data = visit(document.contents, [], { from: 0, to: 0 });
  return { data, spots, hidden };
}

const emptyFile: Refusal = {
  code: "RB001",
  message: "the file is empty",
  why: "Without stages there is nothing to release.",
  fix: "Begin with `runbook: 1`, then service, environment, url, target and stages.",
};

/**
 * Reads a YAML 1.2 text of a person's: plain data with the place of every part, or what is wrong with the text.
 *
 * A byte order mark and CRLF are accepted. Size, number of keys, nesting and aliases are bounded; duplicate keys, merge
 * keys, tags, directives, several documents, invisible characters and written secrets are refused.
 */
export function readYaml(input: string, file: string): YamlText {
  const text = input.startsWith("\ufeff") ? input.slice(1) : input;
  const hidden: Range[] = [];
  const source: SourceText = { file, text, hidden };
  const found: { readonly range: Range; readonly path: Path; readonly refusal: Refusal }[] = [];
  const refuse: Refuse = (range, path, refusal) => {
    if (found.length < 500) found.push({ range, path, refusal });
  };
  const finish = (data: unknown, spots: ReadonlyMap<string, Spot>): YamlText => ({
    source,
    data,
    problems: found.map(({ range, path, refusal }) => problemAt(source, range, path, refusal)),
    refused: new Set(found.map(({ path }) => pathKey(path))),
    ...finder(source, spots),
  });
  const nothing = () => finish(undefined, new Map());

  if (Buffer.byteLength(text) > bounds.bytes) {
    refuse({ from: 0, to: 1 }, [], {
      code: "RB013",
      message: `the file is larger than ${bounds.bytes / 1024} KiB`,
      why: "No runbook needs so much, and reading it takes longer than is safe.",
      fix: "Split the file, or remove what was generated into it.",
    });
    return finish(undefined, new Map());
  }
  hidden.push(...hiddenIn(text));
  refuseInvisible(text, refuse);
  if (found.length > 0) return nothing();
  const measured = measure(text);
  refuseOversize(measured, refuse);
  if (found.length > 0) return nothing();

  const parsed = parseAllDocuments(text, { version: "1.2", uniqueKeys: false, merge: false, prettyErrors: false });
  const documents = Array.isArray(parsed) ? parsed : [];
  const [document, second] = documents;
  if (second !== undefined) {
    const from = Math.max(0, text.lastIndexOf("---", second.range[0]));
    refuse({ from, to: from + 3 }, [], {
      code: "RB009",
      message: "a second document begins here",
      why: "A runbook is one document; the second would be ignored.",
      fix: "Delete the line `---`, or move what follows to a file of its own.",
    });
  }
  if (document !== undefined) refuseSyntax(document, text, measured, refuse);
  if (found.length > 0) return nothing();
  if (document === undefined || document.contents === null || isEmptyScalar(document.contents)) {
    refuse({ from: 0, to: 0 }, [], emptyFile);
    return nothing();
  }
  const plain = toPlain(document, text, refuse);
  hidden.push(...plain.hidden);
  return finish(plain.data, plain.spots);
}

const isEmptyScalar = (node: Node): boolean => isScalar(node) && node.value === null && node.source === "";

function finder({ text, hidden }: SourceText, spots: ReadonlyMap<string, Spot>) {
  const nearest = (path: Path): Spot => {
    for (let length = path.length; length >= 0; length--) {
      const spot = spots.get(pathKey(path.slice(0, length)));
      if (spot === undefined) continue;
      // Of a map around a missing part, its key or its beginning says enough.
      return length === path.length ? spot : { ...spot, value: spot.key ?? firstLine(spot.value) };
    }
    return { value: { from: 0, to: 0 }, node: null };
  };
  const firstLine = ({ from, to }: Range): Range => {
    const end = text.indexOf("\n", from);
    const colon = text.slice(from, end === -1 ? to : Math.min(to, end)).search(/:(?:\s|$)/);
    return { from, to: colon === -1 ? from + 1 : from + colon };
  };
  const at = (path: Path): Range => nearest(path).value;
  return {
    at,
    atKey: (path: Path): Range => {
      const spot = nearest(path);
      return spot.key ?? firstLine(spot.value);
    },
    inside: (path: Path, offset: number, length: number): Range => {
      const { value, node } = nearest(path);
      if (!isScalar(node) || typeof node.value !== "string") return value;
      const from = value.from + (node.type === "QUOTE_DOUBLE" || node.type === "QUOTE_SINGLE" ? 1 : 0) + offset;
      // Escapes and folded lines shift the text; then the whole value is meant.
      const same = text.slice(from - offset, from + length) === node.value.slice(0, offset + length);
      return same ? { from, to: from + length } : value;
    },
    isHidden: (path: Path): boolean => {
      const { from, to } = at(path);
      return hidden.some((range) => range.from < to && from < range.to);
    },
  };
}
