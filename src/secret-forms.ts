/** A shorter value would mask ordinary words, and the runner drops every output that contains a masked value. */
const shortestMask = 6;

/**
 * Every form in which a secret may come out in a log: itself, each of its lines, and for an address with credentials the
 * password as written and as decoded (a driver's error message prints the decoded one), base64url and hexadecimal.
 */
export function secretForms(secret: string): string[] {
  const forms = new Set([secret, ...secret.split(/\r?\n/)]);
  for (const password of passwords(secret)) {
    forms.add(password);
    forms.add(Buffer.from(password).toString("base64url"));
  }
  forms.add(Buffer.from(secret).toString("base64url"));
  forms.add(Buffer.from(secret).toString("hex"));
  return [...forms].filter((form) => form.trim().length >= shortestMask);
}

function passwords(secret: string): string[] {
  const found: string[] = [];
  for (const [, user = "", password = ""] of secret.matchAll(/\b[a-z][a-z0-9+.-]*:\/\/([^\s:/@]*):([^\s/]+)@/gi)) {
    found.push(password, `${user}:${password}`);
    try {
      found.push(decodeURIComponent(password));
    } catch {
      // Not percent-encoded after all: the written form is masked already.
    }
  }
  return found;
}
