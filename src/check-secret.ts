/** Whether a line of a preflight is for the job with secrets: the one with the user's code must not see a token. */
export const needsSecret = (check: object): boolean => "github" in check || "sentry" in check;
