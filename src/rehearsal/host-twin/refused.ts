/** What the stand-in does not do, in the words and with the exit code of the real command. */
export class Refused extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}
