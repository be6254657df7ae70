/** The title of a task as it is kept. */
export async function titleOf(written) {
  return written.trim();
}
