import * as z from "zod";
import { parseDuration } from "./duration.ts";
import { type ExpectationName, expecting, refusing } from "./expectation.ts";
import { parseLimit } from "./limit.ts";
import { parsePercentage, parseQuantity } from "./quantity.ts";

const longestDuration = 90 * 86_400_000;
/** Requests a second that one process of ours can still send at their times. */
const highestRate = 5_000;

/** A text that must match, told in the words of the expectation. */
export const textLike = (name: ExpectationName, pattern: RegExp) =>
  z.string({ error: expecting(name) }).regex(pattern, { error: name });

/** Written as `1h30m`, read as milliseconds; more than zero. */
export const duration = z
  .string({ error: expecting("duration") })
  .transform((text, context) => {
    const milliseconds = parseDuration(text);
    if (milliseconds !== undefined && milliseconds > 0 && milliseconds <= longestDuration) return milliseconds;
    context.addIssue({ code: "custom", message: "duration" });
    return z.NEVER;
  })
  .meta({ examples: ["30s", "15m", "1h30m"] });

/** Written as `5%`, read as the number 5; whole percents from 1 to 100. */
export const percentage = z
  .string({ error: expecting("percent-sign") })
  .transform((text, context) => {
    const percent = parsePercentage(text);
    if (percent !== undefined && Number.isInteger(percent) && percent >= 1) return percent;
    context.addIssue({ code: "custom", message: /^\d+$/.test(text) ? "percent-sign" : "percentage" });
    return z.NEVER;
  })
  .meta({ examples: ["5%", "25%", "100%"] });

/** Written as `50/s`, read as the number 50; more than zero. */
export const rate = z
  .string({ error: expecting("rate") })
  .transform((text, context) => {
    const quantity = text.startsWith("+") ? undefined : parseQuantity(text);
    if (quantity?.unit === "/s" && quantity.amount > 0 && quantity.amount <= highestRate) return quantity.amount;
    context.addIssue({ code: "custom", message: "rate" });
    return z.NEVER;
  })
  .meta({ examples: ["50/s", "0.5/s"] });

/** Written as `20GB`, read as bytes; more than zero. */
export const size = z
  .string({ error: expecting("size") })
  .transform((text, context) => {
    const quantity = text.startsWith("+") ? undefined : parseQuantity(text);
    if (quantity?.dimension === "size" && quantity.value > 0) return quantity.value;
    context.addIssue({ code: "custom", message: "size" });
    return z.NEVER;
  })
  .meta({ examples: ["500MB", "20GB"] });

