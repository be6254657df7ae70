import type { Refusal } from "./expectation.ts";
import type { Path } from "./problem.ts";
import { parsePercentage } from "./quantity.ts";
import type { Breach } from "./runbook-rules.ts";
import { hostsIn, type Shifts, shiftsOf } from "./target-shifts.ts";

/*
 * What a runbook asks of its target, refused where the platform cannot give it. Judged on plain data, so that the rules
 * speak even when other parts are broken.
 */

type Plain = Record<string, unknown>;

const mapOf = (value: unknown): Plain =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Plain) : {};
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Whole hosts need a target that has some, and a shift that adds one. */
function hostRules(target: unknown, canary: Plain, path: Path): Breach[] {
  const of = hostsIn(target);
  const counts = listOf(canary["shifts"]).map((shift) => {
    const { hosts } = mapOf(shift);
    const percent = typeof hosts === "string" ? parsePercentage(hosts) : undefined;
    return percent === undefined ? undefined : Math.ceil((percent * of) / 100);
  });
  return counts.flatMap((count, s): Breach[] => {
    if (count === undefined) return [];
    const place: Path = [...path, "shifts", s, "hosts"];
    if (of === 1)
      return [
        {
          path: place,
          refusal: {
            code: "RB126",
            message: "`hosts` on a target that is one host",
            why: "There is nothing between none of its hosts and all of them.",
            fix: "Write `traffic` instead, or name several hosts under `target.compose.hosts`.",
          },
        },
      ];
    const before = counts[s - 1];
    if (before === undefined || count > before) return [];
    return [
      {
        path: place,
        refusal: {
          code: "RB126",
          message: `rounded up this is ${count} of ${of} hosts, as in the shift before`,
          why: "The candidate would get nothing that it did not have already.",
          fix: "Remove this shift, or ask for more.",
        },
      },
    ];
  });
}

/** Shares that the platform cannot give are refused when they are written, not when they are due. */
export function shareRules(shifts: Shifts | undefined, canary: Plain, path: Path): Breach[] {
  if (shifts !== "all-at-once") return [];
  return listOf(canary["shifts"]).flatMap((shift, s): Breach[] => {
    const { traffic } = mapOf(shift);
    if (typeof traffic !== "string" || traffic === "100%") return [];
    const refusal: Refusal = {
      code: "RB120",
      message: `this target serves one version at a time, so it cannot give a candidate ${traffic}`,
      why: "The platform has no traffic splitting: a new version gets all requests at once, or none.",
      fix:
        "Keep only `- { traffic: 100% }` with its limits, so that the new version is judged right after it took over; " +
        "or hide what is new behind a feature flag and roll the flag out; or put a router in front that divides traffic (`target.compose`).",
    };
    return [{ path: [...path, "shifts", s, "traffic"], refusal }];
  });
}

/** Render has no version without traffic: what is asked of one needs a second service that stands for it. */
function renderRules(target: Plain, stage: Plain, path: Path): Breach[] {
  const render = mapOf(target["render"]);
  if (!("render" in target) || "candidate" in render) return [];
  return ["smoke-test", "load-test"].flatMap((step): Breach[] => {
    if (!(step in stage)) return [];
    const refusal: Refusal = {
      code: "RB121",
      message: `\`${step}\` has no version to ask before it takes traffic`,
      why: "On Render a deploy replaces what serves; the step would ask the old version and prove nothing of the new one.",
      fix: "Name a second service of the same code as `target.render.candidate`; it gets every version first.",
      atKey: true,
    };
    return [{ path: [...path, step], refusal }];
  });
}

/** What is tested must be what serves; the digest of an image is known once the second service runs it. */
function renderImageRules(target: Plain): Breach[] {
  const render = mapOf(target["render"]);
  if (!("image" in render) || "candidate" in render) return [];
  const refusal: Refusal = {
    code: "RB122",
    message: "an image without a `candidate` service",
    why: "A tag may be moved; the digest that serves production is known only after another service ran it.",
    fix: "Name a second service that runs the same image as `target.render.candidate`.",
    atKey: true,
  };
  return [{ path: ["target", "render", "image"], refusal }];
}

/**
 * A rolling release is a setting of the project: once one stage has given it shares, Vercel rolls every promotion out by
 * them, also that of a stage that wants all traffic at once.
 */
