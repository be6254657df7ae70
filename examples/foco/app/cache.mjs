/** How long a list of tasks is kept, in milliseconds; 0 asks the database every time. */
export const cacheMs = 0;
