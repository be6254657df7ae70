import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import * as z from "zod";
import { Refused } from "./refused.ts";

/*
 * The part of the compose format that the stand-in knows (https://docs.docker.com/reference/compose-file/). Whatever
 * it does not know it refuses: a file that works here must not mean something else to a real engine.
 */

const environment = z.union([
  z.array(z.string()),
  z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
]);
const healthcheck = z.strictObject({
  test: z.union([z.string(), z.array(z.string())]).optional(),
  interval: z.string().optional(),
  timeout: z.string().optional(),
  retries: z.number().int().optional(),
  start_period: z.string().optional(),
  disable: z.boolean().optional(),
});
const service = z.strictObject({
  image: z.string().optional(),
  build: z.union([z.string(), z.strictObject({ context: z.string(), dockerfile: z.string().optional() })]).optional(),
  command: z.union([z.string(), z.array(z.string())]).optional(),
  environment: environment.optional(),
  ports: z.array(z.string()).optional(),
  restart: z.string().optional(),
  labels: z.record(z.string(), z.string()).optional(),
  healthcheck: healthcheck.optional(),
});
const composeFile = z.strictObject({ name: z.string().optional(), services: z.record(z.string(), service) });

export interface Service {
  readonly name: string;
  readonly image: string | undefined;
  /** Folder of the build context. */
  readonly context: string | undefined;
  readonly command: readonly string[] | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly ports: readonly { readonly published: number; readonly target: number }[];
  readonly restarts: boolean;
  readonly healthcheck: HealthCheck | "disabled" | undefined;
}

export interface HealthCheck {
  /** `CMD` and words, or `CMD-SHELL` and a line. */
  readonly test: readonly string[];
  readonly intervalMs: number;
  readonly retries: number;
  readonly timeoutMs: number;
}

/** The services of a compose file, variables replaced by those of whoever asks. */
export function readComposeFile(file: string, env: Readonly<Record<string, string>>): readonly Service[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    throw new Refused(14, `open ${file}: no such file or directory`);
  }
  const read = composeFile.safeParse(replaced(parse(text), env));
  if (!read.success)
    throw new Refused(
      15,
      `validating ${file}: ${read.error.issues[0]?.path.join(".")} ${read.error.issues[0]?.message}`,
    );
  return Object.entries(read.data.services).map(([name, spec]) => ({
    name,
    image: spec.image,
    context: contextOf(spec.build, path.dirname(file)),
    command: typeof spec.command === "string" ? ["sh", "-c", spec.command] : spec.command,
    environment: environmentOf(spec.environment, env),
    ports: (spec.ports ?? []).map(portOf),
    restarts: spec.restart !== undefined && spec.restart !== "no",
    healthcheck: spec.healthcheck === undefined ? undefined : healthCheckOf(spec.healthcheck),
  }));
}

function contextOf(build: z.infer<typeof service>["build"], directory: string): string | undefined {
  if (build === undefined) return undefined;
  return path.resolve(directory, typeof build === "string" ? build : build.context);
}

/** https://docs.docker.com/reference/compose-file/interpolation/ */
function replaced(value: unknown, env: Readonly<Record<string, string>>): unknown {
  if (typeof value === "string")
    return value.replace(/\$(?:\$|\{(\w+)(?:(:?[-?])([^}]*))?\}|(\w+))/g, (whole, braced, kind, otherwise, bare) => {
      if (whole === "$$") return "$";
      const found = env[String(braced ?? bare)];
      if (found !== undefined && (found !== "" || !String(kind).startsWith(":"))) return found;
      if (String(kind).endsWith("?"))
        throw new Refused(1, `required variable ${braced} is missing a value: ${otherwise}`);
      return String(otherwise ?? "");
    });
  if (Array.isArray(value)) return value.map((entry) => replaced(entry, env));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, replaced(inner, env)]));
}

/** A bare name takes its value from whoever runs compose; without one it is not set. */
function environmentOf(
  written: z.infer<typeof environment> | undefined,
  env: Readonly<Record<string, string>>,
): Record<string, string> {
  const pairs = Array.isArray(written)
    ? written.map((line): [string, string | null] => {
        const at = line.indexOf("=");
        return at < 0 ? [line, null] : [line.slice(0, at), line.slice(at + 1)];
      })
    : Object.entries(written ?? {});
  return Object.fromEntries(
    pairs.flatMap(([name, value]) => {
      const own = value === null ? env[name] : String(value);
      return own === undefined ? [] : [[name, own]];
    }),
  );
}

function portOf(text: string): { published: number; target: number } {
  const [, published, target] = /^(?:127\.0\.0\.1:)?(\d+):(\d+)$/.exec(text) ?? [];
  if (published === undefined || target === undefined) throw new Refused(15, `invalid port specification: ${text}`);
  return { published: Number(published), target: Number(target) };
}

function healthCheckOf({
  test,
  interval,
  timeout,
  retries,
  disable,
}: z.infer<typeof healthcheck>): HealthCheck | "disabled" | undefined {
  if (disable === true) return "disabled";
  if (test === undefined) return undefined;
  const words = typeof test === "string" ? ["CMD-SHELL", test] : test;
  if (words[0] === "NONE") return "disabled";
  if (words[0] !== "CMD" && words[0] !== "CMD-SHELL")
    throw new Refused(15, "healthcheck.test must start either by CMD, CMD-SHELL or NONE");
  return {
    test: words,
    intervalMs: milliseconds(interval ?? "30s"),
    timeoutMs: milliseconds(timeout ?? "30s"),
    retries: retries ?? 3,
  };
}

function milliseconds(text: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text) ?? [];
  if (amount === undefined) throw new Refused(15, `time: invalid duration "${text}"`);
  return Number(amount) * (unit === "ms" ? 1 : unit === "s" ? 1000 : 60_000);
}
