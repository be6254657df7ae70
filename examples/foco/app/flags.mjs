const readEveryMs = 200;

/** The beta users of the admin panel: how many of a hundred people have a feature. */
export function createFlags(database, { adminToken }) {
  let known = new Map();
  let readAt = Number.NEGATIVE_INFINITY;
  let reading;

  const read = async () => {
    const { rows } = await database.query("select name, percent from flags");
    known = new Map(rows.map(({ name, percent }) => [name, percent]));
    readAt = performance.now();
  };
  const json = (status, body) => ({ status, type: "application/json", body: JSON.stringify(body) });

  return {
    async percentOf(name) {
      if (performance.now() - readAt > readEveryMs) {
        reading ??= read().finally(() => {
          reading = undefined;
        });
        await reading;
      }
      return known.get(name) ?? 0;
    },

    async answer(request, name) {
      if (request.headers.authorization !== `Bearer ${adminToken}`) return json(401, { error: "Log in first." });
      if (request.method === "PUT") {
        let text = "";
        for await (const part of request) text += part;
        const { percent } = JSON.parse(text);
        if (!Number.isInteger(percent) || percent < 0 || percent > 100) return json(400, { error: "0 to 100." });
        await database.query(
          "insert into flags (name, percent) values ($1, $2) on conflict (name) do update set percent = excluded.percent",
          [name, percent],
        );
      }
      await read();
      return json(200, { name, percent: known.get(name) ?? 0 });
    },
  };
}
