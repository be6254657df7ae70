import { s as _enum } from "./zod.js";
import { dt as expecting } from "./runbook-keys.js";
import { a as tickSources } from "./hand-over.js";
const tickSourceSchema = _enum(tickSources, { error: expecting("tick-source") });
export { tickSourceSchema as t };
