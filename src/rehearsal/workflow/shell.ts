import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../../failure.ts";

/** How GitHub starts each named shell (actions/runner, ScriptHandlerHelpers.cs); `""` stands for no `shell:` at all. */
const shells: Readonly<Record<string, { readonly command: string; readonly extension: string }>> = {
  "": { command: "bash -e {0}", extension: ".sh" },
  bash: { command: "bash --noprofile --norc -e -o pipefail {0}", extension: ".sh" },
  sh: { command: "sh -e {0}", extension: ".sh" },
  python: { command: "python {0}", extension: ".py" },
};

/** Writes a `run:` script into `temp` and says how to start it. */
export function prepareScript(
  shell: string,
  script: string,
  temp: string,
): { readonly file: string; readonly args: readonly string[]; readonly display: string } {
  const { command, extension } = shells[shell] ?? { command: shell, extension: "" };
  if (!command.includes("{0}")) {
    throw new InputError(
      `Invalid shell option '${shell}'. Shell must be bash, sh, python or a command containing '{0}' for the script.`,
    );
  }
  const path = join(temp, `${randomUUID()}${extension}`);
  writeFileSync(path, `${script.replace(/\n$/, "")}\n`, { mode: 0o600 });
  const [file = "", ...args] = command.split(" ").filter((word) => word !== "");
  return { file, args: args.map((arg) => arg.replace("{0}", path)), display: command };
}