function rollingRules(target: Plain, stages: readonly Plain[]): Breach[] {
  if (!("vercel" in target)) return [];
  const dividing = stages.findIndex(
    (stage) =>
      "deploy" in stage && listOf(mapOf(stage["canary"])["shifts"]).some((shift) => mapOf(shift)["traffic"] !== "100%"),
  );
  const divides = stages[dividing];
  if (divides === undefined) return [];
  return stages.flatMap((stage, i): Breach[] => {
    const shifts = listOf(mapOf(stage["canary"])["shifts"]);
    if (!("deploy" in stage) || shifts.some((shift) => mapOf(shift)["traffic"] !== "100%")) return [];
    const refusal: Refusal = {
      code: "RB131",
      message: `this stage gives all traffic at once, and stage ${dividing + 1} gives shares`,
      why: "Vercel rolls every promotion of a project out by the same stages, so this one would not get all traffic at once.",
      fix: "Give this stage shares too, such as `canary: { shifts: [{ traffic: 50%, hold: 10m, every: 1m, limits: [...] }, { traffic: 100% }] }`, or remove them from every stage.",
      atKey: true,
    };
    return [{ path: ["stages", i, shifts.length > 0 ? "canary" : "deploy"], refusal }];
  });
}

/**
 * Each version of a release takes a slot, and what served before the release keeps its own: without it the release has
 * no way back once a second version took its place.
 */
function slotRules(target: Plain, stages: readonly Plain[]): Breach[] {
  const slots = Object.keys(mapOf(mapOf(target["compose"])["slots"])).length;
  const versions = new Set(
    stages.filter((stage) => "deploy" in stage).map(({ ref, flags }) => JSON.stringify([ref, flags])),
  ).size;
  // Fewer than two are refused as such.
  if (slots < 2 || versions < slots) return [];
  const refusal: Refusal = {
    code: "RB133",
    message: `${slots} slots for the ${versions} versions of this release and the one before it`,
    why: "The last version would start in the slot of what served before the release, which then has no way back.",
    fix: `Add servers to the backend and name them here, until there are ${versions + 1} slots.`,
    atKey: true,
  };
  return [{ path: ["target", "compose", "slots"], refusal }];
}

/** Commands on hosts need a target that has some. */
function maintenanceRules(target: Plain, maintenance: Plain): Breach[] {
  if (maintenance["via"] !== "target" || Object.keys(target).length === 0 || "compose" in target) return [];
  const refusal: Refusal = {
    code: "RB132",
    message: "`via: target` on a target without hosts",
    why: "Only hosts of `target.compose` run commands of yours.",
    fix: "Remove `via`, so that the commands run in the job.",
    atKey: true,
  };
  return [{ path: ["maintenance", "via"], refusal }];
}

/** A database behind the target needs a network of the target's own, and a container of its service hosts. */
function databaseRules(target: Plain, stage: Plain, path: Path): Breach[] {
  if (Object.keys(target).length === 0 || "compose" in target) return [];
  return ["backup", "migrate"].flatMap((step): Breach[] => {
    if (mapOf(stage[step])["via"] !== "target") return [];
    const refusal: Refusal = {
      code: "RB132",
      message: "`via: target` on a target without hosts",
      why: "Only the session to hosts of `target.compose` leads into a network of the target's own.",
      fix: "Remove `via`, and let the job reach the database itself.",
      atKey: true,
    };
    return [{ path: [...path, step, "via"], refusal }];
  });
}

/** What the whole runbook asks of its target. */
export function targetRules(runbook: Plain, stages: readonly Plain[]): Breach[] {
  const target = mapOf(runbook["target"]);
  return [
    ...renderImageRules(target),
    ...rollingRules(target, stages),
    ...slotRules(target, stages),
    ...maintenanceRules(target, mapOf(runbook["maintenance"])),
  ];
}

/** What one stage asks of it. */
export function targetStageRules(target: unknown, stage: Plain, path: Path): Breach[] {
  const canary = mapOf(stage["canary"]);
  return [
    ...shareRules(shiftsOf(target), canary, [...path, "canary"]),
    ...renderRules(mapOf(target), stage, path),
    ...databaseRules(mapOf(target), stage, path),
    ...hostRules(target, canary, [...path, "canary"]),
  ];
}
