export { t as default } from "./postgres.js";
