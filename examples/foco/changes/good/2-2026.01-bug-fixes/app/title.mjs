/** The title of a task as it is kept: one blank between words, as the database's schema has it. */
export async function titleOf(written) {
  return written.trim().replace(/\s+/g, " ");
}
