import type { Channel } from "./channel.ts";
import { messageOf } from "./failure.ts";
import { type NoticeLinks, noticeOf, tell } from "./notify.ts";
import type { Ports } from "./ports.ts";
import type { Entry, EnvironmentRecord } from "./record.ts";
import { resolveReferences } from "./resolve-references.ts";
import type { NotifySpec } from "./runbook.ts";
import type { Variables } from "./variables.ts";
import type { Written } from "./written-runbook.ts";

interface Naming {
  readonly notify?: NotifySpec | undefined;
}

/**
 * Tells entries to the people that `notify` names. Channels are opened when there is first something to tell; one that
 * cannot be opened, or does not answer, is a warning. Never throws.
 */
export function notifier<T extends Naming>(
  source: { readonly written: () => Promise<Written<T> | undefined>; readonly variables: Variables },
  links: NoticeLinks,
  ports: Ports,
): (entry: Entry, record: EnvironmentRecord) => Promise<void> {
  let opened: Promise<readonly Channel[]> | undefined;
  return async (entry, record) => {
    try {
      const notice = noticeOf(entry, record, links);
      if (notice === undefined) return;
      opened ??= source.written().then((written) => open(written, source.variables, ports));
      await tell(notice, await opened, ports);
    } catch (problem) {
      ports.log.warn(`Nobody could be told about this: ${messageOf(problem)} The release itself goes on.`);
    }
  };
}

/** A secret that is missing costs its own channel only. */
async function open<T extends Naming>(
  written: Written<T> | undefined,
  variables: Variables,
  ports: Ports,
): Promise<readonly Channel[]> {
  const { notify } = written?.value ?? {};
  if (written === undefined || notify === undefined) return [];
  const problems: string[] = [];
  const resolved = (kind: keyof NotifySpec): NotifySpec => {
    if (notify[kind] === undefined) return {};
    const answer = resolveReferences(written, variables, [`notify.${kind}`]);
    if (answer.ok) return { [kind]: answer.value.notify?.[kind] };
    problems.push(...answer.problems.map(({ message, fix }) => `${kind}: ${message}. ${fix}`));
    return {};
  };
  const { openChannels } = await import("./channel/open.ts");
  const opened = openChannels({ ...resolved("slack"), ...resolved("webhook") }, ports);
  for (const problem of [...problems, ...opened.problems])
    ports.log.warn(`Nobody is told on ${problem} The release itself goes on.`);
  return opened.channels;
}
