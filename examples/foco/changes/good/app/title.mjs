/** The title of a task as it is kept: no blanks around it, one between words. */
export async function titleOf(written) {
  return written.trim().replace(/\s+/g, " ");
}
