import { n as tagProduction, t as tagBefore } from "./tag-production2.js";
export { tagBefore };
