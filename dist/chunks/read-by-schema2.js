export { t as readBySchema } from "./read-by-schema.js";
