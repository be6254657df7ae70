// src/shell-word.ts
/** A word of a command that a person may paste into a POSIX shell; whatever it holds, the shell reads it as itself. */
const shellWord = (word) => /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

export { shellWord as t };