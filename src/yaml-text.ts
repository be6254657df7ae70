import { isScalar, type Node, parseAllDocuments } from "yaml";
import type { Refusal } from "./expectation.ts";
import { type Path, type Problem, pathKey, problemAt } from "./problem.ts";
import { hiddenIn, type Range } from "./secret-shape.ts";
import type { SourceText } from "./source-text.ts";
import { type Spot, toPlain } from "./yaml-text/plain-data.ts";
import { bounds, type Refuse } from "./yaml-text/refuse.ts";
import { measure, refuseInvisible, refuseOversize, refuseSyntax } from "./yaml-text/unreadable.ts";

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
