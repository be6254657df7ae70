import { i as protectionWarnings, n as loadIsBehindProtection, r as loadedWhenDeployed, t as isBehindProtection } from "./behind-protection2.js";
export { isBehindProtection, loadIsBehindProtection, loadedWhenDeployed, protectionWarnings };
