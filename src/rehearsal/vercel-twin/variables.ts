import * as z from "zod";
import { VercelRefusal } from "./api-server.ts";
import { newId } from "./deployments.ts";

const environments = z.enum(["production", "preview", "development"]);

const written = z.strictObject({
  key: z.string().min(1).max(256),
  value: z.string().max(65_536),
  type: z.enum(["system", "secret", "encrypted", "plain", "sensitive"]),
  target: z.array(environments).min(1),
  gitBranch: z.string().nullable().optional(),
  comment: z.string().optional(),
});
type Written = z.infer<typeof written>;

interface Kept extends Written {
  readonly id: string;
  readonly createdAt: number;
  updatedAt: number;
}

export interface TwinVariables {
  /** Values of the production environment, as a deployment gets them. */
  production(): Readonly<Record<string, string>>;
  list(): readonly unknown[];
  shown(id: string): unknown;
  remove(id: string): unknown;
  /** What a person sets on the dashboard. */
  put(variable: Written): void;
  /** Answers 201 even when some were not set: these stand in `failed`. */
  set(body: unknown, upsert: boolean): unknown;
  /** Names that cannot be set, from now on. */
  failing: ReadonlySet<string>;
}

export function twinVariables(now: () => number): TwinVariables {
  const kept: Kept[] = [];
  const same = (one: Written) => (other: Written) =>
    other.key === one.key && other.target.some((target) => one.target.includes(target));

  const put = (variable: Written): Kept => {
    const known = kept.findIndex(same(variable));
    const before = kept[known];
    const next = { id: newId("env"), createdAt: now(), ...before, ...variable, updatedAt: now() };
    if (before === undefined) kept.push(next);
    else kept[known] = { ...next, target: before.target };
    return next;
  };
  /** A sensitive value is never shown again; an encrypted one only when it is asked for by itself. */
  const hidden = (variable: Kept, alone: boolean) =>
    variable.type === "plain" || (alone && variable.type === "encrypted")
      ? { ...variable, decrypted: true }
      : { ...variable, value: variable.type === "sensitive" ? "" : "eyJ2IjoidjIifQ==", decrypted: false };

  return {
    failing: new Set(),
    production: () =>
      Object.fromEntries(
        kept.filter(({ target }) => target.includes("production")).map(({ key, value }) => [key, value]),
      ),
    list: () => kept.map((variable) => hidden(variable, false)),
    shown(id) {
      const found = kept.find((variable) => variable.id === id);
      if (found === undefined) throw new VercelRefusal(404, "not_found", "The environment variable was not found");
      return hidden(found, true);
    },
    remove(id) {
      const found = kept.findIndex((variable) => variable.id === id);
      const [gone] = found < 0 ? [] : kept.splice(found, 1);
      if (gone === undefined) throw new VercelRefusal(404, "not_found", "The environment variable was not found");
      return hidden(gone, false);
    },
    put: (variable) => void put(variable),
    set(body, upsert) {
      const read = z.union([written.transform((one) => [one]), z.array(written)]).safeParse(body);
      if (!read.success) throw new VercelRefusal(400, "bad_request", "Invalid request: should be a list of variables");
      const created: unknown[] = [];
      const failed: unknown[] = [];
      for (const variable of read.data) {
        const exists = kept.some(same(variable));
        if (this.failing.has(variable.key) || (exists && !upsert))
          failed.push({
            error: {
              code: exists ? "ENV_CONFLICT" : "ENV_FAILED",
              message: `The variable "${variable.key}" could not be set`,
              key: variable.key,
              envVarKey: variable.key,
            },
          });
        else created.push(hidden(put(variable), false));
      }
      return { created, failed };
    },
  };
}
