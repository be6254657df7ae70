/** Sets or reads a flag in the admin panel: `flag.mjs set` or `flag.mjs read`, told by SLUICE_FLAG and SLUICE_FLAG_VALUE. */
const { APP_URL, ADMIN_TOKEN, SLUICE_FLAG, SLUICE_FLAG_VALUE } = process.env;
const put = process.argv[2] === "set";
const answer = await fetch(new URL(`/api/admin/flags/${SLUICE_FLAG}`, APP_URL), {
  method: put ? "PUT" : "GET",
  headers: { authorization: `Bearer ${ADMIN_TOKEN}`, "content-type": "application/json" },
  ...(put && { body: JSON.stringify({ percent: Number.parseInt(SLUICE_FLAG_VALUE, 10) }) }),
});
if (!answer.ok) throw new Error(`The admin panel answered ${answer.status}.`);
const { percent } = await answer.json();
console.log(`${percent}%`);
