export { n as versionsFolder } from "./alembic-files2.js";
