/**
 * Stands in for `fs` in `@actions/core`: importing the real one loads the promises and streams that a step may never
 * use. Each call goes to Node's own.
 */
const real = () => process.getBuiltinModule("node:fs");

export const existsSync = (file: string): boolean => real().existsSync(file);
export const appendFileSync = (file: string, text: string, options: { encoding: "utf8" }): void =>
  real().appendFileSync(file, text, options);

const { constants } = real();

export { constants };

type Promises = typeof import("node:fs").promises;
const later =
  <K extends keyof Promises>(name: K) =>
  (...given: readonly unknown[]): unknown => {
    const call: unknown = real().promises[name];
    if (typeof call !== "function") throw new Error(`fs.promises has no ${String(name)}.`);
    return call(...given);
  };

/** What the summary of a step needs. */
export const promises = { access: later("access"), appendFile: later("appendFile"), writeFile: later("writeFile") };
