export { t as targetSchema } from "./target-spec.js";
