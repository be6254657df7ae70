import { n as targetSchema, t as shiftsOf } from "./target-spec.js";
export { shiftsOf, targetSchema };
