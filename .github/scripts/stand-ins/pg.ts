// @ts-expect-error Its types come with the whole driver, which `src/` is written against.
import Client from "pg/lib/client.js";

/** Stands in for `pg` in dist/: its sessions alone, without the pool and the native driver that nothing of ours opens. */
export default { Client };
