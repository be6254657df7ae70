export { t as isBehindProtection, n as loadIsBehindProtection, r as loadedWhenDeployed, i as protectionWarnings } from "./behind-protection2.js";
