import { afterRules } from "./after-rule.ts";
import { parseDuration } from "./duration.ts";
import type { Refusal } from "./expectation.ts";
import { gateProblems } from "./gate/config.ts";
import type { MetricShape } from "./gate/limit-test.ts";
import { parseLimit } from "./limit.ts";
import { containerRules, unitInDoubt } from "./metric-rules.ts";
import { forgetsBefore, shapeOfMetric } from "./metric-spec/metric-shape.ts";
import { nearName } from "./near-name.ts";
import { peopleRules } from "./people-rules.ts";
import { stepNames } from "./plan.ts";
import type { Path } from "./problem.ts";
import { quote } from "./source-text.ts";
import { commitRules, flagRules } from "./stage-rules.ts";
import { targetRules, targetStageRules } from "./target-rules.ts";

/** A rule that is broken, and by which part of the document. */
export interface Breach {
  readonly path: Path;
  readonly refusal: Refusal;
}

type Plain = Record<string, unknown>;

const mapOf = (value: unknown): Plain =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Plain) : {};
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const changing = ["migrate", "deploy", "flags"] as const;

function stageRules(stage: Plain, path: Path): Breach[] {
  const breaches: Breach[] = [];
  const steps = Object.keys(stage).filter((key) => stepNames.some((step) => step === key));
  const rank = (step: string) => (stepNames as readonly string[]).indexOf(step);
  for (const [i, step] of steps.entries()) {
    const before = steps[i - 1];
    if (before === undefined || rank(before) < rank(step)) continue;
    breaches.push({
      path: [...path, step],
      refusal: {
        code: "RB107",
        message: `\`${step}\` stands below \`${before}\`, yet it runs before it`,
        why: `Steps of a stage always run in this order: ${stepNames.join(", ")}.`,
        fix: `Move \`${step}\` above \`${before}\`, or put it into a stage of its own.`,
        atKey: true,
      },
    });
  }
  if ("load-test" in stage && !("deploy" in stage)) {
    breaches.push({
      path: [...path, "load-test"],
      refusal: {
        code: "RB105",
        message: "a load test without a deploy",
        why: "There is no new version that could be loaded.",
        fix: "Add `deploy: {}` above it, or move the load test into the stage that deploys.",
        atKey: true,
      },
    });
  }
  if ("configure" in stage && !("deploy" in stage)) {
    breaches.push({
      path: [...path, "configure"],
      refusal: {
        code: "RB105",
        message: "variables are set without a deploy",
        why: "Only versions staged after it run with them, so nothing would change.",
        fix: "Add `deploy: {}` below it, or move `configure` into the stage that deploys.",
        atKey: true,
      },
    });
  }
  if ("canary" in stage && !("deploy" in stage)) {
    breaches.push({
      path: [...path, "canary"],
      refusal: {
        code: "RB105",
        message: "a canary without a deploy",
        why: "There is no new version that could take traffic.",
        fix: "Add `deploy: {}` above it, or remove the canary.",
        atKey: true,
      },
    });
  } else if (steps.length > 0 && !changing.some((key) => key in stage)) {
    breaches.push({
      path,
      refusal: {
        code: "RB103",
        message: "a stage that changes nothing",
        why: "It neither migrates nor deploys nor sets a flag, so passing it would say nothing about the release.",
        fix: "Add `migrate`, `deploy` or `flags`, or move its checks into the preflight of the next stage.",
      },
    });
  }
  return breaches;
}

function stageNameRules(stages: readonly Plain[]): Breach[] {
  const first = new Map<unknown, number>();
  return stages.flatMap(({ name }, i): Breach[] => {
    if (typeof name !== "string") return [];
    const before = first.get(name);
    if (before === undefined) first.set(name, i);
    if (before === undefined) return [];
    return [
      {
        path: ["stages", i, "name"],
        refusal: {
          code: "RB102",
          message: `stage ${before + 1} is called ${quote(name)} already`,
          why: "The record tells stages apart by their names.",
          fix: "Give this stage another name.",
        },
      },
    ];
  });
}

