import { parseDuration } from "./duration.ts";
import type { Refusal } from "./expectation.ts";
import type { Path } from "./problem.ts";

interface Breach {
  readonly path: Path;
  readonly refusal: Refusal;
}

const within = (value: unknown): number | undefined => (typeof value === "string" ? parseDuration(value) : undefined);

/** A release that waits for another environment must be able to begin at all. */
export function afterRules({ after, environment }: Readonly<Record<string, unknown>>): Breach[] {
  if (typeof after !== "object" || after === null) return [];
  const wanted: Readonly<Record<string, unknown>> = { ...after };
  if (typeof environment === "string" && wanted["environment"] === environment)
    return [
      {
        path: ["after", "environment"],
        refusal: {
          code: "RB129",
          message: `${environment} waits for itself`,
          why: "A commit begins here only after another environment is done with it, so nothing would ever begin.",
          fix: "Name the environment that goes first, such as staging, or leave `after` away.",
        },
      },
    ];
  const [watched, oldest] = [within(wanted["watched"]), within(wanted["within"])];
  if (watched === undefined || oldest === undefined || oldest > watched) return [];
  return [
    {
      path: ["after", "within"],
      refusal: {
        code: "RB130",
        message: "a release is too old before it was watched for long enough",
        why: "It has to serve in the other environment for `watched`, and counts for `within` only.",
        fix: "Give `within` more time than `watched`, or leave it away.",
      },
    },
  ];
}
