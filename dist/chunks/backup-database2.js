export { t as backupDatabase } from "./backup-database.js";
