/**
 * Resolves when a process of the rehearsal's world is to end: on SIGTERM, on SIGINT, or when its standard input ends.
 * The rehearsal holds the other side of that input, so nothing is left behind even when the rehearsal itself is killed.
 */
export function untilAskedToEnd(child: NodeJS.Process): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      child.stdin.destroy();
      resolve();
    };
    child.once("SIGTERM", end);
    child.once("SIGINT", end);
    child.stdin.once("end", end);
    child.stdin.once("error", end);
    child.stdin.resume();
  });
}
