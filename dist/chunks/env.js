export { t as envCheck } from "./env2.js";
