import { InputError, type Place } from "./failure.ts";
import type { Ports } from "./ports.ts";
import type { Verdict } from "./verdict.ts";

/** Files of a commit that is not the one checked out. */
export interface ElsewhereFiles {
  /** Where they were brought to, which tells nobody anything. */
  readonly directory: string;
  /** What people call the commit, such as `v1.4.0`; undefined when only its sha is known. */
  readonly ref: string | undefined;
  readonly commit: string;
}

/**
 * Looks at files of another commit, and names them in everything that is said (log, result, verdict, error) by their
 * path in the repository and that commit. No line is annotated: the commit that people see has other lines there.
 */
export async function inWordsOfCommit<T extends object | string>(
  { directory, ref, commit }: ElsewhereFiles,
  ports: Ports,
  look: (ports: Ports) => Promise<T | Verdict>,
): Promise<T | Verdict> {
  const sha = commit.slice(0, 12);
  const where = ref === undefined ? `In commit ${sha}: ` : `In \`${ref}\` (commit ${sha}): `;
  const shown = (text: string) => text.replaceAll(`${directory}/`, "").replaceAll(directory, ".");
  const placed = (message: string, place?: Place) =>
    place === undefined
      ? shown(message)
      : `${where}${shown(`${place.file}:${place.line}:${place.column}: ${message}`)}`;
  const { log } = ports;
  const words: Ports["log"] = {
    info: (message) => log.info(shown(message)),
    warn: (message) => log.warn(shown(message)),
    notice: (message, place) => log.notice(placed(message, place)),
    error: (message, place) => log.error(placed(message, place)),
  };
  try {
    const found: T | Verdict = JSON.parse(shown(JSON.stringify(await look({ ...ports, log: words }))));
    if (typeof found === "object" && "verdict" in found) return { ...found, message: `${where}${found.message}` };
    return found;
  } catch (problem) {
    if (!(problem instanceof InputError)) throw problem;
    throw new InputError(`${where}${shown(problem.message)}`);
  }
}
