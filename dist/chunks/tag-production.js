export { t as tagBefore } from "./tag-production2.js";
