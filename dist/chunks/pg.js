import { t as pg_default } from "./postgres.js";
export { pg_default as default };
