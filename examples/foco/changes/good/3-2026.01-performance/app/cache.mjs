/** How long a list of tasks is kept, in milliseconds. */
export const cacheMs = 2_000;
