import { execFileSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

/** A file system that is soon full, in a folder of its own that every user may enter; both are gone at the end. */
export interface SmallDisk extends AsyncDisposable {
  /** Where it is mounted. */
  readonly disk: string;
  /** Around it, on the machine's own disk. */
  readonly folder: string;
}

/** Why a test that needs one is skipped. */
export const noSmallDisk = "this machine does not let us mount a small file system";

/** A `tmpfs` of this size, such as `160m`; undefined where mounting is refused. */
export async function smallDisk(size: string): Promise<SmallDisk | undefined> {
  const folder = await mkdtemp(path.join(tmpdir(), "sluice-small-disk-"));
  await chmod(folder, 0o755);
  const disk = path.join(folder, "disk");
  await mkdir(disk);
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size},mode=755`, "tmpfs", disk], { stdio: "ignore" });
  } catch {
    await remove();
    return undefined;
  }
  return {
    disk,
    folder,
    async [Symbol.asyncDispose]() {
      // What still has a file open there keeps it, and nobody else can wait for that.
      execFileSync("umount", ["--lazy", disk]);
      await remove();
    },
  };
}
