import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { explore } from "./explore.ts";
import { smallHarnesses } from "./harnesses.ts";
import { modelledSchedules } from "./modelled-schedule.ts";
import type { Program } from "./real-process.ts";
import { realSchedule } from "./real-schedule.ts";
import type { Core } from "./world.ts";

/** A small change of the protocol, and the fault of the real world that the changed line is there for. */
export interface Mutant {
  readonly name: string;
  readonly fault: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const mutant = (file: Mutant["file"], name: string, fault: string, from: string, to: string): Mutant => ({
  name,
  fault,
  file: `${file}`,
  from,
  to,
});

export const mutants: readonly Mutant[] = [
  mutant(
    "release/admit.ts",
    "an older release may begin",
    "F15 re-run of an old release",
    "if (request.release < record.highest)",
    "if (false)",
  ),
  mutant(
    "release.ts",
    "an older release may act",
    "F15 re-run of an old release",
    "if (asker.release < record.highest)",
    "if (false)",
  ),
  mutant(
    "release/admit.ts",
    "two releases at once",
    "F17 two releases at once",
    "if (release !== null && release.ended === null) {",
    "if (release !== null && release.ended === null && false) {",
  ),
  mutant(
    "release.ts",
    "an attempt that was taken over goes on",
    "F18 zombie attempt",
    "if (asker.attempt < release.attempt)",
    "if (false)",
  ),
  mutant(
    "release.ts",
    "an ended release goes on",
    "F14 re-run of all jobs",
    "if (release.ended !== null)",
    "if (false)",
  ),
  mutant(
    "release.ts",
    "the second line does not go back",
    "F09 runner lost",
    "if (observation.abort !== undefined)",
    "if (false)",
  ),
  mutant(
    "release.ts",
    "an interrupted release goes on",
    "F12 cancelled in the middle",
    "if (release.interrupted !== null)",
    "if (false)",
  ),
  mutant(
    "release.ts",
    "a failed step is no reason to go back",
    "F13 re-run of failed jobs",
    'if (state?.outcome === "failed")',
    "if (false)",
  ),
  mutant(
    "release.ts",
    "a cancelled job starts new things",
    "F08 cancel",
    "if (observation.cancelled === true)",
    "if (false)",
  ),
  mutant(
    "release/canary.ts",
    "a foreign version is overwritten",
    "F32 somebody promoted by hand",
    "if (share.foreign.length > 0) return halt(production);",
    "",
  ),
  mutant(
    "release/canary.ts",
    "a rollback by hand is not noticed",
    "F32 somebody rolled back by hand",
    "if (wentBackUnrecorded(release, production, share.ours))",
    "if (false)",
  ),
  mutant(
    "release/canary.ts",
    "an announced raise is not settled",
    "F05 response lost after the effect",
    "if (release.intent !== null && production.generation !== release.intent.generation)",
    "if (false)",
  ),
  mutant(
    "release/canary.ts",
    "anything settles an announced raise",
    "F06 acknowledged before the effect",
    "return showsAnnounced(release, production, share.ours, observation.sentBack)\n      ?",
    "return true\n      ?",
  ),
  mutant(
    "release/canary.ts",
    "the first raise does not look at the generation",
    "F32 a person gave back before the first raise",
    "share.ours === 0 && production.generation === release.stable.generation",
    "share.ours === 0",
  ),
  mutant(
    "release/canary.ts",
    "a share is judged whatever the generation",
    "F32 traffic moved there and back",
    "if (production.generation !== traffic.generation || share.ours !== traffic.weight) return halt(production);",
    "if (share.ours !== traffic.weight) return halt(production);",
  ),
  mutant(
    "release/canary.ts",
    "every share counts as proven",
    "F22 a pass without evidence",
    "if (!planned.judged) return planned.weight === 100;",
    "return true;",
  ),
  mutant(
    "release/canary.ts",
    "any verdict is a pass",
    "F24 too little traffic",
    'return verdict !== null && verdict.verdict === "pass" && sameShare(verdict, traffic);',
    "return verdict !== null && sameShare(verdict, traffic);",
  ),
  mutant(
    "release/canary.ts",
    "an unjudged share is never proven",
    "F21 nobody to ask",
    "if (!planned.judged) return planned.weight === 100;",
    "",
  ),
  mutant(
    "release/judge-share.ts",
    "a verdict counts for any share",
    "F23 stale evidence",
    "a.stage === b.stage && a.shift === b.shift && a.weight === b.weight && a.generation === b.generation",
    "a.stage === b.stage",
  ),
  mutant(
    "release/judge-share.ts",
    "a verdict is not bound to the weight",
    "F23 stale evidence",
    "a.weight === b.weight && a.generation === b.generation;",
    "true;",
  ),
  mutant(
    "release/judge-share.ts",
    "a broken limit is ignored",
    "F42 a bad candidate goes on",
    'if (judgement?.verdict === "fail") {',
    "if (false) {",
  ),
  mutant(
    "release/judge-share.ts",
    "no evidence passes",
    "F22 no data",
    'if (judgement?.verdict === "pass") return open === undefined ? { do: "accept", judgement } : awaiting(open);',
    'if (judgement !== undefined && judgement.verdict !== "error") return { do: "accept", judgement: { ...judgement, verdict: "pass" } };',
  ),
  mutant(
    "release/judge-share.ts",
    "a share may be held for ever",
    "F21 metrics down for good",
    "if (last && (judgement !== undefined || observation.judges !== true))",
    "if (false)",
  ),
  mutant(
    "release/go-back.ts",
    "going back ignores a person's change",
    "F32 somebody promoted by hand",
    "if (share.foreign.length > 0 || !ours)",
    "if (false)",
  ),
  mutant(
    "release/go-back.ts",
    "an announced raise is forgotten when going back",
    "F05 response lost after the effect",
    "if (candidate !== null && (traffic !== null || intent !== null))",
    "if (candidate !== null && traffic !== null)",
  ),
  mutant(
    "release/go-back.ts",
    "a raise on its way is not shut out",
    "F07 late write",
    "already: servesAll(production, hand.to) && production.generation !== intent?.generation,",
    "already: servesAll(production, hand.to),",
  ),
  mutant(
    "release/go-back.ts",
    "a rollback is believed to be done already",
    "F27 partial rollback",
    "already: servesAll(production, hand.to) && production.generation !== intent?.generation,",
    "already: true,",
  ),
  mutant(
    "release/go-back.ts",
    "going back goes to the candidate",
    "F28 wrong target",
    "    to: hand.to,\n    from: hand.from,",
    "    to: hand.from,\n    from: hand.to,",
  ),
  mutant(
    "release.ts",
    "the second line undoes what is proven",
    "F09 runner lost after the last proof",
    "if (due === undefined) return changeBefore",
    "if (due === undefined && observation.abort === undefined) return changeBefore",
  ),
  mutant(
    "release.ts",
    "done without looking",
    "F32 drift",
    '!("unreadable" in production) && !servesAll(production, release.promoted.version)',
    "false",
  ),
  mutant(
    "release/admit.ts",
    "a release whose stage serves begins anew",
    "F14 re-run of all jobs",
    "blameless && release.promoted === null && ",
    "blameless && ",
  ),
  mutant(
    "release/admit.ts",
    "a release takes itself for its way back",
    "F32 somebody promoted by hand",
    "candidatesOf(release).includes(serving)",
    "false",
  ),
  mutant(
    "record.ts",
    "a generation that nobody wrote down is no reason to look again",
    "F18 zombie attempt",
    "[stable.generation, traffic?.generation, intent?.generation].includes(generation)",
    "[stable.generation, traffic?.generation, intent?.generation, generation].includes(generation)",
  ),
  mutant(
    "record/fold.ts",
    "what an earlier attempt brought is forgotten",
    "F14 re-run of all jobs",
    "earlierCandidates: release?.id === entry.release ? candidatesOf(release).slice(-50) : [],",
    "earlierCandidates: [],",
  ),
  mutant(
    "release/admit.ts",
    "a rejected commit begins",
    "F42 deploy flapping",
    "if (rejected !== undefined && request.overrideRejected !== true)",
    "if (false)",
  ),
  mutant(
    "release/due.ts",
    "the first step is skipped",
    "F36 an empty output passes",
    "if (!isSettled(release, stage.name, step)) return { stage, step };",
    'if (step === "canary" && !isSettled(release, stage.name, step)) return { stage, step };',
  ),
  mutant(
    "record/fold.ts",
    "the highest release is not remembered",
    "F15 re-run of an old release",
    "highest: Math.max(record.highest, entry.release)",
    "highest: record.highest",
  ),
  mutant(
    "record/fold.ts",
    "a refused raise counts as settled",
    "F07 late write",
    'if (intent === null || entry.outcome === "not-applied") return release;',
    'if (intent === null || entry.outcome === "not-applied") return { ...release, intent: null };',
  ),
  mutant(
    "record/fold.ts",
    "a refused raise counts as applied",
    "F05 response lost",
    'if (intent === null || entry.outcome === "not-applied") return release;',
    "if (intent === null) return release;",
  ),
  mutant(
    "record/fold.ts",
    "an applied raise is not remembered",
    "F09 runner lost",
    "traffic: { stage, shift, weight: entry.weight, generation: entry.generation, since: entry.at },",
    "",
  ),
  mutant(
    "record/fold.ts",
    "a rollback does not end the release",
    "F12 nobody owns the weight",
    "ended: { as: entry.as, reason: entry.reason, message: entry.message, at: entry.at },\n    },\n    lastGood",
    "},\n    lastGood",
  ),
  mutant(
    "record/fold.ts",
    "a taken-over attempt is not marked",
    "F18 zombie attempt",
    "return { ...release, attempt: entry.by.attempt, run: entry.by.run };",
    "return release;",
  ),
  mutant(
    "record/fold.ts",
    "an interruption is forgotten",
    "F08 cancel",
    "return { ...release, interrupted: { reason: entry.reason, at: entry.at } };",
    "return release;",
  ),
  mutant(
    "record/fold.ts",
    "a cancelled run is blamed on its commit",
    "F42 deploy flapping",
    'entry.reason !== "cancelled" &&',
    "true &&",
  ),
  mutant("release.ts", "a lock lets raises through", "F17 two at once", "if (lock !== null && raise)", "if (false)"),
  mutant(
    "release/admit.ts",
    "a lock lets releases begin",
    "F17 two at once",
    ": Admission =>\n  lock === null",
    ": Admission =>\n  true",
  ),
  mutant("record/fold.ts", "nobody is blamed", "F42 deploy flapping", 'entry.as !== "held" &&', "false &&"),
  mutant(
    "record/fold.ts",
    "the promoted version is not the way back",
    "F28 wrong target",
    "stable: { version: candidate.version, generation: traffic.generation },",
    "stable: release.stable,",
  ),
  mutant(
    "rollback.ts",
    "a rollback goes to what is being proven",
    "F28 wrong target",
    "if (release.ended === null) return release.before;",
    "if (release.ended === null) return release.candidate?.version ?? release.before;",
  ),
  mutant(
    "rollback.ts",
    "a rollback asked for twice goes forward",
    "F16 duplicate request",
    "return wentBack.has(release.ended.as) ? record?.lastGood?.version : release.before;",
    "return release.stable.version;",
  ),
  mutant(
    "rollback.ts",
    "a rollback in front of the first raise does nothing",
    "F07 late write",
    " && !underWay && !undoes)",
    " && !undoes)",
  ),
  mutant(
    "advance/traffic.ts",
    "a raise is written before it is announced",
    "F09 runner lost between write and journal",
    "  if (announced === undefined) return { again: true };\n",
    "",
  ),
  mutant(
    "advance/traffic.ts",
    "an unknown raise counts as applied",
    "F05 response lost",
    'if (outcome.outcome === "unknown") {',
    "if (false) {",
  ),
  mutant(
    "advance/traffic.ts",
    "a raise without the generation",
    "F07 late write",
    "context.target.shift({ candidate, stable: effect.stable, weight, hosts, ifGeneration })",
    "context.target.shift({ candidate, stable: effect.stable, weight, hosts, ifGeneration: (await context.target.observe()).generation })",
  ),
  mutant(
    "advance/traffic.ts",
    "a restore that was never written is believed",
    "F06 acknowledged before the effect",
    "return mayArrive ? undefined : outcome.production;",
    "return outcome.production;",
  ),
  mutant(
    "advance/traffic.ts",
    "the journal before the restore",
    "F34 record down during rollback",
    'effect.already && !("unreadable" in production) ? production : await restoreTraffic(context, target, effect);',
    '!("unreadable" in production) ? production : await restoreTraffic(context, target, effect);',
  ),
  mutant(
    "advance/traffic.ts",
    "a restore whatever the generation",
    "F32 somebody promoted by hand",
    "await target.restore({ to, ifGeneration: at })",
    "await target.restore({ to })",
  ),
  mutant(
    "advance/traffic.ts",
    "a rollback is told to whatever release there is",
    "F18 zombie attempt",
    "if (!stillToTell(onto, context.asker, replaced)) return undefined;",
    "",
  ),
  mutant(
    "advance/traffic.ts",
    "who found traffic back tells it to an attempt that began there",
    "F18 zombie attempt",
    "if (replaced === null) return false;",
    "replaced ??= release.stable.generation;",
  ),
  mutant(
    "advance/traffic.ts",
    "what a later attempt is about to call done is given back, and nobody is told",
    "F18 zombie attempt",
    "return release.intent === null && knowsGeneration(release, replaced);",
    "return false;",
  ),
  mutant(
    "advance/traffic.ts",
    "a step back that a part of production followed is a person's",
    "F27 partial failure",
    "if (partly !== true && !inParts) return",
    "return",
  ),
  mutant(
    "advance.ts",
    "silence goes by what was read long ago",
    "F34 record store down",
    "const mayBeOld = !fresh && !broken && tries === 0;",
    "const mayBeOld = false;",
  ),
  mutant(
    "advance.ts",
    "a cancelled job leaves no mark",
    "F08 cancel",
    'if (context.readOnly !== true)\n    await journal(context, snapshot, { kind: "interrupted"',
    'if (false)\n    await journal(context, snapshot, { kind: "interrupted"',
  ),
  mutant(
    "begin.ts",
    "production that is shared is taken as it is",
    "F32 drift before the release",
    "serving.find(({ weight }) => weight === 100)",
    "serving.find(({ weight }) => weight > 0)",
  ),
  mutant(
    "release.ts",
    "a person's hold lets steps through",
    "F12 a person stops the release",
    "if (hold === null) return undefined;",
    "if (hold !== null) return undefined;\n  return undefined;",
  ),
  mutant(
    "release.ts",
    "a freeze lets everything through",
    "F12 a frozen weekend",
    "if (frozen !== undefined)",
    "if (false)",
  ),
  mutant(
    "release.ts",
    "a person's rollback is not heard",
    "F12 a person ends the release",
    "if (wanted !== null) return asWanted(release, wanted, observation);",
    "",
  ),
  mutant(
    "release/judge-share.ts",
    "silence never decides",
    "F21 nobody answers",
    "if (open !== undefined && open.decideBy !== null && now >= open.decideBy) return silence(held, open);",
    "",
  ),
  mutant(
    "release/judge-share.ts",
    "a page is never asked",
    "F21 nobody is asked",
    'if (page !== undefined && !known) return ask(held, "page", page, undefined);',
    "",
  ),
  mutant(
    "release/judge-share.ts",
    "a share that a person is asked about may pass",
    "F22 a pass against a page",
    'return open === undefined ? { do: "accept", judgement } : awaiting(open);',
    'return { do: "accept", judgement };',
  ),
  mutant(
    "release/canary.ts",
    "after a step back nobody is asked",
    "F42 flapping",
    "if (steppedBack !== null) return waitToRetry({ release, traffic, steppedBack, stage, observation, now });",
    "",
  ),
  mutant(
    "release/changes.ts",
    "flags go while a part of production still needs them",
    "F27 a rollback in parts",
    'new Set(["halted", "rollback-incomplete"])',
    'new Set(["halted"])',
  ),
  mutant(
    "release/go-back.ts",
    "flags of a version that serves no more stay on",
    "F34 a rollback whose entry was lost, after a later stage failed",
    "to === undefined || !keptGoes(",
    "true || !keptGoes(",
  ),
  mutant(
    "release/go-back.ts",
    "a rollback is written down again although nothing is left to undo",
    "F34 a rollback whose entry was lost, after a later stage failed",
    "to === undefined || !keptGoes(",
    "to === undefined || release.kept.length === 0 || !Array.of(",
  ),
  mutant(
    "advance/traffic.ts",
    "a rollback behind a later stage's failure is not told",
    "F18 second line beside a release that ends",
    '(release.ended.as === "failed" && release.promoted !== null);',
    "false;",
  ),
  mutant(
    "advance/traffic.ts",
    "a step back waits for the record",
    "F34 record down with a bad candidate in traffic",
    "if (effect.back === undefined) throw problem;",
    "throw problem;",
  ),
  mutant(
    "advance/traffic.ts",
    "the last share is given up by one without a record",
    "F18 two attempts that judge differently",
    "return back?.shift === last ? wholeBack({ ...effect, back }) : undefined;",
    "return undefined;",
  ),
  mutant(
    "release/canary.ts",
    "a step back of which nothing was written is a person's",
    "F09 runner lost before the entry",
    "if (showsLower(release, production, share.ours) !== undefined)",
    "if (false)",
  ),
  mutant(
    "release/go-back.ts",
    "the second line leaves a step back of which nothing was written",
    "F09 runner lost before the entry",
    "showsLower(release, production, share.ours) !== undefined ||",
    "",
  ),
  mutant(
    "release/canary.ts",
    "a share that is to be given up is kept",
    "F09 runner lost in a step back",
    "if (steppedBack !== null && steppedBack.stage === stage.name && steppedBack.shift === traffic.shift)",
    "if (false)",
  ),
  mutant(
    "record/people.ts",
    "one word answers all that waits",
    "F22 a share that nobody was asked about",
    "of === undefined || of === what;",
    "true;",
  ),
  mutant(
    "release/answer.ts",
    "a word answers what was asked after it",
    "F13 a question that its answer never saw",
    "waiting.filter((one) => one.at <= at)",
    "waiting",
  ),
  mutant(
    "record/fold.ts",
    "an answer to a page proves the share",
    "F22 a pass without evidence",
    'question.about === "page") return release;',
    'question.about === "short") return release;',
  ),
  mutant(
    "release/agreement.ts",
    "nobody has to approve",
    "F13 a step that people take is passed",
    "if (granted) return passed(stage, step,",
    "if (granted || !granted) return passed(stage, step,",
  ),
  mutant(
    "release/agreement.ts",
    "an approval counts for any evidence",
    "F13 a re-run after the approval",
    'const proven = [...provenBefore(release, stage, "approve"), ...planned];',
    "const proven = [...planned];",
  ),
  mutant(
    "release/answer.ts",
    "a signature in time is not waited for",
    "F26 too early",
    "if (now < from) return refuse",
    "if (false) return refuse",
  ),
  mutant(
    "release/watch.ts",
    "a watch that saw too little passes",
    "F19 ticks that were missed",
    "elapsed >= longest && isCovered(watching, fresh))",
    "elapsed >= longest)",
  ),
  mutant(
    "release/watch.ts",
    "a watch passes before its time",
    "F19 a tick too many",
    'fresh?.verdict === "pass" && elapsed >= longest &&',
    'fresh?.verdict === "pass" &&',
  ),
  mutant(
    "release/watch.ts",
    "a broken watch goes on",
    "F42 a bad version stays",
    'if (fresh?.verdict === "fail") {',
    "if (false) {",
  ),
  mutant(
    "release/watch.ts",
    "a watch does not look at what serves",
    "F32 somebody promoted by hand",
    "if (!servesAll(production, version) || production.generation !== generation) {",
    "if (false) {",
  ),
  mutant(
    "release/go-back.ts",
    "the end of a release returns to nothing",
    "F28 wrong target",
    "if (stage === finalStage) return before;",
    "if (stage.name === finalStage) return undefined;",
  ),
  mutant(
    "release/changes.ts",
    "what was turned on stays on after a failure",
    "F12 workers stand still for ever",
    'if (ended === null || ended.as === "done") return undefined;',
    "return undefined;",
  ),
  mutant(
    "release/changes.ts",
    "what was turned on stays on after its step",
    "F12 the page stays up",
    'return back === undefined || (back.do === "hold" && step !== undefined)',
    'return back === undefined || back.do === "change"',
  ),
  mutant(
    "record/changes.ts",
    "what may have been turned on is taken as off",
    "F09 runner lost in a change",
    "if (known === undefined) return [...changes, { ...made, certain: false }];",
    "if (known === undefined) return changes;",
  ),
  mutant(
    "record/watching.ts",
    "what two looks saw counts twice",
    "F19 two ticks at once",
    "look.to <= watch.lookedAt) return watch;",
    "false) return watch;",
  ),
  mutant(
    "record/fold.ts",
    "who waits in line shuts out the release under way",
    "F15 a number that was never begun",
    "return { ...record, entries: record.entries + 1, queued: foldQueue(record.queued, entry) };",
    "return { ...record, entries: record.entries + 1, highest: Math.max(record.highest, entry.release), queued: foldQueue(record.queued, entry) };",
  ),
  mutant(
    "record/waiting.ts",
    "an older release takes the place of a newer one",
    "F17 pushes in the wrong order",
    "if (queued !== null && entry.release < queued.release) return queued;",
    "",
  ),
  mutant(
    "release/admit.ts",
    "a re-run overtakes who waits",
    "F15 re-run of an old release",
    "queued !== null && request.release < queued.release",
    "false",
  ),
  mutant(
    "release/go-back.ts",
    "traffic that is back already is called a failure",
    "F09 runner lost between a rollback and its entry",
    "if (promoted === null || replaced === null) return undefined;",
    "return undefined;",
  ),
  mutant(
    "rollback.ts",
    "a deployment tells the way back although something else serves",
    "F33 record unreadable",
    "const foreign = serving.filter(({ version, weight }) => weight > 0 && !named.includes(version));",
    "const foreign = serving.filter(() => false);",
  ),
  mutant(
    "rollback.ts",
    "without a record the second line takes off what others brought",
    "F32 somebody promoted by hand",
    "weight > 0 && version !== candidate && version !== stable);",
    "weight > 100 && version !== candidate && version !== stable);",
  ),
  mutant(
    "rollback.ts",
    "a deployment that contradicts the record is believed",
    "F33 record tampered with",
    "if (contradicted === true)\n    return refuse(",
    "if (false)\n    return refuse(",
  ),
  mutant(
    "release/admit.ts",
    "a newer push begins beside what it replaces",
    "F17 two at once",
    'if (request.onNewCommit === "replace") return { admit: "replace", other: release.id };',
    'if (request.onNewCommit === "replace") return { admit: "begin" };',
  ),
  mutant(
    "release.ts",
    "who replaces a release does not end it",
    "F17 two at once",
    'return order === "rollback"\n    ? goBack',
    'return order !== "rollback" ? holdOn("aborted", said) : order === "rollback"\n    ? goBack',
  ),
  mutant(
    "release/changes.ts",
    "flags come on when the candidate has its users already",
    "F41 users get what was not tested",
    'const flagsFrom = stepNames.indexOf("deploy");',
    'const flagsFrom = stepNames.indexOf("watch");',
  ),
  mutant(
    "record/standing-changes.ts",
    "a failing stage takes the flags of the stage before along",
    "F27 more goes back than failed",
    "order.indexOf(of) >= standing",
    "order.indexOf(of) >= 0",
  ),
  mutant(
    "record/standing-changes.ts",
    "the flags of a stage that failed stay on",
    "F27 a part of the rollback is missing",
    "order.indexOf(of) >= standing",
    "order.indexOf(of) > standing",
  ),
  mutant(
    "record/fold.ts",
    "a stage's own commit is not blamed",
    "F42 deploy flapping",
    "[...new Set([commitIn(release, entry.stage), release.commit])]",
    "[release.commit]",
  ),
  mutant(
    "record/changes.ts",
    "what was undone beside another's command is taken for undone",
    "F18 zombie attempt",
    "if (known === undefined || beside.length === 0) return",
    "if (true) return",
  ),
  mutant(
    "record/changes.ts",
    "a command is told after others counted on its end",
    "F18 zombie attempt",
    "if (since !== at && own === undefined) return",
    "if (false) return",
  ),
  mutant(
    "release/changes.ts",
    "flags come on that another's command may still turn off",
    "F18 zombie attempt",
    "return others.length === 0\n    ? { do",
    "return true\n    ? { do",
  ),
  mutant(
    "release/elsewhere.ts",
    "a commit begins that nobody watched elsewhere",
    "F36 proof of another environment is missing",
    "if (now < from)",
    "if (false)",
  ),
  mutant(
    "release/production.ts",
    "a raise arrives twice",
    "F32 a person moves traffic back to the announced share",
    "return sentBack?.announcedAt !== intent.generation || ",
    "return true || ",
  ),
  mutant(
    "begin.ts",
    "a release begins at a generation that an earlier one may still write for",
    "F07 late write of an earlier release",
    "!target.capabilities.compareAndSet || release === null || ",
    "true || ",
  ),
  mutant(
    "begin.ts",
    "a pin that production does not show counts",
    "F06 accepted before it happened",
    "if (fenced && after.generation !== generation) return after.generation;",
    'if (outcome.outcome !== "not-applied") return after?.generation ?? generation;',
  ),
];

export interface Kill {
  readonly mutant: Mutant;
  /** What noticed it; undefined when nothing did. */
  readonly by: string | undefined;
}

const source = path.resolve(import.meta.dirname, "..");

/** Loads the toolkit with one line changed, and looks for a promise that it breaks. */
export async function hunt(
  mutant: Mutant,
  realSchedules: number,
  test?: (root: string) => Promise<boolean>,
): Promise<Kill> {
  const root = await mkdtemp(path.join(tmpdir(), "mutant-"));
  try {
    await cp(source, path.join(root, "src"), { recursive: true });
    await cp(path.resolve(source, "../package.json"), path.join(root, "package.json"));
    await symlink(path.resolve(source, "../node_modules"), path.join(root, "node_modules"));
    const file = path.join(root, "src", mutant.file);
    const text = await readFile(file, "utf8");
    if (!text.includes(mutant.from))
      throw new Error(`The mutant "${mutant.name}" fits no line of ${mutant.file} any more.`);
    await writeFile(
      file,
      text.replace(mutant.from, () => mutant.to),
    );
    return { mutant, by: await noticed(root, realSchedules, test) };
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

async function noticed(
  root: string,
  realSchedules: number,
  test: ((root: string) => Promise<boolean>) | undefined,
): Promise<string | undefined> {
  const load = (file: string): Promise<unknown> => import(pathToFileURL(path.join(root, "src", file)).href);
  const { admit } = (await load("release/admit.ts")) as Pick<Core, "admit">;
  const { decide } = (await load("release.ts")) as Pick<Core, "decide">;
  const { fold } = (await load("record/fold.ts")) as Pick<Core, "fold">;
  const { chooseRollback } = (await load("rollback.ts")) as Pick<Core, "chooseRollback">;
  const { advance } = (await load("advance.ts")) as Pick<Program, "advance">;
  const { begin } = (await load("begin.ts")) as Pick<Program, "begin">;
  const core: Core = { admit, decide, fold, chooseRollback };
  const modelled = modelledSchedules(core);
  for (let seed = 1; seed <= realSchedules; seed++) {
    const { broken } = modelled(seed);
    if (broken !== undefined) return `schedules: ${broken.promise}`;
    const real = await realSchedule(seed, { advance, begin }, core);
    if (real.broken !== undefined) return `schedules: ${real.broken.promise}`;
  }
  if (test !== undefined && !(await test(root))) return "specifications";
  for (const harness of smallHarnesses) {
    const { counterexample } = explore({ core, ...harness, maxStates: 100_000 });
    if (counterexample !== undefined) return `exploration: ${counterexample.broken.promise}`;
  }
  return undefined;
}
