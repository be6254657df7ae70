import { n as Encrypter, r as Stanza, t as Decrypter } from "./age.js";
export { Decrypter, Encrypter };
