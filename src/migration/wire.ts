/** Pieces of PostgreSQL's message protocol: https://www.postgresql.org/docs/current/protocol-message-formats.html */

const headerBytes = 5;

/**
 * Follows a stream of messages that may be cut anywhere. Each call takes the next bytes and gives the types of the
 * messages that ended in them.
 */
export function messageScanner(): (bytes: Uint8Array) => readonly string[] {
  const header = new Uint8Array(headerBytes);
  let have = 0;
  let left = 0;
  return (bytes) => {
    const ended: string[] = [];
    let at = 0;
    while (at < bytes.length || (have === headerBytes && left === 0)) {
      if (have < headerBytes) {
        header[have] = bytes[at] ?? 0;
        have += 1;
        at += 1;
        // The length counts itself but not the type byte.
        if (have === headerBytes) left = new DataView(header.buffer).getUint32(1) - 4;
      } else {
        const step = Math.min(left, bytes.length - at);
        at += step;
        left -= step;
      }
      if (have === headerBytes && left === 0) {
        ended.push(String.fromCharCode(header[0] ?? 0));
        have = 0;
      }
    }
    return ended;
  };
}

/** One message as a server or client sends it. */
export function message(type: string, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(headerBytes + body.length);
  bytes[0] = type.charCodeAt(0);
  new DataView(bytes.buffer).setUint32(1, body.length + 4);
  bytes.set(body, headerBytes);
  return bytes;
}

/** What a server says to a client it trusts: you are in, these are my settings, ask. */
export function greeting(parameters: Readonly<Record<string, string>>): Uint8Array {
  const text = new TextEncoder();
  return concatenate([
    message("R", new Uint8Array(4)),
    ...Object.entries(parameters).map(([name, value]) => message("S", text.encode(`${name}\0${value}\0`))),
    message("K", new Uint8Array(8)),
    message("Z", text.encode("I")),
  ]);
}

export function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
