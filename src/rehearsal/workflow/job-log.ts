import { createHash } from "node:crypto";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import type { Setting } from "./setting.ts";
import type { Annotation } from "./workflow-run.ts";

/** What one job says; every text passes the masks first. */
export interface JobLog {
  readonly line: (text: string) => void;
  readonly annotate: (annotation: Omit<Annotation, "job">) => void;
  readonly error: (message: string) => void;
  readonly warn: (message: string) => void;
  readonly summarize: (step: string, markdown: string) => void;
}

export function createJobLog(setting: Setting, job: string): JobLog {
  const file = join(setting.run.logDirectory, fileNameOf(job));
  const line = (text: string): void => {
    const shown = setting.masks.hide(text);
    appendFileSync(`${file}.log`, `${shown}\n`);
    setting.emit({ type: "log", job, line: shown });
  };
  const annotate = (given: Omit<Annotation, "job">): void => {
    const annotation = { ...given, job, message: setting.masks.hide(given.message) };
    setting.annotations.push(annotation);
    setting.emit({ type: "annotation", job, annotation });
    line(`##[${given.level}]${given.message}`);
  };
  return {
    line,
    annotate,
    error: (message) => annotate({ level: "error", message }),
    warn: (message) => annotate({ level: "warning", message }),
    summarize: (step, markdown) => {
      const shown = setting.masks.hide(markdown);
      setting.summaries.push({ job, step, markdown: shown });
      appendFileSync(`${file}.summary.md`, shown.endsWith("\n") ? shown : `${shown}\n`);
    },
  };
}

/** A nested matrix leg's path can be longer than a file name may be. */
function fileNameOf(job: string): string {
  const name = job.replace(/[^\w.-]+/g, "_");
  if (name.length <= 150) return name;
  return `${name.slice(0, 120)}-${createHash("sha256").update(job).digest("hex").slice(0, 12)}`;
}
