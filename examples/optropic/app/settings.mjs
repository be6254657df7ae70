export const settings = {
  port: Number(required("PORT")),
  /** The commit this deployment was built from: what a person sees in an answer. */
  commit: required("VERCEL_GIT_COMMIT_SHA"),
  /** Its name on Vercel: what the metrics are labelled with. */
  deployment: required("VERCEL_DEPLOYMENT_ID"),
  databaseUrl: required("DATABASE_URL"),
};

function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set.`);
  return value;
}
