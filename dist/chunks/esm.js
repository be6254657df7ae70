import { t as esm_default } from "./postgres.js";
export { esm_default as default };
