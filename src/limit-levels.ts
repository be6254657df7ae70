import * as z from "zod";
import { duration, limit, listOf } from "./field.ts";

const pageLimits = z.union([
  listOf(limit).transform((limits) => ({ limits })),
  z.strictObject({
    limits: listOf(limit).meta({ description: "What a person is asked about when it breaks." }),
    "decide-within": duration
      .optional()
      .meta({ description: "How long the person has; without an answer the release goes back." }),
  }),
]);

/** The three levels of limits: what goes back by itself, what a person is asked about, and what is only reported. */
export const limitLevels = {
  limits: listOf(limit).optional().meta({ description: "What must hold meanwhile: `error-rate < 1%`." }),
  "page-limits": pageLimits
    .optional()
    .meta({ description: "What must hold too; when it breaks, a person says whether the release goes on or back." }),
  "warn-limits": listOf(limit)
    .optional()
    .meta({ description: "What is reported when it breaks, and neither ends nor delays anything." }),
};
