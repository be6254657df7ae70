import { createReadStream, createWriteStream } from "node:fs";
import { open, rm } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { InputError, messageOf } from "../failure.ts";

/**
 * Encrypts a file for the holder of an age key (https://age-encryption.org/v1): whoever has the backup and not the
 * private key has nothing, and this process never sees that key. `age -d -i key.txt` opens it anywhere.
 */
export async function encryptFile(file: string, encrypted: string, recipient: string): Promise<void> {
  const { Encrypter } = await import("age-encryption");
  const encrypter = new Encrypter();
  try {
    encrypter.addRecipient(recipient);
  } catch {
    throw new InputError(
      "`backup.encrypt` is no age public key; it begins with age1 (`age-keygen -y key.txt` prints it).",
    );
  }
  await through(file, encrypted, (source) => encrypter.encrypt(source));
}

/** Opens what `encryptFile` or the `age` program wrote; nothing is left when the key or the file is wrong. */
export async function decryptFile(file: string, plain: string, identity: string): Promise<void> {
  const { Decrypter } = await import("age-encryption");
  const decrypter = new Decrypter();
  // A key file of age-keygen has comments above the key.
  const key = identity.split("\n").find((line) => line.trim().startsWith("AGE-SECRET-KEY-1"));
  try {
    decrypter.addIdentity((key ?? "").trim());
  } catch {
    throw new InputError(
      "The key of the backup is no age private key; it begins with AGE-SECRET-KEY-1 (age-keygen makes one).",
    );
  }
  try {
    await through(file, plain, (source) => decrypter.decrypt(source));
  } catch (problem) {
    const why = messageOf(problem);
    throw new InputError(
      `${file} cannot be opened with this key: ${why}. Give the key it was encrypted for, and the whole file.`,
    );
  }
}

type Bytes = ReadableStream<Uint8Array>;

async function through(from: string, to: string, change: (source: Bytes) => Promise<Bytes>): Promise<void> {
  // There before anything is written into it, for nobody else to read.
  await (await open(to, "wx", 0o600)).close();
  try {
    const source = Readable.toWeb(createReadStream(from)) as Bytes;
    const changed = await change(source);
    await pipeline(
      Readable.fromWeb(changed as Parameters<typeof Readable.fromWeb>[0]),
      createWriteStream(to, { flags: "r+" }),
    );
  } catch (problem) {
    await rm(to, { force: true });
    throw problem;
  }
}
