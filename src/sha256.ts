/**
 * SHA-256 of a text, hexadecimal. Node's crypto is loaded when the first hash is wanted: importing it costs every
 * program about a tenth of its start.
 */
export function sha256(text: string): string {
  const { createHash } = process.getBuiltinModule("node:crypto");
  return createHash("sha256").update(text).digest("hex");
}
