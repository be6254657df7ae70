/**
 * Stands in for the curves of age's hardware and post-quantum keys, 80 KB that no key of ours needs: a backup is
 * encrypted for an X25519 key (`age1` and 58 more characters), which the runbook's schema and `decryptFile` ask for.
 */
const absent = (): never => {
  throw new Error("only X25519 keys are built in (age1..., AGE-SECRET-KEY-1...)");
};
const curve = new Proxy({}, { get: absent });

export { curve as MLKEM768P256, curve as MLKEM768X25519, curve as p256 };