/** What the declared sources give, read from data that may be broken elsewhere. */
function shapesOf(metrics: Plain): Record<string, MetricShape> {
  return Object.fromEntries(
    Object.entries(metrics).flatMap(([name, metric]) => {
      const shape = shapeOfMetric(metric);
      return shape === undefined ? [] : [[name, shape]];
    }),
  );
}

/** What a shift's limits are judged over; where its own numbers are broken, ordinary ones stand in. */
interface Around {
  readonly hold: number;
  readonly every: number;
  readonly maxHold: number;
  readonly hasStable: boolean;
}

function aroundOf(shift: Plain, canary: Plain): Around {
  const milliseconds = (value: unknown) => (typeof value === "string" ? parseDuration(value) : undefined);
  const hold = milliseconds(shift["hold"]) || 60_000;
  return {
    hold,
    every: milliseconds(shift["every"]) || 1_000,
    maxHold: Math.max(hold, milliseconds(canary["max-hold"]) ?? 2 * hold),
    hasStable: (shift["traffic"] ?? shift["hosts"]) !== "100%",
  };
}

/** A limit needs a declared metric, and a source that can decide it. */
function limitRules(written: unknown, metrics: Plain, around: Around, path: Path): Breach[] {
  if (typeof written !== "string") return [];
  const [start = "", word = ""] = /^\s*([^\s<>=!]*)/.exec(written) ?? [];
  const { limit } = parseLimit(written, [word]);
  if (limit === undefined) return [];
  const within = { at: start.length - word.length, length: word.length };
  // Availability is the other side of the error rate.
  const measured = limit.metric === "availability" && "error-rate" in metrics ? "error-rate" : limit.metric;
  const declared = Object.keys(metrics);
  if (!declared.includes(measured)) {
    const near = nearName(word, declared);
    const names = declared.map((name) => `\`${name}\``).join(", ");
    return [
      {
        path,
        refusal: {
          code: "RB101",
          message: `no metric ${quote(limit.metric)} is declared${near === undefined ? "" : `, did you mean \`${near}\`?`}`,
          why:
            names === ""
              ? "There is no `metrics` at all, so nobody provides numbers."
              : `\`metrics\` declares ${names}.`,
          fix: near === undefined ? `Declare \`${limit.metric}\` under \`metrics\`.` : `Write \`${near}\`.`,
          within,
        },
      },
    ];
  }
  const shapes = shapesOf(metrics);
  if (!Object.hasOwn(shapes, measured)) return [];
  const undecidable = (message: string, fix: string): Breach => {
    const why = "A limit that can never be decided would hold every release until it is given up.";
    return { path, refusal: { code: "RB106", message, why, fix, within } };
  };
  const forgotten = limit.versus === "before" ? forgetsBefore(metrics[measured]) : undefined;
  if (forgotten !== undefined)
    return [
      undecidable(
        `\`${written.trim()}\` cannot be judged here: ${forgotten}`,
        "Compare `vs stable`, or read this metric from a source that keeps its past, such as `prometheus`.",
      ),
    ];
  const doubt = unitInDoubt(limit, shapes[measured]);
  if (doubt !== undefined) return [{ path, refusal: { ...doubt, within } }];
  const { hasStable, ...times } = around;
  const before = { [measured]: LATER };
  const gate = { limits: [limit], metrics: shapes, before, candidate: "candidate", startedAt: 0, ...times };
  return gateProblems(hasStable ? { ...gate, stable: "stable" } : gate).map((problem) =>
    undecidable(
      problem.replace(/\.$/, ""),
      `Change the limit, or what \`metrics.${measured}\` reads: \`bad\` and \`total\`, a \`histogram\`, or a \`value\`.`,
    ),
  );
}

/** A baseline is measured when the gate begins; what is written can be judged without it. */
export const LATER = { kind: "no-data", reason: "later", message: "Measured when the gate begins." } as const;

