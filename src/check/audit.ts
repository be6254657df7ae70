import { access } from "node:fs/promises";
import { join } from "node:path";
import type { Check } from "../check.ts";
import type { AuditCheck } from "../check-spec.ts";
import { minimalEnv } from "../minimal-env.ts";
import type { ExecResult, Ports } from "../ports.ts";
import { quote } from "../source-text.ts";
import { fail, hold, pass } from "../verdict.ts";
import { auditReport, type Dialect, levels } from "./audit-report.ts";

type Tool = "npm" | "pnpm" | "yarn";

const longestAuditMs = 3 * 60_000;
const mostNamed = 5;

/** The lock file says which tool the repository is installed with. */
const lockFiles: Readonly<Record<Tool, string>> = {
  npm: "package-lock.json",
  pnpm: "pnpm-lock.yaml",
  yarn: "yarn.lock",
};

/** Without its development dependencies where it says so: they never reach production. */
const commandOf = (dialect: Dialect, production: boolean): readonly [Tool, ...string[]] => {
  if (dialect === "npm") return ["npm", "audit", "--json", ...(production ? ["--omit=dev"] : [])];
  if (dialect === "pnpm") return ["pnpm", "audit", "--json", ...(production ? ["--prod"] : [])];
  if (dialect === "yarn") return ["yarn", "audit", "--json", ...(production ? ["--groups", "dependencies"] : [])];
  const environment = production ? ["--environment", "production"] : [];
  return ["yarn", "npm", "audit", "--all", "--recursive", "--json", ...environment];
};

/** No dependency with a known vulnerability of this level or a worse one, as the package manager's registry tells it. */
export function auditCheck({ audit }: AuditCheck, ports: Ports): Check {
  const title = `audit: no dependency with a known vulnerability of level ${audit.level}${audit.level === "critical" ? "" : " or worse"}`;
  return {
    title,
    async run({ directory }) {
      const dialect = await dialectIn(directory, audit.tool);
      if (dialect === undefined)
        return fail(
          "no-lock-file",
          `${title}: there is no ${Object.values(lockFiles).join(", ")} in the repository's root, so nothing can be audited. Commit the lock file.`,
        );
      const [file, ...args] = commandOf(dialect, audit.production ?? false);
      const result = await ports
        .exec(file, args, { cwd: directory, env: minimalEnv(ports.env), timeoutMs: longestAuditMs })
        .catch(() => undefined);
      if (result === undefined)
        return hold(
          "no-data",
          `${title}: ${file} could not be started. Install it before this step, such as with actions/setup-node.`,
        );
      const report = auditReport(dialect, result.stdout);
      if ("problem" in report)
        return hold(
          "no-data",
          `${title}: ${file} gave no report (${report.problem}${lastWords(result)}). Run it again when the registry answers.`,
        );
      const bad = report.found.filter(({ level }) => levels.indexOf(level) >= levels.indexOf(audit.level));
      const evidence = { tool: dialect, found: report.found.slice(0, 100) };
      if (bad.length === 0)
        return pass("audit-clean", `${title}: ${file} found none (${report.found.length} below it).`, evidence);
      const named = bad.slice(0, mostNamed).map(({ name, level }) => `${quote(name)} (${level})`);
      const more = bad.length > mostNamed ? ` and ${bad.length - mostNamed} more` : "";
      return fail(
        "vulnerable-dependencies",
        `${title}: ${bad.length === 1 ? "1 has" : `${bad.length} have`}: ${named.join(", ")}${more}. Update them (\`${file} audit\` says to what), or raise \`level\` if the risk is accepted.`,
        evidence,
      );
    },
  };
}

async function dialectIn(directory: string, wanted: Tool | undefined): Promise<Dialect | undefined> {
  const exists = (name: string) =>
    access(join(directory, name)).then(
      () => true,
      () => false,
    );
  const tools: readonly Tool[] = wanted === undefined ? ["npm", "pnpm", "yarn"] : [wanted];
  for (const tool of tools) {
    if (!(await exists(lockFiles[tool]))) continue;
    return tool === "yarn" && (await exists(".yarnrc.yml")) ? "yarn-berry" : tool;
  }
  return undefined;
}

function lastWords({ code, stderr }: ExecResult): string {
  const last = stderr.trimEnd().split("\n").at(-1)?.trim();
  const ended = code === null ? "; it was ended at its deadline" : "";
  return last === undefined || last === "" ? ended : `${ended}; its last line is ${quote(last)}`;
}
