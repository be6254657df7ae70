export const settings = {
  port: Number(required("PORT")),
  /** The commit this deployment was built from: what a person sees in an answer. */
  commit: required("VERCEL_GIT_COMMIT_SHA"),
  /** Its name on Vercel: what the metrics are labelled with. */
  deployment: required("VERCEL_DEPLOYMENT_ID"),
  databaseUrl: required("DATABASE_URL"),
  /** Opens the admin panel. */
  adminToken: required("ADMIN_TOKEN"),
  /** Features this deployment was built with. */
  features: {
    voice: process.env.NEXT_PUBLIC_ENABLE_VOICE_SYSTEM === "true",
    crico: process.env.NEXT_PUBLIC_ENABLE_CRICO === "true",
  },
};

function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set.`);
  return value;
}
