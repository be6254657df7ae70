import { stripVTControlCharacters } from "node:util";

export interface LastLines {
  write(chunk: Uint8Array): void;
  /** Oldest first; a line that has not ended yet is included. */
  lines(): readonly string[];
}

const longestLine = 500;
/** Shorter values (`1`, `true`, `8080`) are no secrets, and masking them would make every line unreadable. */
const shortestSecret = 6;

/** Every form in which a value may be printed: itself, each of its lines and, when it is a URL, its password. */
function printedForms(value: string): readonly string[] {
  const password = URL.canParse(value) ? new URL(value).password : "";
  return [value, ...value.split(/\r?\n/), password, percentDecoded(password)].filter(
    (form) => form.length >= shortestSecret,
  );
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * Keeps the last `limit` lines of a program's output, fit to be shown: without control characters, without the
 * `secrets`, and no line longer than 500 characters.
 */
export function lastLines(limit: number, secrets: readonly string[]): LastLines {
  const decoder = new TextDecoder();
  const masked = secrets.flatMap(printedForms).sort((a, b) => b.length - a.length);
  const kept: string[] = [];
  let open = "";

  const shown = (line: string): string => {
    const unmasked = stripVTControlCharacters(line).replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "");
    const text = masked.reduce((rest, secret) => rest.replaceAll(secret, "***"), unmasked);
    return text.length > longestLine ? `${text.slice(0, longestLine)}…` : text;
  };

  return {
    write(chunk) {
      const parts = (open + decoder.decode(chunk, { stream: true })).split("\n");
      // Bounded also when a program never ends its line; far beyond what is shown, so that no secret shows by halves.
      open = (parts.pop() ?? "").slice(0, 64 * longestLine);
      kept.push(...parts.slice(-limit).map(shown));
      kept.splice(0, Math.max(0, kept.length - limit));
    },
    lines() {
      return open === "" ? [...kept] : [...kept, shown(open)].slice(-limit);
    },
  };
}
