import path from "node:path";
import { ProviderError } from "../failure.ts";
import { githubClient } from "../github.ts";
import { lintFiles } from "../lint-migrations.ts";
import { migrationFolders, readSqlFiles, transactionOf } from "../migration/sql-files.ts";
import { pullRequestOf } from "../pull-request.ts";
import { lintReport } from "../report/lint-report.ts";
import { summaryOf } from "../report/summary.ts";
import { defineAction } from "../runner/define-action.ts";
import { secret, text } from "../runner/input.ts";
import { pass } from "../verdict.ts";
import { loadRunbook } from "../written-runbook.ts";

export default defineAction({
  name: "lint",
  description:
    "Read the migrations of a pull request with PostgreSQL's own parser, and say what would stop live traffic, break the version that serves, or lose data.",
  inputs: {
    directory: text("Folder with the migrations; those of the runbook's stages when empty.").optional(),
    runbook: text("Path of the runbook in the repository.").prefault(".github/runbook.yml"),
    "github-token": secret(
      "Token that reads the pull request's files; with the right to write it keeps one comment up to date.",
    ).meta({ default: "${{ github.token }}" }),
  },
  outputs: { findings: "How many findings need an answer." },
  async run({ directory, runbook, githubToken }, ports, { workspace, repository, apiUrl, event }) {
    const folders =
      directory === undefined
        ? migrationFolders((await loadRunbook(runbook, workspace)).value)
        : new Map([[directory, undefined]]);
    if (folders.size === 0)
      return { verdict: pass("no-migrations", "No stage migrates with SQL files, so there is nothing to lint.") };
    const client = githubClient({ token: githubToken ?? "", repository, apiUrl }, ports);
    const pull = pullRequestOf(event);
    const changed = pull === undefined ? null : await client.changedFiles(pull.number);
    if (pull !== undefined && changed === null)
      ports.log.notice("GitHub does not say which files this pull request changes, so every migration is read.");
    const read = [...folders].map(async ([folder, known]) => {
      const all = await readSqlFiles(folder, workspace);
      // Outside of a pull request nobody can say what is new, so everything is read.
      const files = all.filter(({ name }) => changed === null || changed.includes(path.posix.normalize(name)));
      return { files, transaction: known ?? transactionOf(files) };
    });
    const histories = await Promise.all(read);
    const { verdict, findings, open } = await lintFiles({ histories }, ports);
    const count = histories.reduce((sum, { files }) => sum + files.length, 0);
    const report = lintReport(count, findings);
    if (pull !== undefined && !pull.fork) {
      const comment = { issue: pull.number, marker: "<!-- sluice lint -->", body: report };
      const written = client.upsertComment({ ...comment, onlyIfPresent: findings.length === 0 });
      // What was found stands at the lines and in the summary; it is not lost with the comment.
      const told = await written.catch((error: unknown) => {
        if (error instanceof ProviderError) return { outcome: "failed" as const, error };
        throw error;
      });
      if (told.outcome !== "applied") ports.log.warn(`The comment was not written: ${told.error.message}`);
    }
    const summary = `${summaryOf("lint", verdict)}\n${report}`;
    return { verdict, summary, outputs: { findings: String(open.length) } };
  },
});
