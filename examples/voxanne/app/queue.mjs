/** The state of the queue, as a customer's dashboard asks for it. */
export async function queueOf(database) {
  const { rows } = await database.query(
    "select status, count(*)::int as jobs from queue_jobs where org_id = $1 group by status order by status",
    [1],
  );
  return { queue: rows };
}
