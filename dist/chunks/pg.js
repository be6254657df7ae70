import { n as pg_default } from "./actions-toolkit.js";
export { pg_default as default };
