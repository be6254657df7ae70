import * as z from "zod";
import { formatDuration } from "../duration.ts";
import { InputError, ProviderError } from "../failure.ts";
import type { Ports } from "../ports.ts";
import { fail, hold, pass, type Verdict } from "../verdict.ts";

export interface SupabaseProject {
  /** Reference of 20 letters. */
  readonly project: string;
  readonly token: string;
  /** Milliseconds the newest backup may be old. */
  readonly within: number;
  /** Base address of the management API; Supabase's own unless a test says otherwise. */
  readonly api?: string;
}

/** https://api.supabase.com/api/v1 (`V1BackupsResponse`); unknown statuses are read and never count. */
const answer = z.object({
  pitr_enabled: z.boolean(),
  backups: z.array(z.object({ status: z.string(), inserted_at: z.string() })),
  physical_backup_data: z
    .object({
      latest_physical_backup_date_unix: z.number().optional(),
    })
    .optional(),
});

const patienceMs = 15_000;

/**
 * Whether Supabase itself could bring the database back to a recent moment. With point-in-time recovery the list of
 * backups may be empty, and the date of the newest physical backup is the proof.
 */
export async function supabaseBackups(
  { project, token, within, api = "https://api.supabase.com" }: SupabaseProject,
  ports: Pick<Ports, "fetch" | "clock" | "mask">,
): Promise<Verdict> {
  ports.mask(token);
  const url = new URL(`/v1/projects/${project}/database/backups`, api);
  const response = await ports
    .fetch(url, {
      headers: { authorization: `Bearer ${token}`, accept: "application/json" },
      signal: AbortSignal.timeout(patienceMs),
      redirect: "error",
    })
    .catch(() => undefined);
  if (response === undefined || response.status >= 500 || response.status === 429)
    return hold(
      "no-data",
      `Supabase did not say which backups there are (${response?.status ?? "no answer"}). Run the step again.`,
    );
  if (response.status === 401 || response.status === 403)
    throw new ProviderError(
      "supabase",
      "Supabase refused the token. Make an access token that may read the project's backups.",
      {
        status: response.status,
      },
    );
  if (response.status === 404)
    throw new InputError(`Supabase knows no project ${project}. Correct \`backup.supabase.project\`.`);
  const read = answer.safeParse(await response.json().catch(() => undefined));
  if (!response.ok || !read.success)
    return hold(
      "no-data",
      `Supabase's answer about its backups cannot be read (${response.status}). Run the step again.`,
    );
  return judge(read.data, within, ports.clock.now());
}

function judge(
  { pitr_enabled, backups, physical_backup_data }: z.infer<typeof answer>,
  within: number,
  now: number,
): Verdict {
  const done = backups.filter(({ status }) => status === "COMPLETED").map(({ inserted_at }) => Date.parse(inserted_at));
  const physical = physical_backup_data?.latest_physical_backup_date_unix;
  const newest = Math.max(
    ...done.filter(Number.isFinite),
    pitr_enabled && physical !== undefined ? physical * 1000 : -Infinity,
  );
  const evidence = { pitr: pitr_enabled, newest: Number.isFinite(newest) ? new Date(newest).toISOString() : null };
  if (!Number.isFinite(newest))
    return fail(
      "no-backup",
      "Supabase has no completed backup of this project. Turn backups on, or take one, before the release.",
      evidence,
    );
  const age = now - newest;
  const how = pitr_enabled ? "point-in-time recovery" : "backup";
  if (age > within)
    return fail(
      "backup-too-old",
      `Supabase's newest ${how} is ${formatDuration(Math.round(age / 60_000) * 60_000)} old, and it may be ${formatDuration(within)}. Take one before the release.`,
      evidence,
    );
  // A clock that is ahead of ours by a little is no reason to doubt; a day is.
  if (age < -86_400_000) return hold("odd-clock", "Supabase's newest backup is said to be from the future.", evidence);
  return pass("platform-backup", `Supabase's newest ${how} is from ${evidence.newest}.`, evidence);
}
