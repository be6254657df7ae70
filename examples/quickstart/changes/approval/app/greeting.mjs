/** What a visitor, numbered from 0 to 99, is told first. */
export async function greeting(visitor) {
  return `Welcome, visitor ${visitor}. It is good to see you.`;
}