export const name = textLike("name", /^(?=.{1,60}$)[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*$/);

export const variableName = textLike("variable-name", /^[A-Z][A-Z0-9_]{0,99}$/);

/** A tag, branch or commit: nothing that git or a URL could read as anything else. */
export const gitRef = textLike("git-ref", /^(?!.*(?:\.\.|\/\/|@\{))[A-Za-z0-9][A-Za-z0-9._/-]{0,199}(?<![./])$/);

/** `$NAME` of a variable or secret. Names that begin with GITHUB_ belong to GitHub and cannot be secrets. */
export const referencePattern = /^\$(?!GITHUB_)[A-Z][A-Z0-9_]{0,99}$/;

/** The name of a secret with a dollar sign; the value itself is refused. */
export const secretReference = textLike("reference", referencePattern);

/** A value, or the variable that holds it when the runbook runs. */
const orReference = (field: ExpectationName, allowed: (text: string) => boolean) =>
  z
    .string({ error: expecting(field) })
    .refine((text) => referencePattern.test(text) || allowed(text), { error: field });

const parsedUrl = (text: string): URL | undefined => (URL.canParse(text) ? new URL(text) : undefined);

const isThisMachine = (url: URL) => url.hostname === "localhost" || /^127\.\d+\.\d+\.\d+$/.test(url.hostname);

const isAddressLiteral = (url: URL) => url.hostname.startsWith("[") || /^[\d.]+$/.test(url.hostname);

/** Written as it is read: a parser that changes `0x7f.1` or look-alike letters into another host is not trusted. */
const isPlainlySpelled = (text: string, url: URL) => text.toLowerCase().startsWith(`${url.protocol}//${url.host}`);

const isPublicOrLocal = (text: string, url: URL) => {
  if (url.username !== "" || url.password !== "" || url.hash !== "" || !isPlainlySpelled(text, url)) return false;
  if (isThisMachine(url)) return url.protocol === "http:" || url.protocol === "https:";
  const port = url.port === "" ? 443 : Number(url.port);
  const named = !isAddressLiteral(url) && url.hostname.includes(".") && !url.hostname.endsWith(".");
  return url.protocol === "https:" && named && (port === 443 || port >= 1024);
};

export const isSite = (text: string): boolean => {
  const url = parsedUrl(text);
  return url !== undefined && isPublicOrLocal(text, url) && url.search === "" && url.pathname === "/";
};

export const isAdminAddress = (text: string): boolean => {
  const url = parsedUrl(text);
  return url?.protocol === "http:" && isThisMachine(url) && url.username === "" && url.password === "";
};

/** Scheme and host of the site: https, or http on this machine. */
export const site = orReference("site", isSite);

export const adminAddress = orReference("admin-address", isAdminAddress);

/** Where a metrics API is: https, or http on this machine; any other address only behind a variable. */
export const sourceAddress = orReference("source-address", (text) => {
  const url = parsedUrl(text);
  return url !== undefined && isPublicOrLocal(text, url) && url.search === "";
});

export const isHostName = (text: string) =>
  /^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/.test(text);

/** A name under which users reach the site, without scheme, port or path. */
export const hostName = orReference("host-name", isHostName);

export const isVercelProject = (text: string): boolean => /^prj_[A-Za-z0-9]{4,60}$/.test(text);
export const isVercelTeam = (text: string): boolean => /^team_[A-Za-z0-9]{4,60}$/.test(text);
export const vercelProject = orReference("vercel-project", isVercelProject);
export const vercelTeam = orReference("vercel-team", isVercelTeam);

export const checkAddress = z.string({ error: expecting("check-address") }).refine(
  (text) => {
    const url = parsedUrl(text);
    return url !== undefined && isPublicOrLocal(text, url);
  },
  { error: "check-address" },
);

/** A path on a host that is known otherwise: never `//host`, no backslash that a browser reads as a slash. */
export const urlPath = textLike("path", /^\/(?!\/)[^\s\\#]{0,1000}$/);

/** A path in the repository: relative, no `..`, no backslash, no empty part. */
export const directory = textLike(
  "directory",
  /^(?!.*(?:^|\/)\.{1,2}(?:\/|$))[A-Za-z0-9_@.][A-Za-z0-9_@. -]*(?:\/[A-Za-z0-9_@.][A-Za-z0-9_@. -]*)*$/,
);

/** Where a host is reached: nothing that a program could read as an option. */
export const hostDestination = orReference(
  "host-destination",
  (text) => text === "local" || /^[a-z_][a-z0-9._-]{0,31}@[A-Za-z0-9][A-Za-z0-9.-]{0,252}(?::\d{1,5})?$/.test(text),
);

/** An image's name without tag or digest. */
export const imageName = textLike("image-name", /^[a-z0-9][a-z0-9._-]*(?::\d{1,5}(?=\/))?(?:\/[a-z0-9][a-z0-9._-]*)*$/);

/** An absolute path on a host. */
export const hostPath = textLike("host-path", /^\/(?!.*(?:^|\/)\.\.(?:\/|$))[A-Za-z0-9_@.+/-]{1,200}$/);

/** Where a slot answers; `$slot` stands for its name. */
export const slotAddress = orReference("slot-address", (text) => isSite(text.replaceAll("$slot", "slot")));

export const command = textLike("command", /\S/).max(4000, { error: "command" });

export const listOf = <T extends z.ZodType>(entry: T) => z.array(entry).min(1, { error: "at-least-one" });

/** The metric a limit begins with; `p95` alone stands for latency. */
const firstWord = (text: string) => /^\s*([^\s<>=!]*)/.exec(text)?.[1] ?? "";

/**
 * One line such as `error-rate < 1%`. Any metric name is accepted here; whether somebody declared it is judged where
 * the declarations are known.
 */
export const limit = z
  .string({ error: expecting("limit") })
  .transform((text, context) => {
    const { limit, problems } = parseLimit(text, [firstWord(text)]);
    if (problems === undefined) return limit;
    for (const { at, length, message, hint } of problems) {
      context.addIssue(
        refusing({
          code: "RB041",
          message: message.replace(/\.$/, ""),
          why: "A limit that can be read in two ways would judge something nobody meant.",
          fix: hint,
          within: { at, length },
        }),
      );
    }
    return z.NEVER;
  })
  .meta({ examples: ["error-rate < 1%", "p95 < 250ms", "error-rate vs stable < +0.5pp"] });

/** Status of an HTTP answer; 1xx never is one. */
export const status = z
  .number({ error: expecting("status") })
  .int({ error: "status" })
  .min(200, { error: "status" })
  .max(599, { error: "status" });

/** One value of JSON or of a database's row. */
export const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()], { error: expecting("scalar") });
