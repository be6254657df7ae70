import { nearName } from "./near-name.ts";

const names = ["approve", "hold", "continue", "rollback"] as const;
export type CommentCommandName = (typeof names)[number];

export type CommentCommand =
  | {
      readonly kind: "command";
      readonly name: CommentCommandName /** The rest of the line, such as a reason. */;
      readonly rest: string;
    }
  /** Looks like a command and is none of ours. */
  | { readonly kind: "unknown"; readonly message: string }
  /** Ordinary conversation. */
  | { readonly kind: "none" };

const longestRest = 500;

/** Reads the first line of a comment; anything that does not begin with a slash and a word is conversation. */
export function readComment(body: string): CommentCommand {
  const [line = ""] = body.trimStart().split(/\r?\n/);
  const match = /^\/([a-z][a-z-]{0,30})(?:\s+(.*))?$/.exec(line.trimEnd());
  if (match === null) return { kind: "none" };
  const [, word = "", rest = ""] = match;
  const name = names.find((known) => known === word);
  if (name !== undefined) return { kind: "command", name, rest: rest.slice(0, longestRest) };
  const near = nearName(word, names);
  const known = names.map((other) => `/${other}`).join(", ");
  return {
    kind: "unknown",
    message: `There is no command /${word}${near === undefined ? "" : `; did you mean /${near}?`} Commands are ${known}.`,
  };
}
