import { t as runChecks } from "./run-checks.js";
export { runChecks };
