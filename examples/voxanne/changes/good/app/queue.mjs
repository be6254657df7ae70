/** The state of the queue, as a customer's dashboard asks for it, and what waits longest. */
export async function queueOf(database) {
  const { rows } = await database.query(
    "select status, count(*)::int as jobs, min(created_at) as oldest from queue_jobs where org_id = $1 group by status order by status",
    [1],
  );
  return { queue: rows };
}
