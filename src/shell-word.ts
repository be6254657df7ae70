/** A word of a command that a person may paste into a POSIX shell; whatever it holds, the shell reads it as itself. */
export const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
