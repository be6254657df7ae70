export { t as thisMachine } from "./this-machine2.js";
