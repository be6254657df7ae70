import { n as runbookSchema, r as targetSchema, t as runbookHash } from "./runbook.js";

export { targetSchema };