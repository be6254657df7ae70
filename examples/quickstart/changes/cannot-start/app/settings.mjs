export const settings = {
  port: Number(required("PORT")),
  /** The commit this version was built from. */
  version: required("VERSION"),
  databaseUrl: required("DATABASE_URL"),
  // New in this commit, and nobody has set it in production.
  signingKey: required("GREETING_SIGNING_KEY"),
};

function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set.`);
  return value;
}
