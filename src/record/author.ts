import * as z from "zod";

/** Fields of the record that many entries share. */
export const version = z.string().min(1).max(200);
export const sha = z.string().regex(/^[0-9a-f]{40}$/, "must be a full commit sha");
export const text = z.string().max(4000);
export const shortText = z.string().max(500);

const author = z.strictObject({
  /** GitHub's run id, or 0 when a person acted from outside a workflow. */
  run: z.number().int().nonnegative(),
  attempt: z.number().int().positive(),
  actor: z.string().max(200),
});
export type Author = z.infer<typeof author>;

/** What every entry says: when, by whom, of which release. */
export const common = { at: z.number().int(), by: author, release: z.number().int().nonnegative() };

/** One share of one canary, as the platform had it at one generation. */
export const share = {
  stage: z.string(),
  shift: z.number().int().nonnegative(),
  weight: z.number(),
  generation: z.string(),
};
