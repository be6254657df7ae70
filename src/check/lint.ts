import type { Check } from "../check.ts";
import type { LintCheck } from "../check-spec.ts";
import { InputError } from "../failure.ts";
import { lintFiles } from "../lint-migrations.ts";
import type { SqlFile } from "../migration/lint.ts";
import { readSqlFiles, transactionOf } from "../migration/sql-files.ts";
import type { Ports } from "../ports.ts";

/** Migrations that would stop live traffic, break the version that serves, or lose data, are answered for. */
export function lintCheck({ lint }: LintCheck, ports: Pick<Ports, "log">): Check {
  const { directory, from } = lint;
  return {
    title: `migrations in ${directory}${from === undefined ? "" : ` from ${from} on`} are safe for live traffic`,
    async run({ directory: workspace }) {
      const files = await readSqlFiles(directory, workspace);
      const judged = from === undefined ? files : filesFrom(files, directory, from);
      return (await lintFiles({ histories: [{ files: judged, transaction: transactionOf(judged) }] }, ports)).verdict;
    },
  };
}

function filesFrom(files: readonly SqlFile[], directory: string, from: string): readonly SqlFile[] {
  const first = files.findIndex(({ name }) => name.startsWith(`${directory}/${from}`));
  if (first < 0)
    throw new InputError(
      `${directory} holds nothing whose name begins with ${from}. Correct \`from\` of the lint check.`,
    );
  return files.slice(first);
}
