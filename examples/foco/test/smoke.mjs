import assert from "node:assert/strict";

/** What the smoke test asks of a version at its own address. */
const url = (path) => new URL(path, process.env.SLUICE_URL);
const { tasks } = await (await fetch(url("/api/tasks"))).json();
assert.ok(Array.isArray(tasks), "tasks are a list");

// Auth rate limits: 5 attempts per 15 minutes. The sixth is refused whatever its password.
const attempts = [];
for (let n = 0; n < 6; n++) attempts.push((await fetch(url("/api/login"), { method: "POST" })).status);
assert.equal(attempts.at(-1), 429, `login attempts were answered ${attempts.join(", ")}`);
