import type { Place } from "../../failure.ts";
import type { Permissions } from "./permissions.ts";
import type { Template } from "./template.ts";

/** One workflow file, read and found valid: plain data, expressions unevaluated. */
export interface WorkflowFile {
  /** The path within its repository. */
  readonly file: string;
  readonly name: string;
  /** Names of the events under `on:`. */
  readonly triggers: readonly string[];
  /** What `on: workflow_call` declares; absent when the file cannot be called. */
  readonly call: CallDeclaration | undefined;
  readonly dispatchInputs: readonly InputDeclaration[];
  /** `undefined` when the file says nothing, which is not the same as `{}`. */
  readonly permissions: Permissions | undefined;
  readonly concurrency: Template | undefined;
  readonly env: Template | undefined;
  readonly defaults: Template | undefined;
  readonly jobs: Readonly<Record<string, Job>>;
}

export interface CallDeclaration {
  readonly inputs: readonly InputDeclaration[];
  readonly secrets: Readonly<Record<string, { readonly required: boolean }>>;
  readonly outputs: Readonly<Record<string, Template>>;
}

export interface InputDeclaration {
  readonly name: string;
  readonly type: "string" | "boolean" | "number" | "choice" | "environment";
  readonly required: boolean;
  readonly default: Template | undefined;
  /** What a `choice` may be. */
  readonly options: readonly string[];
}

export type Job = OrdinaryJob | CallingJob;

export interface JobBase {
  readonly id: string;
  readonly place: Place;
  readonly name: Template | undefined;
  readonly needs: readonly string[];
  /** As written. */
  readonly if: string | undefined;
  /** What is evaluated: `success()` joins it when it names no status function. */
  readonly condition: string;
  readonly permissions: Permissions | undefined;
  readonly concurrency: Template | undefined;
  readonly strategy: Template | undefined;
}

/** A job with steps of its own. */
export interface OrdinaryJob extends JobBase {
  readonly kind: "ordinary";
  readonly runsOn: Template;
  readonly environment: Template | undefined;
  readonly timeoutMinutes: Template | undefined;
  readonly cancelTimeoutMinutes: Template | undefined;
  readonly continueOnError: Template | undefined;
  readonly env: Template | undefined;
  readonly defaults: Template | undefined;
  readonly outputs: Template | undefined;
  readonly steps: readonly Step[];
}

/** A job that calls a reusable workflow. */
export interface CallingJob extends JobBase {
  readonly kind: "calling";
  readonly uses: string;
  readonly with: Template | undefined;
  readonly secrets: "inherit" | Readonly<Record<string, Template>>;
}

export interface Step {
  readonly id: string | undefined;
  readonly place: Place;
  readonly name: Template | undefined;
  readonly if: string | undefined;
  readonly condition: string;
  readonly uses: string | undefined;
  readonly run: Template | undefined;
  readonly with: Template | undefined;
  readonly env: Template | undefined;
  readonly shell: Template | undefined;
  readonly workingDirectory: Template | undefined;
  readonly timeoutMinutes: Template | undefined;
  readonly continueOnError: Template | undefined;
}
