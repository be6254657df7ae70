import { t as envCheck } from "./env2.js";
export { envCheck };
