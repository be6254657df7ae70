export { t as notifySchema, n as runbookSchema } from "./runbook.js";
