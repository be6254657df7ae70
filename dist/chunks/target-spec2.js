import { t as targetSchema } from "./target-spec.js";
export { targetSchema };
