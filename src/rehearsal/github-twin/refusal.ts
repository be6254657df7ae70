/** An error answer in the shape of GitHub's REST API: `{ message, errors?, documentation_url, status }`. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;
  readonly errors: readonly unknown[] | undefined;
  readonly headers: Readonly<Record<string, string>>;
  constructor(
    status: number,
    message: string,
    details: { readonly errors?: readonly unknown[]; readonly headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(message);
    this.status = status;
    this.errors = details.errors;
    this.headers = details.headers ?? {};
  }
}

export const notFound = (): Refusal => new Refusal(404, "Not Found");

export const unprocessable = (message: string, errors?: readonly unknown[]): Refusal =>
  new Refusal(422, message, errors === undefined ? {} : { errors });

/** GitHub's `Validation Failed`, naming the resource, the field and what is wrong with it. */
export const invalidField = (resource: string, field: string, message: string): Refusal =>
  unprocessable("Validation Failed", [{ resource, code: "custom", field, message }]);
