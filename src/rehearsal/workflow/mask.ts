/** The values a run must not show; shared by all its jobs, so that a late `add-mask` hides the value everywhere. */
export interface Masks {
  /** Also hides each line of the value and its base64 forms, as the runner does. */
  readonly add: (secret: string) => void;
  /** The text with every secret replaced by `***`. */
  readonly hide: (text: string) => string;
  readonly finds: (text: string) => boolean;
}

export function createMasks(secrets: Iterable<string> = []): Masks {
  let hidden: readonly string[] = [];
  const add = (secret: string): void => {
    const forms = formsOf(secret).filter((form) => form.trim() !== "" && !hidden.includes(form));
    // The longest first: a short secret inside a long one must not leave the rest of the long one readable.
    if (forms.length > 0) hidden = [...hidden, ...forms].sort((left, right) => right.length - left.length);
  };
  for (const secret of secrets) add(secret);
  return {
    add,
    hide: (text) =>
      hidden.reduce((shown, secret) => (shown.includes(secret) ? shown.replaceAll(secret, "***") : shown), text),
    finds: (text) => hidden.some((secret) => text.includes(secret)),
  };
}

function formsOf(secret: string): readonly string[] {
  const lines = secret.split(/\r?\n/);
  const bytes = Buffer.from(secret);
  // Base64 of a text that contains the secret depends on where in a group of three bytes the secret starts.
  const shifted = [0, 1, 2].filter((shift) => bytes.length > shift + 2).map((shift) => bytes.subarray(shift));
  return [secret, secret.trim(), ...lines, ...shifted.map((part) => part.toString("base64"))];
}
