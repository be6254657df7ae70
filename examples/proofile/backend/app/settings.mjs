export const settings = {
  port: Number(required("PORT")),
  /** What this container was built from: what a person sees in an answer, and what the metrics are labelled with. */
  version: required("VERSION"),
  databaseUrl: required("DATABASE_URL"),
  secretKey: required("SECRET_KEY"),
};

function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set.`);
  return value;
}
