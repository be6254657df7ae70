import { type Notice, noticeEvents } from "../../src/channel.ts";

export const everyEvent = noticeEvents;

/** A rollback that somebody has to hear of. */
export const sampleNotice: Notice = {
  id: "production/7/rolled-back/1700000000000",
  event: "rolled-back",
  outcome: "rolled-back",
  reason: "limit-broken",
  urgent: false,
  title: "Release 7 to production was rolled back",
  text: "error-rate is 4.2% of 900 answers, above 2%.",
  next: "Push a new commit.",
  environment: "production",
  service: "shop",
  release: 7,
  commit: "c0ffee".padEnd(40, "0"),
  actor: "ada",
  at: 1_700_000_000_000,
  link: "https://github.com/octo/shop/actions/runs/7",
};
