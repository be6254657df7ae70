export const settings = {
  port: Number(required("PORT")),
  version: required("VERSION"),
  databaseUrl: required("DATABASE_URL"),
  secretKey: required("SECRET_KEY"),
  /** Nobody has set this one in production. */
  redisUrl: required("REDIS_URL"),
};

function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set.`);
  return value;
}