/** Every limit of a place with limits, at whatever level it stands. */
function writtenLimits(place: Plain): readonly (readonly [Path, unknown])[] {
  const page = place["page-limits"];
  const lists: readonly (readonly [Path, unknown])[] = [
    [["limits"], place["limits"]],
    [["warn-limits"], place["warn-limits"]],
    Array.isArray(page) ? [["page-limits"], page] : [["page-limits", "limits"], mapOf(page)["limits"]],
  ];
  return lists.flatMap(([path, list]) => listOf(list).map((limit, i) => [[...path, i], limit] as const));
}

/** Limits of a watch are judged of one version, without another one beside it. */
function watchRules(watch: Plain, metrics: Plain, path: Path): Breach[] {
  const hold = (typeof watch["for"] === "string" ? parseDuration(watch["for"]) : undefined) || 3_600_000;
  const every = (typeof watch["every"] === "string" ? parseDuration(watch["every"]) : undefined) || 60_000;
  const around: Around = { hold, every: Math.min(every, hold), maxHold: 2 * hold, hasStable: false };
  return writtenLimits(watch).flatMap(([at, limit]) => limitRules(limit, metrics, around, [...path, ...at]));
}

const hostOf = (url: unknown): string | undefined =>
  typeof url === "string" && URL.canParse(url) ? new URL(url).host : undefined;

/** Checks send requests to the runbook's own site only. */
function addressRules(checks: readonly unknown[], site: string | undefined, path: Path): Breach[] {
  return checks.flatMap((check, i): Breach[] => {
    const host = hostOf(mapOf(mapOf(check)["http"])["url"]);
    if (host === undefined || site === undefined || host === site) return [];
    return [
      {
        path: [...path, i, "http", "url"],
        refusal: {
          code: "RB050",
          message: `${quote(host)} is not the host of this runbook's \`url\``,
          why: "A check runs inside a release; it asks the site that is released and nobody else.",
          fix: "Use the host of `url`, or only a path with `get:`.",
        },
      },
    ];
  });
}

/** The jobs of a smoke test run the repository's own code and hold no secret. */
function secretRules(stage: Plain, path: Path): Breach[] {
  return listOf(stage["smoke-test"]).flatMap((check, i): Breach[] => {
    const [kind] = Object.keys(mapOf(check)).filter((key) => key === "github" || key === "sentry");
    if (kind === undefined) return [];
    const refusal: Refusal = {
      code: "RB123",
      message: `\`${kind}\` needs a token, and a smoke test has none`,
      why: "Smoke tests run the repository's own code, which must not reach a secret.",
      fix: "Move it into the `preflight`: it is checked before anything moves.",
      atKey: true,
    };
    return [{ path: [...path, "smoke-test", i, kind], refusal }];
  });
}

/** Rules across parts of the document, judged on plain data so that they speak even when other parts are broken. */
export function runbookRules(data: unknown): Breach[] {
  const runbook = mapOf(data);
  const metrics = mapOf(runbook["metrics"]);
  const stages = listOf(runbook["stages"]).map(mapOf);
  const site = hostOf(runbook["url"]);
  return [
    ...stageNameRules(stages),
    ...afterRules(runbook),
    ...commitRules(stages),
    ...flagRules(runbook),
    ...targetRules(runbook, stages),
    ...containerRules(runbook),
    ...peopleRules(data),
    ...watchRules(mapOf(runbook["watch"]), metrics, ["watch"]),
    ...stages.flatMap((stage, i) => {
      const path: Path = ["stages", i];
      const canary = mapOf(stage["canary"]);
      const shifts = listOf(canary["shifts"]).map(mapOf);
      return [
        ...stageRules(stage, path),
        ...targetStageRules(runbook["target"], stage, path),
        ...secretRules(stage, path),
        ...shifts.flatMap((shift, s) =>
          writtenLimits(shift).flatMap(([at, limit]) =>
            limitRules(limit, metrics, aroundOf(shift, canary), [...path, "canary", "shifts", s, ...at]),
          ),
        ),
        ...watchRules(mapOf(stage["watch"]), metrics, [...path, "watch"]),
        ...addressRules(listOf(stage["preflight"]), site, [...path, "preflight"]),
        ...addressRules(listOf(stage["smoke-test"]), site, [...path, "smoke-test"]),
      ];
    }),
  ];
}
