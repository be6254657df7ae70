export { n as probeProvider } from "./probe2.js";
