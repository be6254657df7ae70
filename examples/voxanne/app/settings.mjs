export const settings = {
  port: Number(required("PORT")),
  /** The commit this version was built from. */
  version: required("VERSION"),
  databaseUrl: required("DATABASE_URL"),
  mode: process.env.NODE_ENV ?? "development",
  sentryDsn: process.env.SENTRY_DSN,
};

function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set.`);
  return value;
}
