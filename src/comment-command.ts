import { nearName } from "./near-name.ts";

/** What people may write under an issue or a pull request. */
export const commandNames = ["approve", "sign-off", "hold", "continue", "rollback", "abort", "skip"] as const;
export type CommentCommandName = (typeof commandNames)[number];

export type CommentCommand =
  | {
      readonly kind: "command";
      readonly name: CommentCommandName;
      /** The rest of the line, such as a role or a reason. */
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
  const name = commandNames.find((known) => known === word);
  if (name !== undefined) return { kind: "command", name, rest: rest.slice(0, longestRest) };
  const near = nearName(word, commandNames);
  // Other robots have commands of their own, which are none of our business.
  if (near === undefined) return { kind: "none" };
  const known = commandNames.map((other) => `/${other}`).join(", ");
  return { kind: "unknown", message: `There is no command /${word}; did you mean /${near}? Commands are ${known}.` };
}
