/** A place in a file a person wrote; lines and columns count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** The user must change something: no stack is shown. Exit code 2. */
export class InputError extends Error {
  override readonly name = "InputError";
  readonly code = "input";
  readonly place: Place | undefined;
  /** When one message tells of several places: what is wrong at each of them. */
  readonly places: readonly (Place & { readonly message: string })[];
  constructor(message: string, place?: Place, places: readonly (Place & { readonly message: string })[] = []) {
    super(message);
    this.place = place;
    this.places = places;
  }
}

/** An outside system did not do what was asked of it. Exit code 3. */
export class ProviderError extends Error {
  override readonly name = "ProviderError";
  readonly code = "provider";
  /** The system's name, such as `github` or `postgres`. */
  readonly provider: string;
  /** HTTP status or the system's own error code. */
  readonly status: number | string | undefined;
  /** Whether the same read may be asked again. Writes are observed, never blindly repeated. */
  readonly retryable: boolean;
  constructor(
    provider: string,
    message: string,
    details: { status?: number | string; retryable?: boolean; cause?: unknown } = {},
  ) {
    super(message, { cause: details.cause });
    this.provider = provider;
    this.status = details.status;
    this.retryable = details.retryable ?? false;
  }
}

/** What a problem says, without the name of its class; what was thrown and is no `Error`, as it prints itself. */
export const messageOf = (problem: unknown): string => (problem instanceof Error ? problem.message : String(problem));
