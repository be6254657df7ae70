import { totalmem } from "node:os";
import { type Container, usageOf } from "./containers.ts";

/** https://docs.docker.com/reference/api/engine/ (ContainerInspect) */
export async function inspected(container: Container): Promise<object> {
  const health = await container.health();
  const state = container.state();
  return {
    Id: container.id,
    Name: `/${container.name}`,
    Image: container.image.id,
    RestartCount: container.restarts(),
    State: {
      Status: state,
      Running: state === "running",
      ExitCode: container.exitCode(),
      ...(health === "none" ? {} : { Health: { Status: health } }),
    },
  };
}

/** https://docs.docker.com/reference/cli/docker/container/stats/ */
export async function statistics(container: Container): Promise<object> {
  const pid = container.pid();
  if (pid === undefined) return { Name: container.name, CPUPerc: "--", MemPerc: "--", MemUsage: "-- / --" };
  const { cpu, bytes } = await usageOf(pid);
  const size = (amount: number) =>
    amount >= 1024 ** 3 ? `${(amount / 1024 ** 3).toPrecision(4)}GiB` : `${(amount / 1024 ** 2).toPrecision(4)}MiB`;
  return {
    Container: container.name,
    ID: container.id,
    Name: container.name,
    CPUPerc: `${(cpu * 100).toFixed(2)}%`,
    MemPerc: `${((100 * bytes) / totalmem()).toFixed(2)}%`,
    MemUsage: `${size(bytes)} / ${size(totalmem())}`,
  };
}
