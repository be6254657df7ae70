/**
 * Stands in for what Node brings itself of age's cryptography, 30 KB and many times slower in JavaScript. The curve of
 * X25519 keys comes from WebCrypto, which the library asks first; only its base point is asked for here. Passphrases
 * (scrypt) are no key of ours: a backup is encrypted for an X25519 key.
 */
import { createCipheriv, createDecipheriv } from "node:crypto";

const absent = (): never => {
  throw new Error("only X25519 keys are built in (age1..., AGE-SECRET-KEY-1...)");
};

export const scrypt = absent;
export const x25519 = { GuBytes: Uint8Array.of(9, ...new Uint8Array(31)), scalarMult: absent, scalarMultBase: absent };

const algorithm = "chacha20-poly1305";
const tagBytes = 16;

/** RFC 8439: the tag stands behind the text; one that is not its text's throws. */
export const chacha20poly1305 = (key: Uint8Array, nonce: Uint8Array) => ({
  encrypt(text: Uint8Array): Uint8Array {
    const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagBytes });
    return Buffer.concat([cipher.update(text), cipher.final(), cipher.getAuthTag()]);
  },
  decrypt(sealed: Uint8Array): Uint8Array {
    const end = sealed.length - tagBytes;
    if (end < 0) throw new Error("shorter than its tag");
    const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: tagBytes });
    decipher.setAuthTag(sealed.subarray(end));
    return Buffer.concat([decipher.update(sealed.subarray(0, end)), decipher.final()]);
  },
});
