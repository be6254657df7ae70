/** Logins; everybody may try as often as they like. */
export const createLogins = () => ({
  attempt: async () => ({ status: 401, type: "application/json", body: JSON.stringify({ error: "Wrong password." }) }),
});
