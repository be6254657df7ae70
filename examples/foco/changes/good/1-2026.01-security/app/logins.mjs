const most = 5;
const withinMs = 15 * 60_000;

/** Logins; five attempts in a quarter of an hour from one address. */
export function createLogins() {
  const attempts = new Map();
  return {
    async attempt(address) {
      const now = performance.now();
      const recent = (attempts.get(address) ?? []).filter((at) => now - at < withinMs);
      attempts.set(address, [...recent, now]);
      const [status, error] = recent.length < most ? [401, "Wrong password."] : [429, "Too many attempts."];
      return { status, type: "application/json", body: JSON.stringify({ error }) };
    },
  };
}
