import { type Document, isAlias, isMap, isScalar, isSeq, type Node, type Scalar } from "yaml";
import { type Path, pathKey } from "../problem.ts";
import { type Range, writtenSecretsIn } from "../secret-shape.ts";
import { quote } from "../source-text.ts";
import { bounds, type Refuse } from "./refuse.ts";

/** Where one value and its key stand in the source. */
export interface Spot {
  readonly value: Range;
  readonly key?: Range;
  readonly node: Node | null;
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
export function toPlain(document: Document.Parsed, text: string, refuse: Refuse) {
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
