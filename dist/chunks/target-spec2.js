import { n as shiftsOf, r as targetSchema, t as hostsIn } from "./target-spec.js";
export { hostsIn, shiftsOf, targetSchema };
