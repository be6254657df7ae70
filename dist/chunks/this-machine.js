import { t as thisMachine } from "./this-machine2.js";
export { thisMachine };
