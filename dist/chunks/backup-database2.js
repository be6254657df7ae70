import { n as runBackupCommand, t as backupDatabase } from "./backup-database.js";
export { backupDatabase };
