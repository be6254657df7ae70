/** Stands in for `crypto` in `@actions/core`, which needs it for the delimiter of a value that it writes to a file. */
export const randomUUID = (): string => process.getBuiltinModule("node:crypto").randomUUID();
