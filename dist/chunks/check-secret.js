const needsSecret = (check) => "github" in check || "sentry" in check;
export { needsSecret as t };
