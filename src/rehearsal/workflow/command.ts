/** A line such as `::error file=a.ts,line=3::message` that a step printed for the runner. */
export interface Command {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly value: string;
}

const commandNames = [
  ...["add-mask", "debug", "notice", "warning", "error", "group", "endgroup", "echo", "stop-commands"],
  ...["save-state", "set-output", "set-env", "add-path", "add-matcher", "remove-matcher"],
];

/** Reads a workflow command by the rules of actions/runner's ActionCommand.cs; `undefined` for any other line. */
export function readCommand(line: string): Command | undefined {
  const text = line.trimStart();
  const end = text.indexOf("::", 2);
  if (!text.startsWith("::") || end < 0) return undefined;
  const head = text.slice(2, end);
  const space = head.indexOf(" ");
  const name = space < 0 ? head : head.slice(0, space);
  if (!commandNames.includes(name.toLowerCase())) return undefined;
  return {
    name: name.toLowerCase(),
    properties: space < 0 ? {} : readProperties(head.slice(space + 1)),
    value: unescapeValue(text.slice(end + 2)),
  };
}

/** The token that ends `::stop-commands::<token>` is printed as a command of its own name. */
export function resumes(line: string, token: string): boolean {
  return line.trim() === `::${token}::`;
}

function readProperties(text: string): Record<string, string> {
  const pairs = text.split(",").filter((pair) => pair.includes("="));
  return Object.fromEntries(
    pairs.map((pair) => {
      const equals = pair.indexOf("=");
      return [pair.slice(0, equals).trim(), unescapeProperty(pair.slice(equals + 1))];
    }),
  );
}

function unescapeValue(text: string): string {
  return text.replaceAll("%0D", "\r").replaceAll("%0A", "\n").replaceAll("%25", "%");
}

function unescapeProperty(text: string): string {
  const unescaped = text.replaceAll("%0D", "\r").replaceAll("%0A", "\n").replaceAll("%3A", ":").replaceAll("%2C", ",");
  return unescaped.replaceAll("%25", "%");
}
